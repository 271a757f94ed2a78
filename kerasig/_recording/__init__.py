"""A training's records: what is measured, when, at what price, and how it comes into event files."""

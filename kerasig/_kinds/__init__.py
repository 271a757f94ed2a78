"""Kinds of inputs: what they show, and what counts as one position of them. NumPy only."""

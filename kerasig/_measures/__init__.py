"""Measures of an attribution, and of two of them. NumPy only."""

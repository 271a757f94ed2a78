"""Rules with fixed nodes, and what nodes and scores tell of an integral's error. NumPy only."""

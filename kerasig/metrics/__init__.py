"""What is measured on attributions; NumPy only."""

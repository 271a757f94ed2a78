"""What is measured on an attribution, and between two of them. NumPy only."""

"""The parts of `kerasig.Attribution`: its fields, checked, and its file. NumPy only."""

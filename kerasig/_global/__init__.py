"""The attributions of a whole data set, and what they amount to, added up while they are computed. NumPy only."""

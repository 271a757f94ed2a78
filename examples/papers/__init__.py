"""The systems of the papers and the demo, each a file to run."""

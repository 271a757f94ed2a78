"""The systems of the papers and the demo, each a file to run; a package so that no other `examples` comes before it."""

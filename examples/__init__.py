"""Lessons and the systems of the papers, each a file to run; a package so that no other `examples` comes before it."""

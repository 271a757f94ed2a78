"""The commands of `python -m kerasig`: a module each, and a line each in `registry.py`."""

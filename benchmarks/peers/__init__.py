"""Other libraries on the same models, each in an environment of its own: python -m benchmarks.peers setup."""

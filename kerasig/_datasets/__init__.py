"""Whole data sets: rows from wherever they come, explained chunk by chunk, written in shards, read back."""

"""Attributions in Apache Beam pipelines; `kerasig.beam` has them for users."""

"""From the arguments of `kerasig.explain` to an `Attribution`."""

"""The log of a training as data: read back without TensorFlow, and without a server."""

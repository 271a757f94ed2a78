"""Integrated gradients that carry their own error, for Keras models, while they train."""

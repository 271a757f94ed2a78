"""The compiled core: it knows TensorFlow, never Keras."""

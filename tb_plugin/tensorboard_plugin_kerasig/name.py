"""The name by which TensorBoard knows the plugin, in a file that imports nothing."""

PLUGIN_NAME = "kerasig"

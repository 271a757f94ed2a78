"""The entry point TensorBoard finds: cheap, because an exception while it is imported would end TensorBoard."""

from typing import Any

from tensorboard.plugins import base_plugin

from tensorboard_plugin_kerasig.name import PLUGIN_NAME


class Loader(base_plugin.TBLoader):
    """Makes the Attributions tab, and has TensorBoard keep every step of what it shows."""

    def fix_flags(self, flags: Any) -> None:
        """Asks both of TensorBoard's loaders for all steps (0), unless the user asked for another number."""
        chosen = getattr(flags, "samples_per_plugin", None) or {}
        flags.samples_per_plugin = {PLUGIN_NAME: 0, **chosen}

    def load(self, context: Any) -> Any:
        """Makes the plugin. What this raises only leaves the tab out: TensorBoard goes on without it."""
        from tensorboard_plugin_kerasig.plugin import AttributionsPlugin

        return AttributionsPlugin(context)

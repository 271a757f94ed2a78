"""The Attributions tab as TensorBoard sees it: light, for TensorBoard waits for it at its start."""

import functools
import threading
from typing import Any

from tensorboard.plugins import base_plugin

from tensorboard_plugin_kerasig.name import PLUGIN_NAME

# What the routes need (NumPy above all) is read when TensorBoard has started, or by the first request.
_WARMED_AFTER_SECONDS = 1.0
_METHODS = {
    "/runs": "serve_runs",
    "/steps": "serve_steps",
    "/stats": "serve_stats",
    "/inputs": "serve_inputs",
    "/attributions": "serve_attributions",
    "/interior": "serve_interior",
    "/paths": "serve_paths",
    "/overview": "serve_overview",
    "/means": "serve_means",
    "/audits": "serve_audits",
    "/suspects": "serve_suspects",
    "/export": "serve_export",
    "/definitions.html": "serve_definitions",
    "/linked/page.js": "serve_page",
    "/linked/page.css": "serve_style",
    "/static/*": "serve_static",
}


class AttributionsPlugin(base_plugin.TBPlugin):
    """Serves what kerasig logged, and the page that shows it.

    Args:
      context: TensorBoard's `TBContext`.
    """

    plugin_name = PLUGIN_NAME

    def __init__(self, context: Any):
        self._context = context
        self._lock = threading.Lock()
        self._made: Any = None
        timer = threading.Timer(_WARMED_AFTER_SECONDS, self._routes)
        timer.daemon = True
        timer.start()

    def get_plugin_apps(self) -> dict[str, Any]:
        """Maps paths below data/plugin/kerasig to applications."""
        return {path: functools.partial(self._serve, method) for path, method in _METHODS.items()}

    def is_active(self) -> bool:
        """Leaves the answer to TensorBoard, which asks its data provider which plugins have data."""
        return False

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Names the tab and the module it starts with."""
        return base_plugin.FrontendMetadata(es_module_path="/linked/page.js", tab_name="Attributions")

    def _serve(self, method: str, environ: Any, start_response: Any) -> Any:
        return getattr(self._routes(), method)(environ, start_response)

    def _routes(self) -> Any:
        with self._lock:
            if self._made is None:
                from tensorboard_plugin_kerasig.routes import Routes

                self._made = Routes(self._context)
            return self._made

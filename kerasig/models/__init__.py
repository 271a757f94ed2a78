"""The only files that know Keras 3 and tf_keras: calling models, finding and replacing what their layers return."""

from kerasig.models.adapted import AdaptedModel, adapt, callback_base, library_of
from kerasig.models.function_cache import FunctionCache, function_cache, identity
from kerasig.models.layers import resolve_layers
from kerasig.models.substitution import LayerSelection

__all__ = [
    "AdaptedModel",
    "FunctionCache",
    "LayerSelection",
    "adapt",
    "callback_base",
    "function_cache",
    "identity",
    "library_of",
    "resolve_layers",
]

"""The only files that know Keras 3 and tf_keras: calling models, finding and replacing what their layers return."""

from kerasig.models.adapted import AdaptedModel, adapt, check_callable
from kerasig.models.function_cache import FunctionCache, function_cache, identity
from kerasig.models.layers import resolve_layers
from kerasig.models.library import callback_base, library_of
from kerasig.models.losses import Family, compiled_loss, loss_family, loss_name
from kerasig.models.substitution import LayerSelection

__all__ = [
    "AdaptedModel",
    "Family",
    "FunctionCache",
    "LayerSelection",
    "adapt",
    "callback_base",
    "check_callable",
    "compiled_loss",
    "function_cache",
    "identity",
    "library_of",
    "loss_family",
    "loss_name",
    "resolve_layers",
]

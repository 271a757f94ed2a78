"""The only files that know Keras 3 and tf_keras: calling models, finding and replacing what their layers return."""

from kerasig.models.adapted import AdaptedModel, adapt
from kerasig.models.function_cache import FunctionCache, function_cache, identity
from kerasig.models.layers import resolve_layers, sublayers
from kerasig.models.library import callback_base, library_of
from kerasig.models.losses import Family, compiled_loss, loss_family, loss_name
from kerasig.models.observed import floating_after, layer_argument, observed, reaching
from kerasig.models.substitution import LayerSelection, SelectedCall

__all__ = [
    "AdaptedModel",
    "Family",
    "FunctionCache",
    "LayerSelection",
    "SelectedCall",
    "adapt",
    "callback_base",
    "compiled_loss",
    "floating_after",
    "function_cache",
    "identity",
    "layer_argument",
    "library_of",
    "loss_family",
    "loss_name",
    "observed",
    "reaching",
    "resolve_layers",
    "sublayers",
]

"""The only files that know Keras 3 and tf_keras: calling models, finding and replacing what their layers return."""

from __future__ import annotations

from kerasig._models.adapted import AdaptedModel
from kerasig._models.adapting import adapt, check_callable
from kerasig._models.building import (
    call_makes_nothing,
    has_call,
    has_own_step,
    models_inside,
    parts_have_weights,
    shared_weights,
    shares_weights,
    weights_exist,
)
from kerasig._models.captured_values import captured
from kerasig._models.copies import fresh
from kerasig._models.function_cache import FunctionCache, cache_of, identity
from kerasig._models.layers import resolve_layers, sublayers
from kerasig._models.library import callback_base, library_of
from kerasig._models.losses import Family, compiled_loss, is_regression, loss_family, loss_name
from kerasig._models.observed import floating_after, layer_argument, observing, reaching
from kerasig._models.randomness import random_states_kept
from kerasig._models.substitution import LayerSelection, SelectedCall
from kerasig._models.thresholds import compiled_metrics, of_output, threshold

__all__ = [
    "AdaptedModel",
    "Family",
    "FunctionCache",
    "LayerSelection",
    "SelectedCall",
    "adapt",
    "cache_of",
    "call_makes_nothing",
    "callback_base",
    "captured",
    "check_callable",
    "compiled_loss",
    "compiled_metrics",
    "floating_after",
    "fresh",
    "has_call",
    "has_own_step",
    "identity",
    "is_regression",
    "layer_argument",
    "library_of",
    "loss_family",
    "loss_name",
    "models_inside",
    "observing",
    "of_output",
    "parts_have_weights",
    "random_states_kept",
    "reaching",
    "resolve_layers",
    "shared_weights",
    "shares_weights",
    "sublayers",
    "threshold",
    "weights_exist",
]

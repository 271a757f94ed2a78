"""Which scheme integrates by a rule that users give."""

from __future__ import annotations

import tensorflow as tf

from kerasig._engine.adaptive import AdaptiveScheme
from kerasig._engine.compilation import Compilation
from kerasig._engine.fixed import FixedScheme
from kerasig._engine.scheme import Scheme
from kerasig._engine.whole import WholeScheme
from kerasig.steps import Adaptive, Fixed


def scheme_of(rule: Fixed | Adaptive, compilation: Compilation) -> Scheme:
    """The scheme for a rule, where functions are compiled like this."""
    if isinstance(rule, Fixed):
        return FixedScheme(rule)
    # Where the host is far from the device, all that decides is compiled with the model; elsewhere that would take
    # longer than it saves.
    far = compilation.jit_compile and bool(tf.config.list_logical_devices("TPU"))
    return WholeScheme(rule) if far and compilation.n_replicas == 1 else AdaptiveScheme(rule)

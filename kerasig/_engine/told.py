"""The traits of a model, put together from all of its traces."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from kerasig._engine.scaling import REACH, reach_of
from kerasig._engine.traced import Traits

# Half a unit in the last place, relative.
_HALF_ROUNDING = {tf.float16: 2.0**-11, tf.bfloat16: 2.0**-8}


class Told(NamedTuple):
    """The traits of a model, as all traces so far tell them."""

    traces: int
    disconnected: frozenset[int]
    half_rounding: float
    reach: int  # the largest exponent by which scores can be scaled

    @classmethod
    def by(cls, traits: list[Traits]) -> Told:
        """The traits that traces tell together."""
        types = frozenset[Any]().union(*(each.float_types for each in traits))
        return cls(
            len(traits),
            frozenset[int]().union(*(each.disconnected for each in traits)),
            max((_HALF_ROUNDING.get(dtype, 0.0) for dtype in types), default=0.0),
            min((reach_of(each.score_type) for each in traits), default=REACH),
        )

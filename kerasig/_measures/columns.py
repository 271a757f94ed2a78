"""The per-example columns of an attribution: what is measured on it without its model. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._attribution.data import AttributionData
from kerasig._measures.facts import Columns, Facts
from kerasig._measures.positions import attributed_leaves, flat_positions, region_masks, token_positions
from kerasig._measures.table import BUILT_IN
from kerasig._sentences import shown
from kerasig.probes import ProbeSet


def check_same_examples(attribution: AttributionData, previous: object) -> None:
    """Raises TypeError where `previous` is no attribution, and ValueError where it is known to be of other examples."""
    if not isinstance(previous, AttributionData):
        raise TypeError(
            f"previous must be a kerasig.Attribution. Received {type(previous).__name__}. "
            "Pass what kerasig.explain returned for the same examples."
        )
    if (attribution.layer is None) != (previous.layer is None):
        raise ValueError(
            f"previous must be of the same layer. Received that of layer={shown(previous.layer)}, beside "
            f"layer={shown(attribution.layer)}. Pass the attribution of the same examples and layer."
        )
    if len(attribution) != len(previous) or attribution.inputs is None or previous.inputs is None:
        return
    pairs = list(zip(*map(nest.flatten, (attribution.inputs, previous.inputs)), strict=False))
    others = np.sum(np.any([_differ(now, before) for now, before in pairs], axis=0))
    if others:
        raise ValueError(
            f"previous must be of the same examples, in the same order. Received other inputs in {others} of "
            f"{len(attribution)}. Pass the attribution of the same examples."
        )


def _differ(now: Any, before: Any) -> NDArray[np.bool_]:
    """Which rows [N] of two leaves differ; none where they are no numbers, which may be written in other ways."""
    now, before = np.asarray(now), np.asarray(before)
    if now.dtype.kind in "OSU" or before.dtype.kind in "OSU":
        return np.zeros(len(now), bool)
    if now.shape != before.shape:
        return np.ones(len(now), bool)
    unlike = (now != before) & ~((now != now) & (before != before))
    return np.asarray(unlike.reshape(len(now), -1).any(axis=1))


def attribution_columns(
    attribution: AttributionData, probes: ProbeSet, previous: AttributionData | None = None
) -> Columns:
    """All columns that need no model.

    Args:
        attribution: of the probes.
        probes: whose positions and regions count.
        previous: of the same probes, at another state of the model, or None.

    Raises:
        ValueError: previous has other positions.
    """
    leaves = attributed_leaves(attribution.values, attribution.layer, probes)
    positions = flat_positions(leaves)
    earlier = {}
    if previous is not None:
        before = flat_positions(attributed_leaves(previous.values, previous.layer, probes))
        if before.shape != positions.shape:
            raise ValueError(
                f"previous compares like with like. Received shapes {before.shape} and {positions.shape}. "
                "Pass the attribution of the same examples."
            )
        earlier["previous"] = Facts(previous, probes, before).snapshot
    masks, present = region_masks(leaves, probes), token_positions(leaves, probes)
    return BUILT_IN.measure(Facts(attribution, probes, positions, masks, present, earlier))

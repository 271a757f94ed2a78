"""The per-example columns of an attribution: what is measured on it without its model. NumPy only."""

from __future__ import annotations

from kerasig._attribution.data import AttributionData
from kerasig._measures.facts import Columns, Facts
from kerasig._measures.positions import attributed_leaves, flat_positions, region_masks, token_positions
from kerasig._measures.table import BUILT_IN
from kerasig.probes import ProbeSet


def attribution_columns(
    attribution: AttributionData, probes: ProbeSet, previous: AttributionData | None = None
) -> Columns:
    """All columns that need no model.

    Args:
        attribution: of the probes.
        probes: whose positions and regions count.
        previous: of the same probes, at another state of the model, or None.
    """
    leaves = attributed_leaves(attribution.values, attribution.layer, probes)
    positions = flat_positions(leaves)
    earlier = {}
    if previous is not None:
        if not isinstance(previous, AttributionData):
            raise TypeError(
                f"previous must be a kerasig.Attribution. Received {type(previous).__name__}. "
                "Pass what kerasig.explain returned for the same examples."
            )
        before = flat_positions(attributed_leaves(previous.values, previous.layer, probes))
        if before.shape != positions.shape:
            raise ValueError(
                f"previous compares like with like. Received shapes {before.shape} and {positions.shape}. "
                "Pass the attribution of the same examples."
            )
        earlier["previous"] = Facts(previous, probes, before).snapshot
    masks, present = region_masks(leaves, probes), token_positions(leaves, probes)
    return BUILT_IN.measure(Facts(attribution, probes, positions, masks, present, earlier))

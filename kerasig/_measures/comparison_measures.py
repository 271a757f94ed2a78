"""Measures between an attribution and an earlier one of the same probes."""

from __future__ import annotations

from operator import attrgetter

from kerasig._measures.measure_row import SHARE, SIZE, Compute, MeasureRow, on_map

_DRIFT, _ORDER = "drift-and-its-noise-floor", "order-and-what-chance-gives"


def _compared(other: str, of: str) -> Compute:
    """A part of the comparison with another record, such as `drift` or `order.chance`."""
    part = attrgetter(of)
    return lambda facts: part(facts.against[other])


_AGAINST_PREVIOUS = (
    on_map(
        *("drift", "drift", "1 \u2212 cosine to the previous record's map; 0 where that is below its noise.", _DRIFT),
        _compared("previous", "drift"),
        range=(0.0, 2.0),
        needs="previous",
        logged=True,
        charted=1,
        sorted=0,
    ),
    on_map(
        *("drift_noise", "noise of drift", "The drift that the errors of the two maps may show by themselves.", _DRIFT),
        _compared("previous", "drift_noise"),
        range=SIZE,
        needs="previous",
    ),
    on_map(
        *("drift_chance", "drift by chance", "The drift of independent maps with the same zeros.", _ORDER),
        _compared("previous", "drift_chance"),
        range=(0.0, 2.0),
        needs="previous",
    ),
    on_map(
        *("rank_correlation", "rank correlation", "Spearman's, of the sizes, with the previous record's map.", _ORDER),
        _compared("previous", "order.value"),
        range=(-1.0, 1.0),
        needs="previous",
    ),
    on_map(
        *(
            "rank_correlation_chance",
            "rank correlation by chance",
            "That of independent maps with the same zeros.",
            _ORDER,
        ),
        _compared("previous", "order.chance"),
        range=(-1.0, 0.0),
        needs="previous",
    ),
    on_map(
        *("top_k_overlap", "top tenth kept", "The share of the top tenth that was in the previous record's.", _ORDER),
        _compared("previous", "top.value"),
        range=SHARE,
        percent=True,
        needs="previous",
    ),
    on_map(
        *("top_k_overlap_chance", "top tenth kept by chance", "That of independent maps with the same zeros.", _ORDER),
        _compared("previous", "top.chance"),
        range=SHARE,
        percent=True,
        needs="previous",
    ),
)

_AGAINST_OTHERS = tuple(
    row
    for other, what in (("first", "the first record's map"), ("best", "the map of the record with the lowest loss"))
    for row in (
        on_map(
            *(f"drift_{other}", f"drift from the {other}", f"1 \u2212 cosine to {what}; 0 below its noise.", _DRIFT),
            _compared(other, "drift"),
            range=(0.0, 2.0),
            needs="training",
        ),
        on_map(
            *(f"drift_{other}_chance", f"drift from the {other} by chance"),
            "That of independent maps with the same zeros.",
            _ORDER,
            _compared(other, "drift_chance"),
            range=(0.0, 2.0),
            needs="training",
        ),
    )
)

COMPARISON_MEASURES: tuple[MeasureRow, ...] = (*_AGAINST_PREVIOUS, *_AGAINST_OTHERS)

"""Measures of an attribution by itself: its fields, its trust, and what its map is like."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._measures.along_path import end_slope
from kerasig._measures.facts import Facts
from kerasig._measures.measure_row import SHARE, SIZE, MeasureRow, on_map
from kerasig.metrics import _functions as metrics

_TRUST, _PATH = "trust-and-which-probes-a-mean-is-over", "saturation-along-the-path"
_SUMS, _OTHER = "concentration-and-sums", "other-per-probe-columns"


def _field(name: str, label: str, sentence: str, anchor: str = _OTHER, **more: Any) -> MeasureRow:
    """A per-example field of the attribution, which the page reads in its record and tells in a way of its own."""
    return MeasureRow(
        name=name,
        label=label,
        sentence=sentence,
        anchor=anchor,
        compute=attrgetter(f"attribution.{name}"),
        **{"section": "", **more},
    )


def _largest(facts: Facts) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(facts.positions).max(axis=1, initial=0), np.float64)


def _share_of_slope(facts: Facts) -> NDArray[np.float64]:
    found = facts.attribution
    return metrics.gradient_share(end_slope(found), found.score, found.baseline_score)


# Fields of an Attribution: the header of every record carries them, too.
FIELDS = (
    _field("score", "score", "The scalar that is explained, at the probe.", sorted=3, on_card=True),
    _field("baseline_score", "baseline score", "The same scalar at the baseline."),
    _field(
        *("delta", "completeness error", "The sum of the attributions less the difference of the scores."),
        unit="score",
        signed=True,
    ),
    _field(
        *(
            "residual",
            "residual",
            "The completeness error's size relative to the score's change along the path.",
        ),
        range=SIZE,
        percent=True,
        better="down",
        summary="mean",
        logged=True,
        charted=2,
        sorted=1,
        on_card=True,
    ),
    _field(
        *("map_error", "map error", "The estimated relative L1 error of the attributions."),
        range=SIZE,
        percent=True,
        better="down",
        summary="mean",
        logged=True,
        charted=3,
        sorted=6,
    ),
    _field(
        *("converged", "share converged", "Whether residual and map error are within tolerance."),
        range=SHARE,
        percent=True,
        better="up",
        grouped=False,
        flag=("converged", "not converged"),
        on_card=True,
    ),
    _field(
        *("n_evaluations", "evaluations", "How many gradients the attribution took."),
        unit="gradients",
        range=SIZE,
        better="down",
        grouped=False,
    ),
)

MAP_MEASURES = (
    MeasureRow(
        name="trusted",
        label="share trusted",
        sentence="Whether the attribution can be measured: it converged, and the score differs from the baseline's.",
        anchor=_TRUST,
        compute=attrgetter("trusted"),
        range=SHARE,
        percent=True,
        better="up",
        flag=("trusted", "not trusted"),
        summary="zeros",
        summary_name="untrusted",
        logged=True,
    ),
    MeasureRow(
        name="positive_sum",
        label="positive sum",
        sentence="The sum of what speaks for the score.",
        anchor=_SUMS,
        compute=lambda facts: metrics.positive_sum(facts.positions),
        unit="score",
        range=SIZE,
        section="Attributions",
        signed=True,
    ),
    MeasureRow(
        name="negative_sum",
        label="negative sum",
        sentence="The sum of what speaks against the score.",
        anchor=_SUMS,
        compute=lambda facts: metrics.negative_sum(facts.positions),
        unit="score",
        range=(-math.inf, 0.0),
        section="Attributions",
        signed=True,
    ),
    MeasureRow(
        name="max_abs",
        label="largest value",
        sentence="The size of the largest attribution.",
        anchor=_SUMS,
        compute=_largest,
        unit="score",
        range=SIZE,
        section="Attributions",
    ),
    on_map(
        *("gini", "gini", "How unevenly the sizes are spread: 0 is even, near 1 all in one.", _SUMS),
        lambda facts: metrics.gini(facts.positions),
        range=SHARE,
    ),
    on_map(
        *("effective_features", "effective features", "How many even positions would be as concentrated.", _SUMS),
        lambda facts: metrics.effective_features(facts.positions),
        unit="positions",
        range=(1.0, math.inf),
    ),
    on_map(
        *("alpha_50", "alpha at 50%", "The first alpha at which half of the score's change is made.", _PATH),
        lambda facts: metrics.alpha_at(0.5, *facts.whole_path),
        range=SHARE,
    ),
    on_map(
        *("alpha_90", "alpha at 90%", "The first alpha at which 90% of the score's change are made.", _PATH),
        lambda facts: metrics.alpha_at(0.9, *facts.whole_path),
        range=SHARE,
    ),
    on_map(
        *("peak_alpha", "alpha of the largest gradient", "The recorded alpha with the largest mean gradient.", _PATH),
        lambda facts: metrics.peak_alpha(*facts.gradient_sizes),
        range=SHARE,
    ),
    on_map(
        *("end_gradient", "gradient at the input", "The mean gradient at the input over the largest.", _PATH),
        lambda facts: metrics.end_gradient(*facts.gradient_sizes),
        range=SHARE,
        percent=True,
    ),
    on_map(
        *("gradient_share", "gradient \u00d7 input, share"),
        "What gradient times input would attribute in all, over the score's change.",
        _PATH,
        _share_of_slope,
        percent=True,
    ),
)

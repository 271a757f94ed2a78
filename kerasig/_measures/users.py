"""Measures that users add to the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._measures.facts import Facts
from kerasig._measures.measure_row import MeasureRow
from kerasig._measures.table import BUILT_IN, Table
from kerasig._sentences import sentence
from kerasig.metrics._measure import Measure

# What else an row of history holds under names of its own.
_IN_HISTORY = ("step", "title", "series", "duration", "reasons", "probes", "leaderboard", "groups", "status")


def read_measures(metrics: Any) -> tuple[Measure, ...]:
    """The argument `metrics` read: measures, and functions that are named after themselves.

    Raises:
        TypeError: they are none.
        ValueError: two have the same name, or one the name of what is measured always.
    """
    if not isinstance(metrics, list | tuple):
        raise TypeError(
            "metrics must be a list of functions or of kerasig.metrics.Measure. Received metrics="
            f"{arguments.shown(metrics)}. Pass such as [edge_mass]."
        )
    found = tuple(_measure(each) for each in metrics)
    names = [measure.name for measure in found]
    taken = {*_IN_HISTORY, *(name for row in BUILT_IN.rows for name in (row.name, row.summary_name))}
    for name in names:
        # The means of several regions are called after them.
        if name in taken or any(name.startswith(f"{row}_") for row in _of_regions()) or names.count(name) > 1:
            raise ValueError(
                f"metrics must have names that nothing else has. Received {name!r}, which something else is called. "
                f"Pass kerasig.metrics.Measure({name + '_2'!r}, ...)."
            )
    return found


def table_of(measures: Sequence[Measure]) -> Table:
    """The table of measures with a user's."""
    return BUILT_IN.with_others(_row(measure) for measure in measures) if measures else BUILT_IN


def _measure(given: Any) -> Measure:
    if isinstance(given, Measure):
        return given
    name = getattr(given, "__name__", None)
    if not callable(given) or isinstance(given, type):
        raise TypeError(
            "metrics must be functions of an attribution and its probes, or kerasig.metrics.Measure. Received "
            f"{arguments.shown(given)} among them."
        )
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(
            f"metrics must have names. Received {arguments.shown(given)}, which has none that fits. "
            'Pass kerasig.metrics.Measure("edge_mass", ...).'
        )
    return Measure(name, given)


def _of_regions() -> list[str]:
    return [row.summary_name or row.name for row in BUILT_IN.rows if row.per_region]


def _row(measure: Measure) -> MeasureRow:
    low, high = measure.range
    assert low is not None
    assert high is not None
    return MeasureRow(
        name=measure.name,
        label=measure.label or measure.name.replace("_", " "),
        sentence=measure.sentence,
        anchor="measures-that-you-add",
        compute=lambda facts: _computed(measure, facts),
        unit=measure.unit,
        range=(low, high),
        on_maps=measure.on_maps,
        better=measure.better,
        # With what a training knows: an attribution by itself has no such measures.
        needs="training",
        summary="mean",
        logged=True,
        # After those that a newcomer sees first, for it was asked for.
        charted=100,
        sorted=100,
    )


def _computed(measure: Measure, facts: Facts) -> NDArray[np.float64]:
    """The user's numbers [N]; NaN, and a warning, where the function fails: it must not end a training."""
    count, compute = len(facts.attribution), cast(Callable[..., Any], measure.compute)
    try:
        found = arguments.numbers(f"{measure.name}(attribution, probes)", compute(facts.attribution, facts.probes))
        if found.shape != (count,):
            raise ValueError(f"It must return one number per probe, [{count}]. Received shape {list(found.shape)}.")
        return found
    except Exception as error:
        facts.warn(
            f"metric {measure.name}",
            f"The metric {measure.name!r} has failed and is NaN; training goes on. {type(error).__name__}: "
            f"{sentence(error)}",
        )
        return np.full(count, np.nan)

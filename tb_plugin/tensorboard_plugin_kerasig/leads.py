"""The measure that puts probes in order before anybody chooses: the share in a region, else how much they drifted."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_kerasig.store import Steps


def lead(found: Steps) -> dict[str, Any] | None:
    """The measure that leads a series, and what each probe has of it.

    It is the region's measure that is charted first, at the newest step that has any, else the measure that is sorted
    by first, in the mean over the steps.

    Returns:
      `name` and `values`, null where a probe has none; None where nothing leads, as in logs without descriptions.
    """
    for name in _candidates(found):
        column = found.column(name)
        values = _newest(column) if "/" in name else _mean(column)
        if np.isfinite(values).any():
            return {"name": name, "values": [float(value) if np.isfinite(value) else None for value in values]}
    return None


def _candidates(found: Steps) -> list[str]:
    described = list(zip(found.names, found.measures, strict=False))
    regions = [
        (measure["charted"], name) for name, measure in described if "region" in measure and "charted" in measure
    ]
    others = [
        (measure["sorted"], name) for name, measure in described if "region" not in measure and "sorted" in measure
    ]
    # Of several that stand first, the one that was logged first.
    return [min(places, key=lambda place: place[0])[1] for places in (regions, others) if places]


def _newest(column: NDArray[np.float64]) -> NDArray[np.float64]:
    for row in column[::-1]:
        if np.isfinite(row).any():
            return row
    return np.full(column.shape[1], np.nan)


def _mean(column: NDArray[np.float64]) -> NDArray[np.float64]:
    kept = np.where(np.isfinite(column), column, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # A probe without any.
        return np.asarray(np.nanmean(kept, axis=0) if len(kept) else np.full(column.shape[1], np.nan))

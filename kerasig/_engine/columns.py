"""Small arrays [R, K]: K nodes of the longest of R paths, others padded by repeating their last node.

NumPy's or TensorFlow's (`arrays.py`).
"""

from __future__ import annotations

from typing import Any

from kerasig._engine import arrays as xp


def known(array: Any, count: Any) -> Any:
    """Whether a column of `array` [R, K] is one of the first `count` [R] of its row, and no padding."""
    return xp.columns(array) < xp.upright(count)


def diff(array: Any) -> Any:
    """The changes [R, K - 1] from each column to the next."""
    return xp.part(array, 1) - xp.part(array, None, -1)


def closed(array: Any) -> Any:
    """An array of intervals [R, K - 1] as one of nodes [R, K]: that of the interval after each; 0 for the last."""
    return xp.wider(array, 0, 1)


def opened(array: Any) -> Any:
    """The same with that of the interval before each; 0 for the first."""
    return xp.wider(array, 1, 0)


def finite_or_zero(array: Any) -> Any:
    """The array, with 0 in place of NaN and infinity."""
    return xp.where(xp.isfinite(array), array, 0)


def largest(array: Any) -> Any:
    """The largest [R] of each row of sizes [R, K], NaN left out; 0 where all are."""
    return xp.row_max(xp.where(xp.isnan(array), 0, array))


def relative(error: Any, scale: Any) -> Any:
    """error / scale [R], where 0 / 0 is 0."""
    return xp.where((error == 0) & (scale == 0), 0, error / scale)


def first_and_last(wanted: Any) -> tuple[Any, Any]:
    """The first and the last column [R] in which `wanted` [R, K] is True; the last and the first of all, if none."""
    columns = xp.columns(wanted)
    each = columns + xp.zeros_like(xp.as_int(wanted))
    last = xp.part(columns, -1)
    return xp.row_min(xp.where(wanted, each, last)), xp.row_max(xp.where(wanted, each, 0))

"""How far attributions moved between two records, and what their own errors alone would look like."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig.metrics._rows import Float, alike, ratio, vectors

# Relative rounding of attributions that float32 computed, as of the scores along a path.
ROUNDING = 2e-7
# How many times its mean the squared error of an attribution may be: a single jump of the gradient, somewhere in its
# interval, is at most half the interval from the middle, and its mean square is a twelfth.
MOST_ABOVE_MEAN = 3.0


def drift(previous: NDArray[Any], current: NDArray[Any]) -> Float:
    """1 - cosine of each probe's signed attribution and an earlier one.

    1 - sum_i a_i a'_i / (|a| |a'|).

    Args:
        previous: [N, ...].
        current: [N, ...], the same shape.

    Returns:
        [N] from 0 (the same direction) over 1 (perpendicular) to 2 (opposite); 0 where both are zero everywhere, NaN
        where just one is or where something is not finite. `drift_by_chance` says what unrelated maps have.

    Example:
        >>> kerasig.metrics.drift(np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]]))
        array([1.])
    """
    earlier, later = alike(previous, current)
    cosine = (_unit(earlier) * _unit(later)).sum(axis=1)
    return _drift_of(earlier, later, cosine)


def drift_by_chance(previous: NDArray[Any], current: NDArray[Any]) -> Float:
    """The drift that independent maps with the zeros of these two have on average.

    1 - c m m' / (|a| |a'|), with c the positions where neither is zero, and m and m' the means of the values that are
    not: the mean of `drift` over all ways to lay each map's values on that map's own nonzero positions. Maps that
    speak for the score nearly everywhere are alike by that alone.

    Args:
        previous: [N, ...].
        current: [N, ...], the same shape.

    Returns:
        [N] from 0 to 2: 1 where the values of one add up to 0; NaN where `drift` is.
    """
    earlier, later = alike(previous, current)
    means = [ratio(_unit(part).sum(axis=1), np.count_nonzero(part, axis=1)) for part in (earlier, later)]
    both = np.count_nonzero((earlier != 0) & (later != 0), axis=1)
    return _drift_of(earlier, later, both * means[0] * means[1])


def drift_noise(first: NDArray[Any], second: NDArray[Any]) -> Float:
    """The drift that the errors of two records alone may show, had the model not changed: the noise floor of `drift`.

    3 pi / 4 (m1^2 + m2^2), with m the records' map errors. Attributions A + e and A + e' of one state have
    1 - cos <= |e - e'|^2 / (2 |A|^2) to second order, for what of e - e' lies along A turns nothing. Errors that are
    normal, with standard deviations in proportion to |A_i| and E|e_i| = m |A_i|, have E e_i^2 = pi/2 m^2 A_i^2, which
    gives a mean of pi/4 (m1^2 + m2^2); that errors of several positions hang together does not change it. Of a single
    jump of the gradient the squared error is at most 3 times its mean. docs/internals/metrics.md says how often so.

    Args:
        first: [N] of one record, as in `Attribution.map_error`.
        second: [N] of the other.

    Returns:
        [N], 0 and up; NaN where a map error is.
    """
    one, other = vectors(first=first, second=second)
    arguments.within("first", one, 0), arguments.within("second", other, 0)
    with np.errstate(over="ignore"):
        squares = [np.square(error) + ROUNDING**2 for error in (one, other)]
        return np.asarray(MOST_ABOVE_MEAN * math.pi / 4 * np.sum(squares, axis=0), np.float64)


def above_noise(moved: NDArray[Any], noise: NDArray[Any]) -> Float:
    """Drift [N] with 0, that is none, where it is not above its noise floor, or no floor is known."""
    found, floor = vectors(moved=moved, noise=noise)
    arguments.within("moved", found, 0, 2), arguments.within("noise", floor, 0)
    # Of NaN no comparison is true: without a floor nothing stands clear of it.
    return np.where(np.isnan(found) | (found > floor), found, 0.0)


def drift_between_seeds(values: NDArray[Any]) -> Float:
    """Mean drift between trainings that differ in their seed alone: what of a drift need not mean anything.

    The mean of `drift` over all pairs of seeds.

    Args:
        values: [S, N, ...], attributions of the same probes by S models.

    Returns:
        [N] from 0 to 2; NaN with fewer than two seeds, or where a pair has no drift.

    Example:
        >>> maps = np.array([[[1.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]]])  # of three trainings, for one probe
        >>> kerasig.metrics.drift_between_seeds(maps)
        array([0.66666667])
    """
    seeds = arguments.numbers("values", values, "[S, N, ...]", axes=2)
    pairs = [drift(one, other) for one, other in itertools.combinations(seeds, 2)]
    return np.mean(pairs, axis=0) if pairs else np.full(seeds.shape[1] if len(seeds) else 0, np.nan)


def _drift_of(earlier: Float, later: Float, cosine: Float) -> Float:
    """1 - cosine; 0 where both are zero everywhere, which no cosine knows."""
    both_zero = ~(earlier.any(axis=1) | later.any(axis=1))
    return np.where(both_zero, 0.0, 1 - np.clip(cosine, -1, 1))


def _unit(vectors: Float) -> Float:
    """Rows of length 1; NaN where a row is zero or not finite."""
    with np.errstate(invalid="ignore", divide="ignore"):
        # By the largest first, so that no square over- or underflows.
        vectors = vectors / np.abs(vectors).max(axis=1, initial=0, keepdims=True)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

"""Whether two attributions put the same positions first, whatever their size and sign."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig.metrics._rows import Float, alike, flat, ratio


def rank_correlation(previous: NDArray[Any], current: NDArray[Any]) -> Float:
    """Spearman's correlation of each probe's |attribution| with an earlier one: does the order of positions hold?

    The correlation of the ranks, of equal sizes their mean rank. Used to compare attributions by Adebayo et al. 2018,
    arXiv 1810.03292, and Ghorbani et al. 2019, arXiv 1710.10547.

    Args:
        previous: [N, ...].
        current: [N, ...], the same shape.

    Returns:
        [N] from -1 (the reverse order) to 1 (the same); NaN where one has no order (a single position, or all of one
        size) or is not finite.
    """
    earlier, later = alike(previous, current)
    return correlation(ranks(earlier), ranks(later))


def top_k_overlap(previous: NDArray[Any], current: NDArray[Any], *, k: int | None = None) -> Float:
    """Share of each probe's k largest positions that were among the k largest before.

    sum_i min(w_i, w'_i) / k, where w_i is 1 in the top k of |a| and 0 outside; positions of the size at which it ends
    share what is left of it. Source: Ghorbani et al. 2019, arXiv 1710.10547.

    Args:
        previous: [N, ...].
        current: [N, ...], the same shape.
        k: None for a tenth of the positions, at least 1.

    Returns:
        [N] from 0 to 1; of unrelated orders k / positions on average. NaN where just one is zero everywhere, or
        something is not finite.
    """
    earlier, later = alike(previous, current)
    count = later.shape[1]
    k = max(1, -(-count // 10)) if k is None else arguments.whole("k", k, 1, max(count, 1), of="positions")
    just_one = earlier.any(axis=1) != later.any(axis=1)
    return np.where(just_one, np.nan, overlap(top_shares(earlier, k), top_shares(later, k)))


def ranks(values: NDArray[Any]) -> Float:
    """Ranks [N, P] of |values| from 1, equal ones sharing their mean; NaN in a row that is not finite."""
    size = np.abs(flat(values))
    n, count = size.shape
    order = np.argsort(size, axis=1)
    ordered = np.take_along_axis(size, order, axis=1)
    # Where a run of equal sizes begins and ends, as positions in the order.
    begins = np.ones((n, count), bool)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=begins[:, 1:])
    place = np.arange(count)
    first = np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    ends = np.ones((n, count), bool)
    ends[:, :-1] = begins[:, 1:]
    last = np.minimum.accumulate(np.where(ends, place, count)[:, ::-1], axis=1)[:, ::-1]
    found = np.empty((n, count))
    np.put_along_axis(found, order, 1 + (first + last) / 2, axis=1)
    found[~np.isfinite(size).all(axis=1)] = np.nan
    return found


def correlation(first: Float, second: Float) -> Float:
    """Pearson's correlation [N] of rows [N, P]; NaN where one does not vary."""
    if not first.shape[1]:
        return np.full(len(first), np.nan)
    first, second = (part - part.mean(axis=1, keepdims=True) for part in (first, second))
    sizes = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return np.clip(ratio((first * second).sum(axis=1), sizes), -1, 1)


def top_shares(values: NDArray[Any], k: int) -> Float:
    """How far each position [N, P] belongs to the k with the largest |values|, from 0 to 1; the sum over a row is k."""
    size = np.abs(flat(values))
    if not size.size:
        return np.full(size.shape, np.nan)
    limit = np.partition(size, -k, axis=1)[:, [-k]]
    above, level = size > limit, size == limit
    with np.errstate(invalid="ignore", divide="ignore"):
        left = (k - above.sum(axis=1, keepdims=True)) / level.sum(axis=1, keepdims=True)
        shares = np.where(level, left, above)
    known = np.isfinite(size).all(axis=1, keepdims=True)
    # Without any attribution all share alike, so that nothing has changed where there was none before.
    return np.where(known, shares, np.nan)


def overlap(first: Float, second: Float) -> Float:
    """What two rows of `top_shares` have in common, as a share [N] of either."""
    if not first.shape[1]:
        return np.full(len(first), np.nan)
    return ratio(np.minimum(first, second).sum(axis=1), first.sum(axis=1))

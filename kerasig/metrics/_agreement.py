"""Whether two attributions put the same positions first, whatever their size and sign.

Where both maps are zero, as on a black background or on padding, there is nothing to put in order: those positions are
left out. Each measure has the value that chance gives beside it: its mean over all ways to lay each map's values on
that map's own nonzero positions, all equally likely and each map by itself. docs/internals/metrics.md derives it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig.metrics._rows import Float, alike, flat, ratio


@dataclass(frozen=True, eq=False)
class Agreement:
    """The agreement of two maps of each probe, and that of two independent maps with the same zeros.

    Args:
        value: [N].
        chance: [N], its expected value; NaN where the value is.
    """

    value: Float
    chance: Float


def rank_correlation(previous: NDArray[Any], current: NDArray[Any]) -> Float:
    """Spearman's correlation of each probe's |attribution| with an earlier one: does the order of positions hold?

    The correlation of the ranks, of equal sizes their mean rank, over the positions where either is not zero. Used to
    compare attributions by Adebayo et al. 2018, arXiv 1810.03292, and Ghorbani et al. 2019, arXiv 1710.10547.

    Args:
        previous: [N, ...].
        current: [N, ...], the same shape.

    Returns:
        [N] from -1 (the reverse order) to 1 (the same); NaN where one has no order (a single position, or all of one
        size) or is not finite. `rank_correlation_by_chance` says what independent maps have.

    Example:
        >>> kerasig.metrics.rank_correlation(np.array([[1.0, 2.0, 3.0]]), np.array([[3.0, 2.0, 1.0]]))
        array([-1.])
    """
    return rank_agreement(*alike(previous, current)).value


def rank_correlation_by_chance(previous: NDArray[Any], current: NDArray[Any]) -> Float:
    """The rank correlation that independent maps with the zeros of these two have on average.

    -M z z' / (4 s s') of M positions where either is not zero, z of them zero in the one and z' in the other, with s^2
    and s'^2 the sums of the ranks' squared differences from their mean.

    Args:
        previous: [N, ...].
        current: [N, ...], the same shape.

    Returns:
        [N] from -1 to 0: 0 where one has no zeros of its own, below where both have, for there the other has none; NaN
        where `rank_correlation` is.
    """
    return rank_agreement(*alike(previous, current)).chance


def top_k_overlap(previous: NDArray[Any], current: NDArray[Any], *, k: int | None = None) -> Float:
    """Share of each probe's k largest positions that were among the k largest before.

    sum_i min(w_i, w'_i) / k, where w_i is 1 in the top k of |a| and 0 outside; positions of the size at which it ends
    share what is left of it. Source: Ghorbani et al. 2019, arXiv 1710.10547.

    Args:
        previous: [N, ...].
        current: [N, ...], the same shape.
        k: None for a tenth of the positions where either is not zero, at least 1. Where there are fewer than k of
            those, they are the top.

    Returns:
        [N] from 0 to 1; NaN where just one is zero everywhere, or something is not finite. `top_k_overlap_by_chance`
        says what independent maps have.

    Example:
        >>> kerasig.metrics.top_k_overlap(np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 3.0, 2.0]]), k=2)
        array([1.])
    """
    return top_k_agreement(*alike(previous, current), k).value


def top_k_overlap_by_chance(previous: NDArray[Any], current: NDArray[Any], *, k: int | None = None) -> Float:
    """The overlap of the top that independent maps with the zeros of these two have on average.

    Args:
        previous: [N, ...].
        current: [N, ...], the same shape.
        k: as for `top_k_overlap`.

    Returns:
        [N] from 0 to 1: k / M where both are nonzero at the same M positions and no two are of one size; NaN where
        `top_k_overlap` is.
    """
    return top_k_agreement(*alike(previous, current), k).chance


def rank_agreement(earlier: Float, later: Float) -> Agreement:
    """The rank correlation of rows [N, P], and what chance gives."""
    sizes = np.abs(earlier), np.abs(later)
    ranked = (sizes[0] != 0) | (sizes[1] != 0)
    among = ranked.sum(axis=1)
    one, other = (_centred_ranks(size, ranked) for size in sizes)
    spread = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    alone, others = (among - np.count_nonzero(size, axis=1) for size in sizes)
    return Agreement(
        value=np.clip(ratio((one * other).sum(axis=1), spread), -1, 1),
        chance=np.maximum(ratio(0.0 - among * alone * others / 4, spread), -1),
    )


def top_k_agreement(earlier: Float, later: Float, k: int | None = None) -> Agreement:
    """The overlap of the top of rows [N, P], and what chance gives."""
    count = later.shape[1]
    if k is not None:
        k = arguments.whole("k", k, 1, max(count, 1), of="positions")
    if not count:
        return Agreement(np.full(len(later), np.nan), np.full(len(later), np.nan))
    sizes = np.abs(earlier), np.abs(later)
    ranked = (sizes[0] != 0) | (sizes[1] != 0)
    among = ranked.sum(axis=1)
    places = np.maximum(1, -(-among // 10) if k is None else np.minimum(k, among))
    one, other = (_Top.of(size, ranked, places) for size in sizes)
    found = np.minimum(one.shares, other.shares).sum(axis=1) / places
    # Where all is zero before and after, nothing has changed, nor could it.
    known = [np.where(among > 0, part, 1.0) for part in (found, _overlap_by_chance(one, other, among) / places)]
    just_one = (one.nonzero == 0) != (other.nonzero == 0)
    unknown = just_one | ~np.isfinite(sizes[0]).all(axis=1) | ~np.isfinite(sizes[1]).all(axis=1)
    return Agreement(*(np.where(unknown, np.nan, part) for part in known))


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


def _centred_ranks(size: Float, ranked: NDArray[np.bool_]) -> Float:
    """Ranks among the ranked positions less their mean; 0 elsewhere. Zeros come first, so what is left out shifts."""
    among = ranked.sum(axis=1, keepdims=True)
    zeros = among - np.count_nonzero(size, axis=1)[:, None]
    own = np.where(size == 0, (zeros + 1) / 2, ranks(size) - (size.shape[1] - among))
    return np.where(ranked, own - (among + 1) / 2, 0.0)


@dataclass(frozen=True, eq=False)
class _Top:
    """How far each position belongs to the k largest of a row, and how many have which share.

    Args:
        shares: [N, P] from 0 to 1; the sum over a row is k.
        nonzero: [N] positions that are not zero.
        whole: [N] of those, how many belong to the top.
        level: [N] of those, how many share its last places.
        share: [N] what each of the latter has.
        of_zero: [N] what each zero among the ranked positions has, where there are fewer nonzero ones than k.
    """

    shares: Float
    nonzero: NDArray[np.int64]
    whole: NDArray[np.int64]
    level: NDArray[np.int64]
    share: Float
    of_zero: Float

    @classmethod
    def of(cls, size: Float, ranked: NDArray[np.bool_], places: NDArray[np.int64]) -> _Top:
        """The top of |values| [N, P] among the ranked positions, as many of them as `places` [N] says."""
        limit = np.empty((len(size), 1))
        for k in np.unique(places):
            rows = places == k
            limit[rows] = np.partition(size[rows], -k, axis=1)[:, [-k]]
        above, level = size > limit, ranked & (size == limit)
        whole, equal = above.sum(axis=1), level.sum(axis=1)
        share = (places - whole) / np.maximum(equal, 1)
        ends_at_zero = limit[:, 0] == 0
        return cls(
            shares=np.where(level, share[:, None], above),
            nonzero=np.count_nonzero(size, axis=1),
            whole=whole,
            level=np.where(ends_at_zero, 0, equal),
            share=share,
            of_zero=np.where(ends_at_zero, share, 0.0),
        )


def _overlap_by_chance(one: _Top, other: _Top, among: NDArray[np.int64]) -> Float:
    """sum_i E min(w_i, w'_i): of positions where both are nonzero, and of those where one is zero."""
    both = (
        one.whole * other.whole
        + one.whole * other.level * other.share
        + one.level * one.share * other.whole
        + one.level * other.level * np.minimum(one.share, other.share)
    )
    total = (one.nonzero + other.nonzero - among) * ratio(both, one.nonzero * other.nonzero)
    for zero, rest in ((one, other), (other, one)):
        shared = rest.whole * zero.of_zero + rest.level * np.minimum(zero.of_zero, rest.share)
        total = total + (among - zero.nonzero) * ratio(shared, rest.nonzero)
    return np.asarray(total, np.float64)

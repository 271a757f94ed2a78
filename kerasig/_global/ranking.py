"""How alike two rankings of features are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


def ndcg(ranking: Float, gains: Float, first: int | None = None) -> float:
    """The normalised discounted cumulative gain of a ranking; 1 where it is that of the gains themselves.

    DCG = sum over places r = 1, 2, ... of the gain of the feature at place r, divided by log2(r + 1); it is divided by
    that of the features in the order of their gains. Features that tie in the ranking get the mean of their places'
    discounts each, as if every order of them were averaged over. Source: Jarvelin and Kekalainen 2002; McSherry and
    Najork 2008 for ties.

    Args:
        ranking: [P] what features are ranked by, the largest first.
        gains: [P] what each is worth, at least 0.
        first: how many places count; None for all.
    """
    count = len(ranking)
    if not count or not np.isfinite(gains).all() or not np.isfinite(ranking).all():
        return float("nan")
    places = np.arange(count)
    discounts = np.where(places < (count if first is None else first), 1 / np.log2(places + 2), 0.0)
    order = np.argsort(-ranking, kind="stable")
    # Where equal ones begin, in the order of the ranking.
    begins = np.flatnonzero(np.diff(ranking[order], prepend=np.nan) != 0)
    lengths = np.diff(np.append(begins, count))
    shared = np.repeat(np.add.reduceat(discounts, begins) / lengths, lengths)
    best = float(np.sort(gains)[::-1] @ discounts)
    return float(gains[order] @ shared) / best if best > 0 else float("nan")

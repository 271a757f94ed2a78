"""Whether the score falls as what an attribution points at is deleted."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig.metrics import _rows as rows


@dataclass(frozen=True, eq=False)
class Deletion:
    """How the score changed as positions were deleted, those of the largest attribution first.

    Args:
        counts: [K] how many positions were deleted, rising; the first is 0.
        scores: [N, K] the score of each example then; NaN where its attribution is not finite.
        aopc: [N] area over the perturbation curve: the mean of scores[:, 0] - scores over 0 to counts[-1] deleted
            positions, by trapezoids between the counts. Large is faithful.

    Example:
        >>> x = np.array([[1.0, 3.0]])
        >>> kerasig.metrics.deletion(x, lambda deleted: (x * ~deleted).sum(axis=1), [0, 1, 2]).aopc
        array([2.5])
    """

    counts: NDArray[np.int64]
    scores: NDArray[np.float64]
    aopc: NDArray[np.float64]


def deletion(
    values: NDArray[Any], score: Callable[[NDArray[np.bool_]], NDArray[Any]], counts: Sequence[int]
) -> Deletion:
    """Deletes the positions that raise the score most, and records how far it falls.

    aopc = mean over k = 0 ... L of F(x) - F(x without its k largest positions). Source: Samek and others 2015, arXiv
    1509.06321, and Sundararajan, Taly and Yan 2016, arXiv 1611.02639, where pixels are deleted by zeroing them. Between
    `counts` the curve is taken as straight.

    Args:
        values: [N, positions...], channels already summed; the largest, not the largest in size, goes first. Random
            numbers give what an attribution is compared with.
        score: called with a boolean mask of the shape of `values`, True where a position is deleted; returns [N], the
            score of each example then. What deletion means is its choice. With `kerasig.Explainer` and images, the
            baseline stands in: `lambda mask: explainer.scores(x, classes, baselines=0, replaced=mask[..., None])`.
        counts: how many positions are deleted at once, rising; 0 is put before them where it is missing.

    Raises:
        ValueError: `counts` do not rise or go beyond the positions, or `score` returns another shape.

    Example:
        >>> x = np.array([[1.0, 3.0]])
        >>> curves = kerasig.metrics.deletion(x, lambda deleted: (x * ~deleted).sum(axis=1), [0, 1, 2])
        >>> curves.scores
        array([[4., 1., 0.]])
    """
    flat, shape = rows.flat(values), np.shape(values)
    steps = _check_counts(counts, flat.shape[1])
    arguments.function("score", score, "of a mask")
    # Equal ones in the order of their positions, whatever the machine.
    order = np.argsort(-flat, axis=1, kind="stable")
    scores = np.empty((len(flat), len(steps)))
    mask = np.zeros(flat.shape, bool)
    for k, count in enumerate(steps):
        np.put_along_axis(mask, order[:, :count], True, axis=1)
        scored = arguments.numbers("score(mask)", score(mask.reshape(shape).copy()), f"[{len(flat)}]")
        if scored.shape != (len(flat),):
            raise ValueError(f"score must return one number per example, [{len(flat)}]. Received {scored.shape}.")
        scores[:, k] = scored
    # An order by values that are not finite says nothing.
    scores[~np.isfinite(flat).all(axis=1)] = np.nan
    fallen = scores[:, :1] - scores
    areas = (fallen[:, 1:] + fallen[:, :-1]) / 2 * np.diff(steps)
    return Deletion(steps, scores, areas.sum(axis=1) / steps[-1])


def _check_counts(counts: Sequence[int], n_positions: int) -> NDArray[np.int64]:
    given = arguments.items("counts", counts, fits="a list of whole numbers")
    steps = [int(count) if arguments.is_whole(count) else -1 for count in given]
    rising = all(one < other for one, other in itertools.pairwise([-1, *steps]))
    if not rising or not steps or not 0 < steps[-1] <= n_positions:
        raise ValueError(
            f"counts must be whole numbers that rise, up to the {n_positions} positions. Received counts="
            f"{arguments.shown(counts)}."
        )
    return np.array(steps if steps[0] == 0 else [0, *steps], np.int64)

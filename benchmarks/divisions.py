"""Three published ways to divide a path into uneven steps, each of which it integrates by a Riemann sum."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .dense import Path

Float = NDArray[np.float64]

# As the papers' sums sample a step.
ONE_END = ("left", "right")
SUMS = (*ONE_END, "middle", "trapezoid")
# Cells in which RiemannOpt's |g'| is known, and places that its points may have.
CELLS, PLACES, MOST = 128, 1024, 512


class Division(abc.ABC):
    """A way to divide the path from 0 to 1 into uneven steps."""

    @abc.abstractmethod
    def edges(self, path: Path, n: int) -> Float | None:
        """Ends [n + 1] of n steps; None where there is no division into so many."""

    @abc.abstractmethod
    def forward_passes(self, n: int) -> int:
        """Scores that are evaluated beforehand, for n steps."""

    @abc.abstractmethod
    def __str__(self) -> str:
        """The settings, in a few words."""


@dataclass(frozen=True)
class Even(Division):
    """Equal steps: what the three are compared with in their papers."""

    def edges(self, path: Path, n: int) -> Float | None:
        return np.linspace(0, 1, n + 1)

    def forward_passes(self, n: int) -> int:
        return 0

    def __str__(self) -> str:
        return "even"


@dataclass(frozen=True)
class NonUniform(Division):
    """Non-uniform interpolation from a pre-pass of scores (Bhat and Raychowdhury 2023, arXiv 2302.11107).

    Taken from the paper: a first stage evaluates the score at the ends of a few equal intervals, by forward passes
    alone; the second gives each interval its share of the steps by the change of the score over it, and divides it
    evenly.

    Left open, as no more than the abstract could be read for this: how many intervals there are, how the share follows
    from the change, and which sum integrates. So 2 to 32 intervals and shares in proportion to the change and to its
    square root are tried, and what needs the fewest gradients is kept, for each model anew. Every interval has at least
    one step: without one its part of the integral would be lost.

    Args:
        intervals: equal intervals of the first stage.
        power: the share is proportional to the change to this power.
    """

    intervals: int
    power: float

    def edges(self, path: Path, n: int) -> Float | None:
        if n < self.intervals:
            return None
        ends = np.linspace(0, 1, self.intervals + 1)
        exact = shares(np.abs(np.diff(path.line(ends)[0])) ** self.power) * (n - self.intervals)
        counts = np.floor(exact + 1e-9).astype(int)
        rest = np.argsort(counts - exact, kind="stable")[: n - self.intervals - counts.sum()]
        counts[rest] += 1
        return divided(ends, 1 + counts)

    def forward_passes(self, n: int) -> int:
        return self.intervals + 1

    def __str__(self) -> str:
        return f"{self.intervals} intervals, {'root of ' * (self.power == 0.5)}change"


@dataclass(frozen=True)
class DecisionSampling(Division):
    """Adaptive sampling of Integrated Decision Gradients (Walker, Jha, Chen, Ewetz 2024, arXiv 2305.20052).

    Taken from the paper's abstract and its authors' code: scores at the ends of N equal regions; their slopes, moved
    and scaled to lie between 0 and 1, then to sum to 1, are the regions' shares of M samples; shares are rounded down,
    and what is left goes, one each, to the largest of those that have come to nothing; a region is divided evenly. The
    paper weighs every gradient by the score's slope, which makes its attribution another quantity than integrated
    gradients. Here only the samples are used, for plain integrated gradients, and nothing is weighed.

    Left open, for that use: a region without samples, which the weight makes vanish in the paper. Its length is added
    to the step before it (at the start: after it), so that the sum is one over the whole path. N is tried as M, as in
    the authors' code, and as 8 to 64; shares by a slope's signed size, as in the code, and by its absolute size, which
    suits an integral without the weight better. What needs the fewest gradients is kept, for each model anew.

    Args:
        regions: N; None: as many as samples, at least 2.
        signed: whether a falling score has the least share.
    """

    regions: int | None
    signed: bool

    def edges(self, path: Path, n: int) -> Float | None:
        ends = np.linspace(0, 1, self._regions(n) + 1)
        slopes = np.diff(path.line(ends)[0])
        exact = shares(slopes - slopes.min() if self.signed else np.abs(slopes)) * n
        counts = np.floor(exact + 1e-9).astype(int)
        rest = np.lexsort((-exact, counts > 0))[: n - counts.sum()]
        counts[rest] += 1
        edges = divided(ends, counts)
        edges[0] = 0.0  # Where the first regions have no sample.
        return edges

    def forward_passes(self, n: int) -> int:
        return self._regions(n) + 1

    def _regions(self, n: int) -> int:
        return max(2, n) if self.regions is None else self.regions

    def __str__(self) -> str:
        return f"N = {self.regions or 'M'}, {'signed' if self.signed else 'absolute'}"


@dataclass(frozen=True, eq=False)
class RiemannOpt(Division):
    """Points fitted beforehand to other examples (Swain and Singhi 2024, arXiv 2410.04118).

    Taken from the paper's abstract and its authors' code: a Riemann sum is wrong by at most
    1/2 sum_k |g'(a_k)| (a_k+1 - a_k)^2; |g'| is the features' mean of the changes of the gradient between 128 even
    steps, scaled to sum to 1 for each example, then the median over the examples, smoothed over 11 steps in the
    logarithm; the points that make the bound least serve all examples. They are fitted to examples that are not judged,
    and what that costs is not counted.

    Left open: how well the least is found. The authors search by Powell's method from even steps; here it is found
    exactly among 1,024 places, by dynamic programming. |g'| of a step is its mean over the step: the bound holds for it
    as well, and does not overlook what lies behind a calm end.

    Args:
        others: paths of other examples, in any number of cells.
    """

    others: Sequence[Path]

    def edges(self, path: Path, n: int) -> Float | None:
        return self._best[n] if n < len(self._best) else None

    def forward_passes(self, n: int) -> int:
        return 0

    @cached_property
    def _best(self) -> list[Float]:
        return least_bound(jumps(self.others), PLACES, MOST)

    def __str__(self) -> str:
        return f"fitted to {len(self.others)} others"


def jumps(paths: Sequence[Path]) -> Float:
    """|g'| [cells] along all of the paths, up to a factor, as RiemannOpt has it."""
    sizes = np.array([np.abs(np.diff(path.contributions, axis=0)).sum(axis=1, dtype=np.float64) for path in paths])
    median = np.median(sizes / np.maximum(sizes.sum(axis=1, keepdims=True), np.finfo(float).tiny), axis=0)
    # Between kinks it is 0, which has no logarithm.
    logarithms = np.log(np.maximum(median, max(1e-3 * median.mean(), np.finfo(float).tiny)))
    window = np.bartlett(11)
    smooth = np.convolve(np.pad(logarithms, 5, mode="reflect"), window / window.sum(), mode="valid")
    return np.asarray(np.exp(smooth))


def least_bound(sizes: Float, places: int, most: int) -> list[Float]:
    """Ends of n steps that make sum_k (length of step k) (integral of |g'| over it) least, for n = 0 to `most`.

    Args:
        sizes: [cells] |g'| in equal cells of [0, 1].
        places: ends are multiples of 1 / places.
        most: at most `places`.
    """
    at = np.arange(places + 1) / places
    risen = np.interp(at, np.linspace(0, 1, len(sizes) + 1), np.concatenate([[0.0], np.cumsum(sizes)]))
    lengths = at[:, None] - at
    costs = np.where(lengths > 0, lengths * (risen[:, None] - risen), np.inf)  # [to, from]
    least, before, found = np.where(at > 0, np.inf, 0.0), [], [np.zeros(1)]
    for _ in range(most):
        sums = costs + least
        before.append(np.argmin(sums, axis=1))
        least = np.take_along_axis(sums, before[-1][:, None], axis=1)[:, 0]
        chosen = [places]
        for origins in reversed(before):
            chosen.append(int(origins[chosen[-1]]))
        found.append(at[chosen[::-1]])
    return found


def shares(sizes: Float) -> Float:
    """Sizes scaled to sum to 1; equal ones where all are 0."""
    total = sizes.sum()
    return sizes / total if total > 0 else np.full(len(sizes), 1 / len(sizes))


def divided(ends: Float, counts: NDArray[np.int_]) -> Float:
    """Ends of the steps of intervals that are divided evenly, each into so many; those with none leave no end."""
    lengths = np.repeat(np.diff(ends) / np.maximum(counts, 1), counts)
    numbers = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.append(np.repeat(ends[:-1], counts) + numbers * lengths, ends[-1])


def riemann(edges: Float, rule: str) -> tuple[Float, Float]:
    """Nodes and weights of one of `SUMS` over the steps with these ends."""
    lengths = np.diff(edges)
    if rule == "trapezoid":
        return edges, (np.append(lengths, 0) + np.append(0, lengths)) / 2
    nodes = {"left": edges[:-1], "right": edges[1:], "middle": (edges[1:] + edges[:-1]) / 2}
    return nodes[rule], lengths

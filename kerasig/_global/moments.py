"""Sums over rows that merge: means and spreads that do not cancel, and what errors of the integration add to them.

Means and sums of squares about them are merged as in Chan, Golub and LeVeque 1979, "Updating formulae and a pairwise
algorithm for computing sample variances", so that no difference of large sums is ever taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]


@dataclass(eq=False)
class Moments:
    """Means of n rows and their squared distances from them, both [P]."""

    n: int
    mean: Float
    squares: Float

    @classmethod
    def of(cls, rows: Float) -> Moments:
        """Those of rows [n, P]."""
        if not len(rows):
            return cls.none(rows.shape[1])
        mean = rows.mean(axis=0)
        away = rows - mean
        # What rounding of the mean left, as in the corrected two-pass algorithm.
        left = away.sum(axis=0) / len(rows)
        return cls(len(rows), mean + left, np.einsum("np,np->p", away, away) - len(rows) * left**2)

    @classmethod
    def none(cls, positions: int) -> Moments:
        """Those of no rows."""
        return cls(0, np.zeros(positions), np.zeros(positions))

    def merge(self, other: Moments) -> None:
        """The same as if the other's rows had been among these."""
        n = self.n + other.n
        if not other.n:
            return
        apart = other.mean - self.mean
        self.mean = self.mean + apart * (other.n / n)
        self.squares = self.squares + other.squares + apart**2 * (self.n * other.n / n)
        self.n = n

    @property
    def variance(self) -> Float:
        """[P], of one row; NaN of fewer than two."""
        return np.maximum(self.squares, 0) / (self.n - 1) if self.n > 1 else np.full_like(self.squares, np.nan)


@dataclass(eq=False)
class RowGroup:
    """Some rows: their attributions, the sizes of these, their sums, and what errors of the integration may do.

    Args:
        signed: of attributions [P].
        sizes: of |attributions| [P].
        shares: of each row's |attributions| over their sum [P]; 0 in rows without any.
        totals: of each row's sum over its positions [1].
        errors: [P] sums of the errors' expected sizes.
        variances: [P] sums of the errors' variances.
        share_errors: [P] the same of shares.
        share_variances: [P] the same of shares.
        deltas: [1] sums of completeness errors, signed.
        delta_squares: [1] sums of their squares.
        not_converged: rows among these that did not converge.
    """

    signed: Moments
    sizes: Moments
    shares: Moments
    totals: Moments
    errors: Float
    variances: Float
    share_errors: Float
    share_variances: Float
    deltas: Float
    delta_squares: Float
    not_converged: int = 0

    @classmethod
    def none(cls, positions: int) -> RowGroup:
        """Sums of no rows."""
        of: dict[str, Any] = {name: Moments.none(1 if name == "totals" else positions) for name in _MOMENTS}
        of |= {name: np.zeros(1 if name.startswith("delta") else positions) for name in _SUMS}
        return cls(**of)

    @classmethod
    def of(cls, values: Float, errors: Float, deltas: Float, converged: NDArray[np.bool_]) -> RowGroup:
        """Sums of rows.

        Args:
            values: [n, P].
            errors: [n, P] the expected sizes of their errors.
            deltas: [n] completeness errors.
            converged: [n].
        """
        sizes = np.abs(values)
        whole = sizes.sum(axis=1, keepdims=True)
        whole[whole == 0] = 1
        of_shares = errors / whole
        return cls(
            signed=Moments.of(values),
            sizes=Moments.of(sizes),
            shares=Moments.of(sizes / whole),
            totals=Moments.of(values.sum(axis=1, keepdims=True)),
            errors=errors.sum(axis=0),
            variances=NORMAL * np.einsum("np,np->p", errors, errors),
            share_errors=of_shares.sum(axis=0),
            share_variances=NORMAL * np.einsum("np,np->p", of_shares, of_shares),
            deltas=deltas.sum(keepdims=True),
            delta_squares=(deltas**2).sum(keepdims=True),
            not_converged=int((~converged).sum()),
        )

    @property
    def n(self) -> int:
        """How many rows."""
        return self.signed.n

    def merge(self, other: RowGroup) -> None:
        """The same as if the other's rows had been among these."""
        for name in _MOMENTS:
            getattr(self, name).merge(getattr(other, name))
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.not_converged += other.not_converged


# The variance of a normal number whose mean size is 1.
NORMAL = np.pi / 2
_MOMENTS = ("signed", "sizes", "shares", "totals")
_SUMS = ("errors", "variances", "share_errors", "share_variances", "deltas", "delta_squares")


def stacked(groups: Sequence[RowGroup], positions: int) -> Arrays:
    """The arrays of groups, [G, ...] each."""
    none = RowGroup.none(positions)
    listed = list(groups) or [none]
    arrays: Arrays = {}
    for name in _MOMENTS:
        for part in ("mean", "squares"):
            arrays[f"{name}.{part}"] = np.stack([getattr(getattr(group, name), part) for group in listed])
    for name in _SUMS:
        arrays[name] = np.stack([getattr(group, name) for group in listed])
    arrays = {name: array[: len(groups)] for name, array in arrays.items()}
    arrays["n"] = np.array([group.n for group in groups], np.int64)
    arrays["not_converged"] = np.array([group.not_converged for group in groups], np.int64)
    return arrays


def unstacked(arrays: Mapping[str, NDArray[Any]]) -> Iterator[RowGroup]:
    """The groups that `stacked` was given."""
    for at, n in enumerate(arrays["n"].tolist()):
        of: dict[str, Any] = {name: np.array(arrays[name][at], np.float64) for name in _SUMS}
        for name in _MOMENTS:
            mean, squares = (np.array(arrays[f"{name}.{part}"][at], np.float64) for part in ("mean", "squares"))
            of[name] = Moments(n, mean, squares)
        yield RowGroup(**of, not_converged=int(arrays["not_converged"][at]))


@dataclass(eq=False)
class Groups:
    """Groups of rows by what they are called, a class's index or a slice's name."""

    positions: int
    found: dict[Any, RowGroup] = field(default_factory=dict)

    def merge(self, key: Any, group: RowGroup) -> None:
        """Adds rows to one of the groups."""
        if key not in self.found:
            self.found[key] = RowGroup.none(self.positions)
        self.found[key].merge(group)

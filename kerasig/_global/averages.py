"""Mean attributions of some rows, and how they compare with others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig import _reprs as reprs
from kerasig import _sentences as sentences
from kerasig._global.difference import Difference, Side, unpaired
from kerasig._global.measured import Measured
from kerasig._global.moments import Moments, RowGroup
from kerasig._global.ranking import ndcg

Float = NDArray[np.float64]
Of = Literal["size", "mean", "share"]
OF = ("size", "mean", "share")


@dataclass(frozen=True, eq=False)
class Averages:
    """Mean attributions of some rows: all of them, a class, or a slice.

    Args:
        name: what they are called.
        n: how many rows.
        not_converged: how many of them did not converge.
        mean: of attributions, signed [P]: what a position adds to the score on average.
        size: of |attributions| [P]: how much a position matters, whichever way.
        share: of each row's |attributions| over their sum [P], which does not depend on the scale of the score.
        total: of each row's sum [1], which is its score less that of its baseline.
        names: of the positions.
    """

    name: str
    n: int
    not_converged: int
    mean: Measured
    size: Measured
    share: Measured
    total: Measured
    names: Sequence[str]

    @classmethod
    def of(cls, name: str, group: RowGroup, names: Sequence[str]) -> Averages:
        """Those of a group of rows."""
        integration, limit = _integration(group.variances, group.errors, group.n)
        # The errors of sums are known, sign and all.
        of_totals = np.sqrt(group.delta_squares), np.abs(group.deltas)
        count = max(group.n, 1)
        return cls(
            name,
            group.n,
            group.not_converged,
            _measured(group.signed, integration, limit),
            _measured(group.sizes, integration, limit),
            _measured(group.shares, *_integration(group.share_variances, group.share_errors, group.n)),
            _measured(group.totals, *(each / count for each in of_totals)),
            names,
        )

    def __len__(self) -> int:
        return self.n

    def __repr__(self) -> str:
        return reprs.of_fields(self)

    def called(self, name: str) -> Averages:
        """The same by another name."""
        return replace(self, name=name)

    def side(self, of: Of) -> Side:
        """One side of a difference."""
        return Side(self.name, self.n, {"size": self.size, "mean": self.mean, "share": self.share}[of])

    def difference(self, other: Averages, *, of: Of = "size", confidence: float = 0.95) -> Difference:
        """The other's means less these, such as of two slices, with intervals that hold for all features at once.

        The rows are taken for others than these. Where some are in both, intervals are wider than they have to be.

        Args:
            other: of the same features.
            of: "size" compares mean |attributions|, "mean" signed ones, "share" sizes as shares of their row's sum.
            confidence: of all intervals together, from 0.5 to below 1.

        Raises:
            TypeError: `other` are no averages.
            ValueError: they are of other features.
        """
        self._check(other)
        arguments.choice("of", of, OF)
        confidence = arguments.number("confidence", confidence, 0.5, 1, below=True)
        return unpaired(self.side(of), other.side(of), self.names, of, confidence)

    def ndcg(self, other: Averages, first: int | None = None) -> float:
        """How well this ranking of features serves for the other one; see `GlobalAttribution.ndcg`.

        Args:
            other: of the same features.
            first: how many places count; None for all.
        """
        self._check(other)
        places = None if first is None else arguments.whole("first", first, 1)
        return ndcg(self.size.value, other.size.value, places)

    def _check(self, other: Averages) -> None:
        if not isinstance(other, Averages):
            raise TypeError(f"other must be means of the same features. {sentences.received(other)}.")
        check_same(self.names, other.names)


def check_same(first: Sequence[str], second: Sequence[str]) -> None:
    """Raises ValueError unless both are of the same features."""
    if tuple(first) == tuple(second):
        return
    odd = [name for name in second if name not in set(first)] or [name for name in first if name not in set(second)]
    received = f"{len(second):,} features for {len(first):,}"
    received += f", among them {arguments.shown(odd[0])}" if odd else " in another order"
    raise ValueError(f"other must be of the same features. Received {received}. Compare results of one kind of inputs.")


def _integration(variances: Float, errors: Float, n: int) -> tuple[Float, Float]:
    count = max(n, 1)
    return np.sqrt(variances) / count, errors / count


def _measured(moments: Moments, integration: Float, limit: Float) -> Measured:
    if not moments.n:
        none = np.full_like(moments.mean, np.nan)
        return Measured(none, none, none, none)
    return Measured(moments.mean, np.sqrt(moments.variance / moments.n), integration, limit)

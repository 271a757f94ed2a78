"""Means over rows with what they are uncertain by, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerasig import _reprs as reprs
from kerasig._global.moments import Group, Moments

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Measured:
    """Means over rows, each with its errors; arrays of one number per position.

    Args:
        value: the means.
        error: standard errors over rows, of what rows there happened to be; NaN of fewer than two rows.
        integration: the part of `error` that errors of the integration make, where those of different rows have
            nothing to do with each other. error² = integration² + (what other rows would change)².
        limit: how far off the means are if the integration errs to the same side in every row. It does not fall with
            the number of rows, and is no part of `error`.
    """

    value: Float
    error: Float
    integration: Float
    limit: Float

    def __repr__(self) -> str:
        return reprs.of_fields(self)


@dataclass(frozen=True, eq=False)
class Averages:
    """Mean attributions of some rows: all of them, a class, or a slice.

    Args:
        name: what they are called.
        n: how many rows.
        not_converged: how many of them did not converge.
        mean: of attributions, signed [P]: what a position adds to the score on average.
        size: of |attributions| [P]: how much a position matters, whichever way.
        total: of each row's sum [1], which is its score less that of its baseline.
    """

    name: str
    n: int
    not_converged: int
    mean: Measured
    size: Measured
    total: Measured

    @classmethod
    def of(cls, name: str, group: Group) -> Averages:
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
            _measured(group.totals, *(each / count for each in of_totals)),
        )

    def __repr__(self) -> str:
        return reprs.of_fields(self)


def _integration(variances: Float, errors: Float, n: int) -> tuple[Float, Float]:
    count = max(n, 1)
    return np.sqrt(variances) / count, errors / count


def _measured(moments: Moments, integration: Float, limit: Float) -> Measured:
    if not moments.n:
        none = np.full_like(moments.mean, np.nan)
        return Measured(none, none, none, none)
    return Measured(moments.mean, np.sqrt(moments.variance / moments.n), integration, limit)

"""Beside means: quantiles, leading features, co-attribution, words; each with its errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerasig import _reprs as reprs
from kerasig._global.leading import Leading
from kerasig._global.measured import Measured
from kerasig._global.moments import RowGroup
from kerasig._global.pairs import Pairs
from kerasig._global.sketch import RELATIVE_ERROR, Sketch
from kerasig._global.words import WordSums

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Quantiles:
    """Quantiles of attributions, [Q, P]: the smallest number that a share of the rows does not exceed.

    Args:
        shares: [Q] of the rows.
        value: each within `rounding` of the rows' own quantile.
        error: standard errors over rows: half of how far apart the quantiles are that lie one standard error of the
            share below and above. Source: Woodruff 1952.
        integration: [P] the root mean square error of one value, which errors of the integration make.
        rounding: how far off a quantile may be for being counted in boxes, as a share of it.
    """

    shares: Float
    value: Float
    error: Float
    integration: Float
    rounding: float = RELATIVE_ERROR

    @classmethod
    def of(cls, sketch: Sketch, group: RowGroup, shares: Sequence[float]) -> Quantiles:
        """Those that counts tell."""
        wanted = np.array(shares, np.float64)
        away = np.sqrt(wanted * (1 - wanted) / max(group.n, 1))
        low, high = (sketch.quantiles(np.clip(wanted + sign * away, 0, 1), between=True) for sign in (-1, 1))
        one = np.sqrt(group.variances / max(group.n, 1))
        return cls(wanted, sketch.quantiles(wanted), (high - low) / 2, one)

    def __repr__(self) -> str:
        return reprs.of_fields(self)


@dataclass(frozen=True, eq=False)
class LeadingShares:
    """How often a position is among the first of its row, by size.

    Args:
        first: how many lead a row.
        share: [P] of the rows.
        error: [P] its standard error over rows.
        unsure: [P] share of the rows in which it is closer to its rival than their errors of the integration.
    """

    first: int
    share: Float
    error: Float
    unsure: Float

    @classmethod
    def of(cls, leading: Leading, n: int) -> LeadingShares:
        """Those that counts over n rows tell."""
        if not n:
            none = np.full(len(leading.counts), np.nan)
            return cls(leading.k, none, none, none)
        share = leading.counts / n
        return cls(leading.k, share, np.sqrt(share * (1 - share) / max(n - 1, 1)), leading.unsure / n)

    def __repr__(self) -> str:
        return reprs.of_fields(self)


@dataclass(frozen=True, eq=False)
class CoAttribution:
    """Which positions' attributions go together: correlations over rows, [P, P].

    Args:
        correlation: Pearson's; NaN where an attribution is the same in all rows.
        error: its standard error over rows, (1 - r²) / √(n - 1), as of normal numbers.
        integration: by how much errors of the integration may have lowered its size: |r| times half the sum of both
            positions' shares of their variance that these errors make. Source: Spearman 1904.
    """

    correlation: Float
    error: Float
    integration: Float

    @classmethod
    def of(cls, pairs: Pairs, group: RowGroup) -> CoAttribution:
        """Those that products tell."""
        found, spread = pairs.correlations(), group.signed.squares
        with np.errstate(invalid="ignore", divide="ignore"):
            noise = np.where(spread > 0, np.minimum(group.variances / spread, 1.0), 0.0)
            error = (1 - found**2) / np.sqrt(max(pairs.n - 1, 1)) if pairs.n > 2 else np.full_like(found, np.nan)
        return cls(found, error, np.abs(found) * (noise[:, None] + noise) / 2)

    def __repr__(self) -> str:
        return reprs.of_fields(self)


@dataclass(frozen=True, eq=False)
class ByWord:
    """Mean attributions of words or categories, over all places where each stands; arrays of one number per word.

    Standard errors are those of rows, not of occurrences: what a word gets twice in one row is counted as one row's.

    Args:
        words: the words, those with the largest mean |attribution| first.
        rows: how many rows have it.
        occurrences: how often it occurs in them.
        mean: of attributions, signed.
        size: of |attributions|.
    """

    words: Sequence[str]
    rows: NDArray[np.int64]
    occurrences: NDArray[np.int64]
    mean: Measured
    size: Measured

    @classmethod
    def of(cls, sums: WordSums, names: Sequence[str]) -> ByWord:
        """Those that sums tell; a word without a name is padding."""
        found = sums.means()
        order = np.argsort(-found.size, kind="stable")
        order = order[[bool(names[at]) for at in order.tolist()]] if len(order) else order
        means, errors, sizes, size_errors, integration, limit = (each[order] for each in found[3:])
        return cls(
            [names[at] for at in order.tolist()],
            found.rows[order],
            found.occurrences[order],
            Measured(means, errors, integration, limit),
            Measured(sizes, size_errors, integration, limit),
        )

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return reprs.of_fields(self)

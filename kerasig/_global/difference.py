"""Two means compared: intervals that hold for all features at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._global.measured import Measured
from kerasig._global.pairing import PairedSums
from kerasig._global.student import quantile, upper_tail
from kerasig._global.texts import chance, number, table, table_html

if TYPE_CHECKING:
    from pandas import DataFrame
    from plotly.graph_objects import Figure

Float = NDArray[np.float64]

_HEADS = ("feature", "first", "second", "difference", "from", "to", "p", "beyond integration error")
_WHAT = {"size": "mean |attribution|", "mean": "mean attribution", "share": "mean share of |attribution|"}
# Rows that a table has where nobody says how many.
SHOWN = 20


class Side(NamedTuple):
    """One of two that are compared: its name, how many rows it has, and their means."""

    name: str
    n: int
    measured: Measured


@dataclass(frozen=True, eq=False)
class Difference:
    """Means of the second rows less those of the first, one per feature, with intervals that hold together.

    The chance that any interval of a feature that did not move excludes zero is at most 1 - confidence, however many
    features there are (Bonferroni). Intervals are Student's: of paired rows of their own differences, else Welch's.
    Errors of the integration are in them as far as those of different rows have nothing to do with each other.

    Args:
        names: of the features.
        of: "size" for means of |attributions|, "mean" for signed ones, "share" for shares of each row's |attributions|.
        called: what the first and the second rows are called.
        first: the first means [P].
        second: the second means [P].
        value: second less first.
        error: its standard error.
        low: where the interval begins; NaN where there are too few rows.
        high: where it ends.
        p_value: corrected for the number of features: below 1 - confidence just where the interval excludes zero.
        limit: how far off the difference is if the integration errs to one side in all first rows, and to the other in
            all second ones.
        paired: whether the rows of both have been compared one by one.
        rows: how many first and second rows there are.
        confidence: of all intervals together.
    """

    names: Sequence[str]
    of: str
    called: tuple[str, str]
    first: Float
    second: Float
    value: Float
    error: Float
    low: Float
    high: Float
    p_value: Float
    limit: Float
    paired: bool
    rows: tuple[int, int]
    confidence: float

    @property
    def what(self) -> str:
        """The compared means, in words."""
        return _WHAT[self.of]

    @property
    def moved(self) -> NDArray[np.bool_]:
        """[P], whose interval excludes zero."""
        return (self.low > 0) | (self.high < 0)

    @property
    def beyond_integration(self) -> NDArray[np.bool_]:
        """[P], whose interval excludes zero even if the integration errs to one side in every row."""
        return (self.low - self.limit > 0) | (self.high + self.limit < 0)

    def __len__(self) -> int:
        return len(self.value)

    @property
    def order(self) -> NDArray[np.int64]:
        """The features, those that moved first, and of these those that moved most."""
        size = np.nan_to_num(np.abs(self.value), nan=-1.0)
        return np.lexsort((np.arange(len(size)), -size, ~self.moved))

    @property
    def sentence(self) -> str:
        """How many moved, and how that was decided, in words."""
        moved, count = int(self.moved.sum()), len(self)
        whose = "pairs of rows" if self.paired else "rows, not paired"
        rows = f"{self.rows[0]:,}" if self.paired else f"{self.rows[0]:,} and {self.rows[1]:,}"
        if np.isnan(self.low).all():
            return f"Too few rows to compare {self.called[0]} with {self.called[1]}: {rows}."
        features = "feature" if count == 1 else "features"
        return (
            f"{moved} of {count:,} {features} moved in {self.what} from {self.called[0]} to {self.called[1]}: "
            f"{100 * self.confidence:.4g}% intervals for all {features} together, {rows} {whose}."
        )

    def table(self, most: int = SHOWN) -> list[tuple[str, ...]]:
        """Rows of text: the features that moved, and then the others by how much they seem to have.

        Args:
            most: how many rows.
        """
        return [
            (
                self.names[at],
                number(self.first[at]),
                number(self.second[at]),
                number(self.value[at]),
                number(self.low[at]),
                number(self.high[at]),
                chance(self.p_value[at]),
                ("yes" if self.beyond_integration[at] else "not sure") if self.moved[at] else "",
            )
            for at in self.order[: arguments.whole("most", most, 0)].tolist()
        ]

    def __str__(self) -> str:
        return f"{self.sentence}\n\n{table(_HEADS, self.table())}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return table_html(self.sentence, _HEADS, self.table())

    def to_dataframe(self) -> DataFrame:
        """A row for each feature in their order, with every number.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError("to_dataframe needs pandas. Run: pip install pandas") from None
        columns: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("first", "second", "value", "error", "low", "high", "p_value", "limit")
        }
        columns |= {"moved": self.moved, "beyond_integration": self.beyond_integration}
        return pandas.DataFrame(columns, index=pandas.Index(list(self.names), name="feature"))

    def plot(self, most: int = SHOWN) -> Figure:
        """A Plotly figure: the differences of the features that moved, and of the largest others, with intervals.

        Args:
            most: how many features.
        """
        # Plotly is imported when something is drawn, and not before.
        from kerasig._global.difference_figure import figure_of

        return figure_of(self, arguments.whole("most", most, 1))


def unpaired(first: Side, second: Side, names: Sequence[str], of: str, confidence: float) -> Difference:
    """Rows that are not paired: Welch's intervals.

    Where both hold the same rows they are wider than they have to be, as long as rows that have large attributions in
    one tend to have them in the other.
    """
    one, two = first.measured, second.measured
    ours, theirs = one.error**2, two.error**2
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = (ours + theirs) ** 2 / (ours**2 / max(first.n - 1, 1) + theirs**2 / max(second.n - 1, 1))
    # Both the same in all rows: nothing is left to chance.
    freedom = np.where(np.isfinite(freedom), freedom, 1.0)
    error = np.sqrt(ours + theirs)
    value = two.value - one.value
    called = first.name, second.name
    counts = first.n, second.n
    limit = one.limit + two.limit
    return _judged(names, of, called, one.value, two.value, value, error, freedom, limit, False, counts, confidence)


def paired(sums: PairedSums, first: Side, second: Side, names: Sequence[str], of: str, confidence: float) -> Difference:
    """The same rows in both: Student's intervals of the rows' own differences.

    Args:
        sums: of all pairs.
        first: the first rows, for their name and their errors of the integration.
        second: the second ones.
        names: of the features.
        of: "size", "mean" or "share".
        confidence: of all intervals together.
    """
    apart = sums.differences[of]
    n = apart.n
    error = np.sqrt(apart.variance / max(n, 1))
    freedom = np.full(len(error), max(n - 1, 1.0))
    one, two, value = (
        moments.mean if n else np.full_like(error, np.nan) for moments in (sums.first[of], sums.second[of], apart)
    )
    called, limit = (first.name, second.name), first.measured.limit + second.measured.limit
    return _judged(names, of, called, one, two, value, error, freedom, limit, True, (n, n), confidence)


def _judged(
    names: Sequence[str],
    of: str,
    called: tuple[str, str],
    first: Float,
    second: Float,
    value: Float,
    error: Float,
    freedom: Float,
    limit: Float,
    is_paired: bool,
    rows: tuple[int, int],
    confidence: float,
) -> Difference:
    """Intervals and p-values, corrected for the number of features."""
    count = len(value)
    reach = quantile((1 - confidence) / 2 / max(count, 1), freedom) * error
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(error > 0, np.abs(value) / error, np.where(value == 0, 0.0, np.inf))
    known = np.isfinite(error) & np.isfinite(value)
    p_value = np.where(known, np.minimum(1.0, 2 * count * upper_tail(np.where(known, t, 0.0), freedom)), np.nan)
    low, high = value - reach, value + reach
    return Difference(
        names, of, called, first, second, value, error, low, high, p_value, limit, is_paired, rows, confidence
    )

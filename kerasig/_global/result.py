"""The attributions of a whole data set, and what they amount to, with its errors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig import _sentences as sentences
from kerasig._attribution.file import named_to_read
from kerasig._global import frames, tables
from kerasig._global.averages import Averages, Of, check_same
from kerasig._global.comparison import KeyedValues, difference_of
from kerasig._global.difference import Difference
from kerasig._global.further import ByWord, CoAttribution, LeadingShares, Quantiles
from kerasig._global.measured import Measured
from kerasig._global.pairing import KeyedRows
from kerasig._global.positions import Positions
from kerasig._global.sample import RowSample
from kerasig._global.sums import RowSums
from kerasig._global.texts import table_html
from kerasig._storage import DamagedFileError, read_arrays, write_arrays

if TYPE_CHECKING:
    from pandas import DataFrame
    from plotly.graph_objects import Figure

Float = NDArray[np.float64]
By = Literal["feature", "class", "slice", "word", "quantile", "pair"]
PlotKind = Literal["auto", "bar", "beeswarm", "heat map", "words", "pairs"]


class GlobalAttribution:
    """The attributions of a data set and what they amount to, as `kerasig.explain_dataset` returns it.

    Every mean has its standard error over rows, the part of it that errors of the integration make, and a limit: how
    far off the mean is if the integration errs to one side in every row (docs/internals/global.md derives them). Rows
    that are not finite are counted and left out; rows that did not converge are counted.

    Attributes:
        rows: the rows themselves, where `kerasig.explain_dataset` wrote them, or None.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(200, 3)).astype("float32")
        >>> found = kerasig.explain_dataset(lambda x: x[:, 0] ** 2 - x[:, 1], x, feature_names=["age", "rent", "debt"])
        >>> print(found.table())
        feature  mean |attribution|  ± by integration  share  mean attribution  among the first 2
        age      1.03 ± 0.12         0.0063            43.7%  1.03 ± 0.12       100.0%
        rent     0.792 ± 0.043       0.0022            56.3%  -0.04 ± 0.071     100.0%
        debt     0 ± 0               0                 0.0%   0 ± 0             0.0%
        >>> found.save("global.npz")
        >>> found.ndcg(kerasig.GlobalAttribution.load("global.npz"))
        1.0
    """

    def __init__(self, sums: RowSums, rows: KeyedValues | None = None, name: str = "all rows") -> None:
        if not isinstance(sums, RowSums):
            raise TypeError(f"sums must be a Reduction. {sentences.received(sums)}.")
        self._sums = sums
        self._name = name
        self.rows = rows

    def __len__(self) -> int:
        return self.n

    @property
    def n(self) -> int:
        """Rows whose attributions are finite, of which all of it is."""
        return self._sums.everything.n

    @property
    def not_finite(self) -> int:
        """Rows that were left out, since a value or a score is NaN or infinite."""
        return self._sums.not_finite

    @property
    def not_converged(self) -> int:
        """Rows among the `n` that did not converge."""
        return self._sums.not_converged

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the features or positions."""
        positions = self._sums.positions
        return () if positions is None else tuple(positions.labels(self._sums.settings.features))

    @cached_property
    def all(self) -> Averages:
        """Means over all rows."""
        return Averages.of(self._name, self._sums.everything, self.names)

    @property
    def mean(self) -> Measured:
        """Mean attributions of all rows, signed."""
        return self.all.mean

    @property
    def size(self) -> Measured:
        """Mean |attributions| of all rows: how much a feature matters."""
        return self.all.size

    @property
    def share(self) -> Measured:
        """Mean shares of a row's |attributions|, which do not depend on the scale of the score."""
        return self.all.share

    @property
    def total(self) -> Measured:
        """The mean of the rows' sums, [1]."""
        return self.all.total

    @cached_property
    def by_class(self) -> Mapping[str, Averages]:
        """Means over the rows of each class, by its name."""
        called, found = self._sums.settings.class_name, self._sums.classes.found
        return {called(index): Averages.of(called(index), found[index], self.names) for index in sorted(found)}

    @cached_property
    def slices(self) -> Mapping[str, Averages]:
        """Means over the rows of each slice, by its name."""
        return {name: Averages.of(name, group, self.names) for name, group in self._sums.slices.found.items()}

    @cached_property
    def words(self) -> Mapping[str, ByWord]:
        """Means of words or categories, by the place where they stand."""
        return {
            place: ByWord.of(sums, self._sums.names_of(place))
            for place, sums in self._sums.words.items()
            if not sums.too_many
        }

    @cached_property
    def quantiles(self) -> Quantiles | None:
        """Quantiles of each feature's attributions; None where they were not computed."""
        sketch = self._sums.parts.get("sketch")
        return None if sketch is None else Quantiles.of(sketch, self._sums.everything, self._sums.settings.quantiles)

    @cached_property
    def leading(self) -> LeadingShares | None:
        """How often each feature is among the first of its row; None where that was not computed."""
        found = self._sums.parts.get("leading")
        return None if found is None else LeadingShares.of(found, self.n)

    @cached_property
    def pairs(self) -> CoAttribution | None:
        """Which features' attributions go together; None where that was not computed."""
        found = self._sums.parts.get("pairs")
        return None if found is None else CoAttribution.of(found, self._sums.everything)

    @property
    def sample(self) -> RowSample | None:
        """Rows that stand for all, or None where a row has too many positions."""
        found: RowSample | None = self._sums.parts.get("sample")
        return found if found is not None and len(found.keys) else None

    @property
    def picture(self) -> tuple[tuple[int, ...], int]:
        """The shape of the first picture's positions, and the first of them; an empty shape where there is none."""
        return ((), 0) if self.positions is None else self.positions.picture

    @property
    def positions(self) -> Positions | None:
        """The positions of every row; None of no rows."""
        return self._sums.positions

    @property
    def is_pictorial(self) -> bool:
        """Whether there are maps to look at."""
        return bool(self.picture[0])

    @property
    def noun(self) -> str:
        """The word for what has an attribution: features, or positions where these have no names of their own."""
        return "features" if self.positions is None or self.positions.are_features else "positions"

    def order(self, sizes: Float, most: int) -> NDArray[np.int64]:
        """The places of the largest sizes [P]: the largest first, or as they stand where their order says something."""
        largest = np.argsort(-np.nan_to_num(sizes, nan=-1.0), kind="stable")[:most]
        return np.sort(largest) if self.positions is None or self.positions.are_ordered else largest

    def table(self, most: int = tables.SHOWN) -> str:
        """The features that matter most, as text: means with their standard errors, and how often each leads.

        Args:
            most: how many features.
        """
        return tables.text(self, arguments.whole("most", most, 0))

    def __repr__(self) -> str:
        return f"{tables.sentence(self)}\n\n{self.table(tables.FEW)}" if self.n else tables.sentence(self)

    def _repr_html_(self) -> str:
        heads, rows = tables.cells(self, tables.SHOWN)
        return table_html(tables.sentence(self), heads, rows if self.n else [])

    def to_dataframe(self, by: By = "feature") -> DataFrame:
        """A pandas table with every number and its errors.

        Args:
            by: "feature" for a row for each feature; "class" or "slice" for one for each of these and each feature;
                "word" for one for each word; "quantile" for one for each quantile and feature; "pair" for one for each
                two features.

        Raises:
            ImportError: pandas is not installed.
            ValueError: there is no such part.
        """
        return frames.frame(self, arguments.choice("by", by, frames.BY))

    def plot(
        self, kind: PlotKind = "auto", *, most: int = tables.SHOWN, by: Literal["class", "slice"] = "class"
    ) -> Figure:
        """A Plotly figure.

        Args:
            kind: "bar" for means with their standard errors; "beeswarm" for single rows, a dot each; "heat map" for
                means by class or slice, which of pictures are maps; "words" for words; "pairs" for correlations between
                features. "auto" is the first of "words", "heat map" of pictures, and "bar" that there is.
            most: how many features or words.
            by: of heat maps, whether they are of classes or of slices.

        Raises:
            ValueError: there is nothing to be drawn so.
        """
        # Plotly is imported when something is drawn, and not before.
        from kerasig._global.figures import figure_of

        return figure_of(self, kind, arguments.whole("most", most, 1), by)

    def difference(
        self,
        other: GlobalAttribution,
        *,
        of: Of = "size",
        confidence: float = 0.95,
        rows: tuple[KeyedRows, KeyedRows] | None = None,
        pair: bool | None = None,
    ) -> Difference:
        """The other's means less these, with intervals that hold for all features at once.

        Of two models explained on the same rows, the rows are compared one by one where they are there: intervals are
        then of the rows' own differences, and much narrower. `difference.paired` says which it was. Classes and slices
        are compared by `found.slices["a"].difference(found.slices["b"])`.

        Args:
            other: of the same features, such as of a later checkpoint.
            of: "size" compares mean |attributions|, "mean" signed ones, "share" sizes as shares of their row's sum; as
                such they do not grow with the scores.
            confidence: of all intervals together, from 0.5 to below 1.
            rows: chunks of (keys, attributions) of these rows and of the other's, where they are kept elsewhere.
            pair: whether rows are paired; None where both have them.

        Raises:
            TypeError: `other` is no GlobalAttribution.
            ValueError: it has other features, or rows to be paired are missing or have no key in common.
        """
        self._check(other)
        return difference_of(self, other, of, confidence, rows, pair)

    def ndcg(self, other: GlobalAttribution, first: int | None = None) -> float:
        """How well this ranking of features serves for the other one: 1 where both have the same order.

        The normalised discounted cumulative gain of this ranking by mean |attribution|, where a feature's gain is its
        mean |attribution| in the other. It is not symmetric.

        Args:
            other: of the same features.
            first: how many places count; None for all.

        Raises:
            TypeError: `other` is no GlobalAttribution.
            ValueError: it has other features.
        """
        self._check(other)
        return self.all.ndcg(other.all, first)

    def _check(self, other: GlobalAttribution) -> None:
        if not isinstance(other, GlobalAttribution):
            raise TypeError(f"other must be a kerasig.GlobalAttribution. {sentences.received(other)}.")
        if not self.names or not other.names:
            raise ValueError("Both must have rows. Received one without any. Pass results of explain_dataset.")
        check_same(self.names, other.names)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes everything but `rows` to one compressed .npz file, without pickle.

        Args:
            path: where to; ".npz" is added when it is missing, as NumPy does.

        Raises:
            TypeError: path is no path.
        """
        write_arrays(arguments.path_text("path", path), self._sums.to_arrays())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> GlobalAttribution:
        """Reads what `save` wrote, and the global.npz of an output of `kerasig.explain_dataset`.

        Args:
            path: the .npz file; ".npz" may be left out.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is no saved GlobalAttribution, is cut or damaged, or a later version wrote it.
        """
        name = named_to_read(path, "GlobalAttribution")
        try:
            return cls(RowSums.from_arrays(read_arrays(name)))
        except DamagedFileError as error:
            raise ValueError(f"{name!r} is not a saved GlobalAttribution, or it is damaged: {error}.") from error


# As users import it.
GlobalAttribution.__module__ = "kerasig"

"""Attributions that carry their own error, as `kerasig.explain` returns them. NumPy only."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._attribution import file as attribution_file
from kerasig._attribution.at_baseline import share_at_baseline
from kerasig._attribution.data import AttributionData, InteriorGradients, PathProfile
from kerasig._attribution.frame import frame
from kerasig._attribution.groups import grouped, named_groups
from kerasig._attribution.selection import rows_of, selected
from kerasig._measures.columns import attribution_columns, check_same_examples
from kerasig._status import REMEDIES, STATUSES
from kerasig._types import Edges, Index, Items, Kind, Names, Regions, Status, Tokens
from kerasig.probes import ProbeSet
from kerasig.probes._matching import matching

if TYPE_CHECKING:
    from pandas import DataFrame
    from plotly.graph_objects import Figure

__all__ = ["Attribution", "InteriorGradients", "PathProfile"]

# Fewer values at the baseline are chance.
_TOLD = 0.05


def __dir__() -> list[str]:
    return __all__


@dataclass(frozen=True, eq=False)
class Attribution(AttributionData):
    """Integrated gradients of N examples, with their error.

    values_i = (x_i - x'_i) times the integral over alpha of dF/dx_i at x' + alpha (x - x'), so the values of an example
    sum to score - baseline_score, up to `delta`. Source: Sundararajan, Taly and Yan 2017, arXiv 1703.01365.
    Arrays are float32 unless said otherwise.

    `attribution[3]`, `attribution[2:5]`, `attribution[[0, 2]]` and `attribution[~attribution.converged]` are
    attributions of these examples, and iterating gives one of each. Baselines that all examples share, as with
    `baselines.Samples`, stay whole.

    Args:
        values: nest like what is attributed, each [N, ...]; None for leaves that are held fixed.
        score: [N] the explained scalar at the inputs.
        baseline_score: [N] the same at the baselines (their mean with `baselines.Samples`).
        delta: [N] float64, sum(values) - (score - baseline_score): the completeness error.
        residual: [N] size of the completeness error relative to the score's change along the path.
        map_error: [N] estimate of the values' relative L1 error; NaN where the rule gives none (a single node).
        converged: [N] bool: residual and map_error within tolerance, and everything finite.
        status: [N] str, "converged" or why not: one of `kerasig.typing.Status`.
        n_evaluations: [N] int, gradients evaluated, each one counted.
        path: score and slope along the path.
        interior: gradients at the asked-for alphas, or None.
        inputs: what was attributed to, and what was held fixed, as the model was given it.
        baselines: nest like `inputs`, None where held fixed; the n sampled rows with `baselines.Samples`.
        target: what was explained: class indices [N], a tuple of them, or a description.
        layer: name of the layer attributed to, a list with None for the float inputs, or None.
        rule: `Fixed` or `Adaptive`, as used.
        predicted: [N] int, the class with the largest output at the inputs, or None where there are no classes.
        coordinates: with other coordinates than their own, a nest like `values` of the names [G] of their groups, None
            for leaves that have their own; or None.

    Example:
        >>> x = np.array([[1.0, -2.0], [3.0, 0.5]], "float32")
        >>> attribution = kerasig.explain(lambda x: x[:, 0] - 2 * x[:, 1], x)
        >>> np.allclose(attribution.values.sum(axis=1), attribution.score - attribution.baseline_score)
        True
        >>> attribution[1].values.round(3)
        array([[ 3., -1.]], dtype=float32)
    """

    def __getitem__(self, index: Index | slice) -> Attribution:
        return replace(self, **selected(self, rows_of(index, len(self))))

    def __iter__(self) -> Iterator[Attribution]:
        return (self[example] for example in range(len(self)))

    def __repr__(self) -> str:
        shapes = nest.map_structure(lambda leaf: None if leaf is None else list(leaf.shape), self.values)
        evaluations = f"{self.n_evaluations.min()}" if len(self) else "0"
        if len(self) and self.n_evaluations.max() > self.n_evaluations.min():
            evaluations += f" to {self.n_evaluations.max()}"
        lines = [
            f"Attribution of {len(self)} example{'s' if len(self) != 1 else ''}, values {shapes}",
            f"  rule       {self.rule}, {evaluations} gradients each" + (f", layer {self.layer}" if self.layer else ""),
            *([f"  groups     {_listed(named_groups(self))}"] if self.coordinates is not None else []),
            f"  converged  {int(self.converged.sum())} of {len(self)}",
            *(f"             {count} {reason}: {REMEDIES[reason]}" for reason, count in self._reasons()),
            f"  residual   {_span(self.residual)}",
            f"  map_error  {_span(self.map_error)}",
            f"  score      {_span(self.score)}, at the baseline {_span(self.baseline_score)}",
        ]
        # A black baseline says nothing of black pixels, whatever the model reads there.
        if (share := share_at_baseline(self)) >= _TOLD:
            lines.append(f"  baseline   {share:.0%} of the inputs' values equal it: their attribution is exactly 0")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """HTML for notebooks: the first examples drawn by their kind, the error in words, and the repr."""
        # Drawing is imported when something is drawn, and not before.
        from kerasig.plot._html import html

        return html(self)

    def _reasons(self) -> list[tuple[Status, int]]:
        """Why examples did not converge, and how many of them each."""
        return [(reason, count) for reason in STATUSES[1:] if (count := int((self.status == reason).sum()))]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes everything to one compressed .npz file, without pickle.

        Args:
            path: where to; ".npz" is added when it is missing, as NumPy does.

        Raises:
            ValueError: the fields do not fit together.
            TypeError: path is no path, or a field holds what no array is.
        """
        parts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name, keys in attribution_file.PARTS.items():
            if parts[name] is not None:
                parts[name] = {key: getattr(parts[name], key) for key in keys}
        attribution_file.write(path, parts)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Attribution:
        """Reads what `save` wrote.

        Args:
            path: the .npz file; as with `save`, ".npz" may be left out.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is no saved Attribution, is cut or damaged, or a later version wrote it.
        """
        fields = attribution_file.read(path, tuple(name for name in cls.__dataclass_fields__ if name != "rule"))
        fields["path"] = PathProfile(**fields["path"])
        fields["interior"] = fields["interior"] and InteriorGradients(**fields["interior"])
        return cls(**fields)

    def to_dataframe(
        self, *, feature_names: Names | None = None, names: Names | None = None, probes: ProbeSet | None = None
    ) -> DataFrame:
        """A pandas table with a row for each example: the attribution of each feature, or what is known of the example.

        Where every attributed leaf is [N] or [N, F], the columns are its features. Of images, words and series, whose
        values are no columns, they are score, baseline_score, delta, residual, map_error, converged, status,
        n_evaluations, and the target and the predicted class where there are any.

        Args:
            feature_names: of the features, in the order of `values`; by default "feature 0", ... or the names of the
                leaves.
            names: what the N examples are called, for the index; by default their numbers.
            probes: the `ProbeSet` that was explained: its names stand in for those that are left out here.

        Raises:
            ImportError: pandas is not installed.
            ValueError: `probes` are no ProbeSet, or of other examples; names are not as many as what they name, or
                `feature_names` come with values of other shapes.
        """
        return frame(self, feature_names, names, probes)

    def metrics(
        self,
        regions: Regions | None = None,
        *,
        previous: Attribution | None = None,
        kind: Kind | Literal["auto"] = "auto",
        feature_names: Names | None = None,
        tokens: Tokens | None = None,
        probes: ProbeSet | None = None,
    ) -> dict[str, NDArray[Any]]:
        """Per-example columns: what is measured without the model; docs/internals/metrics.md defines each.

        Args:
            regions: from name to boolean mask or to a list of feature names or tokens, as in `kerasig.ProbeSet`.
            previous: of the same examples, such as by another state of the model: adds drift from it.
            kind: "image", "volume", "tokens", "tabular", "series" or "graph": what counts as one position;
                "auto" decides from the shapes.
            feature_names: what the columns are called.
            tokens: per example a list of strings.
            probes: the `ProbeSet` that was explained: its regions and captions stand in for those that are left out.

        Returns:
            Arrays [N] by name: trust, errors and sums, concentration, saturation along the path, with regions
            `region/<name>` and more of each, with `previous` `drift`, `drift_noise`, `rank_correlation`,
            `top_k_overlap` and what chance gives. NaN where a number does not exist.

        Raises:
            ValueError: a region does not fit, or `previous` is of other examples.
            TypeError: `previous` is no Attribution.
        """
        if not len(self):
            raise ValueError(
                "metrics are of examples, and the attribution must hold at least one. Received none. Pass some that "
                "were explained."
            )
        if previous is not None:
            check_same_examples(self, previous)
        if self.coordinates is not None:
            if probes is not None:
                raise ValueError(
                    "probes must be None with coordinates: what a ProbeSet knows lies in the inputs. Received a "
                    "ProbeSet. Pass regions by the names in Attribution.coordinates."
                )
            values, groups = grouped(self)
            feature_names = groups if feature_names is None else feature_names
            kind = "tabular" if kind == "auto" and groups is not None else kind
            table = ProbeSet(values, kind=kind, regions=regions, feature_names=feature_names, tokens=tokens)
            earlier = None if previous is None else previous._of_groups()
            return attribution_columns(self._of_groups(), table, earlier)
        if (known := matching(probes, len(self))) is None:
            # Of leaves that were held fixed nothing is known without the inputs.
            blank = np.zeros(len(self), np.int64)
            values = nest.map_structure(lambda leaf: blank if leaf is None else leaf, self.values)
            shown = self.inputs if self.inputs is not None else values
            known = ProbeSet(shown, kind=kind, regions=regions, feature_names=feature_names, tokens=tokens)
        else:
            known = known.shown_as(kind=kind, regions=regions, feature_names=feature_names, tokens=tokens)
        return attribution_columns(self, known, previous)

    def _of_groups(self) -> Attribution:
        """The same without other coordinates: groups are inputs of their own."""
        if self.coordinates is None:
            return self
        return replace(self, values=grouped(self).values, inputs=None, baselines=None, layer=None, coordinates=None)

    def plot(
        self,
        examples: Sequence[int] | int | None = None,
        kind: Kind | Literal["auto"] = "auto",
        *,
        names: Names | None = None,
        tokens: Names | Items[Names] | None = None,
        feature_names: Names | None = None,
        class_names: Names | None = None,
        edges: Edges | None = None,
        rate: float | None = None,
        probes: ProbeSet | None = None,
        common_scale: bool = True,
    ) -> Figure:
        """A Plotly figure of some examples, the first four by default; see `kerasig.plot.plot` for the arguments."""
        # Plotly is imported when something is drawn, and not before.
        from kerasig.plot import plot

        return plot(
            self,
            examples,
            kind,
            names=names,
            tokens=tokens,
            feature_names=feature_names,
            class_names=class_names,
            edges=edges,
            rate=rate,
            probes=probes,
            common_scale=common_scale,
        )


# As users import them.
Attribution.__module__ = "kerasig"
InteriorGradients.__module__ = PathProfile.__module__ = __name__


# Groups whose names the repr has.
_NAMED = 4


def _span(values: NDArray[Any]) -> str:
    if not len(values):
        return "none"
    middle, largest = np.median(values), values.max()
    return f"{middle:.3g}" if len(values) == 1 else f"median {middle:.3g}, largest {largest:.3g}"


def _listed(names: list[str]) -> str:
    """The first names of a list, and how many more there are."""
    few = names if len(names) <= _NAMED else names[: _NAMED - 1]
    more = f", and {len(names) - len(few)} more" if len(names) > len(few) else ""
    return f"{len(names)}: {', '.join(few)}{more}"

"""All that is asked of each chunk of a data set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kerasig import _nest as nest
from kerasig._datasets.chunks import RowChunk
from kerasig._datasets.layout import ShardLayout
from kerasig._datasets.row_arguments import JudgedLabels, baselines_of, classes_of, slices_of, target_of
from kerasig._explaining.coordinates import Features, features_named
from kerasig._explaining.explainer import Explainer, warn_caller
from kerasig._global.reduction import Reduction
from kerasig._global.settings import ReductionSettings
from kerasig._sentences import shown
from kerasig._types import Precision
from kerasig.attribution import Attribution


@dataclass(frozen=True, eq=False)
class Questions:
    """The same questions for every chunk; see `kerasig.explain_dataset`.

    Args:
        explainer: that answers them.
        target: of the data set.
        baselines: of the data set.
        slices: by name.
        settings: of the sums.
        precision: of the values that are written.
        with_inputs: whether inputs are.
        total: how many rows there are, of arrays; what else has as many has one for each row.
        judged: the labels of the data set; None where each chunk's are judged by themselves.
        features: the names of those that coordinates are of.
    """

    explainer: Explainer
    target: Any
    baselines: Any
    slices: Mapping[str, Any]
    settings: ReductionSettings
    precision: Precision
    with_inputs: bool
    total: int | None
    judged: JudgedLabels | None = None
    features: Features = field(default_factory=dict)

    def judging(self, labels: Any) -> Questions:
        """The same questions, where these labels tell whether labels are classes."""
        outputs = self.explainer._traced.adapted.output_names() or ()
        return replace(self, judged=JudgedLabels(labels, self.settings.class_names, outputs))

    def naming(self, inputs: Any, own: bool = False) -> Questions:
        """The same questions, where coordinates are of features with names.

        Args:
            inputs: of some rows.
            own: whether the names are those of the data set, which are right whatever they are of.

        Raises:
            ValueError: no input has so many features, or coordinates are of what layers return.
        """
        names, coordinates = self.settings.features, self.explainer._coordinates
        if names is None or not any(nest.flatten(coordinates)):
            return self
        if self.explainer.layer is not None:
            raise ValueError(
                "feature_names must be None with both layer and coordinates, as groups are of what the layer returns. "
                f"Received {shown(names)}. Leave them out."
            )
        leaves = nest.names(inputs, lone="inputs"), nest.flatten(inputs)
        return replace(self, features=features_named(names, coordinates, *leaves, judge=not own))

    def explain(self, chunk: RowChunk) -> Attribution:
        """The attributions of its rows."""
        given = chunk.inputs, self._target(chunk), self._baselines(chunk)
        return self.explainer._explain(*given, features=self.features)

    def reduce(self, chunk: RowChunk, attribution: Attribution) -> Reduction:
        """The sums over its rows."""
        sums = Reduction(self.settings)
        classes = classes_of(chunk, self.settings.class_names, self.judged)
        sums.add(attribution, classes, slices_of(self.slices, chunk, self.total) or None)
        return sums

    def layout(self, chunk: RowChunk, attribution: Attribution) -> ShardLayout:
        """The layout of rows like these."""
        # As `ReductionSettings` has them: a tuple.
        names: Any = self.settings.feature_names
        kept = {"precision": self.precision, "feature_names": names, "with_inputs": self.with_inputs}
        return ShardLayout.of(attribution, chunk.keys, chunk.label_column, **kept)

    def numbers(self, chunk: RowChunk) -> int:
        """How many numbers a row has, in its inputs and its attributions together; judges the arguments."""
        slices_of(self.slices, chunk, self.total)
        target, baselines = self._target(chunk), self._baselines(chunk)

        def counted() -> int:
            with self.explainer._asked(chunk.inputs, target, baselines) as question:
                inputs = sum(leaf[0].size if leaf.ndim > 1 else 1 for leaf in question.read.leaves)
                return int(inputs) + question.problem.n_features * question.problem.n_samples

        return self.explainer._traced.trace(counted)

    def described(self) -> dict[str, Any]:
        """The arguments that results depend on."""
        return {
            "target": self.target,
            "layer": self.explainer.layer,
            "baselines": self.baselines,
            "coordinates": self.explainer._coordinates,
            "steps": self.explainer._rule,
            "batch_size": self.explainer._batch_size,
            "jit_compile": self.explainer._jit_compile,
            "precision": self.precision,
            "with_inputs": self.with_inputs,
            "slices": self.slices,
            "reduce": self.settings.reduce,
            "kind": self.settings.kind,
            "tokens": self.settings.tokens,
            "feature_names": self.settings.feature_names,
            "class_names": self.settings.class_names,
        }

    def _target(self, chunk: RowChunk) -> Any:
        return target_of(self.target, chunk, self.total, self.settings.class_names, self.judged)

    def _baselines(self, chunk: RowChunk) -> Any:
        return baselines_of(self.baselines, chunk, self.total)


class WarnedOnce:
    """Warns of each kind of thing once, however many chunks it is found in."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, about: str, sentence: str) -> None:
        if about not in self._told:
            self._told.add(about)
            warn_caller(about, f"In the first rows where it was found: {sentence}")

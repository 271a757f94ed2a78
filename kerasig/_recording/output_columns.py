"""Columns that a model's outputs give without a gradient: the probes' loss, and how sure it is of the baseline."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig import targets
from kerasig._engine.lookups import OutOfRangeError
from kerasig._explaining.explainer import Explainer
from kerasig._explaining.undefined import UndefinedError
from kerasig._models import adapt, compiled_loss, compiled_metrics
from kerasig._recording.outputs import NO_ENTROPY, OutputFunction, OutputTraits, Wanted
from kerasig._sentences import sentence
from kerasig.metrics import confident_baseline
from kerasig.probes import ProbeSet

Column = NDArray[np.float64]


@dataclass(eq=False)
class OutputColumns:
    """Loss and baseline entropy of a probe set, each read by one forward pass over it.

    Both come from one traced function, which sets with labels of the same kind share. So the first record traces the
    model once more than the attribution does, and later records not at all.

    Args:
        probes: the set.

    Attributes:
        latest: the columns that were read last.
        decided: the class [N] that a lone output of two classes decides for, as read last; None where it does not.
    """

    probes: ProbeSet
    latest: dict[str, Column] = field(default_factory=dict)
    decided: Column | None = field(default=None)

    def read(self, explainer: Explainer, baselines: Any) -> dict[str, Column]:
        """The columns `loss` and `baseline_entropy` [N] of the model as it is now; NaN where they do not exist."""
        known = self._current(explainer)
        # At the inputs no baseline has a say, and several would be several passes.
        loss = self._scores(explainer, known, None, Wanted.LOSS) if known.traits.has_loss else self._unknown()
        entropy = self._unknown()
        if known.traits.has_classes:
            entropy = self._scores(explainer, known, baselines, Wanted.ENTROPY)
            entropy = np.where(entropy < NO_ENTROPY / 1e9, np.nan, entropy)
        if known.traits.problem is not None:
            self._warn_of_loss(explainer, known.traits.problem)
        if known.traits.entropy_problem is not None:
            about = f"How sure the model is of the baselines of {self.probes.title!r} is unknown"
            explainer._warn("baseline entropy", f"{about}: {known.traits.entropy_problem}")
        said = confident_baseline(entropy)
        if said is not None:
            explainer._warn("confident baseline", said)
        self.latest = {"loss": loss, "baseline_entropy": entropy}
        self.decided = None
        if known.traits.threshold is not None:
            value = self._scores(explainer, known, None, Wanted.VALUE)
            self.decided = np.where(np.isfinite(value), value > known.traits.threshold, np.nan)
        return self.latest

    def explained_output(self, explainer: Explainer) -> tuple[OutputTraits, bool]:
        """The traits of the explained output, and whether that holds probabilities of classes for every probe."""
        known = self._current(explainer)
        shares = self._scores(explainer, known, None, Wanted.IS_DISTRIBUTION)
        return known.traits, bool((shares == 1).all())

    def _current(self, explainer: Explainer) -> _Known:
        """The function for the model as it is compiled now; the same object, so that nothing traces again."""
        probes, labels = self.probes, self.probes.labels
        explained = probes.target.name if isinstance(probes.target, targets.Output) else None
        read_as = None if labels is None else nest.map_structure(lambda leaf: (str(leaf.dtype), leaf.shape[1:]), labels)
        model = adapt(explainer.model)
        loss, weights = compiled_loss(explainer.model)
        metrics = compiled_metrics(explainer.model)
        # Outputs of another shape may not fit labels that others fit.
        shapes = [np.shape(leaf)[1:] for leaf in nest.flatten(probes.inputs)]
        of_set = str((type(explained), explained, probes.class_labels is not None, read_as, shapes))
        made_for = (model.library, model.output_names(), loss, weights, metrics, of_set)
        all_known = _functions.setdefault(explainer, [])
        for known in all_known:
            if _same(made_for, known.made_for):
                return known
        # Functions of a model that was compiled otherwise are not needed any more.
        all_known[:] = [known for known in all_known if _same(made_for[:-1], known.made_for[:-1])]
        function = OutputFunction(probes, model, loss, weights, metrics, explained)
        traits = explainer._said(probes.inputs, self._target(function, Wanted.LOSS))
        all_known.append(_Known(made_for, function, traits))
        return all_known[-1]

    def _target(self, function: OutputFunction, wanted: Wanted) -> targets.PerExample:
        data: dict[str, Any] = {"wanted": np.full(len(self.probes), wanted, np.int32)}
        if function.takes_labels:
            data["labels"] = self.probes.labels
        return targets.PerExample(function, data)

    def _scores(self, explainer: Explainer, known: _Known, baselines: Any, wanted: Wanted) -> Column:
        target, at_baselines = self._target(known.function, wanted), wanted is Wanted.ENTROPY
        try:
            return explainer.scores(self.probes.inputs, target, baselines=baselines, at_baselines=at_baselines)
        except (tf.errors.InvalidArgumentError, UndefinedError, OutOfRangeError) as error:
            # A label that the loss cannot take is found while it runs. The inputs, which a score has, are not at fault.
            cause = error.__cause__ if isinstance(error, UndefinedError) else None
            self._warn_of_loss(explainer, f"{sentence(cause or error)}.")
            return self._unknown()

    def _warn_of_loss(self, explainer: Explainer, problem: str) -> None:
        explainer._warn("loss", f"The loss of the probes {self.probes.title!r} is unknown: {problem}")

    def _unknown(self) -> Column:
        return np.full(len(self.probes), np.nan)


@dataclass(frozen=True, eq=False)
class _Known:
    """A function of the outputs, what it was made for, and what its trace has said of them."""

    made_for: tuple[Any, ...]
    function: OutputFunction
    traits: OutputTraits


_functions: weakref.WeakKeyDictionary[Explainer, list[_Known]] = weakref.WeakKeyDictionary()


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Equal, objects by identity: a loss may compare by value, or not at all."""
    return len(one) == len(other) and all(
        a is b or (isinstance(a, str | list) and isinstance(b, str | list) and a == b)
        for a, b in zip(one, other, strict=True)
    )

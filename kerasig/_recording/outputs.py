"""A model's outputs read as a training reads them: the loss of each row, its classes and their entropy; traced."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import tensorflow as tf

from kerasig import _nest as nest
from kerasig._explaining.scalars import Telling
from kerasig._models import AdaptedModel, Family, loss_family, loss_name, of_output, threshold
from kerasig._sentences import described
from kerasig.probes import ProbeSet

# Stands for the entropy of a row without one: finite, for those who have TensorFlow look for NaN, and so far below any
# entropy that a mean of it and others tells it as well.
NO_ENTROPY = -1e30


class Wanted(enum.IntEnum):
    """Which number of a row is read; all of them come from one trace."""

    LOSS = 0
    # That of its classes, in units of that of no opinion; `NO_ENTROPY` where it has none.
    ENTROPY = 1
    # The explained output, where it is a lone one.
    VALUE = 2
    # 1 where the explained outputs are probabilities of classes, 0 where not.
    IS_DISTRIBUTION = 3


@dataclass(frozen=True, eq=False)
class OutputTraits:
    """The traits of a model's outputs that a trace tells.

    Args:
        names: of the outputs.
        place: of the explained output among all; None of several without a word on which.
        width: how many numbers the explained output has for a row; None with positions.
        family: what the loss takes the explained output for; None without a loss.
        loss: that the explained output was compiled with.
        threshold: what a lone output must exceed for the second of two classes; None if unknown.
        has_classes: whether the explained output is classes.
        has_loss: whether there is a loss to be read.
        problem: why there is none though there are labels and a loss, in words.
        entropy_problem: why there is no entropy though there may be classes, in words.
    """

    names: list[str]
    place: int | None
    width: int | None = None
    family: Family | None = None
    loss: Any = None
    threshold: float | None = None
    has_classes: bool = False
    has_loss: bool = False
    problem: str | None = None
    entropy_problem: str | None = None


class OutputFunction:
    """A function of the outputs for `targets.PerExample`: one of the numbers that can be `Wanted` of a row.

    It holds no model, so that what is compiled of it can outlive one, and does not change: what its trace finds out of
    the outputs it says beside the numbers, as `OutputTraits`.

    Args:
        probes: for their labels.
        model: for its library's losses and the names of its outputs.
        loss: as the model was compiled with, or None.
        weights: of the outputs' losses, likewise.
        metrics: as the model was compiled with, or None.
        explained: the output whose classes count, by name or position; None for a lone one.

    Attributes:
        takes_labels: whether the data have labels: there are some, and a loss for them.
    """

    def __init__(
        self,
        probes: ProbeSet,
        model: AdaptedModel,
        loss: Any,
        weights: Any,
        metrics: Any,
        explained: str | int | None,
    ) -> None:
        self._losses: dict[Any, _OutputLoss] = {}
        self._names, self._weights, self._explained = model.output_names(), weights, explained
        self._loss_given, self._metrics, self._activations = loss, metrics, model.output_activations()
        # Then outputs without a known loss are their logits.
        self._labels_are_classes = probes.class_labels is not None
        self._problem: str | None = None
        try:
            self._losses = {place: _output_loss(model, each) for place, each in _by_place(loss).items()}
        except (TypeError, ValueError) as error:
            self._problem = str(error)
        self.takes_labels = bool(self._losses) and probes.labels is not None

    def __call__(self, outputs: Any, rows: Any) -> Telling:
        """[C] of a microbatch; `rows` are its labels and what is `wanted`."""
        flat = [tf.convert_to_tensor(output) for output in nest.flatten(outputs)]
        names = self._names if self._names and len(self._names) == len(flat) else nest.names(outputs)
        unasked = tf.zeros(tf.shape(flat[0])[:1])
        traits = replace(self._explained_traits(flat, names), problem=self._problem)
        entropy, loss = None, unasked
        try:
            entropy = self._entropy(flat, names)
            traits = replace(traits, has_classes=entropy is not None)
        except Exception as error:  # Settings of TensorFlow's own may change what operations do.
            traits = replace(traits, entropy_problem=described(error))
        if self.takes_labels:
            try:
                loss, traits = self._loss(flat, names, rows["labels"]), replace(traits, has_loss=True)
            except Exception as error:  # A loss of the user's own may raise anything; the record does without it.
                traits = replace(traits, problem=described(error))
        found = {
            Wanted.LOSS: loss,
            Wanted.ENTROPY: unasked if entropy is None else entropy,
            Wanted.VALUE: _value(flat, traits, unasked),
            Wanted.IS_DISTRIBUTION: _is_distribution(flat, traits, unasked),
        }
        numbers = tf.stack([tf.cast(found[each], tf.float32) for each in Wanted], axis=1)
        return Telling(tf.gather(numbers, rows["wanted"], batch_dims=1), traits)

    def _explained_traits(self, flat: list[tf.Tensor], names: list[str]) -> OutputTraits:
        """The traits of the explained output."""
        place, count = self._place(names), len(names)
        if place is None:
            return OutputTraits(names, None)
        output, of_place = flat[place], self._loss_of(place, names)
        width = 1 if output.shape.rank == 1 else output.shape[-1] if output.shape.rank == 2 else None
        loss, least = of_output(self._loss_given, place, names[place], count), None
        if width == 1 and output.dtype.is_floating:
            activation = self._activations[place] if len(self._activations) == count else None
            least = threshold(loss, of_output(self._metrics, place, names[place], count), activation)
        family = None if of_place is None else of_place.family
        return OutputTraits(names, place, width, family, loss, least)

    def _loss(self, flat: list[tf.Tensor], names: list[str], labels: Any) -> tf.Tensor:
        if len(flat) == 1:
            return self._weighted(0, names, nest.flatten(labels)[0], flat[0])
        if not nest.is_nest(labels):
            place = self._place(names)
            if place is None:
                raise ValueError("the model has several outputs and the labels are one array. Pass labels for each.")
            return self._weighted(place, names, labels, flat[place])
        by_name = labels if isinstance(labels, Mapping) else dict(zip(names, nest.flatten(labels), strict=True))
        known = [place for place, name in enumerate(names) if name in by_name and self._loss_of(place, names)]
        if not known:
            raise ValueError("no output has both labels and a loss.")
        return tf.add_n([self._weighted(place, names, by_name[names[place]], flat[place]) for place in known])

    def _weighted(self, place: int, names: list[str], labels: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        own_loss = self._loss_of(place, names)
        if own_loss is None:
            raise ValueError(f"the output {names[place]!r} has no loss.")
        return _weight(self._weights, place, names[place]) * own_loss.per_row(labels, output)

    def _loss_of(self, place: int, names: list[str]) -> _OutputLoss | None:
        found = [self._losses[key] for key in (names[place], place, None) if key in self._losses]
        # A lone output's loss may be given under any name.
        return found[0] if found else next(iter(self._losses.values()), None) if len(names) == 1 else None

    def _place(self, names: list[str]) -> int | None:
        """The position of the output that is explained; None of several without a word on which."""
        if len(names) == 1:
            return 0
        if isinstance(self._explained, int):
            return self._explained
        return names.index(self._explained) if self._explained in names else None

    def _entropy(self, flat: list[tf.Tensor], names: list[str]) -> tf.Tensor | None:
        """[C], the mean over positions, in units of that of no opinion; None where outputs are no classes."""
        place = self._place(names)
        if place is None:
            return None
        output = flat[place]
        own_loss = self._loss_of(place, names)
        family: Family = ("other", False) if own_loss is None else own_loss.family
        found = None
        if output.dtype.is_floating and output.shape.rank is not None:
            found = self._probabilities(tf.cast(output, tf.float32), family)
        if found is None:
            return None
        probabilities, known = found
        entropy = -tf.reduce_sum(tf.math.xlogy(probabilities, probabilities), axis=-1)
        entropy = tf.where(known, entropy / math.log(probabilities.shape[-1]), NO_ENTROPY)
        return tf.reduce_mean(entropy, axis=list(range(1, entropy.shape.rank)))

    def _probabilities(self, output: tf.Tensor, family: Family) -> tuple[tf.Tensor, tf.Tensor] | None:
        """[C, ..., classes], and [C, ...] where a row has them; None where outputs are no classes."""
        kind, logits = family
        if kind == "binary":
            of_class = tf.sigmoid(output) if logits else output
            known = (of_class >= 0) & (of_class <= 1)
            of_class = tf.where(known, of_class, tf.zeros_like(of_class))
            return tf.stack([of_class, 1 - of_class], axis=-1), known
        if output.shape.rank < 2 or output.shape[-1] is None or output.shape[-1] < 2:
            return None
        known = tf.ones_like(output[..., 0], tf.bool)
        if kind == "categorical" and logits:
            return tf.nn.softmax(output), known
        are = _are_probabilities(output)
        total = tf.where(are, tf.reduce_sum(output, axis=-1, keepdims=True), tf.ones_like(output[..., :1]))
        if kind == "other" and self._labels_are_classes:
            return tf.where(are, output / total, tf.nn.softmax(output)), known
        return tf.where(are, output / total, tf.zeros_like(output)), are[..., 0]


def _value(flat: list[tf.Tensor], traits: OutputTraits, unasked: tf.Tensor) -> tf.Tensor:
    if traits.place is None or traits.threshold is None:
        return unasked
    return tf.cast(tf.reshape(flat[traits.place], [-1]), tf.float32)


def _is_distribution(flat: list[tf.Tensor], traits: OutputTraits, unasked: tf.Tensor) -> tf.Tensor:
    if traits.place is None or traits.width in (None, 1) or not flat[traits.place].dtype.is_floating:
        return unasked
    return tf.cast(_are_probabilities(tf.cast(flat[traits.place], tf.float32))[:, 0], tf.float32)


def _are_probabilities(output: tf.Tensor) -> tf.Tensor:
    """[..., 1] whether the last axis holds a distribution."""
    total = tf.reduce_sum(output, axis=-1, keepdims=True)
    # Half precision adds up to 1 within a few thousandths.
    return tf.reduce_all(output >= 0, axis=-1, keepdims=True) & (tf.abs(total - 1) < 1e-2)


@dataclass(frozen=True, eq=False)
class _OutputLoss:
    """The loss of one output.

    Args:
        unreduced: a function of (labels, output).
        family: what it takes the outputs for.
        sparse: whether its labels are class indices; None where that is not known.
    """

    unreduced: Callable[[Any, Any], tf.Tensor]
    family: Family
    sparse: bool | None

    def per_row(self, labels: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        """[C], the mean over the axes after the first, and of positions over those that no mask leaves out."""
        losses = tf.cast(tf.convert_to_tensor(self.unreduced(self._as_wanted(labels, output), output)), tf.float32)
        if losses.shape.rank == 0:
            raise ValueError("the loss reduces to a single number, so it has no value per example.")
        axes = list(range(1, losses.shape.rank))
        mask = getattr(output, "_keras_mask", None)
        if mask is None or mask.shape.rank != losses.shape.rank:
            return tf.reduce_mean(losses, axis=axes)
        # Losses are 0 where they are masked.
        return tf.math.divide_no_nan(tf.reduce_sum(losses, axis=axes), tf.reduce_sum(tf.cast(mask, tf.float32), axes))

    def _as_wanted(self, labels: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        """Probes may have class indices where the training has one-hot rows, and the other way round."""
        rank, classes = output.shape.rank, output.shape[-1]
        if rank is None or self.sparse is None or classes in (None, 1):
            return labels
        if self.sparse:
            one_hot = labels.shape.rank == rank and labels.shape[-1] == classes
            return tf.argmax(labels, axis=-1) if one_hot else labels
        if labels.shape.rank == rank and labels.shape[-1] == 1:
            labels = tf.squeeze(labels, axis=-1)
        return tf.one_hot(tf.cast(labels, tf.int32), classes) if labels.shape.rank == rank - 1 else labels


def _output_loss(model: AdaptedModel, loss: Any) -> _OutputLoss:
    name = loss_name(loss)
    sparse = name.startswith("sparse") if name.endswith("categoricalcrossentropy") else None
    return _OutputLoss(model.loss_function(loss), loss_family(loss), sparse)


def _by_place(loss: Any) -> dict[Any, Any]:
    """Losses by the output's name or position; under None one for every output."""
    if isinstance(loss, Mapping):
        given = dict(loss)
    else:
        given = dict(enumerate(loss)) if isinstance(loss, list | tuple) else {None: loss}
    return {place: each for place, each in given.items() if each is not None}


def _weight(weights: Any, place: int, name: str) -> float:
    if isinstance(weights, Mapping):
        return float(weights.get(name, weights.get(place, 1.0)))
    if isinstance(weights, list | tuple):
        return float(weights[place]) if place < len(weights) else 1.0
    return 1.0 if weights is None else float(weights)

"""How far a class leads in a model's outputs: above zero where it is the predicted one; traced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig import targets
from kerasig._explaining.explainer import Explainer
from kerasig._explaining.scalars import single_output
from kerasig._suspects.audit import Audit
from kerasig._suspects.place import Inputs, Rows

# Smaller probabilities say no more.
LEAST = 1e-6
# Bytes of changed examples that are evaluated together.
TOGETHER = 1 << 25


@dataclass(frozen=True, eq=False)
class Changed:
    """Examples of which some leaves are replaced.

    Args:
        label: the class whose margins are asked for.
        rows: of the audit.
        leaves: those that are replaced, [rows, ...].
    """

    label: int
    rows: Rows
    leaves: Inputs


def margin(outputs: Any, rows: Any) -> tf.Tensor:
    """The score of a class [rows] less the largest of the others; of a lone output its distance from the middle.

    Probabilities are taken as their logarithms: where a network is sure, they hide what it rests on.
    """
    output = tf.cast(single_output(outputs), tf.float32)
    if output.shape.rank == 1 or (output.shape.rank == 2 and output.shape[1] == 1):
        value = tf.reshape(output, [-1])
        share = tf.clip_by_value(value, LEAST, 1 - LEAST)
        value = tf.where(rows["probability"], tf.math.log(share) - tf.math.log1p(-share), value) - rows["middle"]
        return tf.where(rows["label"] > 0, value, -value)
    if output.shape.rank != 2:
        raise ValueError(
            f"An audit needs one output with a number for each class, (N, C) or (N, 1). Received {output.shape}."
        )
    shares = (tf.reduce_min(output, axis=1) >= 0) & (tf.abs(tf.reduce_sum(output, axis=1) - 1) < 1e-3)
    output = tf.where(shares[:, None], tf.math.log(tf.maximum(output, LEAST)), output)
    own = tf.gather(output, rows["label"], batch_dims=1)
    taken = tf.one_hot(rows["label"], tf.shape(output)[1], on_value=True, off_value=False, dtype=tf.bool)
    # Finite, for those who have TensorFlow look for infinities.
    return own - tf.reduce_max(tf.where(taken, output.dtype.min, output), axis=1)


class Margins:
    """The margins of an audit's examples, and of changed ones.

    Args:
        explainer: of the model.
        audit: whose examples they are.
    """

    def __init__(self, explainer: Explainer, audit: Audit) -> None:
        self._explainer, self._audit = explainer, audit
        self._target = audit.probes.target if isinstance(audit.probes.target, targets.Output) else None
        self._leaves = dict(audit.probes.leaves())
        self._known: dict[int, NDArray[np.float64]] = {}
        self._middle, self._probability = np.float32(0), False
        first = self._of(audit.probes.inputs, np.ones(len(audit), np.int64))
        ones = audit.labels > 0
        if set(np.unique(audit.labels)) == {0, 1}:
            # Only a lone output needs these: of several classes they are not read.
            self._probability = bool(((first >= 0) & (first <= 1)).all())
            if self._probability:
                first = self._of(audit.probes.inputs, np.ones(len(audit), np.int64))
            self._middle = np.float32((first[ones].mean() + first[~ones].mean()) / 2)

    @property
    def alike(self) -> list[int]:
        """The classes that lead by the same in every example, as all but the first do by a lone output."""
        # Of a lone output all of them are alike, so that two are enough to be asked.
        above = [label for label in self._audit.classes if label > 0]
        same = len(above) > 1 and np.array_equal(self.all_of(above[0]), self.all_of(above[1]))
        return above if same else []

    def all_of(self, label: int) -> NDArray[np.float64]:
        """The margins [n] of a class in all examples as they are."""
        if label not in self._known:
            self._known[label] = self._of(self._audit.probes.inputs, np.full(len(self._audit), label, np.int64))
        return self._known[label]

    def of_changed(self, parts: Iterable[Changed]) -> Iterator[NDArray[np.float64]]:
        """The margins [rows] of each part's class in examples of which some leaves are replaced.

        Parts are made as they are asked for, and so many evaluated together as fit into `TOGETHER` bytes.
        """
        size = max(1, sum(array.nbytes for array in self._leaves.values()) // len(self._audit))
        waiting: list[Changed] = []
        for part in parts:
            waiting.append(part)
            if sum(len(each.rows) for each in waiting) * size >= TOGETHER:
                yield from self._together(waiting)
                waiting = []
        if waiting:
            yield from self._together(waiting)

    def _together(self, parts: Sequence[Changed]) -> list[NDArray[np.float64]]:
        leaves = [
            np.concatenate([each.leaves.get(name, array[each.rows]) for each in parts])
            for name, array in self._leaves.items()
        ]
        packed = nest.pack(nest.map_structure(lambda leaf: None, self._audit.probes.inputs), leaves)
        labels = np.repeat([each.label for each in parts], [len(each.rows) for each in parts])
        return np.split(self._of(packed, labels), np.cumsum([len(each.rows) for each in parts])[:-1])

    def _of(self, inputs: Any, labels: NDArray[np.int64]) -> NDArray[np.float64]:
        data = {"label": labels.astype(np.int32), "middle": np.full(len(labels), self._middle, np.float32)}
        data["probability"] = np.full(len(labels), self._probability)
        target: Any = targets.PerExample(margin, data)
        if self._target is not None:
            target = targets.Output(self._target.name, target)
        return np.asarray(self._explainer.scores(inputs, target), np.float64)

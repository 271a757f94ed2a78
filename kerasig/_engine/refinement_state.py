"""The state of the refinement in one graph: paths under way, gradients, results; traced.

Shapes: P paths, S slots, K nodes of the longest path, R of the slots at a time, C points of a call, `*F` features of a
leaf and F of all. Slot S and path P are nobody's: what must go nowhere goes there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from kerasig._engine.estimate import Limits
from kerasig._engine.paths import Path
from kerasig._engine.rows import Rows

# Columns of what is kept of a node.
ALPHA, SCORE, SLOPE, SIZE, CHANGE = range(5)
ROW, LEFT_OUT, PENDING = range(3)
# Of a slot.
START_GAP, END_GAP, LOOKED_AT, TIGHTNESS, OFFSET, LEAST, LOWEST, HIGHEST = range(8)
NUMBER, COUNT, FRESH, IS_FINEST, AGAIN = range(5)
# Of a predicted class: its example was not evaluated at the input yet; -1 where there are no classes.
UNTOLD = -2
NEW_SLOT = [np.inf, np.inf, np.inf, 1.0, 0.0, 0.0, 0.0, 1.0]


@dataclass(frozen=True)
class Sizes:
    """Sizes that are fixed beforehand, where every shape must be.

    Args:
        paths: P.
        rows: C, points of each call of the model.
        slots: S.
        columns: K, at least the rule's most steps.
        store: gradients that are kept.
    """

    paths: int
    rows: int
    slots: int
    columns: int
    store: int


class Slots(NamedTuple):
    """The paths under way: [S + 1, ...]."""

    floats: tf.Tensor  # [S + 1, K, 5] float64
    ints: tf.Tensor  # [S + 1, K, 3] int32
    known: tf.Tensor  # [S + 1, 8] float64
    counts: tf.Tensor  # [S + 1, 5] int32
    exponents: tf.Tensor  # [S + 1, 5] float64, of `Exponents`
    largest: tf.Tensor  # [S + 1, K] the largest scaled gradient at new nodes, NaN at others; K is 0 but in float16


class Storage(NamedTuple):
    """Gradients, and which rows of the store are free."""

    store: tf.Tensor
    running: tf.Tensor  # integrals by the trapezoid, by slot
    free: tf.Tensor  # [rows + 1] int32, of which the first `n_free` are
    n_free: tf.Tensor


class Results(NamedTuple):
    """The results by path: [P + 1, ...]."""

    values: tf.Tensor  # cut like the store
    errors: tf.Tensor  # [P + 1, 4] float64: scores at both ends, completeness and map error, absolute
    ends: tf.Tensor  # [P + 1, 2] int32: status, evaluations
    classes: tf.Tensor  # [P + 1, 2] int32: explained and predicted
    outside: tf.Tensor  # [P + 1] int32: 1 where the target is out of range
    profile: tf.Tensor  # [P + 1, K, 4] float64: alphas, scores, slopes, and 1 where a node counts
    interior: tf.Tensor  # [P + 1, A, F]


class State(NamedTuple):
    """Everything that a turn of the loop changes."""

    slots: Slots
    storage: Storage
    results: Results
    waiting: tf.Tensor  # the first path that was not begun
    n_done: tf.Tensor
    pinned: tf.Tensor  # [N + 1] int32: predicted classes, `UNTOLD` where not known yet
    lookups: tf.Tensor  # [L, 3] as of `Lookups.extremes`


@dataclass(frozen=True, eq=False)
class Setting:
    """The model and the sizes that the loop over all paths is traced for.

    Args:
        evaluate: traced; (rows, data) of `Traced.gradients` to what that returns by name.
        remember: called once, in the graph; what it gives is called before each evaluation, so that the model's state
            is what it was.
        path: from baseline to input.
        n_features: F.
        pin: fills in predicted classes, as `Problem.pin`; None where nothing is predicted.
        interior: whether interior gradients are wanted.
        reach: the largest exponent of `Exponents` where the model computes in float16; None where it does not.
        n_lookups: how many `evaluate` tells of.
        static: sizes that are fixed; None lets each call have as many rows as it needs.
        batch: points of each call, where the model takes no other number.
    """

    evaluate: Callable[[Any, Any], dict[str, Any]]
    remember: Callable[[], Callable[[], None]]
    path: Path
    n_features: int
    pin: Callable[[Sequence[tf.Tensor], tf.Tensor], Sequence[tf.Tensor]] | None = None
    interior: bool = False
    reach: int | None = None
    n_lookups: int = 0
    static: Sizes | None = None
    batch: int | None = None


class Tracing:
    """One tracing of the loop, with the tensors that every turn reads."""

    def __init__(self, spec: Setting, rows: Any, nodes: Any, data: Any) -> None:
        self.spec, self.nodes, self.data = spec, nodes, data
        self.layout, self.static = Rows(spec.n_features, spec.static is not None), spec.static
        self.n_paths = tf.shape(rows["examples"])[0] if self.static is None else self.static.paths
        self.n_slots = nodes["slots"] if self.static is None else self.static.slots
        self.n_real = tf.reduce_sum(tf.cast(rows["real"], tf.int32))
        # In place of path P stands the first one.
        self.examples = _with_first(rows["examples"])
        self.baseline_rows = [_with_first(leaf) for leaf in rows["baseline_rows"]]
        self.unreached = _with_first(rows["unreached"])
        self.rule = Limits(*(nodes[name] for name in Limits._fields))
        self.n_first = tf.shape(nodes["first"])[0]
        self.restore = spec.remember()

    def _active(self, state: State) -> tf.Tensor:
        """Whether a slot [S + 1] has a path."""
        return state.slots.counts[:, NUMBER] < self.n_paths

    def _reserved(self, state: State) -> tuple[tf.Tensor, tf.Tensor]:
        """The slot of the path that has been under way for longest, and rows kept so that it can always go on."""
        oldest = tf.argmin(state.slots.counts[:, NUMBER], output_type=tf.int32)
        return oldest, self.rule.max_steps - tf.gather(state.slots.counts[:, COUNT], oldest)


def _with_first(array: tf.Tensor) -> tf.Tensor:
    return tf.concat([array, array[:1]], axis=0)


def shared(function: Callable[..., Any]) -> Any:
    """A function that works on small arrays alone and knows no model: one trace serves all."""
    return tf.function(function, autograph=False, reduce_retracing=True)


def cond(condition: tf.Tensor, work: Callable[[], Any], otherwise: Any) -> Any:
    """The nest that `work` gives, or where it need not be done the one that is there; of the same shapes.

    Only what `work` changes is an output: every other one would cost the graph some nodes, where it enters and leaves.
    """
    old = tf.nest.flatten(otherwise)
    changed: list[int] = []

    def worked() -> list[tf.Tensor]:
        new = tf.nest.flatten(work())
        changed[:] = [number for number, (one, other) in enumerate(zip(new, old, strict=True)) if one is not other]
        return [new[number] for number in changed]

    # The second branch is traced after the first one.
    found = tf.cond(condition, worked, lambda: [tf.identity(old[number]) for number in changed])
    result = list(old)
    for number, new in zip(changed, found, strict=True):
        new.set_shape(old[number].shape)
        result[number] = new
    return tf.nest.pack_sequence_as(otherwise, result)

"""Paths that are waiting get a slot and their first nodes; traced, for `refinement.py`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from kerasig._engine import arrays as xp
from kerasig._engine.adaptive import USUAL_NODES
from kerasig._engine.grading import FINEST
from kerasig._engine.refinement_state import (
    LOWEST,
    NEW_SLOT,
    OFFSET,
    PENDING,
    State,
    Tracing,
    cond,
)
from kerasig._engine.scaling import Exponents


class Begins(Tracing):
    """The turn's first part: as many of the waiting paths are begun as there are slots for, and room in the store."""

    def with_more_paths(self, state: State) -> State:
        """With as many of the waiting paths begun as there are slots for, and room in the store."""
        active = self._active(state)
        under_way = tf.reduce_any(active)
        pending = tf.reduce_sum(state.slots.ints[:, :, PENDING])
        each = tf.maximum(USUAL_NODES, self.n_first)
        # Where nothing is under way the first one needs its reserve, too.
        reserved = tf.where(under_way, self._reserved(state)[1], tf.maximum(self.rule.max_steps, each))
        room = tf.maximum(state.storage.n_free - pending - reserved, 0) // each + tf.where(under_way, 0, 1)
        is_slot = tf.range(self.n_slots + 1) < self.n_slots
        rank = tf.cumsum(tf.cast(~active & is_slot, tf.int32)) - 1
        count = tf.minimum(tf.minimum(room, rank[-1] + 1), self.n_real - state.waiting)
        taken = ~active & is_slot & (rank < count)
        return cond(count > 0, lambda: self._with_paths(state, taken, state.waiting + rank, count), state)

    def _with_paths(self, state: State, taken: tf.Tensor, numbers: tf.Tensor, count: tf.Tensor) -> State:
        slots, width = state.slots, tf.shape(state.slots.floats)[1]
        columns = tf.range(width)
        first = tf.gather(self.nodes["first"], tf.minimum(columns, self.n_first - 1))
        nothing = tf.zeros_like(first)
        nodes = tf.stack([first, nothing, nothing, nothing, nothing], axis=1)
        zeros = tf.zeros_like(columns)
        flags = tf.stack([zeros, zeros, tf.cast(columns < self.n_first, tf.int32)], axis=1)
        known = tf.concat(
            [tf.tile(tf.constant([NEW_SLOT[:OFFSET]], tf.float64), [tf.shape(numbers)[0], 1]),
             self._resolution(taken, numbers),
             tf.tile(tf.constant([NEW_SLOT[LOWEST:]], tf.float64), [tf.shape(numbers)[0], 1])], axis=1
        )  # fmt: skip
        none = tf.zeros_like(numbers)
        counts = tf.stack([numbers, none + self.n_first, none + 1, none, none], axis=1)
        here = xp.upright(taken)
        slots = slots._replace(
            floats=tf.where(here[..., None], nodes, slots.floats),
            ints=tf.where(here[..., None], flags, slots.ints),
            known=tf.where(here, known, slots.known),
            counts=tf.where(here, counts, slots.counts),
            exponents=tf.where(here, tf.constant(Exponents.BEGIN, tf.float64), slots.exponents),
        )
        return state._replace(slots=slots, waiting=state.waiting + count)

    def _resolution(self, taken: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """How finely the paths taken can be divided: [S + 1, 2], `Paths.offset` and `Paths.least`.

        A point x' + alpha (x - x') of floats is known to a rounding of its own size. From a baseline of zero that is
        one of alpha, down to the smallest numbers there are; from another, one of |x'| / |x - x'| + alpha, for the
        feature in which that is least. A curve's ends do not say how its points move, so it is divided as a line whose
        points are all as large as its length: down to the same share of it everywhere.
        """
        shape = tf.shape(numbers)
        if not self.spec.path.is_straight:
            return tf.tile(tf.constant([[1.0, FINEST]], tf.float64), [shape[0], 1])
        # Each new path once; its own slots get what was found.
        at_slots = tf.range(shape[0]) if self.static else tf.cast(tf.where(taken)[:, 0], tf.int32)
        paths = tf.where(tf.gather(taken, at_slots), tf.gather(numbers, at_slots), self.n_paths)
        found = _resolution_of(
            [tf.gather(leaf, tf.gather(self.examples, paths)) for leaf in self.data["inputs"]],
            [tf.gather(leaf, tf.gather(rows, paths))
             for leaf, rows in zip(self.data["baselines"], self.baseline_rows, strict=True)],
        )  # fmt: skip
        return found if self.static else tf.scatter_nd(xp.upright(at_slots), found, [shape[0], 2])


def _resolution_of(inputs: Sequence[tf.Tensor], baselines: Sequence[tf.Tensor]) -> tf.Tensor:
    """`Paths.offset` and `Paths.least` [P, 2] of paths between leaves [P, *F]."""
    offsets, longest = [], []
    for end, start in zip(inputs, baselines, strict=True):
        axes = list(range(1, end.shape.rank))
        step = tf.abs(end - start)
        moving = step > 0
        offset = tf.abs(start) / tf.where(moving, step, tf.ones_like(step))
        offset = tf.where(moving, offset, tf.constant(np.inf, offset.dtype))
        offsets.append(tf.cast(tf.reduce_min(offset, axis=axes), tf.float64))
        longest.append(tf.cast(tf.reduce_max(step, axis=axes), tf.float64))
    most = tf.reduce_max(tf.stack(longest), axis=0)
    # A step shorter than the smallest normal number moves nothing.
    least = float(np.finfo(np.float32).tiny) / tf.where(most > 0, most, tf.ones_like(most))
    return tf.stack([tf.reduce_min(tf.stack(offsets), axis=0), tf.maximum(least, FINEST)], axis=1)

"""The queue of points, of which each turn takes a microbatch through the model; traced, for `refinement.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig._engine import arrays as xp
from kerasig._engine import verdicts
from kerasig._engine.grading import Grading
from kerasig._engine.refinement_state import (
    ALPHA,
    CHANGE,
    END_GAP,
    FRESH,
    HIGHEST,
    LEFT_OUT,
    LOWEST,
    NUMBER,
    PENDING,
    ROW,
    START_GAP,
    UNTOLD,
    Results,
    Slots,
    State,
    Storage,
    Tracing,
    cond,
    shared,
)
from kerasig._engine.rows import by_place
from kerasig._engine.scaling import Exponents


class Evaluates(Tracing):
    """The turn's second part: points are evaluated, and what they say is kept."""

    def with_points_evaluated(self, state: State) -> State:
        """With the first points of the queue evaluated, a microbatch of them."""
        slots, storage, results = state.slots, state.storage, state.results
        slot, column, n_new, valid = self._queued(state)
        place = tf.stack([slot, column], axis=1)
        number = tf.gather(xp.column(slots.counts, NUMBER), slot)
        known = tf.gather(slots.known, slot)
        alpha = xp.column(tf.gather_nd(slots.floats, place), ALPHA)
        found = self._evaluated(state, slot, number, alpha)
        in_range = found["valid"]
        score = tf.where(in_range, tf.cast(found["scores"], tf.float64), tf.constant(np.nan, tf.float64))
        slope = tf.cast(found["slopes"], tf.float64)
        cut = self.layout.cut(found["contributions"])
        # Rows of the store, from the end of the list of those that are free.
        row = tf.gather(storage.free, tf.maximum(storage.n_free - 1 - tf.range(tf.shape(slot)[0]), 0))
        row = tf.where(valid, row, 0)
        store = tf.tensor_scatter_nd_update(storage.store, self.layout.index(row)[:, None], cut)
        storage = storage._replace(store=store, n_free=storage.n_free - n_new)
        beyond = verdicts.beyond_known(alpha, xp.column(known, LOWEST), xp.column(known, HIGHEST))
        left_out = beyond & ~tf.math.is_finite(score + slope)
        grading = Grading(xp.column(known, START_GAP), xp.column(known, END_GAP))
        refining = valid & (tf.gather(xp.column(slots.counts, FRESH), slot) == 0)
        before, after, running = cond(
            tf.reduce_any(refining),
            lambda: self._moved(slots, storage, slot, column, alpha, cut, left_out, grading, refining),
            (tf.zeros_like(alpha), tf.zeros_like(alpha), storage.running),
        )
        storage = storage._replace(running=running)
        node = tf.stack([alpha, score, slope, self.layout.sizes(cut), after], axis=1)
        floats = tf.tensor_scatter_nd_update(slots.floats, place, node)
        left = tf.stack(
            [tf.where(refining, slot, self.n_slots), tf.where(refining, column - 1, 0), CHANGE + 0 * slot], axis=1
        )
        floats = tf.tensor_scatter_nd_update(floats, left, before)
        flags = tf.stack([row, tf.cast(left_out, tf.int32), tf.zeros_like(row)], axis=1)
        ints = tf.tensor_scatter_nd_update(slots.ints, place, flags)
        slots = slots._replace(floats=floats, ints=ints)
        if self.spec.reach is not None:
            largest = tf.cast(found["largest"], tf.float64)
            slots = slots._replace(largest=tf.tensor_scatter_nd_update(slots.largest, place, largest))
        at_input = valid & (alpha == 1)
        classes = tf.stack([found["classes"], found["predicted"]], axis=1)
        outside = xp.upright(tf.where(valid & ~in_range, number, self.n_paths))
        results = results._replace(
            classes=tf.tensor_scatter_nd_update(
                results.classes, xp.upright(tf.where(at_input, number, self.n_paths)), classes
            ),
            outside=tf.tensor_scatter_nd_update(results.outside, outside, tf.ones_like(number)),
        )
        state = state._replace(slots=slots, storage=storage)
        if self.spec.pin:
            example = tf.where(at_input, tf.gather(self.examples, number), tf.shape(state.pinned)[0] - 1)
            pinned = tf.tensor_scatter_nd_update(state.pinned, xp.upright(example), found["classes"])
            state = state._replace(pinned=pinned)
        if self.spec.interior:
            results = self._with_interior(results, valid, number, alpha, found["gradients"])
        if self.spec.n_lookups:
            state = state._replace(lookups=_extremes(state.lookups, found["lookups"]))
        return state._replace(results=results)

    def _queued(self, state: State) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """Slot and column [C] of the first pending points, how many there are, and which rows are none."""
        slots = state.slots
        pending = slots.ints[:, :, PENDING] > 0
        if self.spec.pin:
            # The input first: it tells which class is predicted, and the other nodes explain that class.
            example = tf.gather(self.examples, xp.column(slots.counts, NUMBER))
            told = tf.gather(state.pinned, example) > UNTOLD
            pending &= xp.upright(told) | (slots.floats[:, :, ALPHA] == 1)
        width = tf.shape(pending)[1]
        rank = tf.cumsum(tf.cast(tf.reshape(pending, [-1]), tf.int32))
        size: Any = tf.maximum(self.nodes["least"], tf.minimum(self.nodes["rows"], rank[-1]))
        if self.spec.batch is not None:
            size = self.spec.batch
        if self.static is not None:
            size = self.static.rows
        count = tf.range(size)
        # The n-th pending point is where the count of them reaches n.
        flat = tf.minimum(tf.searchsorted(rank, count + 1), tf.shape(rank)[0] - 1)
        valid = count < rank[-1]
        slot, column = tf.where(valid, flat // width, self.n_slots), tf.where(valid, flat % width, 0)
        return slot, column, tf.minimum(rank[-1], size), valid

    def _evaluated(self, state: State, slot: tf.Tensor, number: tf.Tensor, alpha: tf.Tensor) -> dict[str, Any]:
        data = self.data
        if self.spec.pin:
            data = data | {"targets": self.spec.pin(data["targets"], state.pinned[:-1])}
        scales = tf.ones_like(alpha, tf.float32)
        if self.spec.reach is not None:
            scales = Exponents.factors(tf.gather(state.slots.exponents, slot))
        rows = {
            "examples": tf.gather(self.examples, number),
            "baseline_rows": [tf.gather(leaf, number) for leaf in self.baseline_rows],
            "scales": scales,
            "alphas": alpha,
        }
        self.restore()
        return self.spec.evaluate(rows, data)

    def _moved(
        self,
        slots: Slots,
        storage: Storage,
        slot: tf.Tensor,
        column: tf.Tensor,
        alpha: tf.Tensor,
        cut: tf.Tensor,
        left_out: tf.Tensor,
        grading: Grading,
        refining: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """How contributions change up to points and from there on, each [C], and the integrals by the trapezoid.

        Each point is alone in its interval, between two that are known.
        """
        layout, last = self.layout, tf.shape(slots.floats)[1] - 1
        sides = [tf.stack([slot, place], axis=1) for place in (tf.maximum(column - 1, 0), tf.minimum(column + 1, last))]
        alphas = [xp.column(tf.gather_nd(slots.floats, side), ALPHA) for side in sides]
        flags = [tf.gather_nd(slots.ints, side) for side in sides]

        def by_its_place(cut: tf.Tensor, alpha: tf.Tensor, left_out: tf.Tensor) -> tf.Tensor:
            return by_place(cut, layout.each(_density(grading, alpha, left_out)))

        def stored(side: int) -> tf.Tensor:
            rows = tf.gather(storage.store, layout.index(flags[side][:, ROW]))
            return by_its_place(rows, alphas[side], flags[side][:, LEFT_OUT] > 0)

        middle = by_its_place(cut, alpha, left_out)
        down, up = middle - stored(0), stored(1) - middle
        before, here, after = (_place(grading, some) for some in (alphas[0], alpha, alphas[1]))
        moved = (layout.each(after - here) * down - layout.each(here - before) * up) / 2
        to = layout.index(tf.where(refining, slot, self.n_slots))
        running = tf.tensor_scatter_nd_add(storage.running, xp.upright(to), moved)
        return layout.sizes(down), layout.sizes(up), running

    def _with_interior(
        self, results: Results, valid: tf.Tensor, number: tf.Tensor, alpha: tf.Tensor, gradients: Sequence[tf.Tensor]
    ) -> Results:
        """With the gradients of those points that were asked for."""
        same = (xp.upright(alpha) == self.nodes["interior"][None]) & xp.upright(valid)
        asked = tf.reduce_any(same, axis=1)

        def kept() -> tf.Tensor:
            flat = [tf.reshape(tf.cast(leaf, tf.float32), [-1, leaf.shape[1:].num_elements()]) for leaf in gradients]
            column = tf.argmax(tf.cast(same, tf.int32), axis=1, output_type=tf.int32)
            to = tf.stack([tf.where(asked, number, self.n_paths), tf.where(asked, column, 0)], axis=1)
            return tf.tensor_scatter_nd_update(results.interior, to, tf.concat(flat, axis=1))

        return results._replace(interior=cond(tf.reduce_any(asked), kept, results.interior))


@shared
def _place(grading: Grading, alpha: tf.Tensor) -> tf.Tensor:
    """The places [C] of alphas [C]."""
    return xp.column(grading.places(xp.upright(alpha)), 0)


@shared
def _density(grading: Grading, alpha: tf.Tensor, left_out: tf.Tensor) -> tf.Tensor:
    """The densities [C] at alphas [C]; 0 where they are left out."""
    density = xp.column(grading.densities(xp.upright(alpha)), 0)
    return tf.where(left_out, tf.zeros_like(density), density)


def _extremes(known: tf.Tensor, found: tf.Tensor) -> tf.Tensor:
    """The least and the largest index, and the bound, of two such tables [L, 3] as one."""
    return tf.stack([tf.minimum(known[:, 0], found[:, 0]), tf.maximum(known[:, 1], found[:, 1]), found[:, 2]], axis=1)

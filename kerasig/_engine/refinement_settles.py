"""Paths whose points are all there end, or go on with others; traced, for `refinement.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from kerasig._engine import arrays as xp
from kerasig._engine import near_ends, verdicts
from kerasig._engine.columns import closed, known
from kerasig._engine.estimate import Estimate, Limits, estimate
from kerasig._engine.nodes import Nodes, Paths, inserted
from kerasig._engine.refinement_state import (
    AGAIN,
    COUNT,
    FRESH,
    IS_FINEST,
    LEFT_OUT,
    LOWEST,
    NEW_SLOT,
    NUMBER,
    PENDING,
    ROW,
    SCORE,
    Slots,
    State,
    Storage,
    Tracing,
    cond,
    shared,
)
from kerasig._engine.scaling import Exponents
from kerasig._engine.verdicts import Verdict


@shared
def _prepared(rule: Limits, paths: Paths, fresh: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """The arrays of `_of_begin`, those of `verdicts.prepared` for paths that are fresh."""
    one, other = _of_begin(verdicts.prepared(rule, paths)), _of_begin(paths)
    return tuple(_chosen(fresh, *pair) for pair in zip(one, other, strict=True))


def _of_begin(paths: Paths) -> tuple[tf.Tensor, ...]:
    return paths.nodes.left_out, paths.start_gap, paths.end_gap, paths.finest


@shared
def _too_little_known(paths: Paths, found: Estimate) -> tuple[tf.Tensor, tf.Tensor]:
    little, paths = near_ends.too_little_known(paths, found)
    return little, paths.looked_at


@shared
def _graded_more(rule: Limits, paths: Paths, wanted: tf.Tensor) -> tuple[tf.Tensor, ...]:
    paths = near_ends.graded_as_finely_as_can_be(rule, paths, wanted)
    return paths.start_gap, paths.end_gap, paths.finest


_estimated, _outlook, _verdict = shared(estimate), shared(verdicts.outlook), shared(verdicts.verdict)
_weights = shared(verdicts.weights)
_halved, _bounds, _inserted = shared(verdicts.halved), shared(verdicts.bounds), shared(inserted)


class Settles(Tracing):
    """The turn's last part: paths that are ready end and give back what they have, or ask for further points."""

    def settled(self, state: State, ready: tf.Tensor) -> State:
        which = tf.range(self.n_slots + 1) if self.static else tf.cast(tf.where(ready)[:, 0], tf.int32)
        live = tf.gather(ready, which)
        if self.spec.reach is not None:
            state, again = self._judged(state, which, live)
            live &= ~again
        counts = tf.gather(state.slots.counts, which)
        paths = self._paths(state.slots, which, counts)
        fresh = live & (xp.column(counts, FRESH) > 0)
        left_out, start, end, finest = cond(
            tf.reduce_any(fresh), lambda: _prepared(self.rule, paths, fresh), _of_begin(paths)
        )
        paths = paths.replaced(left_out=left_out)._replace(start_gap=start, end_gap=end, finest=finest)
        state, paths = self._integrated(state, which, paths, fresh | (live & (xp.column(counts, AGAIN) > 0)))
        found = _estimated(self.rule, paths, self._sizes(state, which))
        little, looked_at = _too_little_known(paths, found)
        paths = paths._replace(looked_at=looked_at)
        little &= live & self.nodes["reproducible"]
        state, paths, found = cond(
            tf.reduce_any(little), lambda: self._graded(state, which, paths, little), (state, paths, found)
        )
        number = xp.column(counts, NUMBER)
        outlook = _outlook(self.rule, paths, found, tf.gather(self.unreached, number), self.nodes["reproducible"])
        looked = (outlook.ends | outlook.promising) & live
        weights, spread = _weights(found.fitted, paths), found.fitted.spread
        values, whole = self.layout.exact(
            state.storage.store, state.results.values, number, paths, weights, spread, looked
        )
        state = state._replace(results=state.results._replace(values=values))
        verdict = _verdict(self.rule, paths, found, outlook, whole, looked)
        paths = paths._replace(tightness=verdict.tightness)
        state = self._with_ended(state, which, number, live, paths, verdict)
        return self._with_next(state, which, number, live, paths, found, verdict.done)

    def _paths(self, slots: Slots, which: tf.Tensor, counts: tf.Tensor) -> Paths:
        floats, ints = tf.gather(slots.floats, which), tf.gather(slots.ints, which)
        # Where a slot is empty any number of nodes will do.
        count = tf.maximum(xp.column(counts, COUNT), 3)
        width = tf.reduce_max(count) if self.static is None else self.static.columns
        # What was added when other paths grew repeats the last node, too.
        columns = tf.minimum(tf.range(width)[None], xp.upright(count) - 1)
        floats, ints = (tf.gather(array, columns, axis=1, batch_dims=1) for array in (floats, ints))
        known = tf.gather(slots.known, which)
        alphas, scores, slopes, sizes, changes = tf.unstack(floats, axis=2)
        nodes = Nodes(alphas, scores, slopes, sizes, changes, ints[:, :, ROW], ints[:, :, LEFT_OUT] > 0)
        start, end, looked_at, tightness, offset, least = tf.unstack(known[:, :LOWEST], axis=1)
        return Paths(nodes, count, start, end, xp.column(counts, IS_FINEST) > 0, looked_at, tightness, offset, least)

    def _sizes(self, state: State, which: tf.Tensor) -> tf.Tensor:
        """The L1 norm [R] of the integrals by the trapezoid."""
        return self.layout.sizes(tf.gather(state.storage.running, self.layout.index(which)))

    def _integrated(self, state: State, which: tf.Tensor, paths: Paths, wanted: tf.Tensor) -> tuple[State, Paths]:
        """With integrals by the trapezoid, and changes from node to node, made anew."""

        def anew() -> tuple[State, Paths]:
            storage = state.storage
            running, changes = self.layout.integrated(storage.store, storage.running, which, paths, wanted)
            changes = tf.where(xp.upright(wanted), closed(changes), paths.nodes.changes)
            return state._replace(storage=storage._replace(running=running)), paths.replaced(changes=changes)

        return cond(tf.reduce_any(wanted), anew, (state, paths))

    def _graded(self, state: State, which: tf.Tensor, paths: Paths, wanted: tf.Tensor) -> tuple[State, Paths, Estimate]:
        start, end, finest = _graded_more(self.rule, paths, wanted)
        paths = paths._replace(start_gap=start, end_gap=end, finest=finest)
        state, paths = self._integrated(state, which, paths, wanted)
        return state, paths, _estimated(self.rule, paths, self._sizes(state, which))

    def _judged(self, state: State, which: tf.Tensor, live: tf.Tensor) -> tuple[State, tf.Tensor]:
        """With points to be evaluated again where float16 was too narrow, and whether [R] a path has any."""
        slots = state.slots
        floats, ints = tf.gather(slots.floats, which), tf.gather(slots.ints, which)
        new = known(ints, tf.gather(xp.column(slots.counts, COUNT), which)) & xp.upright(live)
        largest = tf.gather(slots.largest, which)
        new &= ~tf.math.is_nan(largest)
        exponents, again = Exponents.judged(
            tf.gather(slots.exponents, which), floats[:, :, SCORE], largest, new, self.spec.reach or 0
        )
        repeats = tf.reduce_any(again, axis=1)
        storage = self._released(state.storage, ints[:, :, ROW], again)
        pending = tf.where(again, 1, ints[:, :, PENDING])
        ints = tf.stack([ints[:, :, ROW], ints[:, :, LEFT_OUT], pending], axis=2)
        counts = tf.gather(slots.counts, which)
        flag = tf.where(repeats, 1, xp.column(counts, AGAIN))
        counts = tf.concat([counts[:, :AGAIN], xp.upright(flag)], axis=1)
        to = xp.upright(tf.where(live, which, self.n_slots))
        # Slot S is nobody's.
        counts = tf.where(xp.upright(live), counts, slots.counts[-1:])
        slots = slots._replace(
            ints=tf.tensor_scatter_nd_update(slots.ints, to, tf.where(live[:, None, None], ints, 0)),
            counts=tf.tensor_scatter_nd_update(slots.counts, to, counts),
            exponents=tf.tensor_scatter_nd_update(slots.exponents, to, exponents),
            largest=tf.tensor_scatter_nd_update(
                slots.largest, to, tf.fill(tf.shape(largest), tf.constant(np.nan, largest.dtype))
            ),
        )
        return state._replace(slots=slots, storage=storage), repeats

    def _with_ended(
        self, state: State, which: tf.Tensor, number: tf.Tensor, live: tf.Tensor, paths: Paths, verdict: Verdict
    ) -> State:
        """With the results of paths that have ended, whose rows are free again."""
        done, nodes, results = verdict.done & live, paths.nodes, state.results
        to = xp.upright(tf.where(done, number, self.n_paths))
        last = xp.at(nodes.scores, paths.count - 1)
        errors = tf.stack([xp.column(nodes.scores, 0), last, verdict.completeness, verdict.map_error], axis=1)
        repeated = xp.column(tf.gather(state.slots.exponents, which), Exponents.REPEATED)
        ends = tf.stack([verdict.reasons, paths.count + tf.cast(repeated, tf.int32)], axis=1)
        counts = tf.cast(paths.known & ~nodes.left_out, tf.float64)
        profile = tf.stack([nodes.alphas, nodes.scores, nodes.slopes, counts], axis=2)
        width = tf.maximum(tf.shape(results.profile)[1], tf.shape(profile)[1])
        results = results._replace(
            errors=tf.tensor_scatter_nd_update(results.errors, to, errors),
            ends=tf.tensor_scatter_nd_update(results.ends, to, ends),
            profile=tf.tensor_scatter_nd_update(
                self._widened(results.profile, width), to, self._widened(profile, width)
            ),
        )
        storage = self._released(state.storage, nodes.rows, paths.known & xp.upright(done))
        n_done = state.n_done + tf.reduce_sum(tf.cast(done, tf.int32))
        return state._replace(results=results, storage=storage, n_done=n_done)

    def _released(self, storage: Storage, rows: tf.Tensor, which: tf.Tensor) -> Storage:
        """With rows [R, K] of the store free where `which`."""
        flat, rows = tf.reshape(which, [-1]), tf.reshape(rows, [-1])
        rank = tf.cumsum(tf.cast(flat, tf.int32))
        place = tf.where(flat, storage.n_free + rank - 1, tf.shape(storage.free)[0] - 1)
        free = tf.tensor_scatter_nd_update(storage.free, xp.upright(place), rows)
        return storage._replace(free=free, n_free=storage.n_free + rank[-1])

    def _with_next(
        self,
        state: State,
        which: tf.Tensor,
        number: tf.Tensor,
        live: tf.Tensor,
        paths: Paths,
        found: Estimate,
        done: tf.Tensor,
    ) -> State:
        """With the next points of paths that go on in the queue, and slots free of the others."""
        goes_on = live & ~done
        halved = _halved(self.rule, paths, found) & xp.upright(goes_on)
        # Those that have ended give their slots back before anybody counts.
        counts = tf.gather(state.slots.counts, which)
        to = xp.upright(tf.where(live, which, self.n_slots))
        ended = tf.where(goes_on, number, self.n_paths)
        begin = tf.stack([ended, tf.where(goes_on, paths.count, 0)], axis=1)
        counts = tf.concat([begin, counts[:, FRESH:]], axis=1)
        state = state._replace(
            slots=state.slots._replace(counts=tf.tensor_scatter_nd_update(state.slots.counts, to, counts))
        )
        state, halved = self._within_store(state, which, halved)
        if self.static is None:
            grown = paths.count + tf.reduce_sum(tf.cast(halved, tf.int32), axis=1)
            width = tf.maximum(tf.shape(halved)[1], tf.reduce_max(grown))
        else:
            width = self.static.columns
        nodes, new, count = _inserted(paths, halved, width)
        floats = tf.stack(nodes[:5], axis=2)
        ints = tf.stack([nodes.rows, tf.cast(nodes.left_out, tf.int32), tf.cast(new, tf.int32)], axis=2)
        known = tf.stack([*paths[2:4], *paths[5:], *_bounds(paths)], axis=1)
        known = tf.where(xp.upright(live), known, tf.constant(NEW_SLOT, tf.float64))
        finest, none = tf.cast(paths.finest, tf.int32), tf.zeros_like(count)
        count = tf.where(goes_on, count, 0)
        counts = tf.stack([ended, count, none, finest, none], axis=1)
        slots = state.slots
        width = tf.maximum(tf.shape(slots.floats)[1], width) if self.static is None else width
        largest = slots.largest
        if self.spec.reach is not None and self.static is None:
            missing = width - tf.shape(largest)[1]
            largest = tf.pad(largest, [[0, 0], [0, missing]], constant_values=np.nan)
        slots = slots._replace(
            floats=tf.tensor_scatter_nd_update(self._widened(slots.floats, width), to, self._widened(floats, width)),
            ints=tf.tensor_scatter_nd_update(self._widened(slots.ints, width), to, self._widened(ints, width)),
            known=tf.tensor_scatter_nd_update(slots.known, to, known),
            counts=tf.tensor_scatter_nd_update(slots.counts, to, counts),
            largest=largest,
        )
        return state._replace(slots=slots)

    def _within_store(self, state: State, which: tf.Tensor, halved: tf.Tensor) -> tuple[State, tf.Tensor]:
        """The intervals that are halved, none of paths that must wait until others have given rows back."""
        need = tf.reduce_sum(tf.cast(halved, tf.int32), axis=1)
        oldest, reserved = self._reserved(state)
        is_oldest = which == oldest
        room = state.storage.n_free - tf.reduce_sum(state.slots.ints[:, :, PENDING])
        waits = ~is_oldest & (tf.cumsum(tf.where(is_oldest, 0, need)) > room - reserved)
        if self.static is None:
            # One path alone may need more than the store has.
            missing = tf.reduce_sum(tf.where(is_oldest, need, 0)) - room
            state = state._replace(
                storage=cond(missing > 0, lambda: self._with_room(state.storage, missing), state.storage)
            )
        return state, halved & ~xp.upright(waits)

    def _with_room(self, storage: Storage, missing: tf.Tensor) -> Storage:
        """With twice the rows, or as many as are missing."""
        n_rows = tf.shape(storage.free)[0] - 1
        more = tf.maximum(n_rows, missing)
        used = tf.zeros([n_rows + 1 - storage.n_free], tf.int32)
        free = tf.concat([storage.free[: storage.n_free], tf.range(n_rows + more, n_rows, -1), used], axis=0)
        store = tf.concat([storage.store, self.layout.empty(more)], axis=0)
        return storage._replace(store=store, free=free, n_free=storage.n_free + more)

    def _widened(self, array: tf.Tensor, width: Any) -> tf.Tensor:
        """[R, K, ...] padded to more columns, where columns are not fixed."""
        if self.static is not None:
            return array
        return tf.pad(array, [[0, 0], [0, width - tf.shape(array)[1]], [0, 0]])


def _chosen(which: tf.Tensor, this: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """An array [R] or [R, K], of each row that of one or the other."""
    return tf.where(which if this.shape.rank == 1 else xp.upright(which), this, other)

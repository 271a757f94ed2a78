"""The whole refinement of many paths in one graph, for where nothing may go to the host on the way.

The decisions are those of `adaptive.py`, by the same formulas: a model that is served, or compiled as a whole, chooses
the same nodes. A path has a slot while it is under way, and the next one waiting gets it when it ends. The points that
are wanted of all slots are one queue, and each turn of the loop takes a microbatch of them through the model. A path's
nodes depend on that path alone.

Shapes: P paths, S slots, K nodes of the longest path, R of the slots at a time, C points of a call, `*F` features of a
leaf and F of all. Slot S and path P are nobody's: what must go nowhere goes there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from kerasig._engine import arrays as xp
from kerasig._engine import near_ends, verdicts
from kerasig._engine.adaptive import USUAL_NODES
from kerasig._engine.columns import closed, known
from kerasig._engine.estimate import Estimate, Rule, estimate
from kerasig._engine.grading import FINEST, Grading
from kerasig._engine.nodes import Nodes, Paths, inserted
from kerasig._engine.paths import Path
from kerasig._engine.rows import Rows, by_place
from kerasig._engine.scaling import Exponents
from kerasig._engine.verdicts import Verdict
from kerasig._status import code

# Columns of what is kept of a node.
_ALPHA, _SCORE, _SLOPE, _SIZE, _CHANGE = range(5)
_ROW, _LEFT_OUT, _PENDING = range(3)
# Of a slot.
_START_GAP, _END_GAP, _LOOKED_AT, _TIGHTNESS, _OFFSET, _LEAST, _LOWEST, _HIGHEST = range(8)
_NUMBER, _COUNT, _FRESH, _FINEST, _AGAIN = range(5)
# Of a predicted class, which an output alone does not have.
_UNKNOWN = -2
_NEW_SLOT = [np.inf, np.inf, np.inf, 1.0, 0.0, 0.0, 0.0, 1.0]


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
    """What was found, by path: [P + 1, ...]."""

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
    pinned: tf.Tensor  # [N + 1] int32: predicted classes, -1 where there is none, or _UNKNOWN
    lookups: tf.Tensor  # [L, 3] as of `Lookups.extremes`


@dataclass(frozen=True, eq=False)
class Refinement:
    """The loop over all paths, to be traced.

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

    def run(self, rows: Any, nodes: Any, data: Any) -> dict[str, tf.Tensor]:
        """Integrates paths.

        Args:
            rows: of each path, as of `Traced.gradients`; besides, "real" [P], False for paths that only fill up, after
                the others, and "unreached" [P], what the score changes by where no gradient reaches.
            nodes: "first" [G], the first grid; "interior" [A]; the scalars of `Rule`, "reproducible", "rows", "least",
                "slots" and "store" of `Sizes`, and "width", which profiles have at least.
            data: as of `Traced.gradients`.

        Returns:
            By path, what `Results` has.
        """
        return _Run(self, rows, nodes, data).results()


class _Run:
    """One tracing of the loop, with the tensors that every turn reads."""

    def __init__(self, spec: Refinement, rows: Any, nodes: Any, data: Any) -> None:
        self.spec, self.nodes, self.data = spec, nodes, data
        self.layout, self.static = Rows(spec.n_features, spec.static is not None), spec.static
        self.n_paths = tf.shape(rows["examples"])[0] if self.static is None else self.static.paths
        self.n_slots = nodes["slots"] if self.static is None else self.static.slots
        self.n_real = tf.reduce_sum(tf.cast(rows["real"], tf.int32))
        # In place of path P stands the first one.
        self.examples = _with_first(rows["examples"])
        self.baseline_rows = [_with_first(leaf) for leaf in rows["baseline_rows"]]
        self.unreached = _with_first(rows["unreached"])
        self.rule = Rule(*(nodes[name] for name in Rule._fields))
        self.n_first = tf.shape(nodes["first"])[0]
        self.restore = spec.remember()

    # The beginning and the end.

    def results(self) -> dict[str, tf.Tensor]:
        """See `Refinement.run`."""
        state = tf.while_loop(
            lambda state: state.n_done < self.n_real,
            lambda state: (self._turn(state),),
            (self._begun(),),
            parallel_iterations=1,
        )[0]
        found, n = state.results, self.n_paths
        profile = found.profile[:n]
        if self.static is None:
            missing = tf.maximum(self.nodes["width"] - tf.shape(profile)[1], 0)
            profile = tf.pad(profile, [[0, 0], [0, missing], [0, 0]])
        result = {name: getattr(found, name)[:n] for name in ("errors", "ends", "classes", "outside", "interior")}
        result |= {"values": self.layout.joined(found.values, n), "profile": profile}
        return result | ({"lookups": state.lookups} if self.spec.n_lookups else {})

    def _begun(self) -> State:
        n, s = self.n_paths, self.n_slots
        width = self.n_first if self.static is None else self.static.columns
        rows = self.nodes["store"] if self.static is None else self.static.store
        in_half = self.spec.reach is not None
        slots = Slots(
            tf.zeros([s + 1, width, 5], tf.float64),
            tf.zeros([s + 1, width, 3], tf.int32),
            tf.tile(tf.constant([_NEW_SLOT], tf.float64), [s + 1, 1]),
            tf.tile([[n, 0, 0, 0, 0]], [s + 1, 1]),
            tf.zeros([s + 1, len(Exponents.BEGIN)], tf.float64),
            tf.fill([s + 1, width if in_half else 0], tf.constant(np.nan, tf.float64)),
        )
        # Row 0 is nobody's, and the last place among the free ones is no place.
        free = tf.concat([tf.range(rows, 0, -1), [0]], axis=0)
        empty, integrals = self.layout.empty(rows + 1), self.layout.empty(s + 1)
        storage = Storage(empty, integrals, free, tf.convert_to_tensor(rows))
        results = Results(
            self.layout.empty(n + 1),
            tf.fill([n + 1, 4], tf.constant(np.nan, tf.float64)),
            tf.tile([[code("out of steps"), 0]], [n + 1, 1]),
            tf.fill([n + 1, 2], -1),
            tf.zeros([n + 1], tf.int32),
            tf.zeros([n + 1, width, 4], tf.float64),
            tf.zeros([n + 1, tf.shape(self.nodes["interior"])[0], self.spec.n_features]),
        )
        n_examples = tf.shape(self.data["inputs"][0])[0]
        extremes = np.array([[np.iinfo(np.int64).max, np.iinfo(np.int64).min, 0]] * self.spec.n_lookups)
        return State(
            slots,
            storage,
            results,
            tf.constant(0),
            tf.constant(0),
            tf.fill([n_examples + 1 if self.spec.pin else 0], _UNKNOWN),
            tf.constant(extremes.reshape(-1, 3), tf.int64),
        )

    def _turn(self, state: State) -> State:
        state = self._with_more_paths(state)
        state = self._with_points_evaluated(state)
        waits = tf.reduce_any(state.slots.ints[:, :, _PENDING] > 0, axis=1)
        ready = self._active(state) & ~waits
        return _cond(tf.reduce_any(ready), lambda: self._settled(state, ready), state)

    def _active(self, state: State) -> tf.Tensor:
        """Whether a slot [S + 1] has a path."""
        return state.slots.counts[:, _NUMBER] < self.n_paths

    def _reserved(self, state: State) -> tuple[tf.Tensor, tf.Tensor]:
        """The slot of the path that has been under way for longest, and rows kept so that it can always go on."""
        oldest = tf.argmin(state.slots.counts[:, _NUMBER], output_type=tf.int32)
        return oldest, self.rule.max_steps - tf.gather(state.slots.counts[:, _COUNT], oldest)

    # Paths are begun.

    def _with_more_paths(self, state: State) -> State:
        """With as many of the waiting paths begun as there are slots for, and room in the store."""
        active = self._active(state)
        under_way = tf.reduce_any(active)
        pending = tf.reduce_sum(state.slots.ints[:, :, _PENDING])
        each = tf.maximum(USUAL_NODES, self.n_first)
        # Where nothing is under way the first one needs its reserve, too.
        reserved = tf.where(under_way, self._reserved(state)[1], tf.maximum(self.rule.max_steps, each))
        room = tf.maximum(state.storage.n_free - pending - reserved, 0) // each + tf.where(under_way, 0, 1)
        is_slot = tf.range(self.n_slots + 1) < self.n_slots
        rank = tf.cumsum(tf.cast(~active & is_slot, tf.int32)) - 1
        count = tf.minimum(tf.minimum(room, rank[-1] + 1), self.n_real - state.waiting)
        taken = ~active & is_slot & (rank < count)
        return _cond(count > 0, lambda: self._with_paths(state, taken, state.waiting + rank, count), state)

    def _with_paths(self, state: State, taken: tf.Tensor, numbers: tf.Tensor, count: tf.Tensor) -> State:
        slots, width = state.slots, tf.shape(state.slots.floats)[1]
        columns = tf.range(width)
        first = tf.gather(self.nodes["first"], tf.minimum(columns, self.n_first - 1))
        nothing = tf.zeros_like(first)
        nodes = tf.stack([first, nothing, nothing, nothing, nothing], axis=1)
        zeros = tf.zeros_like(columns)
        flags = tf.stack([zeros, zeros, tf.cast(columns < self.n_first, tf.int32)], axis=1)
        known = tf.concat(
            [tf.tile(tf.constant([_NEW_SLOT[:_OFFSET]], tf.float64), [tf.shape(numbers)[0], 1]),
             self._resolution(taken, numbers),
             tf.tile(tf.constant([_NEW_SLOT[_LOWEST:]], tf.float64), [tf.shape(numbers)[0], 1])], axis=1
        )  # fmt: skip
        none = tf.zeros_like(numbers)
        counts = tf.stack([numbers, none + self.n_first, none + 1, none, none], axis=1)
        here = taken[:, None]
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
        return found if self.static else tf.scatter_nd(at_slots[:, None], found, [shape[0], 2])

    # Points are evaluated.

    def _with_points_evaluated(self, state: State) -> State:
        """With the first points of the queue evaluated, a microbatch of them."""
        slots, storage, results = state.slots, state.storage, state.results
        slot, column, n_new, valid = self._queued(state)
        place = tf.stack([slot, column], axis=1)
        number = tf.gather(slots.counts[:, _NUMBER], slot)
        known = tf.gather(slots.known, slot)
        alpha = tf.gather_nd(slots.floats, place)[:, _ALPHA]
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
        beyond = verdicts.beyond_known(alpha, known[:, _LOWEST], known[:, _HIGHEST])
        left_out = beyond & ~tf.math.is_finite(score + slope)
        grading = Grading(known[:, _START_GAP], known[:, _END_GAP])
        refining = valid & (tf.gather(slots.counts[:, _FRESH], slot) == 0)
        before, after, running = _cond(
            tf.reduce_any(refining),
            lambda: self._moved(slots, storage, slot, column, alpha, cut, left_out, grading, refining),
            (tf.zeros_like(alpha), tf.zeros_like(alpha), storage.running),
        )
        storage = storage._replace(running=running)
        node = tf.stack([alpha, score, slope, self.layout.sizes(cut), after], axis=1)
        floats = tf.tensor_scatter_nd_update(slots.floats, place, node)
        left = tf.stack(
            [tf.where(refining, slot, self.n_slots), tf.where(refining, column - 1, 0), _CHANGE + 0 * slot], axis=1
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
        outside = tf.where(valid & ~in_range, number, self.n_paths)[:, None]
        results = results._replace(
            classes=tf.tensor_scatter_nd_update(
                results.classes, tf.where(at_input, number, self.n_paths)[:, None], classes
            ),
            outside=tf.tensor_scatter_nd_update(results.outside, outside, tf.ones_like(number)),
        )
        state = state._replace(slots=slots, storage=storage)
        if self.spec.pin:
            example = tf.where(at_input, tf.gather(self.examples, number), tf.shape(state.pinned)[0] - 1)
            pinned = tf.tensor_scatter_nd_update(state.pinned, example[:, None], found["classes"])
            state = state._replace(pinned=pinned)
        if self.spec.interior:
            results = self._with_interior(results, valid, number, alpha, found["gradients"])
        if self.spec.n_lookups:
            state = state._replace(lookups=_extremes(state.lookups, found["lookups"]))
        return state._replace(results=results)

    def _queued(self, state: State) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        """Slot and column [C] of the first pending points, how many there are, and which rows are none."""
        slots = state.slots
        pending = slots.ints[:, :, _PENDING] > 0
        if self.spec.pin:
            # The input first: it tells which class is predicted, and the other nodes explain that class.
            example = tf.gather(self.examples, slots.counts[:, _NUMBER])
            told = tf.gather(state.pinned, example) != _UNKNOWN
            pending &= told[:, None] | (slots.floats[:, :, _ALPHA] == 1)
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
        alphas = [tf.gather_nd(slots.floats, side)[:, _ALPHA] for side in sides]
        flags = [tf.gather_nd(slots.ints, side) for side in sides]

        def by_its_place(cut: tf.Tensor, alpha: tf.Tensor, left_out: tf.Tensor) -> tf.Tensor:
            density = grading.densities(alpha[:, None])[:, 0]
            return by_place(cut, layout.each(tf.where(left_out, tf.zeros_like(density), density)))

        def stored(side: int) -> tf.Tensor:
            rows = tf.gather(storage.store, layout.index(flags[side][:, _ROW]))
            return by_its_place(rows, alphas[side], flags[side][:, _LEFT_OUT] > 0)

        middle = by_its_place(cut, alpha, left_out)
        down, up = middle - stored(0), stored(1) - middle
        before, here, after = (grading.places(some[:, None])[:, 0] for some in (alphas[0], alpha, alphas[1]))
        moved = (layout.each(after - here) * down - layout.each(here - before) * up) / 2
        to = layout.index(tf.where(refining, slot, self.n_slots))
        running = tf.tensor_scatter_nd_add(storage.running, to[:, None], moved)
        return layout.sizes(down), layout.sizes(up), running

    def _with_interior(
        self, results: Results, valid: tf.Tensor, number: tf.Tensor, alpha: tf.Tensor, gradients: Sequence[tf.Tensor]
    ) -> Results:
        """With the gradients of those points that were asked for."""
        same = (alpha[:, None] == self.nodes["interior"][None]) & valid[:, None]
        asked = tf.reduce_any(same, axis=1)

        def kept() -> tf.Tensor:
            flat = [tf.reshape(tf.cast(leaf, tf.float32), [-1, leaf.shape[1:].num_elements()]) for leaf in gradients]
            column = tf.argmax(tf.cast(same, tf.int32), axis=1, output_type=tf.int32)
            to = tf.stack([tf.where(asked, number, self.n_paths), tf.where(asked, column, 0)], axis=1)
            return tf.tensor_scatter_nd_update(results.interior, to, tf.concat(flat, axis=1))

        return results._replace(interior=_cond(tf.reduce_any(asked), kept, results.interior))

    # Paths whose points are all there end, or go on.

    def _settled(self, state: State, ready: tf.Tensor) -> State:
        which = tf.range(self.n_slots + 1) if self.static else tf.cast(tf.where(ready)[:, 0], tf.int32)
        live = tf.gather(ready, which)
        if self.spec.reach is not None:
            state, again = self._judged(state, which, live)
            live &= ~again
        counts = tf.gather(state.slots.counts, which)
        paths = self._paths(state.slots, which, counts)
        fresh = live & (counts[:, _FRESH] > 0)
        paths = _cond(tf.reduce_any(fresh), lambda: _chosen(fresh, _prepared(self.rule, paths), paths), paths)
        state, paths = self._integrated(state, which, paths, fresh | (live & (counts[:, _AGAIN] > 0)))
        found = _estimated(self.rule, paths, self._sizes(state, which))
        little, paths = near_ends.too_little_known(paths, found)
        little &= live & self.nodes["reproducible"]
        state, paths, found = _cond(
            tf.reduce_any(little), lambda: self._graded(state, which, paths, little), (state, paths, found)
        )
        number = counts[:, _NUMBER]
        outlook = _outlook(self.rule, paths, found, tf.gather(self.unreached, number), self.nodes["reproducible"])
        looked = (outlook.ends | outlook.promising) & live
        values, whole = self.layout.exact(
            state.storage.store, state.results.values, number, paths, outlook.weights, found.fitted.spread, looked
        )
        state = state._replace(results=state.results._replace(values=values))
        verdict = _verdict(self.rule, paths, found, outlook, whole, looked)
        paths = paths._replace(tightness=verdict.tightness)
        state = self._with_ended(state, which, number, live, paths, verdict)
        return self._with_next(state, which, number, live, paths, found, verdict.done)

    def _paths(self, slots: Slots, which: tf.Tensor, counts: tf.Tensor) -> Paths:
        floats, ints = tf.gather(slots.floats, which), tf.gather(slots.ints, which)
        if self.static is None:
            width = tf.reduce_max(counts[:, _COUNT])
            floats, ints = floats[:, :width], ints[:, :width]
        known = tf.gather(slots.known, which)
        alphas, scores, slopes, sizes, changes = tf.unstack(floats, axis=2)
        nodes = Nodes(alphas, scores, slopes, sizes, changes, ints[:, :, _ROW], ints[:, :, _LEFT_OUT] > 0)
        # Where a slot is empty any number of nodes will do.
        count = tf.maximum(counts[:, _COUNT], 3)
        start, end, looked_at, tightness, offset, least = tf.unstack(known[:, :_LOWEST], axis=1)
        return Paths(nodes, count, start, end, counts[:, _FINEST] > 0, looked_at, tightness, offset, least)

    def _sizes(self, state: State, which: tf.Tensor) -> tf.Tensor:
        """The L1 norm [R] of the integrals by the trapezoid."""
        return self.layout.sizes(tf.gather(state.storage.running, self.layout.index(which)))

    def _integrated(self, state: State, which: tf.Tensor, paths: Paths, wanted: tf.Tensor) -> tuple[State, Paths]:
        """With integrals by the trapezoid, and changes from node to node, made anew."""

        def anew() -> tuple[State, Paths]:
            storage = state.storage
            running, changes = self.layout.integrated(storage.store, storage.running, which, paths, wanted)
            changes = tf.where(wanted[:, None], closed(changes), paths.nodes.changes)
            return state._replace(storage=storage._replace(running=running)), paths.replaced(changes=changes)

        return _cond(tf.reduce_any(wanted), anew, (state, paths))

    def _graded(self, state: State, which: tf.Tensor, paths: Paths, wanted: tf.Tensor) -> tuple[State, Paths, Estimate]:
        paths = near_ends.graded_as_finely_as_can_be(self.rule, paths, wanted)
        state, paths = self._integrated(state, which, paths, wanted)
        return state, paths, _estimated(self.rule, paths, self._sizes(state, which))

    def _judged(self, state: State, which: tf.Tensor, live: tf.Tensor) -> tuple[State, tf.Tensor]:
        """With points to be evaluated again where float16 was too narrow, and whether [R] a path has any."""
        slots = state.slots
        floats, ints = tf.gather(slots.floats, which), tf.gather(slots.ints, which)
        new = known(ints, tf.gather(slots.counts[:, _COUNT], which)) & live[:, None]
        largest = tf.gather(slots.largest, which)
        new &= ~tf.math.is_nan(largest)
        exponents, again = Exponents.judged(
            tf.gather(slots.exponents, which), floats[:, :, _SCORE], largest, new, self.spec.reach or 0
        )
        repeats = tf.reduce_any(again, axis=1)
        storage = self._released(state.storage, ints[:, :, _ROW], again)
        pending = tf.where(again, 1, ints[:, :, _PENDING])
        ints = tf.stack([ints[:, :, _ROW], ints[:, :, _LEFT_OUT], pending], axis=2)
        counts = tf.gather(slots.counts, which)
        flag = tf.where(repeats, 1, counts[:, _AGAIN])
        counts = tf.concat([counts[:, :_AGAIN], flag[:, None]], axis=1)
        to = tf.where(live, which, self.n_slots)[:, None]
        # Slot S is nobody's.
        counts = tf.where(live[:, None], counts, slots.counts[-1:])
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
        to = tf.where(done, number, self.n_paths)[:, None]
        last = xp.at(nodes.scores, paths.count - 1)
        errors = tf.stack([nodes.scores[:, 0], last, verdict.completeness, verdict.map_error], axis=1)
        repeated = tf.gather(state.slots.exponents, which)[:, Exponents.REPEATED]
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
        storage = self._released(state.storage, nodes.rows, paths.known & done[:, None])
        n_done = state.n_done + tf.reduce_sum(tf.cast(done, tf.int32))
        return state._replace(results=results, storage=storage, n_done=n_done)

    def _released(self, storage: Storage, rows: tf.Tensor, which: tf.Tensor) -> Storage:
        """With rows [R, K] of the store free where `which`."""
        flat, rows = tf.reshape(which, [-1]), tf.reshape(rows, [-1])
        rank = tf.cumsum(tf.cast(flat, tf.int32))
        place = tf.where(flat, storage.n_free + rank - 1, tf.shape(storage.free)[0] - 1)
        free = tf.tensor_scatter_nd_update(storage.free, place[:, None], rows)
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
        halved = _halved(self.rule, paths, found) & goes_on[:, None]
        # Those that have ended give their slots back before anybody counts.
        counts = tf.gather(state.slots.counts, which)
        to = tf.where(live, which, self.n_slots)[:, None]
        ended = tf.where(goes_on, number, self.n_paths)
        counts = tf.concat([ended[:, None], tf.where(goes_on, paths.count, 0)[:, None], counts[:, _FRESH:]], axis=1)
        state = state._replace(
            slots=state.slots._replace(counts=tf.tensor_scatter_nd_update(state.slots.counts, to, counts))
        )
        state, halved = self._within_store(state, which, halved)
        if self.static is None:
            grown = paths.count + tf.reduce_sum(tf.cast(halved, tf.int32), axis=1)
            width = tf.maximum(tf.shape(halved)[1], tf.reduce_max(grown))
        else:
            width = self.static.columns
        nodes, new, count = inserted(paths, halved, width)
        floats = tf.stack(nodes[:5], axis=2)
        ints = tf.stack([nodes.rows, tf.cast(nodes.left_out, tf.int32), tf.cast(new, tf.int32)], axis=2)
        known = tf.stack([*paths[2:4], *paths[5:], *_bounds(paths)], axis=1)
        known = tf.where(live[:, None], known, tf.constant(_NEW_SLOT, tf.float64))
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
        room = state.storage.n_free - tf.reduce_sum(state.slots.ints[:, :, _PENDING])
        waits = ~is_oldest & (tf.cumsum(tf.where(is_oldest, 0, need)) > room - reserved)
        if self.static is None:
            # One path alone may need more than the store has.
            missing = tf.reduce_sum(tf.where(is_oldest, need, 0)) - room
            state = state._replace(
                storage=_cond(missing > 0, lambda: self._with_room(state.storage, missing), state.storage)
            )
        return state, halved & ~waits[:, None]

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


# What works on small arrays alone knows no model: one trace serves all.


def _shared(function: Any) -> Any:
    return tf.function(function, autograph=False, reduce_retracing=True)


_prepared, _estimated, _outlook = _shared(verdicts.prepared), _shared(estimate), _shared(verdicts.outlook)
_verdict, _halved, _bounds = _shared(verdicts.verdict), _shared(verdicts.halved), _shared(verdicts.bounds)


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


def _extremes(known: tf.Tensor, found: tf.Tensor) -> tf.Tensor:
    """Of two tables [L, 3] of the least and the largest index, and the bound, the one of both."""
    return tf.stack([tf.minimum(known[:, 0], found[:, 0]), tf.maximum(known[:, 1], found[:, 1]), found[:, 2]], axis=1)


def _with_first(array: tf.Tensor) -> tf.Tensor:
    return tf.concat([array, array[:1]], axis=0)


def _chosen(which: tf.Tensor, these: Any, others: Any) -> Any:
    """A nest of arrays [R, ...], of each row one or the other."""

    def one(this: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
        rank = this.shape.rank
        return tf.where(tf.reshape(which, [-1, *[1] * (rank - 1)]), this, other)

    return tf.nest.map_structure(one, these, others)


def _cond(condition: tf.Tensor, work: Callable[[], Any], otherwise: Any) -> Any:
    """The nest that `work` gives, or where it need not be done the one that is there; of the same shapes."""

    def shaped(new: tf.Tensor, old: tf.Tensor) -> tf.Tensor:
        new.set_shape(old.shape)
        return new

    found = tf.cond(condition, work, lambda: tf.nest.map_structure(tf.identity, otherwise))
    return tf.nest.map_structure(shaped, found, otherwise)

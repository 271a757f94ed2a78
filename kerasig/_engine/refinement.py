"""The whole refinement of many paths in one graph, for where nothing may go to the host on the way.

The decisions are those of `adaptive.py`, by the same formulas: a model that is served, or compiled as a whole, chooses
the same nodes. A path has a slot while it is under way, and the next one waiting gets it when it ends. The points that
are wanted of all slots are one queue, and each turn of the loop takes a microbatch of them through the model. A path's
nodes depend on that path alone. `refinement_state.py` has the shapes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from kerasig._engine.refinement_begins import Begins
from kerasig._engine.refinement_points import Evaluates
from kerasig._engine.refinement_settles import Settles
from kerasig._engine.refinement_state import (
    NEW_SLOT,
    PENDING,
    UNTOLD,
    Results,
    Setting,
    Slots,
    State,
    Storage,
    cond,
)
from kerasig._engine.scaling import Exponents
from kerasig._status import code


def refined(setting: Setting, rows: Any, nodes: Any, data: Any) -> dict[str, tf.Tensor]:
    """Integrates paths.

    Args:
        setting: what the loop is traced for.
        rows: of each path, as of `Traced.gradients`; besides, "real" [P], False for paths that only fill up, after
            the others, and "unreached" [P], what the score changes by where no gradient reaches.
        nodes: "first" [G], the first grid; "interior" [A]; the scalars of `Limits`, "reproducible", "rows",
            "least", "slots" and "store" of `Sizes`, and "width", which profiles have at least.
        data: as of `Traced.gradients`.

    Returns:
        By path, what `Results` has.
    """
    return _Run(setting, rows, nodes, data).results()


class _Run(Begins, Evaluates, Settles):
    """All parts of the loop."""

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
            tf.tile(tf.constant([NEW_SLOT], tf.float64), [s + 1, 1]),
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
            tf.fill([n_examples + 1 if self.spec.pin else 0], UNTOLD),
            tf.constant(extremes.reshape(-1, 3), tf.int64),
        )

    def _turn(self, state: State) -> State:
        state = self.with_more_paths(state)
        state = self.with_points_evaluated(state)
        waits = tf.reduce_any(state.slots.ints[:, :, PENDING] > 0, axis=1)
        ready = self._active(state) & ~waits
        return cond(tf.reduce_any(ready), lambda: self.settled(state, ready), state)

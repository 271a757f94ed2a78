"""Functions that are traced into the compiled core: score, slope, gradient and their weighted sums at points of paths.

Shapes: C rows of a microbatch, E paths and K nodes of a block, M weighted sums, `*F` features of a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import tensorflow as tf

from kerasig._engine.arrays import upright
from kerasig._engine.components import Components
from kerasig._engine.graph_arrays import constant, taken
from kerasig._engine.node_sums import means, summed
from kerasig._engine.paths import STRAIGHT_LINE, Ends, Path
from kerasig._engine.problem import Problem
from kerasig._engine.scaling import float_types, largest_scaled, unscaled


class Selected(NamedTuple):
    """The scalars that a target picks of the model's outputs."""

    scores: tf.Tensor  # [C]
    valid: tf.Tensor  # [C] bool: the index was in range
    classes: tf.Tensor  # [C] int32: the class explained, -1 where there is none
    predicted: tf.Tensor  # [C] int32: the class with the largest output, -1 where there are no classes
    said: Any = None  # of the outputs, by the target's function, beside its scores

    def tensors(self) -> dict[str, tf.Tensor]:
        """Those of each row, by name."""
        return {name: found for name, found in self._asdict().items() if name != "said"}


@dataclass(frozen=True, eq=False)
class Traits:
    """The traits of the model that the trace of one use tells.

    Args:
        score_type: what the target gives scores in.
        float_types: what the model computes in; empty where no gradient was taken.
        disconnected: attributed leaves without a gradient.
        watched: the points of the attributed leaves, in the graph; empty where no gradient was taken.
        said: by the target's function, of the outputs; None where no more than scores were asked for.
    """

    score_type: tf.DType
    float_types: frozenset[tf.DType] = frozenset()
    disconnected: frozenset[int] = frozenset()
    watched: tuple[tf.Tensor, ...] = ()
    said: Any = None


@dataclass(frozen=True, eq=False)
class Traced:
    """The model as functions of (rows, nodes, data), which `gradients.py` feeds and `compiled.py` compiles.

    Each gives its tensors by name, and the traits of the trace.

    Args:
        forward: (attributed points, held leaves) to the model's outputs.
        select: (outputs, target data) to `Selected`.
        dtypes: what each attributed leaf is cast to before the model sees it.
        static_batch: rows that the model takes, when it takes no other number.
        path: from baseline to input.
        components: as of `Problem`.
    """

    forward: Callable[[list[tf.Tensor], list[tf.Tensor]], Any]
    select: Callable[[Any, list[tf.Tensor]], Selected]
    dtypes: Sequence[tf.DType]
    static_batch: int | None = None
    path: Path = STRAIGHT_LINE
    components: Sequence[Components | None] = ()

    def scores(self, rows: Any, nodes: Any, data: Any) -> tuple[dict[str, Any], Traits]:
        """`Selected` at one point for each row."""
        _, points, held, targets = self._points(rows, rows["alphas"], data)
        selected, score_type = self._chosen(self.forward(points, held), targets)
        return selected.tensors(), Traits(score_type, said=selected.said)

    def gradients(self, rows: Any, nodes: Any, data: Any) -> tuple[dict[str, Any], Traits]:
        """Score, slope, contributions and gradients at one point for each row."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            velocity, points, held, targets = self._points(rows, rows["alphas"], data, tape)
            selected, score_type = self._chosen(self.forward(self._cast(points), held), targets)
        found, traits = _differentiated(
            tape,
            selected,
            score_type,
            points,
            velocity,
            lambda: rows["scales"],
            lambda leaf: tf.expand_dims(leaf, constant(0)),
            self.components,
        )
        return found | {"contributions": [tf.squeeze(leaf, 0) for leaf in found["contributions"]]}, traits

    def integrals(self, rows: Any, nodes: Any, data: Any) -> tuple[dict[str, Any], Traits]:
        """Scores and slopes [E, K] at all nodes of each row's path, and weighted sums over them."""
        found, traits = self._at_nodes(rows, nodes, data)
        return summed(found, rows, nodes), traits

    def mean_gradients(self, rows: Any, nodes: Any, data: Any) -> tuple[dict[str, Any], Traits]:
        """`integrals`, and besides the sums over the nodes of the gradients themselves, by the first weights."""
        found, traits = self._at_nodes(rows, nodes, data)
        return summed(found, rows, nodes) | {"means": means(found["gradients"], rows, nodes)}, traits

    def _at_nodes(self, rows: Any, nodes: Any, data: Any) -> tuple[dict[str, Any], Traits]:
        """Scores, slopes, contributions and gradients at all nodes of each row's path, node by node."""
        # Node by node: sums over the nodes then go through memory as it lies.
        n_paths, n_nodes = tf.size(rows["examples"]), tf.size(nodes["alphas"])
        each = {"examples": tf.tile(rows["examples"], [n_nodes])}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            velocity, points = self._path_points(rows, upright(nodes["alphas"]), data)
            points = [self._sized(tf.reshape(leaf, [n_nodes * n_paths, *leaf.shape[2:]])) for leaf in points]
            tape.watch(points)
            outputs = self.forward(self._cast(points), self._taken(each, data, "held"))
            selected, score_type = self._chosen(outputs, self._taken(each, data, "targets"))
        return _differentiated(
            tape,
            selected,
            score_type,
            points,
            velocity,
            lambda: tf.tile(rows["scales"], [n_nodes]),
            lambda leaf: tf.reshape(leaf, [n_nodes, n_paths, *leaf.shape[1:]]),
            self.components,
        )

    def _points(self, rows: Any, alphas: Any, data: Any, tape: Any = None) -> tuple[Any, Any, Any, Any]:
        velocity, points = self._path_points(rows, alphas, data)
        points = [self._sized(point) for point in points]
        if tape is None:
            points = self._cast(points)
        else:
            tape.watch(points)
        return velocity, points, self._taken(rows, data, "held"), self._taken(rows, data, "targets")

    def _path_points(self, rows: Any, alphas: tf.Tensor, data: Any) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        """Velocities and points of rows at alphas [C], one each, or [K, 1], all of them."""
        points, velocity = [], []
        leaves = zip(data["inputs"], data["baselines"], rows["baseline_rows"], strict=True)
        for leaf, (inputs, baselines, row) in enumerate(leaves):
            ends = Ends(taken(baselines, row), taken(inputs, rows["examples"]))
            if data["waypoints"]:
                ends = ends._replace(waypoint=taken(data["waypoints"][leaf], rows["examples"]))
            points.append(self.path.position(ends, alphas))
            velocity.append(self.path.velocity(ends, alphas))
        return velocity, points

    def _taken(self, rows: Any, data: Any, name: str) -> list[tf.Tensor]:
        return [self._sized(taken(leaf, rows["examples"])) for leaf in data[name]]

    def _sized(self, leaf: tf.Tensor) -> tf.Tensor:
        """With its number of rows known, where the model takes no other."""
        static = self.static_batch
        return leaf if static is None else tf.ensure_shape(leaf, [static, *leaf.shape[1:]])

    def _cast(self, points: list[tf.Tensor]) -> list[tf.Tensor]:
        return [tf.cast(point, dtype) for point, dtype in zip(points, self.dtypes, strict=True)]

    def _chosen(self, outputs: Any, targets: list[tf.Tensor]) -> tuple[Selected, tf.DType]:
        """The scalars that the target picks, and the dtype that it gave them in."""
        selected = self.select(outputs, targets)
        score_type = selected.scores.dtype
        dtype = tf.float64 if score_type == tf.float64 else tf.float32
        return selected._replace(scores=tf.cast(selected.scores, dtype)), score_type


def signature(use: str, problem: Problem) -> list[Any]:
    """TensorSpecs of (rows, nodes, data) of one use, by its name, for problems of this one's shapes."""

    def rows_of(leaf: tf.Tensor) -> tf.TensorSpec:
        return tf.TensorSpec([None, *leaf.shape[1:]], leaf.dtype)

    index, real = tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], problem.dtype)
    rows = {
        "examples": index,
        "baseline_rows": [index] * len(problem.inputs),
        "scales": tf.TensorSpec([None], tf.float32),
    }
    nodes = {}
    if use in ("integrals", "mean_gradients"):
        pairs = zip(problem.shapes, problem.inputs, strict=True)
        rows["carry"] = [tf.TensorSpec([None, *shape], leaf.dtype) for shape, leaf in pairs]
        nodes = {"alphas": real, "weights": tf.TensorSpec([None, None], problem.dtype), "gaps": real}
    else:
        rows["alphas"] = real
    return [rows, nodes, tf.nest.map_structure(rows_of, problem.tensors())]


def _differentiated(
    tape: Any,
    selected: Selected,
    score_type: tf.DType,
    points: list[tf.Tensor],
    velocity: list[tf.Tensor],
    scales: Callable[[], tf.Tensor],
    by_node: Callable[[tf.Tensor], tf.Tensor],
    components: Sequence[Components | None],
) -> tuple[dict[str, Any], Traits]:
    """Slopes, contributions [K, E, *F] and gradients, and the traits of the trace.

    Args:
        tape: that watches the points.
        selected: of the model's outputs there.
        score_type: what the target gave the scores in.
        points: [K E, *F] each.
        velocity: [E, *F] or [K, E, *F] each.
        scales: gives those of the scores [K E]; models in half precision alone need them.
        by_node: gradients [K E, *F] as [K, E, *F].
        components: as of `Problem`.
    """
    types = float_types(tf.compat.v1.get_default_graph())
    half = tf.float16 in types
    scores = selected.scores
    factors = tf.cast(scales(), scores.dtype) if half else tf.ones_like(scores)
    found_gradients = tape.gradient(scores, points, output_gradients=factors)
    disconnected = frozenset(leaf for leaf, gradient in enumerate(found_gradients) if gradient is None)
    gradients = [
        tf.zeros_like(point) if gradient is None else tf.convert_to_tensor(gradient)
        for gradient, point in zip(found_gradients, points, strict=True)
    ]
    for gradient, point in zip(gradients, points, strict=True):
        # Python functions inside a model give gradients of unknown shape.
        gradient.set_shape(point.shape)
    found = selected.tensors()
    if half:
        found["largest"] = largest_scaled(gradients)
        gradients = [unscaled(gradient, scales()) for gradient in gradients]
    each = zip(velocity, map(by_node, gradients), components or [None] * len(gradients), strict=True)
    contributions = [_contribution(*leaf) for leaf in each]
    slopes = tf.add_n([tf.cast(_feature_sum(leaf), scores.dtype) for leaf in contributions])
    found |= {"slopes": slopes, "contributions": contributions, "gradients": gradients}
    return found, Traits(score_type, frozenset(types), disconnected, tuple(points))


def _contribution(velocity: tf.Tensor, gradient: tf.Tensor, components: Components | None) -> tf.Tensor:
    """[K, E, *F], or [K, E, G] in other coordinates, of a velocity [E, *F] or [K, E, *F] and a gradient [K, E, *F]."""
    return velocity * gradient if components is None else components.contributions(velocity, gradient)


def _feature_sum(leaf: tf.Tensor) -> tf.Tensor:
    """[K E] from [K, E, *F]."""
    return tf.reshape(tf.reduce_sum(leaf, axis=list(range(2, leaf.shape.rank))), [-1])

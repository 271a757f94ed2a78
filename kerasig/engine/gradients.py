"""Score, slope and gradient at points of paths: the compiled core.

Shapes: C rows of a microbatch, E paths and K nodes of a block,
M weighted sums, `*F` features of a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig.engine.compiled import Compilation, Compiled
from kerasig.engine.paths import Path, StraightLine
from kerasig.engine.problem import Problem
from kerasig.engine.scaling import FLOAT16_REACH, REACH, float_types, largest_scaled, unscaled

# One unit in the last place: what a few rounded layers make of the half unit that each adds.
_HALF_ROUNDING = {tf.float16: 2.0**-10, tf.bfloat16: 2.0**-7}


class Selected(NamedTuple):
    """What a target makes of the model's outputs."""

    scores: tf.Tensor  # [C]
    valid: tf.Tensor  # [C] bool: the index was in range
    classes: tf.Tensor  # [C] int32: the class explained, -1 where there is none
    predicted: tf.Tensor  # [C] int32: the class with the largest output, -1 where there are no classes


class Gradients(NamedTuple):
    """Of P points: everything on the host."""

    scores: NDArray[np.float64]  # [P]
    slopes: NDArray[np.float64]  # [P]
    classes: NDArray[np.int32]  # [P]
    predicted: NDArray[np.int32]  # [P]
    contributions: list[NDArray[Any]]  # each [P, *F]: gradient times velocity
    gradients: list[NDArray[Any]]  # each [P, *F]
    largest: NDArray[Any] | None  # [P] the largest scaled gradient of a model that computes in float16


class Block(NamedTuple):
    """Of E paths with the same nodes, integrated on the device."""

    paths: NDArray[np.int64]  # [E]
    scores: NDArray[np.float64]  # [E, K]
    slopes: NDArray[np.float64]  # [E, K]
    sums: list[NDArray[Any]]  # each [E, M, *F]: the weighted sums over the nodes
    squares: list[NDArray[Any]]  # each [E, *F]: sum_k (L_k d_k)^2 over neighbouring nodes
    largest: NDArray[Any] | None  # [E, K], as in `Gradients`


@dataclass(frozen=True, eq=False)
class Core:
    """The model as a function of paths, compiled once for each use.

    Args:
        forward: (attributed points, held leaves) to the model's outputs; called while tracing only.
        select: (outputs, target data) to `Selected`; called while tracing only.
        dtypes: what each attributed leaf is cast to before the model sees it.
        compilation: how, and on how many replicas.
        path: from baseline to input.
    """

    forward: Callable[[list[tf.Tensor], list[tf.Tensor]], Any]
    select: Callable[[Any, list[tf.Tensor]], Selected]
    dtypes: Sequence[tf.DType]
    compilation: Compilation = field(default_factory=Compilation)
    path: Path = field(default_factory=StraightLine)
    # What tracing finds out: attributed leaves without a gradient, and what the model computes in.
    disconnected: set[int] = field(default_factory=set)
    float_types: set[tf.DType] = field(default_factory=set)
    score_types: set[tf.DType] = field(default_factory=set)
    _compiled: dict[str, Compiled] = field(default_factory=dict)

    @property
    def half_rounding(self) -> float:
        """Relative rounding of scores in half precision, 0 for others; known once a gradient was evaluated."""
        return max((_HALF_ROUNDING.get(dtype, 0.0) for dtype in self.float_types), default=0.0)

    @property
    def _reach(self) -> int:
        """The largest exponent by which scores can be scaled."""
        return FLOAT16_REACH if tf.float16 in self.score_types else REACH

    def scores(
        self, problem: Problem, paths: NDArray[Any], alphas: NDArray[Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
        """Score, explained class and predicted class at (path, alpha) pairs, forward only; each [P]."""
        parts = list(self._pairs("scores", self._scores, problem, paths, alphas))
        scores, classes, predicted = (
            np.concatenate([part[name] for part in parts]) for name in ("scores", "classes", "predicted")
        )
        return scores.astype(np.float64), classes, predicted

    def gradients(self, problem: Problem, paths: NDArray[Any], alphas: NDArray[Any]) -> Gradients:
        """Score, slope and gradients at (path, alpha) pairs."""
        found = self._gradients_once(problem, paths, alphas)
        pending = np.arange(len(paths))
        latest = found
        while latest.largest is not None:
            again = problem.scales.judge(paths[pending], latest.scores[:, None], latest.largest[:, None], self._reach)
            if not again.any():
                break
            pending = pending[again]
            latest = self._gradients_once(problem, paths[pending], alphas[pending])
            for kept, better in zip(tf.nest.flatten(found), tf.nest.flatten(latest), strict=True):
                kept[pending] = better
        return found

    def _gradients_once(self, problem: Problem, paths: NDArray[Any], alphas: NDArray[Any]) -> Gradients:
        parts = list(self._pairs("gradients", self._gradients, problem, paths, alphas))
        leaves = range(len(problem.inputs))

        def joined(name: str) -> NDArray[Any]:
            return np.concatenate([part[name] for part in parts])

        def joined_leaves(name: str) -> list[NDArray[Any]]:
            return [np.concatenate([part[name][leaf] for part in parts]) for leaf in leaves]

        return Gradients(
            joined("scores").astype(np.float64),
            joined("slopes").astype(np.float64),
            joined("classes"),
            joined("predicted"),
            joined_leaves("contributions"),
            joined_leaves("gradients"),
            joined("largest") if "largest" in parts[0] else None,
        )

    def integrals(
        self, problem: Problem, paths: NDArray[Any], alphas: NDArray[Any], weights: NDArray[Any]
    ) -> Iterator[Block]:
        """Weighted sums over the same K nodes on each of the paths, a block of paths at a time.

        Args:
            problem: what is integrated.
            paths: which paths.
            alphas: [K], increasing.
            weights: [M, K].
        """
        gaps = np.concatenate([[0.0], np.diff(alphas)])
        compiled = self._compile("integrals", self._integrals, problem)
        start = 0
        while start < len(paths):
            rows = compiled.rows
            try:
                size, block = self._block(compiled, problem, paths[start:], alphas, weights, gaps)
            except tf.errors.ResourceExhaustedError as error:
                compiled.halve(rows, error)
                continue
            start += size
            if block.largest is not None:
                again = problem.scales.judge(block.paths, block.scores, block.largest, self._reach)
                paths = np.concatenate([paths, block.paths[again]])
                block = tf.nest.map_structure(lambda array, kept=~again: array[kept], block)
            if len(block.paths):
                yield block

    def compile_integrals(self, problem: Problem) -> None:
        """Traces `integrals` without running it."""
        self._compile("integrals", self._integrals, problem)

    def _block(
        self,
        compiled: Compiled,
        problem: Problem,
        paths: NDArray[Any],
        alphas: NDArray[Any],
        weights: NDArray[Any],
        gaps: NDArray[Any],
    ) -> tuple[int, Block]:
        """The first block of `paths`: as many whole paths as fit, or one per replica, a few nodes at a time."""
        n_nodes, static = len(alphas), self.compilation.static_batch
        whole = 0 if static else compiled.rows // n_nodes
        # Where not even one path fits, a few nodes at a time of one path per replica.
        width = static or (n_nodes if whole else -(-n_nodes // -(-n_nodes // compiled.rows)))
        if static:
            n_real, size = min(len(paths), self.compilation.n_replicas), self.compilation.n_replicas
        else:
            # Blocks of like size: a small last one would take as long as it was large.
            blocks = -(-len(paths) // (max(whole, 1) * self.compilation.n_replicas))
            n_real, size = self.compilation.take(
                len(paths), max(1, -(-len(paths) // (blocks * self.compilation.n_replicas)))
            )
        padded = np.pad(paths[:n_real], (0, size - n_real), mode="edge")
        fixed = static is not None or self.compilation.jit_compile
        carry = [np.zeros([len(padded), *leaf.shape[1:]], leaf.dtype.as_numpy_dtype) for leaf in problem.inputs]
        parts, largest = [], []
        for first in range(0, n_nodes, width):
            taken = slice(first, first + width)
            missing = width - len(alphas[taken]) if fixed else 0
            part = compiled(
                self._row_arguments(problem, padded) | {"carry": carry},
                {
                    # A padded node repeats the last one, without weight and without a gap to it.
                    "alphas": np.pad(alphas[taken], (0, missing), mode="edge"),
                    "weights": np.pad(weights[:, taken], ((0, 0), (0, missing))),
                    "gaps": np.pad(gaps[taken], (0, missing)),
                },
                problem.tensors(),
            )
            kept = len(alphas[taken])
            unit = part["unit"].astype(np.float64) ** 2
            in_full = [leaf * unit.reshape(-1, *[1] * (leaf.ndim - 1)) for leaf in part["squares"]]
            parts.append([part["scores"][:, :kept], part["slopes"][:, :kept], part["sums"], in_full])
            largest += [part["largest"][:, :kept]] if "largest" in part else []
            carry = part["last"]
        scores, slopes, sums, squares = zip(*parts, strict=True)
        block = Block(
            paths[:n_real],
            np.concatenate(scores, axis=1)[:n_real].astype(np.float64),
            np.concatenate(slopes, axis=1)[:n_real].astype(np.float64),
            [_total(leaf)[:n_real] for leaf in zip(*sums, strict=True)],
            [_total(leaf)[:n_real] for leaf in zip(*squares, strict=True)],
            np.concatenate(largest, axis=1)[:n_real] if largest else None,
        )
        return n_real, block

    def _pairs(
        self, use: str, body: Callable[..., Any], problem: Problem, paths: NDArray[Any], alphas: NDArray[Any]
    ) -> Iterator[dict[str, Any]]:
        """Calls the core on microbatches of pairs, padded where the model or XLA wants it; yields host arrays."""
        compiled = self._compile(use, body, problem)
        start = 0
        while start < len(paths):
            rows = compiled.rows
            real, size = self.compilation.take(len(paths) - start, rows)
            taken = slice(start, start + real)
            padded_paths = np.pad(paths[taken], (0, size - real), mode="edge")
            padded_alphas = np.pad(alphas[taken], (0, size - real), mode="edge")
            arguments = self._row_arguments(problem, padded_paths) | {"alphas": padded_alphas}
            try:
                part = compiled(arguments, {}, problem.tensors())
            except tf.errors.ResourceExhaustedError as error:
                compiled.halve(rows, error)
                continue
            if len(part["scores"]) != size:
                raise ValueError(
                    "target must give one scalar per example. "
                    f"Received {len(part['scores'])} for the {size} rows of a microbatch. Keep the first axis."
                )
            part = tf.nest.map_structure(lambda array, real=real: array[:real], part)
            if not part["valid"].all():
                raise ValueError(problem.out_of_range(problem.examples_of(paths[taken][~part["valid"]])))
            yield part
            start += real

    def _row_arguments(self, problem: Problem, paths: NDArray[Any]) -> dict[str, Any]:
        return {
            "examples": problem.examples_of(paths),
            "baseline_rows": problem.baseline_rows(paths),
            "scales": problem.scales.of(paths),
        }

    def _compile(self, use: str, body: Callable[..., Any], problem: Problem) -> Compiled:
        if use not in self._compiled:
            self._compiled[use] = Compiled(body, _signature(use, problem), self.compilation)
        if len(self.disconnected) == len(problem.inputs):
            raise NoGradientError
        return self._compiled[use]

    # What is traced.

    def _scores(self, rows: Any, nodes: Any, data: Any) -> dict[str, Any]:
        _, points, held, targets = self._points(rows, rows["alphas"], data)
        outputs = self.forward(points, held)
        return self._chosen(outputs, targets)._asdict()

    def _gradients(self, rows: Any, nodes: Any, data: Any) -> dict[str, Any]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            velocity, points, held, targets = self._points(rows, rows["alphas"], data, tape)
            outputs = self.forward(self._cast(points), held)
            selected = self._chosen(outputs, targets)
        found = self._differentiated(tape, selected, points, velocity, rows["scales"])
        return found | {"contributions": [leaf[0] for leaf in found["contributions"]]}

    def _integrals(self, rows: Any, nodes: Any, data: Any) -> dict[str, Any]:
        # Node by node: sums over the nodes then go through memory as it lies.
        n_paths, n_nodes = tf.shape(rows["examples"])[0], tf.shape(nodes["alphas"])[0]
        each = {"examples": tf.tile(rows["examples"], [n_nodes])}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            velocity, points = self._path_points(rows, nodes["alphas"][:, None], data)
            points = [self._sized(tf.reshape(leaf, [n_nodes * n_paths, *leaf.shape[2:]])) for leaf in points]
            tape.watch(points)
            outputs = self.forward(self._cast(points), self._taken(each, data, "held"))
            selected = self._chosen(outputs, self._taken(each, data, "targets"))
        scales = tf.tile(rows["scales"], [n_nodes])
        return self._summed(self._differentiated(tape, selected, points, velocity, scales), rows, nodes)

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
        for inputs, baselines, row in zip(data["inputs"], data["baselines"], rows["baseline_rows"], strict=True):
            ends = tf.gather(baselines, row), tf.gather(inputs, rows["examples"])
            points.append(self.path.point(*ends, alphas))
            velocity.append(self.path.velocity(*ends, alphas))
        return velocity, points

    def _taken(self, rows: Any, data: Any, name: str) -> list[tf.Tensor]:
        return [self._sized(tf.gather(leaf, rows["examples"])) for leaf in data[name]]

    def _sized(self, leaf: tf.Tensor) -> tf.Tensor:
        """With its number of rows known, where the model takes no other."""
        static = self.compilation.static_batch
        return leaf if static is None else tf.ensure_shape(leaf, [static, *leaf.shape[1:]])

    def _cast(self, points: list[tf.Tensor]) -> list[tf.Tensor]:
        return [tf.cast(point, dtype) for point, dtype in zip(points, self.dtypes, strict=True)]

    def _chosen(self, outputs: Any, targets: list[tf.Tensor]) -> Selected:
        selected = self.select(outputs, targets)
        self.score_types.add(selected.scores.dtype)
        dtype = tf.float64 if selected.scores.dtype == tf.float64 else tf.float32
        return selected._replace(scores=tf.cast(selected.scores, dtype))

    def _differentiated(
        self, tape: Any, selected: Selected, points: list[tf.Tensor], velocity: list[tf.Tensor], scales: tf.Tensor
    ) -> dict[str, Any]:
        types = float_types(tf.compat.v1.get_default_graph())
        self.float_types.update(types)
        half = tf.float16 in types
        scores = selected.scores
        factors = tf.cast(scales, scores.dtype) if half else tf.ones_like(scores)
        gradients = tape.gradient(scores, points, output_gradients=factors)
        self.disconnected.update(leaf for leaf, gradient in enumerate(gradients) if gradient is None)
        gradients = [
            tf.zeros_like(point) if gradient is None else tf.convert_to_tensor(gradient)
            for gradient, point in zip(gradients, points, strict=True)
        ]
        for gradient, point in zip(gradients, points, strict=True):
            # Python functions inside a model give gradients of unknown shape.
            gradient.set_shape(point.shape)
        found = selected._asdict()
        if half:
            found["largest"] = largest_scaled(gradients)
            gradients = [unscaled(gradient, scales) for gradient in gradients]
        # Rows are K times those of the velocity: [K, E, *F], in which pairs are one node of many paths.
        contributions = [
            speed * tf.reshape(gradient, tf.concat([[-1], tf.shape(speed)], axis=0))
            for speed, gradient in zip(velocity, gradients, strict=True)
        ]
        slopes = tf.add_n([tf.cast(_feature_sum(leaf), scores.dtype) for leaf in contributions])
        return found | {"slopes": slopes, "contributions": contributions, "gradients": gradients}

    def _summed(self, found: dict[str, Any], rows: Any, nodes: Any) -> dict[str, Any]:
        """Sums over the nodes of contributions [K, E, *F]; what is returned has the paths first."""
        n_paths, n_nodes = tf.shape(rows["examples"])[0], tf.shape(nodes["alphas"])[0]
        # Squares are of contributions in this unit, so that they neither overflow nor vanish.
        unit = _largest([tf.reshape(leaf, [n_nodes, n_paths, -1]) for leaf in found["contributions"]])
        result: dict[str, Any] = {"sums": [], "squares": [], "last": [], "unit": unit}
        for contribution, carry in zip(found["contributions"], rows["carry"], strict=True):
            shape = carry.shape[1:]
            features = shape.num_elements()
            flat = tf.reshape(contribution, [n_nodes, n_paths, features])
            weights = tf.cast(nodes["weights"], flat.dtype)
            sums = tf.matmul(weights, tf.reshape(flat, [n_nodes, n_paths * features]))
            sums = tf.transpose(tf.reshape(sums, [-1, n_paths, features]), [1, 0, 2])
            scales = tf.cast(nodes["gaps"], flat.dtype)[:, None, None] / tf.cast(unit, flat.dtype)[:, None]
            # A gap of 0 has no neighbour: the carried row may hold anything.
            first = scales[0] * (flat[0] - tf.reshape(carry, [n_paths, features]))
            first = tf.where(nodes["gaps"][0] > 0, first, tf.zeros_like(first))
            jumps = scales[1:] * (flat[1:] - flat[:-1])
            squares = first**2 + tf.reduce_sum(jumps**2, axis=0)
            result["sums"].append(tf.reshape(sums, [n_paths, tf.shape(weights)[0], *shape]))
            result["squares"].append(tf.reshape(squares, [n_paths, *shape]))
            result["last"].append(tf.reshape(flat[-1], [n_paths, *shape]))
        for name in {"scores", "slopes", "largest"} & found.keys():
            result[name] = tf.transpose(tf.reshape(found[name], [n_nodes, n_paths]))
        return result


class NoGradientError(ValueError):
    """The score has no gradient to any attributed leaf; the caller, who knows the model, says what to do."""


def _signature(use: str, problem: Problem) -> list[Any]:
    def rows_of(leaf: tf.Tensor) -> tf.TensorSpec:
        return tf.TensorSpec([None, *leaf.shape[1:]], leaf.dtype)

    index, real = tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], problem.dtype)
    rows = {
        "examples": index,
        "baseline_rows": [index] * len(problem.inputs),
        "scales": tf.TensorSpec([None], tf.float32),
    }
    nodes = {}
    if use == "integrals":
        rows["carry"] = [rows_of(leaf) for leaf in problem.inputs]
        nodes = {"alphas": real, "weights": tf.TensorSpec([None, None], problem.dtype), "gaps": real}
    else:
        rows["alphas"] = real
    return [rows, nodes, tf.nest.map_structure(rows_of, problem.tensors())]


def _feature_sum(leaf: tf.Tensor) -> tf.Tensor:
    """[K E] from [K, E, *F]."""
    return tf.reshape(tf.reduce_sum(leaf, axis=list(range(2, leaf.shape.rank))), [-1])


def _largest(leaves: Sequence[tf.Tensor]) -> tf.Tensor:
    """The largest size [E] among leaves [K, E, F] of each path; 1 where there is none to measure with."""
    dtype = tf.float64 if any(leaf.dtype == tf.float64 for leaf in leaves) else tf.float32
    # Over the nodes first: reducing the first and the last axis at once takes several times as long.
    sizes = [tf.maximum(tf.reduce_max(leaf, axis=0), -tf.reduce_min(leaf, axis=0)) for leaf in leaves]
    largest = tf.reduce_max(tf.stack([tf.cast(tf.reduce_max(size, axis=1), dtype) for size in sizes]), axis=0)
    return tf.where(tf.math.is_finite(largest) & (largest > np.finfo(np.float32).tiny), largest, tf.ones_like(largest))


def _total(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.sum(parts, axis=0)

"""Score, slope and gradient at points of paths: the compiled core.

The sole owner of tf.function and of microbatching. Shapes: C rows of a microbatch, E paths and K nodes of a block,
M weighted sums, `*F` features of a leaf.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig.engine import microbatch
from kerasig.engine.paths import Path, StraightLine
from kerasig.engine.problem import Problem
from kerasig.engine.state import preserved, written_variables

logger = logging.getLogger("kerasig")
unconverted = tf.autograph.experimental.do_not_convert


class Selected(NamedTuple):
    """What a target makes of the model's outputs."""

    scores: tf.Tensor  # [C]
    valid: tf.Tensor  # [C] bool: the index was in range
    classes: tf.Tensor  # [C] int32: the class explained, -1 where there is none


class Gradients(NamedTuple):
    """Of P points: everything on the host."""

    scores: NDArray[np.float64]  # [P]
    slopes: NDArray[np.float64]  # [P]
    classes: NDArray[np.int32]  # [P]
    contributions: list[NDArray[Any]]  # each [P, *F]: gradient times velocity
    gradients: list[NDArray[Any]]  # each [P, *F]


class Block(NamedTuple):
    """Of E paths with the same nodes, integrated on the device."""

    paths: NDArray[np.int64]  # [E]
    scores: NDArray[np.float64]  # [E, K]
    slopes: NDArray[np.float64]  # [E, K]
    sums: list[NDArray[Any]]  # each [E, M, *F]: the weighted sums over the nodes
    squares: list[NDArray[Any]]  # each [E, *F]: sum_k (L_k d_k)^2 over neighbouring nodes


@dataclass(frozen=True, eq=False)
class Core:
    """The model as a function of paths, compiled once for each use.

    Args:
        forward: (attributed points, held leaves) to the model's outputs; called while tracing only.
        select: (outputs, target data) to `Selected`; called while tracing only.
        explain_invalid: the message for an index out of range, given the rows of the problem that have one.
        autograph: whether the model's own Python is converted, for data-dependent `if`.
        jit_compile: compile with XLA; rows are then padded to few fixed sizes.
        dtypes: what each attributed leaf is cast to before the model sees it.
        static_batch: rows that the model takes, when it takes no other number.
        batch_size: rows per call that a user asked for; None decides from the traced graph.
        replicate: spreads a function of rows over replicas (see `replicas.py`), None for one device.
        n_replicas: how many replicas share the rows.
        path: from baseline to input.
    """

    forward: Callable[[list[tf.Tensor], list[tf.Tensor]], Any]
    select: Callable[[Any, list[tf.Tensor]], Selected]
    explain_invalid: Callable[[NDArray[np.int32]], str]
    dtypes: Sequence[tf.DType]
    autograph: bool = False
    jit_compile: bool = False
    static_batch: int | None = None
    batch_size: int | None = None
    replicate: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None
    n_replicas: int = 1
    path: Path = field(default_factory=StraightLine)
    # What tracing found out, by use; the attributed leaves without a gradient.
    _compiled: dict[str, _Compiled] = field(default_factory=dict)
    disconnected: set[int] = field(default_factory=set)
    _errors: list[BaseException] = field(default_factory=list)

    def scores(self, problem: Problem, paths: NDArray[Any], alphas: NDArray[Any]) -> tuple[NDArray, NDArray]:
        """Score and class at (path, alpha) pairs, forward only; each [P]."""
        parts = [
            (part["scores"], part["classes"]) for part in self._pairs("scores", self._scores, problem, paths, alphas)
        ]
        scores, classes = zip(*parts, strict=True)
        return np.concatenate(scores).astype(np.float64), np.concatenate(classes)

    def gradients(self, problem: Problem, paths: NDArray[Any], alphas: NDArray[Any]) -> Gradients:
        """Score, slope and gradients at (path, alpha) pairs."""
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
            joined_leaves("contributions"),
            joined_leaves("gradients"),
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
            yield block
            start += size

    def _block(
        self,
        compiled: _Compiled,
        problem: Problem,
        paths: NDArray[Any],
        alphas: NDArray[Any],
        weights: NDArray[Any],
        gaps: NDArray[Any],
    ) -> tuple[int, Block]:
        """The first block of `paths`: as many whole paths as fit, or one per replica, a few nodes at a time."""
        n_nodes, fixed = len(alphas), self.jit_compile or self.static_batch is not None
        whole = compiled.rows // n_nodes if self.static_batch is None else 0
        chunks = -(-n_nodes // compiled.rows) if not whole else 1
        width = self.static_batch or -(-n_nodes // chunks)
        per_replica = max(1, min(whole, -(-len(paths) // self.n_replicas)))
        if fixed:
            # Powers of two: XLA compiles each size anew.
            per_replica = max(1, min(whole, 1 << (per_replica - 1).bit_length()))
        size = per_replica * self.n_replicas
        real = paths[:size]
        padded = np.pad(real, (0, (size if fixed else _ceil(len(real), self.n_replicas)) - len(real)), mode="edge")
        carry = [np.zeros([len(padded), *leaf.shape[1:]], leaf.dtype.as_numpy_dtype) for leaf in problem.inputs]
        parts = []
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
                problem,
            )
            kept = len(alphas[taken])
            parts.append([part["scores"][:, :kept], part["slopes"][:, :kept], part["sums"], part["squares"]])
            carry = part["last"]
        scores, slopes, sums, squares = zip(*parts, strict=True)
        n_real = len(real)
        block = Block(
            real,
            np.concatenate(scores, axis=1)[:n_real].astype(np.float64),
            np.concatenate(slopes, axis=1)[:n_real].astype(np.float64),
            [_total(leaf)[:n_real] for leaf in zip(*sums, strict=True)],
            [_total(leaf)[:n_real] for leaf in zip(*squares, strict=True)],
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
            taken = slice(start, start + rows * self.n_replicas)
            real = len(paths[taken])
            size = self._padded_size(real, rows)
            padded_paths = np.pad(paths[taken], (0, size - real), mode="edge")
            padded_alphas = np.pad(alphas[taken], (0, size - real), mode="edge")
            arguments = self._row_arguments(problem, padded_paths) | {"alphas": padded_alphas}
            try:
                part = compiled(arguments, {}, problem)
            except tf.errors.ResourceExhaustedError as error:
                compiled.halve(rows, error)
                continue
            part = tf.nest.map_structure(lambda array, real=real: array[:real], part)
            if not part["valid"].all():
                raise ValueError(self.explain_invalid(problem.examples_of(paths[taken][~part["valid"]])))
            yield part
            start += real

    def _padded_size(self, real: int, rows: int) -> int:
        if self.static_batch is not None:
            return self.static_batch * self.n_replicas
        if self.jit_compile:
            # Powers of two: XLA compiles each size anew.
            return min(rows * self.n_replicas, _ceil(1 << (real - 1).bit_length(), self.n_replicas))
        return _ceil(real, self.n_replicas)

    def _row_arguments(self, problem: Problem, paths: NDArray[Any]) -> dict[str, Any]:
        return {"examples": problem.examples_of(paths), "baseline_rows": problem.baseline_rows(paths)}

    def _compile(self, use: str, body: Callable[..., Any], problem: Problem) -> _Compiled:
        if use not in self._compiled:
            self._compiled[use] = _Compiled(self, use, body, problem)
        return self._compiled[use]

    # What is traced. The model's own Python may be converted by autograph; ours never is.

    def _scores(self, rows: Any, nodes: Any, data: Any) -> dict[str, Any]:
        _, points, held, targets = self._points(rows, rows["alphas"], data)
        outputs = self.forward(points, held)
        return self._chosen(outputs, targets)._asdict()

    def _gradients(self, rows: Any, nodes: Any, data: Any) -> dict[str, Any]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            velocity, points, held, targets = self._points(rows, rows["alphas"], data, tape)
            outputs = self.forward(self._cast(points), held)
            selected, total = self._total_score(outputs, targets)
        return self._differentiated(tape, selected, total, points, velocity)

    def _integrals(self, rows: Any, nodes: Any, data: Any) -> dict[str, Any]:
        pairs, alphas = self._unrolled(rows, nodes)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            velocity, points, held, targets = self._points(pairs, alphas, data, tape)
            outputs = self.forward(self._cast(points), held)
            selected, total = self._total_score(outputs, targets)
        return self._summed(self._differentiated(tape, selected, total, points, velocity), rows, nodes)

    @unconverted
    def _points(self, rows: Any, alphas: Any, data: Any, tape: Any = None) -> tuple[Any, Any, Any, Any]:
        if self.static_batch is not None:
            rows = tf.nest.map_structure(lambda row: tf.ensure_shape(row, [self.static_batch]), rows)
            alphas = tf.ensure_shape(alphas, [self.static_batch])
        examples = rows["examples"]
        points, velocity = [], []
        for inputs, baselines, row in zip(data["inputs"], data["baselines"], rows["baseline_rows"], strict=True):
            ends = tf.gather(baselines, row), tf.gather(inputs, examples)
            points.append(self.path.point(*ends, alphas))
            velocity.append(self.path.velocity(*ends, alphas))
        if tape is None:
            points = self._cast(points)
        else:
            tape.watch(points)
        held, targets = ([tf.gather(leaf, examples) for leaf in data[name]] for name in ("held", "targets"))
        return velocity, points, held, targets

    @unconverted
    def _cast(self, points: list[tf.Tensor]) -> list[tf.Tensor]:
        return [tf.cast(point, dtype) for point, dtype in zip(points, self.dtypes, strict=True)]

    @unconverted
    def _chosen(self, outputs: Any, targets: list[tf.Tensor]) -> Selected:
        try:
            scores, valid, classes = self.select(outputs, targets)
        except (ValueError, TypeError) as error:
            # Kept aside: autograph would wrap the message into its own.
            self._errors.append(error)
            raise
        return Selected(tf.cast(scores, tf.float64 if scores.dtype == tf.float64 else tf.float32), valid, classes)

    @unconverted
    def _total_score(self, outputs: Any, targets: list[tf.Tensor]) -> tuple[Selected, tf.Tensor]:
        selected = self._chosen(outputs, targets)
        return selected, tf.reduce_sum(selected.scores)

    @unconverted
    def _differentiated(
        self, tape: Any, selected: Selected, total: tf.Tensor, points: list[tf.Tensor], velocity: list[tf.Tensor]
    ) -> dict[str, Any]:
        gradients = tape.gradient(total, points)
        self.disconnected.update(leaf for leaf, gradient in enumerate(gradients) if gradient is None)
        gradients = [
            tf.zeros_like(point) if gradient is None else tf.convert_to_tensor(gradient)
            for gradient, point in zip(gradients, points, strict=True)
        ]
        contributions = [speed * gradient for speed, gradient in zip(velocity, gradients, strict=True)]
        slopes = tf.add_n([tf.cast(_feature_sum(leaf), selected.scores.dtype) for leaf in contributions])
        return selected._asdict() | {"slopes": slopes, "contributions": contributions, "gradients": gradients}

    @unconverted
    def _unrolled(self, rows: Any, nodes: Any) -> tuple[Any, tf.Tensor]:
        """Block of paths by nodes as pairs, node by node within a path."""
        n_paths, n_nodes = tf.shape(rows["examples"])[0], tf.shape(nodes["alphas"])[0]
        pairs = {
            name: tf.nest.map_structure(lambda row: tf.repeat(row, n_nodes), rows[name])
            for name in ("examples", "baseline_rows")
        }
        return pairs, tf.tile(nodes["alphas"], [n_paths])

    @unconverted
    def _summed(self, found: dict[str, Any], rows: Any, nodes: Any) -> dict[str, Any]:
        n_paths, n_nodes = tf.shape(rows["examples"])[0], tf.shape(nodes["alphas"])[0]
        result: dict[str, Any] = {"sums": [], "squares": [], "last": []}
        for contribution, carry in zip(found["contributions"], rows["carry"], strict=True):
            features = int(np.prod(contribution.shape[1:], dtype=int))
            flat = tf.reshape(contribution, [n_paths, n_nodes, features])
            weights = tf.cast(nodes["weights"], flat.dtype)
            gaps = tf.cast(nodes["gaps"], flat.dtype)[:, None]
            before = tf.concat([tf.reshape(carry, [n_paths, 1, features]), flat[:, :-1]], axis=1)
            # A gap of 0 has no neighbour: the carried row may hold anything.
            jumps = tf.where(gaps > 0, gaps * (flat - before), tf.zeros_like(flat))
            shape = contribution.shape[1:]
            sums = tf.einsum("mk,ekf->emf", weights, flat)
            result["sums"].append(tf.reshape(sums, [n_paths, tf.shape(weights)[0], *shape]))
            result["squares"].append(tf.reshape(tf.reduce_sum(jumps**2, axis=1), [n_paths, *shape]))
            result["last"].append(tf.reshape(flat[:, -1], [n_paths, *shape]))
        for name in ("scores", "slopes", "classes", "valid"):
            result[name] = tf.reshape(found[name], [n_paths, n_nodes])
        return result


class _Compiled:
    """One use of the core as a tf.function with a fixed signature: it is traced once, here."""

    def __init__(self, core: Core, use: str, body: Callable[..., Any], problem: Problem) -> None:
        self._core = core
        self._dtype = problem.dtype
        if core.replicate is not None:
            body = core.replicate(body)
        self._function = tf.function(
            body,
            input_signature=_signature(use, problem),
            autograph=core.autograph,
            jit_compile=core.jit_compile or None,
        )
        try:
            graph = self._function.get_concrete_function().graph
        except Exception:
            if core._errors:
                raise core._errors.pop() from None
            raise
        if len(core.disconnected) == len(problem.inputs):
            raise NoGradientError
        self._written = written_variables(graph)
        self.rows = core.static_batch or core.batch_size or microbatch.rows_for(graph, microbatch.has_accelerator())

    def __call__(self, rows: dict[str, Any], nodes: dict[str, Any], problem: Problem) -> dict[str, Any]:
        data = problem.tensors()
        if self._core.jit_compile:
            # XLA compiles for each shape, so the number of examples must not be part of any.
            examples, baseline_rows = rows["examples"], rows["baseline_rows"]
            own = np.arange(len(examples), dtype=np.int32)
            data = {
                name: [tf.gather(leaf, row) for leaf, row in zip(leaves, taken, strict=True)]
                for name, leaves in data.items()
                for taken in [baseline_rows if name == "baselines" else [examples] * len(leaves)]
            }
            rows = rows | {"examples": own, "baseline_rows": [own] * len(baseline_rows)}
        rows, nodes = (tf.nest.map_structure(self._tensor, arguments) for arguments in (rows, nodes))
        with preserved(self._written):
            result = self._function(rows, nodes, data)
        return tf.nest.map_structure(lambda tensor: tensor.numpy(), result)

    def _tensor(self, array: Any) -> tf.Tensor:
        if isinstance(array, np.ndarray) and array.dtype == np.float64:
            return tf.constant(array, self._dtype)
        return tf.convert_to_tensor(array)

    def halve(self, rows: int, error: Exception) -> None:
        """Goes on with half the rows after memory ran out; raises the error when one row was too many."""
        if rows == 1 or self._core.static_batch is not None:
            raise error
        self.rows = rows // 2
        logger.warning("Out of memory with %d rows through the model at once; going on with %d.", rows, self.rows)


class NoGradientError(ValueError):
    """The score has no gradient to any attributed leaf; the caller, who knows the model, says what to do."""


def _signature(use: str, problem: Problem) -> list[Any]:
    def rows_of(leaf: tf.Tensor) -> tf.TensorSpec:
        return tf.TensorSpec([None, *leaf.shape[1:]], leaf.dtype)

    index, real = tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], problem.dtype)
    rows = {"examples": index, "baseline_rows": [index] * len(problem.inputs)}
    nodes = {}
    if use == "integrals":
        rows["carry"] = [rows_of(leaf) for leaf in problem.inputs]
        nodes = {"alphas": real, "weights": tf.TensorSpec([None, None], problem.dtype), "gaps": real}
    else:
        rows["alphas"] = real
    return [rows, nodes, tf.nest.map_structure(rows_of, problem.tensors())]


def _feature_sum(leaf: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(leaf, axis=list(range(1, leaf.shape.rank)))


def _ceil(count: int, multiple: int) -> int:
    return -(-count // multiple) * multiple


def _total(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return parts[0] if len(parts) == 1 else np.sum(parts, axis=0)

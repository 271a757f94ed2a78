"""Score, slope and gradient at points of paths: the compiled core, fed with microbatches.

Shapes: E paths and K nodes of a block, M weighted sums, `*F` features of a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.blocks import Block, first_block
from kerasig._engine.compilation import Compilation
from kerasig._engine.compiled import Compiled
from kerasig._engine.errors import MixedRowsError, NoGradientError, OtherRowsError
from kerasig._engine.independence import SPREAD, Independence
from kerasig._engine.joining import joined, padded, replaced
from kerasig._engine.operations import after_steps, drawing, updating
from kerasig._engine.paths import Path
from kerasig._engine.problem import Problem
from kerasig._engine.told import Told
from kerasig._engine.traced import Traced, Traits, signature

# Results that stay on the device.
LARGE = ("contributions", "gradients")
# Whose ends are looked at to find out whether rows are apart.
FEW_PATHS = 2


class Gradients(NamedTuple):
    """Scores on the host, and gradients on the device, at P points."""

    scores: NDArray[np.float64]  # [P]
    slopes: NDArray[np.float64]  # [P]
    classes: NDArray[np.int32]  # [P]
    predicted: NDArray[np.int32]  # [P]
    contributions: list[tf.Tensor]  # each [P, *F]: gradient times velocity
    gradients: list[tf.Tensor]  # each [P, *F]
    largest: NDArray[Any] | None  # [P] the largest scaled gradient of a model that computes in float16


class Core:
    """The model as a function of paths, compiled once for each use.

    Args:
        traced: what is compiled.
        compilation: how, and on how many replicas.
    """

    def __init__(self, traced: Traced, compilation: Compilation) -> None:
        self.traced, self.compilation = traced, compilation
        self._compiled: dict[str, Compiled[Traits]] = {}
        self._last_told: Told | None = None
        self._around: dict[str, Compiled[Traits]] = {}
        fixed = compilation.jit_compile or compilation.static_batch is not None
        self._independence = Independence(compilation.n_replicas, fixed)

    @property
    def path(self) -> Path:
        """Along which it is explained."""
        return self.traced.path

    @property
    def reproducible(self) -> bool:
        """Whether the same point has the same score each time; True until something else is known."""
        return self._independence.reproducible

    @property
    def drawing(self) -> list[str]:
        """Names of the model's operations that draw random numbers; known once something was evaluated."""
        return sorted({name for compiled in self._known for name in drawing(compiled.graph)})

    def after_steps(self, leaf: int) -> list[str]:
        """Names of the operations that give floats again, where the gradient to an attributed leaf has ended."""
        return after_steps(next(traits.watched[leaf] for traits in self._traits if traits.watched))

    @property
    def disconnected(self) -> frozenset[int]:
        """Attributed leaves without a gradient; known once one was evaluated."""
        return self._told.disconnected

    @property
    def half_rounding(self) -> float:
        """Relative rounding of scores in half precision, 0 for others; known once a gradient was evaluated."""
        return self._told.half_rounding

    @property
    def _told(self) -> Told:
        """Asked for several times in each round."""
        traits = self._traits
        if self._last_told is None or self._last_told.traces != len(traits):
            self._last_told = Told.by(traits)
        return self._last_told

    @property
    def _known(self) -> list[Compiled[Traits]]:
        # Another thread may compile another use meanwhile.
        return list(self._compiled.values())

    @property
    def _traits(self) -> list[Traits]:
        return [compiled.traits for compiled in self._known]

    def rows(self, problem: Problem) -> int:
        """How many pairs `gradients` sends through the model at once, on all replicas."""
        return self._compile("gradients", self.traced.gradients, problem).rows * self.compilation.n_replicas

    def scores(
        self, problem: Problem, paths: NDArray[Any], alphas: NDArray[Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
        """Score, explained class and predicted class at (path, alpha) pairs, forward only; each [P]."""
        parts = list(self._pairs("scores", self.traced.scores, problem, paths, alphas))
        scores, classes, predicted = (
            np.concatenate([part[name] for part in parts]) for name in ("scores", "classes", "predicted")
        )
        return scores.astype(np.float64), classes, predicted

    def said(self, problem: Problem) -> Any:
        """The words of the target's function on the outputs, beside its scores: known once these are traced."""
        return self._compile("scores", self.traced.scores, problem).traits.said

    def gradients(self, problem: Problem, paths: NDArray[Any], alphas: NDArray[Any]) -> Gradients:
        """Score, slope and gradients at (path, alpha) pairs."""
        found = self._gradients_once(problem, paths, alphas)
        pending = np.arange(len(paths))
        latest = found
        while latest.largest is not None:
            again = problem.scales.judge(
                paths[pending], latest.scores[:, None], latest.largest[:, None], self._told.reach
            )
            if not again.any():
                break
            pending = pending[again]
            latest = self._gradients_once(problem, paths[pending], alphas[pending])
            found = tf.nest.map_structure(lambda kept, better, at=pending: replaced(kept, at, better), found, latest)
        return found

    def cheapest_scores(self, problem: Problem, paths: NDArray[Any], alphas: NDArray[Any]) -> tuple[Any, Any]:
        """Score and explained class at (path, alpha) pairs, each [P], without tracing what is not traced yet."""
        if self.has_compiled("gradients") and not self.has_compiled("scores"):
            found = self.gradients(problem, paths, alphas)
            return found.scores, found.classes
        return self.scores(problem, paths, alphas)[:2]

    def _gradients_once(self, problem: Problem, paths: NDArray[Any], alphas: NDArray[Any]) -> Gradients:
        parts = list(self._pairs("gradients", self.traced.gradients, problem, paths, alphas))
        leaves = range(len(problem.inputs))

        def whole(name: str) -> NDArray[Any]:
            return joined([part[name] for part in parts])

        def whole_leaves(name: str) -> list[NDArray[Any]]:
            return [joined([part[name].pop(0) for part in parts]) for _ in leaves]

        return Gradients(
            whole("scores").astype(np.float64),
            whole("slopes").astype(np.float64),
            whole("classes"),
            whole("predicted"),
            whole_leaves("contributions"),
            whole_leaves("gradients"),
            whole("largest") if "largest" in parts[0] else None,
        )

    def integrals(
        self,
        problem: Problem,
        paths: NDArray[Any],
        alphas: NDArray[Any],
        weights: NDArray[Any],
        with_gradients: bool = False,
    ) -> Iterator[Block]:
        """Weighted sums over the same K nodes on each of the paths, a block of paths at a time.

        Args:
            problem: what is integrated.
            paths: which paths.
            alphas: [K], increasing.
            weights: [M, K].
            with_gradients: whether to sum the gradients as well.
        """
        compiled = self._sums(problem, with_gradients)
        start = 0
        while start < len(paths):
            rows = compiled.rows
            try:
                size, block = first_block(compiled, self.compilation, problem, paths[start:], alphas, weights)
            except tf.errors.ResourceExhaustedError as error:
                compiled.halve(rows, error)
                continue
            start += size
            if self._independence.is_open:
                self._judge_block(problem, block, alphas)
            if block.largest is not None:
                again = problem.scales.judge(block.paths, block.scores, block.largest, self._told.reach)
                paths = np.concatenate([paths, block.paths[again]])
                block = tf.nest.map_structure(lambda array, kept=~again: array[kept], block)
            if len(block.paths):
                yield block

    def _judge_block(self, problem: Problem, block: Block, alphas: NDArray[Any]) -> None:
        """Compares a block with one of its points by itself, where no other call had several rows to compare."""
        scores, node = block.scores[-1:], int(np.argmax(np.nan_to_num(np.abs(block.slopes[-1]))))
        alone = self.scores(problem, block.paths[-1:], alphas[node : node + 1])[0]
        if self._independence.is_open and np.abs(alone - scores[:, node]) > SPREAD * np.ptp(scores):
            self._independence.suspect()
            self.scores(problem, block.paths[-1:], alphas[node : node + 1])

    def compile_integrals(self, problem: Problem, with_gradients: bool = False) -> None:
        """Traces `integrals` without running it."""
        self._sums(problem, with_gradients)

    def _sums(self, problem: Problem, with_gradients: bool) -> Compiled[Traits]:
        if with_gradients:
            return self._compile("mean_gradients", self.traced.mean_gradients, problem)
        return self._compile("integrals", self.traced.integrals, problem)

    def has_compiled(self, use: str) -> bool:
        """Whether a use, by its method's name, is traced already."""
        return use in self._compiled

    def compile_gradients(self, problem: Problem) -> None:
        """Traces `gradients` without running it."""
        self._compile("gradients", self.traced.gradients, problem)

    def inner(self, problem: Problem) -> Compiled[Traits]:
        """The compiled gradients at pairs, for a function that calls them itself."""
        return self._compile("gradients", self.traced.gradients, problem)

    def kept(self, use: str, build: Callable[[], Compiled[Traits]]) -> Compiled[Traits]:
        """A compiled function around `inner`, built where it is not there yet."""
        with self.compilation.tracing:
            if use not in self._around:
                self._around[use] = build()
            return self._around[use]

    def check_rows(self, problem: Problem) -> None:
        """Finds out, once, whether the score of a row is a function of that row alone.

        Raises:
            MixedRowsError: it is not.
        """
        self.inner(problem)
        if self._independence.is_open:
            # Both ends of a few paths: points beside others, whose scores differ.
            paths = np.repeat(np.arange(problem.n_paths)[:FEW_PATHS], 2)
            self._gradients_once(problem, paths, np.tile([0.0, 1.0], len(paths) // 2))

    def _pairs(
        self, use: str, body: Callable[..., Any], problem: Problem, paths: NDArray[Any], alphas: NDArray[Any]
    ) -> Iterator[dict[str, Any]]:
        """Calls the core on microbatches of pairs, padded where the model or XLA wants it; yields host arrays."""
        compiled = self._compile(use, body, problem)
        start = 0
        while start < len(paths):
            rows = compiled.rows
            real, size = self.compilation.take(len(paths) - start, rows, compiled.least)
            taken = slice(start, start + real)
            own_paths, own_alphas = (padded(array[taken], size) for array in (paths, alphas))

            def evaluate(paths: NDArray[Any], alphas: NDArray[Any], moved_on: bool = False) -> dict[str, Any]:
                rows = problem.rows(paths) | {"alphas": alphas}
                return compiled(rows, {}, problem.tensors(), LARGE, moved_on)

            try:
                part = evaluate(own_paths, own_alphas)
            except tf.errors.ResourceExhaustedError as error:
                compiled.halve(rows, error)
                continue
            if len(part["scores"]) != size:
                raise OtherRowsError(len(part["scores"]), size)
            if self._independence.is_open:
                points = own_paths, own_alphas, real
                mixed = self._independence.judge(evaluate, compiled.graph, compiled.rows, *points, part, compiled.least)
                if mixed is not None:
                    example = int(problem.examples_of(np.array([mixed.path]))[0])
                    raise MixedRowsError(example, mixed, updating(compiled.graph))
            if real < size:
                part = tf.nest.map_structure(lambda array, real=real: array[:real], part)
            if not part["valid"].all():
                raise ValueError(problem.out_of_range(problem.examples_of(paths[taken][~part["valid"]])))
            yield part
            start += real

    def _compile(self, use: str, body: Callable[..., Any], problem: Problem) -> Compiled[Traits]:
        with self.compilation.tracing:
            if use not in self._compiled:
                self._compiled[use] = Compiled(body, signature(use, problem), self.compilation)
        if len(self.disconnected) == len(problem.inputs):
            raise NoGradientError([name for leaf in sorted(self.disconnected) for name in self.after_steps(leaf)])
        return self._compiled[use]

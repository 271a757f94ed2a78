"""Blocks of paths with the same nodes, integrated on the device: how many go at once, and what comes back.

Shapes: E paths and K nodes of a block, M weighted sums, `*F` features of a leaf.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kerasig._engine.compilation import Compilation
from kerasig._engine.compiled import Compiled
from kerasig._engine.problem import Problem


class Block(NamedTuple):
    """The integrals of E paths with the same nodes."""

    paths: NDArray[np.int64]  # [E]
    scores: NDArray[np.float64]  # [E, K]
    slopes: NDArray[np.float64]  # [E, K]
    sums: list[NDArray[Any]]  # each [E, M, *F]: the weighted sums over the nodes
    squares: list[NDArray[Any]]  # each [E, *F]: sum_k (L_k d_k)^2 over neighbouring nodes
    means: list[NDArray[Any]]  # each [E, *F]: the gradients' sums by the first weights; none where not asked for
    largest: NDArray[Any] | None  # [E, K], as in `Gradients`


def first_block(
    compiled: Compiled[Any],
    compilation: Compilation,
    problem: Problem,
    paths: NDArray[Any],
    alphas: NDArray[Any],
    weights: NDArray[Any],
) -> tuple[int, Block]:
    """The first block of `paths`: as many whole paths as fit, or one per replica, a few nodes at a time.

    Args:
        compiled: `Traced.integrals`.
        compilation: of it.
        problem: what is integrated.
        paths: those that are left.
        alphas: [K], increasing.
        weights: [M, K].

    Returns:
        How many of the paths are in it, and the block.
    """
    n_real, size, width = _portion(len(paths), len(alphas), compiled.rows, compilation)
    gaps = np.concatenate([[0.0], np.diff(alphas)])
    padded = np.pad(paths[:n_real], (0, size - n_real), mode="edge")
    fixed = compilation.static_batch is not None or compilation.jit_compile
    pairs = zip(problem.shapes, problem.inputs, strict=True)
    carry = [np.zeros([len(padded), *shape], leaf.dtype.as_numpy_dtype) for shape, leaf in pairs]
    sums = _Sums(len(problem.inputs))
    for first in range(0, len(alphas), width):
        taken = slice(first, first + width)
        kept = len(alphas[taken])
        missing = width - kept if fixed else 0
        if len(padded) // compilation.n_replicas == kept == 1 < compiled.least:
            missing = compiled.least - 1
        part = compiled(
            problem.rows(padded) | {"carry": carry},
            {
                # A padded node repeats the last one, without weight and without a gap to it.
                "alphas": np.pad(alphas[taken], (0, missing), mode="edge"),
                "weights": np.pad(weights[:, taken], ((0, 0), (0, missing))),
                "gaps": np.pad(gaps[taken], (0, missing)),
            },
            problem.tensors(),
        )
        sums.add(part, kept)
        carry = part["last"]
    return n_real, sums.block(paths[:n_real])


def _portion(n_paths: int, n_nodes: int, rows: int, compilation: Compilation) -> tuple[int, int, int]:
    """How many of the paths go at once, how many with those that pad them, and how many nodes at a time."""
    static, replicas = compilation.static_batch, compilation.n_replicas
    whole = 0 if static else rows // n_nodes
    # Where not even one path fits, a few nodes at a time of one path per replica.
    width = static or (n_nodes if whole else -(-n_nodes // -(-n_nodes // rows)))
    if static:
        return min(n_paths, replicas), replicas, width
    # Blocks of like size: a small last one would take as long as it was large.
    blocks = -(-n_paths // (max(whole, 1) * replicas))
    n_real, size = compilation.take(n_paths, max(1, -(-n_paths // (blocks * replicas))))
    return n_real, size, width


class _Sums:
    """The sums of a block, over a few of its nodes after the others."""

    def __init__(self, n_leaves: int) -> None:
        self._scores: list[NDArray[Any]] = []
        self._slopes: list[NDArray[Any]] = []
        self._largest: list[NDArray[Any]] = []
        self._sums, self._squares, self._means = ([_Total() for _ in range(n_leaves)] for _ in range(3))

    def add(self, part: dict[str, Any], kept: int) -> None:
        """Adds what was computed at the next nodes, of which the first `kept` are no padding."""
        self._scores.append(part["scores"][:, :kept])
        self._slopes.append(part["slopes"][:, :kept])
        self._largest += [part["largest"][:, :kept]] if "largest" in part else []
        for total, leaf in zip(self._means, part.get("means", ()), strict=False):
            total.add(leaf)
        unit = part["unit"].astype(np.float64) ** 2
        for total, leaf in zip(self._sums, part["sums"], strict=True):
            total.add(leaf)
        for total, leaf in zip(self._squares, part["squares"], strict=True):
            total.add(leaf * unit.reshape(-1, *[1] * (leaf.ndim - 1)))

    def block(self, paths: NDArray[Any]) -> Block:
        """The block of `paths`, without those that padded them."""
        n_real = len(paths)
        return Block(
            paths,
            np.concatenate(self._scores, axis=1)[:n_real].astype(np.float64),
            np.concatenate(self._slopes, axis=1)[:n_real].astype(np.float64),
            [total.value[:n_real] for total in self._sums],
            [total.value[:n_real] for total in self._squares],
            [total.value[:n_real] for total in self._means if total.value is not None],
            np.concatenate(self._largest, axis=1)[:n_real] if self._largest else None,
        )


class _Total:
    """A running sum of arrays, so that many parts take the memory of one."""

    def __init__(self) -> None:
        self.value: Any = None

    def add(self, part: NDArray[Any]) -> None:
        """Adds an array; the first one is not copied, for it may be the only one."""
        if self.value is None:
            self.value = part
            return
        if not self.value.flags.writeable:
            self.value = self.value.copy()
        self.value += part

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
    n_nodes, static = len(alphas), compilation.static_batch
    gaps = np.concatenate([[0.0], np.diff(alphas)])
    whole = 0 if static else compiled.rows // n_nodes
    # Where not even one path fits, a few nodes at a time of one path per replica.
    width = static or (n_nodes if whole else -(-n_nodes // -(-n_nodes // compiled.rows)))
    if static:
        n_real, size = min(len(paths), compilation.n_replicas), compilation.n_replicas
    else:
        # Blocks of like size: a small last one would take as long as it was large.
        blocks = -(-len(paths) // (max(whole, 1) * compilation.n_replicas))
        n_real, size = compilation.take(len(paths), max(1, -(-len(paths) // (blocks * compilation.n_replicas))))
    padded = np.pad(paths[:n_real], (0, size - n_real), mode="edge")
    fixed = static is not None or compilation.jit_compile
    pairs = zip(problem.shapes, problem.inputs, strict=True)
    carry = [np.zeros([len(padded), *shape], leaf.dtype.as_numpy_dtype) for shape, leaf in pairs]
    scores, slopes, largest = [], [], []
    sums, squares, means = ([_Total() for _ in problem.inputs] for _ in range(3))
    for first in range(0, n_nodes, width):
        taken = slice(first, first + width)
        missing = width - len(alphas[taken]) if fixed else 0
        if len(padded) // compilation.n_replicas == len(alphas[taken]) == 1 < compiled.least:
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
        kept = len(alphas[taken])
        scores.append(part["scores"][:, :kept])
        slopes.append(part["slopes"][:, :kept])
        largest += [part["largest"][:, :kept]] if "largest" in part else []
        for total, leaf in zip(means, part.get("means", ()), strict=False):
            total.add(leaf)
        unit = part["unit"].astype(np.float64) ** 2
        for total, leaf in zip(sums, part["sums"], strict=True):
            total.add(leaf)
        for total, leaf in zip(squares, part["squares"], strict=True):
            total.add(leaf * unit.reshape(-1, *[1] * (leaf.ndim - 1)))
        carry = part["last"]
    block = Block(
        paths[:n_real],
        np.concatenate(scores, axis=1)[:n_real].astype(np.float64),
        np.concatenate(slopes, axis=1)[:n_real].astype(np.float64),
        [total.value[:n_real] for total in sums],
        [total.value[:n_real] for total in squares],
        [total.value[:n_real] for total in means if total.value is not None],
        np.concatenate(largest, axis=1)[:n_real] if largest else None,
    )
    return n_real, block


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

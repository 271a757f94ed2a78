"""The problem that is integrated: examples, baselines and targets, as the compiled core takes them.

A *path* is one pair of an example and one of its baselines: N examples with n sampled baselines are N n paths, in the
order of the examples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.components import Components
from kerasig._engine.scaling import Scales

Rows = NDArray[np.int32]
# How a leaf's baseline rows belong to paths: one row for all, one per example, one per sample.
Shared = Literal["all", "example", "sample"]


@dataclass(frozen=True, eq=False)
class Problem:
    """N examples and where their paths start.

    Args:
        inputs: attributed leaves, each [N, *F], float32 or float64.
        baselines: for each attributed leaf [B, *F], B as `shared` says.
        shared: how the baseline rows of each leaf belong to paths.
        held: the model's other leaves, each [N, ...], any dtype.
        targets: the target's data, each [N, ...].
        waypoints: for each attributed leaf the points [N, *F] that a path goes by which needs them; or none.
        n_samples: baselines per example.
        pin: (targets, classes [N]) to targets that name the predicted class; None when nothing is left to predict.
        out_of_range: the message for examples whose target the outputs do not have.
        components: for each attributed leaf the coordinates that it has contributions in, None for its own; or none.
        scales: by what scores are multiplied where gradients are computed in float16; found out while it is integrated.
    """

    inputs: Sequence[tf.Tensor]
    baselines: Sequence[tf.Tensor]
    shared: Sequence[Shared]
    held: Sequence[tf.Tensor]
    targets: Sequence[tf.Tensor]
    waypoints: Sequence[tf.Tensor] = ()
    n_samples: int = 1
    pin: Callable[[Sequence[tf.Tensor], Rows], Sequence[tf.Tensor]] | None = None
    out_of_range: Callable[[Rows], str] = "target is out of range for examples {}.".format
    components: Sequence[Components | None] = ()
    scales: Scales = field(default_factory=Scales)

    @property
    def n_examples(self) -> int:
        """N."""
        return int(self.inputs[0].shape[0])

    @property
    def n_paths(self) -> int:
        """N times the baselines per example."""
        return self.n_examples * self.n_samples

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of one example's contributions, for each attributed leaf."""
        each = self.components or [None] * len(self.inputs)
        pairs = zip(self.inputs, each, strict=True)
        return [tuple(leaf.shape[1:]) if own is None else (own.count,) for leaf, own in pairs]

    @property
    def n_features(self) -> int:
        """How many contributions an example has, over all attributed leaves."""
        return sum(int(np.prod(shape, dtype=int)) for shape in self.shapes)

    @property
    def n_numbers(self) -> int:
        """How many numbers one point of a path has."""
        return sum(int(np.prod(leaf.shape[1:], dtype=int)) for leaf in self.inputs)

    @property
    def dtype(self) -> tf.DType:
        """The dtype of alphas and weights: float64 when a leaf is."""
        return tf.float64 if any(leaf.dtype == tf.float64 for leaf in self.inputs) else tf.float32

    def examples_of(self, paths: NDArray[np.integer]) -> Rows:
        """The example of each path."""
        return (paths if self.n_samples == 1 else paths // self.n_samples).astype(np.int32)

    def baseline_rows(self, paths: NDArray[np.integer], examples: Rows | None = None) -> list[Rows]:
        """For each leaf the baseline row of each path, one array where they are the same; `examples` of the paths."""
        found: dict[Shared, Rows] = {}
        for shared in self.shared:
            if shared not in found:
                found[shared] = self._baseline_rows(shared, paths, examples)
        return [found[shared] for shared in self.shared]

    def _baseline_rows(self, shared: Shared, paths: NDArray[np.integer], examples: Rows | None) -> Rows:
        if shared == "all":
            return np.zeros(len(paths), np.int32)
        if shared == "sample":
            return (paths % self.n_samples).astype(np.int32)
        return self.examples_of(paths) if examples is None else examples

    def pinned(self, classes: Rows, examples: Rows | None = None) -> Problem:
        """With the predicted classes of examples (None: all) filled in: they must not change along the path."""
        if self.pin is None:
            return self
        known = np.full(self.n_examples, -1, np.int32)
        known[slice(None) if examples is None else examples] = classes
        return replace(self, targets=self.pin(self.targets, known))

    def replaced(self, masks: Sequence[NDArray[np.bool_]]) -> Problem:
        """With baselines in place of inputs where masks [N, *F] say so; each path becomes an example of its own."""
        paths = np.arange(self.n_paths)
        rows = self.examples_of(paths)
        starts = [tf.gather(leaf, at) for leaf, at in zip(self.baselines, self.baseline_rows(paths), strict=True)]
        ends = [tf.gather(leaf, rows) for leaf in self.inputs]
        inputs = [tf.where(tf.gather(m, rows), a, b) for m, a, b in zip(masks, starts, ends, strict=True)]
        own: dict[str, Any] = {
            name: [tf.gather(leaf, rows) for leaf in getattr(self, name)] for name in ("held", "targets", "waypoints")
        }
        every: list[Shared] = ["example"] * len(starts)
        return replace(self, inputs=inputs, baselines=starts, shared=every, n_samples=1, **own)

    def tensors(self) -> dict[str, list[tf.Tensor]]:
        """The data of every call of the core, which its rows index into."""
        return {name: list(getattr(self, name)) for name in ("inputs", "baselines", "held", "targets", "waypoints")}

    def rows(self, paths: NDArray[np.integer]) -> dict[str, Any]:
        """The rows of a call of the core for some paths: which data each takes."""
        examples = self.examples_of(paths)
        return {
            "examples": examples,
            "baseline_rows": self.baseline_rows(paths, examples),
            "scales": self.scales.of(paths),
        }

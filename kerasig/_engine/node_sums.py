"""Sums over the nodes of paths, of contributions and of gradients; traced.

Shapes: E paths and K nodes of a block, M weighted sums, `*F` features of a leaf.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig._engine import graph_arrays as graph
from kerasig._engine.arrays import upright


def summed(found: dict[str, Any], rows: Any, nodes: Any) -> dict[str, Any]:
    """Sums over the nodes of contributions [K, E, *F]; what is returned has the paths first."""
    n_paths, n_nodes = tf.size(rows["examples"]), tf.size(nodes["alphas"])
    pairs = zip(found["contributions"], rows["carry"], strict=True)
    leaves = [_flat(leaf, [n_nodes, n_paths], carry.shape[1:].num_elements()) for leaf, carry in pairs]
    # Squares are of contributions in this unit, so that they neither overflow nor vanish.
    unit = _largest(leaves)
    result: dict[str, Any] = {"sums": [], "squares": [], "last": [], "unit": unit}
    for flat, carry in zip(leaves, rows["carry"], strict=True):
        shape = list(carry.shape[1:])
        features = flat.shape[-1]
        weights = tf.cast(nodes["weights"], flat.dtype)
        sums = tf.matmul(weights, tf.reshape(flat, [n_nodes, n_paths * features]))
        sums = tf.transpose(tf.reshape(sums, [-1, n_paths, features]), [1, 0, 2])
        gaps = tf.reshape(tf.cast(nodes["gaps"], flat.dtype), [-1, 1, 1])
        scales = gaps / upright(tf.cast(unit, flat.dtype))
        # A gap of 0 has no neighbour: the carried row may hold anything.
        first = graph.row(scales, 0) * (graph.row(flat, 0) - _flat(carry, [n_paths], features))
        first = tf.where(graph.row(nodes["gaps"], 0) > 0, first, tf.zeros_like(first))
        jumps = graph.rows(scales, 1, None) * (graph.rows(flat, 1, None) - graph.rows(flat, None, -1))
        squares = first**2 + tf.reduce_sum(jumps**2, axis=0)
        last = graph.row(flat, -1)
        if len(shape) != 1:
            sums = tf.reshape(sums, [n_paths, tf.shape(weights)[0], *shape])
            squares, last = (tf.reshape(leaf, [n_paths, *shape]) for leaf in (squares, last))
        result["sums"].append(sums)
        result["squares"].append(squares)
        result["last"].append(last)
    by_path = tf.stack([n_nodes, n_paths])
    for name in {"scores", "slopes", "largest"} & found.keys():
        result[name] = tf.transpose(tf.reshape(found[name], by_path))
    return result


def _flat(leaf: tf.Tensor, first: Sequence[Any], features: int) -> tf.Tensor:
    """A leaf [..., *F] whose first axes are of these sizes as [..., F]."""
    if leaf.shape.rank == len(first) + 1 and leaf.shape[-1] == features:
        return leaf
    return tf.reshape(leaf, [*first, features])


def means(gradients: list[tf.Tensor], rows: Any, nodes: Any) -> list[tf.Tensor]:
    """Sums [E, *F] over the nodes of gradients [K E, *F]."""
    n_paths, n_nodes = tf.size(rows["examples"]), tf.size(nodes["alphas"])
    totals = []
    for gradient in gradients:
        by_node = tf.reshape(gradient, tf.concat([[n_nodes, n_paths], tf.shape(gradient)[1:]], axis=0))
        weights = tf.cast(graph.row(nodes["weights"], 0), gradient.dtype)
        weights = tf.reshape(weights, [-1] + [1] * gradient.shape.rank)
        total = tf.reduce_sum(weights * by_node, axis=0)
        total.set_shape([None, *gradient.shape[1:]])
        totals.append(total)
    return totals


def _largest(leaves: Sequence[tf.Tensor]) -> tf.Tensor:
    """The largest size [E] among leaves [K, E, F] of each path; 1 where there is none to measure with."""
    dtype = tf.float64 if any(leaf.dtype == tf.float64 for leaf in leaves) else tf.float32
    # Over the nodes first: reducing the first and the last axis at once takes several times as long.
    sizes = [tf.maximum(tf.reduce_max(leaf, axis=0), -tf.reduce_min(leaf, axis=0)) for leaf in leaves]
    each = [tf.cast(tf.reduce_max(size, axis=1), dtype) for size in sizes]
    largest = tf.reduce_max(tf.stack(each), axis=0) if len(each) > 1 else each[0]
    return tf.where(tf.math.is_finite(largest) & (largest > np.finfo(np.float32).tiny), largest, tf.ones_like(largest))

"""Labels as targets: each example's own class, or that of each of its positions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._arrays import as_array
from kerasig._explaining import scalars
from kerasig._explaining.indices import ResolvedTarget, at_indices, one_index
from kerasig._sentences import shown

_Y, _WHERE = "targets.Label's y", "targets.Label's where"


def at_labels(y: Any, where: Any, n_examples: int) -> ResolvedTarget:
    """The target that `targets.Label(y, where)` stands for.

    Raises:
        ValueError: the labels or the positions do not fit each other, or there are none.
        TypeError: labels are no ints.
    """
    given = y
    try:
        y = as_array(y, _Y)
    except ValueError:
        one_index(y, n_examples, _Y)  # Says what fits a label of each example.
        raise
    mask = None if where is None or isinstance(where, tuple) else as_array(where, _WHERE)
    is_mask = mask is not None and mask.dtype == bool
    one_each = y.ndim < 2 or y.shape == (n_examples, 1)
    if where is None and one_each:
        return replace(at_indices([one_index(given, n_examples, _Y)], scalars.LABELS), data_names=[_Y])
    if one_each:
        y = one_index(given, n_examples, _Y)
    elif y.dtype.kind not in "biu" or len(y) != n_examples:
        raise ValueError(
            f"targets.Label's y must be ints of shape (N,), or (N, ...) with one for each position of the output. "
            f"Received dtype {y.dtype}, shape {y.shape} for {n_examples} examples. Pass class indices; of one-hot "
            "labels np.argmax(y, axis=-1)."
        )
    if where is not None and not is_mask:
        return _label_at(y, where if isinstance(where, tuple) else (where,), n_examples)
    return _label_over(y, mask, n_examples)


def _label_at(y: NDArray[Any], where: tuple[Any, ...], n_examples: int) -> ResolvedTarget:
    """The label's output at one position of each example."""
    axes = [one_index(item, n_examples, _WHERE) for item in where]
    if y.ndim > 1:
        y = y[..., 0] if y.ndim == len(axes) + 2 and y.shape[-1] == 1 else y
        inside = y.ndim == len(axes) + 1 and all(
            (axis < size).all() for axis, size in zip(axes, y.shape[1:], strict=True)
        )
        if not inside:
            raise ValueError(
                f"targets.Label's where must be a position of y. Received {shown(where)} for y of shape {y.shape}. "
                f"Pass {y.ndim - 1} indices within it, or a boolean mask."
            )
        y = one_index(y[(np.arange(n_examples), *axes)], n_examples, _Y)
    labels = at_indices([*axes, y.astype(np.int32)])
    return replace(labels, key=("label", len(axes) + 1), select=scalars.at_label, data_names=[_Y])


def _label_over(y: NDArray[Any], mask: NDArray[np.bool_] | None, n_examples: int) -> ResolvedTarget:
    """The mean over positions, all of them or those in a mask, of each one's label's output."""
    if mask is None:
        mask = np.ones(y.shape, bool)
    elif y.ndim > 1:
        if mask.shape not in (y.shape, y.shape[1:]) and y.shape[-1] == 1:
            y = y[..., 0]
        if mask.shape not in (y.shape, y.shape[1:]):
            raise ValueError(
                f"targets.Label's where must be a mask over the positions of y. Received shape {mask.shape} for y of "
                f"shape {y.shape}. Pass shape {y.shape[1:]} or {y.shape}."
            )
        mask = np.broadcast_to(mask, y.shape)
    else:
        each = mask.ndim > 1 and len(mask) == n_examples
        mask = mask if each else np.broadcast_to(mask, (n_examples, *mask.shape))
        y = np.broadcast_to(y.reshape(-1, *[1] * (mask.ndim - 1)), mask.shape)
    counts = mask.reshape(n_examples, -1).sum(axis=1)
    if not counts.all():
        raise ValueError(
            "targets.Label's where must leave a position of each example. Received a mask that is empty for example "
            f"{int(np.argmin(counts))}."
        )
    weights = (mask / counts.reshape(-1, *[1] * (mask.ndim - 1))).astype(np.float32)
    # Outside of the mask there may be labels that stand for none, such as 255.
    bounds = np.iinfo(np.int32)
    labels = np.where(mask, np.clip(y, bounds.min, bounds.max), 0).astype(np.int32)
    text = f"Label over {'all positions' if mask.all() else 'a mask'}"
    return ResolvedTarget(
        ("labels", labels.ndim), [labels, weights], scalars.at_labels, lambda _: text, data_names=[_Y, _WHERE]
    )

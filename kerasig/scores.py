"""One scalar for each row of a model's outputs; traced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from kerasig import nest
from kerasig.arrays import received
from kerasig.engine.traced import Selected
from kerasig.sentences import sentence, shown


def at_index(outputs: Any, rows: list[tf.Tensor]) -> Selected:
    """The output at an index per row; where that is -1, at the row's largest output."""
    output, indices = single_output(outputs), rows[0]
    axes = int(indices.shape[1])
    if output.shape.rank == 1 and axes == 1:
        output = output[:, None]
    if output.shape.rank is None or output.shape.rank != axes + 1:
        raise ValueError(
            f"target must pick one scalar per example. Received {'one index' if axes == 1 else f'{axes} indices'} "
            f"(or None) for an output of shape {_shape(output)}. Pass a tuple with one index for each axis after the "
            "first, such as (t, c), a list or array of one class for each example, or a callable of the outputs."
        )
    _check_floating(output)
    sizes = tf.shape(output)[1:]
    predicted = _predicted(output)
    if axes == 1:
        indices = tf.where(indices < 0, tf.maximum(predicted, 0)[:, None], indices)
    valid = tf.reduce_all((indices >= 0) & (indices < sizes), axis=1)
    safe = tf.clip_by_value(indices, 0, sizes - 1)
    scores = tf.gather_nd(output, safe, batch_dims=1)
    has_class = sizes[0] > 1 if axes == 1 else False
    classes = tf.where(has_class, safe[:, 0], -1)
    return Selected(scores, valid, classes, predicted)


def at_label(outputs: Any, rows: list[tf.Tensor]) -> Selected:
    """The output at a class per row; the only output where there is just one."""
    output = single_output(outputs)
    single = output.shape.rank == 1 or (output.shape.rank == 2 and output.shape[1] == 1)
    return at_index(output, [tf.zeros_like(rows[0])] if single else rows)


def _predicted(output: tf.Tensor) -> tf.Tensor:
    """The class with the largest output of each row, -1 where outputs are no classes."""
    none = tf.fill([tf.shape(output)[0]], -1)
    if output.shape.rank != 2:
        return none
    return tf.where(tf.shape(output)[1] > 1, tf.argmax(output, axis=1, output_type=tf.int32), none)


def named_output(outputs: Any, name: str | int, names: list[str] | None) -> Any:
    """One of several outputs.

    Args:
        outputs: the model's.
        name: a key, a name or a position.
        names: of the outputs in their order, where the model has any.

    Raises:
        ValueError: there is no such output.
    """
    if isinstance(outputs, dict) and name in outputs:
        return outputs[name]
    leaves = nest.flatten(outputs)
    known = names if names and len(names) == len(leaves) else nest.names(outputs)
    if isinstance(name, int) and 0 <= name < len(leaves):
        return leaves[name]
    if name in known:
        return leaves[known.index(name)]
    raise ValueError(
        f"targets.Output names no output of the model. Received {shown(name)}. "
        f"Pass one of {', '.join(map(repr, known))} or a position from 0 to {len(leaves) - 1}."
    )


def answered(function: Callable[..., Any], name: str, outputs: Any, *data: Any) -> Selected:
    """What a user's function of the outputs, and of data if there are any, gives: one scalar per row.

    Raises:
        ValueError: it gives something else, or fails on these outputs.
        TypeError: it fails by its own kind of errors.
    """
    return checked(asked(function, name, outputs, *data), name, outputs)


def asked(function: Callable[..., Any], name: str, outputs: Any, *data: Any) -> Any:
    """What a user's function returns for the outputs, and its own errors told as those of an argument."""
    try:
        return function(outputs, *data)
    except (ValueError, LookupError, tf.errors.InvalidArgumentError) as error:
        raise ValueError(_failed(name, outputs, error)) from error
    except (TypeError, AttributeError, NotImplementedError) as error:
        raise TypeError(_failed(name, outputs, error)) from error


def _failed(name: str, outputs: Any, error: Exception) -> str:
    shapes = ", ".join(_shape(leaf) if tf.is_tensor(leaf) else type(leaf).__name__ for leaf in nest.flatten(outputs))
    return f"{name} must take the model's outputs. Received outputs of shape {shapes}, and it fails: {sentence(error)}."


def checked(scores: Any, name: str, outputs: Any) -> Selected:
    """What a function made of the outputs, once it is known to be one scalar per row.

    Args:
        scores: what it returned.
        name: of the function, for messages.
        outputs: the model's.

    Raises:
        ValueError: it is not.
    """
    try:
        scores = tf.convert_to_tensor(scores)
    except (ValueError, TypeError):
        raise TypeError(f"{name} must return one scalar per example, a tensor (N,). {received(scores)}.") from None
    rows = {leaf.shape[0] for leaf in nest.flatten(outputs) if tf.is_tensor(leaf) and leaf.shape.rank}
    if scores.shape.rank != 1 or (scores.shape[0] is not None and scores.shape[0] not in rows):
        raise ValueError(
            f"{name} must return one scalar per example, shape (N,). Received shape {_shape(scores)}. "
            "It sees a microbatch of the outputs, so it must keep the first axis and reduce the others."
        )
    _check_floating(scores)
    none = tf.fill([tf.shape(scores)[0]], -1)
    predicted = none if nest.is_nest(outputs) else _predicted(tf.convert_to_tensor(outputs))
    return Selected(scores, tf.ones_like(scores, tf.bool), none, predicted)


def single_output(outputs: Any) -> tf.Tensor:
    """The model's one output.

    Raises:
        ValueError: it has several.
    """
    leaves = nest.flatten(outputs)
    if len(leaves) != 1:
        raise ValueError(
            f"The model has {len(leaves)} outputs ({', '.join(nest.names(outputs))}), so target must say which. "
            "Pass kerasig.targets.Output(name, target)."
        )
    return tf.convert_to_tensor(leaves[0])


def _check_floating(output: tf.Tensor) -> None:
    if not output.dtype.is_floating:
        raise ValueError(
            f"The explained output must be floating, so that it has a gradient. Received dtype {output.dtype.name}."
        )


def _shape(tensor: tf.Tensor) -> str:
    if tensor.shape.rank is None:
        return "unknown, as functions outside of TensorFlow give it"
    sizes = ["N", *("?" if size is None else str(size) for size in tensor.shape[1:])] if tensor.shape.rank else []
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"

"""One scalar for each row of a model's outputs; traced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from kerasig import _nest as nest
from kerasig._engine import graph_arrays as graph
from kerasig._engine.lookups import OWN_ROWS
from kerasig._engine.traced import Selected
from kerasig._explaining.made_variables import made_variables
from kerasig._sentences import received, sentence, shown


class Telling(NamedTuple):
    """The answer of a function of the outputs that says more of them than its scores, while it is traced."""

    scores: tf.Tensor  # [C]
    said: Any


class SeveralOutputsError(ValueError):
    """A target that is of one output, of a model with several; the caller, who knows the model, has their names.

    Args:
        structure: of the outputs, or of the part of them that it is of.
        names: of the model's outputs, where it has any.
        part: the name of that part.
    """

    def __init__(self, structure: Any, names: list[str] | None = None, part: str = "") -> None:
        called = shown_names(structure, None if part else names)
        found = [f"{part}/{name}" for name in called] if part else called
        whose = f"The model's output {part!r}" if part else "The model"
        super().__init__(
            f"{whose} has {len(found)} outputs ({', '.join(found)}), so target must say which. "
            "Pass kerasig.targets.Output(name, target)."
        )
        self.structure, self.part = structure, part

    def named(self, names: list[str] | None) -> SeveralOutputsError:
        """The same with the names of the model's outputs."""
        return self if self.part else SeveralOutputsError(self.structure, names)

    def within(self, part: str) -> SeveralOutputsError:
        """The same of a part of the outputs by its name."""
        return SeveralOutputsError(self.structure, part="/".join(filter(None, (part, self.part))))


# What indices are. As data, not as another function: one trace serves all three.
PLACES, CLASSES, LABELS = range(3)


def at_index(outputs: Any, rows: list[tf.Tensor]) -> Selected:
    """The output at an index per row; where that is -1, at the row's largest output.

    Args:
        outputs: the model's.
        rows: indices [C, axes], and what they are [C]: places in the output, classes, of which a lone output has none,
            or labels, which a lone output stands for whatever they are.
    """
    output, (indices, meanings) = single_output(outputs), rows
    axes = int(indices.shape[1])
    if output.shape.rank == 1 and axes == 1:
        output = output[:, None]
    if output.shape.rank is None or output.shape.rank != axes + 1:
        raise ValueError(
            f"target must pick one scalar per example. Received {'one index' if axes == 1 else f'{axes} indices'} "
            f"(or None) for an output of shape {_shape(output)}. {_remedy(output.shape.rank)}"
        )
    _check_floating(output)
    sizes, predicted = _sizes(output), _predicted(output)
    columns = tf.unstack(indices, num=axes, axis=1)
    has_class = sizes[0] > 1 if axes == 1 else False
    if axes == 1:
        chosen = _either(has_class, predicted, lambda: tf.maximum(predicted, 0))
        column = tf.where(columns[0] < graph.constant(0), chosen, columns[0])
        columns = [_either(has_class, column, lambda: tf.where(tf.equal(meanings, LABELS), 0, column))]
    valid = columns[0] < sizes[0]
    for column, size in zip(columns[1:], sizes[1:], strict=True):
        valid &= column < size
    for column in columns if axes > 1 else ():
        valid &= column >= 0
    if has_class is not True:
        valid &= _either(has_class, True, lambda: tf.not_equal(meanings, CLASSES))
    zero = graph.constant(0)
    safe = [tf.maximum(tf.minimum(column, size - 1), zero) for column, size in zip(columns, sizes, strict=True)]
    # `tf.gather_nd` along a batch would be a third of the graph of a small model.
    places = tf.stack([graph.numbers(tf.size(predicted)), *safe], axis=1)
    scores = tf.gather_nd(output, places, name=OWN_ROWS)
    return Selected(scores, valid, _either(has_class, safe[0], lambda: predicted), predicted)


def at_label(outputs: Any, rows: list[tf.Tensor]) -> Selected:
    """The output at a class per row, or per row and position; the only output where there is just one for both."""
    output, (indices, meanings) = single_output(outputs), rows
    rank, axes = output.shape.rank, int(indices.shape[1])
    # Labels 0 and 1 stand for two classes of such an output, and are no indices of it.
    if rank == axes or (rank == axes + 1 and output.shape[-1] == 1):
        indices = tf.concat([indices[:, :-1], tf.zeros_like(indices[:, :1])], axis=1)
        output = output[..., None] if rank == axes else output
    return at_index(output, [indices, meanings])


def at_labels(outputs: Any, rows: list[tf.Tensor]) -> Selected:
    """The weighted sum over positions P of the output at a class for each.

    Args:
        outputs: the model's, of shape [C, *P, classes]; or [C, *P, 1] or [C, *P], which count as they are.
        rows: labels and weights, each [C, *P].
    """
    output, (labels, weights) = single_output(outputs), rows
    _check_floating(output)
    if labels.shape[-1] == 1 and output.shape.rank == labels.shape.rank and output.shape[-1] != 1:
        labels, weights = labels[..., 0], weights[..., 0]
    rank = labels.shape.rank
    has_classes = output.shape.rank == rank + 1
    if output.shape.rank not in (rank, rank + 1) or not output.shape[1:rank].is_compatible_with(labels.shape[1:]):
        raise ValueError(
            "targets.Label's y must have the positions of the output. "
            f"Received y of shape {_shape(labels)} for an output of shape {_shape(output)}. "
            "Pass one class for each of its positions."
        )
    valid = tf.ones(tf.shape(output)[:1], tf.bool)
    if has_classes and output.shape[-1] == 1:
        output = output[..., 0]
    elif has_classes:
        classes = tf.shape(output)[-1]
        in_range = ((labels >= 0) & (labels < classes)) | (weights == 0)
        valid = tf.reduce_all(in_range, axis=list(range(1, rank)))
        output = tf.gather(output, tf.clip_by_value(labels, 0, classes - 1), axis=rank, batch_dims=rank)
    dtype = tf.float64 if output.dtype == tf.float64 else tf.float32
    # Where the weight is 0, infinity counts nothing either.
    counted = tf.where(weights > 0, tf.cast(output, dtype), tf.zeros([], dtype)) * tf.cast(weights, dtype)
    none = tf.fill(tf.shape(valid), -1)
    return Selected(tf.reduce_sum(counted, axis=list(range(1, rank))), valid, none, none)


def _sizes(output: tf.Tensor) -> list[Any]:
    """The sizes of an output's axes but the first: numbers where the graph knows them, else tensors of one."""
    known = list(output.shape[1:])
    return [tf.shape(output)[axis + 1] if size is None else size for axis, size in enumerate(known)]


def _either(condition: Any, one: Any, other: Callable[[], Any]) -> Any:
    """One or the other, by a bool or by a tensor that is one; no operation is traced for what is known already."""
    if isinstance(condition, bool):
        return one if condition else other()
    return tf.where(condition, one, other())


def _predicted(output: tf.Tensor) -> tf.Tensor:
    """The class with the largest output of each row, -1 where outputs are no classes."""

    def none() -> tf.Tensor:
        return tf.fill(tf.shape(output)[:1], -1)

    if output.shape.rank != 2:
        return none()
    [size] = _sizes(output)
    if isinstance(size, int) and size <= 1:
        return none()
    return _either(size > 1, tf.argmax(output, axis=1, output_type=tf.int32), none)


def named_output(outputs: Any, name: str | int, names: list[str] | None) -> Any:
    """One of several outputs.

    Args:
        outputs: the model's.
        name: a key, a name or a position.
        names: of the outputs in their order, where the model has any.

    Raises:
        ValueError: there is no such output.
    """
    if isinstance(outputs, Mapping) and name in outputs:
        return outputs[name]
    if name in getattr(outputs, "_fields", ()):
        return getattr(outputs, str(name))
    leaves = nest.flatten(outputs)
    known = shown_names(outputs, names)
    if isinstance(name, int) and 0 <= name < len(leaves):
        return leaves[name]
    own = names if names and len(names) == len(leaves) else []
    for called in (known, own, nest.names(outputs)):
        if isinstance(name, str) and name in called:
            return leaves[called.index(name)]
    raise ValueError(
        f"targets.Output names no output of the model. Received {shown(name)}. "
        f"Pass one of {', '.join(map(repr, known))} or a position from 0 to {len(leaves) - 1}."
    )


def shown_names(outputs: Any, names: list[str] | None) -> list[str]:
    """The names of outputs in a message: their keys and fields where they have any, else `names`, else their places."""
    paths = nest.names(outputs, fields=True)
    keyed = not all(part.isdigit() for path in paths for part in path.split("/"))
    known = names if names and len(names) == len(paths) else None
    return paths if known is None or (keyed and nest.is_nest(outputs)) else known


def answered(function: Callable[..., Any], name: str, outputs: Any, *data: Any) -> Selected:
    """The scalars, one per row, that a user's function makes of the outputs, and of data if there are any.

    Raises:
        ValueError: it gives something else, or fails on these outputs.
        TypeError: it fails by its own kind of errors.
    """
    found = asked(function, name, outputs, *data)
    if isinstance(found, Telling):
        return checked(found.scores, name, outputs)._replace(said=found.said)
    return checked(found, name, outputs)


def asked(function: Callable[..., Any], name: str, outputs: Any, *data: Any) -> Any:
    """The result of a user's function of the outputs, its own errors told as those of an argument."""
    try:
        with made_variables() as made:
            return function(outputs, *data)
    except SeveralOutputsError:
        raise
    except (ValueError, LookupError, tf.errors.InvalidArgumentError) as error:
        raise ValueError(made.said(name, "a function") or _failed(name, outputs, error)) from error
    except (TypeError, AttributeError, NotImplementedError) as error:
        raise TypeError(_failed(name, outputs, error)) from error
    except Exception as error:
        error.add_note(f"Raised by {name} on the model's outputs.")
        raise


def _failed(name: str, outputs: Any, error: Exception) -> str:
    shapes = ", ".join(_shape(leaf) if tf.is_tensor(leaf) else type(leaf).__name__ for leaf in nest.flatten(outputs))
    return f"{name} must take the model's outputs. Received outputs of shape {shapes}, and it fails: {sentence(error)}."


def checked(scores: Any, name: str, outputs: Any) -> Selected:
    """The result of a function of the outputs, once it is known to be one scalar per row.

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
    if scores.shape.rank == 1 and scores.shape[0] is not None and scores.shape[0] not in rows:
        raise ValueError(
            f"{name} must return one scalar per example, shape (N,). Received {scores.shape[0]} scalars whatever N is, "
            "as of a function that has rows of its own. Pass kerasig.targets.PerExample(function, data), so that the "
            "rows go with the examples', or a function of the outputs alone."
        )
    if scores.shape.rank != 1:
        raise ValueError(
            f"{name} must return one scalar per example, shape (N,). Received shape {_shape(scores)}. "
            "It sees a microbatch of the outputs, so it must keep the first axis and reduce the others."
        )
    _check_floating(scores)
    none = tf.fill([tf.shape(scores)[0]], -1)
    predicted = _predicted(outputs) if isinstance(outputs, tf.Tensor) else none
    return Selected(scores, tf.ones_like(scores, tf.bool), none, predicted)


def single_output(outputs: Any) -> tf.Tensor:
    """The model's one output.

    Raises:
        ValueError: it has several.
    """
    leaves = nest.flatten(outputs)
    if len(leaves) != 1:
        raise SeveralOutputsError(nest.map_structure(lambda _: None, outputs))
    try:
        output = tf.convert_to_tensor(leaves[0])
    except (ValueError, TypeError):
        raise ValueError(
            f"target must pick one scalar per example. Received an output that is a {type(leaves[0]).__name__}. "
            "Pass a callable of the outputs that returns a tensor (N,), such as of their to_tensor()."
        ) from None
    if output.shape.rank and 0 in output.shape[1:]:
        raise ValueError(
            f"target must pick one scalar per example. Received an output of shape {_shape(output)}, which holds none. "
            "Pass a model that returns some."
        )
    return output


# What the axes between the examples and the classes are called.
_AXES = {3: "position, ", 4: "row, column, ", 5: "depth, row, column, "}


def _remedy(rank: int | None) -> str:
    """The target that picks a scalar of an output of that many axes."""
    if rank in _AXES:
        return (
            f"Pass a tuple with one index for each axis after the first: ({_AXES[rank]}class); targets.Label(y, where) "
            "for labels of its positions, or of those in a mask; or a callable of the outputs."
        )
    return (
        "Pass a tuple with one index for each axis after the first, a list or array of one class for each example, or "
        "a callable of the outputs."
    )


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

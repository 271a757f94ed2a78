"""Arguments that may have an entry for each row of a data set: what of them belongs to a chunk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._arrays import as_array
from kerasig._datasets.chunks import RowChunk, asked
from kerasig._sentences import sentence, shown
from kerasig.baselines import AtInputs
from kerasig.probes._labels import class_labels, labels_of, may_be_classes
from kerasig.targets import Label, Loss, Output, PerExample

_Result = TypeVar("_Result")
# Targets that are the labels', besides those that `kerasig.explain` takes.
OF_LABELS = ("auto", "label", "predicted")


class JudgedLabels:
    """The labels of a data set, by which they are classes or numbers: for all of its rows alike.

    Args:
        labels: all of arrays; of what is read row by row, those of the first chunk.
        class_names: see `kerasig.explain_dataset`.
        outputs: the names of the model's outputs in their order, where they are known.
    """

    def __init__(self, labels: Any, class_names: Any, outputs: Sequence[str] = ()) -> None:
        self.labels, self._class_names, self.outputs = labels, class_names, outputs
        self._verdicts: dict[str | int | None, bool] = {}

    def are_classes(self, output: str | int | None) -> bool:
        """Whether the labels are classes; of several outputs, those of one."""
        if output not in self._verdicts:
            self._verdicts[output] = (
                class_labels(labels_of(self.labels, output, self.outputs), self._class_names) is not None
            )
        return self._verdicts[output]


def target_of(
    target: Any, chunk: RowChunk, total: int | None, class_names: Any, judged: JudgedLabels | None = None
) -> Any:
    """The target of a chunk's rows, as `kerasig.explain` takes it.

    Args:
        target: of the data set.
        chunk: of it.
        total: how many rows it has, where it is arrays.
        class_names: see `kerasig.explain_dataset`.
        judged: the labels of the data set; None where the chunk's are judged by themselves.

    Raises:
        ValueError: it needs labels that are classes, and there are none.
    """
    if isinstance(target, Output) and isinstance(target.target, str):
        return Output(target.name, _of_labels(target.target, chunk, class_names, judged, target.name))
    if isinstance(target, Output):
        labels = labels_of(chunk.labels, target.name, _outputs(judged))
        return Output(target.name, target_of(target.target, replace(chunk, labels=labels), total, class_names))
    if not isinstance(target, str):
        return _of_rows(target, chunk, total)
    return _of_labels(target, chunk, class_names, judged, None)


def _of_labels(
    target: str, chunk: RowChunk, class_names: Any, judged: JudgedLabels | None, output: str | int | None
) -> Label | None:
    """A target that is a text: the labels' classes; None for the predicted ones."""
    if target not in OF_LABELS:
        raise ValueError(
            f"target must be one of {', '.join(OF_LABELS)} where it is a text. Received target={shown(target)}."
        )
    classes = None if target == "predicted" else classes_of(chunk, class_names, judged, output)
    if target == "label" and classes is None:
        whole = chunk.labels if judged is None else judged.labels
        labels = whole if output is None else labels_of(whole, output, _outputs(judged))
        raise ValueError(f'target="label" needs labels that are classes. {_no_classes(labels)}')
    return None if classes is None else Label(classes)


def _outputs(judged: JudgedLabels | None) -> Sequence[str]:
    return () if judged is None else judged.outputs


def _no_classes(labels: Any) -> str:
    """The received labels, which are no classes, and what would be."""
    if labels is None:
        return "Received none. Pass a data set of (inputs, labels)."
    if nest.is_nest(labels):
        return 'Received those of several outputs. Pass target=kerasig.targets.Output(name, "label").'
    return (
        f"Received {labels.dtype}, shape {list(labels.shape)}, such as {_odd(labels)}. Pass class indices from 0 on as "
        "integers, or one-hot rows."
    )


def classes_of(
    chunk: RowChunk, class_names: Any, judged: JudgedLabels | None = None, output: str | int | None = None
) -> NDArray[np.int64] | None:
    """The class of each row by its label; None where the labels of the data set are no classes.

    Raises:
        ValueError: those of the chunk are none, after others that are.
    """
    labels = labels_of(chunk.labels, output, _outputs(judged))
    if labels is None or not (judged is None or judged.are_classes(output)):
        return None
    classes = class_labels(labels, class_names)
    if classes is None and judged is not None:
        raise ValueError(
            f"labels must be classes in all rows, or in none. Received {labels.dtype} such as {_odd(labels)} after "
            "rows with classes. Pass arrays, of which all are judged at once, or, of numbers, the inputs alone."
        )
    return classes


def _odd(labels: NDArray[Any]) -> str:
    """A few labels that are no classes; where each could be one, they are none together."""
    odd = ~may_be_classes(labels)
    return shown(labels[odd if odd.any() else ~odd].reshape(-1)[:3].tolist())


def baselines_of(baselines: Any, chunk: RowChunk, total: int | None) -> Any:
    """The baselines of a chunk's rows: of arrays with a row for each of the data set, its own."""
    if isinstance(baselines, AtInputs):
        return AtInputs(_rows_of_nest(baselines.inputs, chunk, total))
    if callable(baselines) or baselines is None or type(baselines).__module__.startswith("kerasig"):
        return baselines
    return _rows_of_nest(baselines, chunk, total)


def slices_of(slices: Mapping[str, Any], chunk: RowChunk, total: int | None) -> dict[str, NDArray[np.bool_]]:
    """Which rows of a chunk are in each slice.

    Raises:
        ValueError: a slice gives something else than True or False for each row.
    """
    found = {}
    for name, given in slices.items():
        if isinstance(given, str):
            if not isinstance(chunk.inputs, Mapping) or given not in chunk.inputs:
                raise ValueError(f"slices[{name!r}] must be the name of a leaf of inputs. Received {given!r}.")
            rows = chunk.inputs[given]
        elif callable(given):
            rows = asked(given, chunk.inputs, chunk.labels, f"slices[{name!r}]")
        else:
            rows = _rows(given, chunk, total)
        array = as_array(rows, f"slices[{name!r}]")
        array = array.reshape(-1) if array.shape == (len(chunk), 1) else array
        if array.shape != (len(chunk),) or not (array.dtype.kind == "b" or np.isin(array, (0, 1)).all()):
            raise ValueError(
                f"slices[{name!r}] must give True or False for each row. Received {array.dtype}, shape "
                f"{list(array.shape)} for {len(chunk)} rows."
            )
        found[name] = array.astype(bool)
    return found


def check_slices(slices: Any, total: int | None) -> dict[str, Any]:
    """The slices that a user passes, by name.

    Raises:
        ValueError: they are no dict, or a list among them has another length than the data set.
    """
    if slices is None:
        return {}
    if not isinstance(slices, Mapping) or not all(isinstance(name, str) for name in slices):
        raise ValueError(
            "slices must be a dict from a name to a function of the inputs, the name of a leaf, or booleans. Received "
            f"slices={shown(slices)}."
        )
    for name, given in slices.items():
        if not (callable(given) or isinstance(given, str)):
            length = len(as_array(given, f"slices[{name!r}]").reshape(-1))
            if total != length:
                rows = "arrays" if total is None else f"{total} rows"
                raise ValueError(
                    f"slices[{name!r}] must have one entry for each row. Received {length} for {rows}. Pass a function "
                    "of the inputs."
                )
    return dict(slices)


def check_rows_of(target: Any, total: int | None, name: str = "target") -> None:
    """Raises ValueError where a target has an entry for each row, but not for each of the data set.

    Args:
        target: of the data set.
        total: how many rows it has, where it is arrays.
        name: of the target, for the message.
    """
    if isinstance(target, tuple):
        for place, part in enumerate(target):
            check_rows_of(part, total, f"{name}[{place}]")
    elif isinstance(target, Output):
        check_rows_of(target.target, total, name)
    elif isinstance(target, Label | Loss | PerExample):
        data = target.data if isinstance(target, PerExample) else target.y
        of = f"targets.{type(target).__name__}'s {'data' if isinstance(target, PerExample) else 'y'}"
        for leaf in [data] if isinstance(data, list) else nest.flatten(data):
            check_rows_of(leaf, total, of)
    elif (length := _length(target)) not in (None, 1, total):
        if total is None:
            fits, remedy = (
                "be the same for all rows of what is read row by row",
                "Pass arrays as dataset, or labels in it",
            )
        else:
            fits, remedy = f"have an entry for each of the {total} rows of dataset", "Pass one for each"
        raise ValueError(f"{name} must {fits}. Received {length} entries. {remedy}.")


def _length(leaf: Any) -> int | None:
    """How many entries an array or a list has; None of anything else."""
    shape = getattr(leaf, "shape", None)
    return len(leaf) if shape is None and isinstance(leaf, list) else shape[0] if shape else None


def _of_rows(target: Any, chunk: RowChunk, total: int | None) -> Any:
    """A target of `kerasig.explain`, with the data of a chunk's rows."""
    if isinstance(target, tuple):
        return tuple(_of_rows(part, chunk, total) for part in target)
    if isinstance(target, Label):
        where = target.where if target.where is None else _of_rows(target.where, chunk, total)
        return Label(_rows(target.y, chunk, total), where)
    if isinstance(target, Loss):
        return Loss(_rows_of_nest(target.y, chunk, total), target.loss)
    if isinstance(target, PerExample):
        return PerExample(target.fn, _rows_of_nest(target.data, chunk, total))
    return target if callable(target) or target is None else _rows(target, chunk, total)


def _rows_of_nest(structure: Any, chunk: RowChunk, total: int | None) -> Any:
    return nest.map_structure(lambda leaf: _rows(leaf, chunk, total), structure)


def _rows(leaf: Any, chunk: RowChunk, total: int | None) -> Any:
    """The entries of a chunk's rows, of what has one for each row; everything else is the same for all."""
    length = _length(leaf)
    if total is None or length != total or total == 1:
        return leaf
    return leaf[chunk.first : chunk.first + len(chunk)]


def told_of_rows(chunk: RowChunk, work: Callable[[RowChunk], _Result]) -> _Result:
    """The result of work on a chunk; its errors say which rows it was."""
    try:
        return work(chunk)
    except (ValueError, TypeError) as error:
        last = chunk.first + len(chunk) - 1
        # Classes of their own may take other arguments.
        raise (ValueError if isinstance(error, ValueError) else TypeError)(
            f"{sentence(error)}. This is of rows {chunk.first} to {last} of dataset, counted from 0 (keys "
            f"{shown(chunk.keys[0].item())} to {shown(chunk.keys[-1].item())})."
        ) from error

"""Labels of probes in the forms that Keras takes them, and the classes they stand for."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig._arrays import as_array
from kerasig._types import Series
from kerasig.targets import Label, Output

_TARGETS: tuple[Series, ...] = get_args(Series)


def as_labels(labels: Any, n: int) -> Any:
    """`labels` as an array [N, ...], or as a nest of such arrays for several outputs.

    Raises:
        ValueError: There are not N labels, or they are no numbers.
    """
    several = isinstance(labels, Mapping) or (
        isinstance(labels, (list, tuple)) and any(hasattr(item, "shape") and np.ndim(item) for item in labels)
    )
    if several:
        if empty := nest.empty_parts(labels, "labels"):
            raise ValueError(
                f"labels must be an array, or a dict, tuple or list of one for each output. Received {empty[0]} with "
                "nothing in it. Pass None where there are no labels."
            )
        return nest.map_structure(lambda leaf: as_labels(leaf, n), labels)
    if labels is None:
        return None
    array = as_array(labels, "labels")
    array = np.array(array, np.float32 if array.dtype.kind == "V" else array.dtype)
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"labels must be numbers. Received an array of {array.dtype}. Pass class indices, and what the classes are "
            "called as class_names."
        )
    if array.ndim == 0 or len(array) != n:
        raise ValueError(
            f"labels must have one row per probe. Received labels.shape={array.shape} for {n} probes. Pass shape "
            f"({n},), ({n}, 1) or one-hot ({n}, C)."
        )
    if array.dtype.kind == "u" and array.size and array.max() > np.iinfo(np.int64).max:
        raise ValueError(
            f"labels must be class indices below 2**63. Received {array.max()}. Pass labels that did not wrap below 0."
        )
    array.setflags(write=False)
    return array


def labels_of(labels: Any, name: str | int | None, names: Sequence[str] = ()) -> Any:
    """The part of labels for several outputs that is about one of them; None where that cannot be told.

    Args:
        labels: an array, which is about whichever output is explained, or a nest of them.
        name: the output's, or its position; None for a lone one.
        names: of the model's outputs in their order, where they are known.
    """
    if not nest.is_nest(labels):
        return labels
    leaves = nest.flatten(labels)
    if name is None:
        return leaves[0] if len(leaves) == 1 else None
    place = name if isinstance(name, int) else names.index(name) if name in names else None
    if isinstance(labels, Mapping):
        also = names[place] if place is not None and place < len(names) else None
        found = next((labels[key] for key in (name, also) if key in labels), None)
        return None if nest.is_nest(found) else found
    return leaves[place] if place is not None and place < len(leaves) else None


def may_be_classes(labels: np.ndarray) -> np.ndarray:
    """The labels [N] that could be a class, or one-hot, whatever the others are; no text could."""
    if labels.dtype.kind not in "biuf":
        return np.zeros(len(labels), bool)
    if _is_column(labels):
        flat = labels.reshape(-1)
        return np.asarray((flat >= 0) & (flat == np.floor(flat))) if flat.dtype.kind == "f" else flat >= 0
    rows = labels.reshape(len(labels), -1)
    return np.asarray(np.isin(rows, (0, 1)).all(axis=1) & (rows.sum(axis=1) == 1))


def _is_column(labels: np.ndarray) -> bool:
    return labels.ndim == 1 or labels.shape[1:] == (1,)


def class_labels(labels: Any, class_names: Sequence[str] | None) -> np.ndarray | None:
    """The class of each probe as int64 [N]; None where the labels are no classes.

    Integers and booleans [N] or [N, 1] are classes, and so are one-hot rows. Floats are numbers to be predicted,
    unless all are 0 or 1, or all are whole and `class_names` says that they are classes. Of labels for several outputs
    pass those of one.

    Raises:
        ValueError: A class has no name.
    """
    if not isinstance(labels, np.ndarray):
        return None
    if labels.ndim not in (1, 2) or not may_be_classes(labels).all():
        return None
    if _is_column(labels):
        flat = labels.reshape(-1)
        if flat.dtype.kind == "f" and class_names is None and not np.isin(flat, (0, 1)).all():
            return None
        if flat.max() > np.iinfo(np.int64).max:
            raise ValueError(f"labels must be class indices. Received {flat.max()} among them. Pass them from 0 on.")
        classes: np.ndarray = flat.astype(np.int64)
    else:
        classes = labels.argmax(axis=1)
    if class_names is None:
        return classes
    count = labels.shape[1] if labels.ndim == 2 and labels.shape[1] > 1 else None
    if classes.max() >= len(class_names) or (count is not None and count != len(class_names)):
        raise ValueError(
            f"class_names must name every class. Received {len(class_names)} names for "
            f"{f'{count} classes' if count else f'labels up to {classes.max()}'}. Pass one name per class."
        )
    return classes


def checked_target(target: Any, classes: np.ndarray | None, n: int) -> Any:
    """`target` of a set of `n` probes, which have `classes` or None.

    Raises:
        ValueError: It is an unknown word, needs labels, or has another length.
    """
    if isinstance(target, Output) and isinstance(target.target, str):
        fits = [word for word in _TARGETS if word != "both"]
        if target.target not in fits:
            raise ValueError(
                f"target of {arguments.shown(target)} must be one of {', '.join(fits)} or what explain takes. Received "
                f"{target.target!r}. For both the label's and the predicted class pass a ProbeSet each."
            )
        checked_target(target.target, classes, n)
    elif isinstance(target, str):
        if target not in _TARGETS:
            raise ValueError(
                f"target must be one of {', '.join(_TARGETS)} or what explain takes. Received "
                f"target={arguments.shown(target)}. "
                "Pass one of these, a class index, a kerasig.targets object or a callable."
            )
        if target in ("label", "both") and classes is None:
            raise ValueError(f"target={target!r} needs labels that are classes. Received none. Pass labels.")
    elif isinstance(target, bytes | Mapping) or (isinstance(target, tuple) and not target):
        raise ValueError(
            f"target must be what explain takes. Received target={arguments.shown(target)}. Pass one of "
            f"{', '.join(_TARGETS)}, a class index, a kerasig.targets object or a callable."
        )
    elif isinstance(target, list | np.ndarray) and getattr(target, "shape", None) != () and len(target) != n:
        raise ValueError(f"target must be one per probe. Received {len(target)} for {n} probes. Pass {n} or an int.")
    return target


def without_word(target: Any, classes: np.ndarray | None) -> Any:
    """A target of one output as `kerasig.explain` takes it, where it is a word that only labels give a meaning.

    Args:
        target: any; it stays where it is no such word.
        classes: of the probes [N], by their labels for that output; None where these are no classes.
    """
    if not isinstance(target, Output) or not isinstance(target.target, str):
        return target
    return Output(target.name, None if classes is None or target.target == "predicted" else Label(classes))

"""The series of a probe set once the model is known: what the user did not say, and the model's outputs decide."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import targets
from kerasig._explaining.explainer import Explainer
from kerasig._models import adapt, compiled_loss, is_regression
from kerasig._recording.outputs import OutputTraits
from kerasig._recording.series import Series, series_of
from kerasig.probes import ProbeSet
from kerasig.probes._labels import class_labels, labels_of

# Each series costs what the first does; of more outputs the user has to choose.
MOST_OUTPUTS = 8


def settled(probes: ProbeSet, explainer: Explainer) -> list[Series]:
    """The series that a probe set asks for, of this model.

    Where labels are classes, and where the user chose, these are `series_of`. Several outputs that are numbers, such as
    the corners of a box, or that each are a class of their own, are a series each: the largest of them is another from
    record to record.

    Raises:
        ValueError: there are too many such outputs.
    """
    readings = zip((name for name, _ in probes.leaves()), adapt(explainer.model).readings(probes.inputs), strict=True)
    probes = probes.read_as({name: reading for name, reading in readings if reading is not None})
    series = series_of(probes)
    if probes.class_labels is not None or not _is_open(probes.target):
        return series
    if probes.labels is None and compiled_loss(explainer.model)[0] is None:
        return series
    traits, are_probabilities = series[0].outputs(explainer)
    labels = labels_of(probes.labels, _output_name(probes.target), traits.names)
    classes = None if labels is None else class_labels(labels, probes.class_names)
    if classes is None and labels is not None:
        classes = _learned_classes(labels, traits, are_probabilities)
    if classes is not None:
        return series_of(probes.with_classes(classes))
    if traits.width is None or traits.width < 2 or not _are_numbers(traits, labels, are_probabilities):
        return series
    if traits.width > MOST_OUTPUTS:
        raise ValueError(
            f"target must say which output of {probes.title!r} is explained: its {traits.width} outputs are no "
            f"classes that exclude each other. Received target={_shown(probes.target)}. Pass an index, such as "
            f"{_shown_index(probes.target)}, or for several of them a ProbeSet each with a title of its own; "
            "target='predicted' explains the largest."
        )
    explainer._warn(
        f"outputs of {probes.title}",
        f"The {traits.width} outputs of {probes.title!r} are no classes that exclude each other, so each is a series "
        "of its own, at the price of as many. Pass target=an index to explain one.",
    )
    return _each(probes, traits.width)


def _each(probes: ProbeSet, width: int) -> list[Series]:
    """A series for every output."""
    names = probes.class_names if probes.class_names and len(probes.class_names) == width else None
    made: list[Series] = []
    for index in range(width):
        name = names[index] if names else f"output {index}"
        target: Any = index
        if isinstance(probes.target, targets.Output):
            target = targets.Output(probes.target.name, index)
        made.append(Series(probes, name, target, name, follows=made[0] if made else None, is_number=True))
    return made


def _learned_classes(labels: NDArray[Any], traits: OutputTraits, are_probabilities: bool) -> NDArray[np.int64] | None:
    """Classes [N] of labels that only the model tells from numbers: whole floats, and shares of each class."""
    is_classifier = traits.family is not None and traits.family[0] == "categorical"
    if is_classifier and labels.size == len(labels):
        flat = labels.reshape(-1)
        return flat.astype(np.int64) if ((flat >= 0) & (flat == np.floor(flat))).all() else None
    shares = labels.ndim == 2 and labels.shape[1] == traits.width and (labels >= 0).all()
    if not shares or not (is_classifier or are_probabilities):
        return None
    # As labels that were smoothed or mixed are.
    leaders = labels == labels.max(axis=1, keepdims=True)
    one_leads = np.allclose(labels.sum(axis=1), 1, atol=1e-3) and (leaders.sum(axis=1) == 1).all()
    return labels.argmax(axis=1) if one_leads else None


def _is_open(target: Any) -> bool:
    """Whether the user left open what is explained of an output."""
    if isinstance(target, targets.Output):
        return target.target is None or _is_open(target.target)
    return isinstance(target, str) and target == "auto"


def _output_name(target: Any) -> str | int | None:
    return target.name if isinstance(target, targets.Output) else None


def _are_numbers(traits: OutputTraits, labels: Any, are_probabilities: bool) -> bool:
    """Whether several outputs are no classes of which one is right."""
    if traits.family is not None and traits.family[0] == "categorical":
        return False
    if labels is not None:
        return True
    # Without labels the loss says it, if it is a known one.
    independent = traits.family is not None and traits.family[0] == "binary"
    return (independent or is_regression(traits.loss)) and not are_probabilities


def _shown(target: Any) -> str:
    return repr(target) if isinstance(target, str) else f"Output({target.name!r})"


def _shown_index(target: Any) -> str:
    return "target=0" if isinstance(target, str) else f"target=Output({target.name!r}, 0)"

"""A ProbeSet in place of inputs: its inputs, what it says is explained of them, and what it calls their features."""

from __future__ import annotations

from typing import Any, Literal, get_args

from kerasig import _nest as nest
from kerasig._explaining.coordinates import Features
from kerasig._explaining.inputs import check_probes
from kerasig._models import AdaptedModel
from kerasig._types import Series
from kerasig.probes import ProbeSet
from kerasig.probes._labels import checked_target, class_labels, labels_of, without_word
from kerasig.targets import Label, Output

# Targets that only a ProbeSet has, whose labels give them a meaning; "both" are two attributions.
OfProbes = Literal["auto", "label", "predicted"]


def inputs_and_target(inputs: Any, target: Any, model: AdaptedModel) -> tuple[Any, Any]:
    """The arguments of `kerasig.explain` as arrays and a target that it takes.

    Args:
        inputs: a nest of arrays, or a ProbeSet.
        target: None is the set's own; of a set also its words "auto", "label" and "predicted", within an Output, too.
        model: that is explained.

    Raises:
        ValueError: rows of the set were padded for a model that would read the padding, or the set's target asks for
            two attributions, or for labels that are no classes.
    """
    if not isinstance(inputs, ProbeSet):
        return inputs, target
    check_probes(inputs, model)
    wanted = inputs.target if target is None else target
    if isinstance(wanted, Output):
        return inputs.inputs, _of_output(inputs, wanted, model)
    if not isinstance(wanted, str) or wanted not in get_args(Series):
        return inputs.inputs, wanted
    wanted = checked_one(wanted)
    if wanted == "label" and inputs.class_labels is None:
        raise ValueError('target="label" needs a ProbeSet whose labels are classes. Received one without such labels.')
    if wanted == "predicted" or inputs.class_labels is None:
        return inputs.inputs, None
    return inputs.inputs, Label(inputs.class_labels)


def checked_one(target: Any) -> Any:
    """The target of a set, unless it asks for two attributions: a ValueError."""
    if isinstance(target, str) and target == "both":
        raise ValueError(
            'target must be one for an attribution. Received a ProbeSet with the target "both". Pass target="label" or '
            'target="predicted".'
        )
    return target


def features_of(inputs: Any) -> Features:
    """The names that a set has for features of its inputs, by the name of each that has as many; none for arrays."""
    if not isinstance(inputs, ProbeSet) or inputs.feature_names is None:
        return {}
    names, found = inputs.feature_names, {}
    for leaf, array in inputs.leaves():
        axis = inputs.places.kind(leaf).features(array.ndim)
        if axis is not None and array.ndim > 1 and array.shape[axis] == len(names):
            found[leaf] = names, axis - 1
    return found


def _of_output(probes: ProbeSet, target: Output, model: AdaptedModel) -> Any:
    """The target of one output, whose word is about that output's labels."""
    if not isinstance(target.target, str):
        return target
    classes = probes.class_labels
    if nest.is_nest(probes.labels):
        labels = labels_of(probes.labels, target.name, model.output_names() or ())
        classes = class_labels(labels, probes.class_names)
    return without_word(checked_target(target, classes, len(probes)), classes)

"""Finds the layers of a model.

Works for Keras 3 and tf_keras alike and imports neither: a Keras layer is known by what it offers.
"""

from __future__ import annotations

import difflib
import re
import weakref
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from kerasig._models.substitution import LayerSelection, SelectedCall
from kerasig._sentences import shown

_LISTED = 40  # names in an error message; more would bury the sentence that helps


def class_names(instance: Any) -> list[str]:
    """Names of the instance's class and its bases: both libraries use the same ones for the same things."""
    return [base.__name__ for base in type(instance).__mro__]


def is_layer(instance: Any) -> bool:
    """Whether the instance is a layer or model of Keras 3 or of tf_keras."""
    # Asked for what it does not have, a variable of a strategy reads its value from all workers: the class comes first.
    return "Layer" in class_names(instance) and hasattr(instance, "_flatten_layers")


def sublayers(model: Any) -> dict[str, Any]:
    """The layers inside a model, also inside nested models and custom layers, by their path.

    Args:
        model: a Keras model or layer; anything else has no layers.

    Returns:
        For each layer its path, the names from the model down joined by "/"; input layers are left out.
    """
    paths: dict[str, Any] = {}
    seen = {id(model)}

    def visit(parent: Any, prefix: str) -> None:
        for layer in parent._flatten_layers(recursive=False, include_self=False):
            # tf_keras counts metrics as layers.
            if id(layer) in seen or {"Metric", "InputLayer"} & set(class_names(layer)):
                continue
            seen.add(id(layer))
            path, occurrence = prefix + layer.name, 1
            while path in paths:  # Siblings of one name exist in subclassed models: neither may hide the other.
                occurrence += 1
                path = f"{prefix}{layer.name}#{occurrence}"
            paths[path] = layer
            visit(layer, path + "/")

    if is_layer(model):
        visit(model, "")
    return paths


def layers_of(model: Any, operations: Sequence[str], kind: str = "Layer") -> list[str]:
    """Paths of the layers of a class that operations of a traced graph belong to; each the innermost, and once.

    Both libraries name operations after the layers that were called, from the model down. A name that occurs twice in
    a graph gets a number.
    """
    paths = sublayers(model)
    found = (_layer_of(paths, operation.split("/")) for operation in operations)
    return list(dict.fromkeys(path for path in found if path is not None and kind in class_names(paths[path])))


def _layer_of(paths: dict[str, Any], scopes: list[str]) -> str | None:
    best, deepest = None, (0, 0)
    for path in paths:
        place, exact = 0, 0
        for name in path.split("/"):
            name = name.partition("#")[0]
            matches = [at for at in range(place, len(scopes)) if re.fullmatch(re.escape(name) + r"(_\d+)?", scopes[at])]
            if not matches:
                place = 0
                break
            exact += scopes[matches[0]] == name
            place = matches[0] + 1
        if (place, exact) > deepest:
            best, deepest = path, (place, exact)
    return best


def resolve_layers(model: Any, layer: Any) -> LayerSelection:
    """Finds the layer calls whose outputs are to be recorded or replaced.

    Args:
        model: the model or callable that will be called.
        layer: a layer, its name (in nested models too; "outer/inner" where a name occurs twice), a pair
            (layer or name, call_index), or a list of those, in which None stands for the float inputs.

    Returns:
        The selection, which holds the layers weakly.

    Raises:
        TypeError: an entry is none of those.
        ValueError: no such layer in the model, several of that name, or one call selected twice.
    """
    entries = layer if isinstance(layer, list) else [layer]
    if not entries:
        raise ValueError(
            "layer is an empty list. Received []. Pass a layer, its name, or a list with at least one of them."
        )
    calls: list[SelectedCall | None] = []
    for entry in entries:
        if entry is None:
            if not isinstance(layer, list):
                raise TypeError("layer is None, which selects the inputs and no layer. Received None.")
            calls.append(None)
            continue
        call_index = None
        if isinstance(entry, tuple):
            if len(entry) != 2 or isinstance(entry[1], bool) or not isinstance(entry[1], int):
                raise TypeError(
                    f"A tuple in layer is (layer or name, call_index). Received: {shown(entry)}. "
                    "Pass several layers as a list."
                )
            entry, call_index = entry
            if call_index < 0:
                raise ValueError(f"call_index counts calls from 0. Received: {call_index}.")
        found, name = _find(model, entry)
        calls.append(SelectedCall(weakref.ref(found), id(found), name, call_index))
    _refuse_duplicates(calls)
    return LayerSelection(tuple(calls), isinstance(layer, list))


def _find(model: Any, entry: Any) -> tuple[Any, str]:
    """The layer that `entry` means, and the name to show for it."""
    paths = sublayers(model)
    if isinstance(entry, str):
        return _find_by_name(model, entry, paths)
    if not is_layer(entry):
        raise TypeError(
            "layer must be a Keras layer, its name, (layer or name, call_index) or a list of those. "
            f"Received: {shown(entry)} of type {type(entry).__name__}."
        )
    if "InputLayer" in class_names(entry):
        raise ValueError(_input_layer_message(entry.name))
    for path, candidate in paths.items():
        if candidate is entry:
            return entry, path
    # A functional model calls only layers that it lists; other callables may hold a layer anywhere, and
    # whether they call it shows in the trace.
    if _is_graph_model(model):
        raise ValueError(f"Layer {entry.name!r} is not part of model {model.name!r}. {_listing(paths)}")
    return entry, entry.name


def _find_by_name(model: Any, name: str, paths: dict[str, Any]) -> tuple[Any, str]:
    if not is_layer(model):
        raise ValueError(
            f"A layer can be named only in a Keras model. Received: layer={name!r} for a {type(model).__name__}. "
            "Pass the layer itself."
        )
    path_end = "/" + name if {"/", "#"} & set(name) else None
    matches = {
        path: layer
        for path, layer in paths.items()
        if layer.name == name or (path_end and ("/" + path).endswith(path_end))
    }
    if len(matches) == 1:
        path, layer = next(iter(matches.items()))
        return layer, path
    if matches:
        raise ValueError(
            f"Several layers of model {model.name!r} are named {name!r}: {', '.join(matches)}. "
            "Pass the layer itself, or more of its path."
        )
    inputs = [tensor.name for tensor in tf.nest.flatten(getattr(model, "inputs", None) or [])]
    if name in inputs:
        raise ValueError(_input_layer_message(name))
    close = difflib.get_close_matches(name, {layer.name for layer in paths.values()}, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"Model {model.name!r} has no layer named {shown(name)}.{hint} {_listing(paths)}")


def _listing(paths: dict[str, Any]) -> str:
    if not paths:
        return "It has no layers that can be listed; pass the layer itself."
    names = list(paths)
    rest = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"Its layers are: {', '.join(names[:_LISTED])}{rest}."


def _input_layer_message(name: str) -> str:
    return f"{name!r} is an input, not a layer that is called. layer=None, or None in a list, attributes to the inputs."


def _is_graph_model(model: Any) -> bool:
    """Whether the model is a graph of layers, functional or Sequential, rather than code."""
    return bool({"Functional", "Sequential"} & set(class_names(model)))


def _refuse_duplicates(calls: Sequence[SelectedCall | None]) -> None:
    for position, call in enumerate(calls):
        for earlier in calls[:position]:
            if call is None or earlier is None:
                same = call is earlier
            else:
                # A bare layer stands for its only call, so it overlaps any index.
                bare = call.call_index is None or earlier.call_index is None
                same = call.layer_id == earlier.layer_id and (bare or call.call_index == earlier.call_index)
            if same:
                what = "None" if call is None else repr(call.display)
                raise ValueError(f"layer must name each layer call once. Received {what} twice.")

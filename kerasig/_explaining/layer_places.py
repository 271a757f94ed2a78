"""A layer argument that outlives its model: layers by their place in it, so that a copied model's own are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kerasig._models import sublayers


@dataclass(frozen=True)
class LayerPlace:
    """The place of a layer in a model.

    Args:
        path: the names from the model down to it, joined by "/".
    """

    path: str


def places(model: Any, layer: Any) -> Any:
    """A layer argument with each layer that the model lists replaced by its place.

    Args:
        model: that the layers are of.
        layer: as `kerasig.explain` takes it.
    """
    known = {id(found): LayerPlace(path) for path, found in sublayers(model).items()}
    return _each(layer, lambda entry: known.get(id(entry), entry))


def layers_at(model: Any, layer: Any) -> Any:
    """The inverse of `places`, in this model, which may be a copy of that one."""
    known = sublayers(model)
    return _each(layer, lambda entry: known[entry.path] if isinstance(entry, LayerPlace) else entry)


def _each(layer: Any, change: Callable[[Any], Any]) -> Any:
    """The argument with each layer or name in it changed; lists and pairs stay what they are."""
    if isinstance(layer, list):
        return [_each(entry, change) for entry in layer]
    if isinstance(layer, tuple):
        return tuple(_each(entry, change) for entry in layer)
    return change(layer)

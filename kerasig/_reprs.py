"""One line for an object: its settings, in which arrays are shown by dtype and shape and never whole."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from kerasig import _sentences as sentences

# Items of a list that are shown, and letters of an object that is shown by itself.
_ITEMS, _LETTERS, _DEEPEST = 8, 160, 4


def described(value: Any, depth: int = 0) -> str:
    """A value on one line: arrays by dtype and shape, functions and layers by name, long lists by their length."""
    with contextlib.suppress(Exception):  # Objects of a user's own may raise anything.
        if hasattr(value, "shape") and hasattr(value, "dtype") and not hasattr(value, "_flatten_layers"):
            return _array(value)
        if hasattr(value, "columns") and hasattr(value, "shape"):
            return f"{type(value).__name__} {list(value.shape)}"
        if isinstance(value, Mapping | list | tuple | set | frozenset):
            return _items(value, depth + 1)
        if is_dataclass(value):
            return sentences.shown(value, _LETTERS)
        if not isinstance(value, type) and isinstance(getattr(value, "name", None), str):
            return f"<{type(value).__name__} {value.name!r}>"
        if callable(value):
            return getattr(value, "__name__", None) or f"<{type(value).__name__}>"
    return sentences.shown(value, _LETTERS)


def call(class_name: str, /, *values: Any, **settings: Any) -> str:
    """How a class would be called, such as "Samples(array=float32 [64, 4], n=3)"."""
    parts = [described(value) for value in values]
    parts += [f"{setting}={described(value)}" for setting, value in settings.items()]
    return f"{class_name}({', '.join(parts)})"


def of_fields(instance: Any) -> str:
    """The `__repr__` of a dataclass whose fields may be arrays; those that are None are left out."""
    settings = {field.name: getattr(instance, field.name) for field in fields(instance)}
    return call(type(instance).__name__, **{name: value for name, value in settings.items() if value is not None})


def _array(array: Any) -> str:
    shape = list(array.shape)
    if not shape and hasattr(array, "item"):
        return sentences.shown(array.item(), _LETTERS)
    return f"{getattr(array.dtype, 'name', array.dtype)} {shape}"


def _items(value: Any, depth: int) -> str:
    opening, closing = "()" if isinstance(value, tuple) else "[]" if isinstance(value, list) else "{}"
    if len(value) > _ITEMS or depth > _DEEPEST:
        return f"{opening}{len(value)} items{closing}"
    if isinstance(value, Mapping):
        parts = [f"{key!r}: {described(item, depth)}" for key, item in value.items()]
    else:
        parts = [described(item, depth) for item in value]
    lone = "," if isinstance(value, tuple) and len(parts) == 1 else ""
    return f"{opening}{', '.join(parts)}{lone}{closing}"

"""The Python values that a trace of a model holds as they were: settings of its layers, what its functions close over.

A trace reads variables anew at each call, but a number, an activation or a table of words is in the graph. Who changes
one means the model as it is now. Only what the code names is read, so that a counter of the training beside it is not.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import types
from collections.abc import Hashable, Mapping, Set
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig._functions import is_of_library, names_in, values_read
from kerasig._models.function_cache import WeakIdentity
from kerasig._models.layers import class_names, is_layer, sublayers

# Beyond these an object is told by its identity alone, as those of installed packages are: a frame, a generator.
_MOST_VALUES = 20_000
_MOST_ITEMS = 1000
_MOST_BYTES = 1 << 20
_MOST_LETTERS = 4096
_DEEPEST = 8

_PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, np.dtype, tf.DType, tf.TensorShape)
_Names = frozenset[str]
# Of both libraries: those that call what they hold and have no settings of their own, and what every layer is.
_CONTAINERS = {"Functional", "Sequential"}
_BASES = {"Layer", "Model", "Operation", "Module", "object", "Trainer", "KerasSaveable"}


def captured(model: Any) -> dict[tuple[str, ...], Hashable]:
    """The values that a trace of a model or a function holds, by where they are; objects are held weakly."""
    reading = _Reading()
    reading.take((), model, frozenset())
    return reading.values


class _Reading:
    """One walk through what a model's code names."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], Hashable] = {}
        self._seen: set[int] = set()

    def take(self, place: tuple[str, ...], value: Any, names: _Names) -> None:
        """Notes a value, and what it refers to; `names` are those of the code that reads it."""
        if isinstance(value, str | bytes) and len(value) > _MOST_LETTERS:
            self.values[place] = _same(value)
        elif isinstance(value, _PLAIN):
            # As text, in which NaN is like itself.
            self.values[place] = (type(value).__name__, repr(value))
        elif isinstance(value, np.ndarray) and value.nbytes <= _MOST_BYTES and not value.dtype.hasobject:
            self.values[place] = (value.dtype.str, value.shape, hashlib.blake2b(value.tobytes()).digest())
        elif isinstance(value, types.MethodType):
            self.values[place] = _same(value.__func__)
            self.take((*place, "self"), value.__self__, names | {value.__name__})
        elif isinstance(value, list | tuple | Mapping | Set):
            with contextlib.suppress(Exception):
                self._take_items(place, value, names)
        elif not isinstance(value, types.ModuleType | type):
            self.values[place] = _same(value)
            # An object that does not let itself be read is told by its identity.
            with contextlib.suppress(Exception):
                self._take_parts(place, value, names)

    def _is_new(self, place: tuple[str, ...], value: Any) -> bool:
        if id(value) in self._seen or len(place) > _DEEPEST or len(self.values) > _MOST_VALUES:
            return False
        self._seen.add(id(value))
        return True

    def _take_items(self, place: tuple[str, ...], value: Any, names: _Names) -> None:
        if not self._is_new(place, value):
            return
        self.values[place] = (_same(value), len(value))
        if len(value) > _MOST_ITEMS:
            return
        # A set has no order of its own.
        given = sorted(value, key=repr) if isinstance(value, Set) else value
        self._take_all(place, dict(given) if isinstance(given, Mapping) else dict(enumerate(given)), names)

    def _take_all(self, place: tuple[str, ...], parts: Mapping[Any, Any], names: _Names) -> None:
        for name, part in parts.items():
            self.take((*place, str(name)), part, names)

    def _take_parts(self, place: tuple[str, ...], value: Any, names: _Names) -> None:
        if not self._is_new(place, value):
            return
        if is_layer(value):
            self._take_layers(place, value, names)
        elif isinstance(value, functools.partial):
            self._take_all(place, {"function": value.func, "": value.args, **value.keywords}, names)
        elif isinstance(value, types.FunctionType):
            if not is_of_library(value):
                self._take_all(place, values_read(value), names_in(value.__code__))
        elif not is_of_library(type(value)):
            kind: Any = type(value)
            read = _reached(kind, names | {"__call__"})
            self._take_all(place, _attributes(value, read), read)

    def _take_layers(self, place: tuple[str, ...], root: Any, names: _Names) -> None:
        """Notes a layer and those inside it, which variables they have, and what their calls read."""
        if getattr(root, "built", False):
            for at, weight in enumerate(root.weights):
                self.values[(*place, "weights", str(at))] = _same(weight)
        layers = {"": root, **sublayers(root)}
        self._seen.update(map(id, layers.values()))
        for path, layer in layers.items():
            inside = (*place, path)
            self.values[inside] = _same(layer)
            kind: Any = type(layer)
            read = _reached(kind, names | {"call"}) if kind.__name__ not in _CONTAINERS else frozenset()
            parts = {name: part for name, part in _attributes(layer, read).items() if not self._is_noted(part)}
            self._take_all(inside, parts, read)

    def _is_noted(self, value: Any) -> bool:
        """Whether an attribute of a layer is a layer that was taken with it, or serves its training."""
        return id(value) in self._seen or bool(
            {"Metric", "Optimizer", "BaseOptimizer", "Loss"} & set(class_names(value))
        )


def _same(value: Any) -> Hashable:
    """Equal for one and the same object, which it does not hold where that can be."""
    try:
        return WeakIdentity(value, None)
    except TypeError:
        return type(value).__name__, id(value)


def _attributes(value: Any, names: _Names) -> dict[str, Any]:
    try:
        return {name: part for name, part in list(vars(value).items()) if name in names}
    except TypeError:
        return {}


@functools.lru_cache(maxsize=4096)
def _reached(kind: Any, names: _Names) -> _Names:
    """Names that the named methods and properties of a class read, and those that they name in turn."""
    found: set[str] = set(names)
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        for base in kind.__mro__:
            if base.__name__ not in _BASES and name in vars(base):
                new = _named_in(vars(base)[name]) - found
                found |= new
                waiting += new
    return frozenset(found)


def _named_in(member: Any) -> _Names:
    """Names in the function behind a class's method or property; none where there is no function of Python's."""
    function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
    function = getattr(function, "python_function", function)
    function = inspect.unwrap(function) if callable(function) else function
    return names_in(function.__code__) if isinstance(function, types.FunctionType) else frozenset()

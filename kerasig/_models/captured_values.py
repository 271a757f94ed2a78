"""The Python values that a trace of a model holds as they were: settings of its layers, what its functions close over.

A trace reads variables anew at each call, but a number, an activation or a table of words is in the graph. Who changes
one means the model as it is now. Only what the code names is read, so that a counter of the training beside it is not.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import inspect
import marshal
import types
from collections import deque
from collections.abc import Collection, Hashable, Iterator, Mapping, Set
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._functions import is_of_library, names_in, values_read
from kerasig._models.function_cache import WeakIdentity
from kerasig._models.layers import class_names, is_layer, sublayers

# Beyond these an object is told by its identity alone, as those of installed packages are: a frame, a generator.
_MOST_VALUES = 20_000
_DEEPEST = 24
_MOST_FUNCTIONS = 1000
# Of an array: no graph holds a larger one.
_MOST_BYTES = 1 << 31
# From here on a list is read as a whole, and not item by item, and a text is told by its identity: it never changes.
_MANY_ITEMS = 1000
_MOST_LETTERS = 4096

_PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, np.dtype, tf.DType, tf.TensorShape)
_Names = frozenset[str]
# Of both libraries: those that call what they hold and have no settings of their own, and what every layer is.
_CONTAINERS = {"Functional", "Sequential"}
# Methods that are called without being named.
_OPERATORS = ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")
_SYNTAX = frozenset(
    [
        *("__call__", "__getitem__", "__iter__", "__next__", "__len__", "__contains__", "__bool__", "__enter__"),
        *("__getattr__", "__array__", "__float__", "__int__", "__index__", "__neg__", "__abs__", "__invert__"),
        *("__lt__", "__le__", "__gt__", "__ge__"),
        *(f"__{side}{operator}__" for side in ("", "r") for operator in _OPERATORS),
    ]
)
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
        # Functions whose names went to those that they call.
        self._handed: set[int] = set()
        # Once for each class: a model has few of them and many layers.
        self._names: dict[tuple[Any, _Names], _Names] = {}
        self._members = functools.cache(_members)
        self._slots = functools.cache(_slots)

    def take(self, place: tuple[str, ...], value: Any, names: _Names) -> None:
        """Notes a value, and what it refers to; `names` are those of the code that reads it."""
        if isinstance(value, str | bytes) and len(value) > _MOST_LETTERS:
            self.values[place] = _same(value)
        elif isinstance(value, _PLAIN):
            # As text, in which NaN is like itself.
            self.values[place] = (type(value).__name__, repr(value))
        elif isinstance(value, np.ndarray) and not value.dtype.hasobject and value.nbytes < _MOST_BYTES:
            self.values[place] = (value.dtype.str, value.shape, _digest(np.ascontiguousarray(value).reshape(-1)))
        elif isinstance(value, types.MethodType):
            self.values[place] = _same(value.__func__)
            self.take((*place, "self"), value.__self__, names | {value.__name__})
        elif isinstance(value, list | tuple | deque | Mapping | Set):
            with contextlib.suppress(Exception):
                self._take_items(place, value, names)
        else:
            self.values[place] = _same(value)
            # An object that does not let itself be read is told by its identity.
            with contextlib.suppress(Exception):
                self._take_parts(place, value, names)

    def _is_new(self, place: tuple[str, ...], value: Any) -> bool:
        if id(value) in self._seen or len(place) > _DEEPEST or len(self.values) > _MOST_VALUES:
            return False
        self._seen.add(id(value))
        return True

    def _take_items(self, place: tuple[str, ...], value: Collection[Any], names: _Names) -> None:
        if not self._is_new(place, value):
            return
        self.values[place] = (_same(value), len(value))
        if len(value) > _MANY_ITEMS:
            with contextlib.suppress(ValueError, TypeError):  # Of other things than numbers and texts.
                self.values[place] = (_same(value), _digest_of(value))
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
        kind: Any = type(value)
        if is_layer(value):
            self._take_layers(place, value, names)
        elif isinstance(value, functools.partial):
            self._take_all(place, {"function": value.func, "": value.args, **value.keywords}, names)
        elif isinstance(value, types.FunctionType):
            if not is_of_library(value):
                read = names_in(value.__code__) if id(value) in self._handed else self._named_along(value)
                self._take_all(place, values_read(value), names | read)
        elif isinstance(value, types.ModuleType):
            if not is_of_library(value):
                self._take_all(place, _attributes(value, names), names)
        elif isinstance(value, type):
            read = self._reached(value, names | _SYNTAX | {"__init__", "call"})
            self._take_all(place, self._members(value, read), read)
        else:
            # What comes with a library has fields alone, as namespaces have.
            read = names if is_of_library(kind) else self._reached(kind, names | _SYNTAX)
            slots = {name: getattr(value, name) for name in self._slots(kind, read) if hasattr(value, name)}
            self._take_all(place, self._members(kind, read) | slots | _attributes(value, read), read)

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
            read = self._reached(kind, names | {"call"}) if kind.__name__ not in _CONTAINERS else frozenset()
            parts = self._members(kind, read) | _attributes(layer, read)
            self._take_all(inside, {name: part for name, part in parts.items() if not self._is_noted(part)}, read)

    def _is_noted(self, value: Any) -> bool:
        """Whether an attribute of a layer is a layer that was taken with it, or serves its training."""
        return id(value) in self._seen or bool(
            {"Metric", "Optimizer", "BaseOptimizer", "Loss"} & set(class_names(value))
        )

    def _reached(self, kind: Any, names: _Names) -> _Names:
        """Names that the named methods and properties of a class read, and those that they name in turn."""
        if (kind, names) in self._names:
            return self._names[kind, names]
        found: set[str] = set(names)
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            for base in kind.__mro__:
                if name in vars(base) and not (base.__name__ in _BASES and is_of_library(base)):
                    function = _behind(vars(base)[name])
                    if isinstance(function, types.FunctionType):
                        new = self._named_along(function) - found
                        found |= new
                        waiting += new
        self._names[kind, names] = frozenset(found)
        return self._names[kind, names]

    def _named_along(self, function: types.FunctionType) -> _Names:
        """Names in a function and in those that it calls by name: what is handed to these is read by them."""
        found, waiting, seen = set[str](), [function], {id(function)}
        while waiting and len(seen) < _MOST_FUNCTIONS:
            function = waiting.pop()
            found |= names_in(function.__code__)
            if not is_of_library(function):
                new = {id(other): other for other in _called(function) if id(other) not in seen}
                seen |= new.keys()
                waiting += new.values()
        self._handed |= seen
        return frozenset(found)


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


def _slots(kind: Any, names: _Names) -> list[str]:
    """Which of the names are slots of a class."""
    read = {name: member for base in kind.__mro__ for name, member in vars(base).items() if name in names}
    return [name for name, member in read.items() if inspect.ismemberdescriptor(member)]


def _members(kind: Any, names: _Names) -> dict[str, Any]:
    """Methods and values of a class that come with no library."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if not is_of_library(base):
            found |= {name: _behind(member) for name, member in vars(base).items() if name in names}
    return {name: member for name, member in found.items() if not inspect.isdatadescriptor(member)}


def _behind(member: Any) -> Any:
    """The function of Python's behind a class's method or property; a member itself that is something else."""
    function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
    function = getattr(function, "func", function) if isinstance(member, functools.cached_property) else function
    function = getattr(function, "python_function", function)
    return inspect.unwrap(function) if callable(function) and not isinstance(function, type) else function


def _called(function: types.FunctionType) -> Iterator[types.FunctionType]:
    """Functions of Python's that a function has by name, in modules of one's own, too."""
    for value in values_read(function).values():
        found = [value]
        if isinstance(value, types.ModuleType) and not is_of_library(value):
            found = list(_attributes(value, names_in(function.__code__)).values())
        for other in found:
            while isinstance(other, functools.partial):
                other = other.func
            other = other.__func__ if isinstance(other, types.MethodType) else other
            if isinstance(other, types.FunctionType):
                yield other


def _digest_of(items: Collection[Any]) -> Hashable:
    """A mark that tells many items from others, read at once."""
    if isinstance(items, Set):
        return hash(frozenset(items))
    if isinstance(items, Mapping) and not isinstance(items, dict):
        return len(items)  # Which may read a file for each.
    given = dict(items) if isinstance(items, dict) else list(items)
    return hashlib.sha1(marshal.dumps(given, 2), usedforsecurity=False).digest()


def _digest(flat: NDArray[Any]) -> bytes:
    return hashlib.sha1(flat.view(np.uint8).data, usedforsecurity=False).digest()

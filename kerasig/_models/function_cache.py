"""Functions compiled for a model, kept for as long as the model lives."""

from __future__ import annotations

import contextlib
import inspect
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from threading import RLock
from typing import Any, TypeVar

Captured = Mapping[tuple[str, ...], Hashable]

# Of a place: there was nothing, or None.
_UNSET = (None, ("NoneType", "None"))
# Compiled functions kept per model. A lambda as target makes one of its own at each call.
MOST_COMPILED = 32

_Built = TypeVar("_Built")


class FunctionCache:
    """Compiled functions of one model by key; of too many the least recently used goes.

    Keys and values must not hold the model, or it is never freed: a target that is a method of the model keeps both.

    Attributes:
        lock: for building the model and tracing it. Both libraries note on the layers what a trace goes through, and
            two traces in two threads would find each other's notes.
        static_batch: rows that the model turned out to need in every call, because it reads their number while it is
            traced.
        traces: how often the model's own code has run, which is while a function is traced.
        keeps_rows: whether the model is known to return one row per example, as it is now.
    """

    def __init__(self, lock: Any = None) -> None:
        self.lock = lock or RLock()
        self._entries: OrderedDict[Hashable, Any] = OrderedDict()
        self.static_batch: int | None = None
        self.traces = 0
        self.keeps_rows = False
        self.returned_rows: int | None = None
        self._captured: Captured | None = None
        # The places that the model's own code writes while it is traced: counters, outputs kept for later.
        self._written: set[tuple[str, ...]] = set()

    def __len__(self) -> int:
        return len(self._entries)

    @contextlib.contextmanager
    def tracing(self, captured: Callable[[], Captured]) -> Iterator[None]:
        """While it is entered, functions may be traced; those go first that hold something as it no longer is.

        Args:
            captured: reads what a trace would hold, by where that is.
        """
        with self.lock:
            before, now = self._captured, captured()
            changed = set[tuple[str, ...]]() if before is None else _differing(before, now)
            if not all(self._is_written(place, before or {}, now) for place in changed):
                self._entries.clear()
                self.static_batch, self.keeps_rows, self.returned_rows = None, False, None
            self._captured, traces = now, self.traces
        try:
            yield
        finally:
            with self.lock:
                if self.traces != traces:
                    self._captured = captured()
                    # What is set for the first time is a setting that a layer makes when it is built, not a counter.
                    changed = _differing(now, self._captured)
                    self._written |= {place for place in changed if now.get(place) not in _UNSET}

    def _is_written(self, place: tuple[str, ...], before: Captured, now: Captured) -> bool:
        """Whether the model's own code writes what is at a place, or adds to what that is in, as to a list."""
        if place in before and place in now:
            return place in self._written
        return any(place[:depth] in self._written for depth in range(1, len(place) + 1))

    def get(self, key: Hashable, build: Callable[[], _Built]) -> _Built:
        """The value kept under `key`, built when it is not there."""
        with self.lock:
            if key not in self._entries:
                self._entries[key] = build()
                while len(self._entries) > MOST_COMPILED:
                    self._entries.popitem(last=False)
            self._entries.move_to_end(key)
            built: _Built = self._entries[key]
            return built


def cache_of(model: Any) -> FunctionCache:
    """The model's cache, the same one at every call while the model lives.

    A bound method is made anew each time that it is looked up, so its cache lives with its instance. A model that
    takes no weak reference gets a new cache at every call.
    """
    owner, function = _parts(model)
    try:
        reference = WeakIdentity(owner, _forget)
    except TypeError:
        return FunctionCache()
    # Methods of one instance share its layers, and so the lock.
    caches = _caches.setdefault(reference, {None: FunctionCache()})
    return caches.setdefault(function, FunctionCache(caches[None].lock))


def identity(model: Any) -> Hashable:
    """A key that is equal for one and the same model only, and does not hold it."""
    owner, function = _parts(model)
    try:
        return WeakIdentity(owner, None), function
    except TypeError:
        return object()


def _parts(model: Any) -> tuple[Any, Any]:
    return (model.__self__, model.__func__) if inspect.ismethod(model) else (model, None)


class WeakIdentity(weakref.ref[Any]):
    """A weak reference that equals those of the same object only: models may compare by value, or not be hashable."""

    __slots__ = ("_hash",)
    _hash: int

    def __new__(cls, owner: Any, callback: Callable[[Any], None] | None) -> WeakIdentity:
        reference = super().__new__(cls, owner, callback)
        reference._hash = id(owner)
        return reference

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        owner = self()
        return owner is not None and isinstance(other, WeakIdentity) and owner is other()

    def __ne__(self, other: object) -> bool:
        return not self == other


def _differing(one: Captured, other: Captured) -> set[tuple[str, ...]]:
    return {place for place in one.keys() | other.keys() if one.get(place) != other.get(place)}


def _forget(reference: Any) -> None:
    _caches.pop(reference, None)


_caches: dict[WeakIdentity, dict[Any, FunctionCache]] = {}

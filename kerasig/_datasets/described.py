"""Values as JSON: what two of them differ in, they differ in there, in every process."""

from __future__ import annotations

import functools
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from kerasig import _nest as nest
from kerasig._arrays import UnreadableError, as_array
from kerasig._functions import is_of_library, values_read
from kerasig._sentences import shown
from kerasig.probes._fingerprint import fingerprint

# Objects in objects that are followed; a user's own may lead to everything that there is.
_DEEPEST = 6


def described(value: Any, depth: int = 0) -> Any:
    """A value as JSON; "is" has the words for it."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"is": str(value)}  # JSON's is not equal to itself.
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, np.generic):
        return described(value.item(), depth)
    if isinstance(value, bytes | complex):
        return {"is": shown(value, 160), "class": type(value).__name__}
    if depth > _DEEPEST:
        return {"class": type(value).__name__}
    if isinstance(value, Mapping):
        return {str(key): described(item, depth + 1) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(json.dumps(described(item, depth + 1), sort_keys=True) for item in value)
    if nest.is_nest(value):
        return [described(item, depth + 1) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        settings = {field.name: described(getattr(value, field.name), depth + 1) for field in fields(value)}
        return {"is": shown(value, 160), "class": type(value).__name__, **settings}
    if hasattr(value, "__array__"):
        try:
            array = as_array(value, "value")
        except (UnreadableError, ValueError):
            return {"class": type(value).__name__}
        return {"is": f"{array.dtype} {list(array.shape)}", "sha256": fingerprint(array)}
    return _object(value, depth)


def _object(value: Any, depth: int) -> dict[str, Any]:
    """A function, or an object that is none of the usual values."""
    name = getattr(value, "name", None) or getattr(value, "__qualname__", None)
    found = {"class": type(value).__name__} if name is None else {"is": str(name), "class": type(value).__name__}
    parts = {"code": code_of(value, depth), "weights": weights_of(value), "architecture": architecture_of(value)}
    found |= {part: known for part, known in parts.items() if known is not None}
    if name is None and hasattr(value, "__dict__") and not is_of_library(type(value)):
        found |= {key: described(item, depth + 1) for key, item in vars(value).items()}
    return found


def code_of(function: Any, depth: int = 0) -> str | None:
    """A hash of what a function of a user's does and of what it uses; None of anything else."""
    uses = list(_parts(function, depth))
    if not uses:
        return None
    return hashlib.sha256(json.dumps(uses, sort_keys=True).encode()).hexdigest()[:16]


def _parts(function: Any, depth: int) -> Iterator[Any]:
    if isinstance(function, functools.partial):
        for part in (function.func, function.args, function.keywords):
            yield _used(part, depth + 1)
        return
    if isinstance(function, MethodType):
        yield from _parts(function.__func__, depth)
        yield _used(function.__self__, depth + 1)
        return
    if depth <= _DEEPEST and (inside := getattr(function, "__wrapped__", None)) is not None:
        # Compiled, or decorated.
        yield from _parts(inside, depth + 1)
    if not isinstance(function, FunctionType):
        # An object that is called, or a model whose class is a user's.
        for method in ("__call__", "call"):
            own = getattr(type(function), method, None)
            if isinstance(own, FunctionType) and not is_of_library(own):
                yield from _parts(own, depth)
        return
    if is_of_library(function):
        yield function.__qualname__
        return
    yield _code(function.__code__)
    for name, used in values_read(function).items():
        if not isinstance(used, type | ModuleType) and used is not function:
            yield [name, _used(used, depth + 2)]


def _used(value: Any, depth: int) -> Any:
    """A value that a function uses; a model by what it is, for its name is numbered."""
    found = described(value, depth)
    return (
        {key: found[key] for key in found if key != "is"}
        if isinstance(found, dict) and "architecture" in found
        else found
    )


def _code(code: CodeType) -> list[Any]:
    """The instructions of code, without the places where they are written."""
    constants = [_code(each) if isinstance(each, CodeType) else _constant(each) for each in code.co_consts]
    return [hashlib.sha256(code.co_code).hexdigest(), constants, list(code.co_names)]


def _constant(value: Any) -> str:
    return " ".join(sorted(map(repr, value))) if isinstance(value, frozenset) else repr(value)


def weights_of(model: Any) -> str | None:
    """A hash of the variables of a model, a layer or a module, or of the owner of a method; None without any."""
    weights = [weight for weight in _weights(model) if hasattr(weight, "shape")]
    if not weights:
        return None
    digest = hashlib.sha256()
    for weight in weights:
        array = np.asarray(weight)
        digest.update(f"{array.dtype.str} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _weights(model: Any) -> list[Any]:
    """Every variable of a model, a layer or a module; those of a function that was made of one."""
    owner = getattr(model, "__self__", model)
    for name in ("weights", "variables"):
        found = getattr(owner, name, None)
        if isinstance(found, list | tuple):
            return list(found)
    return []


def architecture_of(model: Any) -> str | None:
    """A hash of a Keras configuration, in which names are numbered: a second model of one class has other names."""
    owner = getattr(model, "__self__", model)
    if not hasattr(owner, "get_config"):
        return None
    try:
        config = owner.get_config()
    except Exception:  # Subclassed models may have none.
        return None
    names: dict[str, str] = {}
    document = json.dumps(_renamed(_plain(config), names), sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """A configuration whose layers are called by the order in which they come."""
    if isinstance(value, dict):
        if isinstance(name := value.get("name"), str):
            names.setdefault(name, f"layer {len(names)}")
        return {key: _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """A value as JSON has it, whatever it is."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str | int | float | bool | None):
        return value
    if hasattr(value, "get_config"):
        return {"class": type(value).__name__, **_plain(value.get_config())}
    return {"class": type(value).__name__}

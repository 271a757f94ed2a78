"""The model and the arguments that an output was begun with, so that it goes on with the same and with nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from kerasig import _nest as nest
from kerasig._arrays import UnreadableError, as_array
from kerasig._sentences import shown
from kerasig._version import __version__
from kerasig.probes._fingerprint import fingerprint

Described = Mapping[str, Any]


def of_model(model: Any) -> dict[str, str]:
    """A model by its architecture and weights, the same in every process.

    Of plain functions that know no weights it is the name alone: what they compute cannot be told without a call.
    """
    found = {"type": type(model).__name__ if not hasattr(model, "__name__") else str(model.__name__)}
    weights = [weight for weight in _weights(model) if hasattr(weight, "shape")]
    if weights:
        digest = hashlib.sha256()
        for weight in weights:
            array = np.asarray(weight)
            digest.update(f"{array.dtype.str} {array.shape} ".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        found["weights"] = digest.hexdigest()
    if (config := _architecture(model)) is not None:
        found["architecture"] = hashlib.sha256(config.encode()).hexdigest()
    return found


def of_arguments(**arguments: Any) -> dict[str, Any]:
    """Arguments as JSON: arrays by what they hold, functions by their names; and the version that reads them."""
    return {"kerasig": __version__, **{name: _described(value) for name, value in arguments.items()}}


def difference(before: Described, now: Described, of: str) -> str | None:
    """A sentence that says how one description differs from another; None where it does not."""
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if not changed:
        return None
    name = changed[0]
    if of == "model":
        words = {"weights": "other weights", "architecture": "another architecture", "type": "another class"}
        return f"It was begun with a model of {words[name]}."
    return f"It was begun with {name}={_short(before.get(name))}. Received {name}={_short(now.get(name))}."


def _short(value: Any) -> str:
    return value["is"] if isinstance(value, Mapping) and "is" in value else shown(value)


def _weights(model: Any) -> list[Any]:
    """Every variable of a model, a layer or a module; those of a function that was made of one."""
    owner = getattr(model, "__self__", model)
    for name in ("weights", "variables"):
        found = getattr(owner, name, None)
        if isinstance(found, list | tuple):
            return list(found)
    return []


def _architecture(model: Any) -> str | None:
    """A Keras model's configuration, in which names are numbered: a second model of one class has other names."""
    owner = getattr(model, "__self__", model)
    if not hasattr(owner, "get_config"):
        return None
    try:
        config = owner.get_config()
    except Exception:  # Subclassed models may have none.
        return None
    names: dict[str, str] = {}
    return json.dumps(_renamed(_plain(config), names), sort_keys=True)


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


def _described(value: Any) -> Any:
    """A value as JSON: what two of them differ in, they differ in here."""
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): _described(item) for key, item in value.items()}
    if nest.is_nest(value):
        return [_described(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        settings = {field.name: _described(getattr(value, field.name)) for field in fields(value)}
        return {"is": shown(value, 160), "class": type(value).__name__, **settings}
    if hasattr(value, "__array__"):
        try:
            array = as_array(value, "value")
        except UnreadableError:
            return {"class": type(value).__name__}
        return {"is": f"{array.dtype} {list(array.shape)}", "sha256": fingerprint(array)}
    name = getattr(value, "name", None) or getattr(value, "__qualname__", None)
    if name is None and hasattr(value, "__dict__"):
        return {"class": type(value).__name__, **{key: _described(item) for key, item in vars(value).items()}}
    return {"is": str(name), "class": type(value).__name__}

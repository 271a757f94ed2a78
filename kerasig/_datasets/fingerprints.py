"""The model and the arguments that an output was begun with, so that it goes on with the same and with nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasig._datasets.described import architecture_of, code_of, described, weights_of
from kerasig._datasets.manifest import OWN_KEYS
from kerasig._sentences import shown
from kerasig._version import __version__

Described = Mapping[str, Any]


def of_model(model: Any) -> dict[str, str]:
    """A model by its architecture and weights, the same in every process.

    Functions are told by their code and by what they use of their surroundings, such as a model.
    """
    found = {"type": type(model).__name__ if not hasattr(model, "__name__") else str(model.__name__)}
    if (weights := weights_of(model)) is not None:
        found["weights"] = weights
    if (config := architecture_of(model)) is not None:
        found["architecture"] = config
    if (code := code_of(model)) is not None:
        found["code"] = code
    return found


def of_arguments(**arguments: Any) -> dict[str, Any]:
    """Arguments as JSON: arrays by what they hold, functions by their code; and the version that reads them."""
    return {"kerasig": __version__, **{name: described(value) for name, value in arguments.items()}}


def difference(before: Described, now: Described, of: str) -> str | None:
    """A sentence that says how one description differs from another; None where it does not."""
    changed = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if not changed:
        return None
    name = changed[0]
    if of == "model":
        words = {"weights": "other weights", "architecture": "another architecture", "type": "another class"}
        words["code"] = "other code, or of other things that it uses"
        return f"It was begun with a model of {words[name]}."
    one, other = before.get(name), now.get(name)
    if name == "key" and OWN_KEYS in (one, other):
        began, received = ("with", "without any") if one == OWN_KEYS else ("without", "with such")
        return f"It was begun {began} keys of rows' own, as those of Beam's rows. Received rows {received}."
    while isinstance(one, Mapping) and isinstance(other, Mapping) and not {"is", "class"} & {*one, *other}:
        key = next(key for key in {**one, **other} if one.get(key) != other.get(key))
        name, one, other = f"{name}[{key!r}]", one.get(key), other.get(key)
    one, other = _short(one), _short(other)
    other = f"another of that name, {other}" if one == other else other
    return f"It was begun with {name}={one}. Received {name}={other}."


def _short(value: Any) -> str:
    return str(value["is"]) if isinstance(value, Mapping) and "is" in value else shown(value)

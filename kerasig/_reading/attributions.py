"""A record of the log as a `kerasig.Attribution`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboard_plugin_kerasig import schema

from kerasig._status import STATUSES
from kerasig.attribution import Attribution, InteriorGradients, PathProfile
from kerasig.steps import Adaptive, Fixed

_RULES: Mapping[str, Any] = {"Fixed": Fixed, "Adaptive": Adaptive}
_CALL = re.compile(r"(\w+)\((.*)\)")
_ARGUMENT = re.compile(r"(\w+)=('?)([\w.+-]+)\2(?:, |$)")


def attribution_of(
    record: schema.DecodedRecord, interior: schema.DecodedRecord | None, inputs: schema.DecodedRecord | None
) -> Attribution:
    """The attribution of a record.

    Args:
        record: of kind "attributions".
        interior: of kind "interior" at the same step, where there is one: it has the path.
        inputs: of the set; None where the log has none.
    """
    header = record.header
    about = {} if inputs is None else inputs.header
    layer = about.get("layer")
    columns = {name: _floats(header, name) for name in ("score", "baseline_score", "residual", "map_error")}
    values = _named(record)
    grouped = {leaf["name"] for leaf in record.header["leaves"] if leaf.get("grouped")}
    shown = _inputs({} if inputs is None else _shown(inputs), values, layer, grouped)
    held = [name for name in shown if name not in values] if layer is None and isinstance(shown, dict) else []
    return Attribution(
        values=_nest(values, layer, held),
        score=columns["score"],
        baseline_score=columns["baseline_score"],
        delta=_floats(header, "delta").astype(np.float64),
        residual=columns["residual"],
        map_error=columns["map_error"],
        converged=_converged(header),
        status=_status(header),
        n_evaluations=np.nan_to_num(_floats(header, "n_evaluations")).astype(np.int64),
        path=_path(header, interior),
        rule=_rule(header.get("rule")),
        interior=None if interior is None else _interior(list(values), interior, layer, held),
        inputs=shown,
        target=_classes(header, "classes", header.get("target")),
        layer=layer,
        coordinates=_coordinates(record, about.get("coordinates"), layer, held),
        predicted=_classes(header, "predicted", None),
    )


def _coordinates(record: schema.DecodedRecord, names: Any, layer: Any, held: Sequence[str]) -> Any:
    """The names of groups in the structure of the values; None where no leaf is grouped."""
    leaves = zip(record.header["leaves"], record.leaves, strict=True)
    attributed = [leaf for leaf, values in leaves if values is not None]
    if not any(leaf.get("grouped") for leaf in attributed):
        return None
    grouped: dict[str, Any] = {}
    for leaf in attributed:
        called = (names or {}).get(leaf["name"]) or []
        numbered = [f"group {place}" for place in range(leaf["shape"][0])]
        known = [*called, *numbered[len(called) :]][: len(numbered)]
        grouped[leaf["name"]] = np.array(known, np.str_) if leaf.get("grouped") else None
    return _nest(grouped, layer, held)


def _floats(header: Mapping[str, Any], name: str) -> NDArray[np.float32]:
    """A column of a header; NaN where it is not there."""
    values = header.get(name)
    known = np.full(header["probes"], np.nan) if values is None else schema.floats(values)
    with np.errstate(over="ignore"):
        return known.astype(np.float32)


def _classes(header: Mapping[str, Any], name: str, otherwise: Any) -> Any:
    values = header.get(name)
    is_known = values is not None and all(isinstance(value, int) for value in values)
    return np.asarray(values, np.int64) if is_known else otherwise


def _converged(header: Mapping[str, Any]) -> NDArray[np.bool_]:
    return np.array([bool(flag) for flag in header.get("converged") or [False] * header["probes"]], bool)


def _status(header: Mapping[str, Any]) -> NDArray[np.str_]:
    """Why each integral is as good as it is; logs of earlier versions say only whether it converged."""
    told = header.get("statuses") or [None] * header["probes"]
    converged, residual = _converged(header), _floats(header, "residual")
    guessed = np.where(converged, "converged", np.where(np.isfinite(residual), "out of steps", "not finite"))
    return np.array([said if said in STATUSES else guess for said, guess in zip(told, guessed, strict=True)], np.str_)


def _rule(described: Any) -> Fixed | Adaptive:
    """The rule that a record names; the default one where it names none that there is."""
    match = _CALL.fullmatch(described) if isinstance(described, str) else None
    given = {} if match is None else {name: value for name, _, value in _ARGUMENT.findall(match[2])}
    numbers = {name: value if name == "rule" else float(value) for name, value in given.items()}
    whole = {name: int(value) for name, value in numbers.items() if name in ("n", "max_steps")}
    try:
        return _RULES[match[1]](**{**numbers, **whole}) if match is not None else Adaptive()
    except (KeyError, TypeError, ValueError):
        return Adaptive()


def _path(header: Mapping[str, Any], interior: schema.DecodedRecord | None) -> PathProfile:
    """The path, which lies in the record of the interior gradients; one node of NaN without."""
    told = (interior.header.get("path") if interior is not None else None) or {}
    unknown = np.full((header["probes"], 1), np.nan, np.float32)
    try:
        fields = [np.array([schema.floats(row) for row in told[name]], np.float32) for name in _PATH]
    except (KeyError, TypeError, ValueError):
        return PathProfile(unknown, unknown.copy(), unknown.copy())
    fits = all(field.ndim == 2 and field.shape == (header["probes"], fields[0].shape[1]) for field in fields)
    return PathProfile(*fields) if fits else PathProfile(unknown, unknown.copy(), unknown.copy())


_PATH = ("alphas", "scores", "slopes")


def _interior(names: Sequence[str], record: schema.DecodedRecord, layer: Any, held: Sequence[str]) -> Any:
    gradients = _named(record)
    if list(gradients) != list(names):
        return None
    alphas = schema.floats(record.header["alphas"]).astype(np.float32)
    return InteriorGradients(alphas, _nest(gradients, layer, held))


def _named(record: schema.DecodedRecord) -> dict[str, NDArray[np.float32]]:
    """The leaves of a record that have values, by name.

    Raises:
        ValueError: it has none.
    """
    leaves = zip(record.header["leaves"], record.leaves, strict=True)
    found = {leaf["name"]: _with_channels(leaf, values) for leaf, values in leaves if values is not None}
    if not found:
        raise ValueError("The record has no values.")
    return found


def _with_channels(leaf: Mapping[str, Any], values: NDArray[Any]) -> NDArray[np.float32]:
    """Values with an axis of one in the place of each that was summed, behind the positions."""
    summed = max(len(leaf.get("full_shape") or leaf["shape"]) - len(leaf["shape"]), 0)
    return np.asarray(values, np.float32).reshape(*values.shape, *[1] * summed)


def _shown(inputs: schema.DecodedRecord) -> dict[str, NDArray[Any]]:
    leaves = zip(inputs.header["leaves"], inputs.leaves, strict=True)
    return {
        leaf["name"]: values.astype(str) if values.dtype == object else values
        for leaf, values in leaves
        if values is not None
    }


def _inputs(
    shown: dict[str, NDArray[Any]], values: Mapping[str, NDArray[Any]], layer: Any, grouped: Collection[str]
) -> Any:
    """The inputs in the structure of the values; None where they do not fit those that have their coordinates."""
    compared = {name: found for name, found in values.items() if name not in grouped}
    if not shown or (layer is None and not all(_fits(shown.get(name), found) for name, found in compared.items())):
        return None
    return shown["inputs"] if list(shown) == ["inputs"] else shown


def _fits(own: NDArray[Any] | None, values: NDArray[Any]) -> bool:
    """Whether values lie in an input, with all of its channels or their sum."""
    if own is None or own.ndim != values.ndim:
        return False
    return all(size in (1, whole) for size, whole in zip(values.shape, own.shape, strict=True))


def _nest(leaves: Mapping[str, Any], layer: Any, held: Sequence[str]) -> Any:
    """Leaves in a nest whose names they have; a list of one for each layer, where there are several."""
    if isinstance(layer, list):
        own = [{name: leaf for name, leaf in leaves.items() if _layer_of(name, layer) == one} for one in layer]
        return [_nest(part, one, []) if part else None for part, one in zip(own, layer, strict=True)]
    lone = "inputs" if layer is None else str(layer)
    if list(leaves) == [lone] and not held:
        return leaves[lone]
    if layer is None:
        return {**leaves, **dict.fromkeys(held)}
    return {name.removeprefix(f"{layer}/"): leaf for name, leaf in leaves.items()}


def _layer_of(name: str, layers: Sequence[Any]) -> Any:
    fitting = [layer for layer in layers if layer is not None and (name == layer or name.startswith(f"{layer}/"))]
    return max(fitting, key=len) if fitting else None

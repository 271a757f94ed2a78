"""Whether the fields of an `Attribution` fit together: as many examples in each, the same shapes, the right kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._status import STATUSES

# One entry for each example, by the letters of their kinds.
PER_EXAMPLE = {
    "score": "f",
    "baseline_score": "f",
    "delta": "f",
    "residual": "f",
    "map_error": "f",
    "converged": "b",
    "status": "U",
    "n_evaluations": "iu",
}


class UnfitFieldError(ValueError):
    """A field does not fit the others; says which and how."""


def check_fields(fields: Mapping[str, Any]) -> None:
    """Raises UnfitFieldError unless the fields are those of one attribution.

    Args:
        fields: by name; `path` and `interior` as dicts of theirs.
    """
    n = len(_array(fields["score"], "score", "f", 1))
    for name, kinds in PER_EXAMPLE.items():
        _rows(fields[name], name, kinds, n, axes=1)
    if unknown := set(fields["status"].tolist()) - set(STATUSES):
        raise UnfitFieldError(f"status must be of {', '.join(STATUSES)}. Received {min(unknown)!r:.80}")
    if fields["predicted"] is not None:
        _rows(fields["predicted"], "predicted", "iu", n, axes=1)
    values = dict(_leaves(fields["values"], "values"))
    if all(leaf is None for leaf in values.values()):
        raise UnfitFieldError("values must hold an array. Received none")
    for name, leaf in values.items():
        if leaf is not None:
            _rows(leaf, name, "f", n)
    _check_shown(fields, values, n)
    _check_path(fields["path"], n)
    if fields["interior"] is not None:
        _check_interior(fields["interior"], fields["values"], values, n)
    for name, leaf in _leaves(fields["target"], "target"):
        # One index for all is a number; classes are arrays.
        if np.ndim(leaf) or not isinstance(leaf, str | int | float | np.generic | np.ndarray | None):
            _rows(leaf, name, "iufbU", n)


def _check_shown(fields: Mapping[str, Any], values: Mapping[str, Any], n: int) -> None:
    """Inputs, baselines and the layer, beside the values."""
    inputs, layer = fields["inputs"], fields["layer"]
    grouped = _check_coordinates(fields["coordinates"], fields["values"], values)
    for name, leaf in _leaves(inputs, "inputs"):
        if leaf is not None:
            _rows(leaf, name, "biufUSO", n)
    if layer is None and inputs is not None:
        _like_values(inputs, "inputs", fields["values"])
        shown = zip(_leaves(inputs, "inputs"), values.values(), grouped, strict=True)
        for (name, leaf), value, group in shown:
            if value is not None and group is None and np.shape(leaf) != value.shape and not _is_sum(value, leaf):
                raise UnfitFieldError(f"{name} must have the shape of its values, {value.shape}. {_received(leaf)}")
    if isinstance(layer, list):
        if not all(isinstance(name, str | None) for name in layer) or not (
            isinstance(fields["values"], list) and len(fields["values"]) == len(layer)
        ):
            raise UnfitFieldError(f"layer must name what values are of. Received layer={layer!r:.80}")
    elif not isinstance(layer, str | None):
        raise UnfitFieldError(f"layer must be a name, a list of names or None. Received layer={layer!r:.80}")
    if fields["baselines"] is None:
        return
    _like_values(fields["baselines"], "baselines", fields["values"])
    starts = zip(_leaves(fields["baselines"], "baselines"), values.values(), grouped, strict=True)
    for (name, leaf), value, group in starts:
        if group is not None:
            _array(leaf, name, "f")
        elif value is not None and _array(leaf, name, "f", value.ndim).shape[1:] != value.shape[1:]:
            raise UnfitFieldError(f"{name} must have rows like its values, {value.shape}. {_received(leaf)}")


def _is_sum(values: NDArray[Any], inputs: Any) -> bool:
    """Whether values [N, ...] are sums along axes of inputs, which they have with length 1: in logs, of channels."""
    axes = zip(values.shape[1:], np.shape(inputs)[1:], strict=False)
    return values.ndim == np.ndim(inputs) and all(size in (1, whole) for size, whole in axes)


def _check_coordinates(coordinates: Any, structure: Any, values: Mapping[str, Any]) -> list[Any]:
    """The names of each leaf's groups, None where it has none."""
    if coordinates is None:
        return [None] * len(values)
    _like_values(coordinates, "coordinates", structure)
    named = list(_leaves(coordinates, "coordinates"))
    for (name, names), value in zip(named, values.values(), strict=True):
        if names is None:
            continue
        expected = None if value is None or value.ndim != 2 else value.shape[1:]
        if _array(names, name, "U").shape != expected:
            raise UnfitFieldError(f"{name} must name the groups of its values. {_received(names)}")
    return [names for _, names in named]


def _check_path(path: Mapping[str, Any], n: int) -> None:
    shape = None
    for name, profile in path.items():
        profile = _rows(profile, f"path.{name}", "f", n)
        if profile.ndim not in (2, 3) or profile.shape != (shape or profile.shape):
            raise UnfitFieldError(f"path.{name} must have the shape of path.alphas, [N, K]. {_received(profile)}")
        shape = profile.shape


def _check_interior(interior: Mapping[str, Any], structure: Any, values: Mapping[str, Any], n: int) -> None:
    k = len(_array(interior["alphas"], "interior.alphas", "f", 1))
    gradients = interior["gradients"]
    _like_values(gradients, "interior.gradients", structure)
    for (name, leaf), value in zip(_leaves(gradients, "interior.gradients"), values.values(), strict=True):
        expected = None if value is None else (n, k, *value.shape[1:])
        if (None if leaf is None else _array(leaf, name, "f").shape) != expected:
            raise UnfitFieldError(f"{name} must have the shape {expected}. {_received(leaf)}")


def _leaves(structure: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Name and leaf of each place in a nest."""
    try:
        parts = nest.names(structure, lone=name)
    except ValueError as error:  # Keys of a dict that have no order.
        raise UnfitFieldError(f"{name} is no nest of arrays: {str(error).rstrip('.')}") from None
    names = [name if part == name else f"{name}/{part}" for part in parts]
    # Keys that differ may have one name: {"a/b": x} and {"a": {"b": x}}.
    numbered = [part if names.count(part) == 1 else f"{part}#{place}" for place, part in enumerate(names)]
    return zip(numbered, nest.flatten(structure), strict=True)


def _like_values(structure: Any, name: str, values: Any) -> None:
    try:
        nest.check_same(values, structure, arguments=("values", name))
    except ValueError as error:
        raise UnfitFieldError(str(error).rstrip(".")) from None


def _rows(leaf: Any, name: str, kinds: str, n: int, axes: int | None = None) -> NDArray[Any]:
    array = _array(leaf, name, kinds, axes)
    if array.ndim == 0 or len(array) != n:
        raise UnfitFieldError(f"{name} must have one row for each of the {n} examples. {_received(array)}")
    return array


def _array(leaf: Any, name: str, kinds: str, axes: int | None = None) -> NDArray[Any]:
    if not isinstance(leaf, np.ndarray) or leaf.dtype.kind not in kinds or axes not in (None, leaf.ndim):
        wanted = "an array" if axes is None else f"an array of {axes} ax{'is' if axes == 1 else 'es'}"
        raise UnfitFieldError(f"{name} must be {wanted} of kind {kinds!r}. {_received(leaf)}")
    return leaf


def _received(leaf: Any) -> str:
    if isinstance(leaf, np.ndarray):
        return f"Received {leaf.dtype}, shape {leaf.shape}"
    return f"Received {leaf!r:.80}"

"""The file of an `Attribution`: one .npz with an array for each array, and a JSON document that says what they are."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._attribution.fields import UnfitFieldError, check_fields
from kerasig._storage import PLAIN_KINDS, DamagedFileError, read_arrays, write_arrays
from kerasig.steps import Adaptive, Fixed

FILE_VERSION = 1
_DOCUMENT = "kerasig"
_RULES: dict[str, type[Fixed] | type[Adaptive]] = {"Fixed": Fixed, "Adaptive": Adaptive}
# Of fields that are classes of their own.
PARTS = {"path": ("alphas", "scores", "slopes"), "interior": ("alphas", "gradients")}


def write(path: str | os.PathLike[str], fields: Mapping[str, Any]) -> None:
    """Writes the fields of an attribution.

    Args:
        path: where to; ".npz" is added when it is missing.
        fields: by name, the rule among them; `path` and `interior` as dicts of theirs.

    Raises:
        TypeError: path is no path, or a field holds what no array is.
        ValueError: the fields do not fit together, so that they could not be read again.
    """
    name = arguments.path_text("path", path)
    arrays: dict[str, NDArray[Any]] = {}
    rule = fields["rule"]
    document = {
        "version": FILE_VERSION,
        "rule": rule_to_json(rule),
        **{field: to_json(value, field, arrays) for field, value in fields.items() if field != "rule"},
    }
    try:
        check_fields(fields)
    except UnfitFieldError as error:
        raise ValueError(f"An Attribution whose fields do not fit together cannot be saved: {error}.") from None
    write_arrays(name, {_DOCUMENT: np.array(json.dumps(document)), **arrays})


def read(path: str | os.PathLike[str], names: tuple[str, ...]) -> dict[str, Any]:
    """The fields that `write` was given.

    Args:
        path: the .npz file; ".npz" may be left out.
        names: of the fields, without the rule.

    Raises:
        TypeError: path is no path.
        FileNotFoundError: there is no such file.
        ValueError: the file is not one whole attribution, or a later version wrote it.
    """
    name = named_to_read(path, "Attribution")
    try:
        arrays = read_arrays(name)
        document = _document(arrays)
        version = document.get("version")
        if not isinstance(version, int) or version < 1:
            raise DamagedFileError(f"its version is none. Received {version!r:.80}")
        if version > FILE_VERSION:
            raise ValueError(
                f"{name!r} has version {version!r:.80}; this kerasig reads up to {FILE_VERSION}. Upgrade kerasig."
            )
        if missing := [field for field in ("rule", *names) if field not in document]:
            raise DamagedFileError(f"it has no {', '.join(missing)}")
        fields = {field: from_json(document[field], arrays) for field in names}
        for field, parts in PARTS.items():
            if fields[field] is not None and (not isinstance(fields[field], dict) or set(fields[field]) != set(parts)):
                raise DamagedFileError(f"{field} must have {', '.join(parts)}")
        check_fields(fields)
        fields["rule"] = rule_from_json(document["rule"])
    except (DamagedFileError, UnfitFieldError) as error:
        raise ValueError(f"{name!r} is not a saved Attribution, or it is damaged: {error}.") from error
    return fields


def named_to_read(path: Any, saved: str) -> str:
    """The name of an .npz file that is read, of which ".npz" may be left out.

    Args:
        path: of it.
        saved: the class that wrote it, for the message.

    Raises:
        TypeError: path is no path.
        ValueError: it is a directory.
    """
    name = arguments.path_text("path", path)
    if not name.endswith(".npz") and not os.path.exists(name):
        name += ".npz"
    if os.path.isdir(name):
        raise ValueError(f"{name!r} is not a saved {saved}: it is a directory.")
    return name


def _document(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    if _DOCUMENT not in arrays:
        raise DamagedFileError(f"it has no entry {_DOCUMENT!r} but {list(arrays)!r:.80}")
    text = arrays[_DOCUMENT]
    try:
        document = json.loads(str(text)) if text.dtype.kind == "U" and text.ndim == 0 else None
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"its description is no JSON ({error!r:.80})") from error
    if not isinstance(document, dict):
        raise DamagedFileError(f"its description is no JSON object. Received {str(text)!r:.80}")
    return document


def rule_to_json(rule: Fixed | Adaptive) -> dict[str, Any]:
    """A rule by its name and settings."""
    return {"name": type(rule).__name__, **asdict(rule)}


def rule_from_json(described: Any) -> Fixed | Adaptive:
    """The rule that `rule_to_json` described.

    Raises:
        DamagedFileError: it is none.
    """
    arguments = dict(described) if isinstance(described, dict) else {}
    try:
        return _RULES[arguments.pop("name")](**arguments)
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(f"its rule is none. Received {described!r:.80}") from error


def to_json(value: Any, name: str, arrays: dict[str, NDArray[Any]]) -> Any:
    """A JSON value in which arrays are references into `arrays`; containers keep their type."""
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        kind = "array" if array.dtype != object else "strings"
        if kind == "strings":
            array = _without_objects(array, name)
        if array.dtype.kind not in PLAIN_KINDS:
            raise TypeError(f"{name} cannot be saved: it must be numbers, bools or strings. Received {array.dtype}.")
        reference = _unused(name, arrays)
        arrays[reference] = array
        return {kind: reference}
    if isinstance(value, Mapping):
        if not all(isinstance(key, str | int | float) for key in value):
            raise TypeError(
                f"{name} cannot be saved: its keys must be strings or numbers. Received {list(value)!r:.80}."
            )
        return {"dict": [[key, to_json(item, f"{name}/{key}", arrays)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        items = [to_json(item, f"{name}/{index}", arrays) for index, item in enumerate(value)]
        return {"tuple" if isinstance(value, tuple) else "list": items}
    if not isinstance(value, str | int | float | None):
        raise TypeError(f"{name} cannot be saved. Received {value!r:.80} of type {type(value).__name__}.")
    return {"value": value}


def _unused(name: str, arrays: Mapping[str, Any]) -> str:
    """A name that no array has yet: the dicts {"a/b": x} and {"a": {"b": x}} give the same one."""
    # Zip cuts names at a zero, and cannot write halves of characters.
    name = "".join(letter if letter.isprintable() else "_" for letter in name[:200])
    unused, count = name, 1
    while unused in arrays:
        count += 1
        unused = f"{name}#{count}"
    return unused


def _without_objects(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Strings as NumPy's own, since Python objects need pickle; a mixture of `str` and `bytes` as bytes."""
    items = array.ravel().tolist()
    if not all(isinstance(item, str | bytes) for item in items):
        raise TypeError(f"{name} cannot be saved: its objects must be strings. Received {items[:3]!r:.80}.")
    if all(isinstance(item, str) for item in items):
        return np.array(items, dtype=np.str_).reshape(array.shape)
    encoded = [item.encode() if isinstance(item, str) else item for item in items]
    return np.array(encoded, dtype=np.bytes_).reshape(array.shape)


def from_json(value: Any, arrays: Mapping[str, NDArray[Any]], depth: int = 0) -> Any:
    """The value that `to_json` described.

    Raises:
        DamagedFileError: it is none, or an array is missing.
    """
    kind, content = next(iter(value.items())) if isinstance(value, dict) and len(value) == 1 else (None, None)
    if kind in ("array", "strings") and isinstance(content, str):
        if content not in arrays:
            raise DamagedFileError(f"it has no array {content!r:.80}")
        if kind == "strings" and arrays[content].dtype.kind not in "US":
            raise DamagedFileError(f"{content!r:.80} must be strings. Received {arrays[content].dtype}")
        return arrays[content].astype(object) if kind == "strings" else arrays[content]
    if kind == "value" and isinstance(content, str | int | float | None):
        return content
    if isinstance(content, list) and depth < 100:
        if kind in ("tuple", "list"):
            items = [from_json(item, arrays, depth + 1) for item in content]
            return tuple(items) if kind == "tuple" else items
        if kind == "dict" and all(map(_is_entry, content)):
            return {key: from_json(item, arrays, depth + 1) for key, item in content}
    raise DamagedFileError(f"its description holds {value!r:.80}, which is none of an Attribution's parts")


def _is_entry(entry: Any) -> bool:
    """Whether this is a key and what belongs to it."""
    return isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str | int | float)

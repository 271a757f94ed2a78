"""The header of a record: what every reader relies on is checked once, when it is read."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tensorboard_plugin_kerasig.payloads import ENCODINGS, MAX_BYTES, FormatError
from tensorboard_plugin_kerasig.traits import are_kinds

VERSION = 1
KINDS = ("attributions", "interior", "inputs", "stats", "suspects")
_FLOAT32_MAX = float(np.finfo(np.float32).max)
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")


def load(blob: bytes, what: str) -> dict[str, Any]:
    """Reads a JSON object.

    Raises:
      FormatError: If it is none; `what` begins the sentence.
    """
    try:
        value = json.loads(blob)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors.
        raise FormatError(f"{what} is cut or corrupt: it is not JSON.") from None
    if not isinstance(value, dict):
        raise FormatError(f"{what} is corrupt: it is a JSON {type(value).__name__}, not an object.")
    return value


def plain(value: Any) -> Any:
    """Turns NumPy values into JSON's, and NaN and infinities into strings, which strict JSON can carry."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def dump(value: Any) -> bytes:
    """Writes strict JSON: what holds a NaN or an infinity must have gone through `plain`."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def check_version(fields: Mapping[str, Any], what: str) -> None:
    """Raises a FormatError unless this plugin reads the version of some metadata or of a header."""
    version = read_field(fields, "version", int)
    if not 1 <= version <= VERSION:
        raise FormatError(
            f"{what} is written in version {version} of the format, and this plugin reads up to version {VERSION}. "
            "Update kerasig where TensorBoard runs."
        )


def read_field(fields: Any, name: str, kind: Any) -> Any:
    """A field that must be there and of a type; a boolean is no number."""
    value = fields.get(name) if isinstance(fields, Mapping) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise FormatError(f"A record is corrupt: its {name!r} is missing or is not what it should be.")
    return value


def check_header(header: Mapping[str, Any]) -> None:
    """Raises a FormatError unless a header has what every reader relies on, and nothing that would mislead one."""
    check_version(header, "The header of a record")
    kind, probes = read_field(header, "kind", str), read_field(header, "probes", int)
    if kind not in KINDS or kind == "suspects" or not 0 <= probes <= MAX_BYTES:
        raise FormatError(f"A record's header is corrupt: kind {kind!r}, {probes} probes.")
    read_field(header, "title", str), read_field(header, "series", str)
    leaves = read_field(header, "leaves", list)
    for leaf in leaves:
        _check_leaf(leaf)
    for entry in read_field(header, "payloads", list):
        _check_payload(entry, probes, len(leaves))
    for name, fits in _PER_PROBE.items():
        values = header.get(name)
        if values is not None and not (isinstance(values, list) and len(values) == probes and all(map(fits, values))):
            raise FormatError(f"A record's header is corrupt: {name!r} is not a list with one entry per probe.")
    for name, fits in _PER_SET.items():
        if header.get(name) is not None and not fits(header[name]):
            raise FormatError(f"A record's header is corrupt: its {name!r} is not what it should be.")
    if kind == "interior" and not all(map(is_number, read_field(header, "alphas", list))):
        raise FormatError("A record's header is corrupt: its 'alphas' are no numbers.")
    if kind == "inputs":
        read_field(header, "probe_kind", str)
    _check_parts(header, probes)


def _check_leaf(leaf: Any) -> None:
    name, shape = read_field(leaf, "name", str), read_field(leaf, "shape", list)
    if not is_shape(shape):
        raise FormatError(f"A record's header is corrupt: leaf {name!r} has shape {brief(shape)}.")
    for field in ("positions_of", "kind"):
        if leaf.get(field) is not None:
            read_field(leaf, field, str)
    if not is_flag(leaf.get("grouped")):
        raise FormatError(
            f"A record's header is corrupt: whether leaf {name!r} is grouped is {brief(leaf['grouped'])}."
        )


def _check_payload(entry: Any, probes: int, leaves: int) -> None:
    if not (0 <= read_field(entry, "probe", int) < probes and 0 <= read_field(entry, "leaf", int) < leaves):
        raise FormatError(f"A record's header is corrupt: no probe {entry['probe']} or leaf {entry['leaf']}.")
    if read_field(entry, "encoding", str) not in ENCODINGS:
        raise FormatError(f"A payload has an encoding that is unknown: {brief(entry['encoding'])}.")
    if entry["encoding"] == "int16" and not 0 <= read_field(entry, "scale", (int, float)) <= _FLOAT32_MAX:
        raise FormatError(f"A payload has a scale that no float32 array has: {entry['scale']}.")


def _check_parts(header: Mapping[str, Any], probes: int) -> None:
    """Entries about single leaves: which is the subject, where regions lie, and what words stand in them."""
    leaves = header["leaves"]
    subject = header.get("subject")
    if subject is not None and not 0 <= read_field(header, "subject", int) < len(leaves):
        raise FormatError(f"A record's header is corrupt: its subject is leaf {subject} of {len(leaves)}.")
    for region in read_field({"regions": header.get("regions") or {}}, "regions", dict).values():
        read_field(region, "mask", str)
        shape, leaf = read_field(region, "shape", list), region.get("leaf", 0)
        if not is_shape(shape) or math.prod(shape) > MAX_BYTES or not is_whole(leaf) or not 0 <= leaf < len(leaves):
            raise FormatError(
                f"A record's header is corrupt: a region of shape {brief(shape)} over leaf {brief(leaf)}."
            )
    words = header.get("leaf_tokens")
    if words is not None and not (
        isinstance(words, dict) and all(_is_rows_of_words(rows, probes) for rows in words.values())
    ):
        raise FormatError("A record's header is corrupt: its 'leaf_tokens' are not lists of words per probe.")


def is_whole(value: Any) -> bool:
    """Whether something is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_shape(value: Any) -> bool:
    """Whether something is the shape of an array."""
    return isinstance(value, list) and all(is_whole(size) and 0 <= size <= MAX_BYTES for size in value)


def is_number(value: Any) -> bool:
    """Whether something is a number as a header has it: NaN and infinities are strings, what is absent is null."""
    return value is None or value in _NOT_FINITE or (isinstance(value, int | float) and not isinstance(value, bool))


def _is_rate(value: Any) -> bool:
    """Whether something is a number of samples per second."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


def _is_word(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def is_text(value: Any) -> bool:
    """Whether something is a text, or nothing."""
    return value is None or isinstance(value, str)


def is_flag(value: Any) -> bool:
    """Whether something is true, false or nothing."""
    return value is None or isinstance(value, bool)


def _is_edges(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(edge, list) and len(edge) == 2 and all(map(is_whole, edge)) for edge in value
    )


def is_words(value: Any) -> bool:
    """Whether something is a list of words, each of which may be absent, or nothing."""
    return value is None or (isinstance(value, list) and all(map(_is_word, value)))


def _is_rows_of_words(value: Any, probes: int) -> bool:
    return isinstance(value, list) and len(value) == probes and all(map(is_words, value))


def _is_sentences(value: Any) -> bool:
    return isinstance(value, dict) and all(map(is_text, value.values()))


def brief(value: Any) -> str:
    """A value in a sentence, which is read by a person whatever stands in a file."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


_PER_PROBE: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("score", "baseline_score", "delta", "residual", "map_error", "n_evaluations"), is_number),
    # Of a mask or a position there is more than one class.
    **dict.fromkeys(("classes", "predicted", "labels"), lambda value: True),
    **dict.fromkeys(("names", "groups", "statuses"), is_text),
    "converged": is_flag,
    "tokens": is_words,
    "edges": _is_edges,
}
_PER_SET: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("class_names", "feature_names", "attributed"), is_words),
    **dict.fromkeys(("epoch", "wall_time", "duration"), is_number),
    "coordinates": lambda value: isinstance(value, dict) and all(map(is_words, value.values())),
    "remedies": _is_sentences,
    "tolerances": lambda value: isinstance(value, dict) and all(map(is_number, value.values())),
    "kinds": are_kinds,
    "step": is_whole,
    "rate": _is_rate,
    "shown_as": is_text,
    "scalars": lambda value: isinstance(value, dict),
    "path": lambda value: isinstance(value, dict),
    "alarms": lambda value: isinstance(value, list) and all(isinstance(alarm, dict) for alarm in value),
}

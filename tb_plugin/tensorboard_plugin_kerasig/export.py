"""One probe's attributions as a file: NPY, CSV or JSON."""

import io
import itertools
import re
from typing import Any, NamedTuple

import numpy as np
from tensorboard import errors

from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.store import StoredRecord
from tensorboard_plugin_kerasig.traits import traits_of

FORMATS = ("npy", "csv", "json")
# What makes a spreadsheet take a text for a formula; the last four are the wide forms of the first.
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_PER_PROBE = ("score", "baseline_score", "delta", "residual", "map_error", "converged", "n_evaluations", "classes")


class File(NamedTuple):
    """A file to download."""

    name: str
    content: bytes
    mimetype: str


def export(record: StoredRecord, inputs: dict[str, Any], probe: int, leaf: str | None, *, form: str) -> File:
    """Writes the attributions of one probe to a leaf, as float32.

    Args:
      record: The record, read at least for this probe.
      inputs: The header of the set's inputs, which knows the names of tokens and features; {} if there is none.
      probe: The probe's index.
      leaf: The leaf's name; None for the first that has values.
      form: One of `FORMATS`.

    Raises:
      errors.NotFoundError: If the leaf is unknown or has no values.
      schema.FormatError: If the payload is cut or corrupt.
    """
    header = record.header
    stored = {header["payloads"][index]["leaf"]: index for index in record.payloads}
    names = [entry["name"] for entry in header["leaves"]]
    with_values = [names[j] for j in sorted(stored)]
    if not with_values or (leaf is not None and leaf not in with_values):
        raise errors.NotFoundError(f"there is no leaf {leaf or ''!r} with values. Leaves with values: {with_values}.")
    j = names.index(leaf) if leaf is not None else min(stored)
    decoded = schema.decode_payload(header, stored[j], record.payload(stored[j]))
    if decoded.dtype.kind not in "iuf":
        raise schema.FormatError(f"The values of leaf {names[j]!r} are corrupt: they are no numbers.")
    values = decoded.astype(np.float32)
    stem = f"{header['title']} {header['series']} step {header.get('step')} probe {probe} {names[j]}"
    name = re.sub(r"[^A-Za-z0-9.-]+", "_", stem).strip("_.") + f".{form}"
    if form == "npy":
        buffer = io.BytesIO()
        np.save(buffer, values, allow_pickle=False)
        return File(name, buffer.getvalue(), "application/octet-stream")
    if form == "csv":
        text = _csv(values, inputs, header["leaves"][j], probe, _status(header, probe))
        return File(name, text.encode("utf-8", "replace"), "text/csv")
    fields = {"title": header["title"], "series": header["series"], "step": header.get("step"), "probe": probe}
    fields |= {"epoch": header.get("epoch"), "target": header.get("target"), "leaf": names[j]}
    fields |= {item: header[item][probe] for item in _PER_PROBE if header.get(item) is not None}
    status = _status(header, probe)
    if status is not None:
        fields |= {"status": status, "remedy": (header.get("remedies") or {}).get(status)}
    return File(name, schema.dump(schema.plain({**fields, "values": values})), "application/json")


def _status(header: dict[str, Any], probe: int) -> str | None:
    """Why the probe's integral is as good as it is; None in logs of earlier versions, which do not say."""
    statuses = header.get("statuses")
    return None if statuses is None else statuses[probe]


def _csv(values: schema.Array, inputs: dict[str, Any], leaf: dict[str, Any], probe: int, status: str | None) -> str:
    """One line per value: its index along each axis, the token or feature it belongs to where known, and itself.

    Where the log says how the probe's integral ended, each line does.
    """
    kind = leaf.get("kind") or inputs.get("probe_kind")
    named = traits_of(inputs, kind)["axes"][: values.ndim]
    axes = [*named, *(f"axis_{i}" for i in range(len(named), values.ndim))]
    column, labels, axis = _labels(values, inputs, leaf, probe)
    ended = [] if status is None else [_cell(status)]
    rows: list[list[Any]] = [[*axes, *([column] if column else []), "value", *(["status"] if ended else [])]]
    for index in itertools.product(*map(range, values.shape)):
        label = [_cell(labels[index[axis]])] if column else []
        rows.append([*index, *label, values[index], *ended])
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


def _cell(label: Any) -> str:
    """A label as no spreadsheet computes it: marked with ' where it begins like a formula and names anything.

    Numbers, and signs that stand alone, as tokens do, stay as they are.
    """
    text = "" if label is None else str(label)
    if text.startswith(_FORMULA_BEGINS) and any(map(str.isalnum, text)) and not _NUMBER.fullmatch(text):
        text = f"'{text}"
    # The csv module of Python 3.11 quotes no lone carriage return.
    quoted = text.replace('"', '""')
    return f'"{quoted}"' if re.search(r'[",\r\n]', text) else text


def _words_of(inputs: dict[str, Any], leaf: dict[str, Any], probe: int) -> list[Any] | None:
    """Words at the positions of an attributed leaf; None where it has none.

    Tokens are about the set's subject or, where several sequences have their own, about the leaf that names them.
    """
    several, name = inputs.get("leaf_tokens"), leaf.get("positions_of") or leaf["name"]
    if several:
        tokens = several.get(name)
    else:
        subject, leaves = inputs.get("subject"), inputs.get("leaves") or []
        # Logs of earlier versions do not say which leaf it is.
        about = subject is None or subject >= len(leaves) or leaves[subject]["name"] == name
        tokens = inputs.get("tokens") if about else None
    return tokens[probe] if tokens is not None and probe < len(tokens) else None


def _labels(
    values: schema.Array, inputs: dict[str, Any], leaf: dict[str, Any], probe: int
) -> tuple[str, list[Any], int]:
    """The words of an axis: (name of the column, words, axis); the name is empty where there are none."""
    words, features = _words_of(inputs, leaf, probe), inputs.get("feature_names")
    if leaf.get("grouped"):
        words, features = None, (inputs.get("coordinates") or {}).get(leaf["name"])
    if words is not None and values.ndim:
        # What a sequence was padded with may be left out of its words.
        count = values.shape[0]
        return "token", [*words[:count], *[""] * (count - len(words))], 0
    if isinstance(features, list) and values.ndim and len(features) == values.shape[-1]:
        return "name", features, values.ndim - 1
    return "", [], 0

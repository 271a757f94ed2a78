"""The inputs of a set as its log has them, as the ProbeSet that they were."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboard_plugin_kerasig import schema

from kerasig.probes import ProbeSet


def probes_of(record: schema.DecodedRecord) -> ProbeSet:
    """The probes of a set: floats to 1.5e-5 of each probe's largest, channels behind the positions.

    Raises:
        ValueError: the record does not hold what a set has.
    """
    header, kind = record.header, record.header["probe_kind"]
    names = [leaf["name"] for leaf in header["leaves"]]
    arrays = {name: _plain(values) for name, values in zip(names, record.leaves, strict=True) if values is not None}
    lone = list(arrays) == ["inputs"]
    labels = header.get("labels")
    subject = names[header["subject"]] if header.get("subject") is not None else next(iter(arrays))
    return ProbeSet(
        arrays["inputs"] if lone else arrays,
        None if labels is None else np.asarray(labels),
        names=header.get("names"),
        kind=kind,
        class_names=header.get("class_names"),
        feature_names=header.get("feature_names"),
        tokens=_tokens(header, subject, lone),
        edges=None if header.get("edges") is None else [np.reshape(edges, (-1, 2)) for edges in header["edges"]],
        rate=header.get("rate"),
        regions=_regions(header, names, lone),
        groups=header.get("groups"),
        title=header["title"],
    )


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(str) if values.dtype == object else values


def _tokens(header: dict[str, Any], subject: str, lone: bool) -> Any:
    if header.get("leaf_tokens"):
        return header["leaf_tokens"]
    tokens = header.get("tokens")
    return tokens if tokens is None or lone else {subject: tokens}


def _regions(header: dict[str, Any], names: list[str], lone: bool) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for name, region in (header.get("regions") or {}).items():
        mask = schema.decode_mask(region)
        mask = np.broadcast_to(mask, (header["probes"], *mask.shape[1:]))
        found[name] = mask if lone else {names[region.get("leaf", 0)]: mask}
    return found or None

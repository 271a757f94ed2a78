"""What a figure draws of an Attribution: each attributed leaf, its kind, and what stands at its positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig._attribution.data import AttributionData
from kerasig._kinds import kinds


@dataclass(frozen=True, eq=False)
class Drawn:
    """One attributed leaf: values [N, ...] summed to positions, and the input leaf [N, ...] they belong to, if any."""

    name: str
    kind: str
    values: NDArray[Any]
    inputs: NDArray[Any] | None
    ids: NDArray[Any] | None = None


def attributed_leaves(attribution: AttributionData, kind: str, has_tokens: bool) -> Iterator[Drawn]:
    """The attributed leaves, summed to positions, as one of `kinds.KINDS` or as "auto" decides."""
    arguments.choice("kind", kind, (*kinds.KINDS, "auto"))
    leaves = list(leaves_of(attribution))
    shown = {name: values if inputs is None else inputs for name, values, inputs in leaves}
    ids = {name: _ids(attribution, values) for name, values, inputs in leaves if inputs is None}
    if kind == "auto" and any(row is not None for row in ids.values()):
        kind = "tokens"
    layout = kinds.decide(shown, kind, tokens=has_tokens, edges=False)
    for name, values, inputs in leaves:
        leaf_kind = layout.leaf_kinds[name]
        is_image = inputs is not None and inputs.ndim == 4
        channels = kinds.channel_axis(values.shape) if is_image else 3
        positions = kinds.sum_to_positions(values, leaf_kind, channels)
        yield Drawn(name, leaf_kind, positions, inputs, ids.get(name) if inputs is None else inputs)


def leaves_of(attribution: AttributionData) -> Iterator[tuple[str, NDArray[Any], NDArray[Any] | None]]:
    """Name, values and inputs of each attributed leaf; a layer's output has no inputs of its own."""
    layers = attribution.layer if isinstance(attribution.layer, list) else [attribution.layer]
    entries = attribution.values if isinstance(attribution.layer, list) else [attribution.values]
    for layer, values in zip(layers, entries, strict=True):
        names = nest.names(values, lone="inputs" if layer is None else layer)
        inputs = nest.flatten(attribution.inputs) if layer is None and attribution.inputs is not None else []
        for i, (name, leaf) in enumerate(zip(names, nest.flatten(values), strict=True)):
            if leaf is not None:
                full = name if layer is None or name == layer else f"{layer}/{name}"
                yield full, np.asarray(leaf), np.asarray(inputs[i]) if inputs else None


def _ids(attribution: AttributionData, values: NDArray[Any]) -> NDArray[Any] | None:
    """The ids or strings [N, T] that were fed to the model, where a layer's output [N, T, D] has their positions."""
    for leaf in nest.flatten(attribution.inputs):
        array = np.asarray(leaf)
        if values.ndim == 3 and array.dtype.kind in "iuOSU" and array.shape == values.shape[:2]:
            return array
    return None


def position_names(leaf: Drawn, probe: int, words: list[str] | None) -> list[str]:
    """What stands at each position of one example: its words, its ids, or numbers; "" beyond the words."""
    length = leaf.values.shape[1]
    if leaf.kind == "graph":
        return [f"node {i}" for i in range(length)]
    if words is not None:
        if len(words) > length:
            raise ValueError(
                f"tokens must fit the sequence. Received {len(words)} tokens for {length} positions. "
                f"Pass at most {length}."
            )
        return [*words, *[""] * (length - len(words))]
    if leaf.ids is not None and leaf.ids.ndim == 2 and leaf.ids.shape[1] == length and leaf.ids.dtype.kind != "f":
        return [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in leaf.ids[probe]]
    return [str(i) for i in range(length)]


def words_of(tokens: Any, probe: int, n: int) -> list[str]:
    """The words of one example, from a list of strings per example or from one list for this example."""
    rows = arguments.items("tokens", tokens, fits="a list of strings per example, or one for this example")
    if rows and all(isinstance(row, str | bytes) for row in rows):
        return arguments.texts("tokens", rows)
    if len(rows) != n:
        raise ValueError(
            f"tokens must be a list of strings per example, or one for this example. Received {len(rows)} entries "
            f"for {n} examples. Pass {n} lists of strings."
        )
    return arguments.texts(f"tokens[{probe}]", rows[probe])


def checked(attribution: Any) -> AttributionData:
    """Raises ValueError where `attribution` is none."""
    if not isinstance(attribution, AttributionData):
        raise ValueError(
            f"attribution must be a kerasig.Attribution. Received {arguments.shown(attribution)}. "
            "Pass what kerasig.explain returned."
        )
    return attribution


def chosen_probes(attribution: AttributionData, probes: Sequence[int] | int | None) -> list[int]:
    """The examples that are to be drawn: all, some, or one; raises ValueError where one is no example."""
    if probes is None:
        chosen: list[Any] = list(range(len(attribution)))
    elif isinstance(probes, Iterable) and getattr(probes, "shape", None) != ():
        chosen = arguments.items("probes", probes, fits="a list of indices of examples")
    else:
        chosen = [probes]
    if not chosen:
        raise ValueError("probes must name examples. Received none. Pass indices of examples.")
    for probe in chosen:
        if not _is_probe(attribution, probe):
            raise ValueError(f"probes must be indices of examples. {_received(attribution, probe)}")
    return chosen


def check_probe(attribution: AttributionData, probe: int) -> None:
    """Raises ValueError where `probe` is no example."""
    if not _is_probe(checked(attribution), probe):
        raise ValueError(f"probe must be the index of an example. {_received(attribution, probe)}")


def _is_probe(attribution: AttributionData, probe: Any) -> bool:
    return arguments.is_whole(probe) and 0 <= probe < len(attribution)


def _received(attribution: AttributionData, probe: Any) -> str:
    n = len(attribution)
    return f"Received probe={arguments.shown(probe)} for {n} examples. Pass 0 to {n - 1}."

"""Leaves of an Attribution as figures draw them: each attributed leaf, its kind, and what stands at its positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig._attribution.data import AttributionData
from kerasig._kinds.kind import Kind
from kerasig._kinds.layout import decide
from kerasig._kinds.places import Places
from kerasig._kinds.registry import KINDS
from kerasig._measures.positions import named_leaves, placed_leaves


@dataclass(frozen=True, eq=False)
class Drawn:
    """One attributed leaf.

    Args:
        name: of the input leaf or of the layer.
        kind: what it shows.
        values: [N, *S], summed to positions.
        inputs: the input leaf [N, ...] that was attributed to, or None.
        channels: the axes of what was attributed that are no positions.
        is_input: whether it is one of the inputs, and no layer's output.
        ids: ids or strings [N, T] at the positions, where they are known.
        words: per example the words of its own of several sequences, or None.
        groups: names of the groups that it has in other coordinates than its own, or None.
    """

    name: str
    kind: Kind
    values: NDArray[Any]
    inputs: NDArray[Any] | None
    channels: tuple[int, ...]
    is_input: bool
    ids: NDArray[Any] | None
    words: Sequence[Sequence[str]] | None = None
    groups: Sequence[str] | None = None


def attributed_leaves(
    attribution: AttributionData, kind: str, has_tokens: bool, has_edges: bool = False
) -> Iterator[Drawn]:
    """The attributed leaves, summed to positions where they lie.

    Args:
        attribution: what is drawn.
        kind: the name of one of `KINDS`, or "auto".
        has_tokens: whether token strings were given.
        has_edges: whether edges between nodes were.
    """
    arguments.choice("kind", kind, (*KINDS, "auto"))
    places, has_inputs = _places(attribution, kind, has_tokens, has_edges)
    for leaf in placed_leaves(attribution.values, attribution.layer, places, None, attribution.coordinates):
        if leaf.groups is not None:
            yield Drawn(leaf.name, leaf.kind, leaf.positions, None, (), leaf.is_input, None, None, leaf.groups)
            continue
        inputs = places.leaves[leaf.name] if has_inputs and leaf.is_input else None
        beneath = None if leaf.of_input is None or not has_inputs else places.leaves[leaf.of_input]
        has_ids = beneath is not None and beneath.ndim == 2 and beneath.dtype.kind != "f"
        ids = beneath if has_ids else None
        yield Drawn(leaf.name, leaf.kind, leaf.positions, inputs, leaf.place.summed, leaf.is_input, ids)


def _places(attribution: AttributionData, kind: str, has_tokens: bool, has_edges: bool) -> tuple[Places, bool]:
    """Where attributions to the inputs lie, and whether there are any that can be shown so; else the values decide."""
    if attribution.inputs is not None:
        named = zip(nest.names(attribution.inputs), nest.flatten(attribution.inputs), strict=True)
        inputs = {name: np.asarray(leaf) for name, leaf in named}
        try:
            return Places(inputs, decide(inputs, kind, tokens=has_tokens, edges=has_edges)), True
        except ValueError:
            # The given kind may be that of a layer's output.
            if attribution.layer is None:
                raise
    values = leaves_of(attribution)
    return Places(values, decide(values, kind, tokens=has_tokens, edges=has_edges)), False


def leaves_of(attribution: AttributionData) -> dict[str, NDArray[Any]]:
    """The values [N, ...] of each attributed leaf, by name."""
    return {name: values for name, values, _ in named_leaves(attribution.values, attribution.layer)}


def token_leaves(attribution: AttributionData, has_tokens: bool) -> list[Drawn]:
    """The attributed leaves that lie on tokens.

    Args:
        attribution: what is drawn.
        has_tokens: whether token strings were given.
    """
    return [leaf for leaf in attributed_leaves(attribution, "tokens", has_tokens) if leaf.kind.names == "tokens"]


def position_names(leaf: Drawn, probe: int, words: list[str] | None) -> list[str]:
    """Words at the positions of one example: its words, its ids, or numbers; "" beyond the words."""
    length = leaf.values.shape[1]
    if leaf.kind.names != "tokens":
        return [f"{leaf.kind.axes[0]} {i}" for i in range(length)]
    words = words_at(leaf, probe, words)
    if words is not None:
        if len(words) > length:
            raise ValueError(
                f"tokens must fit the sequence. Received {len(words)} tokens for {length} positions. "
                f"Pass at most {length}."
            )
        return [*words, *[""] * (length - len(words))]
    if leaf.ids is not None and leaf.ids.shape[1] == length:
        return [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in leaf.ids[probe]]
    return [str(i) for i in range(length)]


def check_words(tokens: Any, chosen: Sequence[int], n: int) -> None:
    """Raises ValueError where one list of words is given for several examples."""
    listed = [] if tokens is None else arguments.items("tokens", tokens, fits="a list of strings per example")
    if len(chosen) > 1 and any(isinstance(entry, str | bytes) for entry in listed):
        raise ValueError(
            f"tokens must be a list of strings for each of the {n} examples. Received one list for "
            f"{len(chosen)} examples that are to be drawn. Pass {n} lists, or one index as examples."
        )


def words_at(leaf: Drawn, probe: int, words: list[str] | None) -> list[str] | None:
    """The words of one example at one leaf: those that are given, else the leaf's own; None where it has none."""
    return words if words is not None or leaf.words is None else list(leaf.words[probe])


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


def chosen_examples(attribution: AttributionData, examples: Sequence[int] | int | None) -> list[int]:
    """The examples that are to be drawn: all, some, or one; raises ValueError where one is no example."""
    if examples is None:
        chosen: list[Any] = list(range(len(attribution)))
    elif isinstance(examples, Iterable) and getattr(examples, "shape", None) != ():
        chosen = arguments.items("examples", examples, fits="a list of indices of examples")
    else:
        chosen = [examples]
    if not len(attribution):
        raise ValueError("attribution must hold at least one example. Received none. Pass some that were explained.")
    if not chosen:
        raise ValueError("examples must name some. Received none. Pass indices of examples.")
    for probe in chosen:
        if not _is_probe(attribution, probe):
            raise ValueError(f"examples must be indices. {_received(attribution, 'examples', examples, probe)}")
    return chosen


def check_probe(attribution: AttributionData, probe: int) -> None:
    """Raises ValueError where `probe` is no example."""
    if not _is_probe(checked(attribution), probe):
        raise ValueError(f"probe must be the index of an example. {_received(attribution, 'probe', probe, probe)}")


def _is_probe(attribution: AttributionData, probe: Any) -> bool:
    return arguments.is_whole(probe) and 0 <= probe < len(attribution)


def _received(attribution: AttributionData, name: str, given: Any, probe: Any) -> str:
    """The argument of that name as it was given, and what fits in place of its item `probe`."""
    n = len(attribution)
    which = "" if given is probe else f", where {arguments.shown(probe)} is none"
    fits = f"0 to {n - 1}" if n else "an attribution that has some"
    return f"Received {name}={arguments.shown(given)} for {n} examples{which}. Pass {fits}."

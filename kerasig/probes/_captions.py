"""Captions of probes: names, feature names, token strings, edges and a rate, checked against the inputs."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasig import _arguments as arguments
from kerasig._arrays import as_array, is_text
from kerasig._kinds.kind import Kind, is_raw_text
from kerasig._kinds.registry import KINDS

_EDGES = "an array [E, 2] per probe, or one for all"


def as_text(item: Any) -> str:
    """`item` as a string; bytes are UTF-8."""
    return item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item)


def as_strings(argument: str, value: Any, n: int | None = None) -> tuple[str, ...] | None:
    """`value` as strings, `n` of them if given; None stays None."""
    if value is None:
        return None
    strings = tuple(arguments.texts(argument, value))
    if n is not None and len(strings) != n:
        raise ValueError(f"{argument} must be one per probe. Received {len(strings)} for {n} probes. Pass {n} strings.")
    return strings


def as_title(value: Any) -> str:
    """`value` as what a set is called on one line of a page."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(
            f"title must be a string that can be read. Received title={arguments.shown(value)}. Pass a short name."
        )
    return value


def as_names(value: Any, n: int) -> tuple[str, ...]:
    """`n` distinct names, by default "probe 0", "probe 1", ..."""
    names = as_strings("names", value, n)
    if names is None:
        return tuple(f"probe {i}" for i in range(n))
    if len(set(names)) < n:
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"names must be distinct. Received {twice} more than once. Pass {n} different names.")
    return names


def as_feature_names(value: Any, leaves: Mapping[str, np.ndarray], kinds: Mapping[str, Kind]) -> tuple[str, ...] | None:
    """Names along the last axis of at least one of the leaves [N, ..., F] that have features."""
    names = as_strings("feature_names", value)
    if names is None:
        return None
    along = {leaf: kinds[leaf].features(array.ndim) for leaf, array in leaves.items() if array.ndim > 1}
    lengths = {leaf: leaves[leaf].shape[axis] for leaf, axis in along.items() if axis is not None}
    if len(names) not in lengths.values():
        raise ValueError(
            f"feature_names must be one per feature. Received {len(names)} names for last axes of length {lengths}. "
            "Pass as many names as the inputs have features."
        )
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"feature_names must be distinct. Received {twice} more than once. Pass different names.")
    return names


def leaves_with_tokens(value: Any, leaves: Mapping[str, np.ndarray]) -> list[str]:
    """The input leaves that tokens are given for by name, the set's subject first; none where they are no dict."""
    if not isinstance(value, Mapping):
        return []
    if not value or not set(value) <= set(leaves):
        raise ValueError(
            f"tokens as a dict must name one input leaf or more. Received {list(value)} for leaves {list(leaves)}. "
            "Pass those whose positions have the tokens."
        )
    return list(value)


def as_tokens(value: Any, subject: np.ndarray, kind: Kind) -> tuple[tuple[str, ...], ...]:
    """Token strings per probe, at most as many as `subject` [N, T, ...] has positions."""
    n = len(subject)
    if kind.names != "tokens":
        raise ValueError(
            f"tokens must come with kind 'tokens'. Received them with {kind.name!r}. Pass one without the other."
        )
    tokens = tuple(map(tuple, arguments.rows_of_texts("tokens", value, n, of="probe")))
    longest = max(map(len, tokens))
    if not is_raw_text(subject) and longest > subject.shape[1]:
        raise ValueError(
            f"tokens must fit the sequence. Received {longest} tokens for one probe and inputs of shape "
            f"{list(subject.shape)}. Pass at most {subject.shape[1]} per probe, in the order of the inputs."
        )
    return tokens


def tokens_by_leaf(
    value: Any, leaves: Mapping[str, np.ndarray], kinds: Mapping[str, Kind], subject: str
) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Token strings per probe of each leaf that has any, the subject's first; words that are inputs are their own."""
    given = dict(value) if isinstance(value, Mapping) else {} if value is None else {subject: value}
    found = {leaf: as_tokens(tokens, leaves[leaf], kinds[leaf]) for leaf, tokens in given.items()}
    for leaf in sorted(leaves, key=lambda name: name != subject):
        array = leaves[leaf]
        if leaf not in found and kinds[leaf].names == "tokens" and is_text(array) and not is_raw_text(array):
            found[leaf] = as_tokens(array, array, kinds[leaf])
    return found


def as_edges(value: Any, subject: np.ndarray, kind: Kind) -> tuple[np.ndarray, ...] | None:
    """Edges [E, 2] per probe between the nodes of `subject` [N, nodes, ...]; one array serves for all."""
    if value is None:
        return None
    n = len(subject)
    if not kind.joined:
        received = f"Received them with {kind.name!r}."
        raise ValueError(f"edges must come with kind 'graph'. {received} Pass one without the other.")
    rows = [value] * n
    if not are_for_all(value):
        rows = arguments.items("edges", value, fits=_EDGES)
    if len(rows) != n:
        raise ValueError(
            f"edges must be an array [E, 2] per probe, or one for all. Received {len(rows)} for {n} probes. Pass {n}."
        )
    return tuple(_as_edges_of_one(row, i, subject.shape[1]) for i, row in enumerate(rows))


def are_for_all(edges: Any) -> bool:
    """Whether edges are one array [E, 2], which serves for all probes."""
    if edges is None:
        return False
    rows = arguments.items("edges", edges, fits=_EDGES)
    return bool(rows and all(map(_is_pair, rows))) or getattr(edges, "shape", None) == (0, 2)


def check_timed(rate: float | None, kinds: Mapping[str, Kind]) -> None:
    """Raises ValueError where a rate is given and none of the leaves, by their kinds, lies in time."""
    if rate is None or any(kind.timed for kind in kinds.values()):
        return
    shown = ", ".join(sorted({repr(kind.name) for kind in kinds.values()}))
    timed = " or ".join(f"kind={kind.name!r}" for kind in KINDS.values() if kind.timed)
    raise ValueError(
        f"rate must come with inputs that lie in time. Received rate={rate:g} with kind {shown}. "
        f"Pass {timed} beside it, or leave it out."
    )


def _is_pair(item: Any) -> bool:
    """Whether something is two nodes, and no two edges."""
    if isinstance(item, str | bytes | Mapping) or not hasattr(item, "__len__") or getattr(item, "shape", None) == ():
        return False
    return len(item) == 2 and all(arguments.is_whole(node) or getattr(node, "shape", None) == () for node in item)


def _as_edges_of_one(value: Any, probe: int, nodes: int) -> np.ndarray:
    array = as_array(value, "edges")
    if array.size == 0:
        array = np.zeros((0, 2), dtype=np.int64)
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "iu":
        raise ValueError(
            f"edges must be integers [E, 2]. Received {array.dtype} {list(array.shape)} for probe {probe}. "
            "Pass pairs of node indices; transpose an edge list [2, E]."
        )
    if array.size and not 0 <= array.min() <= array.max() < nodes:
        raise ValueError(
            f"edges must be node indices from 0 to {nodes - 1}. Received {array.min()} to {array.max()} for probe "
            f"{probe}. Pass indices of its {nodes} nodes."
        )
    array = array.astype(np.int64)
    array.setflags(write=False)
    return array

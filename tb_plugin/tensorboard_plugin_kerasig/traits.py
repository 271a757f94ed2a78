"""Traits of the kinds of a log's probes, so that neither server nor page knows any kind by name.

The header of a set's inputs has `kinds`, from the name of each kind that occurs to its traits:

- `axes`: what the axes of one example are called, the first ones first;
- `names`: what the things at its positions are called by, "tokens", "features" or "";
- `ordered`: whether positions are looked at in their order, or the largest first;
- `sequence`: whether positions are the first axis alone, so that what follows it can be summed.
"""

from collections.abc import Mapping
from typing import Any


def traits_of(inputs: Mapping[str, Any], kind: Any) -> Mapping[str, Any]:
    """The traits of a kind by the header of a set's inputs, {} where there is none; nothing, where it is not known."""
    return (inputs.get("kinds") or _BEFORE).get(kind) or _traits([])


def with_kinds(header: dict[str, Any], kind: str) -> dict[str, Any]:
    """The header of a set's inputs, or of an audit, with the traits of its kind, also where the log has none."""
    if header.get("kinds") is not None or kind not in _BEFORE:
        return header
    return {**header, "kinds": {kind: _BEFORE[kind]}}


def are_kinds(value: Any) -> bool:
    """Whether a header's `kinds` are what they should be."""
    return isinstance(value, dict) and all(map(_are_traits, value.values()))


def _are_traits(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("axes"), list):
        return False
    flags = [value.get("ordered"), value.get("sequence")]
    return all(isinstance(text, str) for text in [*value["axes"], value.get("names")]) and all(
        isinstance(flag, bool) for flag in flags
    )


def _traits(axes: list[str], names: str = "", *, ordered: bool = True, sequence: bool = False) -> dict[str, Any]:
    return {"axes": axes, "names": names, "ordered": ordered, "sequence": sequence}


# The kinds that there were before logs said what they are. A later one needs no entry.
_BEFORE = {
    "image": _traits(["row", "column", "channel"]),
    "tokens": _traits(["position", "unit"], "tokens", sequence=True),
    "tabular": _traits(["feature"], "features", ordered=False),
    "series": _traits(["position", "channel"], "features"),
    "graph": _traits(["node", "feature"], sequence=True),
}

"""The kinds of a set of inputs: that of each leaf, and that of the leaf the set is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from kerasig._arrays import is_text
from kerasig._kinds.kind import Kind
from kerasig._kinds.registry import KINDS

# From leaf name to (name of the kind, why): how a model reads its inputs.
Readings = Mapping[str, tuple[str, str]]
Leaves = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Layout:
    """The kind of a set of inputs and of each of its leaves.

    Attributes:
        kind: The set's kind, that of its subject.
        why: How the kind was decided, in words.
        subject: Name of the leaf that labels, tokens and lone region masks are about.
        leaf_kinds: The kind of every leaf; in a mixed input they differ.
        reason: A sentence that says how the kind was decided, and of what leaf.
    """

    kind: Kind
    why: str
    subject: str
    leaf_kinds: Mapping[str, Kind]
    reason: str


def decide(
    leaves: Leaves,
    kind: str,
    *,
    tokens: bool,
    edges: bool,
    about: Sequence[str] = (),
    readings: Readings | None = None,
) -> Layout:
    """Finds the kind of a set of inputs.

    Args:
        leaves: Arrays [N, ...] by leaf name.
        kind: The name of one of `KINDS`, or "auto".
        tokens: Whether token strings were given.
        edges: Whether edges were given.
        about: The leaves that the tokens are about, where that was given; the first is the subject.
        readings: What a model makes of leaves, where it says more than shapes do.

    Raises:
        ValueError: `kind` is unknown, or no leaf, or not those given, can be shown that way.
    """
    if kind not in (*KINDS, "auto"):
        raise ValueError(f"kind must be one of {', '.join(KINDS)} or auto. Received kind={kind!r}. Pass one of these.")
    why = "given"
    if kind == "auto" and (edges or tokens):
        kind, why = ("graph", "edges were given") if edges else ("tokens", "tokens were given")
    if kind != "auto":
        given = KINDS[kind]
        subject, *_ = [_subject({name: leaves[name]}, given) for name in about] or [_subject(leaves, given)]
        because = "was given" if why == "given" else f"because {why}"
        shown = f"; it is about {subject!r}" if len(leaves) > 1 else ""
        return _layout(given, why, f"kind {kind!r} {because}{shown}.", subject, leaves, about)

    guesses = _guesses(leaves, readings or {})
    floating = {n: g for n, g in guesses.items() if leaves[n].dtype.kind == "f" or g[0].pictorial}
    precedence = list(KINDS.values())
    found = min((kind for kind, _ in (floating or guesses).values()), key=precedence.index)
    subject = _subject({n: leaves[n] for n, g in (floating or guesses).items() if g[0] == found}, found)
    array, why = leaves[subject], guesses[subject][1]
    reason = f"kind {found.name!r} because {subject!r} is {array.dtype} {list(array.shape)}: {why}."
    return _layout(found, why, reason, subject, leaves, guesses=guesses, read=readings or {})


def _guesses(leaves: Leaves, readings: Readings) -> dict[str, tuple[Kind, str]]:
    """The kind of each leaf and why: as the model reads rows of integers and strings, else as shapes suggest."""
    guesses = {}
    for name, array in leaves.items():
        kind, why = readings.get(name, (None, ""))
        is_open = array.dtype.kind in "iuOSU" and array.ndim <= 2
        if kind is not None and is_open and KINDS[kind].fits(array):
            guesses[name] = KINDS[kind], why
        else:
            guesses[name] = _guess(array, len(leaves) > 1)
    return guesses


def _guess(array: NDArray[Any], among_others: bool) -> tuple[Kind, str]:
    """The kind that the shape and dtype of one leaf suggest, and why."""
    suggested = ((kind, kind.why(array, among_others)) for kind in KINDS.values())
    return next((kind, why) for kind, why in suggested if why is not None)


def _subject(leaves: Leaves, kind: Kind) -> str:
    """The leaf that a set of this kind is about."""
    fitting = [name for name, array in leaves.items() if kind.fits(array)]
    if not fitting:
        received = ", ".join(f"{name}: {array.dtype} {list(array.shape)}" for name, array in leaves.items())
        raise ValueError(
            f"inputs of kind {kind.name!r} must have a leaf of {kind.needs}. Received {received}. "
            "Pass such inputs or another kind, and tokens or edges only with inputs that have them."
        )
    return min(fitting, key=lambda name: kind.preference(leaves[name]))


def _layout(
    kind: Kind,
    why: str,
    reason: str,
    subject: str,
    leaves: Leaves,
    about: Sequence[str] = (),
    guesses: Mapping[str, tuple[Kind, str]] | None = None,
    read: Collection[str] = (),
) -> Layout:
    guesses = guesses or _guesses(leaves, {})

    def kind_of(name: str) -> Kind:
        array = leaves[name]
        if name in about:
            return kind
        # A category beside a text, or columns beside ids, are no words.
        if is_text(array) or name in read or not kind.resembles(array, leaves[subject]):
            return guesses[name][0]
        return kind

    return Layout(kind, why, subject, {name: kind_of(name) for name in leaves}, reason)

"""What an input shows (image, tokens, tabular, series, graph), and what counts as one position of it.

An attribution has one number per input element; people think in pixels, words and nodes. A position is the smallest
thing that is pointed at: channels of a pixel, coordinates of an embedding and features of a node are summed, which
keeps completeness.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

KINDS = ("image", "tokens", "tabular", "series", "graph")
# Where leaves are of different kinds, the set is called after the first of these.
_PRECEDENCE = ("image", "series", "graph", "tokens", "tabular")
# Rows of fewer integers are columns of a table, and shorter strings beside other inputs are categories.
_SHORTEST_SEQUENCE = 4
_SHORTEST_TEXT = 4

# From leaf name to (kind, why): how a model reads its inputs.
Readings = Mapping[str, tuple[str, str]]


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

    kind: str
    why: str
    subject: str
    leaf_kinds: Mapping[str, str]
    reason: str


def is_text(array: np.ndarray) -> bool:
    """Whether `array` holds strings."""
    return array.dtype.kind in "OSU"


def is_raw_text(array: np.ndarray) -> bool:
    """Whether `array` holds whole texts, [N] or [N, 1], whose positions only the model's own vectorizer makes."""
    return is_text(array) and (array.ndim == 1 or array.shape[1:] == (1,))


def positions_are_unknown(array: np.ndarray, kind: str) -> bool:
    """Whether only the model knows how many positions a leaf has: whole texts. A category is one position."""
    return kind == "tokens" and is_raw_text(array)


def channel_axis(shape: tuple[int, ...]) -> int:
    """The channel axis of images of `shape` [N, H, W, C]; 1 where they are evidently [N, C, H, W]."""
    return 1 if shape[1] <= 4 < shape[3] and _is_image_like(*shape[2:]) else 3


def position_shape(array: np.ndarray, kind: str) -> tuple[int, ...] | None:
    """The shape of one probe's positions in the input leaf `array`; None where the model makes them from raw text."""
    if positions_are_unknown(array, kind):
        return None
    if kind == "image" and array.ndim == 4:
        return tuple(np.delete(array.shape, channel_axis(array.shape))[1:].tolist())
    if kind == "series" and array.ndim == 4:
        return array.shape[1:3]
    return array.shape[1:2] if kind in ("tokens", "graph") else array.shape[1:]


def sum_to_positions(values: np.ndarray, kind: str, channels: int = 3) -> np.ndarray:
    """Attributions [N, ...] summed to one number per position, in float64.

    Args:
        values: Attributions of one leaf, of the inputs or of a layer's output.
        kind: What they show.
        channels: The channel axis of images of rank 4.
    """
    values = np.asarray(values, dtype=np.float64)
    return np.sum(values, axis=summed_axes(values.ndim, kind, channels))


def summed_axes(rank: int, kind: str, channels: int = 3) -> tuple[int, ...]:
    """The axes of attributions [N, ...] that are no positions."""
    if kind == "image" and rank == 4:
        return (channels,)
    if kind == "series":
        return tuple(range(3, rank))
    return tuple(range(2, rank)) if kind in ("tokens", "graph") else ()


def decide(
    leaves: Mapping[str, np.ndarray],
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
        kind: One of `KINDS`, or "auto".
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
        subject, *_ = [_subject({name: leaves[name]}, kind) for name in about] or [_subject(leaves, kind)]
        because = "was given" if why == "given" else f"because {why}"
        shown = f"; it is about {subject!r}" if len(leaves) > 1 else ""
        return _layout(kind, why, f"kind {kind!r} {because}{shown}.", subject, leaves, about)

    guesses = _guesses(leaves, readings or {})
    floating = {n: g for n, g in guesses.items() if leaves[n].dtype.kind == "f" or g[0] == "image"}
    kind = min((kind for kind, _ in (floating or guesses).values()), key=_PRECEDENCE.index)
    subject = _subject({n: leaves[n] for n, g in (floating or guesses).items() if g[0] == kind}, kind)
    array, why = leaves[subject], guesses[subject][1]
    reason = f"kind {kind!r} because {subject!r} is {array.dtype} {list(array.shape)}: {why}."
    return _layout(kind, why, reason, subject, leaves, guesses=guesses, read=readings or {})


def _guesses(leaves: Mapping[str, np.ndarray], readings: Readings) -> dict[str, tuple[str, str]]:
    """The kind of each leaf and why: as the model reads rows of integers and strings, else as shapes suggest."""
    guesses = {}
    for name, array in leaves.items():
        read = readings.get(name)
        open_to_it = array.dtype.kind in "iuOSU" and array.ndim <= 2 and read is not None and _fits(array, read[0])
        guesses[name] = read if read is not None and open_to_it else _guess(array, len(leaves) > 1)
    return guesses


def _guess(array: np.ndarray, among_others: bool) -> tuple[str, str]:
    """The kind that the shape and dtype of one leaf suggest, and why."""
    shape = array.shape[1:]
    if is_text(array):
        return _guess_text(array) if among_others else ("tokens", "strings")
    if len(shape) == 0:
        return "tabular", "one value per probe"
    if len(shape) == 1:
        # uint8 rows are far more often flattened pictures than token ids.
        if array.dtype.kind not in "iu" or array.dtype == np.uint8 or shape[0] < 2:
            return "tabular", "a row of values per probe"
        if shape[0] < _SHORTEST_SEQUENCE:
            return "tabular", f"a row of only {shape[0]} integers per probe"
        return "tokens", "a row of integers per probe"
    if len(shape) == 2:
        if _is_image_like(*shape):
            return "image", "two axes of like length"
        return "series", "time steps by channels"
    if len(shape) == 3:
        if shape[-1] <= 4 and _is_picture(*shape):
            return "image", "rows, columns and at most 4 channels"
        if channel_axis(array.shape) == 1:
            return "image", "at most 4 channels, then rows and columns"
        if _is_image_like(*shape[:2]):
            return "image", "rows and columns of like length, and channels"
        return "series", "time steps by places by features, too unlike in length for rows and columns"
    return "tabular", "no other kind fits its shape, so it is shown as a flat list"


def _guess_text(array: np.ndarray) -> tuple[str, str]:
    """Strings beside other inputs: texts, words in their order, or categories, as tables have them."""
    if not is_raw_text(array):
        short = array.ndim == 2 and array.shape[1] < _SHORTEST_SEQUENCE
        return ("tabular", f"only {array.shape[1]} strings per probe") if short else ("tokens", "strings")
    words = np.mean([len(text.split()) for text in array.ravel().tolist()])
    if words < _SHORTEST_TEXT:
        return "tabular", "one short string per probe beside other inputs"
    return "tokens", "texts of several words"


def _is_picture(height: int, width: int, channels: int) -> bool:
    """Whether an array with so few channels may be a picture: long strips of few rows are time steps by places."""
    short, long = sorted((height, width))
    colored = channels > 2 and long <= 4 * short
    return short >= 16 or colored or (short >= 4 and 2 * long <= 3 * short)


def _is_image_like(height: int, width: int) -> bool:
    short, long = sorted((height, width))
    return short == long >= 4 or (short >= 16 and long <= 3 * short)


def _fits(array: np.ndarray, kind: str) -> bool:
    if kind == "tokens":
        return is_text(array) or array.ndim >= 2
    ranks = {"image": (3, 4), "series": (2, 3, 4), "graph": (2, 3)}
    return (kind == "tabular" or not is_text(array)) and array.ndim in ranks.get(kind, range(1, 64))


def _subject(leaves: Mapping[str, np.ndarray], kind: str) -> str:
    """The leaf that a set of this kind is about."""
    fitting = {name: array for name, array in leaves.items() if _fits(array, kind)}
    if not fitting:
        needed = {
            "image": "[N, H, W] or [N, H, W, C]",
            "tokens": "[N, T], [N, T, D] or strings [N]",
            "series": "[N, T], [N, T, C] or [N, T, places, C]",
            "graph": "[N, nodes] or [N, nodes, F]",
            "tabular": "numbers or categories",
        }[kind]
        received = ", ".join(f"{name}: {array.dtype} {list(array.shape)}" for name, array in leaves.items())
        raise ValueError(
            f"inputs of kind {kind!r} must have a leaf of {needed}. Received {received}. "
            "Pass such inputs or another kind, and tokens or edges only with inputs that have them."
        )

    def rank(name: str) -> tuple[int, ...]:
        array = fitting[name]
        if kind == "tokens":
            # Token ids reach further than the masks, segment and position ids beside them.
            largest = int(array.max()) if array.dtype.kind in "iu" and array.size else 0
            return (-is_text(array), -largest)
        if kind == "graph":
            # Node features, not the adjacency matrix beside them.
            square = array.ndim == 3 and array.shape[1] == array.shape[2]
            return (array.dtype.kind != "f", square, -array.ndim)
        return (is_text(array), array.dtype.kind == "b", array.dtype.kind != "f")

    return min(fitting, key=rank)


def _layout(
    kind: str,
    why: str,
    reason: str,
    subject: str,
    leaves: Mapping[str, np.ndarray],
    about: Sequence[str] = (),
    guesses: Mapping[str, tuple[str, str]] | None = None,
    read: Collection[str] = (),
) -> Layout:
    of_subject = leaves[subject]
    guesses = guesses or _guesses(leaves, {})

    def kind_of(name: str) -> str:
        array = leaves[name]
        if name not in about and (is_text(array) or name in read):
            shared = False  # A category beside a text, or columns beside ids, are no words.
        elif kind in ("tokens", "graph"):
            shared = name in about or (_fits(array, kind) and array.shape[1:2] == of_subject.shape[1:2])
        else:
            shared = _fits(array, kind) and array.ndim == of_subject.ndim
        return kind if shared else guesses[name][0]

    return Layout(kind, why, subject, {name: kind_of(name) for name in leaves}, reason)

"""The words of all examples of an attribution: as they are given, else as a ProbeSet has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from kerasig import _arguments as arguments
from kerasig._attribution.data import AttributionData
from kerasig._types import Edges, Items, Kind, Names
from kerasig.plot._drawn import Drawn, checked
from kerasig.probes._matching import matching


@dataclass(frozen=True, eq=False)
class Sentences:
    """One of several sequences of a set.

    Args:
        positions: how many it has, as a shape; None where only the model makes them of raw text.
        words: per example.
    """

    positions: tuple[int, ...] | None
    words: Sequence[Sequence[str]]


@dataclass(frozen=True, eq=False)
class AllCaptions:
    """The words of N examples.

    Args:
        kind: of the inputs, or "auto".
        names: of the examples, or None.
        tokens: per example a list of strings, or one list for the one that is drawn, or None.
        feature_names: of columns and channels, or None.
        class_names: of the model's classes, or None.
        edges: of each graph, or None.
        rate: time steps per second of series, or None.
        sentences: of a set of several sequences, by input leaf.
    """

    kind: str
    names: Names | None
    tokens: Names | Items[Names] | None
    feature_names: Names | None
    class_names: Names | None
    edges: Any = None
    rate: float | None = None
    sentences: Mapping[str, Sentences] = field(default_factory=dict)

    def worded(self, leaf: Drawn) -> Drawn:
        """A leaf with the words of its own sequence, of several; without words or ids where it may be any of them."""
        if self.tokens is not None or not self.sentences or leaf.kind.names != "tokens":
            return leaf
        if leaf.is_input:
            own = [self.sentences[leaf.name]] if leaf.name in self.sentences else []
        else:
            own = [each for each in self.sentences.values() if each.positions in (None, leaf.values.shape[1:])]
        return replace(leaf, words=own[0].words) if len(own) == 1 else replace(leaf, ids=None)


def captions_of(
    attribution: AttributionData,
    probes: Any,
    *,
    kind: Kind | Literal["auto"] = "auto",
    names: Names | None = None,
    tokens: Names | Items[Names] | None = None,
    feature_names: Names | None = None,
    class_names: Names | None = None,
    edges: Edges | None = None,
    rate: float | None = None,
) -> AllCaptions:
    """The words that figures use: those that are given, and of what is left out those of the set.

    Args:
        attribution: that is drawn.
        probes: a ProbeSet, or None.
        kind: see `AllCaptions`, as the rest.
        names: of the examples.
        tokens: of the examples.
        feature_names: of columns and channels.
        class_names: of the classes.
        edges: of graphs.
        rate: of series.

    Raises:
        ValueError: `probes` is no ProbeSet, or not that of the attribution, or the rate is no positive number.
    """
    known = matching(probes, len(checked(attribution)))
    rate = None if rate is None else arguments.number("rate", rate, 0, above=True)
    if known is None:
        return AllCaptions(kind, names, tokens, feature_names, class_names, edges, rate)
    by_leaf = {leaf: (known.position_shape(leaf), known.tokens_of(leaf)) for leaf, _ in known.leaves()}
    # The names of a set are those of inputs.
    own = attribution.coordinates is None
    sentences = {leaf: Sentences(shape, words) for leaf, (shape, words) in by_leaf.items() if words is not None}
    return AllCaptions(
        kind=known.kind if kind == "auto" else kind,
        names=known.names if names is None else names,
        tokens=known.tokens if tokens is None and len(sentences) == 1 else tokens,
        feature_names=known.feature_names if feature_names is None and own else feature_names,
        class_names=known.class_names if class_names is None else class_names,
        edges=known.edges if edges is None else edges,
        rate=known.rate if rate is None else rate,
        sentences=sentences if len(sentences) > 1 else {},
    )

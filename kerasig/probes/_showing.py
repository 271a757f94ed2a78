"""How inputs are shown: the kind and place of each leaf, and what is given of their positions, checked against them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasig import _arguments as arguments
from kerasig._kinds.layout import Readings, decide
from kerasig._kinds.places import Place, Places
from kerasig.probes._captions import as_edges, as_feature_names, leaves_with_tokens, tokens_by_leaf
from kerasig.probes._leaves import names_of_features
from kerasig.probes._regions import Masks, RegionResolver, fitting_mask


@dataclass(frozen=True, eq=False)
class Showing:
    """The kinds of a probe set's inputs, and what is given of their positions.

    Args:
        places: The kinds of the leaves, and where attributions to them lie.
        feature_names: What the features are called, or None.
        leaf_tokens: Per probe the token strings of each leaf that has any.
        edges: Of graphs, one array [E, 2] per probe, or None.
        regions: From region name to leaf name to mask [N or 1, positions...].
    """

    places: Places
    feature_names: tuple[str, ...] | None
    leaf_tokens: Mapping[str, tuple[tuple[str, ...], ...]]
    edges: tuple[np.ndarray, ...] | None
    regions: Masks

    @classmethod
    def decided(
        cls,
        leaves: Mapping[str, np.ndarray],
        columns: Mapping[str, tuple[str, ...] | None],
        *,
        kind: str,
        feature_names: Any,
        tokens: Any,
        edges: Any,
        regions: Any,
        readings: Readings,
    ) -> "Showing":
        """The showing of inputs, decided of what is given of them.

        Args:
            leaves: Arrays [N, ...] by leaf name.
            columns: From the names of leaves that are frames to what their columns are called, if anything.
            kind: The name of a kind, or "auto".
            feature_names: As they were given, like the others.
            tokens: Of one leaf or of several.
            edges: Of graphs.
            regions: From name to mask, or to names of what lies in it.
            readings: What a model makes of leaves.

        Raises:
            ValueError: Something does not fit the inputs.
        """
        about = leaves_with_tokens(tokens, leaves)
        # The columns of a frame are features, also where all are integers.
        readings = {**readings, **dict.fromkeys(columns, ("tabular", "columns of a frame"))}
        layout = decide(
            leaves, kind, tokens=tokens is not None, edges=edges is not None, about=about, readings=readings
        )
        if feature_names is None:
            feature_names = names_of_features(layout.subject, columns, leaves, layout.leaf_kinds)
        known_names = as_feature_names(feature_names, leaves, layout.leaf_kinds)
        leaf_tokens = tokens_by_leaf(tokens, leaves, layout.leaf_kinds, layout.subject)
        known_edges = as_edges(edges, leaves[layout.subject], layout.kind)
        places = Places(leaves, layout)
        masks = RegionResolver(places, known_names, leaf_tokens).resolve(regions)
        return cls(places, known_names, leaf_tokens, known_edges, masks)

    @property
    def subject(self) -> str:
        """The leaf that tokens, edges and lone region masks are about."""
        return self.places.layout.subject

    def looks_like(self, other: "Showing") -> bool:
        """Whether every leaf is of the same kind in both, and both are about the same leaf."""
        mine, others = self.places.layout, other.places.layout
        return (mine.kind, mine.subject, mine.leaf_kinds) == (others.kind, others.subject, others.leaf_kinds)

    def named(self, leaf: str | None) -> str:
        """The name of a leaf, the subject's for None."""
        return self.subject if leaf is None else arguments.string("leaf", leaf)

    def place(self, leaf: str | None, shape: tuple[int, ...]) -> Place:
        """Where attributions of `shape` to an input leaf or to a layer's output lie."""
        name = self.named(leaf)
        return self.places.of_input(name, shape) if name in self.places.leaves else self.places.of_output(shape)

    def region_mask(self, name: str, leaf: str | None, shape: Sequence[int]) -> np.ndarray:
        """Which positions of a leaf lie in a region; see `ProbeSet.region_mask`."""
        if not isinstance(name, str) or name not in self.regions:
            received = arguments.shown(name)
            raise ValueError(f"name must be a region. Received {received}. Pass one of {list(self.regions)}.")
        sizes, masks, leaf = arguments.shape("shape", shape), self.regions[name], self.named(leaf)
        if leaf in self.places.leaves and leaf not in masks:
            return np.zeros(sizes, dtype=bool)
        ordered = [leaf] if leaf in masks else sorted(masks, key=lambda other: other != self.subject)
        candidates = {other: (masks[other], self.places.positions(other) is None) for other in ordered}
        return fitting_mask(name, leaf, sizes, candidates)

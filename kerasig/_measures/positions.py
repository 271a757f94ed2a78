"""The attributed leaves of an attribution: where each lies, its positions, and what stands there. NumPy only."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._kinds.kind import Kind
from kerasig._kinds.places import Place, Places
from kerasig._kinds.registry import KINDS
from kerasig.metrics._leaderboards import PositionNames
from kerasig.probes import ProbeSet


@dataclass(frozen=True, eq=False)
class Leaf:
    """One attributed leaf of a record.

    Args:
        name: of the input leaf or of the layer.
        values: [N, *F] as attributed.
        positions: [N, *S] float64, channels summed.
        place: where they lie.
        is_input: whether it is one of the inputs, and no layer's output.
        groups: in other coordinates than its own, what they are called; else None.
    """

    name: str
    values: NDArray[Any]
    positions: NDArray[np.float64]
    place: Place
    is_input: bool
    groups: Sequence[str] | None = None

    @property
    def kind(self) -> Kind:
        """The kind of its place."""
        return self.place.kind

    @property
    def of_input(self) -> str | None:
        """The input leaf with the same positions, or None."""
        return self.place.of_input

    @property
    def count(self) -> int:
        """How many positions a probe has."""
        return math.prod(self.positions.shape[1:])


def attributed_leaves(
    attributed: Any, layer: Any, probes: ProbeSet, origins: Mapping[str, str] | None = None, coordinates: Any = None
) -> list[Leaf]:
    """The attributed leaves, their channels summed to positions.

    Args:
        attributed: a nest like `Attribution.values`.
        layer: as `Attribution.layer` names it.
        probes: what is explained.
        origins: the input leaf that each layer's output is made of, where it is one and known.
        coordinates: as `Attribution.coordinates` has them.
    """
    # Of two sequences each layer has the words of its own; beside one, masks and segments have its words.
    known = {name: leaf for name, leaf in (origins or {}).items() if probes.tokens_of(leaf)}
    return placed_leaves(attributed, layer, probes.places, known, coordinates)


def placed_leaves(
    attributed: Any,
    layer: Any,
    places: Places,
    origins: Mapping[str, str] | None = None,
    coordinates: Any = None,
) -> list[Leaf]:
    """The attributed leaves of whatever has inputs with places, in the order of `Attribution.values`.

    Args:
        attributed: a nest like `Attribution.values`.
        layer: as `Attribution.layer` names it.
        places: of the inputs.
        origins: the input leaf that a layer's output is made of, where several may be.
        coordinates: as `Attribution.coordinates` has them.
    """
    leaves = []
    named = named_groups(coordinates, layer)
    for name, values, is_input in named_leaves(attributed, layer):
        if name in named:
            # Groups of coefficients are a list, wherever their input lies.
            place = Place(KINDS["tabular"], (), None)
            leaves.append(Leaf(name, values, place.sum(values), place, is_input, named[name]))
            continue
        if is_input:
            place = places.of_input(name, values.shape)
        else:
            place = places.of_output(values.shape, (origins or {}).get(name))
        leaves.append(Leaf(name, values, place.sum(values), place, is_input))
    return leaves


def named_groups(coordinates: Any, layer: Any) -> dict[str, list[str]]:
    """The names of the groups of each leaf that is attributed to in other coordinates, by the leaf's name.

    Args:
        coordinates: as `Attribution.coordinates` has them.
        layer: as `Attribution.layer` names it.
    """
    named = () if coordinates is None else named_leaves(coordinates, layer)
    return {name: groups.tolist() for name, groups, _ in named}


def named_leaves(attributed: Any, layer: Any) -> Iterator[tuple[str, NDArray[Any], bool]]:
    """Name and values [N, ...] of each attributed leaf, and whether it is one of the inputs, and no layer's output.

    Args:
        attributed: a nest like `Attribution.values`.
        layer: as `Attribution.layer` names it.
    """
    layers, entries = (layer, attributed) if isinstance(layer, list) else ([layer], [attributed])
    for layer, entry in zip(layers, entries, strict=True):
        names = (
            nest.names(entry) if layer is None else [f"{layer}/{part}".rstrip("/") for part in nest.names(entry, "")]
        )
        for name, values in zip(names, nest.flatten(entry), strict=True):
            if values is not None:
                yield name, np.asarray(values), layer is None


def flat_positions(leaves: Sequence[Leaf]) -> NDArray[np.float64]:
    """All positions of each probe, leaf after leaf: [N, P]."""
    return np.concatenate([leaf.positions.reshape(len(leaf.positions), leaf.count) for leaf in leaves], axis=1)


def region_masks(leaves: Sequence[Leaf], probes: ProbeSet) -> dict[str, NDArray[np.bool_]]:
    """Each region's mask over the positions of all leaves, [N, P].

    Raises:
        ValueError: a region lies in nothing that is attributed to.
    """
    return {region: np.concatenate(leaf_masks(region, leaves, probes), axis=1) for region in probes.regions}


def leaf_masks(region: str, leaves: Sequence[Leaf], probes: ProbeSet) -> list[NDArray[np.bool_]]:
    """Per leaf a region's mask over its positions, [N, S].

    Raises:
        ValueError: the region lies in nothing that is attributed to.
    """
    known, n = probes.regions[region], len(probes)
    inside = [leaf.of_input in known for leaf in leaves]
    if not any(inside):
        # The layer's positions are those of one input leaf, the region's are given over another.
        inside = [leaf.of_input not in (None, leaf.name) for leaf in leaves]
    if not any(inside) and any(leaf.groups is not None for leaf in leaves):
        raise ValueError(
            "coordinates must be of inputs without regions, which are masks over positions. Received the region "
            f"{region!r}. Pass a ProbeSet without regions, or coordinates by name of the other inputs."
        )
    if not any(inside):
        raise ValueError(
            f"The region {region!r} must lie in what is attributed to. Received masks over the positions of "
            f"{', '.join(map(repr, known))}, and attributed to are "
            f"{', '.join(f'{leaf.name!r} {list(leaf.positions.shape)}' for leaf in leaves)}. Pass a region of "
            "those, or attribute to the inputs or to a layer that keeps their positions."
        )
    return [
        probes.region_mask(
            region, leaf.of_input if leaf.of_input in known else leaf.name, leaf.positions.shape
        ).reshape(n, leaf.count)
        if used
        else np.zeros((n, leaf.count), bool)
        for leaf, used in zip(leaves, inside, strict=True)
    ]


def position_names(leaves: Sequence[Leaf], probes: ProbeSet) -> PositionNames | None:
    """The feature or token at each position; None for kinds that have none, and for layers that keep no positions."""
    if all(leaf.groups is not None for leaf in leaves):
        own = [f"{leaf.name}: {group}" if len(leaves) > 1 else group for leaf in leaves for group in leaf.groups or ()]
        return PositionNames.of([own] * len(probes), len(own))
    kind = probes.places.layout.kind
    # What lies in time or space is pointed at by its place.
    if not kind.names or kind.rigid or any(leaf.of_input is None for leaf in leaves):
        return None
    if kind.names == "tokens" and probes.tokens is None:
        return None
    rows: list[list[str]] = [[] for _ in range(len(probes))]
    for leaf in leaves:
        for row, names in zip(rows, _leaf_names(leaf, probes, alone=len(leaves) == 1), strict=True):
            row += [*names[: leaf.count], *[""] * (leaf.count - len(names))]
    return PositionNames.of(rows, sum(leaf.count for leaf in leaves))


def token_positions(leaves: Sequence[Leaf], probes: ProbeSet) -> NDArray[np.bool_] | None:
    """Which positions [N, P] hold a token and no padding; None where that is not known."""
    known = [None if leaf.of_input is None else probes.tokens_of(leaf.of_input) for leaf in leaves]
    if not any(known):
        return None
    parts = []
    for leaf, words in zip(leaves, known, strict=True):
        there = np.ones((len(probes), leaf.count), bool)
        if words is not None:
            for row, tokens in zip(there, words, strict=True):
                row[:] = False
                row[: len(tokens)] = [bool(token) for token in tokens[: leaf.count]]
        parts.append(there)
    return np.concatenate(parts, axis=1)


def _leaf_names(leaf: Leaf, probes: ProbeSet, alone: bool) -> Sequence[Sequence[str]]:
    """Per probe the names along one leaf's positions; fewer where the rest has none."""
    n, shape = len(probes), leaf.positions.shape[1:]
    if probes.places.layout.kind.names == "tokens":
        return (leaf.of_input and probes.tokens_of(leaf.of_input)) or [()] * n
    if leaf.kind.names != "features":
        return [()] * n
    features = probes.feature_names
    if features is not None and shape[-1:] == (len(features),):
        before = itertools.product(*map(range, shape[:-1]))
        return [[", ".join([*map(str, index), name]) for index in before for name in features]] * n
    if not shape or shape == (1,):
        return [[leaf.of_input or leaf.name]] * n
    own = "feature " if alone else f"{leaf.of_input} "
    return [[own + ", ".join(map(str, index)) for index in np.ndindex(*shape)]] * n

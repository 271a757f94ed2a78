"""The coordinates that a user asks for, and those of each attributed leaf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._bases import NamedChannels
from kerasig._engine.components import Components
from kerasig._explaining.leaves import Leaves
from kerasig._sentences import received, shown
from kerasig.coordinates import Coordinates

# By the name of an input, what its features are called, and along which axis of an example.
Features: TypeAlias = Mapping[str, tuple[Sequence[str], int]]
_FITS = "Pass one of kerasig.coordinates, such as Frequency(), or a dict of them by the names of inputs"


def checked_coordinates(coordinates: Any, interior_alphas: NDArray[Any]) -> Any:
    """One for all that it fits, a dict by the names of leaves, or None.

    Raises:
        ValueError: interior gradients are asked for besides.
        TypeError: they are no coordinates.
    """
    if coordinates is None:
        return None
    if isinstance(coordinates, Mapping):
        coordinates = arguments.mapping("coordinates", coordinates, "a dict of coordinates by the names of inputs")
    each = coordinates.values() if isinstance(coordinates, dict) else [coordinates]
    for one in each:
        if not isinstance(one, Coordinates) and not (one is None and isinstance(coordinates, dict)):
            raise TypeError(f"coordinates must be coordinates of inputs. {received(one)}. {_FITS}.")
    if interior_alphas.size:
        raise ValueError(
            "interior_alphas must be None with coordinates: interior gradients are those at the inputs. Received "
            f"interior_alphas={shown(interior_alphas.tolist())}. Leave one of the two out."
        )
    return coordinates


def of_leaves(coordinates: Any, leaves: Leaves) -> tuple[Coordinates | None, ...]:
    """The coordinates of each attributed leaf, None where it has its own.

    Raises:
        ValueError: they fit no leaf, or not the one that they are given for.
    """
    if coordinates is None:
        return ()
    names, arrays = leaves.attributed_names, leaves.attributed
    if not isinstance(coordinates, Mapping):
        fitting = coordinates.fitting([(leaf.shape[1:], leaf.dtype) for leaf in arrays])
        if not fitting:
            coordinates.check(names[0], arrays[0].shape[1:], arrays[0].dtype)
        return tuple(coordinates if at in fitting else None for at in range(len(arrays)))
    for name in coordinates:
        if name not in names:
            held = name in leaves.names
            why = "which is held fixed: it has no floats" if held else "which is none of them"
            raise ValueError(
                f"coordinates must name what is attributed to. Received {shown(name)}, {why}. Pass names of "
                f"{', '.join(map(repr, names))}."
            )
    chosen = [coordinates.get(name) for name in names]
    for name, one, leaf in zip(names, chosen, arrays, strict=True):
        if one is not None:
            one.check(name, leaf.shape[1:], leaf.dtype)
    return tuple(chosen) if any(one is not None for one in chosen) else ()


def features_named(
    names: Sequence[str], coordinates: Any, leaves: Sequence[str], arrays: Sequence[NDArray[Any]], judge: bool
) -> Features:
    """The names of features for each leaf whose coordinates are of as many channels.

    Args:
        names: of the features.
        coordinates: as `checked_coordinates` gives them.
        leaves: their names.
        arrays: [N, *F] each.
        judge: whether the names must be those of some features.

    Raises:
        ValueError: they are neither as many as such channels nor as anything of a leaf in its own coordinates.
    """
    found: dict[str, tuple[Sequence[str], int]] = {}
    shapes = {leaf: np.shape(array)[1:] for leaf, array in zip(leaves, arrays, strict=True)}
    fits = False
    for leaf, shape in shapes.items():
        own = coordinates.get(leaf) if isinstance(coordinates, Mapping) else coordinates
        channels = NamedChannels()
        if own is not None and own.fitting([(shape, np.dtype(np.float32))]):
            channels = own.basis(shape).channels
        if channels.axis is None:
            fits |= len(names) in shape
        elif len(channels.names) == len(names):
            found[leaf], fits = (names, channels.axis), True
    if judge and not fits:
        listed = ", ".join(f"{leaf!r} {list(shape)}" for leaf, shape in shapes.items())
        raise ValueError(
            f"feature_names must be one per feature. Received {len(names)} names for {listed}. Pass as many as there "
            "are."
        )
    return found


def components_of(chosen: Sequence[Coordinates | None], leaves: Leaves) -> list[Components | None]:
    """The same for the engine."""
    pairs = zip(chosen, leaves.attributed if chosen else [], strict=True)
    return [None if one is None else Components(one.basis(leaf.shape[1:])) for one, leaf in pairs]


def names_of(
    components: Sequence[Components | None], leaves: Leaves, features: Features
) -> list[NDArray[np.str_] | None]:
    """The names of each attributed leaf's groups, as `Attribution.coordinates` has them.

    Args:
        components: of each attributed leaf.
        leaves: of the space.
        features: by the name of an input, what its features are called, and along which axis of an example.
    """
    found: list[NDArray[np.str_] | None] = []
    for name, own in zip(leaves.attributed_names, components, strict=True):
        called = None if own is None else own.basis.names
        if own is not None and name in features:
            called = own.basis.named_by(*features[name])
        found.append(None if called is None else np.array(called, np.str_))
    return found

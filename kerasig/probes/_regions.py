"""Regions: named parts of the inputs, such as the tag in a corner or a suspect word, as boolean masks."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np

from kerasig import _arguments as arguments
from kerasig._arrays import as_array
from kerasig._kinds.places import Places

Masks = dict[str, dict[str, np.ndarray]]  # region -> leaf -> [N or 1, positions...]


class RegionResolver:
    """Turns what a user calls a region into masks over the positions of input leaves.

    Args:
        places: Input arrays [N, ...] by leaf name, and their kinds.
        feature_names: Names along the last axis of tabular and series leaves, or None.
        tokens: Token strings per probe, by leaf.
    """

    def __init__(
        self,
        places: Places,
        feature_names: Sequence[str] | None,
        tokens: Mapping[str, Sequence[Sequence[str]]],
    ):
        self._places = places
        self._leaves, self._layout = places.leaves, places.layout
        self._feature_names = feature_names
        self._tokens = tokens
        self._probes = next(iter(self._leaves.values())).shape[0]
        self._positions = {name: places.positions(name) for name in self._leaves}

    def resolve(self, regions: Any) -> Masks:
        """Masks of every region.

        Raises:
            ValueError: A region has the wrong shape, names an unknown leaf, feature or token, or is empty.
        """
        if regions is None:
            return {}
        if not isinstance(regions, Mapping):
            raise ValueError(
                f"regions must be a dict from name to mask. Received {type(regions).__name__}. Pass {{'tag': mask}}."
            )
        masks: Masks = {}
        for name, region in regions.items():
            if not isinstance(name, str) or not name:
                raise ValueError(f"regions must have strings as names. Received {name!r}. Pass {{'tag': mask}}.")
            masks[name] = self._one(name, region)
            if not any(mask.any() for mask in masks[name].values()):
                raise ValueError(
                    f"regions[{name!r}] must cover some position of some probe. Received one that is empty everywhere. "
                    "Pass a mask that is True inside the region, or leave the region out."
                )
        return masks

    def _one(self, name: str, region: Any) -> dict[str, np.ndarray]:
        if isinstance(region, Mapping):
            unknown = [leaf for leaf in region if str(leaf) not in self._leaves]
            if unknown or not region:
                raise ValueError(
                    f"regions[{name!r}] must name leaves of inputs. Received {list(map(str, region))}. "
                    f"Pass some of {list(self._leaves)}."
                )
            return {str(leaf): self._in_leaf(name, part, str(leaf)) for leaf, part in region.items()}
        wanted = _strings(f"regions[{name!r}]", region)
        if wanted is not None and not self._has_names(self._layout.subject) and set(wanted) <= set(self._leaves):
            # One leaf per feature: {"age": [N], "income": [N]}.
            return {leaf: np.ones((1, *(self._positions[leaf] or ())), dtype=bool) for leaf in sorted(wanted)}
        if wanted is not None and len(self._tokens) > 1:
            return self._in_any_sequence(name, wanted)
        return {self._layout.subject: self._in_leaf(name, region, self._layout.subject)}

    def _has_names(self, leaf: str) -> bool:
        if self._places.kind(leaf).names == "tokens":
            return leaf in self._tokens
        return self._feature_names is not None

    def _in_leaf(self, name: str, region: Any, leaf: str) -> np.ndarray:
        where = f"regions[{name!r}]" if leaf == self._layout.subject else f"regions[{name!r}][{leaf!r}]"
        wanted = _strings(where, region)
        if wanted is None:
            mask = self._fit(where, _as_mask(where, region), leaf)
        elif self._places.kind(leaf).names == "tokens":
            mask = self._of_tokens(where, wanted, leaf)
        else:
            mask = self._of_features(where, wanted, leaf)
        mask.setflags(write=False)
        return mask

    def _in_any_sequence(self, name: str, wanted: list[str]) -> dict[str, np.ndarray]:
        """Tokens wherever they occur: which of several sequences is meant was not said."""
        of_leaf = {leaf: {token for row in rows for token in row} for leaf, rows in self._tokens.items()}
        having = [leaf for leaf, there in of_leaf.items() if there.intersection(wanted)]
        return {leaf: self._in_leaf(name, wanted, leaf) for leaf in having or [self._layout.subject]}

    def _of_tokens(self, where: str, wanted: list[str], leaf: str) -> np.ndarray:
        if leaf not in self._tokens:
            raise ValueError(
                f"{where} lists tokens. Received no tokens of {leaf!r}. Pass tokens=, one list of strings per probe."
            )
        positions = self._positions[leaf]
        length = max(map(len, self._tokens[leaf])) if positions is None else positions[0]
        mask = np.zeros((self._probes, length), dtype=bool)
        for row, tokens in zip(mask, self._tokens[leaf], strict=True):
            row[: len(tokens)] = [token in wanted for token in tokens]
        if not mask.any():
            raise ValueError(
                f"{where} must list tokens that occur. Received {wanted}, none of which any probe has. "
                "Pass tokens exactly as tokens= spells them."
            )
        return mask

    def _of_features(self, where: str, wanted: list[str], leaf: str) -> np.ndarray:
        kind = self._places.kind(leaf)
        if kind.names != "features":
            raise ValueError(
                f"{where} must be a boolean mask for inputs of kind {kind.name!r}. Received the names {wanted}. "
                f"Pass a mask of shape {self._shapes(leaf)}."
            )
        positions = self._positions[leaf]
        names = self._feature_names
        if names is None or not positions or positions[-1] != len(names):
            raise ValueError(
                f"{where} lists features. Received feature_names={names} for {leaf!r} of shape "
                f"{list(self._leaves[leaf].shape)}. Pass feature_names=, one for each of its features."
            )
        unknown = [feature for feature in wanted if feature not in names]
        if unknown:
            raise ValueError(f"{where} must list known features. Received {unknown}. Pass some of {list(names)}.")
        inside = np.array([feature in wanted for feature in names])
        return np.broadcast_to(inside, (1, *positions)).copy()

    def _fit(self, where: str, mask: np.ndarray, leaf: str) -> np.ndarray:
        positions = self._positions[leaf]
        if positions is None:
            # Raw text: its length is known only to the model's vectorizer.
            if mask.ndim == 1 or (mask.ndim == 2 and mask.shape[0] in (1, self._probes)):
                return np.atleast_2d(mask)
            fits = []
        else:
            shapes = self._places.kind(leaf).masks(positions)
            fits = [mask[None] for shape in shapes if mask.shape == shape]
            fits += [mask for shape in shapes if mask.shape in ((self._probes, *shape), (1, *shape))]
        if len(fits) == 1:
            return fits[0]
        problem = "can be read in two ways" if fits else "does not fit"
        others = (
            "" if len(self._leaves) == 1 else " For another leaf, pass a dict from leaf name to mask as the region."
        )
        raise ValueError(
            f"{where} must be a mask over the positions of {leaf!r}. Received shape {list(mask.shape)}, which "
            f"{problem}. Pass shape {self._shapes(leaf)}.{others}"
        )

    def _shapes(self, leaf: str) -> str:
        positions = self._positions[leaf]
        if positions is None:
            return f"[{self._probes}, T] or [T]"
        return f"{[self._probes, *positions]}, or {list(positions)} for all probes"


def fit_mask(mask: np.ndarray, shape: tuple[int, ...], *, raw_text: bool = False) -> np.ndarray | None:
    """`mask` [N or 1, positions...] over positions of `shape` [N, ...], or None where the two cannot be compared.

    Args:
        mask: A resolved region.
        shape: That of an attribution summed to positions.
        raw_text: Whether only the model knows the length: then the mask is cut, or filled with False.
    """
    if raw_text and mask.ndim == 2 <= len(shape):
        length = min(mask.shape[1], shape[1])
        fitted = np.zeros((mask.shape[0], shape[1]), dtype=bool)
        fitted[:, :length] = mask[:, :length]
        mask = fitted
    if mask.ndim > len(shape) or mask.shape[0] not in (1, shape[0]) or mask.shape[1:] != shape[1 : mask.ndim]:
        return None
    return np.broadcast_to(mask.reshape(mask.shape + (1,) * (len(shape) - mask.ndim)), shape)


def fitting_mask(
    name: str, leaf: str, shape: tuple[int, ...], candidates: Mapping[str, tuple[np.ndarray, bool]]
) -> np.ndarray:
    """The first of a region's masks that has the positions of a leaf.

    Args:
        name: The region.
        leaf: An input leaf, or a layer.
        shape: That of the leaf's attribution summed to positions.
        candidates: From input leaf to mask, and whether only the model knows its length.

    Raises:
        ValueError: None has.
    """
    for mask, raw_text in candidates.values():
        fitted = fit_mask(mask, shape, raw_text=raw_text)
        if fitted is not None:
            return fitted
    have = ", ".join(f"{other!r} {list(mask.shape)}" for other, (mask, _) in candidates.items())
    raise ValueError(
        f"The region {name!r} must have the positions of {leaf!r}. Received masks of {have}, and {leaf!r} has the "
        f"shape {list(shape)}. Attribute to the inputs, or to a layer that keeps their positions."
    )


def _strings(where: str, region: Any) -> list[str] | None:
    """The names listed by `region`; None where it is a mask."""
    if isinstance(region, str):
        return [region]
    items = list(region) if isinstance(region, Set) else region
    listed = items if isinstance(items, list | tuple) else as_array(items, where).tolist()
    if isinstance(listed, list | tuple) and listed and all(isinstance(item, str | bytes) for item in listed):
        return sorted(arguments.texts(where, listed)) if isinstance(region, Set) else arguments.texts(where, listed)
    return None


def _as_mask(where: str, region: Any) -> np.ndarray:
    array = as_array(region, where)
    if array.dtype != bool and not (array.dtype.kind in "iuf" and np.isin(array, (0, 1)).all()):
        raise ValueError(
            f"{where} must be a boolean mask or a list of names. Received an array of {array.dtype}, shape "
            f"{list(array.shape)}. Pass True inside the region and False outside."
        )
    return array.astype(bool)

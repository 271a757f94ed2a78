"""How much of an attribution lies inside a named region.

Each function takes values [N, positions...], their channels already summed, and a boolean mask of the same shape or
broadcastable to it, and gives NaN for a probe whose region is empty, whose attribution is zero everywhere, or holds a
NaN or an infinity.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig.metrics._rows import Float, flat, ratio, sizes, vectors

Mask = NDArray[np.bool_]


def region_mass(values: NDArray[Any], mask: Mask) -> Float:
    """Share of the absolute attribution that lies inside a region.

    sum over the region of |a_i| / sum of all |a_i|.

    Args:
        values: [N, positions...], channels already summed.
        mask: boolean, of the same shape or broadcastable to it.

    Returns:
        [N] from 0 to 1; the region's share of the positions where |a| is even.

    Example:
        >>> kerasig.metrics.region_mass(np.array([[1.0, -1.0, 2.0]]), np.array([True, False, False]))
        array([0.25])
    """
    size, inside = sizes(values), _inside(values, mask)
    return _known(ratio(np.where(inside, size, 0).sum(axis=1), size.sum(axis=1)), size, inside)


def region_mass_by_chance(values: NDArray[Any], mask: Mask) -> Float:
    """The mass of a region if the map's values lay anywhere on its nonzero positions: their share that lies inside.

    The mean of `region_mass`, and of `region_hit`, over all ways to lay the values on the positions that are not zero.
    Beside a black background or padding, where nothing can be attributed, it is more than the region's share of the
    positions, which `region_lift` compares with.

    Args:
        values: [N, positions...], channels already summed.
        mask: boolean, of the same shape or broadcastable to it.

    Returns:
        [N] from 0 to 1; NaN where `region_mass` is.
    """
    size, inside = np.abs(flat(values)), _inside(values, mask)
    return _known(ratio((inside & (size > 0)).sum(axis=1), (size > 0).sum(axis=1)), size, inside)


def region_noise(mass: NDArray[Any], map_error: NDArray[Any]) -> Float:
    """The most by which a region's mass p can be wrong where the attribution's relative L1 error is m.

    m max(p, 1 - p) / (1 - m). With S = sum |a_i|, let the error add u to the sum inside and v to that outside, so that
    |u| + |v| <= m S by the triangle inequality. The mass is then off by ((1 - p) u - p v) / (S + u + v), of which the
    numerator is at most m S max(p, 1 - p) and the denominator at least (1 - m) S.

    Args:
        mass: [N], as `region_mass` gives it.
        map_error: [N], as in `Attribution.map_error`, of the positions.

    Returns:
        [N] from 0 to 1: no mass leaves [0, 1], so it is at most max(p, 1 - p); NaN where one of the two is.
    """
    p, m = vectors(mass=mass, map_error=map_error)
    arguments.within("mass", p, 0, 1), arguments.within("map_error", m, 0)
    with np.errstate(invalid="ignore"):
        most = np.maximum(p, 1 - p)
        # From an error of a half on the bound says nothing; infinities of half precision included.
        bounded = np.minimum(m, 0.5)
        return np.where(np.isnan(m), np.nan, most * np.minimum(bounded / (1 - bounded), 1))


def region_lift(values: NDArray[Any], mask: Mask, present: Mask | None = None) -> Float:
    """How many times as much of the absolute attribution lies inside a region as its share of the positions.

    Mass / (positions inside / all positions).

    Args:
        values: [N, positions...], channels already summed.
        mask: boolean, of the same shape or broadcastable to it.
        present: likewise, which positions count as positions, where some are padding; None for all.

    Returns:
        [N] from 0 to positions / positions inside; 1 where |a| is even.

    Example:
        >>> kerasig.metrics.region_lift(np.array([[1.0, -1.0, 2.0, 0.0]]), np.array([False, False, True, False]))
        array([2.])
    """
    inside = _inside(values, mask)
    there = np.ones_like(inside) if present is None else _inside(values, present, "present")
    return ratio(region_mass(values, mask), ratio((inside & there).sum(axis=1), there.sum(axis=1)))


def region_signed(values: NDArray[Any], mask: Mask) -> Float:
    """The part that the region adds to or takes from the score, as a share of the absolute attribution.

    sum over the region of a_i / sum of all |a_i|.

    Args:
        values: [N, positions...], channels already summed.
        mask: boolean, of the same shape or broadcastable to it.

    Returns:
        [N] from -1 (all of it, against the score) to 1; its size is at most the region's mass.
    """
    size, inside = sizes(values), _inside(values, mask)
    signed = np.where(inside, np.copysign(size, flat(values)), 0).sum(axis=1)
    return _known(ratio(signed, size.sum(axis=1)), size, inside)


def region_hit(values: NDArray[Any], mask: Mask) -> Float:
    """Whether the largest absolute attribution lies inside a region: the pointing game.

    Source: Zhang et al. 2016, "Top-down Neural Attention by Excitation Backprop", arXiv 1608.00507.

    Args:
        values: [N, positions...], channels already summed.
        mask: boolean, of the same shape or broadcastable to it.

    Returns:
        [N] 1 or 0; of several largest positions the share that lies inside.

    Example:
        >>> kerasig.metrics.region_hit(np.array([[1.0, -1.0, 2.0]]), np.array([False, False, True]))
        array([1.])
    """
    size, inside = sizes(values), _inside(values, mask)
    largest = size == size.max(axis=1, initial=0, keepdims=True)
    return _known(ratio((largest & inside).sum(axis=1), largest.sum(axis=1)), size, inside)


def _inside(values: NDArray[Any], mask: Mask, name: str = "mask") -> Mask:
    n, *positions = arguments.numbers("values", values).shape
    array = arguments.booleans(name, mask, "True inside the region, False outside")
    try:
        return np.broadcast_to(array, (n, *positions)).reshape(n, math.prod(positions))
    except ValueError:
        raise ValueError(
            f"{name} must broadcast to values. Received {name}.shape={array.shape}, values.shape={(n, *positions)}. "
            f"Pass shape {(n, *positions)}, or {tuple(positions)} for all examples."
        ) from None


def _known(found: Float, size: Float, inside: Mask) -> Float:
    return np.where(inside.any(axis=1) & size.any(axis=1) & np.isfinite(size).all(axis=1), found, np.nan)

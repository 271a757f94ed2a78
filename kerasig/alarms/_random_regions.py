"""Random regions of the size and shape of a given one, to tell what replacing any such region would do.

A random region is never the region itself. It lies apart from it where that is possible, and covers at least as
many positions that hold any attribution, where that is possible: to replace what the baseline already is changes
nothing, and beside patches of a black background every region would seem to matter.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from kerasig.alarms._record import Region

Mask = NDArray[np.bool_]
Draw = Callable[[np.random.Generator], Mask]


def random_region(region: Region, probe: int, alive: Mask) -> Draw | None:
    """A function that draws random regions for one probe.

    Images and series keep the region's shape, moved elsewhere; where positions have no order, as tokens, features and
    nodes, a random region is any other choice of as many.

    Args:
        region: the one that they are compared with.
        probe: whose.
        alive: [positions], where the probe's attribution is not zero.

    Returns:
        From a generator to a mask [positions]; None where the probe does not have the region, or has nothing else.
    """
    inside = region.inside[probe]
    if not inside.any() or inside.all():
        return None
    first = 0
    for shape, ordered in zip(region.shapes, region.ordered, strict=True):
        own = slice(first, first := first + int(np.prod(shape, dtype=int)))
        if ordered and inside[own].sum() == inside.sum():
            shifts = _shifts(inside[own].reshape(shape), alive[own].reshape(shape))
            if len(shifts):
                return partial(_moved, inside, own, shape, shifts)
    return partial(_chosen, inside, alive)


def _moved(
    inside: Mask, own: slice, shape: tuple[int, ...], shifts: NDArray[np.intp], generator: np.random.Generator
) -> Mask:
    """The region elsewhere in its leaf, which has the positions `own`."""
    shift = shifts[generator.integers(len(shifts))].tolist()
    drawn = np.zeros_like(inside)
    drawn[own] = np.roll(inside[own].reshape(shape), shift, axis=tuple(range(len(shape)))).reshape(-1)
    return drawn


def _shifts(inside: Mask, alive: Mask) -> NDArray[np.intp]:
    """By how much the region may be moved, [M, axes]; none where it is the same wherever it is moved to."""
    size, covered = int(inside.sum()), _hits(alive, inside)
    overlap = _hits(inside, inside)
    fits = overlap < size
    whole = fits & _within_frame(inside)
    # A region as large as the frame in one axis comes in again on the other side.
    fits = whole if whole.any() else fits
    for preferred in (overlap == 0, covered >= covered.flat[0]):
        if (fits & preferred).any():
            fits = fits & preferred
    if not (covered[fits] >= covered.flat[0]).any() and fits.any():
        fits &= covered == covered[fits].max()
    return np.argwhere(fits)


def _hits(positions: Mask, inside: Mask) -> NDArray[np.int64]:
    """For each cyclic shift of the region, how many of the positions it covers."""
    axes = tuple(range(inside.ndim))
    spectrum = np.fft.rfftn(positions, axes=axes) * np.conj(np.fft.rfftn(inside, axes=axes))
    return np.rint(np.fft.irfftn(spectrum, s=inside.shape, axes=axes)).astype(np.int64)


def _within_frame(inside: Mask) -> Mask:
    """The cyclic shifts that carry no part of the region over the frame's edge."""
    allowed = np.ones(inside.shape, bool)
    for axis, length in enumerate(inside.shape):
        covered = np.flatnonzero(inside.any(axis=tuple(other for other in range(inside.ndim) if other != axis)))
        shift = np.arange(length)
        stays = (covered[-1] + shift < length) | (covered[0] + shift >= length)
        allowed &= stays.reshape([-1 if other == axis else 1 for other in range(inside.ndim)])
    return allowed


def _chosen(inside: Mask, alive: Mask, generator: np.random.Generator) -> Mask:
    """As many positions as the region has: outside it those that hold attribution, then others, then those inside."""
    rank = 2 * inside.astype(int) + ~alive
    order = np.lexsort((generator.random(inside.size), rank))
    drawn = np.zeros_like(inside)
    drawn[order[: int(inside.sum())]] = True
    return drawn

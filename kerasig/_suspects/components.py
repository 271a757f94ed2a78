"""Components that lie everywhere: the mean colour or level, and the contrast of each band of frequencies.

A mean is swapped between examples. A band's contrast is scaled to that of another example, which is what a blur or a
sharpening changes; its own waves stay, as they are what an honest network reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kerasig._bases import cycles_of
from kerasig._suspects.audit import Audit
from kerasig._suspects.coefficients import Waves
from kerasig._suspects.judging import Thresholds, evidence
from kerasig._suspects.place import Family, Inputs, Maps, Rows, SuspectPlace, least_emphasis

BANDS = 5
# A band's contrast is changed by no more than this factor: what is nearly empty has none.
FACTOR = 10.0
# The waves beside which a mean is judged: the next longest ones.
BESIDE = 4


class Component(SuspectPlace):
    """Some coefficients of all examples.

    Args:
        waves: that they are coefficients of.
        masks: boolean [*space], the coefficients; of several masks each has a contrast of its own.
        label: the class that it was found in.
        name: in words.
    """

    family: ClassVar[str] = "coordinate"

    def __init__(self, waves: Waves, masks: Sequence[NDArray[np.bool_]], label: int, name: str) -> None:
        self.waves, self.masks, self.label, self.name = waves, masks, label, name
        self.leaf, self.repeated = waves.leaf, 1.0
        self.mask = np.any(masks, axis=0)

    @property
    def area(self) -> float:
        return float(self.mask.mean())

    def region(self) -> None:
        return None

    def members(self, rows: Rows) -> Rows:
        return rows

    def share(self, shares: NDArray[np.float32], rows: Rows) -> NDArray[np.float64]:
        summed: NDArray[np.float64] = shares[rows][:, self.mask].reshape(len(rows), -1).sum(axis=1, dtype=np.float64)
        return summed

    def transplant(self, into: Rows, out_of: Rows, *, of: Rows) -> Inputs:
        changes = self.waves.known[out_of][:, self.mask] - self.waves.known[into][:, self.mask]
        return {self.leaf: self.waves.added(into, changes, self.mask)}

    def overlaps(self, other: SuspectPlace) -> bool:
        return isinstance(other, Component) and bool((self.mask & other.mask).any())


class Contrast(Component):
    """The size of some coefficients, whatever their pattern is."""

    def transplant(self, into: Rows, out_of: Rows, *, of: Rows) -> Inputs:
        changed = self.waves.known[into].copy()
        for mask in self.masks:
            sizes = self.waves.sizes(mask)
            has, wanted = sizes[into], sizes[out_of]
            factor = np.where(has > 0, wanted / np.where(has > 0, has, 1), 1.0)
            changed[:, mask] *= np.clip(factor, 1 / FACTOR, FACTOR)[:, None, None]
        return {self.leaf: self.waves.inverse(changed)}


class ComponentFamily(Family):
    """The base of both families of coordinates."""

    in_coefficients = True

    def __init__(self, audit: Audit, maps: Maps) -> None:
        super().__init__(audit, maps)
        self.waves = Waves(audit, maps.leaf)
        self.cycles = cycles_of(self.waves.space)

    @classmethod
    def fits(cls, audit: Audit, leaf: str) -> bool:
        return Waves.fits(audit, leaf)

    def places(self, label: int) -> list[Component]:
        """All of a class."""
        raise NotImplementedError

    def propose(self, label: int, rows: Rows, count: int) -> tuple[Sequence[Component], int]:
        places = self.places(label)
        strengths = [evidence(least_emphasis(each, self.maps, rows), 1.0) for each in places]
        order = np.argsort([-each for each in strengths], kind="stable").tolist()
        # Others of a class are much the same.
        return [places[at] for at in order[: min(count, 1)]], len(places)


class Means(ComponentFamily):
    """The mean colour or level."""

    # Night and day differ honestly: it is a shortcut where it all but decides, whatever else an example shows.
    limits = Thresholds(evidence=0.5, effect=0.7, flips=0.8, above=1.0)

    def places(self, label: int) -> list[Component]:
        channels = self.maps.now.shape[-1]
        pictures = "mean colour" if channels > 1 else "mean brightness"
        name = pictures if self.waves.axes == 2 else "mean level"
        return [Component(self.waves, [self.cycles == 0], label, name)]

    def matched(self, place: SuspectPlace, into: Rows, out_of: Rows, count: int) -> Sequence[Component]:
        order = np.argsort(self.cycles, axis=None, kind="stable")[1 : 1 + min(count, BESIDE)]
        masks = [(np.arange(self.cycles.size) == at).reshape(self.cycles.shape) for at in order.tolist()]
        return [Component(self.waves, [mask], place.label, "a long wave") for mask in masks]


class Contrasts(ComponentFamily):
    """The contrast of each band of frequencies, and of all finer ones together: what a blur takes away."""

    # Sharp and smooth things differ honestly, too; a blur, a lack, has little attribution and stays a candidate.
    limits = Thresholds(evidence=6.0, effect=0.3, above=0.5)

    def __init__(self, audit: Audit, maps: Maps) -> None:
        super().__init__(audit, maps)
        edges = np.geomspace(1.0, float(self.cycles.max()), BANDS)[:-1]
        numbers = np.where(self.cycles == 0, -1, np.searchsorted(edges, self.cycles, side="right"))
        self.bands = {int(each): numbers == each for each in np.unique(numbers) if each >= 0}
        self._edges = edges

    @classmethod
    def fits(cls, audit: Audit, leaf: str) -> bool:
        # The spectrum of a signal is what an honest network tells classes by.
        return audit.probes.places.kind(leaf).pictorial and super().fits(audit, leaf)

    def places(self, label: int) -> list[Component]:
        found: list[Component] = [
            Contrast(self.waves, [mask], label, f"contrast of the frequency band {self._range(band)}")
            for band, mask in self.bands.items()
        ]
        fine = [mask for band, mask in self.bands.items() if band >= BANDS // 2]
        if len(fine) > 1:
            found.append(
                Contrast(self.waves, fine, label, f"contrast of fine detail, above {self._at(BANDS // 2)} cycles")
            )
        return found

    def matched(self, place: SuspectPlace, into: Rows, out_of: Rows, count: int) -> Sequence[Component]:
        assert isinstance(place, Contrast)
        others = {band: mask for band, mask in self.bands.items() if not (mask & place.mask).any()}
        return [Contrast(self.waves, [mask], place.label, self._range(band)) for band, mask in others.items()][:count]

    def _at(self, band: int) -> str:
        return f"{self._edges[band - 1]:.3g}"

    def _range(self, band: int) -> str:
        if band == 0:
            return "below 1 cycle"
        return (
            f"{self._at(band)} to {self._at(band + 1)} cycles"
            if band < len(self._edges)
            else (f"above {self._at(band)} cycles")
        )

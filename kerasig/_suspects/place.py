"""A place in inputs, and a family of them: what a new kind of place must know."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from kerasig._suspects.audit import Audit

if TYPE_CHECKING:
    from kerasig._suspects.judging import Thresholds

Rows = NDArray[np.int64]
Inputs = dict[str, NDArray[np.generic]]


_Place = TypeVar("_Place", bound="SuspectPlace")


@dataclass(frozen=True, eq=False)
class Maps:
    """The maps of an audit's examples in one leaf, made to add up to 1.

    Args:
        leaf: the input that they lie in.
        now: [n, positions...] share of the absolute attribution.
        before: the same of the untrained network; the mean over several.
    """

    leaf: str
    now: NDArray[np.float32]
    before: NDArray[np.float32]


class SuspectPlace(ABC):
    """One place in the examples of one class.

    Attributes:
        family: what kind of place it is.
        name: where it is, in words.
        leaf: the input leaf that it lies in.
        label: the class whose examples it was found in.
        repeated: share of the class's examples that have the same content there; 1 where that means nothing.
        copied: whether they have one copy of it: what nature repeats is alike, and never the very same.
    """

    family: ClassVar[str]
    name: str
    leaf: str
    label: int
    repeated: float
    copied: bool = False

    @property
    @abstractmethod
    def area(self) -> float:
        """Its share of all positions."""

    @abstractmethod
    def region(self) -> NDArray[np.bool_] | None:
        """The mask over positions; None where it is no region, or another one in each example."""

    @abstractmethod
    def members(self, rows: Rows) -> Rows:
        """Those of the rows that have it: of a window that shows the same content, those that show it."""

    @abstractmethod
    def share(self, shares: NDArray[np.float32], rows: Rows) -> NDArray[np.float64]:
        """The share of the attribution that lies there, [rows].

        Args:
            shares: [n, positions...] of `Maps`.
            rows: of the audit.
        """

    @abstractmethod
    def transplant(self, into: Rows, out_of: Rows, *, of: Rows) -> Inputs:
        """The examples `into`, with what the examples `out_of` have at the place: leaf by leaf, [rows, ...].

        Args:
            into: rows of the audit.
            out_of: as many.
            of: as many: the members whose place is meant, where it is another one in each.
        """

    @abstractmethod
    def overlaps(self, other: SuspectPlace) -> bool:
        """Whether another place of the same class is so much the same that one of them is enough."""


class Family(ABC):
    """All places of one kind, in one leaf of an audit. A new one is a file, and a line in `families.py`.

    Args:
        audit: whose inputs they lie in.
        maps: of the leaf.

    Attributes:
        limits: what it takes to be accused, where that is not the usual.
        in_coefficients: whether its maps are of the cosines that inputs are made of, and not of positions.
    """

    limits: Thresholds | None = None
    in_coefficients: ClassVar[bool] = False

    def __init__(self, audit: Audit, maps: Maps) -> None:
        self.audit, self.maps = audit, maps

    @classmethod
    @abstractmethod
    def fits(cls, audit: Audit, leaf: str) -> bool:
        """Whether the leaf has such places."""

    def limits_of(self, place: SuspectPlace) -> Thresholds | None:
        """The least that this one of its places must do to be accused: `limits`, where all are alike."""
        return self.limits

    @abstractmethod
    def propose(self, label: int, rows: Rows, count: int) -> tuple[Sequence[SuspectPlace], int]:
        """The places that most speaks for, by maps and contents alone, the best first; and of how many.

        Args:
            label: the class.
            rows: its examples, of the half that suspects are sought in.
            count: how many at most.
        """

    @abstractmethod
    def matched(self, place: SuspectPlace, into: Rows, out_of: Rows, count: int) -> Sequence[SuspectPlace]:
        """Places of the same size, apart from it, where transplants change the inputs as much, if there are any."""


def apart(places: Iterable[_Place], count: int) -> list[_Place]:
    """The first of the places, at most so many, none of which overlaps one before it."""
    chosen: list[_Place] = []
    for place in places:
        if len(chosen) == count:
            break
        if not any(place.overlaps(other) for other in chosen):
            chosen.append(place)
    return chosen


def emphasis_of(place: SuspectPlace, maps: Maps, rows: Rows) -> tuple[NDArray[np.float64], float]:
    """Shares [rows] at a place now, and what they are divided by to be its emphasis."""
    before = float(place.share(maps.before, rows).mean()) if len(rows) else 0.0
    return place.share(maps.now, rows), before + place.area


def least_emphasis(place: SuspectPlace, maps: Maps, rows: Rows) -> float:
    """The lower end of the emphasis's interval: what is left where few examples carry it."""
    now, base = emphasis_of(place, maps, rows)
    return low_of(now) / base if len(now) else 0.0


def low_of(shares: NDArray[np.float64]) -> float:
    """The lower end of the interval of a mean of shares [N], two standard errors below it."""
    return float(shares.mean() - 2 * shares.std() / len(shares) ** 0.5)

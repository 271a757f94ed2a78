"""Reliance: what happens to a class's lead when the content of a place changes owner.

Maps show where a score's gradient is; only a change of the input shows what the network does with it. Two transplants:
contents of other classes replace the place in the class's examples (does the score fall?), and contents of the class
replace it in examples of others (does the score rise?). Both are divided by the class's lead, the mean distance of its
examples from the others, and both stand beside the same at matched places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerasig._suspects.margins import Margins
from kerasig._suspects.place import Family, Rows, SuspectPlace
from kerasig._suspects.suspect import Interval, effect_of, estimate

# Transplants of each kind, at least: few members give to and take from several others.
TRANSPLANTS = 64
MATCHED = 8
# Draws of signs for a p-value, none of which can be below one in so many.
SIGNS = 9_999

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reliance:
    """The effect of transplants at a place, and at matched ones, in units of the class's lead.

    Args:
        fall: of the class's score in its examples.
        rise: in examples of others.
        matched: the larger of both at each matched place, [M].
        flips: share of others that are taken for the class afterwards, and were not before.
        matched_flips: the mean of the same over matched places.
        lost: share of the class's examples that are taken for it, and are not any more.
        p_value: that the place does no more than matched ones, before any correction.
        lead: the class's, in the score's own unit.
    """

    fall: Interval
    rise: Interval
    matched: Float
    flips: float
    matched_flips: float
    lost: float
    p_value: float
    lead: float

    @property
    def effect(self) -> float:
        """The part of the lead that moves with the place both ways."""
        return effect_of(self.fall, self.rise)


NOTHING = Interval(0.0, 0.0, 0.0)


def reliance_on(
    place: SuspectPlace, family: Family, margins: Margins, members: Rows, others: Rows, generator: np.random.Generator
) -> Reliance:
    """Transplants at a place between held-out members and others.

    Args:
        place: the place.
        family: that it is one of.
        margins: of the model.
        members: held-out examples of the class that have it.
        others: held-out examples of other classes.
        generator: draws who gives to whom.
    """
    repeats = -(-TRANSPLANTS // len(members))
    inside = np.repeat(members, repeats)
    donors = generator.choice(others, len(inside), replace=len(others) < len(inside))
    count = max(TRANSPLANTS, min(len(others), 2 * TRANSPLANTS))
    outside = generator.choice(others, count, replace=len(others) < count)
    givers = generator.choice(members, len(outside))
    matched = list(family.matched(place, inside, donors, MATCHED))
    known = margins.all_of(place.label)
    own_inside, own_outside = known[inside], known[outside]
    lead = float(own_inside.mean() - own_outside.mean())
    if not lead > 0:
        # The class is not told from others at all.
        return Reliance(NOTHING, NOTHING, np.zeros(len(matched)), 0.0, 0.0, 0.0, 1.0, lead)
    falls, rises, flips, losses = [], [], [], []
    for each in [place, *matched]:
        without, given = margins.of_changed(
            place.label,
            (inside, each.transplant(inside, donors, of=inside)),
            (outside, each.transplant(outside, givers, of=givers)),
        )
        # One number for each member: its transplants are one example.
        falls.append((own_inside - without).reshape(len(members), repeats).mean(axis=1) / lead)
        rises.append((given - own_outside) / lead)
        flips.append(float((given > 0).mean() - (own_outside > 0).mean()))
        losses.append(float((own_inside > 0).mean() - (without > 0).mean()))
    beside = np.array([max(fall.mean(), rise.mean()) for fall, rise in zip(falls[1:], rises[1:], strict=True)])
    reference = np.mean(rises[1:], axis=0) if matched else np.zeros(len(outside))
    p_value = sign_flip(rises[0] - reference, generator)
    matched_flips = float(np.mean(flips[1:])) if matched else 0.0
    return Reliance(
        *(estimate(falls[0]), estimate(rises[0]), beside, flips[0], matched_flips, losses[0], p_value, lead),
    )


def sign_flip(differences: Float, generator: np.random.Generator) -> float:
    """One-sided p-value that differences [N] scatter around zero: their mean among means with signs of chance."""
    signs = generator.integers(0, 2, (SIGNS, len(differences)), dtype=np.int8) * 2 - 1
    chance = (signs @ differences) / len(differences)
    drawn = float((1 + (chance >= differences.mean()).sum()) / (1 + SIGNS))
    squares = float((differences**2).sum())
    # So few draws cannot tell how rare the rarest are; a bound on sums of random signs (Hoeffding 1963) can.
    bound = np.exp(-(float(differences.sum()) ** 2) / (2 * squares)) if squares > 0 and differences.mean() > 0 else 1.0
    return min(drawn, float(bound))


def holm(p_values: Sequence[float]) -> Float:
    """The p-values corrected for their number, by Holm's method."""
    order = np.argsort(p_values, kind="stable")
    count = len(order)
    stepped = np.maximum.accumulate([(count - rank) * p_values[place] for rank, place in enumerate(order.tolist())])
    corrected = np.empty(count)
    corrected[order] = np.minimum(stepped, 1)
    return corrected

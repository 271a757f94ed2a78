"""Reliance: what happens to a class's lead when the content of a place changes owner.

Maps show where a score's gradient is; only a change of the input shows what the network does with it. Two transplants:
contents of other classes replace the place in the class's examples (does the score fall?), and contents of the class
replace it in examples of others (does the score rise?). Both are divided by the class's lead, the mean distance of its
examples from the others, and both stand beside the same at matched places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerasig._suspects.margins import Changed, Margins
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
        matched_flips: the mean of the same over matched places; NaN where none were asked.
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


@dataclass(frozen=True, eq=False)
class Exchange:
    """Who gives to whom at a place, among held-out examples.

    Args:
        place: the place.
        family: that it is one of.
        members: examples of the class that have it.
        inside: those as often as they are given to, one after the other.
        donors: examples of other classes that give to them, as many.
        outside: examples of other classes that are given to.
        givers: the members that give to those.
    """

    place: SuspectPlace
    family: Family
    members: Rows
    inside: Rows
    donors: Rows
    outside: Rows
    givers: Rows

    def changed(self, place: SuspectPlace) -> Iterator[Changed]:
        """The examples after both transplants, of this place or of one that is matched with it."""
        yield Changed(self.place.label, self.inside, place.transplant(self.inside, self.donors, of=self.inside))
        yield Changed(self.place.label, self.outside, place.transplant(self.outside, self.givers, of=self.givers))


def exchange(
    place: SuspectPlace, family: Family, members: Rows, others: Rows, generator: np.random.Generator
) -> Exchange:
    """Draws who gives to whom.

    Args:
        place: the place.
        family: that it is one of.
        members: held-out examples of the class that have it.
        others: held-out examples of other classes.
        generator: draws.
    """
    inside = np.repeat(members, -(-TRANSPLANTS // len(members)))
    donors = generator.choice(others, len(inside), replace=len(others) < len(inside))
    count = max(TRANSPLANTS, min(len(others), 2 * TRANSPLANTS))
    outside = generator.choice(others, count, replace=len(others) < count)
    return Exchange(place, family, members, inside, donors, outside, generator.choice(members, len(outside)))


@dataclass(frozen=True, eq=False)
class TransplantEffect:
    """The effect of both transplants at one place.

    Args:
        falls: [members] of the class's score in each, in units of its lead.
        rises: [outside] of its score in others' examples.
        flips: share of these that are taken for the class afterwards, and were not before.
        lost: share of the members that are taken for it, and are not any more.
    """

    falls: Float
    rises: Float
    flips: float
    lost: float

    @property
    def larger(self) -> float:
        """The larger of the mean fall and the mean rise."""
        return float(max(self.falls.mean(), self.rises.mean()))


def reliance_on(
    exchanges: Sequence[Exchange],
    margins: Margins,
    may_stand: Callable[[Exchange, Reliance], bool],
    generator: np.random.Generator,
) -> list[Reliance]:
    """The effects of transplants at places, beside matched ones where a place may stand clear at all.

    Args:
        exchanges: of the places.
        margins: of the model.
        may_stand: whether a place may stand clear, by its own effects alone: then it is worth the matched ones.
        generator: draws signs for p-values.
    """
    leads = [_lead_of(each, margins) for each in exchanges]
    told = [at for at, lead in enumerate(leads) if lead > 0]
    own = dict(zip(told, _effects([(exchanges[at], exchanges[at].place) for at in told], margins), strict=True))
    # A class that is not told from others at all relies on nothing.
    found = [
        _reliance(own[at], leads[at])
        if at in own
        else Reliance(NOTHING, NOTHING, np.zeros(0), 0, np.nan, 0, 1, leads[at])
        for at in range(len(exchanges))
    ]
    worth = [at for at in told if may_stand(exchanges[at], found[at])]
    beside = [(at, exchanges[at], place) for at in worth for place in _matched(exchanges[at])]
    effects = list(_effects([(each, place) for _, each, place in beside], margins))
    for at in worth:
        others = [effect for (of, *_), effect in zip(beside, effects, strict=True) if of == at]
        found[at] = _reliance(own[at], leads[at], others, generator)
    return found


def _matched(of: Exchange) -> Sequence[SuspectPlace]:
    return of.family.matched(of.place, of.inside, of.donors, MATCHED)


def _lead_of(of: Exchange, margins: Margins) -> float:
    known = margins.all_of(of.place.label)
    return float(known[of.inside].mean() - known[of.outside].mean())


def _effects(pairs: Sequence[tuple[Exchange, SuspectPlace]], margins: Margins) -> Iterator[TransplantEffect]:
    """The effects at each place, by as few evaluations as memory allows."""
    values = margins.of_changed(part for each, place in pairs for part in each.changed(place))
    for each, _ in pairs:
        known, lead = margins.all_of(each.place.label), _lead_of(each, margins)
        own_inside, own_outside = known[each.inside], known[each.outside]
        without, given = next(values), next(values)
        yield TransplantEffect(
            # One number for each member: its transplants are one example.
            (own_inside - without).reshape(len(each.members), -1).mean(axis=1) / lead,
            (given - own_outside) / lead,
            float((given > 0).mean() - (own_outside > 0).mean()),
            float((own_inside > 0).mean() - (without > 0).mean()),
        )


def _reliance(
    own: TransplantEffect,
    lead: float,
    others: Sequence[TransplantEffect] = (),
    generator: np.random.Generator | None = None,
) -> Reliance:
    """The reliance that effects tell of; without a generator they were not compared, and prove nothing."""
    reference = np.mean([each.rises for each in others], axis=0) if others else np.zeros(len(own.rises))
    return Reliance(
        estimate(own.falls),
        estimate(own.rises),
        np.array([each.larger for each in others], np.float64),
        own.flips,
        float(np.mean([each.flips for each in others])) if others else np.nan,
        own.lost,
        1.0 if generator is None else sign_flip(own.rises - reference, generator),
        lead,
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

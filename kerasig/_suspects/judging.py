"""When a candidate stands clear. Thresholds were chosen on seeds that docs/internals/shortcuts.md does not report."""

from __future__ import annotations

from dataclasses import dataclass

from kerasig._suspects.reliance import Reliance


@dataclass(frozen=True)
class Thresholds:
    """The least that a place must do to be accused.

    Args:
        evidence: the least, of emphasis and repeated contents.
        effect: the least share of the class's lead that moves with the place: see `Reliance.effect`.
        alone: the same where no content is repeated: a class's own shape moves some of it, too.
        beside: how many times as much as the mean over matched places.
        p_value: the largest, corrected.
        above: how many times as much as the strongest matched place, times its evidence.
        repeated: the least share of the class's examples that have it.
        flips: the least share of others' examples that are taken for the class with it, beyond that at matched places.
        easiest: what is left of `effect` or `alone` where evidence is overwhelming; 1 for all of it.
    """

    evidence: float = 0.65
    effect: float = 0.18
    alone: float = 0.35
    beside: float = 1.5
    p_value: float = 0.01
    above: float = 0.0
    repeated: float = 0.0
    flips: float = 0.0
    easiest: float = 1.0


# From so many times the least evidence on, a place must move less of the lead: not one whose content is repeated in
# less than so much of the class.
EASED, WIDELY = 1.5, 0.5


def evidence(emphasis: float, repeated: float) -> float:
    """How much speaks for a shortcut before any transplant.

    The lower end of the emphasis, times the root of the share of examples with the same content; half of it where no
    content is repeated: what training came to look at is a shortcut only if it is more than the class's own shape.
    """
    return emphasis * max(0.25, repeated) ** 0.5


def may_stand(strength: float, repeated: float, found: Reliance, limits: Thresholds) -> bool:
    """Whether a candidate may be a suspect, by maps and its own transplants alone.

    Args:
        strength: its evidence.
        repeated: share of the class's examples with the same content.
        found: what transplants did.
        limits: what it takes.
    """
    eased = min(1.0, max(EASED * limits.evidence / max(strength, 1e-9), limits.easiest))
    if 0 < repeated < WIDELY:
        eased = 1.0
    least = eased * (limits.effect if repeated else limits.alone)
    return bool(
        strength >= limits.evidence
        and repeated >= limits.repeated
        and found.effect >= least
        # Either way alone would do for a class that is hard to leave, or hard to enter.
        and min(found.fall.mean, found.rise.mean) >= 0.75 * least
    )


def is_clear(strength: float, repeated: float, found: Reliance, p_value: float, limits: Thresholds) -> bool:
    """Whether a candidate is a suspect, beside matched places.

    Args:
        strength: its evidence.
        repeated: share of the class's examples with the same content.
        found: what transplants did.
        p_value: corrected for all candidates.
        limits: what it takes.
    """
    beside = limits.beside * float(found.matched.mean()) if len(found.matched) else 0.0
    above = limits.above * float(found.matched.max()) if len(found.matched) else 0.0
    most = max(found.fall.mean, found.rise.mean)
    return bool(
        may_stand(strength, repeated, found, limits)
        and most >= max(beside, 0.0)
        and most * strength >= max(above, 0.0)
        and p_value <= limits.p_value
        and (not limits.flips or found.flips - found.matched_flips >= limits.flips)
    )

"""When a candidate stands clear. Thresholds were chosen on seeds that docs/shortcuts.md does not report."""

from __future__ import annotations

from dataclasses import dataclass

from kerasig._suspects.reliance import Reliance


@dataclass(frozen=True)
class Thresholds:
    """The least that a place must do to be accused.

    Args:
        evidence: the least, of emphasis and repeated contents.
        effect: the least share of the class's lead that moves with the place, both ways.
        beside: how many times as much as the mean over matched places.
        p_value: the largest, corrected.
    """

    evidence: float = 0.65
    effect: float = 0.15
    beside: float = 1.5
    p_value: float = 0.01


def evidence(emphasis: float, repeated: float) -> float:
    """How much speaks for a shortcut before any transplant.

    The lower end of the emphasis, times the root of the share of examples with the same content; half of it where no
    content is repeated: what training came to look at is a shortcut only if it is more than the class's own shape.
    """
    return emphasis * max(0.25, repeated) ** 0.5


def is_clear(strength: float, found: Reliance, p_value: float, limits: Thresholds) -> bool:
    """Whether a candidate is a suspect.

    Args:
        strength: its evidence.
        found: what transplants did.
        p_value: corrected for all candidates.
        limits: what it takes.
    """
    effect = min(found.fall.mean, found.rise.mean)
    beside = float(found.matched.mean()) if len(found.matched) else 0.0
    return bool(
        strength >= limits.evidence
        and effect >= limits.effect
        and max(found.fall.mean, found.rise.mean) >= limits.beside * max(beside, 0.0)
        and p_value <= limits.p_value
    )

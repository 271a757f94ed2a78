"""Warnings of what was found out about a model while it was explained, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kerasig._engine.integrate import Integral
from kerasig._engine.reach import Unreached
from kerasig._explaining.question import Question
from kerasig._explaining.score_refusals import layer_after_steps, layers_named, listed
from kerasig._status import REMEDIES, STATUSES
from kerasig.attribution import Attribution
from kerasig.steps import Fixed

# Of a gradient that is cut, where no layer is known.
_REMEDY = " Attribute to a layer after it, with layer=, or hold it: give it its inputs as baselines."


@dataclass(frozen=True)
class Finding:
    """Something to warn of.

    Args:
        about: what kind of thing, for those who want it once.
        sentence: for people.
    """

    about: str
    sentence: str


def findings(attribution: Attribution, integral: Integral, question: Question) -> Iterator[Finding]:
    """The findings to warn of after one explanation.

    Args:
        attribution: as it is returned.
        integral: of what it was made.
        question: that it answers.
    """
    yield from _unreached(integral.unreached, question)
    # Whoever says how many nodes there are knows that they may be few.
    left_out = {"converged", "gradient cut", *(["out of steps"] if isinstance(attribution.rule, Fixed) else [])}
    for reason in STATUSES:
        rows = np.flatnonzero(attribution.status == reason)
        if reason in left_out or not len(rows):
            continue
        if reason == "not finite":
            sentence = (
                f"The score or a gradient is NaN or infinite for example {listed(rows)}; values are left as computed."
            )
        else:
            sentence = f"{len(rows)} of {len(attribution)} examples did not converge ({reason}). {REMEDIES[reason]}"
        if reason == "not reproducible" and (drawing := question.model.layers_of(question.core.drawing, "Layer")):
            sentence += f" Random numbers are drawn in {layers_named(drawing)}."
        yield Finding(reason, sentence)


def _unreached(parts: Sequence[Unreached], question: Question) -> Iterator[Finding]:
    names, core = question.leaves.attributed_names, question.core
    # Of one that stays at its baseline, zero is the attribution whether it matters or not.
    unused = [names[part.leaf] for part in parts if part.moved.any() and not part.depends.any()]
    if unused:
        why = "The score does not depend on" if core.reproducible else "No gradient reaches"
        yield Finding("disconnected", f"{why} {', '.join(unused)}; its attribution is zero.")
    for part in parts:
        if not part.depends.any():
            continue
        others = len(core.disconnected) < len(names)
        remedy = layer_after_steps(core.after_steps(part.leaf), question.model, question.space, others) or _REMEDY
        yield Finding(
            f"gradient cut: {names[part.leaf]}",
            f"No gradient reaches {_part(part, names[part.leaf])}, though the score depends on it in "
            f"{int(part.depends.sum())} of {len(part.depends)} examples: its attribution is zero, and completeness "
            f"cannot hold.{remedy}",
        )


def _part(part: Unreached, name: str) -> str:
    if part.features is None or part.features.all():
        return name
    places = np.argwhere(part.features)
    shown = [int(place[0]) if len(place) == 1 else tuple(map(int, place)) for place in places]
    return f"feature{'s' if len(shown) > 1 else ''} {listed(shown)} of {name}"

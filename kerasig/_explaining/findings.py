"""What was found out about a model while it was explained, in words: what is refused, and what is warned of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerasig._engine.errors import MixedRowsError, NoGradientError
from kerasig._engine.integrate import Integral
from kerasig._engine.reach import Unreached
from kerasig._explaining.explanation import Task
from kerasig._explaining.inputs import ModelInputs
from kerasig._explaining.spaces import Space
from kerasig._explaining.tracing import TracedModel
from kerasig._status import REMEDIES, STATUSES
from kerasig.attribution import Attribution
from kerasig.steps import Fixed

# Of a gradient that is cut, where no layer is known.
_REMEDY = " Attribute to a layer after it, with layer=, or hold it: give it its inputs as baselines."
# Examples, features or layers that a sentence names.
SHOWN = 10


@dataclass(frozen=True)
class Finding:
    """Something to warn of.

    Args:
        about: what kind of thing, for those who want it once.
        sentence: for people.
    """

    about: str
    sentence: str


def no_gradient(error: NoGradientError, read: ModelInputs, space: Space, traced: TracedModel) -> str:
    """The message for a score without a gradient to anything that is attributed to."""
    remedy = traced.embedding_hint(read) or traced.layers_after_steps(error.operations, others=False)
    return (
        f"The explained score has no gradient to any of {', '.join(space.attributed_names)}: it does not depend on "
        f"them smoothly.{remedy}"
    )


def mixed_rows(error: MixedRowsError, traced: TracedModel) -> str:
    """The message for a score that depends on the rows beside it."""
    alone, among = f"{error.mixed.alone:.4g}", f"{error.mixed.among:.4g}"
    if np.isnan(error.mixed.alone):
        alone = "none"
    elif alone == among:
        classes = error.mixed.class_alone, error.mixed.class_among
        alone, among = (f"class {number}" if number >= 0 else "no class" for number in classes)
    normalising = traced.layers_of(error.operations, "BatchNormalization")
    if normalising:
        remedy = (
            f"As in training, it normalises by the batch in {_layers(normalising)}: "
            "call that with training=False where it is explained."
        )
    else:
        remedy = (
            "Where outputs (N, N) compare the examples of a batch with each other, pass target=tf.linalg.diag_part for "
            "each with its own partner, or a model that compares with fixed ones; do not reduce a target over the "
            "first axis, nor normalise by the batch."
        )
    return (
        "target must give each example a score that depends on that example alone. "
        f"Received {among} for example {error.example} beside others, {alone} by itself: the model or the target mixes "
        f"rows. {remedy}"
    )


def findings(attribution: Attribution, integral: Integral, task: Task, traced: TracedModel) -> Iterator[Finding]:
    """What to warn of after one explanation.

    Args:
        attribution: as it is returned.
        integral: of what it was made.
        task: the arguments.
        traced: the model.
    """
    yield from _unreached(integral.unreached, task, traced)
    # Whoever says how many nodes there are knows that they may be few.
    left_out = {"converged", "gradient cut", *(["out of steps"] if isinstance(attribution.rule, Fixed) else [])}
    for reason in STATUSES:
        rows = np.flatnonzero(attribution.status == reason)
        if reason in left_out or not len(rows):
            continue
        if reason == "not finite":
            sentence = (
                f"The score or a gradient is NaN or infinite for example {_listed(rows)}; values are left as computed."
            )
        else:
            sentence = f"{len(rows)} of {len(attribution)} examples did not converge ({reason}). {REMEDIES[reason]}"
        if reason == "not reproducible" and (drawing := traced.layers_of(task.core.drawing)):
            sentence += f" Random numbers are drawn in {_layers(drawing)}."
        yield Finding(reason, sentence)


def _unreached(parts: Sequence[Unreached], task: Task, traced: TracedModel) -> Iterator[Finding]:
    names = task.space.attributed_names
    # Of one that stays at its baseline, zero is the attribution whether it matters or not.
    unused = [names[part.leaf] for part in parts if part.moved.any() and not part.depends.any()]
    if unused:
        why = "The score does not depend on" if task.core.reproducible else "No gradient reaches"
        yield Finding("disconnected", f"{why} {', '.join(unused)}; its attribution is zero.")
    for part in parts:
        if not part.depends.any():
            continue
        others = len(task.core.disconnected) < len(names)
        remedy = traced.layers_after_steps(task.core.after_steps(part.leaf), others) or _REMEDY
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
    return f"feature{'s' if len(shown) > 1 else ''} {_listed(shown)} of {name}"


def _listed(items: Sequence[object] | NDArray[np.integer]) -> str:
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return ", ".join(map(str, items[:SHOWN])) + more


def _layers(names: Sequence[str]) -> str:
    return f"layer{'s' if len(names) > 1 else ''} {_listed([repr(name) for name in names])}"

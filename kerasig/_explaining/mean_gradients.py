"""The mean gradients along paths, of which attributions in any linear coordinates are made without evaluating again."""

from __future__ import annotations

from typing import Any, NamedTuple

from kerasig._explaining.explainer import Explainer
from kerasig.attribution import Attribution
from kerasig.steps import Fixed


class MeanGradients(NamedTuple):
    """An attribution, and the gradients whose means along the paths it is made of.

    Args:
        attribution: as `Explainer.explain` returns it: values = (inputs - baselines) times these gradients.
        gradients: nest like `attribution.values`, each [N, *F], in the dtype of the path; [N, n, *F] where each example
            has n sampled baselines, in the order of the sample. None for leaves that are held fixed.
    """

    attribution: Attribution
    gradients: Any


def mean_gradients(explainer: Explainer, inputs: Any, target: Any = None, *, baselines: Any = None) -> MeanGradients:
    """The mean gradients on the straight paths by the explainer's fixed rule, at the price of `Explainer.explain`.

    They are the rule's weighted sums of the gradients at its nodes. Unlike values they are known also where an input is
    its baseline, as B^T applied to them needs it.

    Args:
        explainer: made with `steps=Fixed(n)`, and with any layer.
        inputs: see `kerasig.explain`.
        target: see `kerasig.explain`.
        baselines: see `kerasig.explain`.

    Raises:
        ValueError: the explainer's rule is adaptive; and what `kerasig.explain` raises.
    """
    if not isinstance(explainer._rule, Fixed):
        raise ValueError(f"Mean gradients need a fixed rule. Received {explainer._rule}. Pass steps=kerasig.Fixed(16).")
    return MeanGradients(*explainer._explain_with_gradients(inputs, target, baselines))

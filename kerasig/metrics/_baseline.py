"""Whether the baseline is what it should be: an input that the model has no opinion of."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig.metrics._rows import Float

# Below half of the entropy of no opinion a model is rather sure: one of two classes has 89%, or one of ten has 74%, or
# three of ten share nearly all.
CONFIDENT = 0.5


def baseline_entropy(probabilities: NDArray[Any]) -> Float:
    """Entropy of the model's class probabilities at the baseline, in units of that of no opinion.

    -sum_c p_c log p_c / log C, with 0 log 0 = 0. Attributions explain the score's difference from the baseline's:
    Sundararajan, Taly and Yan 2017, arXiv 1703.01365, ask for a baseline of near-zero score.

    Args:
        probabilities: [N, ..., C] that sum to 1 over the last axis; the mean is taken over axes between.

    Returns:
        [N] from 0 (certain) to 1 (knows nothing); NaN for a single class, or where they are no probabilities.
    """
    p = arguments.numbers("probabilities", probabilities, "[N, ..., C]", axes=2)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        terms = np.where(p > 0, p * np.log(p), 0)
        entropy = -terms.sum(axis=-1) / math.log(p.shape[-1]) if p.shape[-1] > 1 else np.full(p.shape[:-1], np.nan)
        valid = (p >= 0).all(axis=-1) & (np.abs(p.sum(axis=-1) - 1) < 1e-3)
    per_position = np.where(valid, np.clip(entropy, 0, 1), np.nan).reshape(len(p), math.prod(p.shape[1:-1]))
    return per_position.mean(axis=1) if per_position.shape[1] else np.full(len(p), np.nan)


def confident_baseline(entropy: NDArray[Any]) -> str | None:
    """A sentence about a baseline that the model is sure about; None where nothing is to be said.

    Said where the mean of the entropies that are known is below 0.5.

    Args:
        entropy: [N] from 0 to 1, as the column `baseline_entropy` of `callback.history`; NaN is left out.

    Raises:
        ValueError: they are no numbers from 0 to 1.

    Example:
        >>> kerasig.metrics.confident_baseline(np.array([1.0, 0.98])) is None
        True
    """
    known = arguments.within("entropy", arguments.numbers("entropy", entropy, "[N]"), 0, 1)
    known = known[np.isfinite(known)]
    if not len(known) or known.mean() >= CONFIDENT:
        return None
    return (
        f"The baseline is a confident input: the entropy of the model's classes there is {known.mean():.2f} of what no "
        "opinion has. Attributions explain how the score differs from the baseline's, so what speaks for the class "
        "that the model sees in the baseline is missing in them. Pass other baselines, such as "
        "kerasig.baselines.Samples of training inputs or kerasig.baselines.Mean."
    )

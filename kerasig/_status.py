"""Why an example's integral is as good as it is: a closed list of reasons, each with its remedy."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from kerasig._types import Status as Status

# From the best to the worst: an example of several paths has the worst of theirs.
STATUSES: tuple[Status, ...] = get_args(Status)

REMEDIES: dict[Status, str] = {
    "converged": "Within tolerance.",
    "rounding": (
        "The residual is within the rounding of the scores, which no further gradient mends: explain the logits "
        "instead of a saturated probability, by kerasig.explain(kerasig.logits(model), ...), or a model in float32 or "
        "float64."
    ),
    "out of steps": (
        "More gradients were needed than allowed: pass a larger number as steps, or kerasig.Adaptive with larger "
        "max_steps or tolerances."
    ),
    "jump at alpha": (
        "The score jumps on the path, at a step that no gradient sees: explain a layer after what jumps, or from "
        "another baseline."
    ),
    "jump at the baseline": (
        "The score changes nearer to the baseline than its digits can tell points apart, as where a network normalises "
        "zeros: pass another baseline, such as baselines.Mean(x), or with layer=, "
        "baselines.AtInputs(padding ids)."
    ),
    "gradient cut": (
        "The score depends on an input that no gradient reaches, such as ids or buckets, so completeness cannot hold: "
        "attribute to the layer after it, with layer=, or hold it, with its inputs as baselines."
    ),
    "not reproducible": (
        "The same point has another score each time, as where the model draws random numbers at inference: explain it "
        "without them, or with numbers that are the same for every row."
    ),
    "not finite": "A score or gradient on the path is NaN or infinite: look for overflow, log(0) or division by 0.",
}


def code(status: Status) -> int:
    """The place of a status in the list, as arrays of paths hold it."""
    return STATUSES.index(status)


def named(codes: NDArray[np.integer[Any]]) -> NDArray[np.str_]:
    """Statuses [N] of codes [N]."""
    return np.array(STATUSES, np.str_)[codes]

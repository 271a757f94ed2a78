"""Which attributions may be measured at all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig.metrics.rows import flat, same_shapes

# Float32 scores are known to 2e-7 of the largest on the path. For a completeness error of 1% to say anything, what the
# two ends are off by must be less than that share of their difference: 2 * 2e-7 / 0.01.
TINY = 4e-5


def trusted(
    converged: NDArray[Any], score: NDArray[Any], baseline_score: NDArray[Any], path_scores: NDArray[Any]
) -> NDArray[np.bool_]:
    """Whether an attribution can be trusted: it converged, and the score's change is more than rounding.

    converged and |F(x) - F(x')| > 4e-5 max |F| over the path and its ends.

    Args:
        converged: [N], as in `Attribution`: residual and map error within tolerance, everything finite.
        score: [N].
        baseline_score: [N].
        path_scores: [N, ...] scores along the path; NaN is padding.

    Returns:
        [N] booleans; False where a score is not finite.
    """
    same_shapes(converged=converged, score=score, baseline_score=baseline_score)
    ends = np.stack([np.asarray(score, np.float64), np.asarray(baseline_score, np.float64)], axis=1)
    with np.errstate(invalid="ignore"):
        change = np.abs(ends[:, 0] - ends[:, 1])
        known = np.abs(np.concatenate([flat(path_scores), ends], axis=1))
        largest = np.fmax.reduce(known, axis=1, initial=0)
        return np.asarray(converged, bool) & np.isfinite(largest) & (change > TINY * largest)

"""Which attributions may be measured at all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig.metrics._rows import flat, vectors

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

    Raises:
        ValueError: the arrays are not those of the same probes.

    Example:
        >>> converged, score, baseline_score = np.array([True, False]), np.array([1.0, 1.0]), np.zeros(2)
        >>> kerasig.metrics.trusted(converged, score, baseline_score, np.array([[0.0, 1.0], [0.0, 1.0]]))
        array([ True, False])
    """
    held, at_input, at_baseline = vectors(
        converged=arguments.booleans("converged", converged), score=score, baseline_score=baseline_score
    )
    along = flat(path_scores, "path_scores")
    if len(along) != len(held):
        raise ValueError(
            f"path_scores must have one row per probe. Received {len(along)} rows for {len(held)} probes. "
            f"Pass [{len(held)}, ...]."
        )
    ends = np.stack([at_input, at_baseline], axis=1)
    with np.errstate(invalid="ignore", over="ignore"):
        change = np.abs(ends[:, 0] - ends[:, 1])
        known = np.abs(np.concatenate([along, ends], axis=1))
        largest = np.fmax.reduce(known, axis=1, initial=0)
        return held.astype(bool) & np.isfinite(largest) & (change > TINY * largest)

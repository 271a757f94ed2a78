"""How much of the inputs equals the baseline: what does not move along the path has an attribution of exactly zero."""

from __future__ import annotations

import numpy as np

from kerasig import _nest as nest
from kerasig._attribution.data import AttributionData


def share_at_baseline(attribution: AttributionData) -> float:
    """The share of the attributed values that are the same in the baseline; 0 where that is not known.

    Of a layer its own values are not kept, and several baselines of one example are seldom all the same.
    """
    known = attribution.layer is None and attribution.coordinates is None and attribution.path.alphas.ndim == 2
    if not known or not len(attribution) or attribution.inputs is None or attribution.baselines is None:
        return 0.0
    same = total = 0
    for inputs, baselines in zip(nest.flatten(attribution.inputs), nest.flatten(attribution.baselines), strict=True):
        if baselines is not None:
            same += int(np.count_nonzero(np.equal(inputs, baselines)))
            total += int(np.size(inputs))
    return same / total if total else 0.0

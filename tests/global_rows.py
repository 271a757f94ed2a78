"""Rows that are added up over a data set, without a model."""

from typing import Any

import numpy as np

from kerasig import _nest as nest
from kerasig._global.reduction import Reduction
from kerasig._global.settings import ReductionSettings
from kerasig.attribution import Attribution, PathProfile
from kerasig.steps import Adaptive


def attribution_of(values: Any, inputs: Any = None, **fields: Any) -> Attribution:
    """An Attribution of rows; fields that matter here are given."""
    n = len(next(leaf for leaf in nest.flatten(values) if leaf is not None))
    one = np.ones(n, np.float32)
    alphas = np.tile(np.float32([0, 1]), (n, 1))
    defaults = {
        **{"values": values, "inputs": inputs, "score": one, "baseline_score": 0 * one, "delta": 0 * one},
        **{"residual": 0 * one, "map_error": 0.01 * one, "converged": np.ones(n, bool)},
        **{"status": np.full(n, "converged"), "n_evaluations": np.full(n, 9), "rule": Adaptive()},
        "path": PathProfile(alphas, alphas, alphas),
    }
    return Attribution(**{**defaults, **fields})


def reduction_of(*chunks: Attribution, labels: Any = None, slices: Any = None, **settings: Any) -> Reduction:
    """A reduction of chunks, which share their labels and slices."""
    found = Reduction(ReductionSettings(**settings))
    for chunk in chunks:
        found.add(chunk, labels, slices)
    return found

"""Means with what they are uncertain by, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerasig import _reprs as reprs

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Measured:
    """Means over rows, each with its errors; arrays of one number per position.

    Args:
        value: the means.
        error: standard errors over rows, of what rows there happened to be; NaN of fewer than two rows.
        integration: the part of `error` that errors of the integration make, where those of different rows have
            nothing to do with each other. error² = integration² + (what other rows would change)².
        limit: how far off the means are if the integration errs to the same side in every row. It does not fall with
            the number of rows, and is no part of `error`.
    """

    value: Float
    error: Float
    integration: Float
    limit: Float

    def __repr__(self) -> str:
        return reprs.of_fields(self)

"""How far links between two sentences are from known ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments


def alignment_error_rate(found: NDArray[Any], sure: NDArray[Any], possible: NDArray[Any] | None = None) -> float:
    """The share of links that are wrong or missing, 0 to 1, with A the found links, S the sure and P the possible ones.

    1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|). Source: Och and Ney 2003, "A Systematic Comparison of Various Statistical
    Alignment Models", Computational Linguistics 29 (1).

    Args:
        found: whether two tokens are linked, or how probable that is, of any shape. Where the sum of the probabilities
            is fixed, as for one link drawn at random for each output token, the result is the expected rate.
        sure: of the same shape, links that must be found.
        possible: of the same shape, links that are no mistakes; the sure ones always are. None for no others.

    Returns:
        The rate; NaN where nothing is found and nothing sure.

    Raises:
        ValueError: shapes differ, or `found` has something that is no probability.

    Example:
        >>> found, sure = np.eye(3, dtype=bool), np.eye(3, dtype=bool)
        >>> kerasig.metrics.alignment_error_rate(found, sure)
        0.0
    """
    links = arguments.numbers("found", found, "of any shape", axes=0)
    surely = arguments.booleans("sure", sure)
    others = surely if possible is None else arguments.booleans("possible", possible)
    arguments.same_shapes(found=links, sure=surely, possible=others)
    if not np.all((links >= 0) & (links <= 1)):
        raise ValueError(
            "found must hold links as booleans, or their probabilities. Received numbers that are not from 0 to 1. "
            "Of attributions, pass which are the largest."
        )
    total = links.sum() + surely.sum()
    right = links[surely].sum() + links[surely | others].sum()
    return float(1 - right / total) if total else float("nan")

"""Functions whose integrated gradients are known exactly, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf


@dataclass(frozen=True)
class AnalyticCase:
    """One path with a known answer.

    Args:
        name: the function, as it is written in the literature.
        function: of tensors [N, F]; returns [N].
        inputs: [F].
        values: [F] the exact integrated gradients.
        variation: [F] total variation of (x_i - x'_i) g_i along the path. A rule of n nodes errs by at most that over
            the n-th part of the path, times a small constant (Koksma's inequality).
        baseline: [F] or a scalar.
    """

    name: str
    function: Callable[[Any], Any]
    inputs: tuple[float, ...]
    values: tuple[float, ...]
    variation: tuple[float, ...]
    baseline: Any = 0.0


WEIGHTS = (0.5, -2.0, 3.0, 0.0)

CASES = [
    # The gradient at the input is 0 although the input alone makes the score.
    AnalyticCase("1 - ReLU(1 - x)", lambda x: 1 - tf.nn.relu(1 - x[:, 0]), (2.0,), (1.0,), (2.0,)),
    # Two networks that compute the same function.
    AnalyticCase(
        "ReLU(ReLU(x1) - 1 - ReLU(x2))",
        lambda x: tf.nn.relu(tf.nn.relu(x[:, 0]) - 1 - tf.nn.relu(x[:, 1])),
        (3.0, 1.0),
        (1.5, -0.5),
        (3.0, 1.0),
    ),
    AnalyticCase(
        "ReLU(ReLU(x1 - 1) - ReLU(x2))",
        lambda x: tf.nn.relu(tf.nn.relu(x[:, 0] - 1) - tf.nn.relu(x[:, 1])),
        (3.0, 1.0),
        (1.5, -0.5),
        (3.0, 1.0),
    ),
    AnalyticCase("min(x1, x2)", lambda x: tf.minimum(x[:, 0], x[:, 1]), (1.0, 3.0), (1.0, 0.0), (0.0, 0.0)),
    AnalyticCase("x y + z", lambda x: x[:, 0] * x[:, 1] + x[:, 2], (1.0, 1.0, 1.0), (0.5, 0.5, 1.0), (1.0, 1.0, 0.0)),
    AnalyticCase(
        "5 x + y^2 + sin z",
        lambda x: 5 * x[:, 0] + x[:, 1] ** 2 + tf.sin(x[:, 2]),
        (1.0, 2.0, 3.0),
        (2.5, 3.0, float(np.sin(3) - np.sin(1))),
        (0.0, 2.0, float(2 * (np.cos(1) - np.cos(3)))),
        (0.5, 1.0, 1.0),
    ),
    AnalyticCase(
        "w . x",
        lambda x: tf.linalg.matvec(x, tf.constant(WEIGHTS)),
        (1.0, 2.0, -3.0, 4.0),
        (0.5, -4.0, -9.0, 0.0),
        (0.0, 0.0, 0.0, 0.0),
    ),
]

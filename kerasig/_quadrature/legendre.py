"""Zeros of Legendre polynomials: the nodes and weights of Gauss-Legendre, at a cost that grows with their number alone.

With x = cos(theta), a node is a zero of f(theta) = P_n(cos(theta)) and its weight on [-1, 1] is 2 / f'(theta)^2.
Newton's method in theta finds both, because theta keeps the digits that x loses near 1, and because errors of
(n + 1/2) theta are relative errors of theta. f is taken from Stieltjes's asymptotic series, of which a dozen terms are
exact to rounding once a few dozen nodes lie between theta and 0; for those few dozen, from the three-term recurrence.
Sources: Szegő 1939, "Orthogonal Polynomials", theorem 8.21.5; Hale and Townsend 2013, "Fast and accurate computation of
Gauss-Legendre and Gauss-Jacobi quadrature nodes and weights".
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

# Nodes from an end for which the series is not used: beyond them its terms shrink by more than m / 240 each.
_BY_RECURRENCE = 40
_TERMS = 14


def nodes_and_weights(n: int) -> tuple[Float, Float]:
    """Gauss-Legendre on [0, 1].

    Args:
        n: nodes, at least 1.

    Returns:
        Nodes [n], increasing, symmetric about 1/2, small ones to all of their digits; and weights [n], of sum 1.
    """
    half = (n + 1) // 2
    theta = _guess(n, np.arange(1, half + 1))
    slope = np.empty(half)
    for part, function in ((slice(_BY_RECURRENCE), _by_recurrence), (slice(_BY_RECURRENCE, None), _by_series)):
        if len(theta[part]):
            # The guess is within thousandths of the spacing, and each step triples the digits.
            for _ in range(2):
                theta[part], slope[part] = _step(n, theta[part], *function(n, theta[part]))
    nodes, weights = np.sin(theta / 2) ** 2, slope**-2
    if n % 2:
        nodes[-1] = 0.5
    mirrored = slice(n // 2 - 1, None, -1) if n > 1 else slice(0)
    return np.concatenate([nodes, 1 - nodes[mirrored]]), np.concatenate([weights, weights[mirrored]])


def _guess(n: int, index: NDArray[np.integer]) -> Float:
    """The zeros of given place, counted from 1, within a few thousandths of their spacing."""
    angle = (index - 0.25) * np.pi / (n + 0.5)
    return angle + 1 / (8 * (n + 0.5) ** 2 * np.tan(angle))


def _step(n: int, theta: Float, value: Float, slope: Float) -> tuple[Float, Float]:
    """Newton's step with the curvature, which Legendre's equation gives: f'' = -cot(theta) f' - n (n + 1) f.

    Args:
        n: the degree.
        theta: angles near zeros.
        value: f there.
        slope: f' there.

    Returns:
        Angles nearer to the zeros, and f' at these.
    """
    cotangent = 1 / np.tan(theta)
    newton = -value / slope
    curvature = -cotangent * slope - n * (n + 1) * value
    step = newton - curvature / (2 * slope) * newton**2
    # f''' from the same equation, differentiated.
    third = -cotangent * curvature + (1 / np.sin(theta) ** 2 - n * (n + 1)) * slope
    return theta + step, slope + step * (curvature + step / 2 * third)


def _by_recurrence(n: int, theta: Float) -> tuple[Float, Float]:
    """f and f' by the three-term recurrence of the differences P_k - P_(k-1), in 1 - x, whose digits theta keeps.

    P_(k+1) - P_k = (k (P_k - P_(k-1)) - (2k + 1) (1 - x) P_k) / (k + 1).
    """
    below = 2 * np.sin(theta / 2) ** 2
    value, difference = 1 - below, -below
    for k in range(1, n):
        difference = (k / (k + 1)) * difference - ((2 * k + 1) / (k + 1)) * below * value
        value = value + difference
    return value, n * (difference - below * value) / np.sin(theta)


def _by_series(n: int, theta: Float) -> tuple[Float, Float]:
    """f and f' by Stieltjes's series.

    f = c sum_m h_m cos((n + m + 1/2) theta - (m + 1/2) pi / 2) / (2 sin(theta))^(m + 1/2), with h_0 = 1 and
    h_m = h_(m-1) (m - 1/2)^2 / (m (n + m + 1/2)).
    """
    sine, cotangent = np.sin(theta), 1 / np.tan(theta)
    # All digits of c: the logarithm of prod_j j / (j + 1/2), each of its terms rounded for itself.
    c = 4 / math.pi * math.exp(-math.fsum(np.log1p(0.5 / np.arange(1, n + 1))))
    wave = np.exp(1j * ((n + 0.5) * theta - math.pi / 4)) * (c / np.sqrt(2 * sine))
    turn = np.exp(1j * (theta - math.pi / 2)) / (2 * sine)
    value, slope = np.zeros_like(theta), np.zeros_like(theta)
    for m in range(_TERMS):
        value += wave.real
        slope -= (n + m + 0.5) * wave.imag + (m + 0.5) * cotangent * wave.real
        wave = wave * turn * ((m + 0.5) ** 2 / ((m + 1) * (n + m + 1.5)))
    return value, slope

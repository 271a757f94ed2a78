"""Student's distribution of many degrees of freedom at once: tails and quantiles. NumPy only."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

_TERMS, _CLOSE = 400, 1e-14
_STEPS, _SAME = 12, 1e-9
# From so many degrees of freedom on it is normal, to seven digits of what intervals need.
_NORMAL_FROM = 1e7


def upper_tail(t: Float, freedom: Float) -> Float:
    """The chance of more than t, for t of at least 0.

    Args:
        t: [K], infinities among them.
        freedom: [K] degrees of freedom, above 0.
    """
    half = np.minimum(freedom, _NORMAL_FROM) / 2
    with np.errstate(over="ignore"):
        x = np.where(np.isinf(t), 0.0, half / (half + np.minimum(t, 1e150) ** 2 / 2))
    return np.asarray(_incomplete_beta(half, 0.5, x) / 2)


def quantile(tail: float, freedom: Float) -> Float:
    """The t above which a share `tail` lies, [K], for a tail of less than a half and at least one degree of freedom.

    Source: Hill 1970, algorithm 396, then steps of Newton's between the logarithms of t and of the tail.
    """
    n, at = np.unique(np.clip(freedom, 1.0, _NORMAL_FROM), return_inverse=True)
    t = _hill(2 * tail, n)
    log_scale = np.array([math.lgamma((each + 1) / 2) - math.lgamma(each / 2) for each in n.tolist()])
    for _ in range(_STEPS):
        above = upper_tail(t, n)
        apart = np.log(above / tail)
        if np.max(np.abs(apart), initial=0.0) < _SAME:
            break
        density = np.exp(log_scale - (n + 1) / 2 * np.log1p(t**2 / n)) / np.sqrt(n * np.pi)
        # Between logarithms it is nearly straight, where the tail itself is steep.
        t = t * np.exp(np.clip(apart * above / (density * t), -3, 3))
    return np.asarray(t[at])


def _hill(p: float, n: Float) -> Float:
    """The two-sided quantile, to a few digits."""
    a = 1 / (n - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * np.sqrt(a * np.pi / 2) * n
    y = (d * p) ** (2 / n)
    x = -_normal_quantile(p / 2)
    far = y > 0.05 + a
    z = np.full_like(n, x * x)
    c = np.where(n < 5, c + 0.3 * (n - 4.5) * (x + 0.6), c)
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
    large = (((((0.4 * z + 6.3) * z + 36) * z + 94.5) / c - z - 3) / b + 1) * x
    large = np.expm1(np.minimum(a * large**2, 700))
    with np.errstate(invalid="ignore", divide="ignore"):
        small = (1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1
        small = small * (n + 1) / (n + 2) + 1 / y
    found = np.sqrt(np.maximum(n * np.where(far, large, small), 0))
    # Exact for one degree of freedom, where the series does not hold.
    return np.asarray(np.where(n < 1.5, 1 / math.tan(math.pi * p / 2), found))


def _normal_quantile(share: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(share)


def _incomplete_beta(a: Float, b: float, x: Float) -> Float:
    """The regularised incomplete beta function, by its continued fraction (modified Lentz)."""
    swapped = x > (a + 1) / (a + b + 2)
    first = np.where(swapped, b, a)
    second = np.where(swapped, a, b)
    at = np.where(swapped, 1 - x, x)
    log_beta = np.array([math.lgamma(each) + math.lgamma(b) - math.lgamma(each + b) for each in a.tolist()])
    with np.errstate(divide="ignore", under="ignore"):
        front = np.exp(first * np.log(at) + second * np.log1p(-at) - log_beta) / first
    c = np.ones_like(at)
    d = 1 / _away(1 - (first + second) * at / (first + 1))
    found = d
    for m in range(1, _TERMS):
        for term in (
            m * (second - m) * at / ((first + 2 * m - 1) * (first + 2 * m)),
            -(first + m) * (first + second + m) * at / ((first + 2 * m) * (first + 2 * m + 1)),
        ):
            d = 1 / _away(1 + term * d)
            c = _away(1 + term / c)
            found = found * (c * d)
        if np.max(np.abs(c * d - 1), initial=0.0) < _CLOSE:
            break
    return np.asarray(np.where(swapped, 1 - front * found, front * found))


def _away(x: Float) -> Float:
    """Numbers that can be divided by."""
    return np.where(np.abs(x) < 1e-300, 1e-300, x)

"""Quadrature on [0, 1]: rules with fixed nodes.

A rule is a function of n that gives its nodes and weights; registering it in `RULES` makes it a choice of `Fixed`.
NumPy only; everything is float64, because nodes and weights are computed once and used many times.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kerasig._quadrature import legendre
from kerasig._types import Rule as RuleName

Float = NDArray[np.float64]
Side = Literal["left", "right", "both", "none"]

# Nodes of a fixed rule: more are a slip of the pen, and results grow with them.
MOST_NODES = 100_000


@dataclass(frozen=True, eq=False)
class Rule:
    """Nodes and weights of a quadrature rule on [0, 1].

    Args:
        nodes: [n], increasing, in [0, 1].
        weights: [n], of sum 1.
        steps: which ends of the intervals between the nodes the rule samples. "left", "right" and "both" are sums over
            intervals, so each interval has a residual of its own; "none" is any other rule.
    """

    nodes: Float
    weights: Float
    steps: Side = "none"

    def __len__(self) -> int:
        return len(self.nodes)


def gauss_legendre(n: int) -> Rule:
    """Gauss-Legendre: exact for polynomials of degree 2n - 1; its nodes leave out both ends."""
    return Rule(*legendre.nodes_and_weights(n))


def riemann_left(n: int) -> Rule:
    """Left end of n equal intervals; the error is of order 1/n."""
    return Rule(np.arange(n) / n, np.full(n, 1 / n), "left")


def riemann_right(n: int) -> Rule:
    """Right end of n equal intervals, the sum in Sundararajan et al. 2017, equation 3; the error is of order 1/n."""
    return Rule(np.arange(1, n + 1) / n, np.full(n, 1 / n), "right")


def riemann_middle(n: int) -> Rule:
    """Middle of n equal intervals; exact for polynomials of degree 1."""
    return Rule((np.arange(n) + 0.5) / n, np.full(n, 1 / n))


def trapezoid(n: int) -> Rule:
    """Trapezoid over n - 1 equal intervals, n nodes with both ends; exact for polynomials of degree 1."""
    if n < 2:
        raise ValueError(f"The trapezoid rule needs both ends of the path, so n >= 2. Received n={n}.")
    nodes = np.linspace(0.0, 1.0, n)
    return Rule(nodes, trapezoid_weights(nodes), "both")


def clenshaw_curtis(n: int) -> Rule:
    """Clenshaw-Curtis on n = 2^k + 1 nodes with both ends; n nodes contain those of (n + 1) / 2.

    The nodes are the extrema of the Chebyshev polynomial of degree n - 1; the weights integrate the interpolating
    polynomial (Clenshaw and Curtis 1960), so the rule is exact for polynomials of degree n - 1.
    """
    if n < 3 or (n - 1) & (n - 2):
        raise ValueError(f"Clenshaw-Curtis is nested for n = 2^k + 1 nodes: 3, 5, 9, ... Received n={n}.")
    degree = n - 1
    angles = np.pi * np.arange(n) / degree
    even = np.arange(2, degree, 2)
    weights = 1 - 2 * (np.cos(np.outer(angles, even)) / (even**2 - 1)).sum(1)
    weights -= np.cos(degree * angles) / (degree**2 - 1)
    weights *= 2 / degree
    weights[[0, -1]] /= 2
    # 0, 1/2 and 1 exactly: nodes are compared with asked-for alphas.
    nodes = (1 - np.cos(angles)) / 2
    nodes[degree // 2] = 0.5
    return Rule(nodes, weights / weights.sum())


def trapezoid_weights(nodes: Float) -> Float:
    """Weights [..., K] of the trapezoid rule on increasing nodes [..., K]; equal nodes add nothing."""
    half = np.diff(nodes) / 2
    weights = np.zeros_like(nodes)
    weights[..., :-1] += half
    weights[..., 1:] += half
    return weights


RULES: dict[RuleName, Callable[[int], Rule]] = {
    "gauss_legendre": gauss_legendre,
    "riemann_left": riemann_left,
    "riemann_right": riemann_right,
    "riemann_middle": riemann_middle,
    "trapezoid": trapezoid,
}


@functools.lru_cache(maxsize=16)
def built(name: RuleName, n: int) -> Rule:
    """A rule's nodes and weights, made once and read-only."""
    rule = RULES[name](n)
    rule.nodes.flags.writeable = rule.weights.flags.writeable = False
    return rule

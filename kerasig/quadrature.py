"""Quadrature on [0, 1]: rules with fixed nodes, and what `steps` may be.

A rule is a function of n that gives its nodes and weights; registering it in `RULES` makes it a choice of `Fixed`.
NumPy only; everything is float64, because nodes and weights are computed once and used many times.
"""

from __future__ import annotations

import functools
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kerasig import legendre
from kerasig.sentences import shown

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


RULES: dict[str, Callable[[int], Rule]] = {
    "gauss_legendre": gauss_legendre,
    "riemann_left": riemann_left,
    "riemann_right": riemann_right,
    "riemann_middle": riemann_middle,
    "trapezoid": trapezoid,
}


@dataclass(frozen=True)
class Fixed:
    """A fixed number of gradient evaluations along the path.

    Args:
        n: evaluations per path (n_steps in Captum), from 1 to 100,000.
        rule: one of "gauss_legendre", "riemann_left", "riemann_right", "riemann_middle", "trapezoid".

    Raises:
        TypeError: n is not an integer.
        ValueError: n is below 1 (below 2 for the trapezoid) or beyond 100,000, or the rule is unknown.
    """

    n: int
    rule: str = "gauss_legendre"

    def __post_init__(self) -> None:
        _check_count("n", self.n, 1, most=MOST_NODES)
        object.__setattr__(self, "n", int(self.n))
        if not isinstance(self.rule, str) or self.rule not in RULES:
            raise ValueError(f"rule must be one of {', '.join(RULES)}. Received rule={shown(self.rule)}.")
        if self.rule == "trapezoid" and self.n < 2:
            trapezoid(self.n)

    def build(self) -> Rule:
        """The rule's nodes and weights, made once and read-only."""
        return _built(self)


@dataclass(frozen=True)
class Adaptive:
    """As many gradient evaluations as the asked-for accuracy takes, chosen for each example on its own.

    Args:
        tolerance: largest `Attribution.residual`, relative to the score's change along the path, in (0, 1).
        map_tolerance: largest `Attribution.map_error`, relative to the L1 norm of the values, in (0, 1).
        max_steps: most gradient evaluations per path, from 9, for fewer tell too little of the error, to 100,000.

    Raises:
        TypeError: max_steps is not an integer, or a tolerance is not a number.
        ValueError: a tolerance is outside (0, 1), or max_steps is below 9 or beyond 100,000.
    """

    tolerance: float = 0.01
    map_tolerance: float = 0.05
    max_steps: int = 512

    def __post_init__(self) -> None:
        for name in ("tolerance", "map_tolerance"):
            value = getattr(self, name)
            if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
                raise TypeError(f"{name} must be a number between 0 and 1. Received {name}={shown(value)}.")
            # Before it becomes a float, which a large int cannot.
            if not 0 < value < 1:  # type: ignore[operator]
                raise ValueError(f"{name} must lie between 0 and 1, both excluded. Received {name}={shown(value)}.")
            object.__setattr__(self, name, float(value))
        _check_count("max_steps", self.max_steps, 9, " (fewer nodes tell too little of the error)", MOST_NODES)
        object.__setattr__(self, "max_steps", int(self.max_steps))


def resolve_steps(steps: int | Fixed | Adaptive | None) -> Fixed | Adaptive:
    """What a user passed as `steps`, as a rule: None is `Adaptive()`, an int is `Fixed(int)`."""
    if steps is None:
        return Adaptive()
    if isinstance(steps, Fixed | Adaptive):
        return steps
    if isinstance(steps, bool | np.bool_) or not isinstance(steps, numbers.Integral):
        raise TypeError(
            "steps must be None, a number of gradient evaluations, kerasig.Fixed(n) or kerasig.Adaptive(...). "
            f"Received steps={shown(steps)}."
        )
    if steps < 1:
        raise ValueError(
            f"steps counts gradient evaluations per path, so it is at least 1. Received steps={shown(steps)}."
        )
    if steps > MOST_NODES:
        raise ValueError(
            f"steps counts gradient evaluations per path, at most {MOST_NODES}. Received steps={shown(int(steps))}."
        )
    return Fixed(int(steps))


@functools.lru_cache(maxsize=16)
def _built(fixed: Fixed) -> Rule:
    rule = RULES[fixed.rule](fixed.n)
    rule.nodes.flags.writeable = rule.weights.flags.writeable = False
    return rule


def _check_count(name: str, value: Any, least: int, why: str = "", most: int | None = None) -> None:
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be an integer. Received {name}={shown(value)}.")
    value = int(value)
    if value < least:
        raise ValueError(f"{name} must be at least {least}{why}. Received {name}={shown(value)}.")
    if most is not None and value > most:
        raise ValueError(f"{name} must be at most {most}. Received {name}={shown(value)}.")

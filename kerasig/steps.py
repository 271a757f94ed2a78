"""How an attribution is integrated: what `steps` may be. NumPy only."""

import numbers
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from kerasig._quadrature.rules import MOST_NODES, RULES, Rule, built, trapezoid
from kerasig._sentences import shown
from kerasig._types import Rule as RuleName

__all__ = ["Adaptive", "Fixed"]


def __dir__() -> list[str]:
    return __all__


@dataclass(frozen=True)
class Fixed:
    """A fixed number of gradient evaluations along the path.

    Args:
        n: evaluations per path (n_steps in Captum), from 1 to 100,000.
        rule: one of "gauss_legendre", "riemann_left", "riemann_right", "riemann_middle", "trapezoid".

    Raises:
        TypeError: n is not an integer.
        ValueError: n is below 1 (below 2 for the trapezoid) or beyond 100,000, or the rule is unknown.

    Example:
        >>> kerasig.Fixed(3, "trapezoid").build().weights
        array([0.25, 0.5 , 0.25])
    """

    n: int
    rule: RuleName = "gauss_legendre"

    def __post_init__(self) -> None:
        _check_count("n", self.n, 1, most=MOST_NODES)
        object.__setattr__(self, "n", int(self.n))
        if not isinstance(self.rule, str) or self.rule not in RULES:
            raise ValueError(f"rule must be one of {', '.join(RULES)}. Received rule={shown(self.rule)}.")
        if self.rule == "trapezoid" and self.n < 2:
            trapezoid(self.n)

    @property
    def judge(self) -> "Adaptive":
        """By whose tolerances it is said whether an attribution has converged: the default ones."""
        return Adaptive()

    def build(self) -> Rule:
        """The rule's nodes and weights, made once and read-only."""
        return built(self.rule, self.n)


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

    Example:
        >>> kerasig.Adaptive(tolerance=0.001)
        Adaptive(tolerance=0.001, map_tolerance=0.05, max_steps=512)
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

    @property
    def judge(self) -> "Adaptive":
        """By whose tolerances it is said whether an attribution has converged: its own."""
        return self


# As users import them.
Fixed.__module__ = Adaptive.__module__ = "kerasig"

# Whatever `steps` may be, besides None.
Steps: TypeAlias = int | Fixed | Adaptive


def resolve_steps(steps: Steps | None) -> Fixed | Adaptive:
    """The rule that `steps` stands for: None is `Adaptive()`, an int is `Fixed(int)`."""
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


def _check_count(name: str, value: Any, least: int, why: str = "", most: int | None = None) -> None:
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be an integer. Received {name}={shown(value)}.")
    value = int(value)
    if value < least:
        raise ValueError(f"{name} must be at least {least}{why}. Received {name}={shown(value)}.")
    if most is not None and value > most:
        raise ValueError(f"{name} must be at most {most}. Received {name}={shown(value)}.")

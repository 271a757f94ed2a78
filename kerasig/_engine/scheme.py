"""The interface of ways to integrate along paths."""

from __future__ import annotations

import abc

import numpy as np
from numpy.typing import NDArray

from kerasig._engine.gradients import Core
from kerasig._engine.problem import Problem
from kerasig._engine.results import PathIntegrals


class Scheme(abc.ABC):
    """Chooses nodes on paths, and makes integrals and their errors of what is found there."""

    @abc.abstractmethod
    def compile(self, core: Core, problem: Problem) -> None:
        """Traces what `integrate` will call, without running it."""

    @abc.abstractmethod
    def evaluate(self, core: Core, problem: Problem, paths: NDArray[np.int64]) -> None:
        """Runs the model once at the inputs of paths, at the least price."""

    @abc.abstractmethod
    def integrate(self, core: Core, problem: Problem, results: PathIntegrals) -> Problem:
        """Integrates every path into `results`; returns the problem with the predicted classes filled in."""

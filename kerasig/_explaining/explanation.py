"""One call of `explain`: its arguments as the engine takes them, and the result made of what the engine finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._engine.gradients import Core
from kerasig._engine.integrate import Integral
from kerasig._engine.problem import Problem
from kerasig._explaining.baselines import ResolvedBaselines
from kerasig._explaining.indices import ResolvedTarget
from kerasig._explaining.inputs import ModelInputs
from kerasig._explaining.spaces import Space
from kerasig._status import code, named
from kerasig.attribution import Attribution, InteriorGradients, PathProfile
from kerasig.steps import Adaptive, Fixed


@dataclass(frozen=True, eq=False)
class Task:
    """One call's arguments, resolved.

    Args:
        read: the inputs.
        space: what of them, or of a layer's output, is attributed to.
        resolved: the target.
        starts: the baselines.
        core: the compiled model.
        problem: all of these, as the core takes them.
    """

    read: ModelInputs
    space: Space
    resolved: ResolvedTarget
    starts: ResolvedBaselines
    core: Core
    problem: Problem

    def attribution(
        self, integral: Integral, rule: Fixed | Adaptive, interior_alphas: NDArray[np.float64], layer: Any
    ) -> Attribution:
        """What the engine found, as users get it.

        Args:
            integral: of the problem.
            rule: that it was integrated by.
            interior_alphas: [K], of the interior gradients.
            layer: names of the layers that are attributed to, or None.
        """
        space = self.space
        score, baseline_score = (part.astype(np.float32) for part in (integral.score, integral.baseline_score))
        with np.errstate(invalid="ignore", over="ignore"):
            total = sum(leaf.reshape(len(leaf), -1).sum(axis=1, dtype=np.float64) for leaf in integral.values)
            delta = total - (score.astype(np.float64) - baseline_score.astype(np.float64))
        judge = rule if isinstance(rule, Adaptive) else Adaptive()
        converged = (integral.completeness_error <= judge.tolerance) & (integral.map_error <= judge.map_tolerance)
        converged &= integral.finite & (integral.reasons != code("not reproducible"))
        reasons = np.where(integral.finite, integral.reasons, code("not finite"))
        interior = None
        if integral.interior is not None:
            interior = InteriorGradients(interior_alphas.astype(np.float32), space.pack_attributed(integral.interior))
        return Attribution(
            values=space.pack_attributed(integral.values),
            score=score,
            baseline_score=baseline_score,
            delta=delta,
            residual=integral.completeness_error.astype(np.float32),
            map_error=integral.map_error.astype(np.float32),
            converged=converged,
            status=named(np.where(converged, code("converged"), reasons)),
            n_evaluations=integral.n_evaluations,
            path=PathProfile(
                *(part.astype(np.float32) for part in (integral.alphas, integral.scores, integral.slopes))
            ),
            rule=rule,
            interior=interior,
            inputs=self.read.pack(list(self.read.leaves)),
            baselines=space.pack_attributed(_shown_baselines(self.starts, space)),
            target=self.resolved.recorded(integral.classes),
            layer=layer,
            predicted=integral.predicted if (integral.predicted >= 0).any() else None,
        )


def _shown_baselines(starts: ResolvedBaselines, space: Space) -> list[NDArray[Any]]:
    shown = []
    for rows, shared, leaf in zip(starts.rows, starts.shared, space.attributed_leaves(), strict=True):
        shown.append(np.broadcast_to(rows, leaf.shape) if shared == "all" else rows)
    return shown

"""The result of one call of `explain`, made of what the engine found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kerasig._engine.integrate import Integral
from kerasig._explaining.question import Question
from kerasig._status import code, named
from kerasig.attribution import Attribution, InteriorGradients, PathProfile
from kerasig.steps import Adaptive, Fixed


def answer(
    question: Question, integral: Integral, rule: Fixed | Adaptive, interior_alphas: NDArray[np.float64]
) -> Attribution:
    """The integral as users get it.

    Args:
        question: that was asked.
        integral: of its problem.
        rule: that it was integrated by.
        interior_alphas: [K], of the interior gradients.
    """
    leaves = question.leaves
    # Numbers beyond float32 are infinite there, and the example is told as not finite.
    with np.errstate(invalid="ignore", over="ignore"):
        score, baseline_score = (part.astype(np.float32) for part in (integral.score, integral.baseline_score))
        path = PathProfile(*(part.astype(np.float32) for part in (integral.alphas, integral.scores, integral.slopes)))
        residual = integral.completeness_error.astype(np.float32)
        total = sum(leaf.reshape(len(leaf), -1).sum(axis=1, dtype=np.float64) for leaf in integral.values)
        delta = total - (score.astype(np.float64) - baseline_score.astype(np.float64))
    judge = rule.judge
    converged = (integral.completeness_error <= judge.tolerance) & (integral.map_error <= judge.map_tolerance)
    converged &= integral.finite & (integral.reasons != code("not reproducible"))
    reasons = np.where(integral.finite, integral.reasons, code("not finite"))
    interior = None
    if integral.interior is not None:
        interior = InteriorGradients(interior_alphas.astype(np.float32), leaves.pack(integral.interior))
    return Attribution(
        values=leaves.pack(integral.values),
        score=score,
        baseline_score=baseline_score,
        delta=delta,
        residual=residual,
        map_error=integral.map_error.astype(np.float32),
        converged=converged,
        status=named(np.where(converged, code("converged"), reasons)),
        n_evaluations=integral.n_evaluations,
        path=path,
        rule=rule,
        interior=interior,
        # Copies: callers read their next batch into the same arrays.
        inputs=question.read.pack([leaf.copy() for leaf in question.read.leaves]),
        baselines=leaves.pack(question.shown_baselines()),
        target=question.target.recorded(integral.classes),
        layer=question.space.layer,
        coordinates=question.groups,
        predicted=integral.predicted if (integral.predicted >= 0).any() else None,
    )

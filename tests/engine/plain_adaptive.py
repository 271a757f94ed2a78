"""`Adaptive` as docs/internals/accuracy.md has it: one path at a time, in loops, in float64, without the engine.

Left out is what "Near the baseline" has: paths are not graded, and ends without a gradient not left out.
"""

import math
from dataclasses import dataclass

import numpy as np

# The root of the share by which a jump's place, even over its interval, moves an integral: see "map_error".
JUMP = math.sqrt(1 / (6 * math.pi))


@dataclass
class Explained:
    """One path's result."""

    values: np.ndarray
    alphas: list[float]
    residual: float
    map_error: float
    converged: bool


@dataclass
class Node:
    """What is known at an alpha."""

    alpha: float
    score: float
    contributions: np.ndarray

    @property
    def slope(self):
        return float(self.contributions.sum())


def explain(score_and_gradient, x, baseline, tolerance, map_tolerance, max_steps, rounding, finest):
    """Integrates from `baseline` [F] to `x` [F].

    Args:
        score_and_gradient: of a point [F].
        x: float64.
        baseline: float64.
        tolerance: of the residual.
        map_tolerance: of the map error.
        max_steps: most nodes.
        rounding: of the scores, relative.
        finest: the share of its own place down to which an interval can be halved.
    """

    def evaluated(alpha):
        score, gradient = score_and_gradient(baseline + alpha * (x - baseline))
        return Node(alpha, score, (x - baseline) * gradient)

    with np.errstate(divide="ignore"):
        offset = min(np.abs(baseline)[x != baseline] / np.abs(x - baseline)[x != baseline], default=math.inf)
    nodes = [evaluated((1 - math.cos(math.pi * k / 4)) / 2) for k in range(5)]
    tightness = 1.0
    while True:
        state = Fit(nodes, rounding)
        scale, size = state.scale, state.size
        error = max(abs(sum(state.residuals)), root_of_squares(state.residuals))
        # The part of each interval in both errors, in units of the tolerances.
        parts = []
        for k, length in enumerate(state.lengths):
            residual = 0 if state.rounded[k] else state.residuals[k]
            move = JUMP * state.gammas[k] * length * state.changes[k]
            parts.append(math.hypot(residual / (scale or 1) / tolerance, move / (size or 1) / map_tolerance))
        halvable = [
            length >= 2 * finest * (node.alpha + offset) for length, node in zip(state.lengths, nodes[1:], strict=True)
        ]
        fixed = sum(part**2 for part, can in zip(parts, halvable, strict=True) if not can)
        left = sum(part**2 for part, can in zip(parts, halvable, strict=True) if can)
        ends = len(nodes) >= max_steps or not left or (fixed > 1 and (left <= 1 or len(nodes) >= 32))

        bound = JUMP * root_of_squares([r * d for r, d in zip(state.spread, state.changes, strict=True)])
        residual_known = ratio(error, scale) <= tolerance or all(state.rounded)
        promising = residual_known and ratio(bound * tightness / 1.05, size) <= map_tolerance
        if ends or promising:
            values = sum(weight * node.contributions for weight, node in zip(state.controlled(), nodes, strict=True))
            map_error = state.jump_error()
            tightness = map_error / bound if bound > 0 else 1.0
            residual = ratio(max(error, abs(values.sum() - (nodes[-1].score - nodes[0].score))), scale)
            relative = ratio(map_error, float(np.abs(values).sum()))
            converged = residual <= tolerance and relative <= map_tolerance
            if ends or converged or (all(state.rounded) and relative <= map_tolerance):
                return Explained(values, [node.alpha for node in nodes], residual, relative, converged)

        # The fewest without which the others' squares sum to at most 1.
        order = sorted((k for k in range(len(parts)) if halvable[k] and parts[k] > 0), key=lambda k: -parts[k])
        taken = 1
        while sum(parts[k] ** 2 for k in order[taken:]) > 1:
            taken += 1
        taken = min(taken, max(len(nodes) // 3, 1), max_steps - len(nodes))
        middles = [(nodes[k].alpha + nodes[k + 1].alpha) / 2 for k in order[:taken]]
        nodes = sorted([*nodes, *map(evaluated, middles)], key=lambda node: node.alpha)


class Fit:
    """The rule that suits nodes, and what it leaves."""

    def __init__(self, nodes, rounding):
        self.nodes = nodes
        scores, slopes = [node.score for node in nodes], [node.slope for node in nodes]
        count = len(nodes) - 1
        self.lengths = lengths = [nodes[k + 1].alpha - nodes[k].alpha for k in range(count)]
        jumps = [nodes[k + 1].contributions - nodes[k].contributions for k in range(count)]
        self.jumps, self.changes = jumps, [float(np.abs(jump).sum()) for jump in jumps]
        # Derivatives as weights on the slopes: of the parabola through a node and its neighbours, or the nearest three.
        tangents = [parabola([node.alpha for node in nodes], k) for k in range(count + 1)]
        derivatives = [float(np.dot(row, slopes)) for row in tangents]
        plain, hermite = [], []
        for k in range(count):
            trapezoid = lengths[k] / 2 * (slopes[k] + slopes[k + 1])
            correction = lengths[k] ** 2 / 12 * (derivatives[k] - derivatives[k + 1])
            plain.append(scores[k + 1] - scores[k] - trapezoid)
            hermite.append(plain[k] - correction)
        noise = (rounding * max(map(abs, scores))) ** 2
        self.weights = np.zeros(count + 1)
        self.residuals, self.gammas = [], []
        for k in range(count):
            around = range(max(k - 1, 0), min(k + 2, count))
            share = math.sqrt(
                (sum(hermite[j] ** 2 for j in around) + noise) / (sum(plain[j] ** 2 for j in around) + noise)
            )
            self.weights[[k, k + 1]] += lengths[k] / 2
            if share < 0.9:
                self.weights += lengths[k] ** 2 / 12 * (tangents[k] - tangents[k + 1])
                self.residuals.append(hermite[k])
                self.gammas.append(max(math.sqrt(share), 0.5))
            else:
                self.residuals.append(plain[k])
                self.gammas.append(1.0)
        # Half of the rate of jumps from an interval's own ends, a quarter each from its neighbours'.
        self.spread = []
        for k in range(count):
            before = min(lengths[k - 1] / lengths[k], 4) if k else 1
            after = min(lengths[k + 1] / lengths[k], 4) if k + 1 < count else 1
            self.spread.append(self.gammas[k] * lengths[k] * math.sqrt(0.5 + before**3 / 4 + after**3 / 4))
        largest = max(map(abs, scores))
        wander = max(abs(score - scores[0]) for score in scores)
        self.scale = max(abs(scores[-1] - scores[0]), 0.01 * wander, 1e-6 * largest)
        trapezoid = sum(lengths[k] / 2 * (nodes[k].contributions + nodes[k + 1].contributions) for k in range(count))
        self.size = float(np.abs(trapezoid).sum())
        limit = 2 * rounding * max(largest, self.size)
        gathered = abs(sum(self.residuals)) > 4 * limit * math.sqrt(count)
        self.rounded = [abs(residual) <= limit and not gathered for residual in self.residuals]

    def controlled(self):
        """The weights, once the score has been used as a control variate."""
        changes = [float(jump.sum()) for jump in self.jumps]
        power, lacking = sum(change**2 for change in changes), sum(self.residuals)
        deviation = math.sqrt(sum((L * s) ** 2 for L, s in zip(self.lengths, changes, strict=True)) / 12)
        weights = self.weights.copy()
        if power > 0 and abs(lacking) <= 3 * deviation:
            for k, change in enumerate(changes):
                weights[k + 1] += lacking * change / power
                weights[k] -= lacking * change / power
        return weights

    def jump_error(self):
        """The expected L1 error of the values, absolute."""
        squares = sum((length * jump) ** 2 for length, jump in zip(self.spread, self.jumps, strict=True))
        return JUMP * float(np.sqrt(squares).sum())


def parabola(alphas, k):
    """Weights on values at alphas that give the derivative at the k-th of the parabola through the nearest three."""
    first = min(max(k - 1, 0), len(alphas) - 3)
    at, weights = alphas[k], np.zeros(len(alphas))
    three = range(first, first + 3)
    for j in three:
        others = [i for i in three if i != j]
        below = math.prod(alphas[j] - alphas[i] for i in others)
        weights[j] = sum(at - alphas[i] for i in others) / below
    return weights


def root_of_squares(numbers):
    return math.sqrt(sum(number**2 for number in numbers))


def ratio(error, scale):
    """error / scale, where 0 / 0 is 0."""
    return 0.0 if error == scale == 0 else math.inf if scale == 0 else error / scale

"""A coordinate along the path in which what happens near an end is as wide as the rest; traced.

A network that normalises does its work near a zero baseline on scales that differ by powers of ten: at alpha = 1e-20 as
at 0.1. In the place

    u = log(alpha + d),        d alpha / du = alpha + d

each scale down to d has the same length, so nodes are found among them by halving, and the integral of c d alpha is
that of c (d alpha / du) du. The same at the input, u = -log(1 - alpha + e), and at both ends, the sum of the two. With
both gaps infinite a path is not graded, and u is alpha. docs/accuracy.md has when paths are.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

# The least gap at the baseline, and the least alpha: float32 has no normal numbers below 2^-126.
FINEST = 2.0**-120
# The gap at the input, where float32 alphas meet.
AT_INPUT = 2.0**-20


class Grading(NamedTuple):
    """The grading of R paths."""

    start: tf.Tensor  # [R] the gap d at the baseline; infinite where a path is not graded there
    end: tf.Tensor  # [R] the gap e at the input, likewise

    @property
    def graded(self) -> tf.Tensor:
        """[R] whether a path is."""
        return tf.math.is_finite(self.start) | tf.math.is_finite(self.end)

    def of(self, rows: tf.Tensor) -> Grading:
        """That of some of the paths."""
        return Grading(tf.gather(self.start, rows), tf.gather(self.end, rows))

    def places(self, alphas: tf.Tensor) -> tf.Tensor:
        """The places u [R, K] of alphas [R, K]."""
        start, end = self.start[:, None], self.end[:, None]
        nothing = tf.zeros_like(alphas)
        low = tf.where(tf.math.is_finite(start), tf.math.log(alphas + start), nothing)
        high = tf.where(tf.math.is_finite(end), tf.math.log(1 - alphas + end), nothing)
        return tf.where(self.graded[:, None], low - high, alphas)

    def densities(self, alphas: tf.Tensor) -> tf.Tensor:
        """d alpha / du [R, K] at alphas [R, K]."""
        rate = 1 / (alphas + self.start[:, None]) + 1 / (1 - alphas + self.end[:, None])
        return 1 / tf.where(rate > 0, rate, tf.ones_like(rate))

    def middles(self, lefts: tf.Tensor, rights: tf.Tensor) -> tf.Tensor:
        """The alphas [R, J] halfway in place between alphas [R, J].

        Next to a graded end it is first the alpha a gap away from it: what changes within the gap is then told apart at
        once from what changes anywhere else.
        """
        by_start, by_end = tf.math.is_finite(self.start)[:, None], tf.math.is_finite(self.end)[:, None]
        # Any finite number does for the formulas of the others.
        start = tf.where(by_start, self.start[:, None], tf.ones_like(lefts))
        end = tf.where(by_end, self.end[:, None], tf.ones_like(lefts))
        at_start = tf.sqrt((lefts + start) * (rights + start)) - start
        at_end = 1 + end - tf.sqrt((1 - lefts + end) * (1 - rights + end))
        odds = tf.sqrt((lefts + start) / (1 - lefts + end) * ((rights + start) / (1 - rights + end)))
        at_both = (odds * (1 + end) - start) / (1 + odds)
        one = tf.where(by_start, at_start, tf.where(by_end, at_end, (lefts + rights) / 2))
        middles = tf.where(by_start & by_end, at_both, one)
        middles = tf.where(by_start & (lefts == 0) & (rights > 4 * start), start, middles)
        return tf.where(by_end & (rights == 1) & (1 - lefts > 4 * end), 1 - end, middles)

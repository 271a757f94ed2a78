"""Factors of the score by which gradients in float16 neither overflow nor vanish.

Float16 reaches from 6e-8 to 65504. Where a model computes in it, the gradient of `2^e score` is taken instead of the
score's, and divided by 2^e in float32, which is exact. Each path has its own exponent e: nothing of it depends on the
paths beside it. Most need no other than the first; those whose gradients turn out to be infinite or too small to have
all their digits are evaluated once more with another, and that is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.microbatch import called_graphs

# Room for gradients 64 times as large as the score's own before they overflow, and down to 1e-8 with all digits.
FIRST = 10
LEAST, REACH = -100, 100
# Of scores that are float16 themselves.
FLOAT16_REACH = 15
# Where a gradient overflows, it does so by an unknown factor, and may be infinite itself: there are a few tries.
LOWER_BY, LOWEST = 12, -24
# Of the largest scaled gradient of a path, as exponents: below the first its smaller parts lose digits, the second is
# what to aim at, so that what lies between the score and the inputs has room on both sides.
FLOOR, AIM = -4, 4


def reach_of(score_type: tf.DType) -> int:
    """The largest exponent by which scores of a dtype can be scaled."""
    return FLOAT16_REACH if score_type == tf.float16 else REACH


def float_types(graph: Any) -> set[tf.DType]:
    """The floating types that operations of a traced graph give, those of functions that it calls included."""
    operations = graph.get_operations()
    found = {output.dtype for operation in operations for output in operation.outputs if output.dtype.is_floating}
    return found.union(*(float_types(called) for operation in operations for called in called_graphs(operation)))


def unscaled(gradient: tf.Tensor, scales: tf.Tensor) -> tf.Tensor:
    """A gradient [C, *F] of scores times `scales` [C], powers of two, without them: exact."""
    inverse = tf.cast(1 / scales, gradient.dtype)
    return gradient * tf.reshape(inverse, tf.concat([tf.shape(inverse), [1] * (gradient.shape.rank - 1)], axis=0))


def largest_scaled(gradients: Sequence[tf.Tensor]) -> tf.Tensor:
    """The size of the largest gradient [C] in each row of leaves [C, *F]; infinite where any is not finite."""
    sizes = []
    for gradient in gradients:
        axes = list(range(1, gradient.shape.rank))
        size = tf.cast(tf.reduce_max(tf.abs(gradient), axis=axes), tf.float32)
        # The largest of numbers and NaN may be either.
        finite = tf.reduce_all(tf.math.is_finite(gradient), axis=axes)
        sizes.append(tf.where(finite, size, np.inf))
    return tf.reduce_max(tf.stack(sizes), axis=0)


class Exponents:
    """The exponents of paths that are refined on the device, and what was found out about them: rows [R, 5]; traced."""

    _EXPONENT, _LOW, _HIGH, _LARGEST, REPEATED = range(5)
    # Low is the largest exponent known to be too small, high the smallest known to overflow; then log2 of the largest
    # gradient found, and how many evaluations were made again.
    BEGIN = (float(FIRST), LEAST - 1.0, REACH + 1.0, -np.inf, 0.0)

    @classmethod
    def factors(cls, exponents: tf.Tensor) -> tf.Tensor:
        """The factors [R] of the scores, powers of two."""
        bits = (tf.cast(exponents[:, cls._EXPONENT], tf.int32) + 127) * (1 << 23)
        return tf.bitcast(bits, tf.float32)

    @classmethod
    def judged(
        cls, exponents: tf.Tensor, scores: tf.Tensor, largest: tf.Tensor, new: tf.Tensor, reach: int
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The exponents after an evaluation, and which points [R, K] must be evaluated again with them.

        Args:
            exponents: that they were evaluated with.
            scores: [R, K] at the points of a path; not scaled.
            largest: [R, K] the largest scaled gradient at each point, infinite where one is not finite.
            new: [R, K] which points were evaluated.
            reach: the largest exponent to try.
        """
        now, low, high, biggest, repeated = tf.unstack(exponents, axis=1)
        # A score that is not finite has no gradient that another factor would mend.
        known = new & tf.math.is_finite(scores)
        overflows = known & ~tf.math.is_finite(largest)
        size = tf.reduce_max(tf.where(known & ~overflows, largest, tf.zeros_like(largest)), axis=1)
        biggest = tf.maximum(biggest, _log2(size) - now)
        infinity = tf.constant(np.inf, scores.dtype)
        least = tf.reduce_min(tf.where(known, scores, infinity), axis=1)
        most = tf.reduce_max(tf.where(known, scores, -infinity), axis=1)
        nothing = tf.zeros_like(least)
        least, most = (tf.where(most >= least, end, nothing) for end in (least, most))
        size = tf.maximum(tf.abs(least), tf.abs(most))
        # The scores say that there is a gradient: they differ, or are as small as it.
        telling = (size > 0) & ((most - least > 2.0**-20 * size) | (_log2(size) < FLOOR - now))
        too_high = tf.reduce_any(overflows, axis=1)
        too_low = ~too_high & (biggest + now < FLOOR) & telling
        high, low = tf.where(too_high, now, high), tf.where(too_low, now, low)
        between = tf.floor((low + high) / 2)
        # A large score has a large gradient, as a rule.
        as_score = AIM - tf.floor(_log2(tf.maximum(size, 1)))
        lowered = tf.maximum(tf.minimum(now - LOWER_BY, as_score), tf.minimum(as_score - LOWER_BY, LOWEST))
        lowered = tf.where(low < LEAST, tf.maximum(lowered, LEAST), between)
        raised = tf.math.ceil(AIM - tf.maximum(biggest, AIM - reach))
        raised = tf.where(raised < high, raised, between)
        wanted = tf.where(too_high, lowered, tf.where(too_low, raised, now))
        again = new & (wanted != now)[:, None] & (overflows | too_low[:, None])
        repeated += tf.reduce_sum(tf.cast(again, repeated.dtype), axis=1)
        return tf.stack([wanted, low, high, biggest, repeated], axis=1), again


def _log2(size: tf.Tensor) -> tf.Tensor:
    return tf.math.log(size) / np.log(2)


class Scales:
    """The exponents of the paths of one explanation, and what was found out about them."""

    def __init__(self) -> None:
        self._exponents = np.empty(0, np.int64)
        # The largest exponent known to be too small, and the smallest known to overflow.
        self._low, self._high = np.empty(0, np.int64), np.empty(0, np.int64)
        self._largest = np.empty(0)  # log2 of the largest gradient found
        self._repeated = np.empty(0, np.int64)

    def of(self, paths: NDArray[Any]) -> NDArray[np.float32]:
        """The factors [P] of the scores on these paths, powers of two."""
        if not len(self._exponents):
            # None was judged yet.
            return np.full(len(paths), 2.0**FIRST, np.float32)
        self._grow(int(paths.max(initial=-1)) + 1)
        return np.ldexp(np.float32(1), self._exponents[paths])

    def repeated(self, n_paths: int) -> NDArray[np.int64]:
        """How many evaluations of each path were made again."""
        self._grow(n_paths)
        return self._repeated[:n_paths]

    def judge(
        self, paths: NDArray[Any], scores: NDArray[Any], largest: NDArray[Any], reach: int = REACH
    ) -> NDArray[np.bool_]:
        """Which rows [R] must be evaluated again, now that their paths have another exponent; counts them.

        Args:
            paths: [R] path of each row, evaluated with the factors that `of` gives.
            scores: [R, K] at the points of a row, which are evaluated together; not scaled.
            largest: [R, K] the largest scaled gradient at each point, infinite where one is not finite.
            reach: the largest exponent to try.
        """
        self._grow(int(paths.max(initial=-1)) + 1)
        own, at = np.unique(paths, return_inverse=True)
        exponents, low, high = self._exponents[own], self._low[own], self._high[own]
        # A score that is not finite has no gradient that another factor would mend.
        known = np.isfinite(scores)
        overflows = (known & ~np.isfinite(largest)).any(axis=1)
        with np.errstate(divide="ignore"):
            sizes = np.log2(np.where(known & np.isfinite(largest), largest, 0)).max(axis=1)
        np.maximum.at(self._largest, paths, sizes - self._exponents[paths])
        biggest = self._largest[own]

        too_high = np.bincount(at, overflows) > 0
        size, differ = _span(scores, at, len(own))
        # The scores say that there is a gradient: they differ, or are as small as it.
        telling = (size > 0) & (differ | (size < np.ldexp(1.0, FLOOR - exponents)))
        too_low = ~too_high & (biggest + exponents < FLOOR) & telling
        high, low = np.where(too_high, exponents, high), np.where(too_low, exponents, low)
        between = (low + high) // 2
        # A large score has a large gradient, as a rule.
        as_score = AIM - np.log2(np.maximum(size, 1)).astype(np.int64)
        lowered = np.maximum(np.minimum(exponents - LOWER_BY, as_score), np.minimum(LOWEST, as_score - LOWER_BY))
        lowered = np.where(low < LEAST, np.maximum(lowered, LEAST), between)
        raised = np.ceil(AIM - np.maximum(biggest, AIM - reach)).astype(np.int64)
        raised = np.where(raised < high, raised, between)
        wanted = np.where(too_high, lowered, np.where(too_low, raised, exponents))
        self._exponents[own], self._low[own], self._high[own] = wanted, low, high
        again = (wanted != exponents)[at] & (overflows | too_low[at])
        np.add.at(self._repeated, paths[again], scores.shape[1])
        return np.asarray(again)

    def _grow(self, n_paths: int) -> None:
        missing = n_paths - len(self._exponents)
        if missing > 0:
            for name, start in (
                ("_exponents", FIRST),
                ("_low", LEAST - 1),
                ("_high", REACH + 1),
                ("_largest", -np.inf),
                ("_repeated", 0),
            ):
                array = getattr(self, name)
                setattr(self, name, np.concatenate([array, np.full(missing, start, array.dtype)]))


def _span(scores: NDArray[Any], at: NDArray[Any], count: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The size of the largest score of each path, from rows [R, K] of paths `at` [R], and whether its scores differ."""
    finite = np.where(np.isfinite(scores), scores, np.nan)
    least, most = np.full(count, np.inf), np.full(count, -np.inf)
    np.fmin.at(least, at, np.fmin.reduce(finite, axis=1))
    np.fmax.at(most, at, np.fmax.reduce(finite, axis=1))
    known = most >= least
    least, most = np.where(known, least, 0), np.where(known, most, 0)
    size = np.maximum(np.abs(least), np.abs(most))
    return size, most - least > 2.0**-20 * size

"""What works on small arrays does the same to NumPy's and to tensors, also to NaN and infinity."""

import decimal
from decimal import Decimal

import numpy as np
import pytest
from either_kind import KINDS, random_paths, run

from kerasig._engine import arrays as xp
from kerasig._engine import columns, near_ends
from kerasig._engine.grading import AT_INPUT, FINEST, Grading

NAN, INF = np.nan, np.inf
pytestmark = pytest.mark.parametrize("kind", [*KINDS, "XLA"])

ODD = np.array([[1.0, NAN, 3.0, -2.0], [INF, -INF, 0.0, 5.0], [-1.0, -1.0, NAN, INF], [0.0, 4.0, 4.0, 1.0]])


def extremes(array, other):
    return (
        *(function(*pair) for function in (xp.maximum, xp.minimum) for pair in ((array, other), (other, array))),
        xp.maximum(array, 1.5),
        xp.maximum(1.5, array),
        xp.minimum(array, 1.5),
        xp.row_max(array),
        columns.largest(xp.absolute(array)),
    )


def test_nan_is_kept_by_maxima_and_minima(kind):
    other = ODD[:, ::-1].copy()
    found = run(kind, extremes, ODD, other)
    largest, smallest = np.maximum(ODD, other), np.minimum(ODD, other)
    scalar = np.maximum(ODD, 1.5)
    expected = [largest, largest, smallest, smallest, scalar, scalar, np.minimum(ODD, 1.5), ODD.max(axis=1)]
    for part, known in zip(found, [*expected, [3, INF, INF, 4]], strict=True):
        np.testing.assert_array_equal(part, known)


def chosen_numbers(condition, array):
    of_two = xp.where(condition, 1e-7, 2.0**-11)
    return of_two, xp.where(condition, 3, 5), xp.where(condition, 1, 0.5), xp.where(condition, array, 0)


def test_numbers_are_chosen_in_double_precision(kind):
    condition = np.array([True, False, True, False])
    of_two, whole, mixed, array = run(kind, chosen_numbers, condition, ODD[3])
    assert of_two.dtype == mixed.dtype == array.dtype == np.float64
    np.testing.assert_array_equal(of_two, [1e-7, 2.0**-11, 1e-7, 2.0**-11])
    assert whole.dtype.kind == "i"
    np.testing.assert_array_equal(whole, [3, 5, 3, 5])
    np.testing.assert_array_equal(mixed, [1, 0.5, 1, 0.5])
    np.testing.assert_array_equal(array, [0, 0, 4, 0])


def taken(array):
    parts = xp.part(array, 1), xp.part(array, None, -1), xp.part(array, 1, 3), xp.part(array, -1), xp.part(array, 1, -1)
    return *parts, xp.column(array, 0), xp.column(array, 2), xp.upright(xp.column(array, 1)), xp.wider(array, 1, 2)


def test_columns_are_taken_and_added(kind):
    parts = ODD[:, 1:], ODD[:, :-1], ODD[:, 1:3], ODD[:, -1:], ODD[:, 1:-1]
    expected = [*parts, ODD[:, 0], ODD[:, 2], ODD[:, 1:2], np.pad(ODD, ((0, 0), (1, 2)))]
    for part, known in zip(run(kind, taken, ODD), expected, strict=True):
        np.testing.assert_array_equal(part, known)


def sums(array):
    flags = [{"exclusive": exclusive, "reverse": reverse} for exclusive in (False, True) for reverse in (False, True)]
    return [xp.cumsum(array, **each) for each in flags]


def test_running_sums_run_either_way_with_and_without_a_columns_own(kind):
    array = np.array([[1, 2, 3], [10, 0, 5]])
    forward, backward, before, after = run(kind, sums, array)
    np.testing.assert_array_equal(forward, [[1, 3, 6], [10, 10, 15]])
    np.testing.assert_array_equal(backward, [[6, 5, 3], [15, 5, 5]])
    np.testing.assert_array_equal(before, [[0, 1, 3], [0, 10, 10]])
    np.testing.assert_array_equal(after, [[5, 3, 0], [5, 5, 0]])


def sorted_and_first(array, most):
    ordered, order = xp.descending(array)
    return ordered, xp.among_first(ordered, order, most)


def test_of_equal_numbers_the_first_comes_first(kind):
    array = np.tile([[0.0, 2.0, 2.0, 0.0, 7.0, 2.0]], (6, 1))
    ordered, first = run(kind, sorted_and_first, array, np.arange(6))
    np.testing.assert_array_equal(ordered, np.tile([[7, 2, 2, 2, 0, 0]], (6, 1)))
    # From the largest on, and from the left.
    np.testing.assert_array_equal(first, [np.isin(range(6), [4, 1, 2, 5, 0, 3][:most]) for most in range(6)])


def in_many_rows(array):
    return (
        xp.cumsum(array),
        xp.cumsum(array, exclusive=True, reverse=True),
        columns.known(array, xp.as_int(array)[:, 0]),
    )


def test_many_rows_are_gone_through_as_few_are(kind):
    array = np.random.default_rng(0).integers(0, 9, (300, 7))
    forward, before, known = run(kind, in_many_rows, array)
    np.testing.assert_array_equal(forward, np.cumsum(array, axis=1))
    np.testing.assert_array_equal(before, array.sum(axis=1, keepdims=True) - np.cumsum(array, axis=1))
    np.testing.assert_array_equal(known, np.arange(7) < array[:, :1])


def test_the_first_and_last_column_that_is_wanted_are_found_and_bounds_where_none_is(kind):
    wanted = np.array([[0, 1, 0, 1, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]], bool)
    first, last = run(kind, columns.first_and_last, wanted)
    np.testing.assert_array_equal(first, [1, 0, 4])
    np.testing.assert_array_equal(last, [3, 0, 0])


def test_nothing_relative_to_nothing_is_nothing(kind):
    error, scale = np.array([0.0, 1.0, 0.0, NAN, 2.0]), np.array([0.0, 0.0, NAN, 1.0, 4.0])
    np.testing.assert_array_equal(run(kind, columns.relative, error, scale), [0, INF, NAN, NAN, 0.5])


def continued(paths):
    return paths.continued_scores


@pytest.mark.parametrize("seed", range(3))
def test_a_score_that_is_left_out_is_the_nearest_that_is_finite(kind, seed):
    paths = random_paths(seed)
    found = run(kind, continued, paths)
    for row, count in enumerate(paths.count):
        scores, out = paths.nodes.scores[row].copy(), paths.nodes.left_out[row]
        # Ends alone are left out.
        if out[0] and not np.isfinite(scores[0]):
            scores[0] = scores[1]
        if out[count - 1] and not np.isfinite(scores[count - 1]):
            scores[count - 1 :] = scores[count - 2]
        np.testing.assert_array_equal(found[row], scores)


def test_the_power_of_two_below_a_gap_is_exact(kind):
    powers = 2.0 ** -np.arange(1.0, 121)
    for factor, share in ((1.0, 1), (1.5, 1), (1 - 2.0**-53, 0.5), (2 - 2.0**-52, 1)):
        np.testing.assert_array_equal(run(kind, near_ends._power_of_two, factor * powers), share * powers)
    # What is below the finest gap is lifted to it, and what is none is not taken.
    assert np.all(run(kind, near_ends._power_of_two, np.array([FINEST / 300, 0.0])) < FINEST)


def middles(grading, lefts, rights):
    return grading.middles(lefts, rights)


def halfway(start, end, left, right):
    """The alpha halfway in place, with 120 digits."""
    decimal.getcontext().prec = 120
    start, end, left, right = (Decimal(float(number)) for number in (start, end, left, right))
    if not end.is_finite():
        start = start if start.is_finite() else Decimal(10) ** 30  # As good as none.
        return float(((left + start) * (right + start)).sqrt() - start)
    if not start.is_finite():
        return float(1 + end - ((1 - left + end) * (1 - right + end)).sqrt())
    odds = ((left + start) / (1 - left + end) * (right + start) / (1 - right + end)).sqrt()
    return float((odds * (1 + end) - start) / (1 + odds))


@pytest.mark.parametrize("end", [INF, AT_INPUT])
@pytest.mark.parametrize("start", [INF, 2.0**-4, 2.0**-10, 2.0**-60, FINEST])
def test_middles_are_halfway_in_place_to_the_last_digits_however_near_to_an_end(kind, start, end):
    generator = np.random.default_rng(0)
    # From intervals far below the gap to those of the whole path.
    lefts = np.concatenate([10.0 ** -generator.uniform(0.01, 30, 40), [1e-31, 0.5, 0.0]])
    rights = np.minimum(lefts * (1 + 10.0 ** generator.uniform(-5, 3, 43)), 0.99)
    rights[-3:] = 1e-30, 0.75, min(start, 1) / 1e3
    found = run(kind, middles, Grading(np.array([start]), np.array([end])), lefts[None], rights[None])[0]
    expected = [halfway(start, end, left, right) for left, right in zip(lefts, rights, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    assert np.all((lefts < found) & (found < rights))

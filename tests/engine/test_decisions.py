"""The decisions of a refinement are the same on NumPy's arrays and in a graph, on paths of any kind."""

import numpy as np
import pytest
from either_kind import assert_same, random_paths, run

from kerasig._engine import near_ends, piecewise, verdicts
from kerasig._engine.estimate import Limits, estimate, middles
from kerasig._engine.nodes import chosen, inserted

RULE = Limits(0.01, 0.05, 14, 1e-7, 0.0, 2.0**-20)
RULES = {"float32": RULE, "half precision": RULE._replace(computed=2.0**-11), "float64": RULE._replace(rounding=1e-15)}
# Eager tensors tell little beside; the compiler takes seconds for each.
graphs = pytest.mark.parametrize(
    "kind", ["graph", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("eager", "XLA"))]
)
seeds = pytest.mark.parametrize("seed", range(6))


def sizes_of(paths, seed):
    """[R], of what a trapezoid might have given; some nothing, some not finite."""
    generator = np.random.default_rng(seed)
    special = generator.choice([0.0, np.nan, np.inf], size=len(paths.count))
    return np.where(generator.random(len(paths.count)) < 0.1, special, np.exp(generator.normal(size=len(paths.count))))


def by_place(paths):
    return paths.places, paths.slopes_by_place, paths.factors, paths.continued_scores, paths.known, paths.grading.graded


def between(paths):
    alphas = paths.nodes.alphas
    return paths.grading.middles(alphas[:, :-1], alphas[:, 1:])


def fitted(paths, rounding):
    return piecewise.fit(paths.places, paths.continued_scores, paths.slopes_by_place, paths.count, rounding)


def controlled(paths, rounding):
    return verdicts.weights(fitted(paths, rounding), paths)


def estimated(rule, paths, sizes):
    found = estimate(rule, paths, sizes)
    settled = found.settled(rule, found.error, found.bound, sizes)
    # Shares in units of the score again, to a rounding of which they are known.
    found_again = found._replace(shares=found.shares * rule.tolerance)
    return found_again, found.hopeless(paths), found.reasons(rule, paths), settled


def looked_at(rule, paths, sizes):
    wanted, after = near_ends.too_little_known(paths, estimate(rule, paths, sizes))
    return wanted, after, near_ends.graded_as_finely_as_can_be(rule, after, wanted)


def judged(rule, paths, sizes, unreached, whole, looked, reproducible):
    found = estimate(rule, paths, sizes)
    outlook = verdicts.outlook(rule, paths, found, unreached, reproducible)
    verdict = verdicts.verdict(rule, paths, found, outlook, whole, looked)
    return outlook, verdict, verdicts.halved(rule, paths, found), verdicts.bounds(paths)


def same(kind, function, *arguments):
    """What both found, which is the same."""
    expected = run("numpy", function, *arguments)
    assert_same(run(kind, function, *arguments), expected)
    return expected


@graphs
@seeds
def test_grading_and_what_is_read_by_place_are_the_same(kind, seed):
    paths = random_paths(seed)
    same(kind, by_place, paths)
    same(kind, between, paths)


@graphs
@seeds
def test_fitted_rules_are_the_same(kind, seed):
    paths = random_paths(seed)
    same(kind, fitted, paths, np.array(1e-7))
    same(kind, controlled, paths, np.array(1e-7))


@graphs
@seeds
@pytest.mark.parametrize("name", RULES)
def test_estimates_are_the_same(kind, seed, name):
    paths = random_paths(seed)
    found, hopeless, reasons, settled = same(kind, estimated, RULES[name], paths, sizes_of(paths, seed))
    # Something of everything is among them.
    for some in (found.finite, found.halvable, found.rounded, hopeless, settled):
        assert some.any()
        assert not some.all()
    assert len(set(reasons)) >= 3


@graphs
@seeds
def test_paths_are_graded_and_ends_left_out_alike(kind, seed):
    paths = random_paths(seed)
    fresh = paths.replaced(left_out=np.zeros_like(paths.nodes.left_out))
    ungraded = fresh._replace(
        start_gap=np.full_like(paths.start_gap, np.inf), end_gap=np.full_like(paths.start_gap, np.inf)
    )
    prepared = same(kind, verdicts.prepared, RULE, ungraded)
    assert prepared.nodes.left_out.any()
    assert np.isfinite(prepared.start_gap).any()
    assert np.isfinite(prepared.end_gap).any()
    same(kind, looked_at, RULE, paths, sizes_of(paths, seed))


@graphs
@seeds
@pytest.mark.parametrize("reproducible", [True, False])
def test_verdicts_are_the_same(kind, seed, reproducible):
    paths, generator = random_paths(seed), np.random.default_rng(seed)
    count = len(paths.count)
    start, end = paths.ends(paths.continued_scores)
    unreached = np.where(generator.random(count) < 0.1, generator.random(count), 0)
    sizes = sizes_of(paths, seed)
    # Some complete, some nearly, some not finite.
    totals = end - start + generator.choice([0, 1e-3, 1, np.nan], size=count)
    whole = verdicts.Exact(totals, sizes, sizes * generator.choice([0.01, 0.1], size=count))
    looked = generator.random(count) < 0.7
    _, verdict, halved, _ = same(kind, judged, RULE, paths, sizes, unreached, whole, looked, np.array(reproducible))
    assert verdict.done.any()
    assert len(set(verdict.reasons)) >= 3
    # Nothing is halved beyond the last node or the most that a path may have.
    assert not halved[np.arange(halved.shape[1]) >= paths.count[:, None] - 1].any()
    assert np.all(paths.count + halved.sum(axis=1) <= RULE.max_steps)


@graphs
@seeds
def test_nodes_are_inserted_alike_and_where_they_belong(kind, seed):
    paths, generator = random_paths(seed), np.random.default_rng(seed)
    halved = (generator.random(paths.nodes.alphas.shape) < 0.3) & paths.known
    halved[np.arange(len(halved)), paths.count - 1] = False
    width = int((paths.count + halved.sum(axis=1)).max())
    nodes, new, count = same(kind, inserted, paths, halved, np.array(width))
    assert nodes.alphas.shape == (len(halved), width)
    middles = run("numpy", between, paths)
    for row in range(len(halved)):
        before = paths.count[row]
        known = paths.nodes.alphas[row, :before]
        added = middles[row, halved[row, :-1]]
        expected = np.sort(np.concatenate([known, added]))
        assert count[row] == len(expected)
        np.testing.assert_array_equal(nodes.alphas[row, : count[row]], expected)
        np.testing.assert_array_equal(nodes.alphas[row, count[row] :], expected[-1])
        assert new[row].sum() == len(added)
        np.testing.assert_array_equal(nodes.alphas[row, new[row]], added)
        # Nodes that were there keep what is known of them.
        old = ~new[row] & (np.arange(width) < count[row])
        np.testing.assert_array_equal(nodes.rows[row, old], paths.nodes.rows[row, :before])
        np.testing.assert_array_equal(nodes.scores[row, old], paths.nodes.scores[row, :before])


@graphs
@seeds
def test_the_intervals_to_halve_are_the_same_and_the_fewest_that_hold_the_rest(kind, seed):
    paths, generator = random_paths(seed), np.random.default_rng(seed)
    priorities = np.exp(2 * generator.normal(size=(len(paths.count), paths.nodes.alphas.shape[1] - 1)))
    # Equal ones, none, and some beyond all numbers' squares.
    priorities = np.where(generator.random(priorities.shape) < 0.3, generator.choice([0, 0.5, 1e200]), priorities)
    priorities[~paths.known[:, 1:]] = 0
    halved = same(kind, middles, paths, priorities, np.array(RULE.max_steps))
    for row in range(len(halved)):
        count = paths.count[row]
        order = sorted(range(len(priorities[row])), key=lambda k, p=priorities[row]: (-p[k], k))
        squares = [min(priorities[row, k], 1e100) ** 2 for k in order]
        needed = next((n for n in range(len(squares) + 1) if sum(squares[n:]) <= 1), len(squares))
        most = min(max(needed, 1), max(count // 3, 1), RULE.max_steps - count)
        expected = {k for k in order[: max(most, 0)] if priorities[row, k] > 0}
        assert set(np.flatnonzero(halved[row])) == expected


def test_one_or_the_other_of_two_nests_is_chosen_by_row():
    one, other = random_paths(0), random_paths(1)
    which = np.random.default_rng(0).random(len(one.count)) < 0.5
    # As many nodes: nothing else fits.
    assert one.nodes.alphas.shape == other.nodes.alphas.shape
    for kind in ("eager", "graph"):
        found = same(kind, chosen, which, one, other)
    np.testing.assert_array_equal(found.nodes.alphas, np.where(which[:, None], one.nodes.alphas, other.nodes.alphas))
    np.testing.assert_array_equal(found.start_gap, np.where(which, one.start_gap, other.start_gap))

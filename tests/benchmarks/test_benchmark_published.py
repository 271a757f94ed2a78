"""The published ways to fewer steps: where their steps are, and how their gradients are counted."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import dense, published
from benchmarks.dense import Path
from benchmarks.divisions import SUMS, DecisionSampling, Even, NonUniform, RiemannOpt, jumps, least_bound, riemann

GRID = np.linspace(0, 1, 1025)


def smooth_path(score, *contributions):
    """The path of a score and of its features' contributions, as functions of alpha; they must sum to its slope."""
    columns = np.stack([part(GRID) for part in contributions], axis=1)
    return Path(score(GRID), columns.sum(axis=1), columns.astype(np.float32), smooth=True)


def quadratic(bend=3.0):
    """Contributions of 1 and bend times alpha."""
    return smooth_path(lambda a: a + bend / 2 * a**2, np.ones_like, lambda a: bend * a)


def through(*scores):
    """A path with these scores at even places, straight between them."""
    coarse = np.linspace(0, 1, len(scores))
    slopes = np.append(np.diff(scores), scores[-1] - scores[-2]) * (len(scores) - 1)
    here = np.minimum((GRID * (len(scores) - 1)).astype(int), len(scores) - 2)
    found = slopes[here]
    return Path(np.interp(GRID, coarse, scores), found, found[:, None].astype(np.float32), smooth=False)


def every_way():
    others = [quadratic(bend) for bend in (1.0, 2.0, 5.0)]
    return [division for divisions in published.ways(others).values() for division in divisions]


@pytest.mark.parametrize("division", every_way(), ids=str)
@pytest.mark.parametrize("n", [32, 45, 128])
def test_steps_cover_the_path_and_integrate_a_line_exactly(division, n):
    path = quadratic()
    edges = division.edges(path, n)
    assert edges.shape == (n + 1,)
    assert (edges[0], edges[-1]) == (0, 1)
    assert np.all(np.diff(edges) > 0)
    for rule in ("middle", "trapezoid"):
        nodes, weights = riemann(edges, rule)
        np.testing.assert_allclose(weights @ path.at(nodes)[2], [1, 1.5], rtol=1e-6)
    # One end of each step misses half of what the slope changes by over it.
    missed = 1.5 * np.sum(np.diff(edges) ** 2)
    for rule, sign in (("left", -1), ("right", 1)):
        nodes, weights = riemann(edges, rule)
        assert weights @ path.at(nodes)[1] == pytest.approx(2.5 + sign * missed, rel=1e-6)


def test_non_uniform_steps_follow_the_change_of_the_score():
    path = through(0, 1, 4, 9, 16)  # Changes by 1, 3, 5 and 7.
    edges = NonUniform(4, 1.0).edges(path, 20)
    np.testing.assert_allclose(np.diff(edges), np.repeat(0.25 / np.array([2, 4, 6, 8]), [2, 4, 6, 8]))
    assert NonUniform(4, 1.0).forward_passes(20) == 5
    assert NonUniform(4, 1.0).edges(path, 3) is None


def test_non_uniform_steps_may_follow_the_root_of_a_change_in_either_direction():
    edges = NonUniform(4, 0.5).edges(through(0, 1, -3, 6, -10), 14)  # Roots 1, 2, 3 and 4.
    np.testing.assert_allclose(np.diff(edges), np.repeat(0.25 / np.array([2, 3, 4, 5]), [2, 3, 4, 5]))


def test_decision_samples_lie_where_the_score_rises_and_every_step_counts():
    # Slopes 1, 0, -2, 1, moved to 3, 2, 0, 3: the falling region has no sample, and belongs to the step before it.
    edges = DecisionSampling(4, signed=True).edges(through(0, 1, 1, -1, 0), 8)
    np.testing.assert_allclose(edges, [0, 1 / 12, 2 / 12, 1 / 4, 3 / 8, 3 / 4, 10 / 12, 11 / 12, 1])
    # By absolute size 2, 0, 4 and 2 of them.
    edges = DecisionSampling(4, signed=False).edges(through(0, 1, 1, -1, 0), 8)
    np.testing.assert_allclose(edges, [0, 1 / 8, 1 / 2, 9 / 16, 10 / 16, 11 / 16, 3 / 4, 7 / 8, 1])


def test_decision_samples_that_are_left_go_to_regions_without():
    # Shares of 4.8, 0.2, 0.7 and 0.3 samples: the two that are left go to those of 0.7 and 0.3.
    path = through(0, 48, 50, 57, 60)
    edges = DecisionSampling(4, signed=False).edges(path, 6)
    np.testing.assert_allclose(edges, [0, 1 / 16, 2 / 16, 3 / 16, 1 / 2, 3 / 4, 1])


def test_decision_samples_begin_with_the_path_where_the_first_region_has_none():
    np.testing.assert_allclose(DecisionSampling(2, signed=True).edges(through(0, 0, 1), 2), [0, 0.75, 1])
    assert DecisionSampling(None, signed=True).forward_passes(12) == 13


def test_fitted_points_make_the_bound_least():
    sizes = np.random.default_rng(0).random(8) ** 4
    risen = np.concatenate([[0], np.cumsum(sizes)])

    def bound(places):
        ends = np.array([0, *places, 8])
        return np.sum(np.diff(ends) * np.diff(risen[ends]))

    for n, edges in enumerate(least_bound(sizes, 8, 5)[1:], start=1):
        best = min(map(bound, combinations(range(1, 8), n - 1)))
        assert bound((edges[1:-1] * 8).astype(int)) == pytest.approx(best)


def test_fitted_points_are_as_dense_as_the_root_of_the_change():
    # |g'| is 16 times as large in the first half: 4 steps there for one in the second.
    def bent(a):
        return np.where(a < 0.5, 16 * a, 8 + (a - 0.5))

    def its_integral(a):
        return np.where(a < 0.5, 8 * a**2, 2 + 8 * (a - 0.5) + (a - 0.5) ** 2 / 2)

    path = smooth_path(its_integral, bent)
    edges = RiemannOpt([path, path]).edges(quadratic(), 50)
    assert np.sum(edges < 0.5) == pytest.approx(40, abs=1)
    assert jumps([path])[100] / jumps([path])[900] == pytest.approx(16, rel=1e-3)
    # A gradient that changes evenly has even steps.
    np.testing.assert_allclose(np.diff(RiemannOpt([quadratic()]).edges(path, 64)), 1 / 64, atol=1e-3)


def bent_score():
    return smooth_path(
        lambda a: np.exp(3 * a) / 3 + np.sin(9 * a) / 9, lambda a: np.exp(3 * a), lambda a: np.cos(9 * a)
    )


def straight_score():
    """Contributions that bend against each other: the score says nothing, the map alone decides."""
    return smooth_path(lambda a: a, lambda a: np.exp(5 * a), lambda a: 1 - np.exp(5 * a))


@pytest.mark.parametrize("path", [bent_score(), straight_score()], ids=["bent", "straight"])
def test_counts_are_those_of_trying_each_number(path):
    def good(n, rule):
        nodes, weights = riemann(np.linspace(0, 1, n + 1), rule)
        _, slopes, contributions = path.at(nodes)
        completeness = abs(weights @ slopes - path.change) / path.scale
        return completeness <= published.RESIDUAL_BAR and path.error(weights @ contributions) <= published.MAP_BAR

    for rule, (fewest, lasting) in published.told([path, path], Even()).items():
        verdicts = [good(n, rule) for n in published.LADDER]
        shared = rule == "trapezoid"  # It has one node more than steps.
        assert list(fewest.gradients) == [published.LADDER[verdicts.index(True)] + shared] * 2
        last = max((k for k, verdict in enumerate(verdicts) if not verdict), default=-1)
        assert list(lasting.gradients) == [published.LADDER[last + 1] + shared] * 2


def test_what_is_never_reached_is_infinite():
    # A step in the score that no sum of one end can follow to 1% in 512 steps.
    steep = smooth_path(lambda a: a**400 / 400, lambda a: a**399.0)
    fewest, lasting = published.told([steep], Even())["left"]
    assert np.isinf(fewest.gradients).all()
    assert np.isinf(lasting.gradients).all()


def test_sums_on_the_grid_are_those_at_the_nodes():
    for path in (quadratic(), through(0, 3, 1, 2)):
        nodes, weights = riemann(np.array([0, 0.1234, 0.5, 0.87654, 1]), "middle")
        sums = path.on_grid(nodes, weights)
        np.testing.assert_allclose(sums @ path.contributions, weights @ path.at(nodes)[2], rtol=1e-5)
        assert sums @ path.slopes == pytest.approx(weights @ path.at(nodes)[1])


def test_examples_to_fit_are_not_those_that_are_judged(monkeypatch):
    pool = np.array([[1.0], [2.0], [1.0], [3.0], [2.0], [4.0]])
    monkeypatch.setattr(dense, "build", lambda name, n, cache=None: SimpleNamespace(inputs={"x": pool[:n]}))
    monkeypatch.setattr(dense, "_kept", lambda names, cells, make, cache: make()[1].tolist())
    assert dense.others("any", 2, 3, 8) == [3, 3, 3]
    assert dense.others("any", 2, 4, 8) == [3, 5, 3, 5]
    with pytest.raises(dense.Unavailable, match="no examples besides"):
        dense.others("any", 2, 1, 8)


def test_the_must_names_what_misses_it():
    paths = [smooth_path(lambda a, k=k: np.tanh(k * a), lambda a, k=k: k / np.cosh(k * a) ** 2) for k in (8.0, 12.0)]
    found = published.judged("steep", paths, paths)
    assert set(found.best) == set(published.ways(paths))
    three = [best for way, best in found.best.items() if way != published.EVEN]
    count = np.median(found.own.asked.gradients)
    assert found.ratios[0] == min(np.median(best[0].gradients) for best in three) / count
    # Any sum is no worse than one end, and what is within the bars for good is so at first.
    for best in found.best.values():
        ends_first, ends_lasting, any_first, any_lasting = (one.order[0] for one in best)
        assert any_first <= ends_first <= ends_lasting
        assert any_first <= any_lasting <= ends_lasting
    assert published.within(found.own.asked).all()
    assert np.all(found.own.fewest <= found.own.for_all)
    for check, ratio in zip(published.checks([found]), found.ratios, strict=True):
        assert check.passed == (ratio >= published.WANTED)
        assert ("below in steep" in check.measured) == (not check.passed)
    assert len(list(published.rows_of_ways(found))) == 4


def test_rows_have_a_cell_for_each_column(monkeypatch):
    paths = [quadratic(), quadratic(1.0)]
    monkeypatch.setattr(published, "cases", lambda size: [("bent", 2, 1024), ("absent", 2, 1024)])

    def found(name, *_):
        if name == "absent":
            raise dense.Unavailable("It is not here.")
        return paths

    monkeypatch.setattr(dense, "paths", found)
    monkeypatch.setattr(dense, "others", found)
    tables, checks = published.run()
    for table in tables:
        lines = [line for line in table.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) == 1
        assert len(lines) > 2
    assert [check.measured for check in checks if check.passed is None] == ["It is not here."]
    assert len(checks) == 1 + len(published.MEASURES)
    assert published.run(only="absent") == ([], checks[:1])
    assert published.run(only="another") == ([], [])
    assert all(any(rule in line for rule in SUMS) for line in tables[0].splitlines()[4:])

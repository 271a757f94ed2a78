"""Gradients under refinement are found again, integrated as they are, and stay within the rows that the store has."""

import numpy as np
import pytest
import tensorflow as tf
from either_kind import paths_of

import kerasig
from kerasig._engine import adaptive, row_layout, stores
from kerasig._engine import store as store_module
from kerasig._engine.grading import Grading
from kerasig._engine.store import GradientStore
from kerasig._engine.stores import DeviceStore, HostStore, LongHostStore, store_for

pytestmark = pytest.mark.slow

kinds = pytest.mark.parametrize("kind", [HostStore, LongHostStore, DeviceStore])
# One part; two and three, of which the last is padded.
widths = pytest.mark.parametrize("widest", [100, 4, 3])
F = 7
GENERATOR = np.random.default_rng(0)


def rows_of(store, rows):
    """[*rows.shape, F]"""
    found = np.asarray(store._kept(store.layout.index(rows.ravel())))
    return found.reshape(*rows.shape, -1)[..., : store.layout.features]


def integrals_of(store, slots):
    found = np.asarray(store._rows(store._integrals, store.layout.index(slots)))
    return found.reshape(len(slots), -1)[:, : store.layout.features]


def leaves_of(values):
    """Rows as two leaves [C, 2, 2] and [C, F - 4], or those of one."""
    values = np.asarray(values, np.float32)
    if values.shape[1] < 5:
        return [tf.constant(values)]
    return [tf.constant(values[:, :4].reshape(-1, 2, 2)), tf.constant(values[:, 4:])]


def cut_at(monkeypatch, widest):
    monkeypatch.setattr(row_layout, "WIDEST", widest)


@kinds
@widths
def test_rows_given_back_are_used_again_before_new_ones(kind, widest, monkeypatch):
    cut_at(monkeypatch, widest)
    store = kind(F, 5, 1)
    values = GENERATOR.normal(size=(6, F)).astype("float32")
    first, sizes = store.keep(leaves_of(values[:4]))
    np.testing.assert_allclose(sizes, np.abs(values[:4]).sum(axis=1), rtol=1e-6)
    assert store.free == 1
    store.release(first[1:3])
    assert store.free == 3
    second, _ = store.keep(leaves_of(values[4:]))
    assert set(second) == set(first[1:3])
    np.testing.assert_array_equal(rows_of(store, second), values[4:])
    np.testing.assert_array_equal(rows_of(store, first[[0, 3]]), values[[0, 3]])
    assert store.free == 1


@kinds
@widths
def test_more_rows_than_were_set_aside_are_kept_and_no_more_than_may_be(kind, widest, monkeypatch):
    cut_at(monkeypatch, widest)
    for name in ("AT_ONCE", "STORE_BYTES"):
        monkeypatch.setattr(store_module, name, 2 * 4 * F)  # Two rows.
    store = kind(F, 11, 1)
    values = GENERATOR.normal(size=(11, F)).astype("float32")
    rows = np.concatenate([store.keep(leaves_of(part))[0] for part in np.split(values, [1, 3, 9])])
    assert store.free == 0
    order = np.array([[6, 0, 3], [5, 5, 10]])
    np.testing.assert_array_equal(rows_of(store, rows[order]), values[order])
    # Nothing is set aside beyond the most.
    assert sum(len(np.asarray(block)) for block in store._blocks) == 11 * store.layout.parts


@kinds
@widths
@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize(("work", "at_once"), [(64 << 20, 1 << 20), (1, 1 << 20), (64 << 20, 12 * F)])
def test_integrals_are_those_of_the_formulas(kind, widest, graded, work, at_once, monkeypatch):
    cut_at(monkeypatch, widest)
    # In blocks of three rows, too.
    monkeypatch.setattr(store_module, "AT_ONCE", at_once)
    monkeypatch.setattr(store_module, "STORE_BYTES", at_once)
    # With next to no memory for arithmetic: a path, a part and two nodes at a time.
    monkeypatch.setattr(store_module, "WORK_BYTES", work)
    alphas = np.array([[0, 0.1, 0.4, 0.7, 1.0, 1.0], [0, 0.2, 0.3, 0.5, 0.8, 1.0]])
    count = np.array([5, 6])
    contributions = GENERATOR.normal(size=(2, 6, F)).astype("float32")
    contributions[0, 5] = contributions[0, 4]
    left_out = np.zeros(alphas.shape, bool)
    gaps = {}
    if graded:
        # What is left out counts as nothing, whatever it is.
        contributions[1, 0] = [np.inf, -np.inf, np.nan, 1, 2, 3, 4]
        left_out[1, 0] = True
        gaps = {"start_gap": np.array([np.inf, 2.0**-6])}
    store = kind(F, 20, 5)
    rows = np.stack(
        [np.concatenate([store.keep(leaves_of(part))[0] for part in path[:, None]]) for path in contributions]
    )
    others = {"rows": rows, "left_out": left_out, "scores": np.zeros_like(alphas), "slopes": np.zeros_like(alphas)}
    paths = paths_of(alphas, count, **others, **gaps)
    grading = Grading(paths.start_gap, paths.end_gap)
    places = grading.places(alphas)
    factors = np.where(left_out, 0, grading.densities(alphas))[..., None]
    by_place = np.where(factors == 0, 0, contributions * factors)
    lengths, jumps = np.diff(places), np.diff(by_place, axis=1)
    slots = np.array([3, 1])

    changes = store.integrate(slots, paths)
    integrals = (lengths[..., None] * (by_place[:, 1:] + by_place[:, :-1]) / 2).sum(axis=1)
    np.testing.assert_allclose(changes, np.abs(jumps).sum(axis=2), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(integrals_of(store, slots), integrals, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(store.sizes(slots), np.abs(integrals).sum(axis=1), rtol=1e-5)

    weights = GENERATOR.normal(size=alphas.shape)
    weights[0, 5] = 0
    changed = paths.replaced(changes=np.pad(changes, ((0, 0), (0, 1))))
    values, totals, sizes, errors = store.exact(changed, weights, lengths)
    exact = np.einsum("rk,rkf->rf", weights, by_place)
    np.testing.assert_allclose(values, exact, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(totals, exact.sum(axis=1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(sizes, np.abs(exact).sum(axis=1), rtol=1e-4)
    squares = ((lengths[..., None] * jumps) ** 2).sum(axis=1)
    np.testing.assert_allclose(errors, np.sqrt(squares).sum(axis=1) * np.sqrt(1 / (6 * np.pi)), rtol=1e-4)


@kinds
@widths
@pytest.mark.parametrize("work", [64 << 20, 1])
def test_a_node_between_two_others_brings_the_integral_up_to_date(kind, widest, work, monkeypatch):
    cut_at(monkeypatch, widest)
    monkeypatch.setattr(store_module, "WORK_BYTES", work)
    alphas = np.array([[0, 0.3, 0.6, 1.0], [0, 0.1, 0.5, 1.0]])
    contributions = GENERATOR.normal(size=(2, 4, F)).astype("float32")
    # A left-out end, of a path that is by place.
    contributions[1, 0] = np.inf
    left_out = np.zeros(alphas.shape, bool)
    left_out[1, 0] = True
    monkeypatch.setattr(store_module, "AT_ONCE", 12 * F if work == 1 else 1 << 20)
    store = kind(F, 20, 4)
    rows = np.stack([store.keep(leaves_of(path))[0] for path in contributions])
    nothing = np.zeros_like(alphas)
    gaps = np.array([np.inf, 2.0**-5])
    paths = paths_of(alphas, np.full(2, 4), nothing, nothing, rows=rows, left_out=left_out, start_gap=gaps)
    slots = np.array([2, 0])
    store.integrate(slots, paths)

    # Two more on the second path, in intervals that do not meet, and one on the first.
    path, before = np.array([0, 1, 1]), np.array([1, 0, 2])
    middle = np.array([0.45, 0.03, 0.75])
    new = GENERATOR.normal(size=(3, F)).astype("float32")
    around = np.stack([alphas[path, before], middle, alphas[path, before + 1]], axis=1)
    grading = paths.grading.of(path)
    factors = grading.densities(around)
    factors[:, 0] = np.where(left_out[path, before], 0, factors[:, 0])
    sides = np.stack([rows[path, before], rows[path, before + 1]], axis=1)
    distances = np.diff(grading.places(around), axis=1)
    kept, sizes, changes = store.keep_between(leaves_of(new), sides, factors, distances, slots[path])
    np.testing.assert_array_equal(rows_of(store, kept), new)
    np.testing.assert_allclose(sizes, np.abs(new).sum(axis=1), rtol=1e-6)
    three = np.stack([contributions[path, before], new, contributions[path, before + 1]], axis=1)
    by_place = np.where(factors[..., None] == 0, 0, three * factors[..., None])
    np.testing.assert_allclose(changes, np.abs(np.diff(by_place, axis=1)).sum(axis=2), rtol=1e-5)

    # As if all nodes had been there.
    for row in range(2):
        here = path == row
        every = np.concatenate([alphas[row], middle[here]])
        order = np.argsort(every)
        all_rows = np.concatenate([rows[row], kept[here]])[order][None]
        out = np.concatenate([left_out[row], np.zeros(here.sum(), bool)])[order][None]
        zeros = np.zeros(all_rows.shape)
        whole = paths_of(
            every[order][None],
            np.array([len(every)]),
            zeros,
            zeros,
            rows=all_rows,
            left_out=out,
            start_gap=gaps[row, None],
        )
        store.integrate(np.array([3]), whole)
        found, fresh = integrals_of(store, slots[row, None]), integrals_of(store, np.array([3]))
        np.testing.assert_allclose(found, fresh, rtol=1e-4, atol=1e-5)


@kinds
def test_large_contributions_have_finite_errors(kind):
    store = kind(F, 20, 1)
    alphas = np.array([[0, 0.5, 1.0]])
    contributions = 1e30 * GENERATOR.normal(size=(3, F)).astype("float32")
    rows, _ = store.keep(leaves_of(contributions))
    paths = paths_of(alphas, np.array([3]), np.zeros((1, 3)), np.zeros((1, 3)), rows=rows[None])
    changes = store.integrate(np.array([0]), paths)
    paths = paths.replaced(changes=np.pad(changes, ((0, 0), (0, 1))))
    *_, error = store.exact(paths, np.full((1, 3), 1 / 3), np.diff(alphas))
    jumps = np.diff(contributions.astype("float64"), axis=0)
    expected = np.sqrt(((0.5 * jumps) ** 2).sum(axis=0)).sum() * np.sqrt(1 / (6 * np.pi))
    np.testing.assert_allclose(error, expected, rtol=1e-5)


@pytest.mark.parametrize("kind", [HostStore, LongHostStore])
def test_sizes_of_a_row_may_be_larger_than_float32_holds(kind):
    store = kind(9, 20, 1)
    contributions = np.full((3, 9), 2e38, np.float32) * np.array([[1], [0.5], [0.25]], np.float32)
    rows, sizes = store.keep([tf.constant(contributions[[0, 2]])])
    np.testing.assert_allclose(sizes, contributions[[0, 2]].astype("float64").sum(axis=1), rtol=1e-6)
    _, sizes, changes = store.keep_between(
        [tf.constant(contributions[1:2])], rows[None], None, np.full((1, 2), 0.5), np.array([0])
    )
    np.testing.assert_allclose(sizes, [9e38], rtol=1e-6)
    np.testing.assert_allclose(changes, [[9e38, 4.5e38]], rtol=1e-6)


def test_rows_stay_on_an_accelerator_and_on_a_processor_length_decides():
    on_accelerator = bool(tf.config.list_physical_devices("GPU"))
    assert type(store_for(stores.SHORT, 9, 1)) is (DeviceStore if on_accelerator else HostStore)
    assert type(store_for(stores.SHORT + 1, 9, 1)) is (DeviceStore if on_accelerator else LongHostStore)


@kinds
@pytest.mark.parametrize("rows", [64, 80, 200])
def test_refinement_stays_within_the_store_and_gives_the_same(monkeypatch, rows, kind):
    monkeypatch.setattr(adaptive, "store_for", kind)
    generator = np.random.default_rng(0)
    weights = generator.normal(size=(6, 40)).astype("float32")
    x = generator.normal(size=(30, 6)).astype("float32")

    def score(x):
        return tf.reduce_sum(tf.nn.relu(x @ weights - 0.5), axis=1)

    rule = kerasig.Adaptive(0.001, 0.01, 64)
    whole = kerasig.explain(score, x, steps=rule)
    least = []
    new = GradientStore._new

    def watched(store, count):
        found = new(store, count)
        least.append(store.free)
        return found

    monkeypatch.setattr(GradientStore, "_new", watched)
    monkeypatch.setattr(adaptive, "STORE_BYTES", rows * 4 * 6)
    monkeypatch.setattr(store_module, "AT_ONCE", 48 * 4 * 6)
    monkeypatch.setattr(row_layout, "WIDEST", 4)
    bounded = kerasig.explain(score, x, steps=rule)
    assert min(least) >= 0
    assert len(least) > 10
    np.testing.assert_array_equal(bounded.n_evaluations, whole.n_evaluations)
    np.testing.assert_allclose(bounded.values, whole.values, rtol=1e-4, atol=1e-6)


@kinds
def test_what_is_not_finite_on_one_path_stays_out_of_those_that_begin_later(monkeypatch, kind):
    generator = np.random.default_rng(0)
    weights = generator.normal(size=(6, 40)).astype("float32")
    x = np.abs(generator.normal(size=(30, 6))).astype("float32")
    # Not a number at any node but the baseline.
    lost = np.arange(30) % 5 != 1
    x[lost] = np.nan

    def score(x):
        return tf.reduce_sum(tf.nn.relu(x @ weights - 0.5), axis=1)

    monkeypatch.setattr(adaptive, "store_for", kind)
    rule = kerasig.Adaptive(0.001, 0.01, 64)
    alone = kerasig.explain(score, x[~lost], steps=rule)
    # Room for two paths and their first nodes: the others begin beside some that have many.
    for module in (store_module, adaptive):
        monkeypatch.setattr(module, "STORE_BYTES", 150 * 4 * 6)
    beside = kerasig.explain(score, x, steps=rule)
    assert not np.isfinite(beside.residual[lost]).any()
    np.testing.assert_array_equal(beside.n_evaluations[~lost], alone.n_evaluations)
    np.testing.assert_allclose(beside.values[~lost], alone.values, rtol=1e-4, atol=1e-6)

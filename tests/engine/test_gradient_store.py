"""Gradients under refinement stay within the rows that the store has."""

import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig._engine import adaptive
from kerasig._engine import store as store_module
from kerasig._engine.store import GradientStore

pytestmark = pytest.mark.slow


def test_slots_given_back_are_used_again_before_new_ones():
    store = GradientStore(3, 5)
    first = store.append([np.arange(12.0).reshape(4, 3)])
    assert store.free == 1
    store.release(np.array([first[1], -1, first[2]]))
    assert store.free == 3
    second = store.append([np.full((2, 1), 7.0), np.full((2, 2), 8.0)])
    assert set(second) == set(first[1:3])
    np.testing.assert_array_equal(store.rows(first), [[0, 1, 2], [7, 8, 8], [7, 8, 8], [9, 10, 11]])
    assert store.free == 1


@pytest.mark.parametrize("rows", [64, 80, 200])
def test_refinement_stays_within_the_store_and_gives_the_same(monkeypatch, rows):
    generator = np.random.default_rng(0)
    weights = generator.normal(size=(6, 40)).astype("float32")
    x = generator.normal(size=(30, 6)).astype("float32")

    def score(x):
        return tf.reduce_sum(tf.nn.relu(x @ weights - 0.5), axis=1)

    rule = kerasig.Adaptive(0.001, 0.01, 64)
    whole = kerasig.explain(score, x, steps=rule)
    least = []
    append = GradientStore.append

    def watched(store, leaves):
        slots = append(store, leaves)
        least.append(store.free)
        return slots

    monkeypatch.setattr(GradientStore, "append", watched)
    monkeypatch.setattr(adaptive, "STORE_BYTES", rows * 4 * 6)
    monkeypatch.setattr(store_module, "BLOCK_BYTES", 48 * 4 * 6)
    bounded = kerasig.explain(score, x, steps=rule)
    assert min(least) >= 0
    assert len(least) > 10
    np.testing.assert_array_equal(bounded.n_evaluations, whole.n_evaluations)
    np.testing.assert_allclose(bounded.values, whole.values, rtol=1e-4, atol=1e-6)


def test_rows_of_several_blocks_are_found_scaled_and_used_again(monkeypatch):
    monkeypatch.setattr(store_module, "BLOCK_BYTES", 2 * 4 * 3)  # Two rows.
    store = GradientStore(3, 7)
    values = np.arange(21.0, dtype=np.float32).reshape(7, 3)
    slots = np.concatenate([store.append([values[:3]]), store.append([values[3:, :1], values[3:, 1:]])])
    assert store.free == 0
    order = np.array([[6, 0, 3], [5, 5, 2]])
    np.testing.assert_array_equal(store.rows(slots[order]), values[order])
    np.testing.assert_array_equal(store.rows(slots[order], slice(1, 9)), values[order][..., 1:])
    store.scale(slots[[1, 4, 6]], np.array([2.0, 0.0, 1.0]))
    values[1] *= 2
    values[4] = 0
    np.testing.assert_array_equal(store.rows(slots), values)
    store.release(slots[[0, 5]])
    again = store.append([-values[:2]])
    np.testing.assert_array_equal(store.rows(again), -values[:2])
    np.testing.assert_array_equal(store.rows(slots[[1, 2, 6]]), values[[1, 2, 6]])

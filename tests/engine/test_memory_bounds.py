"""What explanations keep in memory, and kernels that would corrupt it."""

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig._engine import adaptive, store
from kerasig._engine.compilation import Compilation
from kerasig._engine.compiled import Compiled
from kerasig._engine.products import row_limits
from kerasig._engine.stores import DeviceStore, HostStore, LongHostStore

pytestmark = pytest.mark.slow

PICTURE = np.random.default_rng(0).uniform(size=(1, 192, 192, 3)).astype("float32")


def picture_score(x):
    return tf.reduce_mean(tf.tanh(3 * x) * x, axis=[1, 2, 3])


def peak(work):
    """The most that NumPy holds meanwhile, in bytes."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def run_alone(script):
    """The last line that a script of tests/ prints in a process of its own."""
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(root), str(root / "tb_plugin")])}
    done = subprocess.run(
        [sys.executable, str(root / "tests" / script)], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize("batch_size", [1, 4, None])
def test_a_fixed_rule_takes_the_same_memory_for_any_number_of_nodes(batch_size):
    explainers = {n: kerasig.Explainer(picture_score, steps=n, batch_size=batch_size) for n in (16, 128)}
    few, many = (peak(lambda each=each: each.explain(PICTURE)) for each in explainers.values())
    assert many < 1.05 * few + (1 << 20)


@pytest.mark.parametrize("kind", [HostStore, LongHostStore])
def test_a_path_that_takes_all_its_nodes_stays_near_the_bound_of_the_store(monkeypatch, kind):
    rough = tf.constant(np.random.default_rng(1).normal(size=(64,)).astype("float32"))

    def score(x):
        # Kinks everywhere, so that no tolerance is met.
        return tf.reduce_sum(
            tf.nn.relu(tf.reshape(x[:, ::3, ::3, :1], [tf.shape(x)[0], -1])[:, :64] * 50 % 1 * rough), 1
        )

    rule = kerasig.Adaptive(tolerance=1e-9, map_tolerance=1e-9, max_steps=96)
    found = []
    # As for a picture that is much larger: little for arithmetic beside the store.
    monkeypatch.setattr(store, "WORK_BYTES", 4 << 20)
    # TensorFlow's own memory is not seen here.
    monkeypatch.setattr(adaptive, "store_for", kind)
    held = peak(lambda: found.append(kerasig.explain(score, PICTURE, steps=rule, batch_size=4)))
    assert found[0].n_evaluations.max() == 96
    # What a path may need: its nodes' gradients, and beside them results, the point and what is copied at a time.
    bound = 96 * PICTURE.nbytes
    assert held < 1.25 * bound + (8 << 20)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the system does not tell the most memory")
@pytest.mark.skipif(bool(tf.config.list_physical_devices("GPU")), reason="gradients are in an accelerator's memory")
def test_so_it_does_where_tensorflow_keeps_the_gradients():
    bound, held = map(int, run_alone("path_memory.py").split())
    assert held < 1.25 * bound + (8 << 20)


@pytest.mark.parametrize("kind", [HostStore, LongHostStore, DeviceStore])
def test_values_do_not_depend_on_how_features_are_split_for_arithmetic(monkeypatch, kind):
    monkeypatch.setattr(adaptive, "store_for", kind)
    whole = kerasig.explain(picture_score, PICTURE)
    monkeypatch.setattr(store, "WORK_BYTES", 1 << 16)
    split = kerasig.explain(picture_score, PICTURE)
    np.testing.assert_array_equal(whole.n_evaluations, split.n_evaluations)
    np.testing.assert_allclose(whole.values, split.values, rtol=1e-5, atol=1e-9)


def test_more_steps_than_memory_would_hold_are_taken_as_they_come():
    rule = kerasig.Adaptive(max_steps=100_000)
    found = kerasig.explain(picture_score, PICTURE, steps=rule)
    assert found.converged.all()


def test_a_process_survives_kernels_that_corrupt_memory_at_certain_numbers_of_rows():
    assert run_alone("stacked_products.py") == "survived"


def swapped(x):
    """[12, B, 3, 4], the examples second."""
    return tf.transpose(x, [1, 0, 2, 3])


PRODUCTS = {
    # work on [B, 12, 3, 4]; least, most, whether a product is wrong at any number of rows
    "a matrix": (lambda x: swapped(x) @ tf.ones((4, 2)), 2, None, False),
    "a matrix, transposed": (lambda x: tf.matmul(swapped(x), tf.ones((2, 4)), transpose_b=True), 2, None, False),
    "a stack of one matrix": (lambda x: swapped(x) @ tf.ones((1, 1, 4, 2)), 2, None, False),
    "in one branch of two": (
        lambda x: tf.cond(tf.reduce_sum(x) > 0, lambda: swapped(x), lambda: swapped(x) @ tf.ones((4, 4))),
        2,
        None,
        False,
    ),
    "half precision": (lambda x: swapped(tf.cast(x, tf.bfloat16)) @ tf.ones((4, 2), tf.bfloat16), 2, None, False),
    "an axis of length 1": (lambda x: x[:, :1] @ tf.ones((4, 2)), 1, 1, False),
    "an axis of length 1 after a known one": (
        lambda x: tf.reduce_sum(swapped(x), 1, True) @ tf.ones((4, 2)),
        1,
        None,
        True,
    ),
    "both": (lambda x: (swapped(x) @ tf.ones((4, 2)))[0] + tf.reduce_sum(x[:, :1] @ tf.ones((4, 2))), 2, None, True),
    "examples first": (lambda x: x @ tf.ones((4, 2)), 1, None, False),
    "double precision": (lambda x: swapped(tf.cast(x, tf.float64)) @ tf.ones((4, 2), tf.float64), 1, None, False),
    "rank 3": (lambda x: swapped(x)[..., 0, :] @ tf.ones((4, 2)), 1, None, False),
    "rank 5": (lambda x: swapped(x)[:, :, None] @ tf.ones((4, 2)), 1, None, False),
    "a matrix times a stack": (lambda x: tf.ones((2, 3)) @ swapped(x), 1, None, False),
    "a matrix for each of twelve": (lambda x: swapped(x) @ tf.ones((12, 1, 4, 2)), 1, None, False),
    "attention": (lambda x: tf.matmul(x, x, transpose_b=True), 1, None, False),
    "attention of one head": (lambda x: tf.matmul(x[:, :1], x[:, :1], transpose_b=True), 1, None, False),
    "a tensor product": (lambda x: tf.tensordot(swapped(x), tf.ones((4, 2)), 1), 1, None, False),
    "an einsum": (lambda x: tf.einsum("btmk,kn->tbmn", x, tf.ones((4, 2))), 1, None, False),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_only_products_that_kernels_get_wrong_limit_the_number_of_rows(name):
    work, *expected = PRODUCTS[name]
    limits = row_limits(tf.function(work).get_concrete_function(tf.TensorSpec([None, 12, 3, 4])).graph)
    assert [limits.least, limits.most, bool(limits.unavoidable)] == expected


def test_a_product_that_no_number_of_rows_mends_is_named_beforehand(caplog):
    def score(x):
        with tf.name_scope("projection"):
            return tf.reduce_sum(tf.reduce_sum(swapped(x), 1, True) @ tf.ones((4, 2))) + tf.reduce_sum(x, [1, 2, 3])

    specification = {"leaves": [tf.TensorSpec([None, 12, 3, 4])]}
    Compiled(
        lambda rows, nodes, data: ({"scores": score(*data["leaves"])}, None), [{}, {}, specification], Compilation()
    )
    assert "projection" in caplog.text
    assert "TF_ENABLE_ONEDNN_OPTS=0" in caplog.text

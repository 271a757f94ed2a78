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
from kerasig.engine import store
from kerasig.engine.microbatch import least_rows

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


@pytest.mark.parametrize("batch_size", [1, 4, None])
def test_a_fixed_rule_takes_the_same_memory_for_any_number_of_nodes(batch_size):
    explainers = {n: kerasig.Explainer(picture_score, steps=n, batch_size=batch_size) for n in (16, 128)}
    few, many = (peak(lambda each=each: each.explain(PICTURE)) for each in explainers.values())
    assert many < 1.05 * few + (1 << 20)


def test_a_path_that_takes_all_its_nodes_stays_near_the_bound_of_the_store(monkeypatch):
    rough = tf.constant(np.random.default_rng(1).normal(size=(64,)).astype("float32"))

    def score(x):
        # Kinks everywhere, so that no tolerance is met.
        return tf.reduce_sum(
            tf.nn.relu(tf.reshape(x[:, ::3, ::3, :1], [tf.shape(x)[0], -1])[:, :64] * 50 % 1 * rough), 1
        )

    rule = kerasig.Adaptive(tolerance=1e-9, map_tolerance=1e-9, max_steps=96)
    found = []
    # Little for arithmetic beside the store, as for a picture that is much larger.
    monkeypatch.setattr(store, "WORK_BYTES", 4 << 20)
    held = peak(lambda: found.append(kerasig.explain(score, PICTURE, steps=rule, batch_size=4)))
    assert found[0].n_evaluations.max() == 96
    # What a path may need: its nodes' gradients, and beside them results, the point and what is copied at a time.
    bound = 96 * PICTURE.nbytes
    assert held < 1.25 * bound + (8 << 20)


def test_values_do_not_depend_on_how_features_are_split_for_arithmetic(monkeypatch):
    whole = kerasig.explain(picture_score, PICTURE)
    monkeypatch.setattr(store, "WORK_BYTES", 1 << 16)
    split = kerasig.explain(picture_score, PICTURE)
    np.testing.assert_array_equal(whole.n_evaluations, split.n_evaluations)
    np.testing.assert_allclose(whole.values, split.values, rtol=1e-5, atol=1e-9)


def test_more_steps_than_memory_would_hold_are_taken_as_they_come():
    rule = kerasig.Adaptive(max_steps=100_000)
    found = kerasig.explain(picture_score, PICTURE, steps=rule)
    assert found.converged.all()


def test_a_process_survives_kernels_that_corrupt_memory_where_a_call_has_one_row():
    root = Path(__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(root), str(root / "tb_plugin")])}
    done = subprocess.run(
        [sys.executable, str(root / "tests" / "stacked_products.py")], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "survived" in done.stdout


@pytest.mark.parametrize(
    ("work", "least"),
    [
        (lambda x: tf.matmul(tf.transpose(x, [1, 0, 2]), tf.ones((4, 2))), 2),
        (lambda x: tf.map_fn(lambda row: tf.matmul(row[None], tf.ones((4, 2))), x), 2),
        (lambda x: tf.matmul(x, x, transpose_b=True), 1),
        (lambda x: tf.tensordot(x, tf.ones((4, 2)), 1), 1),
    ],
)
def test_only_graphs_with_products_of_a_stack_and_a_matrix_take_no_lone_row(work, least):
    graph = tf.function(work).get_concrete_function(tf.TensorSpec([None, 3, 4])).graph
    assert least_rows(graph) == least

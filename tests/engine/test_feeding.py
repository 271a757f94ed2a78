"""Arguments reach a compiled function in TensorFlow's order and in the dtypes that it was traced for."""

import numpy as np
import pytest
import tensorflow as tf

from kerasig._engine.feeding import Feed, on_host

SIGNATURE = [
    {
        "examples": tf.TensorSpec([None], tf.int32),
        "alphas": tf.TensorSpec([None], tf.float32),
        "baseline_rows": [tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], tf.int64)],
    },
    {"steps": tf.TensorSpec([], tf.int32), "known": tf.TensorSpec([None], tf.bool)},
    {"inputs": [tf.TensorSpec([None, 2], tf.float32)], "held": [tf.TensorSpec([None], tf.string)], "none": []},
]
NUMBERS = np.array([3, 1, 2])
ROWS = {"baseline_rows": [NUMBERS, NUMBERS], "examples": NUMBERS, "alphas": np.array([0.1, 0.5, 1 / 3])}
NODES = {"known": np.array([True, False]), "steps": 7}
DATA = {"none": [], "inputs": [tf.ones([3, 2])], "held": [tf.constant(["a", "b", "c"])]}


def test_the_order_is_tensorflows_and_the_dtypes_are_the_signatures():
    flat = Feed(SIGNATURE).flat(ROWS, NODES, DATA)
    assert [tensor.dtype for tensor in flat] == [spec.dtype for spec in tf.nest.flatten(SIGNATURE)]
    expected = tf.nest.flatten((ROWS, NODES, DATA))
    for tensor, given in zip(flat, expected, strict=True):
        np.testing.assert_array_equal(tensor.numpy(), np.asarray(given).astype(tensor.dtype.as_numpy_dtype))


def test_an_array_that_is_there_twice_is_one_tensor_and_changing_it_later_changes_none():
    numbers = NUMBERS.copy()
    rows = ROWS | {"baseline_rows": [numbers, numbers], "examples": numbers}
    _, first, other_dtype, examples, *_ = Feed(SIGNATURE).flat(rows, NODES, DATA)
    assert first is examples
    assert first is not other_dtype
    numbers[:] = 0
    np.testing.assert_array_equal(first.numpy(), [3, 1, 2])


@pytest.mark.parametrize("name", ["rows", "nodes"])
def test_each_argument_by_itself_is_tensors_by_name(name):
    given, specs = {"rows": (ROWS, SIGNATURE[0]), "nodes": (NODES, SIGNATURE[1])}[name]
    found = getattr(Feed(SIGNATURE), name)(given)
    tf.nest.assert_same_structure(found, given)
    assert [leaf.dtype for leaf in tf.nest.flatten(found)] == [spec.dtype for spec in tf.nest.flatten(specs)]


def test_results_come_back_as_arrays():
    found = on_host([tf.constant([1.0, 2.0]), tf.constant([3])])
    assert [type(leaf) for leaf in found] == [np.ndarray, np.ndarray]
    np.testing.assert_array_equal(on_host(tf.constant([4])), [4])

"""`export`: batches, targets, baselines and rules of one file; what cannot be exported."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from exported import agree, floats, loaded, network, rewritten, round_trip

import kerasig
from kerasig import baselines, targets

L = keras.layers
slow = pytest.mark.slow
# Where nothing converges.
FEW = kerasig.Adaptive(max_steps=33)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture(autouse=True)
def _beginning():
    keras.utils.set_random_seed(3)
    with rewritten(graphs=False):
        yield


# Batches, targets, baselines.


@slow
def test_one_file_explains_batches_of_any_size(tmp_path, rng):
    model = network()
    kerasig.export(model, tmp_path)
    for count in (1, 3, 100):
        x = floats(rng, count, 4)
        attribution = kerasig.explain(model, x)
        with rewritten(graphs=True):
            found = agree(tmp_path, attribution, x)
        np.testing.assert_array_equal(found["class"], np.argmax(model(x), axis=1))
    served = loaded(str(tmp_path)).signatures["serve"](inputs=tf.constant(x))
    np.testing.assert_allclose(served["output_0"], model(x), rtol=0, atol=1e-6)
    with rewritten(graphs=True):
        empty = loaded(str(tmp_path)).signatures["explain"](inputs=tf.zeros([0, 4]))
    assert empty["values"].shape == (0, 4)


@slow
@pytest.mark.parametrize(
    ("target", "made"),
    [
        (1, lambda rows: 0.3),
        ((2,), lambda rows: rows[0]),
        (lambda outputs: outputs[:, 0] - outputs[:, 1] ** 2, lambda rows: rows[:1]),
        (None, baselines.Mean),
    ],
    ids=["class and scalar", "place and array", "function and row", "predicted and mean"],
)
def test_targets_and_baselines_that_are_the_same_for_every_example(tmp_path, rng, target, made):
    # Either rule asks for the predicted class in its own way; any other is one score to both.
    steps = None if target is None else 9
    round_trip(tmp_path, network(), floats(rng, 5, 4), target, baselines=made(floats(rng, 9, 4)), steps=steps)


@slow
def test_class_ids_come_with_the_examples_and_one_out_of_range_is_not_converged(tmp_path, rng):
    model, x = network(), floats(rng, 3, 4)
    round_trip(tmp_path, model, x, class_ids=[0, 2, 1])
    explain = loaded(str(tmp_path)).signatures["explain"]
    others = kerasig.explain(model, x, [0, 0, 2])
    for wrong in (3, -1, 2**31 - 1):
        found = explain(inputs=tf.constant(x), class_ids=tf.constant([0, wrong, 2]))
        assert found["converged"].numpy().tolist() == [True, False, True]
        assert found["class"].numpy().tolist() == [0, -1, 2]
        assert np.isnan(found["score"][1])
        assert np.isnan(found["values"][1]).all()
        assert np.isnan(found["map_error"]).tolist() == [False, True, False]
        np.testing.assert_allclose(found["values"].numpy()[::2], others.values[::2], rtol=0, atol=1e-6)


@slow
@pytest.mark.parametrize("target", [None, 1, "class_ids"])
def test_one_of_several_outputs(tmp_path, rng, target):
    inputs = keras.Input((4,))
    hidden = L.Dense(8, "relu")(inputs)
    model = keras.Model(inputs, {"a": L.Dense(3)(hidden), "b": L.Dense(1)(hidden)})
    x = floats(rng, 4, 4)
    # Either rule asks for the predicted class in its own way; any other is one score to both.
    steps = None if target is None else 9
    kerasig.export(model, tmp_path, target=targets.Output("a", target), steps=steps)
    ids = [0, 1, 2, 0] if target == "class_ids" else None
    attribution = kerasig.explain(model, x, targets.Output("a", target if ids is None else ids), steps=steps)
    agree(tmp_path, attribution, x, ids)
    served = loaded(str(tmp_path)).signatures["serve"].structured_outputs
    assert set(served) == {"a", "b"}


@slow
def test_an_output_alone_has_no_class_and_baselines_may_be_several(tmp_path, rng):
    start = baselines.Samples(floats(rng, 9, 4), 4, seed=2)
    assert (round_trip(tmp_path, network(1), floats(rng, 5, 4), baselines=start)["class"] == -1).all()


@slow
@pytest.mark.parametrize("rule", ["gauss_legendre", "riemann_left", "riemann_right", "riemann_middle", "trapezoid"])
def test_fixed_rules(tmp_path, rng, rule):
    start = baselines.Samples(floats(rng, 9, 4), 3)
    round_trip(tmp_path, network(), floats(rng, 70, 4), steps=kerasig.Fixed(7, rule), baselines=start)


@slow
def test_fixed_rules_keep_the_predicted_class_and_say_where_one_node_tells_no_error(tmp_path, rng):
    round_trip(tmp_path / "one", network(), floats(rng, 3, 4), 1, steps=1)
    found = round_trip(tmp_path / "classes", network(), floats(rng, 3, 4), class_ids=[0, 1, 2], steps=10)
    assert found["n_evaluations"].tolist() == [10] * 3
    explain = loaded(str(tmp_path / "classes")).signatures["explain"]
    found = explain(inputs=tf.ones([2, 4]), class_ids=tf.constant([9, 1]))
    assert found["converged"].numpy().tolist()[0] is False
    assert np.isnan(found["score"][0])
    round_trip(tmp_path / "alone", network(1), floats(rng, 3, 4), steps=10)


# What lacks a gradient.


@slow
@pytest.mark.filterwarnings("ignore:.*(No gradient|did not converge|not finite|NaN)")
def test_leaves_and_features_without_gradient(tmp_path, rng):
    x = {"a": floats(rng, 5, 3), "b": rng.integers(0, 5, (5, 1)).astype(np.float32)}
    weights = tf.Variable(floats(rng, 5))

    def model(inputs):
        looked_up = tf.gather(weights, tf.cast(inputs["b"][:, 0], tf.int32))
        return looked_up + tf.reduce_sum(inputs["a"] ** 3, axis=1)

    with pytest.warns(UserWarning, match="No gradient reaches b"):
        round_trip(tmp_path / "leaf", model, x, example=x, names=("values_a", "values_b"))
    pair = np.float32(3) * floats(rng, 5, 2)
    round_trip(tmp_path / "feature", lambda x: 2 * tf.round(x[:, 0]) + x[:, 1] ** 2, pair, example=pair, steps=FEW)
    positive = np.abs(pair) + 1
    found = round_trip(
        tmp_path / "infinite", lambda x: tf.math.log(x[:, 0]) + x[:, 1], positive, example=pair, steps=FEW
    )
    assert not found["converged"].any()


# Refusals.

ROWS = np.array([0.5, 1.0, 2.0, 3.0, 4.0], np.float32)
TABLE = {
    "of": tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [1.0, 2.0]), 0.0),
}


def in_python(x):
    return tf.ensure_shape(tf.py_function(lambda t: 2 * t, [x], tf.float32), x.shape)


class Wrapping(L.Layer):
    def __init__(self):
        super().__init__()
        self.inner = L.Dense(4, name="inner")
        self.inner.build((None, 4))

    def call(self, x):
        y = tf.py_function(self.inner, [x], tf.float32)
        y.set_shape(x.shape)
        return y

    def compute_output_shape(self, shape):
        return shape


@pytest.mark.parametrize(
    ("error", "match", "arguments"),
    [
        (ValueError, r"target must be the same .* Received \[0, 1\].*class_ids", {"target": [0, 1]}),
        (ValueError, "target must be the same .* Received Label", {"target": targets.Label([0, 1])}),
        (ValueError, "target must be the same .* Received Loss", {"target": targets.Loss([0], "mse")}),
        (ValueError, "target must be the same .* Received Output", {"target": targets.Output("a", [0, 1])}),
        (ValueError, "target must be the same", {"target": (np.array([0, 1]),)}),
        (ValueError, "target must be the same", {"target": targets.PerExample(lambda outputs, rows: rows, ROWS)}),
        (ValueError, 'target must be "class_ids" where', {"target": "label"}),
        (ValueError, 'target must be "class_ids" where', {"target": targets.Output("a", "label")}),
        (ValueError, "target must not be negative", {"target": -1}),
        (ValueError, "baselines must be the same .*Mean", {"baselines": lambda inputs: inputs.mean(axis=0)}),
        (ValueError, "baselines must be the same .*Noise", {"baselines": baselines.Noise(0.1)}),
        (ValueError, "baselines must be the same .*one row", {"baselines": np.ones((2, 4))}),
        (ValueError, r"baselines must broadcast .*\(5, 4\)", {"baselines": np.ones((5, 4))}),
        (TypeError, "baselines for inputs must be", {"baselines": "zero"}),
        (TypeError, "steps must be", {"steps": "many"}),
        (ValueError, "has no layer named 'other'", {"layer": "other"}),
        (ValueError, r"shape \(N, 4\).*Received shape \(2, 5\)", {"inputs": np.ones((2, 5))}),
        (TypeError, "path must be that of a folder. Received 3", {"path": 3}),
        (TypeError, "path must be that of a folder. Received None", {"path": None}),
        (ValueError, "path must be .* as text. Received b'x'", {"path": b"x"}),
        (ValueError, "path must be .* as text. Received ''", {"path": ""}),
        (ValueError, "path must be that of a folder to write. Received 'none://x': File system", {"path": "none://x"}),
        (ValueError, "which is a file", {"path": __file__}),
        (TypeError, "model must be a Keras model", {"model": 3}),
        (ValueError, r"shapes of the model's inputs must be known. Received a model.*inputs=", {"model": in_python}),
    ],
)
def test_arguments_that_cannot_be_exported(tmp_path, error, match, arguments):
    with pytest.raises(error, match=match):
        kerasig.export(**{"model": network(), "path": tmp_path / "saved"} | arguments)
    assert not (tmp_path / "saved").exists()


def test_shapes_that_are_not_known_are_asked_for(tmp_path):
    with pytest.raises(ValueError, match=r"must be known. Received \(N, \?, 4\). Pass inputs="):
        kerasig.export(keras.Sequential([keras.Input((None, 4)), L.LSTM(3)]), tmp_path)


@slow
@pytest.mark.parametrize(
    ("match", "arguments"),
    [
        ("Received 5 scalars whatever N is.*PerExample", {"target": lambda outputs: outputs[:, 0] * ROWS}),
        ("Received 2 scalars whatever N is", {"target": lambda outputs: tf.gather_nd(outputs, [[0, 1], [1, 0]])}),
        (r"Received shape \(\)", {"target": tf.reduce_sum}),
        ("target is out of range", {"target": 7}),
        ("picks a class, and the model has a single output", {"model": network(1), "target": "class_ids"}),
        ("EagerPyFunc", {"model": in_python, "inputs": np.ones((2, 4), np.float32), "target": 0, "steps": 5}),
        ("tf.py_function", {"model": keras.Sequential([keras.Input((4,)), Wrapping(), L.Dense(3)])}),
        ("one that TensorFlow can save.*untracked.*attributes", {
            "model": lambda inputs: TABLE["of"].lookup(inputs["s"]) + inputs["x"],
            "inputs": {"s": np.array(["a", "b"], object), "x": np.ones(2, np.float32)}, "steps": 5,
        }),
        ("both 'a_b' in a signature", {
            "model": lambda inputs: inputs["a b"] * inputs["a_b"],
            "inputs": {"a b": np.ones(2, np.float32), "a_b": np.ones(2, np.float32)},
        }),
        ("path must be that of a folder to write", {"path": Path(__file__) / "saved", "steps": 5}),
        ("computes in float16", {"model": network(dtype="mixed_float16"), "steps": 5}),
        ("score that depends on that example alone", {
            "model": lambda x: tf.reduce_sum((x - tf.reduce_mean(x, axis=0)) ** 2, axis=1),
            "inputs": np.eye(2, 4, dtype=np.float32),
        }),
    ],
)  # fmt: skip
def test_models_and_targets_that_cannot_be_exported(tmp_path, match, arguments):
    with pytest.raises(ValueError, match=match):
        kerasig.export(**{"model": network(), "path": tmp_path / "saved"} | arguments)


@slow
@pytest.mark.parametrize("target", [7, (7,), targets.Output(0, 7)])
@pytest.mark.parametrize("steps", [None, 5])
def test_a_target_out_of_range_is_refused_of_a_model_that_was_explained_before(target, steps, tmp_path):
    model = network()
    kerasig.explain(model, np.ones((2, 4), np.float32), 1, steps=steps)
    with pytest.raises(ValueError, match="target is out of range"):
        kerasig.export(model, tmp_path, target=target, steps=steps)


def test_a_layer_inside_a_py_function_is_named(tmp_path):
    model = keras.Sequential([keras.Input((4,)), Wrapping(), L.Dense(3)])
    with pytest.raises(ValueError, match=r"inner' was not called.*tf\.py_function"):
        kerasig.export(model, tmp_path, layer=model.layers[0].inner)

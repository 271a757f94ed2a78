"""`export`: what a SavedModel explains is what `explain` says, wherever it is loaded; and what cannot be exported."""

import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig
from kerasig import _nest as nest
from kerasig import baselines, targets

L = keras.layers
slow = pytest.mark.slow
# Where nothing converges.
FEW = kerasig.Adaptive(max_steps=33)
COLUMNS = ("score", "baseline_score", "residual", "map_error")


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture(autouse=True)
def _seed():
    keras.utils.set_random_seed(3)


def network(outputs=3, activation="relu", dtype=None, width=4):
    layers = [L.Dense(8, activation, dtype=dtype), L.Dense(outputs, dtype=dtype)]
    return keras.Sequential([keras.Input((width,), dtype="float64" if dtype == "float64" else None), *layers])


def floats(rng, *shape):
    return rng.normal(size=shape).astype(np.float32)


def fed(signature, inputs, class_ids=None):
    """The arguments of a signature: leaves in the order in which the model takes them, by the names that they have."""
    names = [re.sub(r"\W", "_", name) for name in nest.names(inputs, lone="inputs")]
    names = [name if name.isidentifier() and name != "class" else f"input_{name}" for name in names]
    specs = signature.structured_input_signature[1]
    arguments = {
        name: tf.constant(leaf, specs[name].dtype) for name, leaf in zip(names, nest.flatten(inputs), strict=True)
    }
    return arguments | ({} if class_ids is None else {"class_ids": tf.constant(class_ids, tf.int32)})


def agree(folder, attribution, inputs, class_ids=None, names=("values",)):
    """Compares what a saved model explains with an attribution; returns what it gave."""
    signature = tf.saved_model.load(str(folder)).signatures["explain"]
    found = {name: array.numpy() for name, array in signature(**fed(signature, inputs, class_ids)).items()}
    values = [leaf for leaf in nest.flatten(attribution.values) if leaf is not None]
    assert {name for name in found if name.startswith("values")} == set(names)
    for name, leaf in zip(names, values, strict=True):
        assert found[name].shape == leaf.shape
        np.testing.assert_allclose(found[name], leaf, rtol=0, atol=1e-6 * np.abs(leaf).max())
    for name in COLUMNS:
        ours, size = getattr(attribution, name), max(1.0, float(np.abs(attribution.score).max()))
        # Errors are small differences of scores, which are known to a rounding.
        np.testing.assert_allclose(found[name], ours, rtol=1e-4, atol=1e-6 * size, err_msg=name)
    np.testing.assert_array_equal(found["converged"], attribution.converged)
    np.testing.assert_array_equal(found["n_evaluations"], attribution.n_evaluations)
    return found


def round_trip(folder, model, inputs, target=None, *, class_ids=None, example=None, names=("values",), **options):
    """Exports and explains the same, and compares."""
    kerasig.export(model, folder, target=target if class_ids is None else "class_ids", inputs=example, **options)
    attribution = kerasig.explain(model, inputs, target if class_ids is None else class_ids, **options)
    return agree(folder, attribution, inputs, class_ids, names)


# Batches, targets, baselines.


@slow
def test_one_file_explains_batches_of_any_size(tmp_path, rng):
    model = network()
    kerasig.export(model, tmp_path)
    for count in (1, 3, 100):
        x = floats(rng, count, 4)
        found = agree(tmp_path, kerasig.explain(model, x), x)
        np.testing.assert_array_equal(found["class"], np.argmax(model(x), axis=1))
    served = tf.saved_model.load(str(tmp_path)).signatures["serve"](inputs=tf.constant(x))
    np.testing.assert_allclose(served["output_0"], model(x), rtol=0, atol=1e-6)
    empty = tf.saved_model.load(str(tmp_path)).signatures["explain"](inputs=tf.zeros([0, 4]))
    assert empty["values"].shape == (0, 4)


@slow
@pytest.mark.parametrize("target", [1, (2,), lambda outputs: outputs[:, 0] - outputs[:, 1] ** 2])
def test_targets_that_are_the_same_for_every_example(tmp_path, rng, target):
    round_trip(tmp_path, network(), floats(rng, 5, 4), target)


@slow
def test_class_ids_come_with_the_examples_and_one_out_of_range_is_not_converged(tmp_path, rng):
    model, x = network(), floats(rng, 3, 4)
    round_trip(tmp_path, model, x, class_ids=[0, 2, 1])
    explain = tf.saved_model.load(str(tmp_path)).signatures["explain"]
    others = kerasig.explain(model, x, [0, 0, 2])
    for wrong in (3, -1, 2**31 - 1):
        found = explain(inputs=tf.constant(x), class_ids=tf.constant([0, wrong, 2]))
        assert found["converged"].numpy().tolist() == [True, False, True]
        assert found["class"].numpy().tolist() == [0, -1, 2]
        assert np.isnan(found["score"][1])
        np.testing.assert_allclose(found["values"].numpy()[::2], others.values[::2], rtol=0, atol=1e-6)


@slow
@pytest.mark.parametrize("target", [None, 1, "class_ids"])
def test_one_of_several_outputs(tmp_path, rng, target):
    inputs = keras.Input((4,))
    hidden = L.Dense(8, "relu")(inputs)
    model = keras.Model(inputs, {"a": L.Dense(3)(hidden), "b": L.Dense(1)(hidden)})
    x = floats(rng, 4, 4)
    kerasig.export(model, tmp_path, target=targets.Output("a", target))
    ids = [0, 1, 2, 0] if target == "class_ids" else None
    attribution = kerasig.explain(model, x, targets.Output("a", target if ids is None else ids))
    agree(tmp_path, attribution, x, ids)
    served = tf.saved_model.load(str(tmp_path)).signatures["serve"].structured_outputs
    assert set(served) == {"a", "b"}


@slow
def test_an_output_alone_has_no_class(tmp_path, rng):
    assert (round_trip(tmp_path, network(1), floats(rng, 3, 4))["class"] == -1).all()


@slow
@pytest.mark.parametrize(
    "made",
    [
        lambda rows: 0.3,
        lambda rows: rows[0],
        lambda rows: rows[:1],
        baselines.Mean,
        lambda rows: baselines.Samples(rows, 4, seed=2),
    ],
    ids=["scalar", "array", "row", "mean", "samples"],
)
def test_baselines_that_are_the_same_for_every_example(tmp_path, rng, made):
    round_trip(tmp_path, network(), floats(rng, 5, 4), baselines=made(floats(rng, 9, 4)))


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
    explain = tf.saved_model.load(str(tmp_path / "classes")).signatures["explain"]
    found = explain(inputs=tf.ones([2, 4]), class_ids=tf.constant([9, 1]))
    assert found["converged"].numpy().tolist()[0] is False
    assert np.isnan(found["score"][0])
    round_trip(tmp_path / "alone", network(1), floats(rng, 3, 4), steps=10)


# Inputs.


@slow
@pytest.mark.parametrize("form", ["dict", "list", "nested"])
def test_several_inputs_of_which_some_are_held(tmp_path, rng, form):
    a, b, c = keras.Input((4,)), keras.Input((3,), dtype="int32"), keras.Input((5, 2))
    parts = [L.Dense(4, "tanh")(a), L.Flatten()(L.Embedding(10, 2, name="embedding")(b)), L.Flatten()(c)]
    outputs = L.Dense(2)(L.Dense(6, "relu")(L.Concatenate()(parts)))

    def packed(a, b, c):
        return {"dict": {"a": a, "class": b, "c d": c}, "list": [a, b, c], "nested": {"x": [a, b], "c": c}}[form]

    names = {
        "dict": ("values_a", "values_c_d"),
        "list": ("values_0", "values_2"),
        "nested": ("values_c", "values_x_0"),
    }[form]
    inputs = packed(floats(rng, 6, 4), rng.integers(0, 10, (6, 3), np.int32), floats(rng, 6, 5, 2))
    model = keras.Model(packed(a, b, c), outputs)
    round_trip(tmp_path / "inputs", model, inputs, names=names)
    if form == "list":
        start = [baselines.Samples(floats(rng, 9, 4), 3), None, 0.5]
        round_trip(tmp_path / "samples", model, inputs, baselines=start, names=names)
        names = ("values_0", "values_embedding", "values_2")
        round_trip(
            tmp_path / "layers", model, inputs, layer=[None, "embedding"], names=names[:1] + names[2:] + names[1:2]
        )


def words(library, vectorised):
    own = library.layers
    if not vectorised:
        inputs = library.Input((5,), dtype="string")
        ids = own.StringLookup(vocabulary=["a", "b"])(inputs)
        pooled = own.GlobalAveragePooling1D()(own.Embedding(4, 3, name="embedding")(ids))
        return library.Model(inputs, own.Dense(3, "softmax")(pooled))
    text = own.TextVectorization(output_sequence_length=6, vocabulary=["a", "b", "c", "d"])
    layers = [text, own.Embedding(6, 3, name="embedding", mask_zero=True), own.LSTM(4), own.Dense(2)]
    return library.Sequential([library.Input((), dtype="string"), *layers])


@slow
@pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])
def test_strings_go_in_and_masks_go_with_the_words(tmp_path, library):
    x = np.array(["a b c", "d d", "b", "a x d c b"], object)
    model = words(library, vectorised=True)
    round_trip(tmp_path / "classes", model, x, layer="embedding", class_ids=[0, 1, 1, 0])
    start = baselines.AtInputs(np.array([""], object))
    round_trip(tmp_path / "start", model, x, layer="embedding", baselines=start)
    rows = np.array([["a", "b", "a", "x", ""]] * 3, object)
    round_trip(tmp_path / "lookup", words(library, vectorised=False), rows, layer="embedding")


@slow
def test_lengths_are_those_of_the_example(tmp_path, rng):
    inputs = keras.Input((None,), dtype="int32")
    embedded = L.Embedding(10, 4, mask_zero=True, name="embedding")(inputs)
    model = keras.Model(inputs, L.Dense(2)(L.GlobalAveragePooling1D()(embedded)))
    ids = rng.integers(1, 10, (6, 7)).astype(np.int32)
    ids[:, 5:] = 0
    round_trip(tmp_path, model, ids, layer="embedding", example=ids[:1])


# Models.


@slow
def test_models_of_tf_keras(tmp_path, rng):
    own = tf_keras.layers
    layers = [own.Dense(8, "relu", name="first"), own.BatchNormalization(), own.Dropout(0.5), own.Dense(3)]
    model = tf_keras.Sequential([tf_keras.Input((4,)), *layers])
    round_trip(tmp_path / "inputs", model, floats(rng, 5, 4))
    round_trip(tmp_path / "layer", model, floats(rng, 5, 4), layer="first")


class Two(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.last = L.Dense(6, "relu"), L.Dense(3)

    def call(self, inputs):
        return self.last(self.first(inputs["u"]) + self.first(inputs["v"]))


class OfVariables(tf.Module):
    def __init__(self):
        self.weights = tf.Variable(np.random.default_rng(2).normal(size=(4, 3)).astype(np.float32))

    def __call__(self, x):
        return tf.tanh(x @ self.weights)

    def other(self, x):
        return tf.sin(x @ self.weights)


@slow
def test_models_that_declare_no_shapes_are_given_an_example(tmp_path, rng):
    x = floats(rng, 5, 4)
    pair = {"u": x, "v": x[::-1]}
    names = ("values_u", "values_v")
    round_trip(
        tmp_path / "subclassed", Two(), pair, example={name: leaf[:1] for name, leaf in pair.items()}, names=names
    )
    weights, module, inner = tf.Variable(floats(rng, 4, 3)), OfVariables(), network()
    table = words(keras, vectorised=False)
    for number, model in enumerate([lambda x: x @ weights, module, module.other, lambda x: inner(x)[:, 0]]):
        round_trip(tmp_path / str(number), model, x, example=x[:2])
    mixed = {"x": x, "s": np.array([["a", "b", "a", "x", ""]] * 5, object)}
    # The tables of a model that a function alone knows are found in the function.
    model = lambda inputs: tf.reduce_sum(table(inputs["s"]), 1) * inputs["x"][:, 0] ** 2  # noqa: E731
    round_trip(tmp_path / "table", model, mixed, example=mixed)


@slow
@pytest.mark.parametrize("steps", [None, 10])
def test_states_begin_anew_and_stay_as_they_are(tmp_path, rng, steps):
    inputs = keras.Input(batch_shape=(3, 5, 2))
    layer = L.LSTM(4, stateful=True)
    model, x = keras.Model(inputs, L.Dense(2)(layer(inputs))), floats(rng, 3, 5, 2)
    model(x)
    before = [np.array(state) for state in layer.states]
    round_trip(tmp_path, model, x, steps=steps)
    for state, kept in zip(layer.states, before, strict=True):
        np.testing.assert_array_equal(state, kept)
    loaded = tf.saved_model.load(str(tmp_path))
    serve, explain = (loaded.signatures[name] for name in ("serve", "explain"))
    feed = fed(explain, x)
    first, explained = serve(**feed)["output_0"], explain(**feed)["values"]
    # Serving goes on from what it left; explaining does not, and does nothing to it.
    again = tf.saved_model.load(str(tmp_path)).signatures["serve"]
    again(**feed)
    second = serve(**feed)["output_0"]
    assert np.abs(second - first).max() > 1e-3
    np.testing.assert_array_equal(again(**feed)["output_0"], second)
    np.testing.assert_array_equal(explain(**feed)["values"], explained)


class Noisy(L.Layer):
    def __init__(self):
        super().__init__()
        self.seeds = keras.random.SeedGenerator(3)

    def call(self, x):
        return x * (1 + 0.1 * keras.random.normal((4,), seed=self.seeds))


@slow
def test_layers_that_draw_when_they_train_draw_nothing_and_seeds_begin_anew(tmp_path, rng):
    layers = [L.Dense(8, "relu"), L.Dropout(0.5), L.GaussianNoise(0.1), L.BatchNormalization(), L.Dense(3)]
    round_trip(tmp_path / "training", keras.Sequential([keras.Input((4,)), *layers]), floats(rng, 5, 4))
    round_trip(tmp_path / "seeds", keras.Sequential([keras.Input((4,)), Noisy(), L.Dense(3)]), floats(rng, 5, 4))


@slow
@pytest.mark.filterwarnings("ignore:.*not reproducible|.*draws random")
def test_a_model_that_draws_each_time_is_warned_of_and_never_converged(tmp_path):
    def model(x):
        return tf.reduce_sum(x * tf.random.normal(tf.shape(x)), axis=1)

    with pytest.warns(UserWarning, match="draws random numbers"):
        kerasig.export(model, tmp_path, inputs=np.ones((2, 3), np.float32))
    found = tf.saved_model.load(str(tmp_path)).signatures["explain"](inputs=tf.ones([4, 3]))
    assert not found["converged"].numpy().any()


@slow
@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_precisions(tmp_path, rng, dtype):
    x = floats(rng, 5, 4).astype("float64" if dtype == "float64" else "float32")
    round_trip(tmp_path, network(dtype=dtype), x)


@slow
def test_a_path_that_is_graded_near_its_baseline(tmp_path, rng):
    layers = [L.LayerNormalization(epsilon=1e-6), L.Dense(8, "gelu"), L.Dense(3)]
    model = keras.Sequential([keras.Input((6,)), *layers])
    x = floats(rng, 5, 6)
    round_trip(tmp_path / "default", model, x)
    found = round_trip(tmp_path / "few", model, x, steps=kerasig.Adaptive(1e-6, 1e-6, max_steps=33))
    assert not found["converged"].any()


def block(x, channels, strides):
    y = L.ReLU(6)(L.BatchNormalization()(L.Conv2D(2 * x.shape[-1], 1, use_bias=False)(x)))
    y = L.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(y)
    y = L.ReLU(6)(L.BatchNormalization()(y))
    y = L.BatchNormalization()(L.Conv2D(channels, 1, use_bias=False)(y))
    return L.Add()([x, y]) if y.shape == x.shape else y


@slow
def test_inverted_residuals_of_images(tmp_path, rng):
    images = keras.Input((16, 16, 3))
    x = block(block(L.Conv2D(8, 3, 2, "same")(images), 8, 1), 12, 2)
    model = keras.Model(images, L.Dense(4)(L.GlobalAveragePooling2D()(x)))
    round_trip(tmp_path, model, floats(rng, 3, 16, 16, 3))


@slow
def test_a_position_of_a_transformer(tmp_path, rng):
    ids = keras.Input((9,), dtype="int32")
    x = L.Embedding(20, 8, name="embedding")(ids)
    x = L.LayerNormalization()(x + L.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True))
    x = L.LayerNormalization()(x + L.Dense(8)(L.Dense(16, "gelu")(x)))
    model = keras.Model(ids, L.Dense(7)(x))
    round_trip(tmp_path, model, rng.integers(0, 20, (4, 9)).astype(np.int32), (3, 2), layer="embedding")


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


# Elsewhere.

WITHOUT_KERASIG = """
import sys
sys.modules["kerasig"] = sys.modules["keras"] = sys.modules["tf_keras"] = None
import numpy as np
import tensorflow as tf
for folder in sys.argv[1:]:
    signature = tf.saved_model.load(folder).signatures["explain"]
    given = np.load(folder + ".npz")
    specs = signature.structured_input_signature[1]
    inputs = {name: given["in_" + name].tolist() for name in specs}
    found = signature(**{name: tf.constant(inputs[name], specs[name].dtype) for name in specs})
    # As servers in C++ run it.
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        described = tf.compat.v1.saved_model.load(session, ["serve"], folder).signature_def["explain"]
        feed = {described.inputs[name].name: inputs[name] for name in inputs}
        of_session = session.run({name: described.outputs[name].name for name in found}, feed)
    for name in found:
        for result in (found[name], of_session[name]):
            np.testing.assert_allclose(result, given["out_" + name], rtol=1e-5, atol=1e-6, err_msg=folder + name)
print("all of it")
"""


@slow
def test_it_runs_where_neither_kerasig_nor_keras_is(tmp_path, rng):
    text = np.array(["a b c", "d d"], object)
    stateful = keras.Input(batch_shape=(2, 5, 2))
    cases = {
        "classes": (network(), floats(rng, 3, 4), [0, 2, 1], {}),
        "text": (words(keras, vectorised=True), text, None, {"layer": "embedding"}),
        "fixed": (words(tf_keras, vectorised=True), text, [0, 1], {"layer": "embedding", "steps": 9}),
        "states": (
            keras.Model(stateful, L.Dense(2)(L.GRU(3, stateful=True)(stateful))),
            floats(rng, 2, 5, 2),
            None,
            {"baselines": baselines.Samples(floats(rng, 4, 5, 2), 2)},
        ),
    }
    for name, (model, x, ids, options) in cases.items():
        kerasig.export(model, tmp_path / name, target=None if ids is None else "class_ids", **options)
        attribution = kerasig.explain(model, x, ids, **options)
        explain = tf.saved_model.load(str(tmp_path / name)).signatures["explain"]
        given = {f"in_{key}": value.numpy() for key, value in fed(explain, x, ids).items()}
        given = {key: value.astype(str) if value.dtype == object else value for key, value in given.items()}
        columns = ("values", *COLUMNS, "converged", "n_evaluations")
        classes = {"out_class": attribution.target if attribution.predicted is None or ids else attribution.predicted}
        out = {f"out_{column}": getattr(attribution, column) for column in columns} | classes
        np.savez(tmp_path / f"{name}.npz", **given, **out)
    command = [sys.executable, "-c", WITHOUT_KERASIG, *(str(tmp_path / name) for name in cases)]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=300)
    assert (ended.returncode, ended.stdout) == (0, "all of it\n"), ended.stderr


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
        ("EagerPyFunc", {"model": in_python, "inputs": np.ones((2, 4), np.float32), "target": 0}),
        ("tf.py_function", {"model": keras.Sequential([keras.Input((4,)), Wrapping(), L.Dense(3)])}),
        ("one that TensorFlow can save.*untracked.*attributes", {
            "model": lambda inputs: TABLE["of"].lookup(inputs["s"]) + inputs["x"],
            "inputs": {"s": np.array(["a", "b"], object), "x": np.ones(2, np.float32)},
        }),
        ("both 'a_b' in a signature", {
            "model": lambda inputs: inputs["a b"] * inputs["a_b"],
            "inputs": {"a b": np.ones(2, np.float32), "a_b": np.ones(2, np.float32)},
        }),
        ("path must be that of a folder to write", {"path": Path(__file__) / "saved"}),
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


def test_a_layer_inside_a_py_function_is_named(tmp_path):
    model = keras.Sequential([keras.Input((4,)), Wrapping(), L.Dense(3)])
    with pytest.raises(ValueError, match=r"inner' was not called.*tf\.py_function"):
        kerasig.export(model, tmp_path, layer=model.layers[0].inner)

"""Every kind of model that a score can come from: callables, precisions, fixed batches, XLA."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig
from kerasig import Adaptive, Fixed

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(7, 5)).astype("float32")
WEIGHTS = np.random.default_rng(1).normal(size=(5, 3)).astype("float32")

both_libraries = pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])


def quadratic(x):
    return tf.reduce_sum(x**2, axis=1)


class WithMethods:
    def __init__(self):
        self.factor = tf.Variable(1.0)

    def score(self, x):
        return self.factor * quadratic(x)

    @tf.function
    def compiled(self, x):
        return self.factor * quadratic(x)

    def __call__(self, x):
        return self.score(x)

    def branching(self, x):
        # Both branches are the same function; which is taken depends on the data.
        if tf.reduce_sum(x) > 0:
            return quadratic(x)
        else:
            return tf.reduce_sum(x * x, axis=1)

    def looping(self, x):
        scores = tf.zeros([tf.shape(x)[0]])
        for column in tf.transpose(x):
            scores += column**2
        return scores


INSTANCE = WithMethods()

CALLABLES = {
    "function": quadratic,
    "lambda": lambda x: quadratic(x),
    "tf.function": tf.function(quadratic),
    "tf.function of one shape": tf.function(quadratic, input_signature=[tf.TensorSpec([None, 5], tf.float32)]),
    "bound method": INSTANCE.score,
    "compiled method": INSTANCE.compiled,
    "instance": INSTANCE,
    "partial": functools.partial(lambda scale, x: scale * quadratic(x), 1.0),
    "if on the data": INSTANCE.branching,
    "loop over a tensor": INSTANCE.looping,
    "Keras layer": keras.layers.Lambda(quadratic),
    "number of rows as a number": lambda x: quadratic(tf.reshape(x, (x.shape[0], -1))),
    "rows one by one": lambda x: tf.stack([tf.reduce_sum(x[i] ** 2) for i in range(x.shape[0])]),
    "number of rows in a sum": lambda x: quadratic(x) + tf.zeros(x.shape[0]),
}


@pytest.mark.parametrize(
    ("name", "steps"),
    [*((name, None) for name in CALLABLES), ("if on the data", 3), ("number of rows as a number", 3)],
)
def test_any_callable_is_explained(name, steps):
    result = kerasig.explain(CALLABLES[name], X, steps=steps, interior_alphas=[0.3])
    # The integral of 2 alpha x^2; both rules are exact for it.
    np.testing.assert_allclose(result.values, X**2, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(result.interior.gradients[:, 0], 0.6 * X, rtol=1e-5, atol=1e-6)


def test_a_callable_that_needs_a_known_number_of_rows_takes_the_batch_size_that_was_asked_for():
    seen = []

    def model(x):
        seen.append(x.shape[0])
        return quadratic(tf.reshape(x, (x.shape[0], -1)))

    result = kerasig.explain(model, X, batch_size=3, steps=2)
    np.testing.assert_allclose(result.values, X**2, rtol=1e-5, atol=1e-6)
    assert set(seen) == {None, 3}


OF_THREE_ROWS = {
    "one score": lambda x: quadratic(tf.reshape(x, (3, 5))),
    "classes": lambda x: tf.ones((3, 5)) * x**2,
    "one class each": lambda x: tf.reshape(quadratic(tf.reshape(x, (3, 5))), (3, 1)),
}


@pytest.mark.parametrize("steps", [None, 3], ids=["adaptive", "fixed"])
@pytest.mark.parametrize("name", OF_THREE_ROWS)
def test_a_function_of_three_rows_is_explained_for_any_number_of_examples(name, steps):
    for n in range(1, len(X) + 1):
        made = OF_THREE_ROWS[name]
        model = functools.partial(made)  # Another one, of which nothing is known yet.
        result = kerasig.explain(model, X[:n], steps=steps)
        expected = X[:n] ** 2
        if name == "classes":
            expected = expected * np.eye(5)[result.target]
        np.testing.assert_allclose(result.values, expected, rtol=1e-5, atol=1e-6)


def test_a_layer_of_a_model_of_three_rows_is_explained_for_any_number_of_examples():
    class OfThree(keras.Model):
        def __init__(self):
            super().__init__()
            self.scaled = keras.layers.Rescaling(1.0, name="scaled")

        def call(self, inputs):
            return keras.ops.sum(keras.ops.reshape(self.scaled(inputs), (3, 5)) ** 2, axis=1)

    for n in (1, 2, 3, 4):
        model = OfThree()
        model(X[:3])
        result = kerasig.explain(model, X[:n], layer="scaled", steps=3)
        np.testing.assert_allclose(result.values, X[:n] ** 2, rtol=1e-5, atol=1e-6)


def test_an_error_of_the_models_own_is_raised_as_it_was():
    class OwnError(RuntimeError):
        pass

    def model(x):
        raise OwnError("the model's own words")

    with pytest.raises(OwnError, match="own words"):
        kerasig.explain(model, X)
    with pytest.raises(ValueError, match=r"Matrix size-incompatible|Dimensions must be equal"):
        kerasig.explain(lambda x: tf.matmul(x, WEIGHTS.T)[:, 0], X)
    # And the failure leaves nothing behind.
    np.testing.assert_allclose(kerasig.explain(quadratic, X).values, X**2, rtol=1e-5, atol=1e-6)


def test_double_precision_callables_are_integrated_in_double_precision():
    weights = tf.constant(WEIGHTS, tf.float64)

    def model(x):
        assert x.dtype == tf.float64
        # Differences of 1e-9 beside 1: float32 would lose them.
        return 1.0 + 1e-9 * tf.reduce_sum(tf.tanh(x @ weights), axis=1)

    x = X.astype("float64")
    for steps in (Fixed(20), Adaptive(map_tolerance=1e-3)):
        result = kerasig.explain(model, x, steps=steps)
        expected = 1e-9 * np.tanh(x @ WEIGHTS.astype("float64")).sum(axis=1)
        np.testing.assert_allclose(result.values.sum(axis=1, dtype="float64"), expected, rtol=1e-3, atol=1e-13)
        assert result.values.dtype == np.float32


@pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])
def test_a_static_batch_is_padded_to_and_never_exceeded(library):
    inputs = library.Input(batch_shape=(4, 5))
    model = library.Model(inputs, library.layers.Dense(3, activation="tanh")(inputs))
    usual = library.Sequential([library.Input((5,)), library.layers.Dense(3, activation="tanh")])
    usual.set_weights(model.get_weights())
    for steps in (6, None):
        for count in (1, 4, 7):
            options = {"steps": steps, "interior_alphas": [0.1]}
            found = kerasig.explain(model, X[:count], 1, **options)
            expected = kerasig.explain(usual, X[:count], 1, **options)
            np.testing.assert_allclose(found.values, expected.values, rtol=1e-4, atol=1e-6)
            np.testing.assert_allclose(found.map_error, expected.map_error, rtol=1e-3, atol=1e-5)
            np.testing.assert_array_equal(found.n_evaluations, expected.n_evaluations)
            np.testing.assert_allclose(found.interior.gradients, expected.interior.gradients, rtol=1e-4, atol=1e-6)


def classifier(library, policy):
    layers = library.layers
    hidden = layers.Dense(16, activation="tanh", dtype=policy)
    model = library.Sequential([library.Input((5,)), hidden, layers.Dense(3, dtype=policy)])
    generator = np.random.default_rng(5)
    model.set_weights([generator.normal(size=weight.shape) for weight in model.get_weights()])
    return model


@both_libraries
@pytest.mark.parametrize(("policy", "epsilon"), [("mixed_float16", 2.0**-11), ("mixed_bfloat16", 2.0**-8)])
def test_mixed_precision_agrees_with_float32_within_the_formats_rounding(library, policy, epsilon):
    exact = kerasig.explain(classifier(library, "float32"), X, 1, steps=16)
    half = kerasig.explain(classifier(library, policy), X, 1, steps=16)
    assert half.values.dtype == np.float32
    # Each weight, activation and product is rounded to epsilon; 16 terms and two layers add up a few of those.
    size = np.abs(exact.values).sum(axis=1)
    assert np.all(np.abs(half.values - exact.values).sum(axis=1) <= 8 * epsilon * size)
    # The score itself is known to epsilon, so the completeness error can be no smaller.
    bound = 8 * epsilon * (size + np.abs(exact.score) + np.abs(exact.baseline_score))
    assert np.all(np.abs(half.delta) <= bound)


def test_the_path_is_drawn_in_float32_under_mixed_precision():
    model = classifier(keras, "mixed_bfloat16")
    result = kerasig.explain(model, 1 + 1e-3 * X, 0, baselines=1.0, steps=8)
    # In bfloat16 the inputs would be 1: no path at all.
    assert np.abs(result.inputs - result.baselines).min() > 0
    assert np.isfinite(result.values).all()


@both_libraries
def test_bfloat16_inputs_are_taken(library):
    model = library.Sequential([library.Input((5,)), library.layers.Dense(1)])
    x = tf.cast(X, tf.bfloat16)
    result = kerasig.explain(model, x, steps=2)
    rounded = tf.cast(x, tf.float32).numpy()
    np.testing.assert_allclose(result.values, rounded * np.asarray(model.get_weights()[0])[:, 0], rtol=1e-5)
    own = kerasig.explain(lambda x: tf.reduce_sum(x, axis=1), x.numpy(), steps=2)
    np.testing.assert_array_equal(own.values, rounded)


@pytest.mark.parametrize(
    ("library", "steps"),
    [(keras, Fixed(5, "riemann_left")), (tf_keras, 6), (keras, Adaptive(map_tolerance=0.02))],
    ids=["fixed", "tf_keras", "adaptive"],
)
def test_xla_gives_the_same_numbers(library, steps):
    model = classifier(library, "float32")
    options = {"steps": steps, "baselines": X[::-1], "interior_alphas": [0.2]}
    without = kerasig.explain(model, X, 1, jit_compile=False, **options)
    compiled = kerasig.explain(model, X, 1, jit_compile=True, **options)
    # Fused operations round differently.
    np.testing.assert_allclose(compiled.values, without.values, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(compiled.score, without.score, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(compiled.map_error, without.map_error, rtol=1e-2, atol=1e-5)
    np.testing.assert_allclose(compiled.interior.gradients, without.interior.gradients, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(compiled.n_evaluations, without.n_evaluations)


def test_xla_follows_the_model_unless_it_is_told():
    seen = []

    class Watched(keras.layers.Layer):
        def call(self, inputs):
            graph = tf.compat.v1.get_default_graph()
            while graph is not None:
                seen.append("_XlaMustCompile" in getattr(graph, "_attrs", {}))
                graph = getattr(graph, "outer_graph", None)
            return inputs

    model = keras.Sequential([keras.Input((5,)), Watched(), keras.layers.Dense(1)])
    for own, told, expected in [(True, None, True), (False, None, False), (True, False, False), (False, True, True)]:
        model.compile("sgd", "mse", jit_compile=own)
        explainer = kerasig.Explainer(model, steps=2, jit_compile=told)
        read = kerasig._explaining.inputs.read(X, explainer._traced.adapted)
        assert explainer._traced.compilation(read).jit_compile is expected


@both_libraries
def test_a_model_that_was_never_called_is_built_first(library):
    class Fresh(library.Model):
        def __init__(self):
            super().__init__()
            self.dense = library.layers.Dense(2, use_bias=False)

        def call(self, inputs):
            return self.dense(inputs)

    for model in (Fresh(), library.Sequential([library.layers.Dense(2, use_bias=False)])):
        result = kerasig.explain(model, X, 0, steps=2)
        np.testing.assert_allclose(result.values, X * np.asarray(model.get_weights()[0])[:, 0], rtol=1e-4, atol=1e-6)


def by_keys(library, structure=dict):
    inputs = {name: library.Input((2,), name=name) for name in ("age", "rent")}
    summed = library.layers.Dense(1)(library.layers.Concatenate()(list(inputs.values())))
    return library.Model(inputs if structure is dict else list(inputs.values()), summed)


@pytest.mark.parametrize("others", [["a key"], ["age of others", "a key"], ["b"]])
def test_keys_that_make_keras_take_the_wrong_arrays_are_refused(others, tmp_path):
    x = {name: X[:, :2] for name in ["age", "rent", *others]}
    asked = {
        "explain": lambda: kerasig.explain(by_keys(keras), x, steps=2),
        "explain_dataset": lambda: kerasig.explain_dataset(by_keys(keras), x, steps=2),
        "record": lambda: kerasig.IGCallback(kerasig.ProbeSet(x), tmp_path).record(by_keys(keras), 0),
    }
    for ask in asked.values():
        with pytest.raises(
            ValueError, match=rf"inputs must have the keys that the model takes. .*{others[-1]}.* besides"
        ):
            ask()


@pytest.mark.parametrize(
    ("library", "structure", "other"),
    [(keras, dict, "zone"), (keras, list, "a key"), (tf_keras, dict, "a key"), (tf_keras, list, "a key")],
)
@pytest.mark.filterwarnings("ignore")
def test_keys_that_are_left_out_of_the_model_change_nothing(library, structure, other):
    model = by_keys(library, structure)
    x = {"age": X[:, :2], "rent": X[:, 1:3]}
    alone, found = kerasig.explain(model, x, steps=2), kerasig.explain(model, {**x, other: X[:, :2]}, steps=2)
    for name in x:
        np.testing.assert_array_equal(found.values[name], alone.values[name])
    assert not found.values[other].any()


@pytest.mark.parametrize("dtype", ["float64", "float16", "uint8", "int64", "bool"])
def test_inputs_are_cast_to_what_the_model_declares(dtype):
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1, use_bias=False)])
    x = (10 * np.abs(X)).astype(dtype)
    result = kerasig.explain(model, x, steps=2)
    np.testing.assert_allclose(result.values, x.astype("float32") * model.get_weights()[0][:, 0], rtol=1e-4, atol=1e-6)


def test_memory_that_runs_out_halves_the_rows_and_goes_on(caplog):
    most = 5

    def model(x):
        def check(rows):
            if rows > most:
                raise MemoryError("more rows than fit")

        def square(x):
            return x**2

        # What an allocator says, at a number of rows of our choosing.
        with tf.control_dependencies([tf.py_function(check, [tf.shape(x)[0]], [])]):
            return tf.reduce_sum(square(x), axis=1)

    for steps in (3, None):
        result = kerasig.explain(model, X, steps=steps)
        np.testing.assert_allclose(result.values, X**2, rtol=1e-5, atol=1e-6)
    assert any("Out of memory" in record.message for record in caplog.records)


class OfFour(tf.Module):
    def __init__(self):
        self.weights = tf.Variable(tf.reshape(tf.range(10.0), (5, 2)))

    @tf.function
    def __call__(self, x, training=False):
        return tf.tanh(tf.matmul(x, self.weights))

    @tf.function(input_signature=[tf.TensorSpec([4, 5], tf.float32)])
    def serve(self, x):
        return {"scores": self(x)}


@pytest.mark.parametrize("n", [1, 4, 6])
def test_a_function_of_a_fixed_number_of_rows_is_explained_for_any_number(tmp_path, n):
    made = OfFour()
    tf.saved_model.save(made, str(tmp_path), signatures=made.serve)
    restored = tf.saved_model.load(str(tmp_path))
    signature, output = restored.signatures["serving_default"], kerasig.targets.Output("scores", 1)
    x = np.random.default_rng(0).normal(0, 0.1, (n, 5)).astype("float32")
    expected = kerasig.explain(lambda x: tf.tanh(tf.matmul(x, made.weights)), x, 1)
    for model, target in {
        "live": (made.serve, output),
        "restored": (restored, 1),
        "its function": (restored.serve, output),
        "its signature": (signature, output),
        "a function of that": (lambda x: signature(x=x)["scores"], 1),
        "a function of the restored": (lambda x: restored(x), 1),
        "plain code": (lambda x: tf.tanh(tf.matmul(tf.ensure_shape(x, (4, 5)), made.weights)), 1),
    }.values():
        for batch_size in (None, 2):
            found = kerasig.explain(model, x, target, batch_size=batch_size)
            np.testing.assert_allclose(found.score, expected.score, rtol=1e-5)
            np.testing.assert_allclose(found.values, expected.values, atol=1e-3)
            assert found.converged.all()


def test_a_function_that_returns_as_many_rows_whatever_it_is_given_is_none_of_a_fixed_number():
    x = np.ones((6, 5), "float32")
    for rows in (1, 5):
        with pytest.raises(ValueError, match="model must return one row per example"):
            kerasig.explain(lambda x, rows=rows: tf.reduce_mean(x) * tf.ones((rows,)), x)

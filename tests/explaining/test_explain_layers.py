"""`layer=` attributes to a layer's output in any model; nested inputs keep their structure."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig
from kerasig import Fixed
from kerasig.baselines import AtInputs, Samples

pytestmark = pytest.mark.slow

N, T, E = 3, 6, 4
IDS = np.array([[1, 2, 3, 0, 0, 0], [4, 5, 6, 7, 8, 9], [9, 1, 0, 0, 0, 0]], "int32")
X = np.random.default_rng(0).normal(size=(N, 5)).astype("float32")

both_libraries = pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])


@pytest.fixture(scope="module", params=[keras, tf_keras], ids=["keras", "tf_keras"])
def masked(request):
    """Embedding with mask_zero, LSTM, a class."""
    library = request.param
    keras.utils.set_random_seed(0)
    tf_keras.utils.set_random_seed(0)
    ids = library.Input((T,), dtype="int32")
    embedded = library.layers.Embedding(10, E, mask_zero=True, name="embedding")(ids)
    return library.Model(ids, library.layers.Dense(2)(library.layers.LSTM(5, name="lstm")(embedded)))


def integrated_by_hand(head, values, baselines, n=4):
    """Gauss-Legendre on `head`, from the formula with a gradient tape."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    total = 0
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        point = tf.constant(baselines + np.float32(node) * (values - baselines))
        with tf.GradientTape() as tape:
            tape.watch(point)
            score = tf.reduce_sum(head(point))
        total = total + weight * tape.gradient(score, point).numpy()
    return (values - baselines) * total


def test_embedded_ids_are_attributed_and_padding_receives_exactly_zero(masked):
    result = kerasig.explain(masked, IDS, 1, layer="embedding", steps=Fixed(4))
    assert result.values.shape == (N, T, E)
    assert not result.values[IDS == 0].any()
    assert np.abs(result.values[IDS != 0]).min() > 0
    embedding, lstm, dense = masked.layers[1], masked.layers[-2], masked.layers[-1]
    values, mask = np.asarray(embedding(IDS)), tf.constant(IDS != 0)
    by_hand = integrated_by_hand(lambda value: dense(lstm(value, mask=mask))[:, 1], values, 0 * values)
    np.testing.assert_allclose(result.values, by_hand, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(result.score, np.asarray(masked(IDS))[:, 1], rtol=1e-5)
    assert result.layer == "embedding"
    np.testing.assert_array_equal(result.inputs, IDS)
    np.testing.assert_array_equal(result.baselines, 0 * values)


def test_baselines_live_in_the_layers_space(masked):
    layer = masked.get_layer("embedding")
    padding = np.zeros((1, T), "int32")
    rows = np.asarray(layer(np.array([[1] * T, [2] * T])))
    options = {"layer": layer, "steps": Fixed(12)}
    at_inputs = kerasig.explain(masked, IDS, 0, baselines=AtInputs(padding), **options)
    as_array = kerasig.explain(masked, IDS, 0, baselines=np.asarray(layer(padding))[0], **options)
    np.testing.assert_allclose(at_inputs.values, as_array.values, rtol=1e-5, atol=1e-7)
    one_each = kerasig.explain(masked, IDS, 0, baselines=AtInputs(IDS[::-1]), **options)
    np.testing.assert_allclose(one_each.baselines, np.asarray(layer(IDS[::-1])), rtol=1e-6)
    sampled = kerasig.explain(masked, IDS, 0, baselines=Samples(rows), **options)
    alone = [kerasig.explain(masked, IDS, 0, baselines=row, **options).values for row in rows]
    np.testing.assert_allclose(sampled.values, np.mean(alone, axis=0), rtol=1e-4, atol=1e-6)
    scaled = kerasig.explain(masked, IDS, 0, baselines=lambda values: values / 2, **options)
    np.testing.assert_allclose(scaled.baselines, np.asarray(layer(IDS)) / 2, rtol=1e-6)
    with pytest.raises(ValueError, match=r"broadcast to inputs\. Received baselines\.shape=\(7,\)"):
        kerasig.explain(masked, IDS, 0, baselines=np.zeros(7), layer=layer)
    with pytest.raises(ValueError, match=r"baselines\.AtInputs"):
        kerasig.explain(masked, IDS, 0, baselines=AtInputs(None), layer=layer)


@both_libraries
def test_strings_reach_the_embedding_through_text_vectorization(library):
    words = np.array(["the cat sat", "a dog", "the the mouse"], object)
    vectorize = library.layers.TextVectorization(output_sequence_length=4)
    vectorize.adapt(words)
    text = library.Input((), dtype="string")
    embedded = library.layers.Embedding(20, E, name="embedding")(vectorize(text))
    model = library.Model(text, library.layers.Dense(1)(library.layers.Flatten()(embedded)))
    result = kerasig.explain(model, words, layer="embedding")
    assert result.values.shape == (3, 4, E)
    np.testing.assert_allclose(
        result.values.sum(axis=(1, 2)), result.score - result.baseline_score, rtol=1e-4, atol=1e-6
    )
    assert result.inputs.tolist() == words.tolist()
    # XLA cannot take strings, so it is not asked to.
    forced = kerasig.explain(model, words.astype("U"), layer="embedding", jit_compile=True)
    np.testing.assert_array_equal(forced.values, result.values)
    with pytest.raises(ValueError, match=r"nothing to attribute to.*layer='embedding'"):
        kerasig.explain(model, words)


@both_libraries
def test_one_call_of_a_shared_layer(library):
    left, right = library.Input((5,)), library.Input((5,))
    shared = library.layers.Dense(4, activation="tanh", name="shared")
    joined = library.layers.Concatenate()([shared(left), shared(right)])
    model = library.Model([left, right], library.layers.Dense(1, name="head")(joined))
    for index, leaf in enumerate((X, -2 * X)):
        result = kerasig.explain(model, [X, -2 * X], layer=("shared", index))
        # The head is linear, so the values are its weights times the layer's output.
        weights = np.asarray(model.get_layer("head").kernel)[4 * index : 4 * index + 4, 0]
        np.testing.assert_allclose(result.values, np.asarray(shared(leaf)) * weights, rtol=1e-4, atol=1e-6)
        assert result.layer == f"shared[{index}]"
    with pytest.raises(ValueError, match=r"called 2 times.*\(layer, call_index\)"):
        kerasig.explain(model, [X, X], layer="shared")


@both_libraries
def test_embeddings_and_float_inputs_together(library):
    inputs = {"ids": library.Input((T,), dtype="int32", name="ids"), "x": library.Input((5,), name="x")}
    embedded = library.layers.Embedding(10, E, name="embedding")(inputs["ids"])
    joined = library.layers.Concatenate()([library.layers.Flatten()(embedded), inputs["x"]])
    model = library.Model(inputs, library.layers.Dense(1, name="head")(joined))
    data = {"ids": IDS, "x": X}
    result = kerasig.explain(model, data, layer=["embedding", None], baselines=[None, {"ids": None, "x": 1.0}])
    weights = np.asarray(model.get_layer("head").kernel)[:, 0]
    of_embedding, of_inputs = result.values
    by_hand = np.asarray(model.get_layer("embedding")(IDS)) * weights[: T * E].reshape(T, E)
    np.testing.assert_allclose(of_embedding, by_hand, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(of_inputs["x"], (X - 1) * weights[T * E :], rtol=1e-4, atol=1e-6)
    assert of_inputs["ids"] is None
    assert result.layer == ["embedding", None]
    alone = kerasig.explain(model, data, layer=["embedding"])
    assert isinstance(alone.values, list)
    np.testing.assert_allclose(alone.values[0], by_hand, rtol=1e-4, atol=1e-6)
    # Without a layer the ids stay at their actual values.
    np.testing.assert_allclose(kerasig.explain(model, data).values["x"], X * weights[T * E :], rtol=1e-4, atol=1e-6)


def test_a_layer_of_a_subclassed_model_and_of_a_nested_one():
    class Inner(keras.Model):
        def __init__(self):
            super().__init__(name="inner")
            self.deep = keras.layers.Dense(3, activation="tanh", name="deep")

        def call(self, inputs):
            return keras.ops.sum(self.deep(inputs) ** 2, axis=1)

    class Outer(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = Inner()

        def call(self, inputs):
            return self.inner(2.0 * inputs)

    model = Outer()
    model(X)
    for layer in ("deep", "inner/deep", model.inner.deep):
        result = kerasig.explain(model, X, layer=layer)
        # A sum of squares: the integral of 2 alpha v^2.
        np.testing.assert_allclose(result.values, np.asarray(model.inner.deep(2 * X)) ** 2, rtol=1e-4, atol=1e-6)


def test_a_layer_that_returns_integers_is_refused():
    ids = keras.Input((4,))
    model = keras.Sequential([ids, keras.layers.Discretization([0.0], name="bins"), keras.layers.Embedding(3, 2)])
    with pytest.raises(ValueError, match=r"no floating output.*'bins'"):
        kerasig.explain(model, X[:, :4], (0, 0), layer="bins")


def test_ids_without_a_layer_are_refused_with_the_embeddings_name(masked):
    with pytest.raises(ValueError, match=r"no floating leaf.*int32.*pass layer='embedding'"):
        kerasig.explain(masked, IDS)


@both_libraries
def test_ids_through_a_float_input_have_no_gradient_and_the_embedding_is_named(library):
    ids = library.Input((T,))
    embedded = library.layers.Embedding(10, E, name="words")(ids)
    model = library.Model(ids, library.layers.Dense(1)(library.layers.Flatten()(embedded)))
    for steps in (3, None):
        with pytest.raises(ValueError, match=r"no gradient to any of inputs.*pass layer='words'"):
            kerasig.explain(model, IDS, steps=steps)


# Nested inputs.


def sum_of_squares(leaf):
    return tf.reduce_sum(tf.cast(leaf, tf.float32) ** 2, axis=list(range(1, leaf.shape.rank)))


@pytest.mark.parametrize(
    "inputs",
    [
        {"b": X, "a": X[:, 0]},
        [X, X[:, :2]],
        (X, [X[:, :1], {"z": X, "y": 2 * X}]),
        {"x": X, "ids": IDS, "flags": IDS > 2},
        {"one": {"two": (X,)}},
    ],
    ids=["dict", "list", "nested", "with ids and flags", "deep"],
)
def test_values_are_a_nest_like_the_inputs_with_none_where_held(inputs):
    def model(nested):
        tf.nest.assert_same_structure(nested, inputs)
        return tf.add_n([sum_of_squares(leaf) for leaf in tf.nest.flatten(nested)])

    result = kerasig.explain(model, inputs, interior_alphas=[0.5])
    tf.nest.assert_same_structure(result.values, inputs)
    assert type(result.values) is type(inputs)
    if isinstance(inputs, dict):
        assert list(result.values) == list(inputs)
    flat = zip(*map(tf.nest.flatten, (inputs, result.values, result.interior.gradients, result.baselines)), strict=True)
    for leaf, values, gradients, baselines in flat:
        if leaf.dtype.kind == "f":
            np.testing.assert_allclose(values, leaf**2, rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(gradients[:, 0], leaf, rtol=1e-5, atol=1e-6)
            np.testing.assert_array_equal(baselines, 0 * leaf)
        else:
            assert values is gradients is baselines is None


@both_libraries
def test_a_dict_model_takes_keys_in_any_order(library):
    inputs = {name: library.Input((5,), name=name) for name in ("b", "a")}
    model = library.Model(inputs, library.layers.Dense(1)(library.layers.Subtract()([inputs["a"], inputs["b"]])))
    first = kerasig.explain(model, {"a": X, "b": 2 * X}, steps=2)
    second = kerasig.explain(model, {"b": 2 * X, "a": X}, steps=2)
    np.testing.assert_array_equal(first.values["a"], second.values["a"])
    np.testing.assert_allclose(first.values["b"], -2 * first.values["a"], rtol=1e-5, atol=1e-7)

"""kerasig.logits: the model before its softmax or sigmoid, which shares every weight."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig

X = np.random.default_rng(0).random((3, 6, 6, 1)).astype("float32")


def fused(library):
    layers = library.layers
    return library.Sequential([layers.Flatten(), layers.Dense(5, "relu"), layers.Dense(4, activation="softmax")])


def apart(library):
    layers = library.layers
    return library.Sequential([layers.Conv2D(4, 6), layers.Flatten(), layers.Softmax()])


def activation_layer(library):
    layers = library.layers
    return library.Sequential([layers.Flatten(), layers.Dense(4), layers.Activation("softmax")])


def inside(library):
    layers = library.layers
    head = library.Sequential([layers.Dense(3, "relu"), layers.Dense(4, activation="softmax")])
    return library.Sequential([layers.Flatten(), head])


def functional(library):
    layers = library.layers
    given = library.Input((6, 6, 1))
    return library.Model(given, layers.Dense(4, activation="softmax")(layers.Flatten()(given)))


def shared(library):
    """A layer that is called twice; the second call makes the output."""
    layers = library.layers
    head, given = layers.Dense(4, activation="softmax"), library.Input((6, 6, 1))
    first = head(layers.Dense(4)(layers.Flatten()(given)))
    return library.Model(given, head(first))


def sure(library):
    layers = library.layers
    return library.Sequential([layers.Flatten(), layers.Dense(1, activation="sigmoid")])


def of_logits(values):
    return tf.math.softmax(values).numpy() if values.shape[-1] > 1 else tf.math.sigmoid(values).numpy()


@pytest.mark.parametrize("library", [keras, tf_keras], ids=lambda library: library.__name__)
@pytest.mark.parametrize("make", [fused, apart, activation_layer, inside, functional, shared, sure])
def test_the_probabilities_are_those_of_the_logits_before_and_after_the_weights_change(make, library):
    library.utils.set_random_seed(0)
    model = make(library)
    model(X)
    before = kerasig.logits(model)
    assert isinstance(before, library.Model)
    assert [id(weight) for weight in before.weights] == [id(weight) for weight in model.weights]
    for _ in range(2):
        np.testing.assert_allclose(of_logits(np.asarray(before(X))), np.asarray(model(X)), rtol=1e-5)
        assert not np.allclose(np.asarray(before(X)), np.asarray(model(X)))
        model.set_weights([3 * weight for weight in model.get_weights()])


@pytest.mark.parametrize("library", [keras, tf_keras], ids=lambda library: library.__name__)
def test_of_several_outputs_those_without_a_softmax_stay_and_names_do(library):
    given = {"picture": library.Input((6, 6, 1), name="picture")}
    flat = library.layers.Flatten()(given["picture"])
    said = {"class": library.layers.Dense(4, activation="softmax")(flat), "size": library.layers.Dense(1)(flat)}
    model = library.Model(given, said)
    before = kerasig.logits(model)({"picture": X})
    probabilities = model({"picture": X})
    assert before.keys() == {"class", "size"}
    np.testing.assert_allclose(of_logits(np.asarray(before["class"])), np.asarray(probabilities["class"]), rtol=1e-5)
    np.testing.assert_array_equal(np.asarray(before["size"]), np.asarray(probabilities["size"]))


def test_a_saturated_probability_rounds_and_its_logit_converges_as_the_warning_says():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.set_weights([np.array([[8.0], [8.0]]), np.zeros(1)])
    x = np.ones((1, 2), "float32")
    with pytest.warns(UserWarning, match=r"kerasig\.explain\(kerasig\.logits\(model\), \.\.\.\)"):
        saturated = kerasig.explain(model, x, baselines=0.95)
    assert saturated.status[0] == "rounding"
    logit = kerasig.explain(kerasig.logits(model), x, baselines=0.95)
    assert logit.converged.all()
    np.testing.assert_allclose(logit.values, [[0.4, 0.4]], rtol=1e-5)


def test_a_callback_follows_the_logits_of_what_is_trained(tmp_path):
    keras.utils.set_random_seed(0)
    model = fused(keras)
    model(X)
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy")
    y = np.arange(3)
    callback = kerasig.IGCallback(kerasig.ProbeSet(X, y), tmp_path, model=kerasig.logits, interior_alphas=None)
    model.fit(X, y, verbose=0, callbacks=[callback])
    expected = np.asarray(kerasig.logits(model)(X))[np.arange(3), y]
    np.testing.assert_allclose(callback.history[-1]["probes"]["score"], expected, rtol=1e-5)
    assert not np.allclose(callback.history[0]["probes"]["score"], expected)


def gate(library):
    """A layer whose sigmoid is inside, and one like it whose softmax comes last."""

    class Gate(library.layers.Layer):
        def __init__(self, last):
            super().__init__()
            self.last, self.activation = last, library.activations.softmax if last else library.activations.sigmoid
            self.value, self.gate = library.layers.Dense(4), library.layers.Dense(4)

        def call(self, x):
            return self.activation(self.value(x)) if self.last else self.value(x) * self.activation(self.gate(x))

    return Gate


@pytest.mark.parametrize("library", [keras, tf_keras], ids=lambda library: library.__name__)
def test_an_activation_inside_a_layer_is_not_the_last(library):
    layers, steps = library.layers, library.Input((3, 5))
    for recurrent in (layers.LSTM(4, "sigmoid"), layers.GRU(4, "softmax"), layers.SimpleRNN(4, "sigmoid")):
        with pytest.raises(ValueError, match="must end in softmax or sigmoid"):
            kerasig.logits(library.Sequential([steps, recurrent]))
    with pytest.raises(ValueError, match="must end in softmax or sigmoid"):
        kerasig.logits(library.Sequential([library.Input((3,)), gate(library)(False)]))
    model, x = library.Sequential([library.Input((3,)), gate(library)(True)]), np.eye(3, dtype="float32")
    np.testing.assert_allclose(tf.nn.softmax(kerasig.logits(model)(x)), model(x), rtol=1e-5)


class Convolved(keras.layers.Conv2D):
    """Takes no small picture, and has states of its own."""

    def __init__(self):
        super().__init__(2, 7, activation="softmax")
        self.dropout = keras.layers.Dropout(0.5, seed=1)

    def build(self, shape):
        super().build(shape)
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, x):
        self.calls.assign_add(1.0)
        return self.dropout(super().call(x))


def test_a_layer_of_ones_own_is_called_to_tell_and_left_as_it_was():
    layer = Convolved()
    model = keras.Sequential([keras.Input((None, None, 3)), layer])
    before = [np.array(weight) for weight in layer.non_trainable_variables]
    logits, x = kerasig.logits(model), np.random.default_rng(0).normal(size=(1, 8, 8, 3)).astype("float32")
    for weight, value in zip(layer.non_trainable_variables, before, strict=True):
        np.testing.assert_array_equal(weight, value)
    np.testing.assert_allclose(tf.nn.softmax(logits(x)), model(x), rtol=1e-5)


class Own(keras.Model):
    def call(self, inputs):
        return inputs


@pytest.mark.parametrize(
    ("model", "error", "words"),
    [
        (Own(), TypeError, "functional or Sequential"),
        (lambda x: x, TypeError, "Pass a function that returns the logits"),
        (keras.Sequential([keras.layers.Dense(2, "softmax")]), ValueError, "must be built"),
        (keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), ValueError, "may be logits already"),
    ],
)
def test_what_has_no_logits_to_be_found_is_refused(model, error, words):
    with pytest.raises(error, match=words):
        kerasig.logits(model)

"""Recording and replacing what layers return, against the same layers called by hand."""

import copy
import gc
import threading
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from kerasig._models import adapt
from kerasig._models.layers import resolve_layers, sublayers

pytestmark = pytest.mark.slow

both_libraries = pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])

IDS = np.array([[1, 2, 3, 0, 0, 0], [4, 5, 6, 7, 8, 9]], "int32")


def capture(model, layer, inputs):
    """What the layer returned inside a traced call."""
    adapted, selection = adapt(model), resolve_layers(model, layer)

    @tf.function(autograph=False)
    def run(inputs):
        with selection.capture() as record:
            adapted(inputs)
        return record.outputs

    return run(tf.nest.map_structure(tf.constant, inputs))


def score_and_gradients(model, layer, inputs, values):
    """The summed output with `values` in the layer's place, and a list of its gradients with respect to them."""
    adapted, selection = adapt(model), resolve_layers(model, layer)

    @tf.function(autograph=False)
    def run(inputs, values):
        watched = [value for value in tf.nest.flatten(values) if value is not None]
        with tf.GradientTape() as tape:
            tape.watch(watched)
            with selection.substitute(values):
                outputs = adapted(inputs)
            score = tf.reduce_sum(tf.cast(outputs, tf.float32))
        return score, tape.gradient(score, watched)

    return run(*tf.nest.map_structure(lambda leaf: None if leaf is None else tf.constant(leaf), (inputs, values)))


def eager_score_and_gradient(head, value):
    """The same by calling the layers after the chosen one by hand."""
    value = tf.constant(value)
    with tf.GradientTape() as tape:
        tape.watch(value)
        score = tf.reduce_sum(tf.cast(head(value), tf.float32))
    return score, tape.gradient(score, value)


def assert_same(actual, expected, tolerance=1e-5):
    for one, other in zip(tf.nest.flatten(actual), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * 0.1)


def noise(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def state(model):
    """Every attribute of the model and its layers, by identity."""
    return [(id(layer), dict(vars(layer))) for layer in [model, *sublayers(model).values()]]


def sequence_model(library, after, **embedding):
    ids = library.Input((6,), dtype="int32")
    hidden = library.layers.Embedding(10, 4, name="embedding", **embedding)(ids)
    for layer in after:
        hidden = layer(hidden)
    return library.Model(ids, hidden)


@both_libraries
@pytest.mark.parametrize("recurrent", ["LSTM", "GRU"])
def test_masked_positions_receive_zero_and_the_others_the_layers_gradient(library, recurrent):
    rnn, dense = getattr(library.layers, recurrent)(5), library.layers.Dense(2)
    model = sequence_model(library, [rnn, dense], mask_zero=True)
    value = noise(2, 6, 4)
    score, [gradient] = score_and_gradients(model, "embedding", IDS, [value])
    expected = eager_score_and_gradient(lambda v: dense(rnn(v, mask=tf.constant(IDS != 0))), value)
    assert_same((score, gradient), expected)
    assert not np.any(np.asarray(gradient)[IDS == 0])
    assert np.all(np.asarray(gradient)[IDS != 0])


@both_libraries
def test_convolution_bidirectional_and_attention_see_the_value(library):
    layers = library.layers
    convolution, bidirectional = layers.Conv1D(4, 2), layers.Bidirectional(layers.SimpleRNN(3, return_sequences=True))
    attention, pool = layers.MultiHeadAttention(2, 3), layers.GlobalAveragePooling1D()
    ids = library.Input((6,), dtype="int32")
    hidden = bidirectional(convolution(layers.Embedding(10, 4, name="embedding")(ids)))
    model = library.Model(ids, pool(attention(hidden, hidden)))

    def head(value):
        hidden = bidirectional(convolution(value))
        return pool(attention(hidden, hidden))

    value = noise(2, 6, 4)
    score, [gradient] = score_and_gradients(model, "embedding", IDS, [value])
    assert_same((score, gradient), eager_score_and_gradient(head, value))
    value = noise(2, 5, 6)
    score, [gradient] = score_and_gradients(model, bidirectional, IDS, [value])
    assert_same((score, gradient), eager_score_and_gradient(lambda v: pool(attention(v, v)), value))


@both_libraries
def test_attention_takes_the_embeddings_mask(library):
    layers = library.layers
    attention = layers.MultiHeadAttention(2, 3)
    ids = library.Input((6,), dtype="int32")
    hidden = layers.Embedding(10, 4, mask_zero=True, name="embedding")(ids)
    model = library.Model(ids, attention(hidden, hidden)[:, 0])
    _, [gradient] = score_and_gradients(model, "embedding", IDS, [noise(2, 6, 4)])
    assert not np.any(np.asarray(gradient)[IDS == 0])


@both_libraries
def test_capture_records_the_layers_output_and_changes_nothing(library):
    embedding_output = library.layers.Embedding(10, 4)
    model = library.Sequential([embedding_output, library.layers.SimpleRNN(3)])
    expected = model(IDS)
    [output] = capture(model, embedding_output, IDS)
    assert_same(output, embedding_output(IDS))
    assert_same(model(IDS), expected)


@both_libraries
def test_sequential_model_that_meets_a_new_shape_inside_the_block(library):
    model = library.Sequential([library.layers.Embedding(10, 4, name="embedding"), library.layers.SimpleRNN(3)])
    model(IDS[:1])  # tf_keras rebuilds the graph of layers at the next shape, and calls every layer for that.
    value = noise(2, 4, 4)
    score, [gradient] = score_and_gradients(model, "embedding", IDS[:, :4], [value])
    assert_same((score, gradient), eager_score_and_gradient(model.layers[1], value))


@both_libraries
def test_strings_through_text_vectorization(library):
    vectorization = library.layers.TextVectorization(output_sequence_length=4, vocabulary=["a", "b", "c"])
    embedding, pool = library.layers.Embedding(6, 3, mask_zero=True), library.layers.GlobalAveragePooling1D()
    model = library.Sequential([library.Input((1,), dtype="string"), vectorization, embedding, pool])
    texts = np.array([["a b"], ["c a b"]], object)
    [tokens, output] = capture(model, [vectorization, embedding], texts)
    assert_same(tokens, vectorization(texts))
    score, [gradient] = score_and_gradients(model, embedding, texts, [output.numpy()])
    assert_same(score, tf.reduce_sum(model(tf.constant(texts))))
    assert not np.any(np.asarray(gradient)[tokens == 0])
    assert np.all(np.asarray(gradient)[tokens != 0])


@both_libraries
def test_layer_inside_a_nested_model(library):
    layers = library.layers
    inner_input = library.Input((3,))
    hidden = layers.Dense(4, activation="tanh", name="hidden")(inner_input)
    last = layers.Dense(2, name="last")
    encoder = library.Model(inner_input, last(hidden), name="encoder")
    outer_input, final = library.Input((3,)), layers.Dense(1)
    model = library.Model(outer_input, final(encoder(outer_input)))
    value = noise(2, 4)
    score, [gradient] = score_and_gradients(model, "hidden", noise(2, 3), [value])
    assert_same((score, gradient), eager_score_and_gradient(lambda v: final(last(v)), value))
    value = noise(2, 2)
    score, [gradient] = score_and_gradients(model, "encoder", noise(2, 3), [value])
    assert_same((score, gradient), eager_score_and_gradient(final, value))


@both_libraries
def test_mask_set_inside_a_nested_model_stays_attached(library):
    layers = library.layers
    inner_ids = library.Input((6,), dtype="int32")
    embedded = layers.Embedding(10, 4, mask_zero=True)(inner_ids)
    encoder = library.Model(inner_ids, layers.Activation("tanh")(embedded), name="encoder")
    ids, pool = library.Input((6,), dtype="int32"), layers.GlobalAveragePooling1D()
    model = library.Model(ids, pool(encoder(ids)))
    value = noise(2, 6, 4)
    score, [gradient] = score_and_gradients(model, "encoder", IDS, [value])
    expected = eager_score_and_gradient(lambda v: pool(v, mask=tf.constant(IDS != 0)), value)
    assert_same((score, gradient), expected)


def subclassed(library):
    class Subclassed(library.Model):
        def __init__(self):
            super().__init__()
            self.hidden = library.layers.Dense(4, activation="tanh", name="hidden")
            self.blocks = [library.layers.Dense(4, name=f"block_{i}") for i in range(2)]
            self.unused = library.layers.Dense(4, name="unused")

        def call(self, inputs):  # no `training` argument
            hidden = self.hidden(inputs["x"])
            for block in self.blocks:
                hidden = hidden + block(hidden)
            return hidden * inputs["scale"]

        def build(self, input_shape):
            self.hidden.build((None, 3))
            for block in self.blocks:
                block.build((None, 4))
            self.built = True

    model = Subclassed()
    model({"x": tf.zeros((1, 3)), "scale": tf.zeros((1, 1))})
    return model


@both_libraries
def test_subclassed_model_without_training_argument(library):
    model = subclassed(library)
    inputs = {"x": noise(2, 3), "scale": noise(2, 1)}
    value = noise(2, 4)

    def head(hidden):
        for block in model.blocks:
            hidden = hidden + block(hidden)
        return hidden * inputs["scale"]

    score, [gradient] = score_and_gradients(model, "hidden", inputs, [value])
    assert_same((score, gradient), eager_score_and_gradient(head, value))


@both_libraries
def test_none_stands_for_the_inputs_beside_a_layer(library):
    model = subclassed(library)
    selection = resolve_layers(model, [None, "hidden"])
    assert selection.is_list
    assert selection.names == [None, "hidden"]
    inputs = {"x": noise(2, 3), "scale": noise(2, 1)}
    first, hidden = capture(model, [None, "hidden"], inputs)
    assert first is None
    assert_same(hidden, model.hidden(inputs["x"]))


def shared_model(library):
    shared = library.layers.Dense(3, activation="tanh", name="shared")
    left, right = library.Input((2,), name="left"), library.Input((2,), name="right")
    return library.Model(
        [left, right], library.layers.Dense(1)(library.layers.Multiply()([shared(left), shared(right)]))
    )


@both_libraries
def test_shared_layer_needs_a_call_index(library):
    model = shared_model(library)
    inputs = [noise(2, 2), noise(2, 2) + 1]
    with pytest.raises(ValueError, match=r"'shared' is called 2 times.*\(layer, call_index\).*from 0 to 1"):
        capture(model, "shared", inputs)
    shared = model.get_layer("shared")
    assert_same(capture(model, [("shared", 1), ("shared", 0)], inputs), [shared(inputs[1]), shared(inputs[0])])
    with pytest.raises(ValueError, match="call_index 2 does not exist"):
        capture(model, ("shared", 2), inputs)
    value = noise(2, 3)
    score, [gradient] = score_and_gradients(model, ("shared", 1), inputs, [value])

    def head(value):
        return model.layers[-1](shared(inputs[0]) * value)

    assert_same((score, gradient), eager_score_and_gradient(head, value))


@both_libraries
def test_layer_that_returns_several_tensors(library):
    steps = library.Input((2, 4))
    rnn = library.layers.LSTM(3, return_state=True, return_sequences=True)
    sequence, hidden, cell = rnn(steps)
    model = library.Model(steps, library.layers.Concatenate()([sequence[:, 0], hidden, 2 * cell]))
    x, selection = noise(2, 2, 4), resolve_layers(model, rnn)
    with selection.capture() as record:
        model(x)
    [outputs] = record.outputs
    assert_same(list(outputs), list(rnn(x)))
    # None keeps that tensor.
    values = [noise(2, 2, 3), None, noise(2, 3)]
    score, [by_sequence, by_cell] = score_and_gradients(model, rnn, x, [values])
    assert_same(score, values[0][:, 0].sum() + np.sum(outputs[1]) + 2 * values[2].sum())
    assert_same(by_sequence, np.repeat([[[1], [0]]], 2, axis=0) * np.ones(3))
    assert_same(by_cell, np.full((2, 3), 2.0))
    with pytest.raises(ValueError, match=r"returns 3 tensors.*2 values"), selection.substitute([values[:2]]):
        model(x)


@both_libraries
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_casts_the_value_and_returns_a_float32_gradient(library, policy):
    layers = library.layers
    embedding = layers.Embedding(10, 4, mask_zero=True, dtype=policy)
    pool, last = layers.GlobalAveragePooling1D(dtype=policy), layers.Dense(1, dtype="float32")
    model = library.Sequential([library.Input((6,), dtype="int32"), embedding, pool, last])
    [output] = capture(model, embedding, IDS)
    assert output.dtype.name == policy.removeprefix("mixed_")
    score, [gradient] = score_and_gradients(model, embedding, IDS, [output.numpy().astype("float32")])
    assert gradient.dtype == tf.float32
    assert not np.any(np.asarray(gradient)[IDS == 0])
    assert_same(score, tf.reduce_sum(model(IDS)), tolerance=1e-2)


@both_libraries
def test_layer_inside_time_distributed_is_refused_or_indexed(library):
    inner = library.layers.Dense(2, name="inner")
    inputs = library.Input((3, 4))
    model = library.Model(inputs, library.layers.TimeDistributed(inner)(inputs))
    x = noise(2, 3, 4)
    if library is keras:  # One call per time step.
        with pytest.raises(ValueError, match="is called 3 times"):
            capture(model, "inner", x)
        assert_same(capture(model, ("inner", 1), x), [inner(x[:, 1])])
    else:  # One call with the time steps folded into the batch.
        assert_same(capture(model, "inner", x), [inner(x.reshape(6, 4))])


def test_layer_run_in_a_loop_is_refused():
    inner = keras.layers.Dense(2, name="inner")
    inputs = keras.Input((None, 4))
    model = keras.Model(inputs, keras.layers.TimeDistributed(inner)(inputs))
    selection = resolve_layers(model, "inner")

    @tf.function(input_signature=[tf.TensorSpec((None, None, 4))])
    def run(x):
        with selection.capture():
            return model(x)

    with pytest.raises(ValueError, match="inside another graph"):
        run(noise(2, 3, 4))


@both_libraries
def test_cell_of_a_recurrent_layer_is_refused(library):
    model = library.Sequential([library.Input((5, 4)), library.layers.RNN(library.layers.GRUCell(3, name="cell"))])
    with pytest.raises(ValueError, match="inside another graph"):
        capture(model, "cell", noise(2, 5, 4))


def decorated(library):
    class Decorated(library.layers.Layer):
        def __init__(self):
            super().__init__(name="decorated")
            self.inner = library.layers.Dense(4, name="inner")

        @tf.function
        def call(self, inputs):
            return self.inner(inputs)

    return library.Sequential([library.Input((3,)), Decorated(), library.layers.Dense(1)])


@both_libraries
def test_layer_behind_a_tf_function_is_refused_in_a_first_and_in_a_later_trace(library):
    model = decorated(library)
    for _ in range(2):  # At a later call the function replays its trace, and the layer is not called at all.
        with pytest.raises(ValueError, match=r"/inner' was .*@tf\.function"):
            capture(model, "inner", noise(3, 3))
        with pytest.raises(ValueError, match=r"/inner' was .*@tf\.function"):
            score_and_gradients(model, "inner", noise(3, 3), [noise(3, 4)])
    # The decorated layer itself is called where it can be seen.
    value = noise(2, 4)
    score, [gradient] = score_and_gradients(model, "decorated", noise(2, 3), [value])
    assert_same((score, gradient), eager_score_and_gradient(model.layers[-1], value))
    assert_same(capture(model, "decorated", noise(2, 3)), [model.layers[0](noise(2, 3))])


@both_libraries
def test_layer_in_a_condition_is_refused(library):
    class Conditional(library.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = library.layers.Dense(3, name="inner")
            self.inner.build((None, 3))

        def call(self, inputs):
            return tf.cond(tf.reduce_sum(inputs) > 0, lambda: self.inner(inputs), lambda: inputs)

    model = library.Sequential([library.Input((3,)), Conditional()])
    with pytest.raises(ValueError, match="inside another graph"):
        capture(model, "inner", noise(2, 3))


@both_libraries
def test_layer_that_the_model_never_calls_is_refused(library):
    model = subclassed(library)
    inputs = {"x": noise(2, 3), "scale": noise(2, 1)}
    with pytest.raises(ValueError, match="'unused' was not called"):
        score_and_gradients(model, model.unused, inputs, [noise(2, 4)])


def test_condition_on_a_tensor_in_a_tf_keras_layer_keeps_working():
    class Conditional(tf_keras.layers.Layer):
        def call(self, inputs):
            if tf.reduce_sum(inputs) > 0:
                return inputs * 2.0
            return inputs * 3.0

    layer = Conditional()
    model = tf_keras.Sequential([tf_keras.Input((3,)), layer, tf_keras.layers.Dense(1)])
    adapted, selection = adapt(model), resolve_layers(model, layer)
    for autograph in (False, True):

        @tf.function(autograph=autograph)
        def run(x):
            with selection.capture() as record:
                adapted(x)
            return record.outputs[0]

        assert_same(run(tf.ones((2, 3))), np.full((2, 3), 2.0))
        assert_same(run(-tf.ones((2, 3))), np.full((2, 3), -3.0))


def test_quantized_layer_is_replaced():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="hidden"), keras.layers.Dense(1)])
    model.quantize("int8")
    x, value = noise(2, 4), noise(2, 4)
    [hidden] = capture(model, "hidden", x)
    assert_same(hidden, model.layers[0](x))
    before = state(model)
    score, _ = score_and_gradients(model, "hidden", x, [value])
    assert_same(score, tf.reduce_sum(model.layers[1](value)))
    assert state(model) == before


@both_libraries
def test_callable_that_holds_its_layers(library):
    hidden, last = library.layers.Dense(4), library.layers.Dense(1)
    last(hidden(noise(1, 3)))

    def function(inputs):
        return last(tf.nn.tanh(hidden(inputs)))

    value = noise(2, 4)
    score, [gradient] = score_and_gradients(function, hidden, noise(2, 3), [value])
    assert_same((score, gradient), eager_score_and_gradient(lambda v: last(tf.nn.tanh(v)), value))


@both_libraries
def test_no_attribute_is_left_after_use_or_after_an_error(library):
    model = sequence_model(library, [library.layers.GlobalAveragePooling1D(name="pool")], mask_zero=True)
    capture(model, "embedding", IDS)  # tf_keras stores the first call's specification on each layer.
    before = state(model)
    capture(model, ["embedding", "pool"], IDS)
    score_and_gradients(model, "embedding", IDS, [noise(2, 6, 4)])
    assert state(model) == before
    selection = resolve_layers(model, ["embedding", "pool"])
    with pytest.raises(RuntimeError, match="in the block"), selection.capture():
        raise RuntimeError("in the block")
    assert state(model) == before
    with pytest.raises(ValueError, match=r"(?i)shape"):
        score_and_gradients(model, "embedding", IDS, [noise(2, 6, 3)])
    assert state(model) == before
    expected = model(IDS)
    assert_same(model(IDS), expected)


@both_libraries
def test_call_that_the_instance_had_is_put_back(library):
    layer = library.layers.Dense(2)
    model = library.Sequential([library.Input((3,)), layer])
    own = lambda inputs, training=None: inputs[:, :2]  # noqa: E731
    object.__setattr__(layer, "call", own)
    assert_same(capture(model, layer, noise(2, 3)), [noise(2, 3)[:, :2]])
    assert vars(layer)["call"] is own


@both_libraries
def test_saving_and_cloning_are_unaffected(library, tmp_path):
    model = sequence_model(library, [library.layers.Flatten(), library.layers.Dense(1)])
    score_and_gradients(model, "embedding", IDS, [noise(2, 6, 4)])
    expected = model(IDS)
    model.save(tmp_path / "model.keras")
    assert_same(library.models.load_model(tmp_path / "model.keras")(IDS), expected)
    clone = library.models.clone_model(model)
    clone.set_weights(model.get_weights())
    assert_same(clone(IDS), expected)
    assert_same(copy.deepcopy(model)(IDS), expected)
    tf.saved_model.save(model, str(tmp_path / "saved"))
    assert_same(
        tf.saved_model.load(str(tmp_path / "saved")).signatures["serving_default"](tf.constant(IDS)), [expected]
    )


@both_libraries
def test_a_trace_keeps_no_model_alive(library):
    model = sequence_model(library, [library.layers.GlobalAveragePooling1D()], mask_zero=True)
    adapted, selection, watcher = adapt(model), resolve_layers(model, "embedding"), weakref.ref(model)

    @tf.function(autograph=False)
    def run(ids, value):
        with selection.substitute([value]):
            return adapted(ids)

    run(tf.constant(IDS), tf.constant(noise(2, 6, 4)))
    del model
    gc.collect()
    assert watcher() is None


@both_libraries
def test_calls_from_other_threads_are_left_alone(library):
    model = library.Sequential([library.Input((3,)), library.layers.Dense(2, name="hidden")])
    x = noise(2, 3)
    expected = model(x)
    seen = []
    selection = resolve_layers(model, "hidden")
    with selection.substitute([np.zeros((2, 2), "float32")]) as record:
        thread = threading.Thread(target=lambda: seen.append(model(x)))
        thread.start()
        thread.join()
        replaced = model(x)
    assert_same(seen, [expected])
    assert not np.any(replaced)
    assert_same(record.outputs, [expected])


def test_blocks_of_two_threads_may_end_in_any_order():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="hidden")])
    x = noise(2, 3)
    model(x)
    before = state(model)
    entered, leave = threading.Event(), threading.Event()
    results = {}

    def other():
        with resolve_layers(model, "hidden").substitute([np.full((2, 2), 2.0, "float32")]):
            entered.set()
            leave.wait(10)
            results["other"] = model(x)

    thread = threading.Thread(target=other)
    with resolve_layers(model, "hidden").substitute([np.full((2, 2), 1.0, "float32")]):
        thread.start()
        assert entered.wait(10)
        results["main"] = model(x)
    leave.set()
    thread.join()
    assert_same(results, {"main": np.full((2, 2), 1.0), "other": np.full((2, 2), 2.0)})
    assert state(model) == before


@both_libraries
def test_replica_threads_of_a_strategy_each_see_their_own_block(library):
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        model = library.Sequential(
            [library.Input((3,)), library.layers.Dense(2, name="hidden"), library.layers.Dense(1)]
        )
    adapted, selection = adapt(model), resolve_layers(model, "hidden")
    assert adapted.strategy() is strategy
    value = tf.constant(noise(2, 2))

    def replica(x):
        with selection.substitute([value]):
            return adapted(x)

    run = tf.function(lambda x: strategy.run(replica, args=(x,)), autograph=False)
    assert_same(run(tf.constant(noise(2, 3))), model.layers[1](value))


@both_libraries
def test_xla_compiles_a_function_with_a_replaced_layer(library):
    model = sequence_model(library, [library.layers.GlobalAveragePooling1D(), library.layers.Dense(1)], mask_zero=True)
    adapted, selection = adapt(model), resolve_layers(model, "embedding")

    def run(ids, value):
        with tf.GradientTape() as tape:
            tape.watch(value)
            with selection.substitute([value]):
                score = adapted(ids)
        return score, tape.gradient(score, value)

    arguments = tf.constant(IDS), tf.constant(noise(2, 6, 4))
    assert_same(tf.function(run, jit_compile=True)(*arguments), tf.function(run)(*arguments))

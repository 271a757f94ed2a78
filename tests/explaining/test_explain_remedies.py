"""Where an input or a layer cannot be attributed to, the message names a layer that can, and it works."""

import ast
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig
from kerasig import Fixed

pytestmark = pytest.mark.slow

N, T, V, D = 3, 6, 10, 4
IDS = np.array([[1, 2, 3, 4, 5, 6], [4, 5, 6, 7, 8, 9], [9, 1, 2, 2, 3, 1]], "int32")
PIXELS = np.random.default_rng(0).integers(0, 255, (N, 5, 5, 3)).astype("uint8")
X = np.random.default_rng(1).normal(size=(N, 4)).astype("float32")

both_libraries = pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])


def refused(model, inputs, target=None, **options):
    """The message of the ValueError, and what it says to pass as `layer`."""
    with pytest.raises(ValueError) as error:
        kerasig.explain(model, inputs, target, **options)
    message = str(error.value)
    found = re.search(r"[Pp]ass layer=((?:'[^']*'|\([^)]*\)|\[[^\]]*\]))", message)
    return message, found and ast.literal_eval(found[1])


def language_model(tied_first_in_float=False):
    """A tied embedding: ids at one end, logits at the other, with positions in between."""
    keras.utils.set_random_seed(0)
    ids = keras.Input((T,), dtype=None if tied_first_in_float else "int32")
    token = keras.layers.ReversibleEmbedding(V, D, name="token_embedding", embeddings_initializer="normal")
    hidden = keras.layers.Dense(D, activation="tanh", name="mixed")(token(ids))
    return keras.Model(ids, token(hidden, reverse=True))


@pytest.mark.parametrize("float_ids", [False, True], ids=["ids", "ids through a float input"])
def test_a_tied_embedding_means_its_call_on_ids_and_the_hint_says_so(float_ids):
    model = language_model(float_ids)
    message, layer = refused(model, IDS, (0, 1))
    assert layer == "token_embedding"
    assert "ids" in message.lower()
    result = kerasig.explain(model, IDS, (0, 1), layer=layer, steps=Fixed(12))
    embedding, mixed = model.get_layer("token_embedding"), model.get_layer("mixed")
    table = np.asarray(embedding.embeddings)
    np.testing.assert_allclose(result.values.sum((1, 2)), result.score - result.baseline_score, rtol=1e-3, atol=1e-5)
    # Position 0's logit of word 1 depends on position 0 alone, through its own row of the table.
    assert not result.values[:, 1:].any()
    by_hand = np.tanh(table[IDS[:, 0]] @ np.asarray(mixed.kernel)) @ table[1]
    np.testing.assert_allclose(result.score, by_hand, rtol=1e-4, atol=1e-6)
    # The call on hidden states can still be had.
    reverse = kerasig.explain(model, IDS, (0, 1), layer=("token_embedding", 1), steps=Fixed(2))
    assert reverse.values.shape == (N, T, V)


def test_a_tied_embedding_with_a_mode_of_its_own_is_told_by_what_it_is_called_on():
    class Shared(tf_keras.layers.Layer):
        def build(self, shape):
            self.table = self.add_weight(name="table", shape=(V, D))

        def call(self, inputs, mode="embedding"):
            return tf.gather(self.table, inputs) if mode == "embedding" else inputs @ tf.transpose(self.table)

    tf_keras.utils.set_random_seed(0)
    ids = tf_keras.Input((T,), dtype="int32")
    shared = Shared(name="shared")
    model = tf_keras.Model(ids, shared(shared(ids) * 2.0, mode="linear"))
    result = kerasig.explain(model, IDS, (0, 1), layer="shared", steps=Fixed(2))
    np.testing.assert_allclose(
        result.values[:, 0], 2 * shared.table.numpy()[IDS[:, 0]] * shared.table.numpy()[1], rtol=1e-4, atol=1e-6
    )


def test_an_embedding_of_two_sequences_asks_which_and_tells_the_calls_on_ids():
    source, written = keras.Input((T,), dtype="int32"), keras.Input((T,), dtype="int32")
    token = keras.layers.ReversibleEmbedding(V, D, name="words")
    hidden = keras.layers.Add()([token(source), token(written)])
    model = keras.Model([source, written], token(hidden, reverse=True))
    message, layer = refused(model, [IDS, IDS], (0, 1), layer="words")
    assert "called 3 times" in message
    assert "those on ids are 0, 1" in message
    # What is named where no layer was passed works as it is.
    _, layer = refused(model, [IDS, IDS], (0, 1))
    assert layer == ("words", 0)
    assert kerasig.explain(model, [IDS, IDS], (0, 1), layer=layer, steps=2).values.shape == (N, T, D)


def test_a_layer_that_is_called_twice_on_the_same_kind_still_needs_an_index():
    inputs = keras.Input((4,))
    dense = keras.layers.Dense(4, name="again")
    model = keras.Model(inputs, dense(dense(inputs)))
    with pytest.raises(ValueError, match=r"called 2 times\..*from 0 to 1\."):
        kerasig.explain(model, X, 0, layer="again")


# Layers that return no floats.


@both_libraries
def test_a_layer_of_integers_is_refused_in_a_list_as_alone_and_the_next_is_named(library):
    words = np.array(["a", "b", "c"], object)
    text, size = library.Input((), dtype="string", name="text"), library.Input((4,), name="size")
    lookup = library.layers.StringLookup(vocabulary=["a", "b", "c"], name="lookup")(text)
    vectors = library.layers.Embedding(5, 3, name="vectors")(lookup)
    outputs = library.layers.Dense(1)(library.layers.Concatenate(name="joined")([vectors, size]))
    model = library.Model({"text": text, "size": size}, outputs)
    inputs = {"text": words, "size": X}
    for layer in ("lookup", ["lookup"], ["lookup", None], [None, "lookup"], ["vectors", "lookup"]):
        message, named = refused(model, inputs, layer=layer)
        assert "no floating output" in message
        assert "'lookup', which returns int64 [3]" in message
        assert named == "vectors"
    values, rest = kerasig.explain(model, inputs, layer=[named, None]).values
    assert values.shape == (N, 3)
    assert rest["text"] is None
    assert rest["size"].shape == (N, 4)


def test_after_integers_that_become_counts_the_counts_are_named():
    inputs = keras.Input((4,))
    bins = keras.layers.Discretization([0.0], name="bins")(inputs)
    counts = keras.layers.CategoryEncoding(2, output_mode="multi_hot", name="counts")(bins)
    model = keras.Model(inputs, keras.layers.Dense(1)(counts))
    _, named = refused(model, X, layer=["bins", None])
    assert named == "counts"
    assert kerasig.explain(model, X, layer=named).values.shape == (N, 2)


def test_none_beside_a_layer_needs_a_floating_input():
    model = language_model()
    with pytest.raises(ValueError, match="None, which stands for the floating inputs, and there are none"):
        kerasig.explain(model, IDS, (0, 1), layer=["token_embedding", None])


# Inputs of integers.


@both_libraries
def test_a_uint8_input_is_answered_with_the_first_layer_that_returns_floats(library):
    inputs = library.Input((5, 5, 3), dtype="uint8")
    inner = library.Sequential([library.layers.Rescaling(1 / 255, name="rescaling")], name="inner")
    hidden = library.layers.Flatten()(inner(inputs))
    model = library.Model(inputs, library.layers.Dense(2)(hidden))
    message, named = refused(model, PIXELS, 0)
    assert named == "inner/rescaling"
    assert "Inputs of uint8 have no gradient" in message
    assert "Pass floats" not in message
    # Floats are cast to what the model declares, so they would meet the same end.
    assert refused(model, PIXELS.astype("float32"), 0)[1] == named
    assert kerasig.explain(model, PIXELS, 0, layer=named).values.shape == PIXELS.shape


def test_a_table_of_positions_is_no_embedding_of_the_inputs():
    class Positions(keras.layers.Layer):
        def __init__(self):
            super().__init__(name="with_positions")
            self.position = keras.layers.Embedding(25, 8, name="position")
            self.projection = keras.layers.Dense(8, name="projection")

        def call(self, patches):
            return self.projection(patches) + self.position(keras.ops.arange(25))

    inputs = keras.Input((5, 5, 3), dtype="uint8")
    scaled = keras.layers.Rescaling(1 / 255, name="rescaling")(inputs)
    hidden = Positions()(keras.layers.Reshape((25, 3), name="patches")(scaled))
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(hidden)))
    assert refused(model, PIXELS)[1] == "rescaling"
    # The table itself has no row per example, whatever its length.
    for count in (N, 25):
        pixels = np.repeat(PIXELS[:1], count, axis=0)
        message, named = refused(model, pixels, layer="position")
        assert "one row per example" in message
        assert "(25, 8)" in message
        assert named == "with_positions"
    assert kerasig.explain(model, PIXELS, layer=named).values.shape == (N, 25, 8)


def test_declared_integers_without_a_layer_to_name_ask_for_another_input():
    inputs = keras.Input((4,), dtype="int32")
    model = keras.Model(inputs, keras.ops.sum(keras.ops.cast(inputs, "float32"), axis=1))
    message, named = refused(model, np.ones((N, 4), "int32"))
    assert named is None
    assert "build it with a floating Input" in message
    with pytest.raises(ValueError, match="Pass floats"):
        kerasig.explain(lambda x: tf.reduce_sum(tf.cast(x, tf.float32), axis=1), np.ones((N, 4), "int32"))


# Layers without a row per example.


def test_rows_that_are_folded_into_the_batch_are_refused_however_many_there_are():
    class Sentences(keras.layers.Layer):
        def __init__(self):
            super().__init__(name="sentences")
            self.inner = keras.layers.Dense(2, name="folded")
            self.again = keras.layers.Dense(2, name="folded_too")

        def call(self, inputs):
            rows = self.again(self.inner(keras.ops.reshape(inputs, (-1, 3))))
            return keras.ops.reshape(rows, (-1, 4, 2))

    inputs = keras.Input((4, 3))
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(Sentences()(inputs))))
    x = np.random.default_rng(0).normal(size=(7, 4, 3)).astype("float32")
    for count in (1, 7):
        message, named = refused(model, x[:count], layer="folded")
        assert f"Received shape ({4 * count}, 2) for {count} example" in message
        assert named == "sentences"
    message, _ = refused(model, x, layer=[None, "folded"])
    assert "folded' must return one row per example" in message


@pytest.mark.parametrize("shape", [(), (1,), (4, 2)], ids=["a number", "one row", "a table"])
def test_what_a_layer_makes_of_its_weights_alone_is_refused(shape):
    class Table(keras.layers.Layer):
        def build(self, input_shape):
            self.table = self.add_weight(shape=shape, name="table")

        def call(self, inputs):
            return self.table

    table, dense = Table(name="table"), keras.layers.Dense(1)

    def model(x):
        return dense(x) + keras.ops.sum(table(x))

    table.build(None)
    dense.build((None, 4))
    with pytest.raises(
        ValueError, match=rf"'table' must return one row per example.*Received shape {re.escape(str(shape))}"
    ):
        kerasig.explain(model, X, layer=[None, table])

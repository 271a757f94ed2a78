"""Sets of several token sequences, each with its own words, and of rows of several lengths."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig
from kerasig import plot

pytestmark = pytest.mark.slow

N = 3
WORDS = {
    "answer": [["it", "is"], ["no"], ["yes", "it", "was"]],
    "question": [["how", "many", "were", "there"], ["who"], ["when", "was", "it"]],
}
LENGTHS = {"answer": 3, "question": 5}


@pytest.fixture(scope="module", params=[LENGTHS, {"answer": 5, "question": 5}], ids=["unlike", "alike"])
def lengths(request):
    return request.param


@pytest.fixture(scope="module")
def model():
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in WORDS}
    pooled = []
    for name, ids in inputs.items():
        embedded = keras.layers.Embedding(20, 4, name=f"of_{name}")(ids)
        pooled.append(keras.layers.GlobalAveragePooling1D()(embedded))
    return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Concatenate()(pooled)))


@pytest.fixture(scope="module")
def probes(lengths):
    generator = np.random.default_rng(0)
    ids = {name: generator.integers(1, 20, (N, length)) for name, length in lengths.items()}
    return kerasig.ProbeSet(ids, [0, 1, 0], tokens=WORDS)


def labels_of(figure):
    """The labels of each panel of bars."""
    axes = [figure.layout[name.replace("x", "xaxis")] for name in (trace.xaxis for trace in figure.data)]
    return [list(axis.ticktext) for axis in axes]


def padded(name, length, probe):
    return [*WORDS[name][probe], *[""] * (length - len(WORDS[name][probe]))]


@pytest.mark.parametrize("name", WORDS)
def test_figures_have_the_words_of_the_sequence_that_is_drawn(model, probes, lengths, name):
    attribution = kerasig.explain(model, probes, layer=f"of_{name}", steps=2)
    drawn = labels_of(attribution.plot(1, probes=probes))
    sentences = [note.text for note in plot.highlight(attribution, 0, probes=probes).layout.annotations]
    if lengths == LENGTHS:
        assert drawn == [padded(name, lengths[name], 1)]
        assert set(WORDS[name][0]) <= set(sentences)
    else:
        # Either sequence may be meant: neither's words are shown, nor its ids.
        assert drawn == [[str(place) for place in range(5)]]
        assert not {word for words in WORDS.values() for word in words[0]} & set(sentences)


def test_of_several_sequences_each_panel_has_its_own_words(model, probes, lengths):
    attribution = kerasig.explain(model, probes, layer=[f"of_{name}" for name in WORDS], steps=2)
    drawn = labels_of(attribution.plot(2, probes=probes))
    if lengths == LENGTHS:
        assert drawn == [padded(name, length, 2) for name, length in lengths.items()]
    else:
        assert drawn == 2 * [[str(place) for place in range(5)]]


def test_a_matrix_has_the_words_of_its_sequence(model):
    ids = {name: np.tile(np.arange(1, length + 1), (2, 1)) for name, length in LENGTHS.items()}
    tokens = {name: [words[0]] * 2 for name, words in WORDS.items()}
    probes = kerasig.ProbeSet(ids, [0, 1], tokens=tokens)
    attribution = kerasig.explain(model, probes, layer="of_question", steps=2)
    (cells,) = plot.matrix(attribution, probes=probes).data
    assert cells.z.shape == (2, len(WORDS["question"][0]))


# Rows of several lengths, where the model would read their padding.

RAGGED = tf.ragged.constant([[1, 2, 3], [4], [5, 6]], dtype=tf.int32)
SETS = {
    "a ragged tensor": lambda: kerasig.ProbeSet(RAGGED, [0, 1, 0]),
    "a dataset": lambda: kerasig.ProbeSet.from_dataset(tf.data.Dataset.from_tensor_slices((RAGGED, [0, 1, 0])), 3),
    "batches": lambda: kerasig.ProbeSet.from_dataset(
        tf.data.Dataset.from_tensor_slices((RAGGED, [0, 1, 0])).ragged_batch(2), 3
    ),
    "a tuple": lambda: kerasig.ProbeSet.from_dataset((RAGGED, np.array([0, 1, 0])), 3),
}


@pytest.fixture(scope="module")
def ragged_model():
    ids = tf_keras.Input((None,), dtype="int32", ragged=True)
    embedded = tf_keras.layers.Embedding(20, 4, name="embedding")(ids)
    pooled = tf_keras.layers.Lambda(lambda rows: tf.reduce_mean(rows, axis=1))(embedded)
    model = tf_keras.Model(ids, tf_keras.layers.Dense(2)(pooled))
    model.compile("sgd", tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


@pytest.mark.parametrize("made", SETS.values(), ids=SETS)
def test_a_set_of_padded_rows_is_refused_by_a_model_that_would_read_the_padding(ragged_model, tmp_path, made):
    probes = made()
    assert probes.padded == {"inputs"}
    with pytest.raises(ValueError, match=r"inputs must have rows of one length.*would read their padding"):
        kerasig.explain(ragged_model, probes, layer="embedding")
    callback = kerasig.IGCallback(probes, tmp_path, layer="embedding")
    with pytest.raises(ValueError, match=r"inputs must have rows of one length.*would read their padding"):
        ragged_model.fit(RAGGED, np.array([0, 1, 0]), verbose=0, callbacks=[callback])


def test_rows_of_one_length_are_explained_by_a_model_that_takes_ragged_ones(ragged_model):
    alike = tf.ragged.constant([[1, 2], [3, 4], [5, 6]], dtype=tf.int32)
    for probes in (
        kerasig.ProbeSet(alike, [0, 1, 0]),
        kerasig.ProbeSet.from_dataset(tf.data.Dataset.from_tensor_slices((RAGGED[::2], [0, 1])), 1),
    ):
        assert not probes.padded
        assert kerasig.explain(ragged_model, probes, layer="embedding", steps=2).values.shape[0] == len(probes)

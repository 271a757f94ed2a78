"""Kinds of tables, road networks and several sequences: what is taken, said with why, and the words of each leaf."""

import keras
import numpy as np
import pytest
import tf_keras

import kerasig
from kerasig._measures.positions import attributed_leaves, position_names, token_positions
from kerasig._recording.settled import settled
from kerasig.probes import ProbeSet

N = 3
CITIES = np.array(["Rome", "New York", "Oslo"], object)
TEXTS = np.array(["the cat sat on the mat", "a dog ran off with it", "no bird ever flew that far"], object)


@pytest.mark.parametrize(
    ("inputs", "kind", "why"),
    [
        ({"age": np.array([3, 5, 8]), "city": CITIES}, "tabular", "one value per probe"),
        ({"age": np.ones((N, 1)), "city": CITIES[:, None]}, "tabular", "a row of values"),
        ({"city": CITIES, "job": CITIES[::-1]}, "tabular", "one short string per probe beside other inputs"),
        ({"age": np.array([3, 5, 8]), "review": TEXTS}, "tokens", "texts of several words"),
        ({"age": np.array([3.0, 5.0, 8.0]), "city": CITIES}, "tabular", "one value per probe"),
        (TEXTS, "tokens", "strings"),
        (np.array([[3, 90], [5, 80], [8, 70]]), "tabular", "a row of only 2 integers per probe"),
        (np.array([[3, 90, 2]] * N), "tabular", "a row of only 3 integers per probe"),
        (np.array([[3, 90, 2, 7]] * N), "tokens", "a row of integers per probe"),
        ({"user": np.array([[3]] * N), "item": np.array([[4]] * N)}, "tabular", "row of values"),
        (np.zeros((N, 12, 26, 1), np.float32), "series", "time steps by places by features"),
        (np.zeros((N, 12, 207, 2), np.float32), "series", "time steps by places"),
        (np.zeros((N, 12, 26, 8), np.float32), "series", "time steps by places"),
        (np.zeros((N, 100, 2, 3), np.float32), "series", "time steps by places"),
        (np.zeros((N, 50, 200, 1), np.float32), "image", "at most 4 channels"),
        (np.zeros((N, 9, 8, 3), np.float32), "image", "at most 4 channels"),
        (np.zeros((N, 10, 10, 4), np.float32), "image", "at most 4 channels"),
        (np.zeros((N, 128, 44, 1), np.float32), "image", "at most 4 channels"),
    ],
)
def test_kind_is_told_with_why_in_the_repr(inputs, kind, why):
    probes = ProbeSet(inputs)
    assert probes.kind == kind
    shown = repr(probes).partition("of kind ")[2]
    assert shown.startswith(f"{kind} (")
    assert why in shown.partition(")")[0]
    assert why in probes.kind_reason


def test_a_given_kind_is_said_to_be_given():
    assert "of kind series (given)" in repr(ProbeSet(np.zeros((N, 12, 26, 1)), kind="series"))
    assert "of kind tokens (tokens were given)" in repr(ProbeSet(np.ones((N, 2), int), tokens=[["a", "b"]] * N))


def test_the_columns_of_a_table_keep_their_values_and_their_regions():
    probes = ProbeSet({"age": np.array([3.0, 5.0, 8.0]), "city": CITIES}, regions={"town": ["city"]})
    assert [probes.leaf_kind(leaf) for leaf, _ in probes.leaves()] == ["tabular", "tabular"]
    assert probes.position_shape("city") == ()
    assert probes.region_mask("town", "city", (N,)).all()


def test_roads_are_positions_in_time_and_features_are_summed():
    x = np.random.default_rng(0).normal(size=(N, 12, 5, 2)).astype("float32")
    names = [f"road {i}" for i in range(5)]
    probes = ProbeSet(x, feature_names=names, regions={"centre": ["road 1", "road 3"], "now": np.arange(12) > 9})
    assert probes.position_shape() == (12, 5)
    np.testing.assert_allclose(probes.positions(x), x.astype(float).sum(-1))
    assert probes.region_mask("centre", "inputs", (N, 12, 5)).sum() == N * 12 * 2
    assert probes.region_mask("now", "inputs", (N, 12, 5)).sum() == N * 2 * 5
    assert probes.spread(np.ones((N, 12, 5)), x.shape).shape == (N, 12, 5, 1)
    found = kerasig.explain(lambda x: keras.ops.sum(x**2, (1, 2, 3)), x)
    columns = found.metrics(regions={"centre": ["road 1", "road 3"]}, feature_names=names)
    mass = (x**2)[:, :, [1, 3]].sum((1, 2, 3)) / (x**2).sum((1, 2, 3))
    np.testing.assert_allclose(columns["region/centre"], mass, rtol=1e-4)


# Tokens of several leaves.

SOURCE = np.array([[2, 3, 4], [5, 6, 0], [7, 2, 3]])
TARGET = np.array([[9, 8, 7], [6, 5, 4], [3, 0, 0]])
WORDS = {
    "source": [["the", "cat", "sat"], ["a", "dog"], ["no", "cat", "ran"]],
    "target": [["die", "Katze", "saß"], ["ein", "Hund", "a"], ["nein"]],
}


def translator():
    """Two embeddings of equal shape, and a mean of both."""
    keras.utils.set_random_seed(0)
    inputs = {name: keras.Input((3,), dtype="int32", name=name) for name in WORDS}
    layers = keras.layers
    source = layers.Embedding(10, 4, name="source_embedding")(inputs["source"])
    target = layers.Embedding(10, 4, name="words_before")(inputs["target"])
    joined = layers.Concatenate()([layers.Flatten()(source), layers.Flatten()(target)])
    return keras.Model(inputs, layers.Dense(2, name="head")(joined))


def test_tokens_of_two_inputs_are_those_of_each():
    probes = ProbeSet({"source": SOURCE, "target": TARGET, "mask": np.ones((N, 3))}, tokens=WORDS)
    assert (probes.kind, probes.subject) == ("tokens", "source")
    assert probes.tokens == probes.tokens_of("source") == tuple(map(tuple, WORDS["source"]))
    assert probes.tokens_of("target") == tuple(map(tuple, WORDS["target"]))
    assert probes.tokens_of("mask") is None
    turned = ProbeSet({"source": SOURCE, "target": TARGET}, tokens=dict(reversed(WORDS.items())))
    assert turned.subject == "target"
    one = ProbeSet({"source": SOURCE, "target": TARGET}, tokens={"source": WORDS["source"]})
    assert len({probes.fingerprint, turned.fingerprint, one.fingerprint}) == 3


def test_words_that_are_inputs_are_the_tokens_of_each_leaf():
    words = {name: np.array([[*row, *[""] * (4 - len(row))] for row in rows], object) for name, rows in WORDS.items()}
    probes = ProbeSet(words)
    assert probes.tokens_of("source")[1] == ("a", "dog", "", "")
    assert probes.tokens_of("target")[0] == ("die", "Katze", "saß", "")


def test_a_region_of_tokens_lies_in_every_sequence_that_has_them_and_a_dict_says_which():
    inputs = {"source": SOURCE, "target": TARGET}
    regions = {"a": ["a"], "cats": ["cat", "Katze"], "first": {"source": ["a"]}}
    probes = ProbeSet(inputs, tokens=WORDS, regions=regions)
    np.testing.assert_array_equal(probes.regions["a"]["source"], [[0, 0, 0], [1, 0, 0], [0, 0, 0]])
    np.testing.assert_array_equal(probes.regions["a"]["target"], [[0, 0, 0], [0, 0, 1], [0, 0, 0]])
    assert probes.regions["cats"]["target"].sum() == 1
    assert list(probes.regions["first"]) == ["source"]
    with pytest.raises(ValueError, match="must list tokens that occur"):
        ProbeSet(inputs, tokens=WORDS, regions={"none": ["Pferd"]})
    with pytest.raises(ValueError, match=r"Received 4 tokens.*\[3, 3\]"):
        ProbeSet(inputs, tokens={**WORDS, "target": [["a"] * 4] * N})


def test_each_layer_has_the_words_of_the_input_that_it_is_made_of():
    model, inputs = translator(), {"source": SOURCE, "target": TARGET}
    probes = ProbeSet(inputs, [0, 1, 0], tokens=WORDS, regions={"a": ["a"]})
    layer = ["source_embedding", "words_before"]
    explainer = kerasig.Explainer(model, layer=layer)
    found = explainer.explain(inputs, 0)
    assert explainer.origins == {"source_embedding": "source", "words_before": "target"}
    leaves = attributed_leaves(found.values, found.layer, probes, explainer.origins)
    assert [leaf.of_input for leaf in leaves] == ["source", "target"]
    names = position_names(leaves, probes)
    assert {"cat", "Katze", "Hund"} <= set(names.labels)
    there = token_positions(leaves, probes)
    np.testing.assert_array_equal(there.sum(axis=1), [6, 5, 4])
    callback = kerasig.IGCallback(probes, interior_alphas=None, layer=layer)
    callback._training.recorder.write = lambda *made, **options: None
    callback.record(model, 0)
    record = callback.history[0]
    board = {entry["name"]: entry for entry in record["leaderboard"]}
    values = kerasig.explain(model, inputs, [0, 1, 0], layer=layer).values
    sizes = np.abs(np.concatenate([part.astype("float64").sum(-1) for part in values], axis=1))
    assert board["a"]["count"] == 2
    assert board["a"]["mean"] == pytest.approx(sizes[1, [0, 5]].mean(), rel=1e-3)
    assert board["cat"]["mean"] == pytest.approx(sizes[[0, 2], [1, 1]].mean(), rel=1e-3)
    np.testing.assert_allclose(record["probes"]["region/a"][1], sizes[1, [0, 5]].sum() / sizes[1].sum(), rtol=1e-3)


# As a model reads its inputs.

both_libraries = pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])
IDS = np.array([[3, 9, 2, 7, 1]] * N)
PAIRS = IDS[:, :2]


def read(model, inputs, **options):
    """The probe set of the one series that a record of the model has."""
    (series,) = settled(ProbeSet(inputs, **options), kerasig.Explainer(model))
    return series.probes


def functional(library, head, inputs):
    return library.Model(inputs, library.layers.Dense(1)(library.layers.Flatten()(head)))


@both_libraries
def test_an_embedding_with_a_mask_reads_tokens_however_few(library):
    for mask, kind in ((True, "tokens"), (False, "tabular")):
        ids = library.Input((2,), dtype="int32")
        embedded = library.layers.Embedding(100, 4, mask_zero=mask)(ids)
        model = library.Model(ids, library.layers.Dense(1)(library.layers.LSTM(2)(embedded)))
        probes = read(model, PAIRS)
        assert probes.kind == kind
        if mask:
            assert "of kind tokens (Embedding with a mask reads it)" in repr(probes)
            assert probes.fingerprint == read(model, PAIRS).fingerprint != ProbeSet(PAIRS).fingerprint
    assert read(model, PAIRS, kind="series").kind == "series"


@both_libraries
def test_columns_that_are_embedded_one_by_one_are_a_table(library):
    rows = library.Input((5,), dtype="int32")
    vectors = [library.layers.Embedding(100, 4)(rows[:, i]) for i in range(5)]
    model = functional(library, library.layers.Concatenate()(vectors), rows)
    names = ["shop", "item", "day", "month", "town"]
    assert ProbeSet(IDS).kind == "tokens"
    probes = read(model, IDS)
    assert (probes.kind, probes.kind_reason[-36:-1]) == ("tabular", "its columns are embedded one by one")
    # What was given beside the inputs still has to fit.
    assert read(model, IDS, regions={"place": np.array([1, 0, 0, 0, 1], bool)}).kind == "tabular"
    with pytest.raises(ValueError, match="feature_names"):
        ProbeSet(IDS, feature_names=names)


@both_libraries
def test_a_vectorizer_reads_texts_and_a_lookup_categories_also_inside_nested_models(library):
    layers = library.layers
    vectorize = layers.TextVectorization(output_sequence_length=4)
    vectorize.adapt(TEXTS)
    text, city = library.Input((1,), dtype="string", name="text"), library.Input((1,), dtype="string", name="city")
    inner = library.Input((1,), dtype="string")
    looked_up = layers.Embedding(9, 2)(layers.StringLookup(vocabulary=["Rome", "Oslo"])(inner))
    encoder = library.Model(inner, layers.Flatten()(looked_up), name="encoder")
    words = layers.Flatten()(layers.Embedding(50, 2)(vectorize(text)))
    model = library.Model({"text": text, "city": city}, layers.Dense(1)(layers.Concatenate()([words, encoder(city)])))
    short, long = np.array([["a b"], ["c"], ["d"]], object), TEXTS[:, None]
    probes = read(model, {"text": short, "city": long})
    assert ProbeSet({"text": short, "city": long}).subject == "city"
    assert (probes.kind, probes.subject) == ("tokens", "text")
    assert [probes.leaf_kind(name) for name in ("city", "text")] == ["tabular", "tokens"]


def test_a_lone_category_is_a_table_and_layers_without_a_word_leave_the_shape():
    city = keras.Input((), dtype="string")
    one_hot = keras.layers.StringLookup(vocabulary=["Rome", "Oslo"], output_mode="one_hot")(city)
    assert read(functional(keras, one_hot, city), CITIES).kind == "tabular"
    ids = keras.Input((5,), dtype="int32")
    assert read(functional(keras, keras.layers.Embedding(100, 4)(ids), ids), IDS).kind == "tokens"
    assert read(lambda x: x, IDS.astype("float32")).kind == "tabular"

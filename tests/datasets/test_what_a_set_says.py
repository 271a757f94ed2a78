"""What a `ProbeSet` says of itself, and what features are called, in `kerasig.explain_dataset` too."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig.coordinates import MeanColour, Spectrum

RNG = np.random.default_rng(0)
SERIES = RNG.normal(size=(30, 40, 2)).astype("float32")
PAIR = {"a": SERIES, "b": RNG.normal(size=(30, 2)).astype("float32")}
BANDS = Spectrum(bands=3, per_channel=True)


def series_score(x):
    return tf.reduce_sum(tf.tanh(x) ** 2, axis=(1, 2))


def pair_score(x):
    return series_score(x["a"]) + tf.reduce_sum(x["b"], axis=1)


@pytest.fixture(scope="module")
def network():
    layers = [keras.layers.Conv1D(3, 3, name="filters"), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(3)]
    return keras.Sequential([keras.Input((40, 2)), *layers])


@pytest.mark.parametrize(
    "target", ["auto", "label", "predicted", 1, np.full(30, 2)], ids=lambda target: str(target)[:9]
)
def test_a_sets_own_target_is_explained(network, target, tmp_path):
    probes = kerasig.ProbeSet(SERIES, labels=np.arange(30) % 2, target=target)
    wanted = kerasig.explain(network, probes)
    found = kerasig.explain_dataset(network, probes, output=tmp_path)
    np.testing.assert_array_equal(found.rows[:].target, wanted.target)
    np.testing.assert_allclose(found.rows[:].values, wanted.values, rtol=1e-5, atol=1e-7)
    # One that is passed goes before.
    other = kerasig.explain_dataset(network, probes, 0, output=tmp_path / "other")
    assert set(other.rows[:].target) == {0}


def test_a_set_with_two_targets_is_refused(network):
    probes = kerasig.ProbeSet(SERIES, labels=np.arange(30) % 2, target="both")
    with pytest.raises(ValueError, match=r'target must be one for an attribution\..*Pass target="label"'):
        kerasig.explain_dataset(network, probes)


def test_a_sets_target_of_one_output_is_about_that_outputs_labels():
    given = keras.Input((40, 2))
    pooled = keras.layers.GlobalAveragePooling1D()(given)
    outputs = [keras.layers.Dense(3, name=name)(pooled) for name in ("u", "v")]
    model = keras.Model(given, outputs)
    labels = [np.arange(30) % 2, np.arange(30) % 3]
    probes = kerasig.ProbeSet(SERIES, labels=labels, target=kerasig.targets.Output("v", "auto"))
    rows = kerasig.explain_dataset(model, probes)
    wanted = kerasig.explain(model, probes)
    np.testing.assert_array_equal(wanted.target["target"], labels[1])
    np.testing.assert_allclose(rows.mean.value.ravel(), wanted.values.mean(axis=0).ravel(), rtol=1e-4, atol=1e-6)


def test_rows_that_were_padded_are_refused_where_a_model_would_read_the_padding():
    tf_keras = pytest.importorskip("tf_keras")
    given = tf_keras.Input((None,), ragged=True)
    model = tf_keras.Model(given, tf_keras.layers.Lambda(lambda x: tf.reduce_mean(x, axis=1, keepdims=True))(given))
    probes = kerasig.ProbeSet(tf.ragged.constant([[1.0, 2.0], [3.0, 4.0, 5.0], [1.0]]))
    for dataset in (probes, lambda: probes):
        with pytest.raises(ValueError, match="inputs must have rows of one length"):
            kerasig.explain_dataset(model, dataset, 0)


def test_a_sets_own_kind_is_shown():
    rows = SERIES[:, :12, 0]
    given, guessed = kerasig.ProbeSet(rows, kind="series"), kerasig.ProbeSet(rows)
    names = [kerasig.explain_dataset(lambda x: tf.reduce_sum(x, 1), probes).names[1] for probes in (given, guessed)]
    assert names == ["position 1", "feature 1"]


@pytest.mark.parametrize("coordinates", [None, {}, {"inputs": None}], ids=str)
def test_features_keep_their_names_in_their_own_coordinates(coordinates):
    for options in ({"dataset": SERIES, "feature_names": ["u", "v"]}, {"dataset": named_set()}):
        found = kerasig.explain_dataset(series_score, coordinates=coordinates, **options)
        assert found.names[:2] == ("position 0, u", "position 0, v")


def named_set():
    return kerasig.ProbeSet(SERIES, feature_names=["u", "v"])


@pytest.mark.parametrize(
    "options",
    [
        {"dataset": PAIR, "feature_names": ["p", "q"]},
        {"dataset": kerasig.ProbeSet(PAIR, feature_names=["p", "q"])},
        {"dataset": kerasig.ProbeSet(PAIR, feature_names=["u", "v"]), "feature_names": ["p", "q"]},
    ],
    ids=["passed", "the set's", "passed for a set"],
)
def test_groups_of_one_input_and_features_of_another_are_named_alike(options, tmp_path):
    found = kerasig.explain_dataset(pair_score, coordinates={"a": BANDS}, output=tmp_path, **options)
    assert found.names[0].startswith("a: p, band 0")
    assert found.names[3].startswith("a: q, band 0")
    assert found.names[6:] == ("b: p", "b: q")


def test_channels_that_come_first_are_named():
    pictures = RNG.random((12, 3, 16, 16)).astype("float32")
    options = {"coordinates": MeanColour(channels="first"), "feature_names": ["iron", "gold", "tin"]}
    found = kerasig.explain_dataset(lambda x: tf.reduce_sum(x**2, (1, 2, 3)), pictures, **options)
    assert found.names == ("mean iron", "mean gold", "mean tin", "all but the mean")


def test_names_that_a_set_has_fit_whatever_coordinates_are_of():
    volumes = RNG.normal(size=(6, 8, 3, 2)).astype("float32")
    probes = kerasig.ProbeSet({"a": volumes, "b": SERIES[:6]}, kind="series", feature_names=["u", "v", "w"])

    def score(x):
        return tf.reduce_sum(x["a"], (1, 2, 3)) + series_score(x["b"])

    found = kerasig.explain_dataset(score, probes, coordinates={"b": Spectrum(2)})
    assert found.names[-1].startswith("b: ")
    total = {"a": SERIES[:, 0, :1], "b": SERIES[:, :3, 0]}
    options = {"coordinates": {"a": None}, "feature_names": list("pqrs")}
    found = kerasig.explain_dataset(lambda x: x["a"][:, 0] + tf.reduce_sum(x["b"], 1), total, **options)
    assert found.names == ("p", "q", "r", "s")


def test_columns_of_tables_keep_their_names_beside_groups(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = {"a": SERIES[:, :4, 0], "b": PAIR["b"]}
    options = {"coordinates": {"a": kerasig.coordinates.Spectrum(2)}, "feature_names": ["p", "q"], "format": "parquet"}
    kerasig.explain_dataset(lambda x: tf.reduce_sum(x["a"], 1) + x["b"][:, 1], rows, output=tmp_path, **options)
    columns = parquet.read_schema(next(tmp_path.glob("*.parquet"))).names
    assert {"values/a", "values/b/p", "values/b/q"} <= set(columns)


def test_names_that_fit_no_features_are_refused(network):
    for names, dataset in ((list("pqrst"), PAIR), (list("pqr"), SERIES)):
        score = pair_score if dataset is PAIR else series_score
        with pytest.raises(ValueError, match=r"feature_names must be one per feature\. Received"):
            kerasig.explain_dataset(score, dataset, coordinates=BANDS, feature_names=names)
    with pytest.raises(ValueError, match="feature_names must be None with both layer and coordinates"):
        kerasig.explain_dataset(network, SERIES, 1, layer="filters", coordinates=BANDS, feature_names=["p", "q", "r"])
    # A set's own are of its inputs, and no fault of whoever asks for a layer.
    assert (
        kerasig.explain_dataset(network, named_set(), 1, layer="filters", coordinates=BANDS).names[0].startswith("chan")
    )


@pytest.mark.parametrize("given", ["set", "names"])
def test_groups_of_coordinates_are_named_by_features(tmp_path, given):
    rows = np.random.default_rng(0).random((6, 16, 2), dtype="float32")
    probes = kerasig.ProbeSet(rows, kind="series", feature_names=["left", "right"])
    coordinates = kerasig.coordinates.Spectrum(3)

    def explained(coordinates, names=("left", "right")):
        dataset, options = (probes, {}) if given == "set" else (rows, {"kind": "series", "feature_names": names})
        return kerasig.explain_dataset(
            lambda x: x[:, 3, 0] ** 2 - x[:, 4, 1], dataset, coordinates=coordinates, output=tmp_path, **options
        )

    found = explained(coordinates)
    assert (
        list(found.names) == kerasig.explain(lambda x: x[:, 3, 0], probes, coordinates=coordinates).coordinates.tolist()
    )
    assert found.names[3].startswith("right, band 0")
    assert found.rows[0:2].coordinates.tolist() == list(found.names)
    if given == "names":
        with pytest.raises(ValueError, match="feature_names"):
            explained(coordinates, ("right", "left"))
        with pytest.raises(ValueError, match=r"feature_names must be one per feature\. Received 3"):
            explained(coordinates, ("a", "b", "c"))

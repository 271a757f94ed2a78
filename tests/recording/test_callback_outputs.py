"""What a record explains and says where outputs are no classes that exclude each other, or a lone one decides."""

import subprocess
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from trainings import checked_numerics

import kerasig
from kerasig._engine.telling import telling
from kerasig._models import adapt
from kerasig._models.thresholds import threshold
from kerasig._recording.outputs import OutputFunction, Wanted
from kerasig.targets import Loss, Output

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 5)).astype("float32")
BOXES = RNG.normal(size=(6, 4)).astype("float32")
TAGS = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 1], [0, 1, 0]])
BINARY = np.array([0, 1, 1, 0, 0, 1])

both_libraries = pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])


def dense(outputs, activation=None, *, loss, library=keras, **options):
    library.utils.set_random_seed(0)
    layers = [library.Input((5,)), library.layers.Dense(outputs, activation, name="out")]
    model = library.Sequential(layers)
    model.compile("sgd", loss, **options)
    return model


def recorded(model, *probes, records=1, **options):
    callback = kerasig.IGCallback(list(probes), **{"interior_alphas": None, **options})
    callback._training.recorder.write = lambda *made, **options: None
    for step in range(records):
        callback.record(model, step)
    return callback


def series_of(callback):
    return [record["series"] for record in callback.history]


# Several numbers, or classes of which more than one may be right.


@both_libraries
def test_each_coordinate_of_a_box_is_a_series_and_it_is_said_once(library):
    model = dense(4, loss="mse", library=library)
    with pytest.warns(UserWarning, match=r"4 outputs of 'probes' are no classes.*series of its own") as said:
        callback = recorded(model, kerasig.ProbeSet(X, BOXES), records=2)
    assert len(said) == 1
    assert series_of(callback) == 2 * [f"output {i}" for i in range(4)]
    outputs = np.asarray(model(X))
    for index, record in enumerate(callback.history[:4]):
        np.testing.assert_allclose(record["probes"]["score"], outputs[:, index], rtol=1e-4, atol=1e-6)
        assert all(np.isnan(record["probes"][name]).all() for name in ("class", "predicted", "correct"))
        np.testing.assert_allclose(record["probes"]["loss"], ((outputs - BOXES) ** 2).mean(1), rtol=1e-4)
    assert "ig_residual_output 2" in callback._training.means
    assert all(np.isfinite(record["drift"]) for record in callback.history[4:])


def test_labels_of_several_hot_classes_are_a_series_each_by_name():
    model = dense(3, "sigmoid", loss="binary_crossentropy")
    with pytest.warns(UserWarning, match="3 outputs"):
        callback = recorded(model, kerasig.ProbeSet(X, TAGS, class_names=["cat", "dog", "owl"]))
    assert series_of(callback) == ["cat", "dog", "owl"]


@pytest.mark.parametrize(
    ("loss", "activation", "labels", "series"),
    [
        ("mse", None, None, 3),
        ("mae", None, None, 3),
        ("binary_crossentropy", "sigmoid", None, 3),
        # Three quantiles of one number.
        (lambda y, p: keras.ops.mean(keras.ops.abs(y - p), axis=-1), None, X[:, 0], 3),
        # Without labels these are classes, or nothing says that they are none.
        ("categorical_crossentropy", "softmax", None, 1),
        ("mse", "softmax", None, 1),
        (lambda y, p: keras.ops.mean(p, axis=-1), None, None, 1),
        (None, None, None, 1),
    ],
)
def test_the_loss_says_what_labels_do_not(loss, activation, labels, series):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        callback = recorded(dense(3, activation, loss=loss), kerasig.ProbeSet(X, labels))
    assert len(callback.history) == series
    if series == 1:
        np.testing.assert_array_equal(
            callback.history[0]["probes"]["class"], callback.history[0]["probes"]["predicted"]
        )


@pytest.mark.parametrize(
    ("loss", "labels"),
    [
        ("categorical_crossentropy", 0.1 + 0.7 * np.eye(3)[[0, 1, 2, 2, 1, 0]]),
        ("kl_divergence", 0.1 + 0.7 * np.eye(3)[[0, 1, 2, 2, 1, 0]]),
        ("sparse_categorical_crossentropy", np.array([0.0, 1.0, 2.0, 2.0, 1.0, 0.0])),
    ],
)
def test_smoothed_and_whole_float_labels_of_a_classifier_are_classes(loss, labels):
    (record,) = recorded(dense(3, "softmax", loss=loss), kerasig.ProbeSet(X, labels)).history
    np.testing.assert_array_equal(record["probes"]["class"], [0, 1, 2, 2, 1, 0])
    assert np.isfinite(record["probes"]["correct"]).all()
    assert set(record["groups"]) >= {"class", "correct"}


def test_too_many_outputs_ask_which_before_the_first_batch():
    model = dense(12, loss="mse")
    labels = RNG.normal(size=(6, 12)).astype("float32")
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"12 outputs are no classes.*Received target='auto'.*Pass an index.*target=0"):
        model.fit(X, labels, verbose=0, callbacks=[kerasig.IGCallback(kerasig.ProbeSet(X, labels))])
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert series_of(recorded(model, kerasig.ProbeSet(X, labels, target=3))) == [""]
    assert series_of(recorded(model, kerasig.ProbeSet(X, labels, target="predicted"))) == [""]


def test_a_training_has_the_keys_of_every_output_from_its_first_epoch(tmp_path):
    model = dense(2, loss="mse")
    callback = kerasig.IGCallback(kerasig.ProbeSet(X, BOXES[:, :2]), tmp_path)
    with pytest.warns(UserWarning, match="2 outputs"):
        history = model.fit(X, BOXES[:, :2], epochs=2, verbose=0, callbacks=[callback]).history
    assert len(history["ig_residual_output 0"]) == len(history["ig_drift_output 1"]) == 2
    assert "ig_residual" not in history


# A lone output that decides between two classes.


@both_libraries
@pytest.mark.parametrize("logits", [False, True], ids=["probabilities", "logits"])
def test_a_lone_output_has_right_and_wrong(library, logits):
    loss = library.losses.BinaryCrossentropy(from_logits=logits)
    model = dense(1, None if logits else "sigmoid", loss=loss, library=library, metrics=["accuracy"])
    (record,) = recorded(model, kerasig.ProbeSet(X, BINARY, class_names=["no", "yes"])).history
    columns, outputs = record["probes"], np.asarray(model(X))[:, 0]
    expected = outputs > (0 if logits else 0.5)
    assert 0 < expected.sum() < 6, "else the test would not tell"
    np.testing.assert_array_equal(columns["predicted"], expected)
    np.testing.assert_array_equal(columns["correct"], expected == BINARY)
    np.testing.assert_array_equal(columns["class"], 1)
    np.testing.assert_allclose(columns["score"], outputs, rtol=1e-4, atol=1e-6)
    assert record["groups"]["correct"]["correct"]["probes"] == (expected == BINARY).sum()
    assert record["groups"]["class"]["yes"]["probes"] == 3


def test_other_targets_and_no_labels_have_the_prediction_too():
    model = dense(1, "sigmoid", loss="binary_crossentropy")
    loss = kerasig.ProbeSet(X, BINARY, target=Loss(BINARY[:, None], "binary_crossentropy"), title="loss")
    bare = kerasig.ProbeSet(X, title="bare")
    of_loss, of_bare = recorded(model, loss, bare).history
    expected = np.asarray(model(X))[:, 0] > 0.5
    for record in (of_loss, of_bare):
        np.testing.assert_array_equal(record["probes"]["predicted"], expected)
    np.testing.assert_array_equal(of_loss["probes"]["correct"], expected == BINARY)
    assert np.isnan(of_loss["probes"]["class"]).all()
    assert np.isnan(of_bare["probes"]["correct"]).all()


def test_a_lone_number_decides_nothing():
    (record,) = recorded(dense(1, loss="mse"), kerasig.ProbeSet(X, BINARY)).history
    assert all(np.isnan(record["probes"][name]).all() for name in ("class", "predicted", "correct"))


@pytest.mark.parametrize(
    ("loss", "metrics", "activation", "expected"),
    [
        ("binary_crossentropy", None, "sigmoid", 0.5),
        (keras.losses.BinaryCrossentropy(from_logits=True), ["accuracy"], "linear", 0.0),
        (keras.losses.BinaryFocalCrossentropy(from_logits=True), None, None, 0.0),
        (tf_keras.losses.BinaryCrossentropy(from_logits=True), None, None, 0.0),
        ("binary_crossentropy", [keras.metrics.BinaryAccuracy(threshold=0.3)], "sigmoid", 0.3),
        (keras.losses.BinaryCrossentropy(from_logits=True), [keras.metrics.BinaryAccuracy(threshold=0.0)], None, 0.0),
        ("binary_crossentropy", ["acc", keras.metrics.Recall(thresholds=0.8)], "sigmoid", 0.8),
        ("binary_crossentropy", [keras.metrics.AUC(), keras.metrics.Precision()], "sigmoid", 0.5),
        ("hinge", None, "tanh", 0.0),
        ("mse", ["accuracy"], None, 0.5),
        ("mse", [tf_keras.metrics.BinaryAccuracy(threshold=0.25)], None, 0.25),
        ("mse", None, "sigmoid", 0.5),
        (None, None, "sigmoid", 0.5),
        (None, None, "linear", None),
        ("mse", ["mae", "mse"], "linear", None),
    ],
)
def test_the_threshold_is_the_metrics_or_the_losss(loss, metrics, activation, expected):
    assert threshold(loss, metrics, activation) == expected


# Several outputs.


def two_outputs(library=keras, as_dict=True):
    library.utils.set_random_seed(0)
    inputs = library.Input((5,))
    heads = {
        "box": library.layers.Dense(2, name="box")(inputs),
        "kind": library.layers.Dense(3, "softmax", name="kind")(inputs),
        "sick": library.layers.Dense(1, "sigmoid", name="sick")(inputs),
    }
    model = library.Model(inputs, heads if as_dict else list(heads.values()))
    losses = {"box": "mse", "kind": "sparse_categorical_crossentropy", "sick": "binary_crossentropy"}
    metrics = {"sick": [library.metrics.BinaryAccuracy(threshold=0.4)]}
    model.compile("sgd", losses, metrics=metrics)
    return model


LABELS = {"box": BOXES[:, :2], "kind": np.array([0, 1, 2, 0, 1, 2]), "sick": BINARY}


@both_libraries
@pytest.mark.parametrize("as_dict", [True, False], ids=["dict", "list"])
def test_labels_by_name_serve_class_correct_and_groups_of_the_explained_output(library, as_dict):
    model = two_outputs(library, as_dict)
    outputs = dict(zip(LABELS, map(np.asarray, model(X).values() if as_dict else model(X)), strict=True))
    probes = [
        kerasig.ProbeSet(X, labels, target=target, title=str(at))
        for at, (labels, target) in enumerate(
            [
                (LABELS, Output("kind")),
                (list(LABELS.values()), Output("kind")),
                (LABELS, Output(1)),
                (list(LABELS.values()), Output(1)),
                (LABELS, Output("sick")),
            ]
        )
    ]
    *of_kind, of_sick = recorded(model, *probes).history
    predicted = outputs["kind"].argmax(1)
    for record in of_kind:
        np.testing.assert_array_equal(record["probes"]["predicted"], predicted)
        np.testing.assert_array_equal(record["probes"]["class"], predicted)
        np.testing.assert_array_equal(record["probes"]["correct"], predicted == LABELS["kind"])
        assert {name: of["probes"] for name, of in record["groups"]["class"].items()} == {"0": 2, "1": 2, "2": 2}
    decided = outputs["sick"][:, 0] > 0.4
    np.testing.assert_array_equal(of_sick["probes"]["predicted"], decided)
    np.testing.assert_array_equal(of_sick["probes"]["correct"], decided == BINARY)


def test_a_box_among_several_outputs_is_a_series_for_each_coordinate():
    model = two_outputs()
    with pytest.warns(UserWarning, match="2 outputs"):
        callback = recorded(model, kerasig.ProbeSet(X, LABELS, target=Output("box")))
    assert series_of(callback) == ["output 0", "output 1"]
    for index, record in enumerate(callback.history):
        np.testing.assert_allclose(record["probes"]["score"], model(X)["box"][:, index], rtol=1e-4, atol=1e-6)


def test_alarms_watch_a_set_that_learned_its_labels_from_the_model():
    fired = []
    region = np.ones(5, bool)
    region[0] = False
    probes = kerasig.ProbeSet(X, list(LABELS.values()), target=Output("kind"), regions={"rest": region})
    alarm = kerasig.alarms.RegionLift("rest", above=0.01, patience=1, action=fired.append)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        callback = recorded(two_outputs(as_dict=False), probes, alarms=[alarm])
    assert callback.history[0]["probes"]["correct"].size == 6
    assert len(callback.history[0]["alarms"]) == len(fired)


def test_the_function_of_the_outputs_says_what_its_trace_finds_and_stays_as_it_was():
    model, probes = dense(3, "softmax", loss="sparse_categorical_crossentropy"), kerasig.ProbeSet(X, [0, 1, 2, 0, 1, 2])
    function = OutputFunction(probes, adapt(model), model.loss, None, None, None)
    before = dict(vars(function))
    traced, said = telling(lambda outputs, labels, wanted: function(outputs, {"labels": labels, "wanted": wanted}))
    outputs, labels, wanted = model(X), tf.constant([0, 1, 2, 0, 1, 2]), tf.fill([6], int(Wanted.LOSS))
    losses = tf.function(traced, autograph=False)(outputs, labels, wanted)
    assert vars(function).keys() == before.keys()
    assert all(vars(function)[name] is value for name, value in before.items())
    expected = keras.losses.sparse_categorical_crossentropy(labels, outputs)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    (traits,) = said
    assert (traits.width, traits.place, traits.has_classes, traits.has_loss, traits.problem) == (3, 0, True, True, None)


@pytest.mark.parametrize(
    ("outputs", "activation", "loss", "labels"),
    [
        (3, "softmax", "sparse_categorical_crossentropy", [0, 1, 2, 0, 1, 2]),
        (1, "sigmoid", "binary_crossentropy", BINARY),
        (2, None, keras.losses.SparseCategoricalCrossentropy(from_logits=True), BINARY),
    ],
)
def test_loss_and_entropy_are_read_where_tensorflow_looks_for_nan(outputs, activation, loss, labels):
    with checked_numerics():
        callback = recorded(dense(outputs, activation, loss=loss), kerasig.ProbeSet(X, labels))
    columns = callback.history[0]["probes"]
    np.testing.assert_allclose(columns["baseline_entropy"], 1, rtol=1e-6)
    assert np.isfinite(columns["loss"]).all()


def test_records_are_the_same_where_tensors_behave_as_numpy_s_arrays(tmp_path):
    # In a process of its own: nothing turns that behaviour off again.
    script = Path(__file__).parents[1] / "numpy_behavior.py"
    ended = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("outputs", [1, 2])
def test_a_row_whose_outputs_are_no_probabilities_has_no_entropy(outputs):
    # Of the first baseline the output is above 1, or 1 twice; of the others it is 1 and 0.
    model = keras.Sequential([keras.Input((outputs,)), keras.layers.Rescaling(2.0)])
    model.compile("sgd", "binary_crossentropy" if outputs == 1 else "categorical_crossentropy")
    baselines = np.zeros((6, outputs), "float32")
    baselines[1:, 0], baselines[0] = 0.5, 1
    with checked_numerics(), pytest.warns(UserWarning, match="confident input"):
        callback = recorded(model, kerasig.ProbeSet(X[:, :outputs]), baselines=baselines)
    np.testing.assert_allclose(callback.history[0]["probes"]["baseline_entropy"], [np.nan, 0, 0, 0, 0, 0], atol=1e-6)


def test_a_loss_that_fails_while_it_is_traced_is_said_and_leaves_the_function_as_it_was():
    def fails(labels, outputs):
        raise RuntimeError("no loss")

    model, probes = dense(2, loss="mse"), kerasig.ProbeSet(X, BINARY)
    function = OutputFunction(probes, adapt(model), fails, None, None, None)
    found = function(model(X), {"labels": tf.constant(BINARY), "wanted": tf.fill([6], int(Wanted.LOSS))})
    # A number that nobody asks for once this is said.
    assert np.isfinite(found.scores).all()
    assert (found.said.has_loss, found.said.problem) == (False, "RuntimeError: no loss")
    assert function.takes_labels

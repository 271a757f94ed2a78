"""What IGCallback measures beyond drift and mass: loss, baseline entropy, comparisons, leaderboards and groups."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from trainings import both_libraries, dense, fit, probes, shared, table

import kerasig
from kerasig.metrics._functions import (
    baseline_entropy,
    drift,
    drift_by_chance,
    drift_noise,
    rank_correlation,
    top_k_overlap,
    top_k_overlap_by_chance,
)

pytestmark = pytest.mark.slow

FIRST = np.eye(6, dtype=bool)[0]
EVERY = [
    *("trusted", "drift", "drift_noise", "drift_first", "drift_best", "rank_correlation", "top_k_overlap"),
    *("drift_chance", "drift_first_chance", "drift_best_chance", "rank_correlation_chance", "top_k_overlap_chance"),
    *(
        "region_chance/first",
        "region/first",
        "region_noise/first",
        "region_lift/first",
        "region_signed/first",
        "region_hit/first",
    ),
    *("alpha_50", "alpha_90", "peak_alpha", "end_gradient", "gradient_share", "gini", "effective_features"),
    *("loss", "baseline_entropy"),
]
INTERIOR = (0.1, 1.0)


def recorded(model, *given, weights=(), **options):
    """The last history entries after one record, and one more for each set of weights."""
    callback = kerasig.IGCallback(list(given), **{"interior_alphas": None, **options})
    callback._training.recorder.write = lambda *made, **options: None
    callback.record(model, 0)
    for step, each in enumerate(weights, start=1):
        model.set_weights(each)
        callback.record(model, step)
    return callback.history


def shifted(model, by):
    """The model's weights moved at random, by so much of their size."""
    rng = np.random.default_rng(0)
    return [weight * (1 + by * rng.normal(size=weight.shape)) for weight in model.get_weights()]


@both_libraries
def test_every_column_is_there_from_the_first_record_to_the_last(library, tmp_path):
    callback = kerasig.IGCallback(probes(5, regions={"first": FIRST}), tmp_path, interior_alphas=INTERIOR)
    fit(shared(library), [callback], epochs=2)
    names = list(callback.history[0]["probes"])
    assert set(EVERY) <= set(names)
    for record in callback.history:
        assert list(record["probes"]) == names
        assert list(record) == list(callback.history[0])
        assert all(len(column) == 5 for column in record["probes"].values())
    assert np.isnan(callback.history[0]["drift"])  # Nothing is before it.
    last = callback.history[-1]["probes"]
    assert all(np.isfinite(last[name]).all() for name in EVERY)
    scalars = {
        "drift_first",
        "region_mass",
        "region_lift",
        "region_hit",
        "gini",
        "alpha_50",
        "loss",
        "baseline_entropy",
    }
    assert scalars <= set(callback.history[-1])


@both_libraries
def test_loss_is_that_of_each_probe_and_entropy_that_of_the_outputs_at_the_baseline(library):
    x, y = table()
    model = shared(library)
    (record,) = recorded(model, probes(5), baselines=0.5)
    logits = model.predict(x[:5], verbose=0).astype("float64")
    expected = np.log(np.exp(logits).sum(1)) - logits[np.arange(5), y[:5]]
    np.testing.assert_allclose(record["probes"]["loss"], expected, rtol=1e-4)
    assert record["loss"] == pytest.approx(expected.mean(), rel=1e-4)
    at_baseline = np.exp(model.predict(np.full((1, 6), 0.5), verbose=0).astype("float64"))
    entropy = baseline_entropy(at_baseline / at_baseline.sum())
    np.testing.assert_allclose(record["probes"]["baseline_entropy"], np.repeat(entropy, 5), rtol=1e-4)


def compiled(loss, outputs=2, activation=None, **options):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(outputs, activation, bias_initializer="ones")])
    model.compile("sgd", loss, **options)
    return model


X, Y = table()
ONE_HOT = np.eye(2)[Y]


@pytest.mark.parametrize(
    ("loss", "outputs", "activation", "labels", "has_classes"),
    [
        ("sparse_categorical_crossentropy", 2, "softmax", ONE_HOT, True),
        ("categorical_crossentropy", 2, "softmax", Y, True),
        ("binary_crossentropy", 1, "sigmoid", Y, True),
        (keras.losses.BinaryCrossentropy(from_logits=True), 1, None, Y, True),
        ("mse", 1, None, X[:, 2], False),
        ("crossentropy", 2, "softmax", Y, True),
        (lambda y, p: tf.reduce_mean(tf.square(tf.cast(y[:, None], p.dtype) - p), axis=-1), 2, "softmax", Y, True),
    ],
)
def test_losses_that_are_compiled(loss, outputs, activation, labels, has_classes):
    model = compiled(loss, outputs, activation)
    target = "auto" if labels.ndim == 1 and labels.dtype != "float32" else None
    (record,) = recorded(model, kerasig.ProbeSet(X[:5], labels[:5], target=target))
    wanted = (
        Y if loss == "sparse_categorical_crossentropy" else ONE_HOT if loss == "categorical_crossentropy" else labels
    )
    expected = [model.evaluate(X[i : i + 1], wanted[i : i + 1], verbose=0) for i in range(5)]
    np.testing.assert_allclose(record["probes"]["loss"], expected, rtol=1e-4)
    output = model.predict(0 * X[:1], verbose=0).astype("float64")
    if outputs == 1:
        one = 1 / (1 + np.exp(-output)) if activation is None else output
        output = np.concatenate([one, 1 - one], axis=1)
    expected = baseline_entropy(output)[0] if has_classes else np.nan
    np.testing.assert_allclose(record["probes"]["baseline_entropy"], expected, rtol=1e-4)


def test_without_a_loss_or_labels_there_is_none_and_outputs_say_what_they_are():
    model = dense(keras)
    model.loss = None
    (labelled,) = recorded(model, probes(3))
    (bare,) = recorded(model, kerasig.ProbeSet(X[:3]))
    assert np.isnan(labelled["probes"]["loss"]).all()
    assert np.isnan(bare["loss"])
    # Logits are told from numbers by labels that are classes.
    np.testing.assert_allclose(labelled["probes"]["baseline_entropy"], 1)
    assert np.isnan(bare["baseline_entropy"])
    weights = tf.constant(np.random.default_rng(0).normal(size=(6, 3)).astype("float32"))
    (function,) = recorded(lambda x: tf.nn.softmax(x @ weights), kerasig.ProbeSet(X[:3]))
    assert function["baseline_entropy"] == pytest.approx(1)


def test_a_loss_that_cannot_be_computed_warns_once_and_the_record_stays():
    def no_loss(y, p):
        raise RuntimeError("not today")

    callback = kerasig.IGCallback(probes(3), interior_alphas=None)
    callback._training.recorder.write = lambda *made, **options: None
    model = compiled(no_loss)
    with pytest.warns(UserWarning, match=r"loss of the probes 'probes' is unknown.*not today") as said:
        callback.record(model, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        callback.record(model, 1)
        callback.record(model, 2)
    assert len(said) == 1
    assert len(callback.history) == 3
    assert np.isnan(callback.history[-1]["loss"])
    assert np.isfinite(callback.history[-1]["residual"])


def two_outputs():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6,))
    outputs = {"kind": keras.layers.Dense(3, name="kind")(inputs), "size": keras.layers.Dense(1, name="size")(inputs)}
    model = keras.Model(inputs, outputs)
    losses = {"kind": keras.losses.SparseCategoricalCrossentropy(from_logits=True), "size": "mse"}
    model.compile("sgd", losses, loss_weights={"kind": 1.0, "size": 0.5})
    return model


def test_of_several_outputs_the_loss_is_the_weighted_sum_or_that_of_the_one_explained():
    model, labels = two_outputs(), {"kind": Y, "size": X[:, :1]}
    target = kerasig.targets.Output("kind", 1)
    several = kerasig.ProbeSet(X[:4], {name: rows[:4] for name, rows in labels.items()}, target=target, title="several")
    alone = kerasig.ProbeSet(X[:4], Y[:4], target=target, title="alone")
    found = {record["title"]: record["probes"] for record in recorded(model, several, alone)}
    outputs = {name: rows.astype("float64") for name, rows in model.predict(X[:4], verbose=0).items()}
    of_kind = np.log(np.exp(outputs["kind"]).sum(1)) - outputs["kind"][np.arange(4), Y[:4]]
    of_size = (outputs["size"][:, 0] - X[:4, 0]) ** 2
    np.testing.assert_allclose(found["several"]["loss"], of_kind + 0.5 * of_size, rtol=1e-4)
    np.testing.assert_allclose(found["alone"]["loss"], of_kind, rtol=1e-4)
    np.testing.assert_allclose(found["alone"]["baseline_entropy"], 1, rtol=1e-6)


def test_of_sequences_the_loss_is_the_mean_over_what_is_not_masked():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,), dtype="int32"), keras.layers.Embedding(9, 4, mask_zero=True, name="w")])
    model.add(keras.layers.LSTM(5, return_sequences=True))
    model.add(keras.layers.Dense(9, activation="softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy")
    ids, labels = np.random.default_rng(0).integers(1, 9, (2, 3, 6))
    ids[0, 4:] = 0
    (record,) = recorded(model, kerasig.ProbeSet(ids, labels, target=(2, 1)), layer="w")
    expected = [model.evaluate(ids[i : i + 1], labels[i : i + 1], verbose=0) for i in range(3)]
    np.testing.assert_allclose(record["probes"]["loss"], expected, rtol=1e-4)
    np.testing.assert_allclose(record["probes"]["baseline_entropy"], 1, rtol=1e-3)


def test_of_sampled_baselines_the_entropy_is_the_mean():
    model = dense(keras)
    pool = np.random.default_rng(1).normal(size=(4, 6)).astype("float32")
    (record,) = recorded(model, probes(3), baselines=kerasig.baselines.Samples(pool))
    each = np.exp(model.predict(pool, verbose=0).astype("float64"))
    expected = baseline_entropy(each / each.sum(1, keepdims=True)).mean()
    np.testing.assert_allclose(record["probes"]["baseline_entropy"], expected, rtol=1e-4)


def test_both_series_of_a_set_share_what_is_read():
    label, predicted = recorded(dense(keras), probes(6, target="both"))
    for name in ("loss", "baseline_entropy"):
        np.testing.assert_array_equal(label["probes"][name], predicted["probes"][name])
        assert np.isfinite(label[name])


def test_a_confident_baseline_is_said_once():
    model = compiled(keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    sure = [model.get_weights()[0], np.array([5.0, -5.0])]
    callback = kerasig.IGCallback([probes(3, title="a"), probes(3, title="b")], interior_alphas=None)
    callback._training.recorder.write = lambda *made, **options: None
    callback.record(model, 0)
    assert callback.history[0]["baseline_entropy"] == pytest.approx(1)
    model.set_weights(sure)
    with pytest.warns(UserWarning, match=r"baseline is a confident input.*0\.00 of what no opinion has") as said:
        callback.record(model, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        callback.record(model, 2)
    assert len(said) == 1


def test_records_trace_once_and_a_new_loss_traces_the_outputs_again(tmp_path):
    runs = []

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.head = keras.layers.Dense(2)

        def call(self, inputs):
            runs.append(1)
            return self.head(inputs)

    model = Model()
    model(X[:1])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    callback = kerasig.IGCallback(probes(3, target="both"), tmp_path)
    callback.record(model, 0)
    runs.clear()
    for step in (1, 2, 3):
        callback.record(model, step)
    assert not runs
    model.compile("sgd", "mse")
    # Labels are classes, of which that loss cannot be; the sentence is of the loss, not of the inputs.
    with pytest.warns(UserWarning, match="^The loss of the probes 'probes' is unknown: Incompatible shapes"):
        callback.record(model, 4)
    callback.record(model, 5)
    assert len(runs) == 1


def test_comparisons_are_with_the_previous_the_first_and_the_best_record():
    model = dense(keras)
    start = model.get_weights()
    better, worse = shifted(model, 0.5), [-weight for weight in start]
    states = [start, better, worse]
    maps, losses = [], []
    for weights in states:
        model.set_weights(weights)
        maps.append(kerasig.explain(model, X[:5], Y[:5]))
        losses.append(model.evaluate(X[:5], Y[:5], verbose=0))
    model.set_weights(start)
    records = recorded(model, probes(5), weights=states[1:])
    np.testing.assert_allclose([record["loss"] for record in records], losses, rtol=1e-4)
    compared = {name for name in EVERY if name.startswith(("drift", "rank_correlation", "top_k_overlap"))}
    assert len(compared) == 11
    for name in compared:
        assert np.isnan(records[0]["probes"][name]).all()
    values = [found.values.astype("float64") for found in maps]
    last, best = records[2]["probes"], int(np.argmin(losses[:2]))
    for name, earlier in (("drift", 1), ("drift_first", 0), ("drift_best", best)):
        floor = drift_noise(maps[earlier].map_error, maps[2].map_error)
        moved = drift(values[earlier], values[2])
        np.testing.assert_allclose(last[name], np.where(moved > floor, moved, 0), atol=1e-6)
        np.testing.assert_allclose(last[f"{name}_chance"], drift_by_chance(values[earlier], values[2]), atol=1e-6)
    np.testing.assert_allclose(last["drift_noise"], drift_noise(maps[1].map_error, maps[2].map_error), rtol=1e-5)
    np.testing.assert_allclose(last["rank_correlation"], rank_correlation(values[1], values[2]), atol=1e-6)
    np.testing.assert_allclose(last["top_k_overlap"], top_k_overlap(values[1], values[2]), atol=1e-6)
    np.testing.assert_allclose(last["top_k_overlap_chance"], top_k_overlap_by_chance(values[1], values[2]), atol=1e-6)


def test_an_unchanged_model_has_no_drift_and_a_model_without_a_loss_no_best_record():
    model = dense(keras)
    model.loss = None
    columns = recorded(model, probes(4), weights=[model.get_weights()])[1]["probes"]
    for name in ("drift", "drift_first"):
        np.testing.assert_array_equal(columns[name], 0)
    np.testing.assert_allclose(columns["rank_correlation"], 1)
    assert np.isnan(columns["drift_best"]).all()


def test_a_probe_whose_score_does_not_differ_is_untrusted_and_left_out():
    x = X[:4].copy()
    x[1] = 0  # The baseline itself.
    (record,) = recorded(dense(keras), kerasig.ProbeSet(x, Y[:4], regions={"first": FIRST}))
    columns = record["probes"]
    np.testing.assert_array_equal(columns["trusted"], [True, False, True, True])
    assert columns["converged"].all()
    assert record["untrusted"] == 1
    assert record["gini"] == pytest.approx(columns["gini"][columns["trusted"]].mean())


def test_named_suspects_of_features_are_in_every_region_column_and_the_leaderboard():
    names = ["age", "pay", "height", "weight", "sex", "town"]
    given = kerasig.ProbeSet(X[:5], Y[:5], feature_names=names, regions={"suspects": ["pay", "town"]})
    model = dense(keras)
    first, second = recorded(model, given, weights=[shifted(model, 0.3)])
    values = kerasig.explain(model, X[:5], Y[:5]).values.astype("float64")
    size = np.abs(values)
    mass = size[:, [1, 5]].sum(1) / size.sum(1)
    columns = second["probes"]
    np.testing.assert_allclose(columns["region/suspects"], mass, rtol=1e-4)
    np.testing.assert_allclose(columns["region_lift/suspects"], mass * 3, rtol=1e-4)
    np.testing.assert_allclose(columns["region_signed/suspects"], values[:, [1, 5]].sum(1) / size.sum(1), rtol=1e-3)
    np.testing.assert_array_equal(columns["region_hit/suspects"], np.isin(size.argmax(1), [1, 5]))
    assert (columns["region_noise/suspects"] < 0.1).all()
    board = second["leaderboard"]
    assert [entry["name"] for entry in board] == [names[i] for i in np.argsort(-size.mean(0))]
    assert board[0]["mean"] == pytest.approx(size.mean(0).max(), rel=1e-4)
    before = {entry["name"]: entry["mean"] for entry in first["leaderboard"]}
    assert board[0]["change"] == pytest.approx(board[0]["mean"] - before[board[0]["name"]])
    assert first["leaderboard"][0]["change"] is None


def test_named_suspects_of_tokens_are_measured_where_they_occur():
    rng = np.random.default_rng(0)
    keras.utils.set_random_seed(0)
    words = [["good", "film"], ["bad", "film", "bad"], ["a", "film"]]
    ids = np.zeros((3, 8), int)
    for row, tokens in zip(ids, words, strict=True):
        row[: len(tokens)] = [["", "good", "film", "bad", "a"].index(token) for token in tokens]
    model = keras.Sequential([keras.Input((8,), dtype="int32"), keras.layers.Embedding(5, 4, name="words")])
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(2, kernel_initializer=keras.initializers.Constant(rng.normal(size=(32, 2)))))
    given = kerasig.ProbeSet(ids, [1, 0, 1], tokens=words, regions={"mood": ["good", "bad"]}, groups=["x", "y", "x"])
    (record,) = recorded(model, given, layer="words")
    columns = record["probes"]
    np.testing.assert_array_equal(np.isnan(columns["region/mood"]), [False, False, True])
    for kind in ("region_noise", "region_lift", "region_signed", "region_hit"):
        np.testing.assert_array_equal(np.isnan(columns[f"{kind}/mood"]), [False, False, True])
    # Of 2 and of 3 tokens; what is padded makes no word rare.
    np.testing.assert_allclose(columns["region_lift/mood"][:2], columns["region/mood"][:2] * [2, 1.5])
    board = {entry["name"]: entry for entry in record["leaderboard"]}
    assert set(board) == {"good", "film", "bad", "a"}
    assert [board[word]["count"] for word in ("film", "bad")] == [3, 2]
    size = np.abs(kerasig.explain(model, ids, [1, 0, 1], layer="words").values.astype("float64").sum(-1))
    assert board["film"]["mean"] == pytest.approx(size[:, 1].mean(), rel=1e-4)
    assert record["groups"]["group"]["x"]["probes"] == 2


def test_groups_are_classes_right_or_wrong_and_those_of_the_set():
    given = kerasig.ProbeSet(X[:8], Y[:8], class_names=["no", "yes"], groups=list("aabbaabb"))
    (record,) = recorded(dense(keras), given)
    groups, columns = record["groups"], record["probes"]
    assert set(groups) == {"class", "correct", "group"}
    for name, chosen in (("no", Y[:8] == 0), ("yes", Y[:8] == 1)):
        assert groups["class"][name]["probes"] == chosen.sum()
        assert groups["class"][name]["gini"] == pytest.approx(columns["gini"][chosen & columns["trusted"]].mean())
        assert groups["class"][name]["loss"] == pytest.approx(columns["loss"][chosen].mean())
    right = columns["correct"] == 1
    assert {name: of["probes"] for name, of in groups["correct"].items()} == {
        name: count for name, count in (("correct", right.sum()), ("wrong", (~right).sum())) if count
    }
    assert groups["group"]["a"]["score"] == pytest.approx(columns["score"][[0, 1, 4, 5]].mean())


def test_images_have_no_leaderboard_and_unlabelled_probes_are_grouped_by_the_explained_class():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6, 6, 3)), keras.layers.Flatten(), keras.layers.Dense(3)])
    images = np.random.default_rng(0).normal(size=(4, 6, 6, 3)).astype("float32")
    (record,) = recorded(model, kerasig.ProbeSet(images))
    assert record["leaderboard"] is None
    assert set(record["groups"]) == {"class"}
    assert sum(of["probes"] for of in record["groups"]["class"].values()) == 4

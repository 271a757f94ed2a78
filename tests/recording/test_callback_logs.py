"""What IGCallback measures: in logs, in its history, and that the numbers are what docs/internals/metrics.md says."""

import csv

import keras
import numpy as np
import pytest
import tensorflow as tf
from trainings import STEPS, both_libraries, dense, fit, probes, shared, steps_of, table

import kerasig

FIRST = np.eye(6, dtype=bool)[0]


def watching(tmp_path, given=None, **options):
    return kerasig.IGCallback(given or probes(), tmp_path, **{"interior_alphas": None, **options})


@both_libraries
def test_later_callbacks_and_the_history_see_the_means(library, tmp_path):
    callback = watching(tmp_path / "logs", probes(regions={"first": FIRST}))
    table_of_logs = library.callbacks.CSVLogger(str(tmp_path / "log.csv"))
    # The mass cannot grow by 1 at once, so patience ends the training after the second epoch.
    stopping = library.callbacks.EarlyStopping("ig_region_mass", mode="max", patience=1, min_delta=1.0)
    history = fit(shared(library), [callback, table_of_logs, stopping], epochs=5)
    keys = ["ig_residual", "ig_map_error", "ig_untrusted", "ig_drift", "ig_region_mass"]
    assert [len(history.history[key]) for key in keys] == [2] * 5
    with open(tmp_path / "log.csv") as file:
        rows = list(csv.DictReader(file))
    for key in keys:
        measured = [record[key.removeprefix("ig_")] for record in callback.history[1:]]
        assert history.history[key] == measured
        np.testing.assert_allclose([float(row[key]) for row in rows], measured)


@both_libraries
def test_the_history_of_fit_sees_them_wherever_the_callback_stands(library, tmp_path):
    table_of_logs = library.callbacks.CSVLogger(str(tmp_path / "log.csv"))
    history = fit(shared(library), [table_of_logs, watching(tmp_path)])
    assert "ig_drift" in history.history
    assert "ig_drift" not in (tmp_path / "log.csv").read_text()


def test_the_progress_bar_shows_them(tmp_path, capsys):
    fit(shared(keras), [watching(tmp_path)], verbose=2)
    assert "ig_residual:" in capsys.readouterr().out


@both_libraries
def test_every_epoch_carries_every_key_from_the_first(library, tmp_path):
    callback = watching(
        tmp_path, [probes(title="a", target="both", regions={"first": FIRST}), probes(title="b")], every=7
    )
    history = fit(shared(library), [callback], epochs=3)
    masses = ["ig_region_mass_a_label", "ig_region_mass_a_predicted"]
    names = ("residual", "map_error", "untrusted", "drift")
    triples = [f"ig_{name}_{of}" for name in names for of in ("a_label", "a_predicted", "b")]
    assert set(history.history) == {"loss", *masses, *triples}
    assert all(len(values) == 3 for values in history.history.values())
    # The second record is at batch 7: until then there is nothing that anything drifted from.
    for key in triples[-3:]:
        assert np.isnan(history.history[key][0])
        assert np.isfinite(history.history[key][1:]).all()


def test_several_regions_have_keys_of_their_own(tmp_path):
    callback = watching(tmp_path, probes(regions={"first": FIRST, "rest": ~FIRST}))
    history = fit(shared(keras), [callback])
    (first,), (rest,) = history.history["ig_region_mass_first"], history.history["ig_region_mass_rest"]
    np.testing.assert_allclose(first + rest, 1)


class Explaining(keras.callbacks.Callback):
    """Explains the same probes by the public function at every record's moment."""

    def __init__(self, inputs, target):
        super().__init__()
        self.inputs, self.target, self.found = inputs, target, []

    def on_epoch_begin(self, epoch, logs=None):
        if not self.found:
            self.on_epoch_end(epoch)

    def on_epoch_end(self, epoch, logs=None):
        self.found.append(kerasig.explain(self.model, self.inputs, self.target))


def test_drift_and_region_mass_are_those_of_the_attributions(tmp_path):
    x, y = table()
    mask = np.array([True, False, False, True, False, False])
    callback, explaining = watching(tmp_path, probes(5, regions={"two": mask})), Explaining(x[:5], y[:5])
    history = fit(shared(keras), [callback, explaining], epochs=3)
    values = [found.values.astype("float64") for found in explaining.found]
    for epoch in range(3):
        before, now = values[epoch], values[epoch + 1]
        moved = 1 - (before * now).sum(1) / np.sqrt((before**2).sum(1) * (now**2).sum(1))
        errors = [found.map_error.astype("float64") for found in explaining.found[epoch : epoch + 2]]
        floor = 3 * np.pi / 4 * (errors[0] ** 2 + errors[1] ** 2)
        # Drifts of 1e-4 and cosines of float32 values: eight digits of the cosine are four of the drift.
        expected = np.where(moved > floor, moved, 0).mean()
        np.testing.assert_allclose(history.history["ig_drift"][epoch], expected, atol=1e-8)
        mass = (np.abs(now)[:, mask].sum(1) / np.abs(now).sum(1)).mean()
        np.testing.assert_allclose(history.history["ig_region_mass"][epoch], mass, rtol=1e-6)
        found = explaining.found[epoch + 1]
        np.testing.assert_allclose(history.history["ig_residual"][epoch], found.residual.mean(), rtol=1e-6)
        np.testing.assert_allclose(history.history["ig_map_error"][epoch], found.map_error.mean(), rtol=1e-6)
        columns = callback.history[epoch + 1]["probes"]
        np.testing.assert_allclose(columns["score"], found.score, rtol=1e-6)
        np.testing.assert_array_equal(columns["correct"], found.predicted == y[:5])
        np.testing.assert_allclose(columns["positive_sum"] + columns["negative_sum"], values[epoch + 1].sum(1))


def sides(library, first):
    """A model of two classes that predicts the second wherever `first` times the first feature is positive."""
    model = dense(library)
    kernel = np.zeros((6, 8))
    kernel[0, 0], kernel[1, 1] = first, 0.1
    last = np.zeros((8, 2))
    last[:2] = [[-1, 1], [0.1, 0.2]]
    model.set_weights([kernel, np.zeros(8), last, np.zeros(2)])
    return model


def test_both_targets_are_two_series_and_a_probe_whose_class_changed_has_no_drift(tmp_path):
    _, y = table()
    callback = watching(tmp_path, probes(6, target="both"))
    model = sides(keras, 1.0)
    callback.record(model, 0)
    # A probe changes class where its other feature is too weak to hold it.
    model.set_weights(sides(keras, -1.0).get_weights())
    callback.record(model, 1)
    label, predicted = (
        [record for record in callback.history if record["series"] == series] for series in ("label", "predicted")
    )
    before, after = (record["probes"]["class"] for record in predicted)
    changed = before != after
    assert changed.any()
    np.testing.assert_array_equal(np.isnan(predicted[1]["probes"]["drift"]), changed)
    for record in predicted:
        np.testing.assert_array_equal(record["probes"]["class"], record["probes"]["predicted"])
    for record in label:
        np.testing.assert_array_equal(record["probes"]["class"], y[:6])
    # The label's class never changes, so all have moved.
    assert np.isfinite(label[1]["probes"]["drift"]).all()
    assert label[1]["drift"] == pytest.approx(label[1]["probes"]["drift"].mean())


def test_probes_that_are_not_trusted_are_left_out_of_drift_and_mass_but_not_of_the_errors(tmp_path):
    callback = watching(tmp_path, probes(6, regions={"first": FIRST}), steps=kerasig.Fixed(3, "trapezoid"))
    weight, bend = tf.Variable(1.0), tf.Variable(0.2)

    def model(x):
        # A path that passes the bend is too much for three nodes; any other is straight.
        return weight * x[:, 1] + x[:, 2] + tf.nn.relu(x[:, 0] - bend)

    for value in (1.0, 2.0, 3.0):
        weight.assign(value)
        bend.assign(value / 5)
        callback.record(model, int(value))
    for previous, record in zip(callback.history, callback.history[1:], strict=False):
        columns = record["probes"]
        trusted = columns["converged"]
        assert 0 < record["untrusted"] == (~trusted).sum() < 6
        assert record["residual"] == pytest.approx(columns["residual"].mean())
        assert record["region_mass"] == pytest.approx(columns["region/first"][trusted].mean())
        both = trusted & previous["probes"]["converged"]
        assert record["drift"] == pytest.approx(columns["drift"][both].mean())
        assert np.isnan(columns["drift"][~previous["probes"]["converged"]]).all()


def test_a_record_returns_every_key_even_where_it_failed(tmp_path):
    def target(outputs):
        raise RuntimeError("no")

    callback = watching(tmp_path, probes(target=target, regions={"first": FIRST}))
    with pytest.warns(UserWarning, match="no"):
        logs = callback.record(shared(keras), 0)
    assert sorted(logs) == ["ig_drift", "ig_map_error", "ig_region_mass", "ig_residual", "ig_untrusted"]
    assert np.isnan(list(logs.values())).all()


def test_history_is_one_entry_per_record_and_series(tmp_path):
    callback = watching(tmp_path, [probes(title="a"), probes(2, title="b")])
    fit(shared(keras), [callback])
    assert [(record["title"], record["step"]) for record in callback.history] == [
        *(("a", 0), ("b", 0), ("a", STEPS), ("b", STEPS)),
    ]
    assert steps_of(callback) == [0, 0, STEPS, STEPS]
    assert all(len(column) == 2 for column in callback.history[1]["probes"].values())
    assert all(record["duration"] > 0 for record in callback.history)

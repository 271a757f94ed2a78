"""A training's records where no library trains: a loop of one's own tells of its batches and epochs."""

import ast
import dataclasses
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from trainings import decoded, probes

import kerasig
from kerasig._recording import training as training_module
from kerasig._recording.settings import read_settings
from kerasig._recording.training import Training

BATCHES = 4
DEFAULTS = {"model": None, "baselines": None, "layer": None, "steps": 5, "interior_alphas": None, "batch_size": None}
DEFAULTS |= {
    "coordinates": None,
    "jit_compile": None,
    "every": "epoch",
    "max_overhead": None,
    "alarms": (),
    "metrics": (),
    "on_error": "warn",
}


@pytest.fixture(autouse=True)
def no_failure_is_overheard():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        yield


class Linear:
    """Two scores of six features, and the updates that were made of them; no library's model."""

    def __init__(self):
        self.weights, self.updates = tf.Variable(np.eye(6, 2, dtype="float32")), 0

    def __call__(self, inputs):
        return tf.tanh(inputs @ self.weights)

    def update(self):
        self.weights.assign_add(tf.ones_like(self.weights) / 8)
        self.updates += 1


def training(tmp_path, given=None, **options):
    return Training(read_settings(**{**DEFAULTS, "probes": given or probes(), "log_dir": tmp_path, **options}))


def trained(recorded, model, epochs, *, batches=BATCHES):
    recorded.begin(model, batches=batches)
    for epoch in range(epochs):
        recorded.begin_epoch(epoch)
        for batch in range(BATCHES):
            recorded.begin_batch()
            model.update()
            recorded.end_batch(batch)
        recorded.end_epoch(epoch)
    recorded.end()


def steps_of(recorded):
    return [record["step"] for record in recorded.history]


def test_a_loop_of_ones_own_records_its_begin_every_epoch_and_its_end(tmp_path):
    recorded, model = training(tmp_path, every="epoch"), Linear()
    recorded.begin(model, batches=BATCHES)
    for epoch in range(2):
        recorded.begin_epoch(epoch)
        for batch in range(BATCHES):
            model.update()
            recorded.end_batch(batch)  # Not asked for, and of no harm.
        recorded.end_epoch(epoch)
        assert set(recorded.means) == {f"ig_{name}" for name in ("residual", "map_error", "untrusted", "drift")}
    recorded.end()
    assert steps_of(recorded) == [0, BATCHES, 2 * BATCHES]
    assert [record["epoch"] for record in recorded.history] == [0, 1, 2]
    written = decoded(tmp_path / "kerasig", "attributions/probes")
    now = kerasig.explain(model, probes().inputs, kerasig.targets.Label(probes().labels), steps=5)
    np.testing.assert_allclose(written[2 * BATCHES].leaves[0], now.values, atol=1e-3)


def test_a_loop_of_ones_own_records_every_so_many_batches(tmp_path):
    recorded = training(tmp_path, every=3)
    trained(recorded, Linear(), 2)
    assert steps_of(recorded) == [0, 3, 6, 2 * BATCHES]
    # Goes on where it was.
    trained(recorded, Linear(), 1)
    assert steps_of(recorded)[4:] == [8, 9, 12]


def test_what_is_told_and_what_is_asked_for_are_the_same_records(tmp_path):
    told, model = training(tmp_path / "told", every=1), Linear()
    trained(told, model, 1)
    asked, model = training(tmp_path / "asked", every=1), Linear()
    for step in range(BATCHES + 1):
        assert asked.record(model, step).keys() == told.means.keys()
        model.update()
    for one, other in zip(told.history, asked.history, strict=True):
        for name, column in one["probes"].items():
            if name != "epoch":
                np.testing.assert_array_equal(column, other["probes"][name])
    assert asked.means == told.means


def test_epochs_before_any_begin_are_a_warning_that_says_so(tmp_path):
    recorded = training(tmp_path)
    with pytest.warns(UserWarning, match="must begin before its batches and epochs"):
        recorded.end_epoch(0)
    assert recorded.history == []


def test_settings_that_do_not_fit_the_model_end_the_training_and_later_failures_do_not(tmp_path):
    with pytest.raises(ValueError, match="out of range"):
        training(tmp_path, probes(target=7)).begin(Linear())
    calls = []

    def baselines(inputs):
        calls.append(len(inputs))
        if len(calls) > 2:  # The check takes one, the first record another.
            raise ValueError("no baseline")
        return np.zeros_like(inputs)

    recorded = training(tmp_path, baselines=baselines)
    with pytest.warns(UserWarning, match="training goes on. ValueError.*no baseline"):
        trained(recorded, Linear(), 2)
    assert steps_of(recorded) == [0]
    # A model that is new to the settings may be one that they do not fit.
    with pytest.raises(ValueError, match="no baseline"):
        recorded.begin(Linear())


def test_of_two_trainings_one_series_is_recorded_by_one(tmp_path):
    first, model = training(tmp_path), Linear()
    first.begin(model)
    with pytest.raises(ValueError, match="Another IGCallback writes 'probes'"):
        training(tmp_path).begin(model)
    first.end()
    trained(training(tmp_path), model, 1)


def test_settings_cannot_be_changed_and_are_judged_before_there_is_a_model(tmp_path):
    settings = read_settings(**DEFAULTS, probes=probes(), log_dir=tmp_path)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.every = 3
    for name, wrong in {"every": 0, "max_overhead": 2, "on_error": "ignore", "batch_size": 0, "steps": 0}.items():
        with pytest.raises(ValueError, match=name):
            training(tmp_path, **{name: wrong})


def test_a_training_knows_no_keras():
    path = Path(training_module.__file__)
    tree = ast.parse(path.read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [name for name in imported if re.search("keras(?!ig)|_models|tensorflow", name)]
    words = re.findall(r"[a-zA-Z_]*(?:[kK]eras(?!ig)|\bfit\(|`fit`|callback|logs)\w*", path.read_text())
    assert words == []

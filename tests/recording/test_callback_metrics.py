"""Measures of one's own: in history, logs, alarms and event files like those that are built in."""

import copy
import math
import pickle
import re
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest
from tensorboard_plugin_kerasig import schema
from trainings import accumulated, fit, probes, shared

import kerasig
from kerasig._measures import columns, users
from kerasig._measures.measure_row import on_map
from kerasig._measures.table import BUILT_IN
from kerasig.alarms import Alarm, Reading
from kerasig.metrics import Measure

DOCS = Path(__file__).parents[2] / "docs" / "internals" / "metrics.md"


def first_share(attribution, probes):
    size = np.abs(attribution.values)
    return size[:, 0] / size.sum(axis=1)


def margin(attribution, probes):
    return np.where(probes.class_labels == attribution.predicted, attribution.score, np.nan)


def fails(attribution, probes):
    raise RuntimeError("no such luck")


@dataclass(frozen=True, kw_only=True, eq=False)
class Watching(Alarm):
    columns = ("first_share",)

    def read(self, record):
        return Reading("first_share", record.mean("first_share"), 0.0, sentence="There is a first.")


MARGIN = Measure("margin", margin, label="margin of the right", unit="logits", on_maps=False, better="up")


def content_of(directory):
    return schema.parse_plugin_content(accumulated(directory).SummaryMetadata("stats/probes").plugin_data.content)


def test_measures_of_ones_own_are_in_history_logs_alarms_and_the_event_file(tmp_path):
    given = probes(4)
    alarm = Watching(patience=1)
    callback = kerasig.IGCallback(given, tmp_path, interior_alphas=None, metrics=[first_share, MARGIN], alarms=[alarm])
    history = fit(shared(keras), [callback], epochs=2)
    found = kerasig.explain(shared(keras), given.inputs, np.asarray(given.labels))
    record = callback.history[0]
    np.testing.assert_allclose(record["probes"]["first_share"], first_share(found, given), rtol=1e-5)
    trusted = record["probes"]["trusted"]
    assert record["first_share"] == pytest.approx(record["probes"]["first_share"][trusted].mean())
    assert record["margin"] == pytest.approx(np.nanmean(record["probes"]["margin"]))
    assert history.history["ig_first_share"] == [entry["first_share"] for entry in callback.history[1:]]
    assert "ig_margin" in history.history
    assert [alert["metric"] for alert in record["alarms"]] == ["first_share"]
    content = content_of(tmp_path / "kerasig")
    told = dict(zip(content.names, content.measures, strict=True))
    assert told["first_share"]["label"] == "first share"
    assert told["first_share"]["on_maps"]
    assert told["margin"]["label"] == "margin of the right"
    assert (told["margin"]["unit"], told["margin"]["better"]) == ("logits", "up")
    assert "on_maps" not in told["margin"]
    for event, entry in zip(accumulated(tmp_path / "kerasig").Tensors("stats/probes"), callback.history, strict=True):
        table = np.frombuffer(event.tensor_proto.tensor_content).reshape(4, -1)
        np.testing.assert_array_equal(table[:, content.names.index("margin")], entry["probes"]["margin"])
    assert accumulated(tmp_path / "kerasig").Tags()["tensors"].count("probes/first_share") == 1


def test_columns_are_described_once_in_each_file(tmp_path):
    callback = kerasig.IGCallback(probes(3), tmp_path, interior_alphas=None)
    fit(shared(keras), [callback], epochs=3)
    (path,) = (tmp_path / "kerasig").iterdir()
    assert path.read_bytes().count(b'"measures":') == 1


def test_a_measure_that_fails_warns_once_and_is_nan_and_training_goes_on(tmp_path):
    def short(attribution, probes):
        return np.zeros(2)

    def words(attribution, probes):
        return ["a", "b", "c"]

    callback = kerasig.IGCallback(
        *(probes(3), tmp_path), interior_alphas=None, metrics=[fails, short, words], on_error="raise"
    )
    with pytest.warns(UserWarning, match="metric") as caught:
        fit(shared(keras), [callback], epochs=3)
    said = [str(one.message) for one in caught if "The metric" in str(one.message)]
    assert len(said) == 3
    assert re.search(r"'fails' has failed and is NaN; training goes on. RuntimeError: no such luck", said[0])
    assert re.search(r"one number per probe, \[3\]. Received shape \[2\]", said[1])
    assert re.search(r"words\(attribution, probes\) must be real numbers", said[2])
    assert len(callback.history) == 4
    assert all(np.isnan(entry["probes"][name]).all() for entry in callback.history for name in ("fails", "short"))
    assert math.isnan(callback.history[-1]["words"])


@pytest.mark.parametrize(
    ("metrics", "error", "said"),
    [
        (first_share, TypeError, "metrics must be a list of functions"),
        (["drift"], TypeError, "metrics must be functions.*Received 'drift'"),
        ([Measure], TypeError, "metrics must be functions"),
        ([lambda attribution, probes: attribution.score], ValueError, r"metrics must have names. Received <function"),
        ([lambda: 0], ValueError, "metrics must have names"),
        (
            [first_share, first_share],
            ValueError,
            "metrics must have names that nothing else has. Received 'first_share'",
        ),
        ([Measure("gini", first_share)], ValueError, "Received 'gini', which something else is called"),
        ([Measure("untrusted", first_share)], ValueError, "Received 'untrusted'"),
        ([Measure("region_mass_tag", first_share)], ValueError, "Received 'region_mass_tag'"),
        ([Measure("step", first_share)], ValueError, "Received 'step'"),
        ([len], TypeError, "compute must be a function of an attribution and its probes. Received len"),
    ],
)
def test_bad_measures_are_refused_when_the_callback_is_made(metrics, error, said):
    with pytest.raises(error, match=said):
        kerasig.IGCallback(probes(2), metrics=metrics)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        (
            {"name": "two words"},
            ValueError,
            "name must be of letters, digits and underscores. Received name='two words'",
        ),
        ({"name": 3}, ValueError, "name must be"),
        ({"compute": 3}, TypeError, "compute must be a function"),
        ({"compute": lambda attribution: 0}, TypeError, "compute must be a function of an attribution and its probes"),
        ({"range": (1, 0)}, ValueError, r"range must rise. Received range=\(1, 0\)"),
        ({"range": 1}, ValueError, "range must be the least and the largest value"),
        ({"range": ("a", None)}, ValueError, "range must be the least"),
        ({"better": "left"}, ValueError, "better must be one of"),
        ({"label": None}, ValueError, "label must be a string"),
        ({"on_maps": 1}, ValueError, "on_maps must be True or False"),
    ],
)
def test_a_measure_that_means_nothing_is_refused(options, error, said):
    with pytest.raises(error, match=said):
        Measure(**{"name": "ours", "compute": first_share, **options})


def test_copies_of_a_callback_measure_the_same():
    callback = kerasig.IGCallback(probes(2), metrics=[first_share, MARGIN])
    for copied in (copy.deepcopy(callback), pickle.loads(pickle.dumps(callback))):
        assert list(copied._settings.metrics) == list(callback._settings.metrics)
        assert {"ig_first_share", "ig_margin"} <= set(copied._training.means)


@pytest.mark.slow
def test_a_training_that_goes_on_with_other_measures_gets_a_directory_of_its_own(tmp_path, caplog):
    model = shared(keras)
    for metrics, start in (((), 0), ((first_share,), 1)):
        callback = kerasig.IGCallback(probes(3), tmp_path, interior_alphas=None, metrics=metrics)
        for step in range(start, start + 2):
            callback.record(model, step)
        del callback
    assert "first_share" not in content_of(tmp_path / "kerasig").names
    assert "first_share" in content_of(tmp_path / "kerasig-2").names
    assert "another training's attributions" in caplog.text


def test_one_row_of_the_table_is_a_measure_everywhere(tmp_path, monkeypatch):
    row = on_map(
        *("second_share", "share of the second", "The share of the second feature.", "concentration-and-sums"),
        lambda facts: np.abs(facts.positions[:, 1]) / np.abs(facts.positions).sum(axis=1),
        logged=True,
        charted=1,
    )
    table = BUILT_IN.with_others([row])
    monkeypatch.setattr(users, "BUILT_IN", table)
    monkeypatch.setattr(columns, "BUILT_IN", table)

    @dataclass(frozen=True, kw_only=True, eq=False)
    class Second(Alarm):
        columns = ("second_share",)

        def read(self, record):
            return Reading("second_share", record.mean("second_share"), 2.0)

    callback = kerasig.IGCallback(probes(3), tmp_path, interior_alphas=None, alarms=[Second()])
    history = fit(shared(keras), [callback])
    assert history.history["ig_second_share"] == [callback.history[-1]["second_share"]]
    assert callback.history[0]["probes"]["second_share"].shape == (3,)
    content = content_of(tmp_path / "kerasig")
    told = content.measures[content.names.index("second_share")]
    assert (told["label"], told["on_maps"], told["charted"]) == ("share of the second", True, 1)
    found = kerasig.explain(shared(keras), probes(3).inputs, 0)
    assert (found.metrics()["second_share"] > 0).all()


def test_the_example_of_the_docs_runs(tmp_path):
    section = DOCS.read_text(encoding="utf-8").split("## Measures that you add")[1].split("\n## ")[0]
    code = "\n".join(re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL))
    rng = np.random.default_rng(0)
    model = keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x, y = rng.normal(size=(8, 6, 6, 1)).astype("float32"), np.arange(8) % 2
    names = {"x": x, "y": y, "model": model, "log_dir": str(tmp_path)}
    exec(code, names)
    callback = names["callback"]
    assert np.isfinite(callback.history[-1]["edge_mass"])
    assert 0 < callback.history[-1]["edge_mass"] < 1

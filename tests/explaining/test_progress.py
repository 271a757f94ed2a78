"""A bar of finished paths: where it was asked for, and nowhere else."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig import Adaptive, Fixed, baselines
from kerasig._explaining import progress

X = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")


def score(x):
    return tf.reduce_sum(tf.tanh(x), axis=1)


@pytest.fixture(params=[True, False], ids=["tqdm", "without tqdm"])
def bars(request, monkeypatch):
    """With the bar of tqdm, or Keras's own where that is not installed."""
    if not request.param:
        found = progress.find_spec
        monkeypatch.setattr(progress, "find_spec", lambda name: None if name == "tqdm" else found(name))
    return request.param


@pytest.mark.parametrize("steps", [Adaptive(), Fixed(8)], ids=str)
def test_a_bar_counts_the_paths_to_their_end(bars, steps, capfd):
    samples = baselines.Samples(X, n=2)
    shown = kerasig.explain(score, X, baselines=samples, steps=steps, progress=True)
    printed = "".join(capfd.readouterr())
    assert "12/12" in printed
    plain = kerasig.explain(score, X, baselines=samples, steps=steps, progress=False)
    np.testing.assert_array_equal(shown.values, plain.values)


@pytest.mark.parametrize("asked", [None, False])
def test_nothing_is_printed_where_nobody_asked_or_looks(asked, capfd, monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    kerasig.Explainer(score, progress=asked).explain(X)
    assert capfd.readouterr() == ("", "")


def test_a_bar_comes_by_itself_on_a_terminal_once_it_has_taken_long(capfd, monkeypatch):
    monkeypatch.setattr(progress, "_is_seen", lambda: True)
    kerasig.explain(score, X)
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    kerasig.explain(score, X)
    assert "/6 " in capfd.readouterr().err


def test_a_training_shows_its_own_bar_alone(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(progress, "_is_seen", lambda: True)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    kerasig.IGCallback(kerasig.ProbeSet(X), tmp_path, on_error="raise").record(model, 0)
    assert "paths" not in "".join(capfd.readouterr())


def test_what_is_neither_is_refused():
    with pytest.raises(TypeError, match=r"progress must be None, True or False\. Received progress='yes'"):
        kerasig.explain(score, X, progress="yes")

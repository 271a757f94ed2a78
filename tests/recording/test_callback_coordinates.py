"""`IGCallback(coordinates=)`: records have groups with names, which the log gives back."""

import keras
import numpy as np
import pytest

import kerasig
from kerasig.coordinates import Frequency, MeanColour, Spectrum
from tests.trainings import compile_

L = keras.layers
SHAPE = (6, 5, 3)
RNG = np.random.default_rng(0)
X, Y = RNG.random((24, *SHAPE)).astype("float32"), np.arange(24) % 2
X[Y == 1, ..., 0] += 0.5  # a tint of red


def network():
    keras.utils.set_random_seed(0)
    layers = [keras.Input(SHAPE), L.Flatten(), L.Dense(4, "tanh"), L.Dense(2)]
    return compile_(keras, keras.Sequential(layers))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A network, the callback of its training, and what was written, read back."""
    logdir = tmp_path_factory.mktemp("coordinates")
    model = network()
    callback = kerasig.IGCallback(
        kerasig.ProbeSet(X[:6], Y[:6]),
        logdir,
        coordinates=MeanColour(),
        baselines=0.5,
        alarms=[kerasig.alarms.Drift(above=1.5)],
        audit=kerasig.Audit(X, Y),
        on_error="raise",
    )
    model.fit(X, Y, epochs=2, batch_size=12, verbose=0, callbacks=[callback])
    (run,) = kerasig.read_log(logdir).values()
    return model, callback, run["probes"]


def test_records_are_what_explain_says(trained):
    model, callback, found = trained
    expected = kerasig.explain(model, X[:6], Y[:6], coordinates=MeanColour(), baselines=0.5)
    read = found.attribution()
    np.testing.assert_allclose(read.values, expected.values, atol=1e-4 * np.abs(expected.values).max())
    assert read.coordinates.tolist() == expected.coordinates.tolist() == MeanColour().names(SHAPE)
    np.testing.assert_allclose(read.inputs, X[:6], atol=1e-4)
    # As of columns: which of them leads has a name.
    leading = MeanColour().names(SHAPE)
    assert {entry["name"] for entry in callback.history[-1]["leaderboard"]} <= set(leading)
    assert read.interior is None


def test_an_audit_is_explained_as_without(trained):
    _, callback, _ = trained
    assert callback.suspects.looked > 0


def test_what_cannot_go_together_is_refused_in_a_sentence(tmp_path):
    tag = np.zeros(SHAPE[:2], bool)
    tag[0] = True
    probes = kerasig.ProbeSet(X[:4], Y[:4], regions={"tag": tag})
    callback = kerasig.IGCallback(probes, tmp_path, coordinates=Frequency(3), on_error="raise")
    with pytest.raises(ValueError, match=r"coordinates must be of inputs without regions.*Received the region 'tag'"):
        network().fit(X, Y, epochs=1, verbose=0, callbacks=[callback])
    with pytest.raises(ValueError, match="interior_alphas must be None with coordinates"):
        kerasig.IGCallback(probes, tmp_path, coordinates=MeanColour(), interior_alphas=[0.5])
    with pytest.raises(TypeError, match="coordinates must be coordinates of inputs"):
        kerasig.IGCallback(probes, tmp_path, coordinates="colour")
    series = kerasig.IGCallback(kerasig.ProbeSet(X[:4]), tmp_path, coordinates=Spectrum(), on_error="raise")
    with pytest.raises(ValueError, match=r"coordinates\.Spectrum needs series"):
        network().fit(X, Y, epochs=1, verbose=0, callbacks=[series])


def test_feature_names_call_the_channels_of_groups(tmp_path):
    probes = kerasig.ProbeSet(X[:4], Y[:4], kind="image", feature_names=["infrared", "near", "far"])
    callback = kerasig.IGCallback(probes, tmp_path, coordinates=MeanColour(), on_error="raise")
    network().fit(X, Y, epochs=1, verbose=0, callbacks=[callback])
    (run,) = kerasig.read_log(tmp_path).values()
    named = ["mean infrared", "mean near", "mean far", "all but the mean"]
    assert run["probes"].attribution().coordinates.tolist() == named
    assert {entry["name"] for entry in callback.history[-1]["leaderboard"]} <= set(named)

"""`export(coordinates=)`: a SavedModel explains in coordinates as `explain` does, and has the names of its groups."""

import keras
import numpy as np
import pytest
from exported import floats, loaded, round_trip

import kerasig
from kerasig.coordinates import Frequency, MeanColour, Spectrum

L = keras.layers


def named(folder):
    """The names of groups that a saved model tells, by the name of the values."""
    found = loaded(str(folder)).signatures["coordinates"]()
    return {name: [each.decode() for each in names.numpy()] for name, names in found.items()}


def pictures():
    keras.utils.set_random_seed(3)
    return keras.Sequential([keras.Input((5, 4, 3)), L.Flatten(), L.Dense(6, "tanh"), L.Dense(3)])


@pytest.mark.slow
def test_an_adaptive_rule_has_the_groups_of_explain(tmp_path):
    x = floats(np.random.default_rng(5), 4, 5, 4, 3)
    coordinates = MeanColour()
    baselines = kerasig.baselines.Mean(x)
    found = round_trip(tmp_path, pictures(), x, 1, coordinates=coordinates, baselines=baselines)
    assert found["converged"].all()
    assert named(tmp_path) == {"values": coordinates.names((5, 4, 3))}


def test_leaves_keep_their_own_coordinates_beside_others(tmp_path):
    keras.utils.set_random_seed(3)
    picture, column = keras.Input((5, 4, 1), name="picture"), keras.Input((3,), name="column")
    joined = L.Concatenate()([L.Flatten()(picture), column])
    model = keras.Model({"picture": picture, "column": column}, L.Dense(2)(L.Dense(5, "tanh")(joined)))
    rng = np.random.default_rng(5)
    inputs = {"picture": floats(rng, 3, 5, 4, 1), "column": floats(rng, 3, 3)}
    names = ("values_column", "values_picture")
    round_trip(tmp_path, model, inputs, 1, coordinates=Frequency(3), steps=4, names=names)
    assert named(tmp_path) == {"values_picture": Frequency(3).names((5, 4, 1))}


def test_coordinates_that_do_not_fit_are_refused_before_anything_is_written(tmp_path):
    folder = tmp_path / "served"
    with pytest.raises(ValueError, match=r"coordinates\.Spectrum needs series"):
        kerasig.export(pictures(), folder, coordinates=Spectrum())
    with pytest.raises(TypeError, match="coordinates must be coordinates of inputs"):
        kerasig.export(pictures(), folder, coordinates="colour")
    assert not folder.exists()


def test_groups_are_named_by_the_features_of_a_set(tmp_path):
    model = keras.Sequential([keras.Input((16, 2)), L.Flatten(), L.Dense(1)])
    rows = floats(np.random.default_rng(5), 3, 16, 2)
    probes = kerasig.ProbeSet(rows, kind="series", feature_names=["left", "right"])
    kerasig.export(model, tmp_path, inputs=probes, coordinates=Spectrum(3), steps=4)
    assert named(tmp_path) == {"values": kerasig.explain(model, probes, coordinates=Spectrum(3)).coordinates.tolist()}
    assert named(tmp_path)["values"][3].startswith("right, band 0")

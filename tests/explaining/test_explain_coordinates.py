"""`coordinates=` attributes to groups of coefficients: of the same network behind an explicit B, with its own error."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig
from kerasig import Fixed
from kerasig._engine import integrate
from kerasig._engine.gradients import Core
from kerasig._engine.whole import WholeScheme
from kerasig._explaining.mean_gradients import mean_gradients
from kerasig._models.function_cache import cache_of
from kerasig.baselines import Mean, Noise, Samples
from kerasig.coordinates import Frequency, MeanColour, Profile, Spectrum

pytestmark = pytest.mark.slow

both_libraries = pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])
X = np.random.default_rng(0).random((5, 7, 6, 3)).astype("float32")
ALL = [MeanColour(), Frequency(), Frequency(3, per_channel=True), Frequency(None), Profile(), Profile("vertical")]
every = pytest.mark.parametrize("coordinates", ALL, ids=str)


def network(library, shape=(7, 6, 3), **settings):
    """A network that bends everywhere, and whose gradient is another one at each point of a path."""
    library.utils.set_random_seed(0)
    inputs = library.Input(shape, **settings)
    flat = library.layers.Flatten(**settings)(inputs)
    hidden = library.layers.Dense(8, activation="tanh", bias_initializer="ones", name="hidden", **settings)(flat)
    return library.Model(inputs, library.layers.Dense(4, **settings)(hidden))


@pytest.fixture(scope="module")
def model():
    return network(keras)


def explicit(coordinates, shape):
    """The matrix B [F, K] with x = B z, one coefficient at a time."""
    units = np.eye(int(np.prod(shape))).reshape(-1, *shape)
    return coordinates.inverse(units).reshape(len(units), -1).T


@pytest.fixture(scope="module", params=[keras, tf_keras], ids=["keras", "tf_keras"])
def both_networks(request):
    """The network of a library, the same as one of z, and the layer that multiplies by B there: traced once."""
    library, shape = request.param, X.shape[1:]
    model, size = network(library), int(np.prod(shape))
    z = library.Input((size,))
    decode = library.layers.Dense(size, use_bias=False)
    return model, library.Model(z, model(library.layers.Reshape(shape)(decode(z)))), decode


def summed(coordinates, values, shape):
    """Values [N, K] of single coefficients, summed to the groups."""
    groups = coordinates.groups(shape).ravel()
    return np.stack([values[:, groups == group].sum(axis=1) for group in range(groups.max() + 1)], axis=1)


@every
def test_values_are_those_of_the_network_behind_b(both_networks, coordinates):
    (model, decoded, decode), shape = both_networks, X.shape[1:]
    decode.set_weights([explicit(coordinates, shape).T.astype("float32")])
    z, starts = (coordinates.forward(rows).reshape(len(rows), -1) for rows in (X, X[::-1]))
    expected = kerasig.explain(decoded, z, 2, baselines=starts, steps=Fixed(24))
    found = kerasig.explain(model, X, 2, baselines=X[::-1], coordinates=coordinates, steps=Fixed(24))
    np.testing.assert_allclose(found.values, summed(coordinates, expected.values, shape), rtol=1e-4, atol=2e-6)
    assert np.abs(found.values).max() > 0.01
    names = found.coordinates.tolist()
    assert names == coordinates.names(shape)
    assert len(set(names)) == len(names) == found.values.shape[1]


@every
@pytest.mark.parametrize("steps", [None, Fixed(32), Fixed(64, "trapezoid")], ids=["adaptive", "gauss", "trapezoid"])
def test_completeness_holds_in_each(model, coordinates, steps):
    found = kerasig.explain(model, X, 1, coordinates=coordinates, steps=steps)
    change = found.score - found.baseline_score
    np.testing.assert_allclose(found.values.sum(axis=1, dtype=float), change, atol=2e-3 * np.abs(change).max())
    assert found.converged.all()
    pixels = kerasig.explain(model, X, 1, steps=steps)
    np.testing.assert_array_equal(found.score, pixels.score)
    np.testing.assert_allclose(found.values.sum(axis=1), pixels.values.sum(axis=(1, 2, 3)), atol=1e-3)
    if steps is not None:
        np.testing.assert_array_equal(found.n_evaluations, pixels.n_evaluations)


def test_the_map_error_is_that_of_the_groups(model):
    exact = kerasig.explain(model, X, 1, coordinates=Frequency(), steps=Fixed(64)).values
    rough = kerasig.explain(model, X, 1, coordinates=Frequency(), steps=Fixed(5, "trapezoid"))
    true = np.abs(rough.values - exact).sum(axis=1) / np.abs(exact).sum(axis=1)
    assert (true > 1e-4).all()
    assert (rough.map_error > true).all()


@every
def test_one_set_of_mean_gradients_gives_any_coordinates(model, coordinates):
    explainer = kerasig.Explainer(model, steps=Fixed(16))
    gradients = mean_gradients(explainer, X, 3, baselines=0.5).gradients
    found = kerasig.explain(model, X, 3, baselines=0.5, coordinates=coordinates, steps=Fixed(16))
    np.testing.assert_allclose(coordinates.attribute(X, 0.5, gradients), found.values, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("steps", [None, Fixed(16)], ids=["adaptive", "fixed"])
def test_sampled_baselines_are_averaged(model, steps):
    rows = np.random.default_rng(1).random((3, 7, 6, 3)).astype("float32")
    found = kerasig.explain(model, X, 0, baselines=Samples(rows), coordinates=MeanColour(), steps=steps)
    each = [kerasig.explain(model, X, 0, baselines=row, coordinates=MeanColour(), steps=Fixed(16)) for row in rows]
    expected = np.mean([one.values for one in each], axis=0)
    np.testing.assert_allclose(found.values, expected, atol=0.01 * np.abs(expected).max())
    gradients = mean_gradients(kerasig.Explainer(model, steps=Fixed(16)), X, 0, baselines=Samples(rows)).gradients
    by_hand = MeanColour().attribute(X, rows, gradients)
    np.testing.assert_allclose(by_hand, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("baselines", [None, 0.3, Mean(X), Noise(0.1), lambda x: x[::-1].copy()])
def test_every_baseline_is_one_in_coordinates(model, baselines):
    found = kerasig.explain(model, X, 0, baselines=baselines, coordinates=Frequency(), steps=Fixed(32))
    assert found.converged.all()
    assert found.baselines.shape[1:] == X.shape[1:]


def test_float64_is_explained_in_float64():
    model, x = network(keras, dtype="float64"), X.astype("float64")
    found = kerasig.explain(model, x, 1, coordinates=Frequency(), steps=Fixed(48))
    assert np.abs(found.delta).max() < 1e-6
    assert Frequency().forward(x).dtype == np.float64


def test_channels_first_has_the_values_of_channels_last():
    last = network(keras, (6, 7, 3))
    first = keras.Input((3, 6, 7))
    moved = keras.Model(first, last(keras.layers.Permute((2, 3, 1))(first)))
    x = np.random.default_rng(0).random((4, 6, 7, 3)).astype("float32")
    for coordinates in ALL:
        expected = kerasig.explain(last, x, 1, coordinates=coordinates, steps=Fixed(8))
        found = kerasig.explain(moved, np.moveaxis(x, 3, 1), 1, coordinates=coordinates, steps=Fixed(8))
        if coordinates == Frequency(None):
            order = [expected.coordinates.tolist().index(name) for name in found.coordinates.tolist()]
            np.testing.assert_allclose(found.values, expected.values[:, order], rtol=1e-4, atol=1e-6)
            continue
        assert found.coordinates.tolist() == expected.coordinates.tolist()
        np.testing.assert_allclose(found.values, expected.values, rtol=1e-4, atol=1e-6)


@both_libraries
def test_a_layer_has_coordinates_of_its_output(library):
    library.utils.set_random_seed(0)
    inputs = library.Input((8, 9, 3))
    features = library.layers.Conv2D(5, 3, activation="tanh", name="features")(inputs)
    model = library.Model(inputs, library.layers.Dense(2)(library.layers.Flatten()(features)))
    x = np.random.default_rng(0).random((3, 8, 9, 3)).astype("float32")
    found = kerasig.explain(model, x, 1, layer="features", coordinates=MeanColour(), steps=Fixed(4))
    assert found.coordinates.tolist() == [*(f"mean channel {i}" for i in range(5)), "all but the mean"]
    assert found.converged.all()
    maps = kerasig.explain(model, x, 1, layer="features", steps=Fixed(4))
    np.testing.assert_allclose(found.values.sum(axis=1), maps.values.sum(axis=(1, 2, 3)), rtol=1e-4, atol=1e-5)
    assert found.layer == "features"


def several(library=keras):
    picture, table = library.Input((7, 6, 3), name="picture"), library.Input((4,), name="table")
    ids = library.Input((2,), dtype="int32", name="ids")
    words = library.layers.Flatten()(library.layers.Embedding(5, 3)(ids))
    joined = library.layers.Concatenate()([library.layers.Flatten()(picture), table, words])
    hidden = library.layers.Dense(6, activation="tanh")(joined)
    return library.Model({"picture": picture, "table": table, "ids": ids}, library.layers.Dense(2)(hidden))


MIXED = {
    "picture": X,
    "table": np.random.default_rng(2).random((5, 4)).astype("float32"),
    "ids": np.ones((5, 2), "int32"),
}


@pytest.mark.parametrize(
    "coordinates", [MeanColour(), {"picture": MeanColour()}, {"picture": MeanColour(), "table": None}]
)
def test_of_several_leaves_those_that_fit_have_coordinates(coordinates):
    found = kerasig.explain(several(), MIXED, 0, coordinates=coordinates, steps=Fixed(12))
    assert {name: np.shape(leaf) for name, leaf in found.values.items()} == {
        "picture": (5, 4),
        "table": (5, 4),
        "ids": (),
    }
    assert found.coordinates["table"] is None
    assert found.coordinates["picture"].tolist()[0] == "mean red"
    total = found.values["picture"].sum(axis=1) + found.values["table"].sum(axis=1)
    np.testing.assert_allclose(total, found.score - found.baseline_score, atol=1e-5)
    assert found.metrics()["gini"].shape == (5,)
    assert list(found.to_dataframe().columns)[:2] == ["picture mean red", "picture mean green"]
    assert "picture: mean red" in found.plot(0).to_json()


def test_a_series_has_a_spectrum_for_each_channel():
    t = np.arange(64) / 64
    x = np.stack([np.sin(2 * np.pi * 2 * t), np.cos(2 * np.pi * 20 * t)], axis=1)[None].astype("float32")
    found = kerasig.explain(lambda x: tf.reduce_sum(x**2, axis=[1, 2]), x, coordinates=Spectrum(4), steps=Fixed(4))
    assert found.coordinates.tolist()[4] == "channel 1, band 0: below 1 cycle per series"
    shares = found.values.reshape(2, 4) / found.values.sum()
    assert shares.argmax(axis=1).tolist() == [1, 3]


def test_a_tint_is_the_mean_and_stripes_are_a_band():
    tinted = np.zeros((1, 16, 16, 3), "float32")
    tinted[..., 0] = 0.5
    striped = np.zeros((1, 16, 16, 1), "float32")
    striped[:, :, ::2] = 1
    score = lambda x: tf.reduce_sum(x**2, axis=[1, 2, 3])  # noqa: E731
    values = kerasig.explain(score, tinted, coordinates=MeanColour(), steps=Fixed(4)).values[0]
    np.testing.assert_allclose(values / values.sum(), [1, 0, 0, 0], atol=1e-6)
    bands = kerasig.explain(score, striped, baselines=0.5, coordinates=Frequency(4), steps=Fixed(4))
    gradient_free = kerasig.explain(score, striped, baselines=0.5, coordinates=Profile(), steps=Fixed(4))
    assert bands.values[0].argmax() == 3
    np.testing.assert_allclose(gradient_free.values[0, -1], 0, atol=1e-4)


def test_an_example_that_is_its_baseline_has_zeros(model):
    found = kerasig.explain(model, X, 0, baselines=X, coordinates=MeanColour())
    assert not found.values.any()


def test_half_precision_and_xla_have_coordinates(model):
    expected = kerasig.explain(model, X, 1, coordinates=Frequency(), steps=Fixed(8)).values
    compiled = kerasig.explain(model, X, 1, coordinates=Frequency(), steps=Fixed(8), jit_compile=True).values
    np.testing.assert_allclose(compiled, expected, rtol=1e-4, atol=1e-6)
    few = kerasig.explain(model, X, 1, coordinates=Frequency(), steps=Fixed(8), batch_size=3).values
    np.testing.assert_allclose(few, expected, rtol=1e-4, atol=1e-6)
    flat = keras.layers.Flatten(dtype="mixed_float16")(inputs := keras.Input(X.shape[1:]))
    hidden = keras.layers.Dense(8, activation="tanh", dtype="mixed_float16")(flat)
    half = keras.Model(inputs, keras.layers.Dense(4, dtype="mixed_float16")(hidden))
    half.set_weights(model.get_weights())
    found = kerasig.explain(half, X, 1, coordinates=Frequency(), steps=Fixed(8)).values
    np.testing.assert_allclose(found, expected, atol=0.02 * np.abs(expected).max())


def test_the_loop_in_one_graph_finds_the_same(model, monkeypatch):
    expected = kerasig.explain(model, X, coordinates=MeanColour())
    monkeypatch.setattr(integrate, "scheme_of", lambda rule, compilation: WholeScheme(rule))
    found = kerasig.explain(model, X, coordinates=MeanColour())
    np.testing.assert_array_equal(found.n_evaluations, expected.n_evaluations)
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found.map_error, expected.map_error, rtol=1e-3, atol=1e-6)


def test_an_attribution_in_coordinates_keeps_what_others_have(model, tmp_path):
    found = kerasig.explain(model, X, 1, coordinates=Frequency(4))
    assert "  groups     4: band 0: below 1 cycle per picture" in repr(found)
    found.save(tmp_path / "bands")
    again = kerasig.Attribution.load(tmp_path / "bands")
    assert again.coordinates.tolist() == found.coordinates.tolist()
    np.testing.assert_array_equal(again.values, found.values)
    np.testing.assert_array_equal(again.inputs, X)
    assert found[1:3].coordinates.tolist() == found.coordinates.tolist()
    assert len(list(found)) == len(X)
    assert list(found.to_dataframe().columns) == found.coordinates.tolist()
    figure = found.plot(0).to_json()
    assert "band 0: below 1 cycle per picture" in figure
    assert "band 0" in found._repr_html_()
    low = found.coordinates.tolist()[0]
    measured = found.metrics({"low": [low]}, previous=found)
    share = np.abs(found.values[:, 0]) / np.abs(found.values).sum(axis=1)
    np.testing.assert_allclose(measured["region/low"], share, rtol=1e-5)
    np.testing.assert_allclose(measured["drift"], 0, atol=1e-6)
    assert kerasig.metrics.gini(found.values).shape == (5,)


def test_an_explainer_keeps_its_coordinates(model):
    explainer = kerasig.Explainer(model, coordinates=MeanColour(), steps=Fixed(4))
    assert "coordinates=MeanColour(" in repr(explainer)
    one, two = explainer.explain(X, 1), explainer.explain(X, 2)
    assert one.values.shape == two.values.shape == (5, 4)
    with pytest.raises(ValueError, match="replaced must be None with coordinates"):
        explainer.scores(X, 1, replaced=np.ones((1, 7, 6, 1), bool))


@pytest.mark.parametrize(
    ("coordinates", "error", "says"),
    [
        ("bands", TypeError, "coordinates must be coordinates of inputs. Received 'bands'"),
        (MeanColour, TypeError, "Pass one of kerasig.coordinates, such as Frequency()"),
        ({"picture": 3}, TypeError, "Received 3 of type int"),
        ({"photo": MeanColour()}, ValueError, "Received 'photo', which is none of them"),
        ({"ids": Spectrum()}, ValueError, "Received 'ids', which is held fixed"),
        ({"table": MeanColour()}, ValueError, r"needs pictures .* Received table of shape \[N, 4\]"),
    ],
)
def test_what_does_not_fit_is_refused(coordinates, error, says):
    with pytest.raises(error, match=says.replace("()", r"\(\)")):
        kerasig.explain(several(), MIXED, 0, coordinates=coordinates)


def test_a_table_has_no_mean_colour(model):
    table = np.ones((2, 4), "float32")
    with pytest.raises(ValueError, match=r"coordinates\.MeanColour needs pictures"):
        kerasig.explain(lambda x: tf.reduce_sum(x, axis=1), table, coordinates=MeanColour())
    with pytest.raises(ValueError, match="interior_alphas must be None with coordinates"):
        kerasig.explain(model, X, coordinates=MeanColour(), interior_alphas=[0.5])
    probes = kerasig.ProbeSet(X)
    with pytest.raises(ValueError, match="probes must be None with coordinates"):
        kerasig.explain(model, X, 0, coordinates=MeanColour()).metrics(probes=probes)


@pytest.mark.parametrize("coordinates", [MeanColour(), Frequency(3, per_channel=True), Frequency(None)], ids=str)
def test_the_feature_names_of_a_set_call_the_channels_of_its_groups(model, coordinates):
    features = {"red": "infrared", "green": "red", "blue": "green"}
    probes = kerasig.ProbeSet(X, kind="image", feature_names=list(features.values()))
    found = kerasig.explain(model, probes, coordinates=coordinates, steps=2).coordinates
    own = kerasig.explain(model, X, coordinates=coordinates, steps=2).coordinates
    colour = {
        name: next((each for each in features if name.removeprefix("mean ").startswith(each)), "") for name in own
    }
    assert found.tolist() == [name.replace(colour[name], features.get(colour[name], ""), 1) for name in own]
    assert found.tolist() != own.tolist()


def test_names_of_features_that_are_not_the_channels_of_groups_stay_out():
    series = np.random.default_rng(0).random((3, 4, 4)).astype("float32")
    probes = kerasig.ProbeSet(series, kind="series", feature_names=["a", "b", "c", "d"])

    def model(x):
        return tf.reduce_sum(tf.tanh(x), axis=[1, 2])

    def names(coordinates):
        return kerasig.explain(model, probes, coordinates=coordinates, steps=2).coordinates.tolist()

    assert names(Spectrum(1)) == ["a, band 0: all", "b, band 0: all", "c, band 0: all", "d, band 0: all"]
    # What the groups have as channels are the steps of time.
    assert names(Spectrum(1, channels="first"))[0] == "channel 0, band 0: all"
    assert names(Spectrum(1, per_channel=False)) == ["band 0: all"]
    layer = keras.layers.Dense(4, name="dense")
    inputs = keras.Input((4, 4))
    behind = keras.Model(inputs, keras.layers.Flatten()(layer(inputs)))
    of_layer = kerasig.explain(behind, probes, 0, layer="dense", coordinates=Spectrum(1), steps=2)
    assert of_layer.coordinates[0] == "channel 0, band 0: all"


def test_the_transform_of_a_long_axis_is_no_part_of_the_graph():
    series = np.random.default_rng(0).normal(size=(2, 1500, 1)).astype("float32")

    def score(x):
        return tf.reduce_sum(tf.tanh(x), axis=(1, 2))

    found = kerasig.explain(score, series, coordinates=Spectrum(bands=6))
    assert found.converged.all()
    cores = [entry for entry in cache_of(score)._entries.values() if isinstance(entry, Core)]
    sizes = [compiled.graph.as_graph_def().ByteSize() for core in cores for compiled in core._compiled.values()]
    assert len(sizes)
    assert max(sizes) < 1 << 20

"""Coordinates of arrays: they go there and back, and each coefficient has a group with a name."""

import subprocess
import sys

import numpy as np
import pytest

from kerasig.coordinates import Coordinates, Frequency, MeanColour, Profile, Spectrum

RNG = np.random.default_rng(0)
SHAPES = {
    MeanColour(): [(5, 4), (6, 5, 1), (6, 5, 3), (3, 6, 5), (4, 5, 6, 2), (1, 1, 3)],
    Frequency(): [(5, 4), (6, 5, 1), (3, 6, 5), (4, 5, 6, 2), (1, 1, 3)],
    Frequency(2, per_channel=True): [(5, 4), (6, 5, 3), (3, 6, 5)],
    Frequency(None): [(5, 4), (6, 5, 3), (3, 6, 5), (4, 5, 6, 2)],
    Profile(): [(5, 4), (6, 5, 3), (3, 6, 5), (1, 5, 3)],
    Profile("vertical"): [(5, 4), (6, 5, 3), (3, 6, 5)],
    Spectrum(): [(9,), (12, 1), (12, 3)],
    Spectrum(None): [(9,), (12, 3)],
    Spectrum(3, per_channel=False, rate=50): [(9,), (12, 3)],
    Spectrum(channels="first"): [(3, 12)],
}
pairs = pytest.mark.parametrize(
    ("coordinates", "shape"), [(one, shape) for one, shapes in SHAPES.items() for shape in shapes], ids=str
)


@pairs
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_there_and_back_is_the_input(coordinates, shape, dtype):
    x = RNG.standard_normal((4, *shape)).astype(dtype)
    z = coordinates.forward(x)
    assert z.dtype == x.dtype
    assert z.shape == x.shape
    np.testing.assert_allclose(coordinates.inverse(z), x, atol=1e-6 if dtype == "float32" else 1e-13)
    # Orthonormal: lengths stay.
    np.testing.assert_allclose((z**2).sum(), (x**2).sum(), rtol=1e-5)


@pairs
def test_each_coefficient_has_a_group_with_a_name(coordinates, shape):
    groups, names = coordinates.groups(shape), coordinates.names(shape)
    assert groups.shape == shape
    assert sorted(set(groups.ravel().tolist())) == list(range(len(names)))
    assert len(set(names)) == len(names)


@pairs
def test_attributions_are_sums_over_groups_of_coefficients(coordinates, shape):
    x, start, gradient = RNG.standard_normal((3, 4, *shape))
    found = coordinates.attribute(x, start, gradient)
    products = coordinates.forward(x - start) * coordinates.forward(gradient)
    groups = coordinates.groups(shape)
    expected = [products[:, groups == group].sum(axis=1) for group in range(len(coordinates.names(shape)))]
    np.testing.assert_allclose(found, np.stack(expected, axis=1), atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), ((x - start) * gradient).reshape(4, -1).sum(axis=1), atol=1e-12)


def test_the_mean_of_a_colour_is_the_difference_of_means_times_the_sum_of_gradients():
    x, start, gradient = RNG.standard_normal((3, 4, 6, 5, 3))
    expected = (x - start).mean(axis=(1, 2)) * gradient.sum(axis=(1, 2))
    np.testing.assert_allclose(MeanColour().attribute(x, start, gradient)[:, :3], expected)


def test_a_column_is_the_difference_of_its_mean_times_its_sum_of_gradients():
    x, start, gradient = RNG.standard_normal((3, 4, 6, 5, 3))
    columns = Profile().attribute(x, start, gradient)[:, :5]
    np.testing.assert_allclose(columns, ((x - start).mean(axis=1) * gradient.sum(axis=1)).sum(axis=-1))
    rows = Profile("vertical").attribute(x, start, gradient)[:, :6]
    np.testing.assert_allclose(rows, ((x - start).mean(axis=2) * gradient.sum(axis=2)).sum(axis=-1))


def test_gradients_of_sampled_baselines_are_averaged():
    x, rows, gradients = (
        RNG.standard_normal((4, 6, 5)),
        RNG.standard_normal((2, 6, 5)),
        RNG.standard_normal((4, 2, 6, 5)),
    )
    each = [Frequency().attribute(x, row, gradients[:, at]) for at, row in enumerate(rows)]
    np.testing.assert_allclose(Frequency().attribute(x, rows, gradients), np.mean(each, axis=0))


def test_another_ones_group_is_moved_by_coefficients():
    x, other = RNG.random((2, 1, 8, 8, 3))
    mean = MeanColour()
    z = np.where(mean.groups((8, 8, 3)) < 3, mean.forward(other), mean.forward(x))
    moved = mean.inverse(z)
    np.testing.assert_allclose(moved.mean(axis=(1, 2)), other.mean(axis=(1, 2)))
    np.testing.assert_allclose(moved - moved.mean(axis=(1, 2)), x - x.mean(axis=(1, 2)))


def test_bands_rise_from_the_mean_to_the_finest_grain():
    groups, names = Frequency().groups((28, 28, 1)), Frequency().names((28, 28, 1))
    assert groups[0, 0, 0] == 0
    assert groups[27, 27, 0] == len(names) - 1 == 7
    assert (np.diff(groups[:, 0, 0]) >= 0).all()
    # One cycle is two half waves.
    assert groups[1, 0, 0] == 0 < groups[2, 0, 0] == 1
    assert names[0] == "band 0: below 1 cycle per picture"


def test_names_are_in_plain_words():
    assert MeanColour().names((8, 8, 1)) == ["mean brightness", "all but the mean"]
    assert MeanColour(channels="first").names((2, 8, 8))[:2] == ["mean channel 0", "mean channel 1"]
    assert Frequency(None).names((2, 2, 3))[4] == "green, cycles 0 down, 0.5 across"
    assert Spectrum(None, rate=10).names((10, 1))[3] == "1.5 Hz"
    assert Frequency(2, per_channel=True).names((8, 8, 3))[-1] == "blue, band 1: 1 cycles and more"
    assert Frequency(1).names((8, 8)) == ["band 0: all"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: MeanColour().forward(np.ones((2, 8, 8, 3), "int32")),
            "must be of inputs of floats. Received x of int32",
        ),
        (lambda: Spectrum().forward(np.array([["a", "b"]])), "must be of inputs of floats"),
        (lambda: MeanColour().forward(np.ones((2, 5))), r"needs pictures .* Received x of shape \[N, 5\]"),
        (lambda: Spectrum().inverse(np.ones((2, 5, 5, 5))), r"needs series .* Received z of shape \[N, 5, 5, 5\]"),
        (lambda: Profile().names((4, 4, 4, 1)), "needs pictures"),
        (lambda: Frequency().groups((0, 4)), "needs pictures"),
        (lambda: Frequency().groups(3), "shape"),
        (lambda: Frequency().groups(["a", 4]), r"shape\[0\] must be a whole number .* Received"),
        (lambda: Profile().names((4, -1, 4)), r"shape\[1\] must be a whole number .* Received"),
        (lambda: Profile().names((4, None)), r"shape\[1\] must be a whole number .* Received"),
        (lambda: MeanColour().attribute(np.ones((2, 4, 4)), "a", np.ones((2, 4, 4))), "baseline must be real numbers"),
        (lambda: Frequency(0), "bands must be a whole number of at least 1, or None. Received bands=0"),
        (lambda: Spectrum(2.5), "Received bands=2.5"),
        (lambda: Spectrum(rate=0), "rate"),
        (lambda: Profile("diagonal"), "along"),
        (lambda: MeanColour(channels="middle"), "channels"),
        (
            lambda: MeanColour().attribute(np.ones((2, 4, 4)), 0, np.ones((3, 4, 4))),
            "mean_gradient and baseline must fit x",
        ),
        (
            lambda: MeanColour().attribute(np.ones((2, 4, 4)), np.ones(3), np.ones((2, 4, 4))),
            "mean_gradient and baseline must fit x",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_no_example_has_no_attribution():
    assert MeanColour().forward(np.ones((0, 4, 4))).shape == (0, 4, 4)
    assert MeanColour().attribute(np.ones((0, 4, 4)), 0, np.ones((0, 4, 4))).shape == (0, 2)


def test_coordinates_are_values():
    assert Frequency(8) == Frequency()
    assert hash(Frequency(8)) == hash(Frequency())
    assert repr(Profile("vertical")) == "Profile(channels='auto', along='vertical')"
    with pytest.raises(TypeError):
        Coordinates()


def test_they_need_no_tensorflow():
    code = "import sys, kerasig; kerasig.coordinates.MeanColour(); assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)

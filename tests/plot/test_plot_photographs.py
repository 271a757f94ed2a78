"""Photographs: smoothed so that sums survive, clipped, in colour, and small enough for a notebook."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest
from fitting_plots import attribution_of
from pictures import photographs, pixels, scenes

from kerasig import plot
from kerasig.attribution import PathProfile
from kerasig.plot._jpeg import jpeg
from kerasig.plot._photographs import beneath, in_color, laid_over, tone
from kerasig.plot._smoothing import end_of_scale, smoothed, width_for

RNG = np.random.default_rng(0)
BYTES = 300_000


def explained(inputs, values=None):
    """An attribution of photographs, heavy-tailed as real ones are."""
    n = len(inputs)
    values = RNG.standard_t(2, size=inputs.shape).astype(np.float32) if values is None else values
    alphas = np.tile([0.0, 1.0], (n, 1)).astype(np.float32)
    fields = {name: np.zeros(n, np.float32) for name in ("score", "baseline_score", "delta", "residual", "map_error")}
    fields |= {"converged": np.ones(n, bool), "status": np.full(n, "converged"), "n_evaluations": np.full(n, 9)}
    return attribution_of(inputs, values, **fields, target=np.arange(n), path=PathProfile(alphas, alphas, alphas))


# Smoothing and clip.


@pytest.mark.parametrize(
    ("shape", "width"),
    [((64, 64), 0), ((28, 28), 0), ((65, 65), 4), ((224, 224), 12), ((299, 200), 17), ((3000, 6), 3), ((65, 1), 0)],
)
def test_only_pictures_above_64_pixels_are_smoothed_in_proportion_to_their_size(shape, width):
    assert width_for(*shape) == width


@pytest.mark.parametrize("shape", [(90, 71), (224, 224), (299, 200), (65, 3000), (70, 5)])
def test_sums_survive_smoothing(shape):
    values = RNG.standard_t(2, size=shape)
    shown = smoothed(values)
    # Each number is the mean of the pixels in its place.
    np.testing.assert_allclose(shown.sum() * values.size / shown.size, values.sum(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(smoothed(np.full(shape, 3.0)), 3.0)


def test_a_small_map_is_shown_as_it_is():
    values = RNG.normal(size=(64, 64))
    values[3, 4] = np.nan
    np.testing.assert_array_equal(smoothed(values), values)


def test_smoothing_is_that_of_the_tab():
    # The numbers that its smoothing.js gives for the same map.
    i = np.arange(90 * 71)
    values = (np.sin(i * i * 0.001) + np.where(i % 7 == 0, 3, 0)).astype(np.float32).reshape(90, 71)
    shown = smoothed(values)
    assert shown.shape == (45, 36)
    # The tab's are float32.
    expected = [0.37865247860760753, 0.35164222582964827, 0.494917459890876, 0.03220799229514431]
    np.testing.assert_allclose(shown.ravel()[[0, 5, 100, -1]], expected, atol=1e-6)


def test_a_lone_pixel_becomes_a_round_bell_of_the_width_that_is_said():
    values = np.zeros((224, 224))
    values[112, 112] = 1
    shown = smoothed(values)
    middle = shown[:, np.unravel_index(shown.argmax(), shown.shape)[1]]
    pixels_each = 224 / shown.shape[0]
    half = np.flatnonzero(middle >= middle.max() / 2)
    # To a cell: 12 pixels are two and a half of them.
    assert abs(len(half) * pixels_each - 12) <= pixels_each
    np.testing.assert_allclose(shown, shown.T, atol=1e-15)


def test_a_photographs_scale_ends_at_the_99th_percentile_and_a_small_pictures_at_the_largest():
    values = np.concatenate([np.arange(101.0), -np.arange(101.0)])
    # The nearest rank of 202 sizes: place 198.99 rounds to 199.
    assert end_of_scale(values, photograph=True) == np.sort(np.abs(values))[199]
    assert end_of_scale(values, photograph=False) == 100
    assert end_of_scale(np.array([np.nan, np.inf, -2.0]), photograph=False) == 2
    assert end_of_scale(np.array([0.0] * 999 + [5.0]), photograph=True) == 5
    assert end_of_scale(np.zeros(9), photograph=True) == end_of_scale(np.zeros(0), photograph=False) == 0


def test_a_figure_shows_the_smoothed_map_up_to_its_clip():
    inputs = scenes(1)
    attribution = explained(inputs)
    figure = plot.plot(attribution, 0)
    (heat,) = [trace for trace in figure.data if trace.name == "attribution"]
    shown = smoothed(attribution.values[0].astype(np.float64).sum(axis=-1))
    np.testing.assert_allclose(heat.z, shown, rtol=1e-12)
    assert heat.zmax == -heat.zmin == end_of_scale(shown, photograph=True)
    assert heat.zmax < np.abs(shown).max()
    # The map reaches over all pixels of its photograph.
    rows, columns = heat.z.shape
    assert (heat.x0 - heat.dx / 2, heat.x0 + (columns - 0.5) * heat.dx) == pytest.approx((-0.5, 223.5))
    assert (heat.y0 - heat.dy / 2, heat.y0 + (rows - 0.5) * heat.dy) == pytest.approx((-0.5, 223.5))
    assert heat.colorbar.ticktext[-1].endswith(" or more<br>raises")
    assert heat.colorbar.ticktext[0].endswith(" or less<br>lowers")
    assert heat.colorbar.tickvals == pytest.approx([-heat.zmax, -heat.zmax / 2, 0, heat.zmax / 2, heat.zmax])


# Pictures.


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [(0, 1, (0, 1)), (0, 0.3, (0, 1)), (0, 255, (0, 255)), (3, 100, (0, 255)), (-1, 1, (-1, 1)), (-2.1, 2.6, None)],
)
def test_black_and_white_are_guessed_from_the_usual_ways_to_scale_images(low, high, ends):
    picture = np.linspace(low, high, 48).reshape(4, 4, 3)
    black, white = ends or (low, high)
    np.testing.assert_allclose(in_color(picture), (picture - black) / (white - black), atol=1e-12)


def test_of_two_channels_the_first_is_shown_and_of_four_the_first_three():
    picture = RNG.uniform(size=(4, 4, 4))
    np.testing.assert_array_equal(in_color(picture), picture[..., :3])
    np.testing.assert_array_equal(in_color(picture[..., :2]), np.repeat(picture[..., :1], 3, axis=-1))


def test_a_drawing_is_dark_beneath_its_map_and_a_photograph_only_dimmed():
    stroke = np.zeros((8, 8, 1))
    stroke[2:6, 3:5] = 0.8
    low, high = tone(stroke, photograph=False)
    # Most of its lit pixels become 72, whatever light they have.
    assert (low, low + 0.8 * (high - low)) == (20, pytest.approx(72))
    assert tone(stroke, photograph=True) == (16, 190)
    # What is dark is not made bright for it.
    assert tone(stroke / 4, photograph=False)[1] == pytest.approx(20 + 52 / 0.4)
    np.testing.assert_array_equal(beneath(np.array([[[0.0, 0.5, 1.0]]]), (16, 190)), [[[16, 103, 190]]])


def test_a_map_covers_its_picture_the_more_the_larger_it_is():
    pixels_beneath = np.full((1, 3, 3), 100, np.uint8)
    drawn = laid_over(pixels_beneath, np.array([[0, 1.0, -1.0]]), 1.0)
    np.testing.assert_array_equal(drawn[0, 0], [100, 100, 100])
    np.testing.assert_allclose(drawn[0, 1], 0.04 * 100 + 0.96 * np.array([216, 75, 0]), atol=1)
    np.testing.assert_allclose(drawn[0, 2], 0.04 * 100 + 0.96 * np.array([0, 128, 236]), atol=1)


@pytest.mark.parametrize("shape", [(224, 224, 3), (57, 33, 3), (1, 1, 3), (16, 8, 3)])
def test_jpeg_is_read_as_what_was_written(shape):
    import base64

    picture = scenes(1)[0].astype(np.uint8)[: shape[0], : shape[1]]
    read = pixels("data:image/jpeg;base64," + base64.b64encode(jpeg(picture, 92)).decode())
    assert read.shape == shape
    # As near as other encoders come at this quality, half the resolution of colours included.
    assert np.sqrt(np.mean((read.astype(float) - picture) ** 2)) < 8
    np.testing.assert_allclose(read.mean(axis=(0, 1)), picture.mean(axis=(0, 1)), atol=2)


def test_jpeg_takes_colours_and_edges_of_any_size():
    import base64

    picture = np.zeros((40, 40, 3), np.uint8)
    picture[:16, :16], picture[16:32, 16:32] = (255, 0, 0), (0, 0, 255)
    read = pixels("data:image/jpeg;base64," + base64.b64encode(jpeg(picture, 100)).decode()).astype(int)
    assert np.abs(read[2:14, 2:14] - [255, 0, 0]).max() < 6
    assert np.abs(read[18:30, 18:30] - [0, 0, 255]).max() < 6
    assert np.abs(read[34:, 34:]).max() < 6


# Sizes.

KINDS = {
    "made up": lambda: scenes(8),
    "noise": lambda: RNG.integers(0, 256, (8, 224, 224, 3)).astype(np.float32),
    "photographs": lambda: photographs(8),
}


@pytest.mark.parametrize("inputs", KINDS.values(), ids=KINDS)
def test_a_figure_of_four_photographs_stays_below_300_kilobytes(inputs):
    attribution = explained(inputs())
    figure = attribution.plot()
    assert len(figure.to_html(include_plotlyjs=False).encode()) < BYTES
    assert len(figure.to_json().encode()) < BYTES
    assert len([trace for trace in figure.data if trace.name == "attribution"]) == 4
    # In the papers' ways, too.
    assert len(plot.images(attribution, [0, 1, 2, 3]).to_json().encode()) < BYTES


@pytest.mark.parametrize("inputs", [KINDS["made up"], KINDS["photographs"]], ids=["made up", "photographs"])
def test_photographs_in_a_figure_look_as_they_are(inputs):
    inputs = inputs()[:4]
    figure = explained(inputs).plot()
    beside = [trace for trace in figure.data if isinstance(trace, go.Image) and trace.x0 < 0]
    for trace, picture in zip(beside, inputs, strict=True):
        read = pixels(trace.source)
        assert read.shape == (224, 224, 3)
        # 30 dB, below which eyes begin to see differences.
        assert np.mean((read - picture) ** 2) < 255**2 / 10**3


def test_a_figure_is_strict_json():
    values = RNG.normal(size=(2, 80, 80, 3)).astype(np.float32)
    values[0, 0, 0] = np.nan
    figure = explained(scenes(2, 80), values).plot()
    assert json.loads(figure.to_json(), parse_constant=lambda word: pytest.fail(word))

"""Pictures of attributions: each pixel by its formula, and sheets that hold exactly these pixels."""

import base64
import io

import numpy as np
import pytest

from kerasig import plot
from kerasig.attribution import Attribution, InteriorGradients, PathProfile
from kerasig.steps import Adaptive

RNG = np.random.default_rng(0)
N = 2
WHITE = np.full((2, 2, 3), 255, np.uint8)


def pixels_of(trace):
    """What a browser would show for one picture of a figure."""
    image = pytest.importorskip("PIL.Image", reason="reading a PNG needs pillow")
    head, packed = trace.source.split(",")
    assert head == "data:image/png;base64"
    return np.asarray(image.open(io.BytesIO(base64.b64decode(packed))))


def attribution_of(inputs, values=None, **fields):
    """An Attribution of images; no model is needed to draw one."""
    one = np.ones(N, np.float32)
    alphas = np.tile([0.0, 1.0], (N, 1)).astype(np.float32)
    defaults = {
        "values": RNG.normal(size=inputs.shape).astype(np.float32) if values is None else values,
        "inputs": inputs,
        "baselines": np.zeros_like(inputs),
        **{"score": one, "baseline_score": 0 * one, "delta": 0 * one, "residual": 0 * one, "map_error": 0 * one},
        **{
            "converged": one > 0,
            "status": np.full(len(one), "converged"),
            "n_evaluations": np.array([9, 17]),
            "rule": Adaptive(),
            "target": np.array([2, 0]),
        },
        "path": PathProfile(alphas, alphas, alphas),
    }
    return Attribution(**{**defaults, **fields})


# Pixels.


def test_picture_is_lit_by_the_summed_size_of_all_channels():
    # Sizes 4, 2, 1, 0: signs within a pixel do not cancel. Their 100th percentile is 4.
    values = np.array([[[3, -1, 0], [-2, 0, 0]], [[0.5, -0.25, 0.25], [0, 0, 0]]])
    drawn = plot.times_picture(WHITE, values, percentile=100)
    np.testing.assert_array_equal(drawn[..., 0], [[255, 128], [64, 0]])
    assert drawn.shape == (2, 2, 3)
    assert drawn.dtype == np.uint8


def test_picture_keeps_its_colours_where_it_is_lit():
    picture = np.array([[[200, 100, 50], [10, 20, 30]]], np.uint8)
    drawn = plot.times_picture(picture, np.array([[2.0, 1.0]]), percentile=100)
    np.testing.assert_array_equal(drawn, [[[200, 100, 50], [5, 10, 15]]])


def test_percentile_is_where_full_brightness_begins():
    values = np.arange(101.0).reshape(1, 101)
    drawn = plot.times_picture(np.full((1, 101), 255, np.uint8), values, percentile=50)
    assert (drawn[0, 50:] == 255).all()
    assert drawn[0, 25, 0] == 128


def test_percentile_of_zero_gives_way_to_the_largest():
    values = np.zeros((10, 10))
    values[3, 4], values[5, 6] = 2, 1
    drawn = plot.times_picture(np.full((10, 10), 255, np.uint8), values, percentile=90)
    assert (drawn[3, 4, 0], drawn[5, 6, 0], drawn[0, 0, 0]) == (255, 128, 0)


def test_signs_of_a_pixels_channels_cancel_in_an_overlay():
    values = np.array([[[3.0, -3.0, 0.0], [1, 1, 0], [0, -2, 0]]])
    drawn = plot.green_and_red(np.zeros((1, 3, 3), np.uint8), values, percentile=100)
    np.testing.assert_array_equal(drawn, [[[0, 0, 0], [0, 255, 0], [255, 0, 0]]])


def test_signed_overlay_has_the_colours_of_the_heat_maps():
    drawn = plot.signed_overlay(np.zeros((1, 2), np.uint8), np.array([[1.0, -1.0]]), percentile=100)
    np.testing.assert_array_equal(drawn, [[[216, 75, 0], [0, 128, 236]]])


@pytest.mark.parametrize("draw", [plot.signed_overlay, plot.green_and_red])
def test_overlay_shows_the_picture_in_grey_where_there_is_no_attribution(draw):
    picture = RNG.integers(0, 256, (4, 5, 3)).astype(np.uint8)
    drawn = draw(picture, np.zeros((4, 5, 3)))
    grey = 0.6 * (picture @ np.array([0.2126, 0.7152, 0.0722]))
    np.testing.assert_allclose(drawn, np.repeat(grey[..., None], 3, axis=2), atol=0.51)


def test_floating_pictures_are_stretched_to_their_range():
    drawn = plot.times_picture(np.array([[-1.0, 0.0, 1.0]]), np.ones((1, 3)))
    np.testing.assert_array_equal(drawn[0, :, 0], [0, 128, 255])


def test_what_is_not_finite_counts_as_zero():
    drawn = plot.times_picture(WHITE, np.array([[np.nan, np.inf], [1.0, 0.5]]), percentile=100)
    np.testing.assert_array_equal(drawn[..., 0], [[0, 0], [255, 128]])


@pytest.mark.parametrize("draw", [plot.times_picture, plot.signed_overlay, plot.green_and_red])
@pytest.mark.parametrize(
    ("picture", "values", "percentile", "said"),
    [
        (np.zeros((2, 3)), np.zeros((3, 2)), 99, r"picture must be .*Received shape \(2, 3\) for \(3, 2\)"),
        (np.zeros((2, 2, 2)), np.zeros((2, 2)), 99, "picture must be"),
        (np.zeros((2, 2)), np.zeros((1, 2, 2, 3)), 99, "values must be .H, W. or .H, W, C."),
        (np.zeros((2, 2)), np.zeros((2, 2)), 0, "percentile must be above 0"),
        (np.zeros((2, 2)), np.zeros((2, 2)), 101, "percentile must be above 0"),
    ],
)
def test_a_wrong_picture_is_refused(draw, picture, values, percentile, said):
    with pytest.raises(ValueError, match=said):
        draw(picture, values, percentile=percentile)


# Sheets.


def test_sheet_holds_the_pixels_and_their_names():
    rows = [[RNG.integers(0, 256, (6, 9, 3)).astype(np.uint8) for _ in range(3)] for _ in range(2)]
    figure = plot.sheet(rows, columns=["a", "<b>", "c"], names=["first", "second"], title="All of them")
    for trace, picture in zip(figure.data, [picture for row in rows for picture in row], strict=True):
        np.testing.assert_array_equal(pixels_of(trace), picture)
    assert [note.text for note in figure.layout.annotations] == ["a", "&lt;b&gt;", "c", "first", "second"]
    assert figure.layout.title.text == "All of them"


def test_sheet_leaves_a_place_empty():
    assert len(plot.sheet([[WHITE, None], [WHITE, WHITE]]).data) == 3


@pytest.mark.parametrize(
    ("pictures", "options", "said"),
    [
        ([], {}, "rows of equal length"),
        ([[]], {}, "rows of equal length"),
        ([[None]], {}, "rows of equal length"),
        ([[WHITE], [WHITE, WHITE]], {}, r"Received lengths \[1, 2\]"),
        ([[WHITE]], {"columns": ["a", "b"]}, "Received 2 columns and 0 names for 1 rows of 1"),
        ([[WHITE]], {"names": ["a", "b"]}, "Received 0 columns and 2 names"),
    ],
)
def test_a_wrong_sheet_is_refused(pictures, options, said):
    with pytest.raises(ValueError, match=said):
        plot.sheet(pictures, **options)


# Attributions of images.


@pytest.mark.parametrize("shape", [(N, 12, 10, 3), (N, 12, 12, 1), (N, 12, 12), (N, 3, 12, 12)])
def test_images_draw_the_input_and_each_style(shape):
    inputs = RNG.uniform(size=shape).astype(np.float32)
    attribution = attribution_of(inputs)
    figure = plot.images(attribution, [1], styles=["green_and_red"], names=["one", "two & three"])
    last = [np.moveaxis(part[1], 0, -1) if shape[1] == 3 else part[1] for part in (inputs, attribution.values)]
    np.testing.assert_array_equal(pixels_of(figure.data[1]), plot.green_and_red(*last))
    assert len(figure.data) == 2
    assert figure.layout.annotations[-1].text.startswith("two &amp; three · class 0")


def test_images_take_all_examples_and_both_default_styles():
    assert len(plot.images(attribution_of(np.ones((N, 8, 8, 3), np.float32))).data) == N * 3


def test_images_find_the_attributed_leaf_among_several():
    inputs = {"age": np.ones((N, 1), int), "scan": RNG.uniform(size=(N, 8, 8, 1)).astype(np.float32)}
    values = {"age": None, "scan": RNG.normal(size=(N, 8, 8, 1))}
    starts = {"age": None, "scan": np.zeros((N, 8, 8, 1))}
    figure = plot.images(attribution_of(inputs, values, baselines=starts), [0], styles=["times_picture"])
    np.testing.assert_array_equal(pixels_of(figure.data[1]), plot.times_picture(inputs["scan"][0], values["scan"][0]))


def test_film_strip_shows_each_counterfactual_over_its_own_gradients():
    inputs = RNG.uniform(1, 2, size=(N, 8, 8, 3)).astype(np.float32)
    gradients = RNG.normal(size=(N, 2, 8, 8, 3)).astype(np.float32)
    gradients[1, 1] = gradients[1, 0] / 4
    attribution = attribution_of(inputs, interior=InteriorGradients(np.array([0.5, 1.0]), gradients))
    figure = plot.film_strip(attribution, 1)
    drawn = [pixels_of(trace) for trace in figure.data]
    np.testing.assert_allclose(drawn[0], 255 * 0.5 * inputs[1] / inputs[1].max(), atol=0.51)
    np.testing.assert_allclose(drawn[1], 255 * inputs[1] / inputs[1].max(), atol=0.51)
    np.testing.assert_array_equal(drawn[4], plot.times_picture(inputs[1], gradients[1, 1]))
    np.testing.assert_array_equal(drawn[5], plot.times_picture(inputs[1], attribution.values[1]))
    assert [note.text for note in figure.layout.annotations] == [
        "alpha 0.5, size 100%",
        "alpha 1, size 25%",
        "integrated",
    ]


def test_film_strip_starts_at_the_mean_of_sampled_baselines():
    inputs = np.ones((N, 4, 4, 1), np.float32)
    interior = InteriorGradients(np.array([0.0]), RNG.normal(size=(N, 1, 4, 4, 1)))
    starts = np.stack([np.zeros((4, 4, 1)), np.ones((4, 4, 1)), np.zeros((4, 4, 1)), np.zeros((4, 4, 1))])
    figure = plot.film_strip(attribution_of(inputs, interior=interior, baselines=starts))
    # The range is that of the path, from 0.25 to 1.
    assert (pixels_of(figure.data[0]) == 0).all()


def test_what_are_no_images_is_refused_with_a_remedy():
    with pytest.raises(ValueError, match="must be that of one input of images"):
        plot.images(attribution_of(np.ones((N, 3), np.float32)))
    with pytest.raises(ValueError, match="layer='conv'"):
        plot.images(attribution_of(np.ones((N, 8, 8, 1), np.float32), layer="conv"))
    two = {"a": np.ones((N, 8, 8, 1)), "b": np.ones((N, 8, 8, 1))}
    with pytest.raises(ValueError, match="must be that of one input of images"):
        plot.images(attribution_of(two, two))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"styles": ["rainbow"]}, "styles must be of times_picture, signed_overlay, green_and_red"),
        ({"styles": []}, "styles must be of"),
        ({"examples": [2]}, r"examples must be indices. Received examples=\[2\] for 2 examples, where 2 is none"),
        ({"examples": [-1]}, r"Received examples=\[-1\] for 2 examples, where -1 is none"),
        ({"names": ["a"]}, "names must be one per example"),
    ],
)
def test_wrong_options_of_images_are_refused(options, said):
    inputs = np.ones((N, 8, 8, 1), np.float32)
    with pytest.raises(ValueError, match=said):
        plot.images(attribution_of(inputs, values=inputs, baselines=inputs), **options)


def test_film_strip_needs_interior_gradients_and_a_known_style():
    attribution = attribution_of(np.ones((N, 8, 8, 1), np.float32))
    with pytest.raises(ValueError, match="Pass interior_alphas to explain"):
        plot.film_strip(attribution)
    with pytest.raises(ValueError, match="style must be one of"):
        plot.film_strip(attribution, style="rainbow")

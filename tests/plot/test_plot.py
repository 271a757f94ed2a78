"""Figures show the numbers of the attribution, all of them, with the error stated."""

import numpy as np
import plotly.graph_objects as go
import pytest
from pictures import pixels

from kerasig import plot
from kerasig.attribution import Attribution, PathProfile
from kerasig.steps import Adaptive

N = 3
RNG = np.random.default_rng(0)


def attribution_of(inputs, values=None, **fields):
    """An Attribution of `inputs`, with random values where none are given; no model is needed to draw one."""
    values = values if values is not None else RNG.normal(size=inputs.shape).astype(np.float32)
    alphas = np.tile([0, 0.25, 0.5, 1, np.nan], (N, 1)).astype(np.float32)
    defaults = {
        "values": values,
        "inputs": inputs,
        "score": np.array([0.9, 0.8, 0.7], np.float32),
        "baseline_score": np.array([0.1, 0.2, 0.3], np.float32),
        "delta": np.zeros(N),
        "residual": np.array([0.0034, 0.0, 2e-7], np.float32),
        "map_error": np.array([0.021, np.nan, 0.3], np.float32),
        "converged": np.array([True, True, False]),
        "status": np.array(["converged", "converged", "out of steps"]),
        "n_evaluations": np.array([9, 17, 513]),
        "path": PathProfile(alphas, alphas**2, 2 * alphas),
        "rule": Adaptive(),
        "target": np.array([2, 0, 1], np.int32),
    }
    return Attribution(**{**defaults, **fields})


def traces(figure, kind):
    return [trace for trace in figure.data if isinstance(trace, kind)]


def heat(figure):
    (found,) = [trace for trace in traces(figure, go.Heatmap) if trace.name == "attribution"]
    return found


@pytest.mark.parametrize(
    "shape",
    [(N, 12, 10, 3), (N, 28, 28, 1), (N, 8, 8), (N, 3, 32, 32)],
    ids=["rgb", "grey", "no channel", "channels first"],
)
def test_heat_map_of_an_image_sums_to_the_attribution(shape):
    attribution = attribution_of(RNG.uniform(size=shape).astype(np.float32))
    figure = plot.plot(attribution, 1, "image")
    z = np.asarray(heat(figure).z)
    # Summed in float64 from float32: equal to rounding of float64.
    np.testing.assert_allclose(z.sum(), attribution.values[1].astype(float).sum(), rtol=1e-10)
    assert z.ndim == 2


def test_heat_map_is_symmetric_around_zero_and_zero_is_transparent():
    values = np.zeros((N, 8, 8), np.float32)
    values[0, 2, 3], values[0, 4, 4] = -2, 0.5
    trace = heat(plot.plot(attribution_of(np.ones((N, 8, 8), np.float32), values), 0))
    assert (trace.zmin, trace.zmax) == (-2, 2)
    positions = [stop for stop, _ in trace.colorscale]
    assert positions == sorted(positions)
    np.testing.assert_allclose(np.array(positions) + positions[::-1], 1)
    assert trace.colorscale[len(positions) // 2][0] == 0.5
    assert trace.colorscale[len(positions) // 2][1].endswith("0.000)")


def test_the_picture_stands_beside_the_map_and_lies_beneath_it_dimmed_but_in_colour():
    picture = RNG.uniform(size=(N, 12, 10, 3)).astype(np.float32)
    figure = plot.plot(attribution_of(picture), 0)
    beside, beneath = traces(figure, go.Image)
    over = heat(figure)
    np.testing.assert_allclose(pixels(beside.source), 255 * picture[0], atol=0.51)
    # Beneath the map, three quarters of what is lit at all is darker than 72, and black is 20.
    lit = np.sort(picture[0][picture[0] > 0.1])
    light = lit[int(0.75 * len(lit))]
    np.testing.assert_allclose(pixels(beneath.source), 20 + 52 / light * picture[0], atol=0.51)
    # The map's rows and columns count from 0, and so does what lies beneath it.
    assert (beside.x0, beneath.x0, over.x0, over.y0) == (-11, 0, 0, 0)
    assert figure.layout.xaxis.range == (-11.5, 9.5)
    assert figure.layout.yaxis.range == (11.5, -0.5)
    np.testing.assert_allclose(over.customdata, picture[0] @ [0.2126, 0.7152, 0.0722], rtol=1e-5)


def test_a_layers_maps_have_no_picture_beneath():
    attribution = attribution_of(np.ones((N, 28, 28, 1)), RNG.normal(size=(N, 13, 13, 16)), layer="conv")
    (only,) = plot.plot(attribution, 0).data
    np.testing.assert_allclose(only.z, attribution.values[0].sum(-1))


def test_an_image_that_is_zero_or_not_finite_can_be_drawn():
    values = np.zeros((N, 8, 8), np.float32)
    values[1, 0, 0], values[1, 1, 1] = np.nan, 3
    attribution = attribution_of(np.zeros((N, 8, 8)), values)
    assert heat(plot.plot(attribution, 0)).zmax == 1
    assert heat(plot.plot(attribution, 1)).zmax == 3


def test_bars_of_tokens_are_the_sums_over_the_embedding_in_their_order():
    values = RNG.normal(size=(N, 4, 16)).astype(np.float32)
    attribution = attribution_of(np.arange(12).reshape(N, 4), values, layer="embedding")
    words = [["the", "<unk>", "sat"]] * N
    figure = plot.plot(attribution, 2, tokens=words)
    (bars,) = figure.data
    np.testing.assert_allclose(bars.y, values[2].astype(float).sum(-1), rtol=1e-12)
    assert list(figure.layout.xaxis.ticktext) == ["the", "&lt;unk&gt;", "sat", ""]
    assert plot.plot(attribution, 2, tokens=["a", "b"]).layout.xaxis.ticktext == ("a", "b", "", "")


def test_a_layer_with_the_positions_of_ids_is_drawn_as_tokens_with_the_ids():
    attribution = attribution_of({"ids": np.arange(48).reshape(N, 16)}, RNG.normal(size=(N, 16, 16)), layer="embedding")
    figure = plot.plot(attribution, 1)
    assert isinstance(figure.data[0], go.Bar)
    assert figure.layout.xaxis.ticktext == tuple(str(i) for i in range(16, 32))


def test_bars_take_the_colour_of_their_sign():
    values = np.array([[1, -2, 0.5]] * N, np.float32)
    (bars,) = plot.plot(attribution_of(np.ones((N, 3)), values), 0).data
    colors = dict(zip(np.sign(bars.x), bars.marker.color, strict=True))
    assert len(set(colors.values())) == 2


def test_bars_of_features_are_sorted_by_size_and_named():
    values = np.array([[0.5, -2, 1]] * N, np.float32)
    figure = plot.plot(attribution_of(np.full((N, 3), 1.5), values), 0, feature_names=["age", "sex", "dose"])
    (bars,) = figure.data
    assert list(bars.x) == [-2, 1, 0.5]
    assert list(figure.layout.yaxis.ticktext) == ["sex = 1.5", "dose = 1.5", "age = 1.5"]


def test_features_that_are_too_many_are_summed_into_one_bar():
    attribution = attribution_of(RNG.normal(size=(N, 100)).astype(np.float32))
    figure = plot.plot(attribution, 0)
    (bars,) = figure.data
    assert len(bars.x) == 31
    assert figure.layout.yaxis.ticktext[-1] == "70 others"
    np.testing.assert_allclose(np.sum(bars.x), attribution.values[0].astype(float).sum(), rtol=1e-12)


def test_columns_in_leaves_of_their_own_share_one_chart():
    inputs = {"age": np.ones((N, 1)), "dose": np.ones(N), "lab": np.ones((N, 2)), "sex": np.ones((N, 1), int)}
    values = {"age": np.full((N, 1), 1.0), "dose": np.full(N, -4.0), "lab": np.array([[2.0, 3.0]] * N), "sex": None}
    figure = plot.plot(attribution_of(inputs, values), 0)
    (bars,) = figure.data
    assert list(bars.x) == [-4, 3, 2, 1]
    assert list(figure.layout.yaxis.ticktext) == ["dose = 1", "lab: feature 1 = 1", "lab: feature 0 = 1", "age = 1"]


def test_series_show_the_input_as_lines_over_a_strip_per_channel():
    series = RNG.normal(size=(N, 50, 2)).astype(np.float32)
    attribution = attribution_of(series)
    figure = plot.plot(attribution, 1, feature_names=["x", "y"])
    halos, lines = ([t for t in traces(figure, go.Scatter) if bool(t.name) == named] for named in (False, True))
    assert [line.name for line in lines] == ["x", "y"]
    np.testing.assert_array_equal(lines[1].y, series[1, :, 1])
    # Light under each, where it would be lost on strong colours.
    for halo, line in zip(halos, lines, strict=True):
        np.testing.assert_array_equal(halo.y, line.y)
        assert (halo.line.dash, halo.showlegend) == (line.line.dash, False)
        assert halo.line.width > line.line.width
    np.testing.assert_array_equal(heat(figure).z, attribution.values[1].T.astype(float))
    assert heat(figure).y == ("x", "y")
    band = next(trace for trace in traces(figure, go.Heatmap) if trace.name == "all channels")
    np.testing.assert_array_equal(band.z, attribution.values[1].astype(float).sum(axis=1)[None])
    # The colours of its moments reach over all lines.
    assert (band.y0 - band.dy / 2, band.y0 + band.dy / 2) == pytest.approx(figure.layout.yaxis.range)
    assert {line.line.color for line in lines} == {"rgb(128, 128, 128)"}
    assert len({line.line.dash for line in lines}) == 2


def test_a_series_of_one_channel_without_channel_axis_is_one_strip():
    attribution = attribution_of(RNG.normal(size=(N, 50)).astype(np.float32))
    figure = plot.plot(attribution, 0, kind="series")
    np.testing.assert_array_equal(heat(figure).z, attribution.values[0][None].astype(float))


def test_nodes_of_a_graph_are_bars_summed_over_features():
    values = RNG.normal(size=(N, 5, 3))
    figure = plot.plot(attribution_of(np.ones((N, 5, 3)), values), 0, kind="graph")
    np.testing.assert_allclose(figure.data[0].y, values[0].sum(-1))
    assert figure.layout.xaxis.ticktext[4] == "node 4"


def test_every_attributed_leaf_is_drawn_and_held_ones_are_not():
    inputs = {"scan": np.ones((N, 8, 8, 1)), "age": np.ones((N, 2)), "ids": np.ones((N, 4), int)}
    values = {"scan": RNG.normal(size=(N, 8, 8, 1)), "age": RNG.normal(size=(N, 2)), "ids": None}
    figure = plot.plot(attribution_of(inputs, values), 0)
    (bars,) = traces(figure, go.Bar)
    drawn = np.sum(heat(figure).z) + np.sum(bars.x)
    np.testing.assert_allclose(drawn, values["scan"][0].sum() + values["age"][0].sum())
    assert [note.text for note in figure.layout.annotations] == ["scan", "age"]


def test_a_list_of_layers_with_the_inputs_among_them_is_drawn():
    inputs = {"ids": np.ones((N, 4), int), "row": np.ones((N, 2))}
    values = [RNG.normal(size=(N, 4, 8)), {"ids": None, "row": RNG.normal(size=(N, 2))}]
    figure = plot.plot(attribution_of(inputs, values, layer=["embedding", None]), 0)
    assert [note.text for note in figure.layout.annotations] == ["embedding", "row"]
    drawn = np.sum(figure.data[0].y) + np.sum(figure.data[1].x)
    np.testing.assert_allclose(drawn, values[0][0].sum() + values[1]["row"][0].sum())


# Titles.


def test_the_title_states_what_was_explained_and_how_large_the_error_is():
    attribution = attribution_of(np.ones((N, 3)))
    first = plot.plot(attribution, 0, names=["a<b", "b", "c"], class_names=["cat", "dog", "emu"]).layout.title.text
    assert first.startswith("a&lt;b · class emu · score 0.9, 0.1 at the baseline<br>")
    assert "residual 0.34% · map error 2.1% · 9 gradients · converged" in first
    second = plot.plot(attribution, 1).layout.title.text
    assert second.startswith("example 1 · class 0 · ")
    assert "residual 0% · map error unknown" in second
    assert "residual below 0.001% · map error 30% · 513 gradients · <b>not converged</b>" in (
        plot.plot(attribution, 2).layout.title.text
    )


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (None, "example 1 · score"),
        ((np.array([5, 6, 7]), np.array([0, 1, 0])), "target (6, 1)"),
        ({"output": "digit", "target": np.array([5, 6, 7])}, "output digit, class 6"),
        ({"output": "digit", "target": None}, "output digit · score"),
        ("Loss(mse)", "target Loss(mse)"),
        (np.array([-1, -1, -1]), "example 1 · score"),
    ],
)
def test_the_title_knows_every_form_of_target(target, said):
    assert said in plot.plot(attribution_of(np.ones((N, 3)), target=target), 1).layout.title.text


# The path.


def test_path_draws_scores_and_slopes_without_the_padding():
    attribution = attribution_of(np.ones((N, 3)))
    figure = plot.path(attribution, 1)
    score, slope = traces(figure, go.Scatter)
    assert list(score.x) == list(slope.x) == [0, 0.25, 0.5, 1]
    assert list(score.y) == [0, 0.0625, 0.25, 1]
    assert list(slope.y) == [0, 0.5, 1, 2]
    assert "residual 0%" in figure.layout.title.text
    levels = sorted(shape.y0 for shape in figure.layout.shapes)
    np.testing.assert_allclose(levels, [0.2, 0.8], rtol=1e-6)


def test_path_leaves_out_scores_that_are_not_known():
    alphas = np.tile([0, 0.5, 1], (N, 1))
    scores = np.array([[0, np.nan, 1]] * N)
    score, slope = plot.path(attribution_of(np.ones((N, 3)), path=PathProfile(alphas, scores, alphas))).data
    assert list(score.x) == [0, 1]
    assert list(slope.x) == [0, 0.5, 1]


def test_path_draws_a_line_for_each_sampled_baseline():
    alphas = np.tile(np.linspace(0, 1, 5), (N, 4, 1))
    figure = plot.path(attribution_of(np.ones((N, 3)), path=PathProfile(alphas, alphas, alphas)))
    assert len(figure.data) == 8


def test_of_no_examples_no_path_is_drawn():
    with pytest.raises(ValueError, match=r"probe=0 for 0 examples\. Pass an attribution that has some"):
        plot.path(attribution_of(np.ones((N, 3)))[:0])


# Figures as such.


def test_attribution_plot_is_the_same_figure():
    attribution = attribution_of(np.ones((N, 3)))
    assert attribution.plot(1, names=["a", "b", "c"]) == plot.plot(attribution, 1, names=["a", "b", "c"])


def test_figures_fix_no_colour_of_page_or_text_so_that_any_template_fits():
    for figure in (plot.plot(attribution_of(np.ones((N, 3)))), plot.path(attribution_of(np.ones((N, 3))))):
        layout = figure.layout
        assert layout.paper_bgcolor is layout.font.color is layout.title.font.color is None
        # The page itself, whatever it is, stands behind what is drawn: that is what zero looks like.
        assert layout.plot_bgcolor == "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize(
    ("shape", "arguments", "message"),
    [
        ((N, 3), {"examples": 3}, "Received examples=3 for 3 examples. Pass 0 to 2"),
        ((N, 3), {"examples": -1}, "examples must be indices. Received examples=-1"),
        ((N, 3), {"examples": "a"}, "examples must be a list of indices"),
        ((N, 3), {"examples": [0, 5]}, r"Received examples=\[0, 5\] for 3 examples, where 5 is none"),
        ((N, 3), {"examples": []}, "examples must name some. Received none"),
        ((N, 3), {"common_scale": "no"}, "common_scale must be True or False"),
        ((N, 9, 2), {"rate": 0}, "rate must be above 0. Received rate=0"),
        ((N, 3), {"edges": [[0, 3]]}, "edges must be node indices from 0 to 2"),
        ((N, 3, 8), {"tokens": ["a", "b"]}, "Received one list for 3 examples that are to be drawn"),
        ((N, 3), {"kind": "image"}, "kind 'image' must have a leaf"),
        ((N, 3), {"kind": "picture"}, "kind must be one of"),
        ((N, 3), {"names": ["a"]}, "names must be one per example. Received 1 for 3"),
        ((N, 3), {"feature_names": ["a"]}, "feature_names must be one per feature. Received 1"),
        ((N, 3, 8), {"tokens": [["a"] * 4] * N}, "Received 4 tokens for 3 positions"),
        ((N, 3, 8), {"tokens": [["a"]]}, "Received 1 entries for 3 examples"),
    ],
)
def test_a_wrong_argument_is_refused_with_a_remedy(shape, arguments, message):
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        plot.plot(attribution_of(np.ones(shape, np.float32)), **arguments)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda a: plot.plot(np.zeros((4, 3))), r"attribution must be a kerasig.Attribution.*shape \[4, 3\]"),
        (lambda a: plot.path(None), "attribution must be a kerasig.Attribution. Received None"),
        (lambda a: plot.plot(a, True), "examples must be indices. Received examples=True"),
        (lambda a: plot.plot(a[:0]), "attribution must hold at least one example. Received none"),
        (lambda a: plot.plot(a, names="abc"), "names must be a list of strings. Received 'abc'"),
        (lambda a: plot.plot(a, names={"a": 1, "b": 2, "c": 3}), "names must be a list of strings"),
        (lambda a: plot.plot(a, names=["a", None, "c"]), "names must be a list of strings. Received None among"),
        (lambda a: plot.plot(a, kind=["tokens"]), "kind must be one of"),
        (lambda a: plot.plot(a, kind="tokens", tokens=3), "tokens must be a list of strings per example"),
        (lambda a: plot.plot(a, feature_names="abcd"), "feature_names must be a list of strings"),
        (lambda a: plot.plot(a, class_names=5), "class_names must be a list of strings"),
        (lambda a: plot.sheet([[np.zeros((2, 2, 3))]], side=0.5), "side must be a whole number from 1.*side=0.5"),
        (lambda a: plot.sheet([[np.zeros((2, 2, 3))]], side=True), "side must be a whole number from 1"),
        (lambda a: plot.sheet([[np.full((2, 2, 3), -1)]]), "pictures must be pixels"),
        (lambda a: plot.sheet([[np.zeros((2, 2))]]), "pictures must be pixels"),
        (lambda a: plot.sheet(3), "pictures must be a list of rows"),
        (lambda a: plot.images(a, styles="times_picture"), "styles must be a list of some of"),
        (lambda a: plot.images(a, True), "attribution must be that of one input of images"),
        (lambda a: plot.highlight(a, width=-1), "width must be a whole number"),
        (lambda a: plot.highlight(a, common_scale="no"), "common_scale must be True or False"),
        (lambda a: plot.matrix(a, title=3), "title must be a string"),
        (lambda a: plot.molecules(a, ["C"] * N, columns=0), "columns must be a whole number of at least 1"),
        (lambda a: plot.molecules(a, "CCO"), "structures must be a list of SMILES"),
        (lambda a: plot.times_picture(np.zeros((2, 2)), np.zeros((2, 2)), percentile=True), "percentile must be above"),
        (lambda a: plot.times_picture("photograph.png", np.zeros((2, 2))), "picture must be real numbers"),
    ],
)
def test_what_cannot_be_drawn_is_named_with_what_fits(call, said):
    attribution = attribution_of(RNG.normal(size=(N, 4)).astype(np.float32))
    with pytest.raises(ValueError, match=said) as error:
        call(attribution)
    assert "Received" in str(error.value)


def test_names_of_a_filtered_table_are_read_in_their_order():
    pandas = pytest.importorskip("pandas")
    names = pandas.Series(["zero", "no", "one", "two"], index=[4, 5, 6, 7])
    names = names[names != "no"]
    attribution = attribution_of(RNG.normal(size=(N, 4)).astype(np.float32))
    for probe, name in enumerate(["zero", "one", "two"]):
        assert attribution.plot(probe, names=names).layout.title.text.startswith(name)
    assert "class two" in attribution.plot(0, class_names=names).layout.title.text


def test_the_title_says_why_an_example_did_not_converge():
    attribution = attribution_of(RNG.normal(size=(N, 4)).astype(np.float32))
    assert "<b>not converged</b>: out of steps" in plot.plot(attribution, 2).layout.title.text
    assert "out of steps" not in plot.plot(attribution, 0).layout.title.text

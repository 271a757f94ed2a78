"""The colours of figures are the tab's: the same numbers, the same ramp, and nothing at zero."""

import re
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest
from fitting_plots import GRAPH, IMAGES, SERIES, TABLE, TEXT

from kerasig import plot
from kerasig.plot import _colors as colors
from kerasig.plot import _photographs as beneath
from kerasig.plot import _smoothing as smoothing

PAGE = Path(__file__).parents[2] / "tb_plugin" / "tensorboard_plugin_kerasig" / "static"


def numbers_of(file: str, pattern: str) -> list[float]:
    """The numbers that a module of the page has at a place."""
    path = PAGE / file
    if not path.exists():
        pytest.skip(f"the page has no {file}")
    found = re.search(pattern, path.read_text("utf-8"))
    assert found, pattern
    return [float(number) for number in found.groups()]


def test_hues_and_ramps_are_those_of_the_tab():
    assert numbers_of("color.js", r"positive: (\d+), negative: (\d+)") == [42, 252]
    assert numbers_of("color.js", r"FAINT = \{ lightness: ([\d.]+), chroma: ([\d.]+)") == list(colors._FAINT)
    assert numbers_of("color.js", r"STRONG = \{ lightness: ([\d.]+), chroma: ([\d.]+)") == list(colors._STRONG)
    assert numbers_of("color.js", r"GAMMA = ([\d.]+)") == [colors.GAMMA]
    assert numbers_of("color.js", r"MOST_OPAQUE = ([\d.]+)") == [colors.MOST_OPAQUE]
    assert numbers_of("color.js", r"SHADES = (\d+)") == [colors._SHADES]


def test_the_rule_for_photographs_is_that_of_the_tab():
    assert numbers_of("smoothing.js", r"LARGE_ABOVE = (\d+)") == [smoothing.LARGE_ABOVE]
    assert numbers_of("smoothing.js", r"PARTS = (\d+)") == [smoothing._PARTS]
    assert numbers_of("smoothing.js", r"WIDTH = ([\d.]+)") == [smoothing._WIDTH]
    assert numbers_of("settings.js", r"LARGE_CLIP = (\d+)") == [smoothing._CLIP]
    assert numbers_of("settings.js", r"LARGE_GAMMA = ([\d.]+)") == [colors.PHOTOGRAPH_GAMMA]
    assert numbers_of("views/underlay.js", r"SOFT = \{ black: (\d+), bright: (\d+)") == list(beneath._SOFT)
    assert numbers_of("views/underlay.js", r"DARK_BELOW = ([\d.]+)") == [beneath._DARK_BELOW]
    assert numbers_of("views/underlay.js", r"LEAST_LIGHT = ([\d.]+)") == [beneath._LEAST_LIGHT]
    assert numbers_of("views/underlay.js", r"SOFT_LARGE = \{ black: (\d+), white: (\d+)") == list(beneath._SOFT_LARGE)


# As color.js computes them in a browser.
@pytest.mark.parametrize(
    ("share", "css"),
    [
        (1, "rgba(216, 75, 0, 0.960)"),
        (-1, "rgba(0, 128, 236, 0.960)"),
        (0.5, "rgba(226, 85, 0, 0.680)"),
        (-0.25, "rgba(15, 144, 254, 0.481)"),
        (0, "rgba(251, 108, 43, 0.000)"),
        (7, "rgba(216, 75, 0, 0.960)"),
        (-np.inf, "rgba(0, 128, 236, 0.960)"),
        (np.nan, "rgba(251, 108, 43, 0.000)"),
    ],
)
def test_a_share_of_the_limit_has_the_colour_that_the_tab_gives_it(share, css):
    assert colors.shade(share) == css


def test_orange_raises_and_blue_lowers():
    assert (colors.POSITIVE, colors.NEGATIVE) == ("rgb(216, 75, 0)", "rgb(0, 128, 236)")
    assert colors.signed_colors(np.array([2.0, -0.5, 0.0])) == [colors.POSITIVE, colors.NEGATIVE, colors.POSITIVE]


@pytest.mark.parametrize("gamma", [colors.GAMMA, colors.PHOTOGRAPH_GAMMA])
def test_a_plotly_scale_passes_through_the_colours_of_its_shares(gamma):
    scale = colors.diverging_scale(gamma)
    places = np.array([place for place, _ in scale])
    assert (places[0], places[16], places[-1]) == (0, 0.5, 1)
    np.testing.assert_allclose(places + places[::-1], 1, atol=1e-15)
    for place, color in scale:
        assert color == colors.shade(2 * place - 1, gamma=gamma)
    # Opacity grows in equal steps.
    opacities = np.array([float(color.rpartition(" ")[2][:-1]) for _, color in scale])
    np.testing.assert_allclose(np.diff(opacities[16:]), 0.96 / 16, atol=0.004)


FIGURES = {
    "image": lambda: plot.plot(IMAGES),
    "series": lambda: plot.plot(SERIES, kind="series"),
    "graph": lambda: plot.plot(GRAPH, edges=[[0, 1], [1, 2]]),
    "table": lambda: plot.plot(TABLE),
    "tokens": lambda: plot.plot(TEXT),
    "path": lambda: plot.path(TABLE),
}


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
@pytest.mark.parametrize("template", ["plotly", "plotly_dark", "plotly_white", "seaborn"])
def test_behind_zero_lies_the_page_in_every_template(figure, template):
    drawn = figure().update_layout(template=template)
    # As Plotly resolves it: what the figure says comes before its template.
    assert drawn.layout.plot_bgcolor == "rgba(0, 0, 0, 0)"
    assert drawn.layout.paper_bgcolor is None
    assert plotly.io.templates[template].layout.paper_bgcolor
    for trace in drawn.data:
        scale = getattr(trace.marker if isinstance(trace, go.Scatter) else trace, "colorscale", None)
        if scale and not isinstance(trace, go.Bar):
            assert dict(scale)[0.5].endswith(" 0.000)")


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_nothing_else_has_a_colour_that_a_template_chooses(figure):
    # Plotly's own colours are orange and blue among others.
    for trace in figure().data:
        if isinstance(trace, go.Scatter):
            assert trace.line.color or trace.marker.color is not None
        if isinstance(trace, go.Bar):
            assert set(trace.marker.color) <= {colors.POSITIVE, colors.NEGATIVE}

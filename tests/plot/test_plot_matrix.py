"""A matrix shows every output token's attributions over the tokens of one sentence."""

import re

import numpy as np
import pytest
from test_plot import RNG, N, attribution_of, heat

from kerasig import plot

IDS = np.tile(np.arange(5), (N, 1))
WORDS = ["<s>", "3", "Mai", "</s>"]


def translation(values=None, **fields):
    values = RNG.normal(size=(N, 5, 4)).astype(np.float32) if values is None else values
    written = np.arange(2 * N).reshape(N, 2)
    inputs = {"source": fields.pop("ids", IDS), "written": written}
    return attribution_of(inputs, values, layer="embedding", target=(np.arange(N), np.array([4, 5, 6])), **fields)


def test_each_row_holds_the_sums_over_the_embedding_of_its_example():
    attribution = translation()
    figure = plot.matrix(attribution, [2, 0], tokens=WORDS, names=["2", "0", "<5>"])
    # Summed in float64 from float32: equal to rounding of float64.
    np.testing.assert_allclose(np.array(heat(figure).z), attribution.values.astype(float).sum(-1)[[2, 0], :4])
    assert list(figure.layout.xaxis.ticktext) == ["&lt;s&gt;", "3", "Mai", "&lt;/s&gt;"]
    assert [name.strip() for name in figure.layout.yaxis.ticktext] == ["&lt;5&gt; · <b>not converged</b>", "2"]
    # The first row is on top.
    low, high = figure.layout.yaxis.range
    assert low > high


def test_the_scale_is_common_and_symmetric():
    values = np.array([[1, 0, 0, 0, 0], [-4, 0, 0, 0, 0], [0, 0, 0, 0, 9]], np.float32)
    trace = heat(plot.matrix(translation(values), tokens=WORDS))
    # The 9 stands at padding, which is not drawn.
    assert (trace.zmin, trace.zmax) == (-4, 4)


def test_cells_are_outlined_where_links_are_known():
    links = np.zeros((N, 5), bool)
    links[0, 2], links[2, 1] = True, True
    figure = plot.matrix(translation(), [0, 2], tokens=WORDS, outlined=links)
    middles = {((shape.x0 + shape.x1) / 2, (shape.y0 + shape.y1) / 2) for shape in figure.layout.shapes}
    assert middles == {(2, 0), (1, 1)}


def test_without_tokens_the_ids_are_shown():
    assert list(plot.matrix(translation()).layout.xaxis.ticktext) == ["0", "1", "2", "3", "4"]


def test_cells_keep_their_size_whatever_the_matrix_is():
    for probes, tokens in (([0], WORDS), ([0, 1, 2], ["Donnerstag", "<s>"])):
        layout = plot.matrix(translation(), probes, tokens=tokens, title="t").layout
        cell = (layout.width - layout.margin.l - layout.margin.r) / len(tokens)
        assert cell >= 34


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"examples": [3]}, "Received examples=[3] for 3 examples, where 3 is none"),
        ({"examples": []}, "examples must name some. Received none"),
        ({"tokens": [["a"]]}, "Received 1 entries for 3 examples"),
        ({"tokens": [["a"], ["a"], ["b"]]}, "Received 0 and 2, whose tokens differ"),
        ({"names": ["a"]}, "names must be one per example"),
        ({"outlined": np.ones((N, 4))}, "Received shape (3, 4). Pass shape (3, 5)"),
    ],
)
def test_a_wrong_argument_is_refused_with_a_remedy(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plot.matrix(translation(), **arguments)


def test_sentences_that_differ_are_refused_by_their_ids():
    with pytest.raises(ValueError, match="Received 0 and 1, whose tokens differ"):
        plot.matrix(translation(ids=np.arange(N * 5).reshape(N, 5)))


def test_several_leaves_of_tokens_are_refused_with_a_remedy():
    inputs = {"question": IDS, "answer": IDS}
    values = [RNG.normal(size=(N, 5, 4)), RNG.normal(size=(N, 5, 4))]
    with pytest.raises(ValueError, match=r"Received \['first', 'second'\]"):
        plot.matrix(attribution_of(inputs, values, layer=["first", "second"]))

"""Several examples in one figure: the first few, on one scale, beside or below each other; graphs; seconds."""

import numpy as np
import plotly.graph_objects as go
import pytest
from fitting_plots import attribution_of

import kerasig
from kerasig.attribution import PathProfile
from kerasig.plot._colors import NEGATIVE, POSITIVE, shade
from kerasig.plot._springs import places

RNG = np.random.default_rng(0)


def explained(inputs, values=None, **fields):
    """An attribution of as many examples as there are inputs."""
    first = next(iter(inputs.values())) if isinstance(inputs, dict) else inputs
    n = len(first)
    alphas = np.tile([0.0, 1.0], (n, 1)).astype(np.float32)
    zeros = {name: np.zeros(n, np.float32) for name in ("baseline_score", "delta", "residual", "map_error")}
    said = {"converged": np.arange(n) != 1, "status": np.full(n, "converged"), "n_evaluations": np.full(n, 9)}
    known = {"score": np.ones(n, np.float32), "target": np.arange(n), "path": PathProfile(alphas, alphas, alphas)}
    values = values if values is not None else RNG.normal(size=first.shape).astype(np.float32)
    return attribution_of(inputs, values, **zeros, **said, **known, baselines=None, **fields)


def named(figure, name="attribution"):
    return [trace for trace in figure.data if trace.name == name]


def domains(figure, trace):
    """Where the subplot of a trace lies, [left, right], [bottom, top]."""
    axes = (trace.xaxis or "x").replace("x", "xaxis"), (trace.yaxis or "y").replace("y", "yaxis")
    return figure.layout[axes[0]].domain, figure.layout[axes[1]].domain


PICTURES = RNG.uniform(size=(6, 12, 12, 3)).astype(np.float32)


# Which ones.


def test_the_first_four_are_drawn_where_none_are_named():
    attribution = explained(PICTURES)
    assert attribution.plot() == attribution.plot([0, 1, 2, 3])
    assert attribution.plot().layout.title.text.startswith("4 of 6 examples<br>")
    maps = named(attribution.plot([5, 2]))
    for heat, probe in zip(maps, (5, 2), strict=True):
        np.testing.assert_allclose(heat.z, attribution.values[probe].astype(float).sum(-1))
    # Fewer than four are all.
    assert explained(PICTURES[:2]).plot().layout.title.text.startswith("2 examples<br>")
    assert len(named(explained(PICTURES[:1]).plot())) == 1


def test_each_example_is_called_what_it_is_and_says_that_it_has_not_converged():
    notes = [note.text for note in explained(PICTURES).plot([0, 1], names=list("abcdef")).layout.annotations]
    assert notes == [
        "a · class 0 · score 1, 0 at the baseline",
        "b · class 1 · score 1, 0 at the baseline · <b>not converged</b>",
    ]


def test_a_single_example_has_its_error_in_the_title():
    figure = explained(PICTURES).plot(1)
    assert "residual 0%" in figure.layout.title.text
    assert len(figure.layout.annotations) == 0


# Where.


def test_pictures_stand_two_beside_each_other_each_with_its_input_and_overlap_nowhere():
    figure = explained(PICTURES).plot()
    boxes = [domains(figure, heat) for heat in named(figure)]
    assert boxes[0][0] == boxes[2][0]
    assert boxes[0][1] == boxes[1][1]
    assert boxes[0][0][1] < boxes[1][0][0]
    assert boxes[2][1][1] < boxes[0][1][0]
    # The width is fixed: squares would float about in a wide page.
    assert 700 < figure.layout.width < 1100


def test_other_kinds_stand_below_each_other():
    figure = explained(RNG.normal(size=(6, 4)).astype(np.float32)).plot()
    tops = [domains(figure, bars)[1][1] for bars in figure.data]
    assert tops == sorted(tops, reverse=True)
    assert figure.layout.width is None


def test_places_that_are_left_over_show_no_axes():
    figure = explained(PICTURES).plot([0, 1, 2])
    assert (figure.layout.xaxis4.visible, figure.layout.yaxis4.visible) == (False, False)


# Scales.


def test_colours_of_all_examples_end_at_the_middle_of_their_own_ends():
    values = np.zeros((4, 8, 8), np.float32)
    values[:, 2, 3] = [1, -8, 2, 4]
    figure = explained(np.ones((4, 8, 8), np.float32), values).plot()
    # As the tab: of 1, 2, 4 and 8 the upper one of both in the middle.
    assert [(heat.zmin, heat.zmax) for heat in named(figure)] == [(-4, 4)] * 4
    (bar,) = [heat.colorbar for heat in named(figure) if heat.showscale]
    assert bar.ticktext == ("\u22124 or less<br>lowers", "\u22122", "0", "2", "4 or more<br>raises")
    own = explained(np.ones((4, 8, 8), np.float32), values).plot(common_scale=False)
    assert [heat.zmax for heat in named(own)] == [1, 8, 2, 4]
    assert not any(heat.showscale for heat in named(own))
    assert "each on a scale of its own" in own.layout.title.text


def test_an_example_with_no_attribution_does_not_take_part_in_the_scale():
    values = np.zeros((2, 8, 8), np.float32)
    values[1, 2, 3] = 3
    assert {heat.zmax for heat in named(explained(np.ones((2, 8, 8), np.float32), values).plot())} == {3}
    assert {heat.zmax for heat in named(explained(np.ones((2, 8, 8), np.float32), 0 * values).plot())} == {1}


def test_bars_of_all_examples_have_the_range_of_the_longest():
    values = np.array([[1, -2], [8, 1]], np.float32)
    figure = explained(np.ones((2, 2), np.float32), values).plot()
    assert figure.layout.xaxis.range == figure.layout.xaxis2.range == (-8.4, 8.4)
    own = explained(np.ones((2, 2), np.float32), values).plot(common_scale=False)
    assert own.layout.xaxis.range is own.layout.xaxis2.range is None
    words = explained(np.ones((2, 2), int), values[..., None], layer="embedding").plot(kind="tokens")
    assert words.layout.yaxis.range == words.layout.yaxis2.range == (-8.4, 8.4)


# Graphs.

EDGES = np.array([[0, 1], [1, 2], [2, 3]])
NODES = RNG.normal(size=(2, 6, 3)).astype(np.float32)


def test_nodes_stand_in_their_colours_joined_by_their_edges():
    values = RNG.normal(size=NODES.shape).astype(np.float32)
    figure = explained(NODES, values).plot(0, edges=EDGES)
    (nodes,) = named(figure)
    np.testing.assert_allclose(nodes.marker.color, values[0].astype(float).sum(-1))
    assert (nodes.marker.cmin, nodes.marker.cmax) == (-np.abs(nodes.marker.color).max(), nodes.marker.cmax)
    assert dict(nodes.marker.colorscale)[1.0] == shade(1)
    assert list(nodes.customdata) == ["1", "0, 2", "1, 3", "2", "none", "none"]
    (edges,) = named(figure, "edges")
    # Each edge is a line of its own, from one node's rim to the other's.
    ends = np.array([edges.x, edges.y], float).T.reshape(-1, 3, 2)
    at = np.array([nodes.x, nodes.y]).T
    for (a, b), (start, stop, gap) in zip(EDGES, ends, strict=True):
        assert np.isnan(gap).all()
        assert np.linalg.norm(start - at[a]) < np.linalg.norm(start - at[b])
        along = at[b] - at[a]
        assert abs(along[0] * (stop - start)[1] - along[1] * (stop - start)[0]) < 1e-12


def test_edges_have_their_own_colours_where_something_is_attributed_to_them():
    atoms, bonds = np.ones((2, 6, 3), np.float32), np.ones((2, 3, 2), np.float32)
    of_bonds = np.array([[[1, 1], [-4, 0], [0.5, 0]]] * 2, np.float32)
    values = {"atoms": np.full(atoms.shape, 0.1, np.float32), "bonds": of_bonds}
    figure = explained({"atoms": atoms, "bonds": bonds}, values).plot(0, kind="graph", edges=EDGES)
    assert [line.line.color for line in named(figure, "edge")] == [shade(0.5), shade(-1), shade(0.125)]
    (middles,) = named(figure, "values of edges")
    np.testing.assert_allclose(middles.customdata, [2, -4, 0.5])
    assert list(middles.text) == ["edge 0 to 1", "edge 1 to 2", "edge 2 to 3"]


def test_what_a_graph_was_filled_up_with_is_no_node():
    nodes, values = NODES.copy(), RNG.normal(size=NODES.shape).astype(np.float32)
    nodes[:, 4:], values[:, 4:] = 0, 0
    (drawn,) = named(explained(nodes, values).plot(0, edges=EDGES))
    assert len(drawn.x) == 4


def test_edges_of_a_set_serve_and_without_any_nodes_are_bars():
    attribution = explained(NODES)
    probes = kerasig.ProbeSet(NODES, edges=[EDGES, EDGES[:1]])
    assert attribution.plot(probes=probes) == attribution.plot(edges=[EDGES, EDGES[:1]], names=probes.names)
    assert isinstance(attribution.plot(0, kind="graph").data[0], go.Bar)


def test_a_ring_with_a_tail_is_not_folded():
    # Nitrobenzene: from the nodes in their order around a circle, two neighbours of the ring come to lie on each other.
    edges = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 0], [3, 6], [6, 7], [6, 8]])
    found = places(edges, 9)
    across = [np.linalg.norm(found[node] - found[node + 3]) for node in range(3)]
    assert max(across) < 1.4 * min(across)


def test_a_layout_is_the_same_each_time_within_its_frame_and_keeps_neighbours_together():
    ring = np.array([[i, (i + 1) % 12] for i in range(12)])
    found = places(ring, 12)
    np.testing.assert_array_equal(found, places(ring, 12))
    assert (found.min(), found.max()) == (pytest.approx(0), pytest.approx(1))
    apart = np.linalg.norm(found[:, None] - found[None], axis=-1)
    joined = apart[ring[:, 0], ring[:, 1]]
    assert joined.max() < np.median(apart[np.triu_indices(12, 1)])
    for count in (0, 1, 2, 61, 400):
        assert places(np.zeros((0, 2), int), count).shape == (count, 2)
        assert np.isfinite(places(np.zeros((0, 2), int), count)).all()


# Series.

SERIES = RNG.normal(size=(2, 50, 2)).astype(np.float32)


def test_a_rate_gives_seconds():
    attribution = explained(SERIES)
    figure = attribution.plot(0, rate=25)
    (strips,) = named(figure)
    assert {(trace.x0, trace.dx) for trace in figure.data} == {(0, 1 / 25)}
    assert figure.layout.xaxis2.title.text == "seconds"
    assert strips.hovertemplate.startswith("%{x:.4g} s, %{y}<br>attribution")
    plain = attribution.plot(0)
    assert {(trace.x0, trace.dx) for trace in plain.data} == {(0, 1)}
    assert plain.layout.xaxis2.title.text == "time step"


def test_a_rate_of_a_set_serves_and_a_given_one_comes_before_it():
    attribution, probes = explained(SERIES), kerasig.ProbeSet(SERIES, rate=25)
    names = probes.names
    assert attribution.plot(probes=probes) == attribution.plot(rate=25, names=names)
    assert attribution.plot(probes=probes, rate=5) == attribution.plot(rate=5, names=names)


def test_channels_of_one_name_keep_their_strips():
    figure = explained(SERIES).plot(0, feature_names=["lead", "lead"])
    assert named(figure)[0].y == ("lead (0)", "lead (1)")


def test_of_many_channels_those_with_most_attribution_are_lines():
    series = RNG.normal(size=(1, 50, 9)).astype(np.float32)
    values = np.zeros_like(series)
    values[0, :, [8, 1, 5, 3]] = 1
    drawn = explained(series, values).plot().data
    lines = [trace.name for trace in drawn if isinstance(trace, go.Scatter) and trace.name]
    assert lines == ["channel 1", "channel 3", "channel 5", "channel 8"]


def test_signs_have_their_colours_in_each_kind_of_bars():
    values = np.array([[3, -2, 0]], np.float32)
    (table,) = explained(np.ones((1, 3), np.float32), values).plot().data
    (words,) = explained(np.ones((1, 3), int), values[..., None], layer="embedding").plot(kind="tokens").data
    assert tuple(table.marker.color) == tuple(words.marker.color) == (POSITIVE, NEGATIVE, POSITIVE)


# What is said over narrow figures.


def seen(text):
    return text.replace("<sup>", "").replace("</sup>", "").replace("<b>", "").replace("</b>", "")


def test_a_title_is_broken_where_its_figure_is_narrow_and_has_the_room():
    graph = explained(RNG.normal(size=(3, 5, 2)).astype(np.float32))
    name = "3-methylbutan-1-ol, the second of the set"
    figure = graph.plot(0, kind="graph", edges=[(0, 1), (1, 2)], names=[name, "b", "c"])
    lines = figure.layout.title.text.split("<br>")
    assert seen(lines[0]).startswith(name)
    assert " · ".join(map(seen, lines)) == seen(graph.plot(0, names=[name, "b", "c"]).layout.title.text).replace(
        "<br>", " · "
    )
    assert all(len(seen(line)) * 7.8 < figure.layout.width for line in lines if "<sup>" not in line)
    plain = graph.plot(0, kind="graph", edges=[(0, 1), (1, 2)], names=["a", "b", "c"])
    more = len(lines) - len(plain.layout.title.text.split("<br>"))
    assert more > 0
    assert figure.layout.margin.t - plain.layout.margin.t == figure.layout.height - plain.layout.height == 17 * more


def test_the_bar_of_colours_begins_below_the_headings():
    figure = explained(RNG.normal(size=(3, 5, 2)).astype(np.float32)).plot([0, 1], kind="graph", edges=[(0, 1)])
    (nodes,) = [trace for trace in named(figure) if trace.marker.showscale]
    top = domains(figure, nodes)[1][1]
    assert nodes.marker.colorbar.y == top < 1
    headings = [said.y for said in figure.layout.annotations if said.text.startswith("example")]
    assert headings == [top, top]

"""Where an attribution lies: one answer for a set, its measures, the tab and a figure, of every kind and layer."""

import keras
import numpy as np
import plotly.graph_objects as go
import pytest

import kerasig
from kerasig import plot
from kerasig._measures.positions import attributed_leaves
from kerasig.probes import ProbeSet
from tests.plot.test_plot import attribution_of

N = 3
RNG = np.random.default_rng(0)


def inputs_of(kind):
    """Inputs that are evidently of a kind."""
    return {
        "image": RNG.uniform(size=(N, 12, 12, 3)).astype(np.float32),
        "tokens": RNG.integers(1, 50, (N, 12)),
        "tabular": RNG.normal(size=(N, 6)).astype(np.float32),
        "series": RNG.normal(size=(N, 40, 3)).astype(np.float32),
        "graph": RNG.normal(size=(N, 7, 5)).astype(np.float32),
    }[kind]


# By kind of inputs: what a layer's output [N, ...] shows, and the axes that are summed.
OUTPUTS = {
    "image": [
        ("Dense", (10,), "tabular", ()),
        ("GlobalAveragePooling2D", (16,), "tabular", ()),
        ("Conv2D", (10, 10, 16), "image", (3,)),
        ("Conv2D, small", (2, 2, 32), "image", (3,)),
        ("MaxPooling2D", (6, 6, 16), "image", (3,)),
        ("LSTM over rows", (12, 20), "image", ()),
    ],
    "tokens": [
        ("Embedding", (12, 8), "tokens", (2,)),
        ("LSTM sequences", (12, 12), "tokens", (2,)),
        ("Conv1D", (10, 8), "tokens", (2,)),
        ("Conv2D over units", (12, 8, 4), "tokens", (2, 3)),
        ("LSTM", (8,), "tabular", ()),
        ("a score per token", (12,), "tokens", ()),
        ("GlobalMaxPooling1D", (16,), "tabular", ()),
    ],
    "tabular": [
        ("Dense", (10,), "tabular", ()),
        ("Embedding", (6, 4), "tabular", (2,)),
        ("Conv1D", (5, 4), "series", ()),
        ("Conv2D", (8, 8, 4), "image", (3,)),
        ("Conv2D, small", (2, 3, 4), "image", (3,)),
    ],
    "series": [
        ("Conv1D", (38, 38), "series", ()),
        ("MaxPooling1D", (20, 16), "series", ()),
        ("LSTM sequences", (40, 8), "series", ()),
        ("LSTM", (8,), "tabular", ()),
        ("GlobalAveragePooling1D", (16,), "tabular", ()),
        ("Conv2D", (40, 3, 8), "series", (3,)),
    ],
    "graph": [
        ("GraphConv", (7, 16), "graph", (2,)),
        ("pooled nodes", (16,), "tabular", ()),
        ("a score per node", (7,), "graph", ()),
    ],
}
CASES = [(kind, *case) for kind, cases in OUTPUTS.items() for case in cases]


@pytest.mark.parametrize(("kind", "name", "shape", "shown", "summed"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_a_layers_output_lies_at_one_place_for_sets_measures_records_and_figures(kind, name, shape, shown, summed):
    inputs, values = inputs_of(kind), RNG.normal(size=(N, *shape)).astype(np.float32)
    probes = ProbeSet(inputs, kind=kind)
    attribution = attribution_of(inputs, values, layer=name)
    expected = values.astype(float).sum(summed)
    (leaf,) = attributed_leaves(values, name, probes)
    assert (leaf.name, leaf.kind.name, leaf.place.summed) == (name, shown, summed)
    np.testing.assert_allclose(leaf.positions, expected)
    np.testing.assert_allclose(probes.positions(values, name), expected)
    np.testing.assert_array_equal(probes.spread(expected, values.shape, name), np.expand_dims(expected, summed))
    columns = attribution.metrics(kind=kind)
    np.testing.assert_allclose(columns["max_abs"], np.abs(expected).reshape(N, -1).max(1), rtol=1e-6)
    figure = plot.plot(attribution, 1, kind)
    (trace,) = [trace for trace in figure.data if trace.name != "input"]
    numbers = {"image": "z", "series": "z", "tokens": "y", "graph": "y", "tabular": "x"}[shown]
    assert isinstance(trace, go.Heatmap if numbers == "z" else go.Bar)
    drawn = np.asarray(getattr(trace, numbers))
    np.testing.assert_allclose(np.sort(drawn, axis=None), np.sort(expected[1], axis=None))


@pytest.mark.parametrize("kind", ["image", "tokens", "tabular", "series"])
def test_a_figure_needs_no_kind_where_a_set_needs_none(kind):
    inputs = inputs_of(kind)
    for _, name, shape, shown, _ in (case for case in CASES if case[0] == kind):
        figure = plot.plot(attribution_of(inputs, RNG.normal(size=(N, *shape)), layer=name), 1)
        assert isinstance(figure.data[-1], go.Heatmap if shown in ("image", "series") else go.Bar), name
        (leaf,) = attributed_leaves(np.zeros((N, *shape)), name, ProbeSet(inputs))
        assert leaf.kind.name == shown


def test_an_output_with_the_positions_of_inputs_has_their_names_and_regions():
    for kind, shape in [("image", (12, 12, 8)), ("tokens", (12, 8)), ("tabular", (6, 4)), ("graph", (7, 3))]:
        (leaf,) = attributed_leaves(np.zeros((N, *shape)), "layer", ProbeSet(inputs_of(kind), kind=kind))
        assert leaf.of_input == "inputs"
    for kind, shape in [("image", (10, 10, 8)), ("tokens", (8,)), ("tabular", (5,)), ("series", (38, 4))]:
        (leaf,) = attributed_leaves(np.zeros((N, *shape)), "layer", ProbeSet(inputs_of(kind), kind=kind))
        assert leaf.of_input is None


def test_beside_a_picture_an_embedding_has_the_positions_of_its_words():
    inputs = {"photo": inputs_of("image"), "question": RNG.integers(1, 50, (N, 9))}
    probes = ProbeSet(inputs)
    maps, words = RNG.normal(size=(N, 10, 10, 4)), RNG.normal(size=(N, 9, 8))
    leaves = attributed_leaves([maps, words], ["conv", "embedding"], probes)
    assert [(leaf.kind.name, leaf.of_input) for leaf in leaves] == [("image", None), ("tokens", "question")]
    figure = plot.plot(attribution_of(inputs, [maps, words], layer=["conv", "embedding"]), 0)
    np.testing.assert_allclose(figure.data[-1].y, words[0].sum(-1))
    assert list(figure.data[-1].customdata) == [str(i) for i in inputs["question"][0]]


@pytest.mark.slow
def test_real_layers_lie_where_the_table_says():
    layers = keras.layers
    keras.utils.set_random_seed(0)
    picture = keras.Input((12, 12, 3))
    maps = layers.Conv2D(4, 3, name="conv")(picture)
    vector = layers.GlobalAveragePooling2D(name="pool")(layers.MaxPooling2D(name="halved")(maps))
    network = keras.Model(picture, layers.Dense(2)(layers.Dense(5, activation="tanh", name="hidden")(vector)))
    signal = keras.Input((40, 3))
    steps = layers.LSTM(4, return_sequences=True, name="steps")(layers.Conv1D(40, 1, name="conv")(signal))
    recurrent = keras.Model(signal, layers.Dense(2)(layers.LSTM(4)(steps)))
    for model, kind, places in [
        (network, "image", {"conv": "image", "halved": "image", "pool": "tabular", "hidden": "tabular"}),
        (recurrent, "series", {"conv": "series", "steps": "series"}),
    ]:
        inputs = inputs_of(kind)
        for layer, shown in places.items():
            found = kerasig.explain(model, inputs, 0, layer=layer, steps=4)
            (leaf,) = attributed_leaves(found.values, found.layer, ProbeSet(inputs))
            assert (layer, leaf.kind.name) == (layer, shown)
            np.testing.assert_allclose(
                leaf.positions.reshape(N, -1).sum(1), found.values.reshape(N, -1).sum(1), rtol=1e-4, atol=1e-6
            )
            assert isinstance(found.plot().data[-1], go.Bar if shown == "tabular" else go.Heatmap)

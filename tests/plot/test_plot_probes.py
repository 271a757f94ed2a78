"""A ProbeSet stands in for the captions of a figure and of measures; captions that are given come first."""

import numpy as np
import plotly.graph_objects as go
import pytest
from fitting_plots import CALLED, IMAGES, MOLECULES, PICTURES, TABLE, TEXT, WORDS, N, attribution_of

import kerasig
from kerasig import plot

CLASSES = CALLED["class_names"]
NAMES = CALLED["names"]
FEATURES = ["age", "sex", "<b>", "rest"]
OF_TABLE = kerasig.ProbeSet(
    TABLE.inputs, names=NAMES, class_names=CLASSES, feature_names=FEATURES, regions={"who": ["age", "sex"]}
)
OF_TEXT = kerasig.ProbeSet(TEXT.inputs, names=NAMES, class_names=CLASSES, tokens=WORDS)
OF_IMAGES = kerasig.ProbeSet(PICTURES, names=NAMES, class_names=CLASSES)

DRAWN = {
    "plot of columns": (plot.plot, TABLE, (1,), OF_TABLE, {**CALLED, "feature_names": FEATURES, "kind": "tabular"}),
    "plot of words": (plot.plot, TEXT, (1,), OF_TEXT, {**CALLED, "tokens": WORDS, "kind": "tokens"}),
    "method": (kerasig.Attribution.plot, TABLE, (0,), OF_TABLE, {**CALLED, "feature_names": FEATURES}),
    "path": (plot.path, TABLE, (2,), OF_TABLE, CALLED),
    "highlight": (plot.highlight, TEXT, ([0, 2],), OF_TEXT, {**CALLED, "tokens": WORDS}),
    "images": (plot.images, IMAGES, ([0, 2],), OF_IMAGES, CALLED),
    "film strip": (plot.film_strip, IMAGES, (1,), OF_IMAGES, CALLED),
    "matrix": (plot.matrix, TEXT, ([2, 1],), OF_TEXT, {"names": NAMES, "tokens": WORDS}),
    "molecules": (
        *(plot.molecules, MOLECULES, (["CCO", "CC#N", "[NH4+]"], [0, 1])),
        *(kerasig.ProbeSet(MOLECULES.inputs, names=NAMES, class_names=CLASSES), CALLED),
    ),
}


@pytest.mark.parametrize(("draw", "attribution", "which", "probes", "captions"), DRAWN.values(), ids=DRAWN)
def test_a_set_draws_as_its_captions_do(draw, attribution, which, probes, captions):
    assert draw(attribution, *which, probes=probes) == draw(attribution, *which, **captions)
    # What is given comes before what the set has.
    other = ["one", "two", "three"]
    assert draw(attribution, *which, probes=probes, names=other) == draw(
        attribution, *which, **{**captions, "names": other}
    )


def test_feature_names_of_a_set_are_left_out_where_a_layer_has_other_columns():
    pooled = attribution_of(TABLE.inputs, np.ones((N, 3), np.float32), layer="pooled")
    (bars,) = plot.plot(pooled, 0, probes=OF_TABLE).data
    assert isinstance(bars, go.Bar)
    assert not any("age" in str(row) for row in bars.customdata)
    with pytest.raises(ValueError, match="feature_names must be one per feature"):
        plot.plot(pooled, probes=OF_TABLE, feature_names=FEATURES)


def test_a_set_of_several_sequences_gives_no_words_for_either():
    inputs = {"question": TEXT.inputs, "answer": TEXT.inputs}
    probes = kerasig.ProbeSet(inputs, tokens={"question": WORDS, "answer": [["x"]] * N})
    both = attribution_of(inputs, TEXT.values, layer="embedding", baselines=None)
    (bars,) = plot.plot(both, 0, probes=probes).data
    assert not {"a", "x"} & set(bars.customdata)


def test_measures_have_the_regions_and_names_of_the_set():
    measured = TABLE.metrics(probes=OF_TABLE)
    given = TABLE.metrics({"who": ["age", "sex"]}, feature_names=FEATURES)
    assert measured.keys() == given.keys()
    for name, column in measured.items():
        np.testing.assert_array_equal(column, given[name])
    other = TABLE.metrics({"rest": ["rest"]}, probes=OF_TABLE)
    np.testing.assert_array_equal(
        other["region/rest"], TABLE.metrics({"rest": ["rest"]}, feature_names=FEATURES)["region/rest"]
    )
    assert "region/who" not in other
    renamed = TABLE.metrics(probes=OF_TABLE, regions={"who": ["w"]}, feature_names=["w", "x", "y", "z"])
    np.testing.assert_array_equal(
        renamed["region/who"], TABLE.metrics({"who": [True, False, False, False]})["region/who"]
    )


@pytest.mark.parametrize(
    ("probes", "says"),
    [
        ([0, 1], r"probes must be a kerasig.ProbeSet. Received \[0, 1\]"),
        (kerasig.ProbeSet(np.zeros((2, 4), np.float32)), "Received a ProbeSet of 2 for 3 examples"),
    ],
)
def test_what_is_not_the_set_of_the_attribution_is_refused(probes, says):
    for draw in (TABLE.plot, TABLE.metrics, lambda probes: plot.path(TABLE, probes=probes)):
        with pytest.raises(ValueError, match=says):
            draw(probes=probes)

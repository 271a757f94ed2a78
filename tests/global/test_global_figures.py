"""Figures and texts of a whole data set: what they show, and what they refuse."""

import json
from html import unescape

import numpy as np
import pytest
from global_rows import attribution_of, reduction_of

from kerasig._global.reduction import Reduction
from kerasig._global.settings import ReductionSettings

RNG = np.random.default_rng(4)
N, P = 80, 6
HOSTILE = "<script>alert(1)</script> %{x}"
NAMES = ["age", "income", HOSTILE, "rent", "debt", "a name that is so long that no axis has any room for all of it"]
VALUES = (RNG.normal(size=(N, P)) * [3, 1, 2, 0.5, 0.2, 0.1] + [0, 1, -2, 0, 0, 0]).astype(np.float32)


@pytest.fixture(scope="module")
def table():
    made = Reduction(ReductionSettings(feature_names=NAMES, class_names=["no", "<b>yes"], slices=("old", "none")))
    inside = {"old": VALUES[:, 0] > 0, "none": np.zeros(N, bool)}
    made.add(attribution_of(VALUES, VALUES, target=np.arange(N) % 2), slices=inside)
    return made.result()


@pytest.fixture(scope="module")
def pictures():
    values = RNG.normal(size=(40, 8, 9, 1)).astype(np.float32)
    return reduction_of(attribution_of(values, values, target=np.arange(40) % 3)).result()


@pytest.fixture(scope="module")
def texts():
    ids = RNG.integers(0, 4, size=(30, 5))
    values = RNG.normal(size=(30, 5, 2)).astype(np.float32) * ids[..., None]
    tokens = ["", "how", "<unk>", "far"]
    return reduction_of(attribution_of(values, ids, layer="e", target=np.zeros(30, int)), tokens=tokens).result()


def plain(figure):
    """The figure as a page gets it."""
    return json.loads(figure.to_json())


def test_bars_are_means_with_their_intervals(table):
    figure = table.plot("bar", most=4)
    bars, *dots = figure.data
    order = np.argsort(-table.size.value)[:4]
    np.testing.assert_allclose(bars.x, table.size.value[order])
    np.testing.assert_allclose(bars.error_x.array, 1.96 * table.size.error[order])
    shown = {int(y): x for each in dots for x, y in zip(each.x, each.y, strict=True)}
    np.testing.assert_allclose([shown[at] for at in range(4)], table.mean.value[order])
    assert figure.layout.title.text.startswith("4 of 6 features by mean |attribution| over 80 rows")
    assert table.plot() == table.plot("bar")


def test_a_swarm_has_a_dot_for_each_row_at_its_attribution(table):
    figure = table.plot("beeswarm")
    assert len(figure.data) == P
    first = int(np.argmax(table.size.value))
    np.testing.assert_allclose(np.sort(figure.data[0].x), np.sort(VALUES[:, first]), rtol=1e-6)
    # Inputs are the values here, so that the largest are the highest.
    assert np.argmax(figure.data[0].marker.color) == np.argmax(figure.data[0].x)
    assert max(np.abs(np.asarray(figure.data[0].y))) < 0.5


def test_heat_maps_are_means_by_class_and_by_slice(table):
    figure = table.plot("heat map")
    order = table.order(np.maximum(*(each.size.value for each in table.by_class.values())), 20)
    np.testing.assert_allclose(figure.data[0].z[:, 1], table.by_class["<b>yes"].mean.value[order])
    assert list(figure.layout.xaxis.ticktext) == ["no<br>40 rows", "&lt;b&gt;yes<br>40 rows"]
    # A slice without rows has no means to show.
    assert len(table.plot("heat map", by="slice").layout.xaxis.ticktext) == 1


def test_pictures_are_maps_of_all_rows_and_of_each_class(pictures):
    figure = pictures.plot()
    assert len(figure.data) == 4
    np.testing.assert_allclose(figure.data[2].z, pictures.by_class["1"].mean.value.reshape(8, 9), rtol=1e-6)
    assert [each.text for each in figure.layout.annotations] == ["all rows, 40", "0, 14", "1, 13", "2, 13"]
    assert "row 0, column 0" in pictures.names


def test_a_volume_is_shown_as_the_sum_of_its_slices():
    values = RNG.normal(size=(10, 3, 8, 8, 1)).astype(np.float32)
    found = reduction_of(attribution_of(values, values)).result()
    exact = values.astype(np.float64).mean(axis=0)[..., 0].sum(axis=0)
    np.testing.assert_allclose(found.plot().data[0].z, exact, rtol=1e-4, atol=1e-6)


def test_words_have_bars_and_positions_keep_their_order(texts):
    figure = texts.plot()
    assert list(map(unescape, figure.layout.yaxis.ticktext)) == texts.words["inputs"].words
    assert "<unk>" not in figure.layout.yaxis.ticktext
    assert "positions" in repr(texts)
    assert list(texts.plot("bar").layout.yaxis.ticktext) == [f"position {i}" for i in range(5)]


def test_correlations_are_drawn_without_their_diagonal(table):
    shown = table.plot("pairs").data[0].z
    assert np.isnan(np.diag(shown)).all()
    order = np.argsort(-table.size.value)
    assert shown[0, 1] == table.pairs.correlation[order[0], order[1]]


def test_a_difference_is_drawn_with_its_intervals(table):
    other = reduction_of(attribution_of(VALUES + np.float32([0, 3, 0, 0, 0, 0])), feature_names=NAMES).result()
    difference = table.difference(other, of="mean")
    figure = difference.plot(most=3)
    assert len(figure.data) == 3
    first = figure.data[0]
    assert first.x[0] == difference.value[1]
    assert first.x[0] + first.error_x.array[0] == pytest.approx(difference.high[1])
    assert "1 of 6 features moved" in figure.layout.title.text
    assert "income" in difference._repr_html_()


@pytest.mark.parametrize("kind", ["bar", "beeswarm", "heat map", "pairs"])
def test_names_are_no_markup_and_no_templates(table, kind):
    text = json.dumps(plain(table.plot(kind)))
    assert "<script>" not in text
    templates = [each.get("hovertemplate", "") for each in plain(table.plot(kind))["data"]]
    assert not any("alert" in template for template in templates)
    assert any("…" in name for name in plain(table.plot(kind))["layout"]["yaxis"]["ticktext"])


def test_html_escapes_names_and_text_lines_up(table):
    html = table._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    lines = table.table(3).split("\n")
    assert lines[1].startswith("age")
    first = table.size.value.max()
    assert lines[1][lines[0].index("mean |attribution|") :].startswith(f"{first:.1f}")
    assert lines[-1] == "and 3 features more"


@pytest.mark.parametrize(
    ("of", "arguments", "said"),
    [
        ("table", {"kind": "pie"}, "kind must be one of auto, bar, beeswarm, heat map, words, pairs"),
        ("table", {"kind": "words"}, "Received kind='words' without words"),
        ("table", {"by": "age", "kind": "heat map"}, "by must be one of class, slice"),
        ("table", {"most": 0}, "most must be a whole number of at least 1"),
        ("texts", {"kind": "heat map", "by": "slice"}, "there are no slices"),
    ],
)
def test_what_cannot_be_drawn_is_refused(request, of, arguments, said):
    with pytest.raises(ValueError, match=said):
        request.getfixturevalue(of).plot(**arguments)


def test_parts_that_were_not_computed_are_refused(pictures, table):
    for kind in ("beeswarm", "pairs"):
        large = reduction_of(attribution_of(np.zeros((3, 20, 20), np.float32))).result()
        with pytest.raises(ValueError, match="kind must be of what was computed"):
            large.plot(kind)
    with pytest.raises(ValueError, match=r"by must be a part that was computed\. Received by='word'"):
        table.to_dataframe("word")
    with pytest.raises(ValueError, match="by must be one of feature, class"):
        table.to_dataframe("row")
    with pytest.raises(ValueError, match="Received by='slice'"):
        pictures.to_dataframe("slice")

"""The table of measures: docs define each, and the page is told of each what it draws by."""

import re
from pathlib import Path

import numpy as np
import pytest
from tensorboard_plugin_kerasig.headers import FormatError
from tensorboard_plugin_kerasig.measures import check_measures

from kerasig._measures.table import BUILT_IN

METRICS = (Path(__file__).parents[2] / "docs" / "internals" / "metrics.md").read_text(encoding="utf-8")


def sections() -> dict[str, str]:
    """The sections of docs/internals/metrics.md by the anchors that GitHub gives their headings."""
    parts = re.split(r"^## (.+)$", METRICS, flags=re.MULTILINE)[1:]
    slug = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in parts[::2]]
    return dict(zip(slug, parts[1::2], strict=True))


@pytest.mark.parametrize("row", BUILT_IN.rows, ids=lambda row: row.name)
def test_docs_define_every_measure_where_its_anchor_points(row):
    section = sections()[row.anchor]
    assert f"`{row.name}/<r>`" in section if row.per_region else f"`{row.name}`" in section


def test_every_measure_is_one_and_says_what_it_is():
    names = [row.name for row in BUILT_IN.rows]
    assert len(set(names)) == len(names)
    for row in BUILT_IN.rows:
        assert row.label
        assert row.sentence.endswith(".")
        assert row.range[0] < row.range[1]
        assert row.better in ("", "up", "down")


def test_the_page_is_told_of_regions_trust_and_places_even_of_the_first():
    columns = BUILT_IN.columns(["tag", "hair"])
    told = BUILT_IN.described(columns)
    assert told["region/tag"]["region"] == "tag"
    assert (told["region/tag"]["charted"], told["drift"]["sorted"]) == (0, 0)
    assert told["region_lift/hair"]["on_maps"]
    assert "on_maps" not in told["residual"]
    assert told["epoch"]["section"] == ""
    assert told["negative_sum"]["range"] == [None, 0]
    kept = check_measures(list(told.values()), columns)
    assert [dict(one) for one in told.values()] == list(kept)


@pytest.mark.parametrize(
    "measures",
    [{}, "x", [{}], [{}, None], [{}, {"label": 3}], [{}, {"range": [1]}], [{}, {"sorted": True}], [{}, {"flag": "no"}]],
)
def test_what_does_not_describe_the_columns_is_corrupt(measures):
    with pytest.raises(FormatError, match="measures"):
        check_measures(measures, ["a", "b"])


def test_what_later_versions_say_is_left_out():
    assert check_measures([{"label": "a", "shape": "round"}], ["a"]) == ({"label": "a"},)


def test_a_mean_of_several_regions_has_their_name():
    assert BUILT_IN.logged(["tag"]) == ["residual", "map_error", "untrusted", "drift", "region_mass"]
    assert BUILT_IN.logged(["a", "b"])[-2:] == ["region_mass_a", "region_mass_b"]
    assert np.isin(["drift_chance", "region_chance/tag"], BUILT_IN.columns(["tag"])).all()

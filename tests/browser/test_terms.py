"""What a number means, on a click, by key and by touch; the numbers that are read first; the score's waterfall."""

import re

import numpy as np
import pytest

MINUS = "\u2212"
PROBE = {"runs": "first/kerasig", "set": "digits", "view": "probe", "probe": 3}
SETS = {"digits": "", "questions": "label", "people": "", "waves": ""}


def number(text):
    return float(text.replace(MINUS, "-").replace("+", ""))


def bars(tab, large=0):
    """The rows of a waterfall: kind, name, what it adds (of a total the score), and the exact number of its title."""
    rows = tab.frame.locator(".large").nth(large).locator(".waterfall tbody tr").all()
    return [
        (
            row.get_attribute("class"),
            row.locator("th").inner_text(),
            number(row.locator("td").first.inner_text()),
            number(re.search(r"[+\u2212]?\d[\d.e\u2212]*(?=$|: )", row.get_attribute("title").split(": ", 1)[-1])[0]),
        )
        for row in rows
    ]


def test_four_numbers_are_told_and_the_others_unfold(tab):
    tab.open(**PROBE)
    told = tab.frame.locator(".key-facts [data-fact]")
    assert told.evaluate_all("all => all.map((e) => e.dataset.fact)") == ["score", "region/tag", "error", "converged"]
    assert re.fullmatch(r"\d+(\.\d+)?%", told.nth(1).inner_text())
    assert re.match(r"[✓⚠] ", told.nth(2).inner_text())
    assert tab.frame.locator(".key-facts dt").first.inner_text().startswith("score of digit 3")
    assert tab.frame.locator(".numbers").count() == 0
    count = int(re.search(r"\d+", tab.frame.inner_text(".all-facts summary"))[0])
    tab.frame.click(".all-facts summary")
    tab.frame.wait_for_selector(".numbers")
    assert tab.frame.locator(".numbers [data-fact]").count() == count > 12
    assert "p.kerasig.numbers=all" in tab.url
    # Of another probe, too, and after a reload.
    tab.page.reload()
    tab.settle("ready")
    # Those that are computed of the record's values come with them.
    tab.frame.wait_for_function("n => document.querySelectorAll('.numbers [data-fact]').length === n", arg=count)


def test_every_number_of_a_probe_says_what_it_is(tab):
    tab.open(**PROBE, numbers="all")
    rows = tab.frame.locator(".beside dl > div")
    assert rows.count() > 16
    for row in rows.all():
        button = row.locator("dt button.about")
        assert button.count() == 1, row.inner_text()
        assert button.get_attribute("title").split(" ", 1)[0], row.inner_text()


def test_a_sheet_tells_sentence_unit_values_and_where_it_is_computed(tab):
    tab.open(**PROBE, numbers="all")
    button = tab.frame.locator(".numbers [data-fact=residual] >> xpath=../dt/button")
    button.focus()
    tab.page.keyboard.press("Enter")
    sheet = tab.frame.locator("#about")
    sheet.wait_for()
    assert sheet.locator("h2").inner_text() == "residual"
    assert "relative to the score's change" in sheet.inner_text()
    assert "the less, the better" in sheet.inner_text()
    link = sheet.locator("a")
    with tab.page.context.expect_page() as opened:
        link.click()
    page = opened.value
    page.wait_for_load_state()
    assert page.evaluate("document.querySelector('h2:target').textContent") == "Other per-probe columns"
    page.close()
    tab.page.bring_to_front()
    # The sheet closes, the view stays, and the focus is where it was.
    tab.page.keyboard.press("Escape")
    sheet.wait_for(state="hidden")
    assert "view=probe" in tab.url
    assert button.evaluate("(e) => e === document.activeElement")
    button.click()
    sheet.wait_for(state="visible")
    tab.frame.locator(".subject").click(position={"x": 2, "y": 2})
    sheet.wait_for(state="hidden")


@pytest.mark.parametrize("view", ["gallery", "compare", "timeline", "path"])
def test_each_view_tells_what_its_numbers_are(tab, view):
    tab.open(**{**PROBE, "view": view})
    button = tab.frame.locator("#panel button.about").first
    button.click()
    sheet = tab.frame.locator("#about")
    sheet.wait_for(state="visible")
    assert len(sheet.inner_text()) > 40
    assert sheet.locator("a").count() > 0
    tab.page.keyboard.press("Escape")
    sheet.wait_for(state="hidden")


@pytest.mark.parametrize("title", SETS)
def test_the_waterfall_leads_from_the_baselines_score_to_the_score(tab, open_servers, title):
    tab.open(**{**PROBE, "set": title, "probe": 1, "step": 628})
    where = {"run": "first/kerasig", "set": title, "step": 628, "series": SETS[title], "probe": 1, "format": "json"}
    answer = open_servers["rust"].get("export", **where).json()
    found = bars(tab)
    assert [kind for kind, *_ in found] == ["total", *["part"] * (len(found) - 3), "error", "total"] or [
        kind for kind, *_ in found
    ] == ["total", *["part"] * 10, "others", "error", "total"]
    assert found[0][3] == pytest.approx(answer["baseline_score"], rel=1e-4)
    assert found[-1][3] == pytest.approx(answer["score"], rel=1e-4)
    parts = [exact for kind, _, _, exact in found if kind in ("part", "others")]
    assert sum(parts) == pytest.approx(np.sum(answer["values"]), abs=1e-4)
    assert sum(parts) + found[-2][3] == pytest.approx(answer["score"] - answer["baseline_score"], abs=1e-4)
    sizes = [abs(exact) for kind, _, _, exact in found if kind == "part"]
    assert sizes == sorted(sizes, reverse=True)


def test_a_region_is_a_part_of_its_own_and_bars_begin_where_the_last_one_ends(tab):
    tab.open(**PROBE)
    assert {name for kind, name, *_ in bars(tab) if kind == "part"} == {"region \u201ctag\u201d", "the rest"}
    edges = tab.frame.locator(".waterfall .beam").evaluate_all(
        "all => all.map((e) => { const b = e.getBoundingClientRect(); return [b.left, b.right] })"
    )
    # Each bar meets the one before it at one of its ends.
    for (left, right), (before, after) in zip(edges[1:-1], edges[:-2], strict=True):
        assert min(abs(a - b) for a in (left, right) for b in (before, after)) < 3


def test_runs_share_the_waterfalls_axis(tab):
    tab.open(**{**PROBE, "runs": "first/kerasig,second/kerasig", "step": 628})
    widths = []
    for large in range(2):
        beam = tab.frame.locator(".large").nth(large).locator(".waterfall .total .beam").last
        widths.append((bars(tab, large)[-1][3], beam.bounding_box()["width"]))
    (one, wide), (other, narrow) = widths
    assert wide / narrow == pytest.approx(one / other, rel=0.05)

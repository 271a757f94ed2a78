"""The timeline: any scalar over the steps, its quantiles, its jumps, and the ways to another step."""

import numpy as np
import pytest

VIEW = {"runs": "first/kerasig", "set": "digits", "view": "timeline"}
TABLE = """
(m, names, columns) => {
  const table = new m.StepTable({ steps: columns[0].map((_, i) => 10 * i), epochs: [], wall_times: [], names,
    stats: columns[0].map((_, i) => columns[0][i].map((_, n) => columns.map((column) => column[i][n]))) });
  return import(new URL('plugin/kerasig/static/timeline.js', location.href).href).then((t) => %s);
}
"""


def reading(tab, row: int = 0) -> list[str]:
    return (
        tab.frame.locator(".timeline .readings >> nth=0").locator("tbody tr").nth(row).locator("td").all_inner_texts()
    )


def test_opens_by_key_with_a_number_for_each_run(tab):
    tab.open(runs="first/kerasig,second/kerasig", set="digits", step=471)
    views = tab.frame.locator(".tab").all_inner_texts()
    tab.page.keyboard.press(str(views.index("Timeline") + 1))
    tab.frame.wait_for_selector(".timeline .band")
    rows = [reading(tab, row) for row in range(2)]
    assert [row[0] for row in rows] == ["first", "second"]
    assert [row[1] for row in rows] == ["471", "471"]
    assert all(float(value.rstrip("%")) >= 0 for row in rows for value in row[2:])
    # A line and a band of each run, in its colour.
    style = "all => all.map((e) => getComputedStyle(e)).map((s) => [s.stroke, s.fill])"
    lines, bands = (tab.frame.locator(f".timeline .{kind}").evaluate_all(style) for kind in ("curve", "band"))
    swatches = tab.frame.locator(".run .swatch").evaluate_all(
        "all => all.map((e) => getComputedStyle(e).backgroundColor)"
    )
    assert [stroke for stroke, _ in lines] == [fill for _, fill in bands] == swatches


def test_opens_on_the_scalar_with_the_largest_jump(tab):
    tab.open(**VIEW)
    first = tab.frame.locator("table.jumps tbody tr").first
    assert first.get_attribute("class") == "shown"
    label = first.locator("td").first.inner_text()
    assert tab.frame.inner_text(".timeline figcaption .name") == f"{label}, mean over the probes"
    tab.open(**VIEW, stat="score")
    assert tab.frame.get_attribute(".timeline", "data-stat") == "score"


def test_slider_and_click_move_the_step_everywhere(tab):
    tab.open(**VIEW, step=157)
    tab.frame.wait_for_selector(".timeline .chart")
    before = reading(tab)
    tab.page.keyboard.press("ArrowRight")
    tab.wait_for_step(314)
    assert reading(tab)[1] == "314"
    assert reading(tab) != before
    box = tab.frame.locator(".timeline .chart").bounding_box()
    # The newest step is at the right edge.
    tab.page.mouse.click(box["x"] + box["width"] - 20, box["y"] + 60)
    tab.wait_for_step(1727)
    assert "p.kerasig.step" not in tab.url
    tab.page.mouse.move(box["x"] + 57, box["y"] + 60)
    tab.frame.wait_for_selector(".timeline .over", state="attached")
    assert reading(tab)[1] == "0"
    assert tab.fact("step") == "1,727"


def test_choices_are_in_the_address_and_restored(tab):
    tab.open(**VIEW)
    tab.frame.select_option(".choices select", "score")
    tab.page.keyboard.press("Escape")
    tab.open(**VIEW, stat="score")
    tab.frame.wait_for_selector(".timeline[data-stat=score]")
    tab.frame.locator(".tab[aria-selected=true]").focus()
    tab.page.keyboard.press("m")
    tab.page.keyboard.press("j")
    tab.frame.wait_for_selector(".choices .which")
    tab.frame.wait_for_function("parent.location.hash.includes('spread=probes')")
    tab.page.keyboard.press("]")
    tab.frame.wait_for_selector(".timeline:not([data-stat=score])")
    url, stat = tab.url, tab.frame.get_attribute(".timeline", "data-stat")
    assert "p.kerasig.probe=1" in url
    assert "p.kerasig.view=timeline" in url
    tab.page.reload()
    tab.settle("ready")
    assert tab.frame.get_attribute(".timeline", "data-stat") == stat
    assert tab.frame.input_value(".choices .which") == "1"


def test_band_is_made_of_quantiles(tab):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(4, 9))
    values[2, 3] = np.nan
    rows = [[None if np.isnan(v) else float(v) for v in row] for row in values]
    band = tab.module("steps.js", TABLE % "t.bandOf(table, 'score')", ["score"], [rows])
    for name, share in (("low", 0.1), ("middle", 0.5), ("high", 0.9)):
        # The table keeps what JSON brings as doubles.
        assert band[name] == pytest.approx(np.nanquantile(values, share, axis=1), rel=1e-12)


def test_a_jump_is_told_from_a_slope_and_from_noise(tab):
    steps = np.arange(30)
    noise = np.random.default_rng(1).normal(size=30)
    slope, wobble, jump = 0.5 * steps, 0.1 * noise, 0.1 * noise + 5.0 * (steps >= 17)
    columns = [[[float(value)] * 3 for value in series] for series in (slope, wobble, jump)]
    found = tab.module(
        "steps.js",
        TABLE % "['slope', 'wobble', 'jump'].map((name) => t.jumpsOf(table, name).map(({ index }) => index))",
        ["slope", "wobble", "jump"],
        columns,
    )
    assert found == [[], [], [17]]


def test_a_jump_is_marked_and_leads_to_its_step(tab):
    tab.open(**VIEW)
    rows = tab.frame.locator("table.jumps tbody tr")
    assert rows.count() > 0
    step = rows.first.locator("td").nth(2).inner_text()
    rows.first.locator("button").click()
    tab.wait_for_step(int(step.replace(",", "")))
    assert tab.frame.locator(".timeline .jump").count() > 0


def test_a_log_without_stats_of_a_set_is_told(odd_tab):
    odd_tab.open(runs="small/kerasig", set="nobody", view="timeline")
    assert odd_tab.frame.locator(".timeline, .notice").count() > 0

"""The charts over the steps: what they draw, what they are compared with, and the ways they are operated."""

import re
from collections import Counter
from urllib.parse import quote

import numpy as np
import pytest
from write_hostile_log import RUN

STEPS = [157 * i for i in range(12)]
DIGITS = {"runs": "first/kerasig", "set": "digits"}
BOTH = {"runs": "first/kerasig,second/kerasig", "set": "digits"}
ALARMS = [628, 1413]
# The y of each point of a chart's first line, and where the values of its ticks are.
CURVE = """
(selector) => {
  const chart = document.querySelector(selector);
  const d = chart.querySelector(".curve").getAttribute("d");
  const ticks = [...chart.querySelectorAll(".tick.y")].map((e) => [e.textContent, Number(e.getAttribute("y"))]);
  return { points: d.slice(1).split(/[LM]/).map((point) => point.split(" ").map(Number)), ticks };
}
"""
AT_READY = """
if (location.pathname.includes("plugin_entry")) new MutationObserver((_, observer) => {
  if (document.documentElement.dataset.kerasig !== "ready") return;
  observer.disconnect();
  const lines = [...document.querySelectorAll(".panels .curve")];
  window.first = { cards: document.querySelectorAll(".card").length, charts: lines.length,
    drawn: lines.filter((line) => line.getAttribute("d").length > 20).length,
    marks: document.querySelectorAll(".panels .fired").length };
}).observe(document, { subtree: true, attributes: true, childList: true });
"""


def chart(name: str) -> str:
    return f".panels [data-chart='{name}']"


def texts(tab, selector: str) -> list[str]:
    return tab.frame.locator(selector).all_text_contents()


def point_at(tab, selector: str, step: int) -> tuple[float, float]:
    """Where a step is in a chart, on the page."""
    left, right = (tab.frame.locator(f"{selector} .edge").bounding_box()[side] for side in ("x", "width"))
    box = tab.frame.locator(f"{selector} .chart").bounding_box()
    return left + right * step / STEPS[-1], box["y"] + box["height"] / 2


def test_charts_are_on_the_first_paint_with_the_cards(chromium, open_servers, tab):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(AT_READY)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    fields = {**DIGITS, "view": "gallery"}
    fragment = "".join(f"&p.kerasig.{name}={value}" for name, value in fields.items())
    page.goto(f"{open_servers['rust'].url}/#kerasig{fragment}")
    page.wait_for_selector("iframe", state="attached")
    frame = next(frame for frame in page.frames if frame != page.main_frame)
    frame.wait_for_function("() => window.first")
    assert frame.evaluate("window.first") == {"cards": 8, "charts": 4, "drawn": 4, "marks": 8}
    ours = [url for url in asked if "/plugin/kerasig/" in url]
    assert ours
    assert not [url for url in asked if "plotly" in url]
    context.close()


def test_a_line_has_the_means_of_the_log_at_every_step(tab, open_servers):
    tab.open(**DIGITS)
    reply = open_servers["rust"].get("steps", run="first/kerasig", set="digits", series="").json()
    for name in ("residual", "map_error", "region/tag"):
        means = np.array(reply["means"][reply["names"].index(name)], float)
        found = tab.frame.evaluate(CURVE, chart(name))
        values = np.array([float(text.rstrip("%")) / 100 for text, _ in found["ticks"]])
        places = np.array([place for _, place in found["ticks"]])
        assert values[0] == 0
        x, y = np.array(found["points"]).T
        slope = (values[-1] - values[0]) / (places[-1] - places[0])
        np.testing.assert_allclose(values[0] + slope * (y - places[0]), means, atol=abs(slope) * 0.2)
        np.testing.assert_allclose((x - x[0]) / (x[-1] - x[0]), np.array(STEPS) / STEPS[-1], atol=2e-3)


def test_every_chart_says_what_its_axes_are_to_the_last_step(tab):
    tab.open(**BOTH)
    tab.wait_for_charts()
    names = texts(tab, ".panels figcaption .name")
    assert names == ["share in “tag”", "drift", "residual", "map error"]
    for i in range(4):
        labels = texts(tab, f".panels .plotted:nth-child({i + 1}) .tick:not(.y, .said)")
        assert labels[0] == "0"
        assert labels[-2:] == ["1,727", "step"]
    levels = [texts(tab, f"{chart(name)} .tick.y") for name in ("region/tag", "residual", "map_error")]
    assert all(level[0] == "0%" and level[-1].endswith("%") for level in levels)


def test_errors_stand_beside_what_is_allowed_and_shares_beside_the_regions_area(tab):
    tab.open(**DIGITS)
    tab.wait_for_charts()
    assert texts(tab, f"{chart('residual')} .said") == ["1% allowed"]
    assert texts(tab, f"{chart('map_error')} .said") == ["5% allowed"]
    assert texts(tab, f"{chart('drift')} .said") == []
    # Four of eight probes have a tag of 4 x 4 of their 28 x 28 pixels.
    assert texts(tab, f"{chart('region/tag')} .said") == ["area 2%"]
    assert re.fullmatch(r"[\d.]+% of 1% allowed", tab.frame.inner_text(f"{chart('residual')} figcaption .number"))
    tab.open(**{**DIGITS, "set": "questions"})
    tab.wait_for_charts()
    # Of a log that does not say what is allowed, nothing is made up.
    assert texts(tab, ".panels .said") == []
    assert re.fullmatch(r"[\d.]+%", tab.frame.inner_text(f"{chart('residual')} figcaption .number"))


@pytest.mark.parametrize("name", ["region/tag", "residual"])
def test_a_click_chooses_the_nearest_step(tab, name):
    tab.open(**DIGITS)
    tab.wait_for_charts()
    # A little beside step 785, the sixth of twelve.
    x, y = point_at(tab, chart(name), 800)
    tab.page.mouse.click(x, y)
    tab.wait_for_step(785)
    assert tab.frame.locator(".panels[data-step='785']").count() == 1
    lines = tab.frame.locator(".panels .now").evaluate_all("all => all.map((line) => line.getAttribute('d'))")
    assert len(set(lines)) <= 4
    assert len(lines) == 4
    tab.page.mouse.down()
    tab.page.mouse.move(*point_at(tab, chart(name), 157))
    tab.page.mouse.up()
    tab.wait_for_step(157)


def test_the_pointer_reads_the_numbers_of_every_run(tab):
    tab.open(**BOTH)
    tab.wait_for_charts()
    tab.page.mouse.move(*point_at(tab, chart("residual"), 640))
    tab.frame.wait_for_selector(f"{chart('residual')} .reading:visible")
    # It points at all charts at once, and speaks in the one it is in.
    assert tab.frame.locator(".panels .over").count() == 4
    assert tab.frame.locator(".reading:visible").count() == 1
    head, first, second = texts(tab, f"{chart('residual')} .reading p")
    assert head == "step 628"
    assert re.fullmatch(r"first[\d.]+%", first)
    assert re.fullmatch(r"second[\d.]+%", second)
    assert tab.fact("step") == "1,727"
    tab.page.mouse.move(5, 400)
    tab.frame.wait_for_selector(".panels .over", state="detached")
    assert tab.frame.locator(".reading:visible").count() == 0


def test_a_chart_is_operated_by_keys_and_says_what_it_shows(tab):
    tab.open(**DIGITS, step=STEPS[5])
    tab.wait_for_charts()
    slider = tab.frame.get_by_role("slider", name="residual over the steps")
    slider.focus()
    tab.page.keyboard.press("ArrowRight")
    tab.wait_for_step(STEPS[6])
    assert tab.frame.locator(f"{chart('residual')} .reading:visible").count() == 1
    assert slider.get_attribute("aria-valuenow") == "6"
    assert slider.get_attribute("aria-valuemax") == "11"
    assert re.fullmatch(r"step 942: [\d.]+%", slider.get_attribute("aria-valuetext"))
    tab.page.keyboard.press("End")
    tab.wait_for_step(STEPS[11])
    assert tab.frame.evaluate("document.activeElement.getAttribute('aria-label')") == "residual over the steps"


def test_alarms_are_marked_in_the_charts_of_every_view(tab):
    said = [f"Alarm at step {step:,}" for step in ALARMS]
    tab.open(**DIGITS)
    tab.wait_for_charts()
    for name in ("region/tag", "drift", "residual", "map_error"):
        assert texts(tab, f"{chart(name)} .fired title") == said
    tab.open(**DIGITS, view="timeline")
    assert texts(tab, ".timeline .fired title") == said
    tab.open(**DIGITS, view="path", probe=3)
    assert texts(tab, ".slopes .fired title") == said
    tab.open(**BOTH)
    assert texts(tab, f"{chart('drift')} .fired title") == [
        "first: alarm at step 628",
        "second: alarm at step 942",
        "first: alarm at step 1,413",
    ]


@pytest.mark.parametrize("dark", [False, True])
def test_what_is_chosen_is_drawn_in_the_texts_colour_and_only_values_are_orange(tab, dark):
    try:
        tab.page.evaluate("(on) => document.body.classList.toggle('dark-mode', on)", dark)
        tab.frame.wait_for_function("(on) => document.documentElement.classList.contains('dark') === on", arg=dark)
        for view in ("gallery", "timeline", "path"):
            tab.open(**DIGITS, view=view, step=STEPS[4])
            # Drawn anew with the theme, the lines included.
            colors = tab.frame.locator(":is(.now, .over, .here, .stop, .rule)").evaluate_all(
                "all => all.map((e) => getComputedStyle(e)).map((s) => s.stroke)"
            )
            assert colors
            for color in colors:
                red, green, blue = map(int, re.findall(r"\d+", color)[:3])
                assert max(red, green, blue) - min(red, green, blue) <= 12, color
    finally:
        tab.page.evaluate("document.body.classList.remove('dark-mode')")


def test_chosen_scalars_are_charted(tab):
    tab.open(**DIGITS)
    tab.wait_for_charts()
    assert tab.frame.locator(".panels .chart").count() == 4
    tab.frame.get_by_role("button", name="drift").click()
    tab.frame.wait_for_function("document.querySelectorAll('.panels .chart').length === 3")
    assert re.search(r"p\.kerasig\.charts=region/tag,residual,map_error(&|$)", tab.url)
    tab.open(**DIGITS)
    tab.frame.wait_for_function("document.querySelectorAll('.panels .chart').length === 4")


def test_charts_fit_the_page_at_any_width_in_rows_of_one_length(tab):
    tab.open(**BOTH)
    edges = """() => [".charts", ".panels .chart"].flatMap((all) => [...document.querySelectorAll(all)])
      .map((each) => each.getBoundingClientRect()).map(({ left, right, top }) => [left, right, Math.round(top)])"""
    try:
        for width in (900, 1000, 1280, 1920):
            tab.page.set_viewport_size({"width": width, "height": 900})
            found = tab.frame.wait_for_function(
                f"() => {{ const all = ({edges})(), [around, ...boxes] = all;"
                " return boxes.length === 4 && boxes.every((b) => b[0] >= around[0] && b[1] <= around[1]) && all }"
            )
            around, *boxes = found.json_value()
            assert len(boxes) == 4
            assert all(around[0] <= left < right <= around[1] for left, right, _ in boxes)
            rows = Counter(top for _, _, top in boxes).values()
            assert max(rows) - min(rows) <= 1
    finally:
        tab.page.set_viewport_size({"width": 1280, "height": 900})


def test_hostile_names_are_text_in_charts(odd_tab):
    odd_tab.open(runs=quote(f"{RUN}/kerasig", safe=""))
    assert odd_tab.frame.evaluate("document.querySelectorAll('.charts :is(b, img, script)').length") == 0
    assert odd_tab.frame.evaluate("[window.pwned, parent.pwned]") == [None, None]

import re
import urllib.parse

import pytest
from write_hostile_log import NAMES, RUN, SCRIPT, GrowingRun

MINUS, DASH, TIMES = "\u2212", "\u2013", "\u00d7"
ODD_RUN = urllib.parse.quote(f"{RUN}/kerasig", safe="")


def test_two_runs_stand_side_by_side(tab):
    tab.open(runs="first/kerasig,second/kerasig", set="digits")
    card = tab.frame.locator(".card").first
    assert card.locator(".of .name").all_inner_texts() == ["first", "second"]
    left, right = (canvas.bounding_box() for canvas in card.locator("canvas.image").all())
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] < right["x"]
    tab.frame.uncheck(".run:has-text('second') input")
    tab.frame.wait_for_function("document.querySelectorAll('.card:first-child canvas').length === 1")
    assert "runs=first/kerasig" in tab.url


def test_run_without_the_set_is_named(tab):
    tab.open(runs="first/kerasig,second/kerasig", set="waves")
    assert "second: This run has no probe set “waves”." in tab.frame.inner_text(".notice")
    assert tab.frame.locator(".card canvas.series").count() == 4


def test_run_that_is_gone_is_named(tab):
    tab.open(runs="first/kerasig,gone/kerasig", set="digits")
    assert tab.frame.inner_text(".notice") == "gone/kerasig: This run is not in the log directory (any more)."
    assert tab.frame.locator(".card").count() == 8


def test_image_card_tells_target_prediction_score_and_error(tab):
    tab.open(runs="first/kerasig", set="digits", step=0)
    facts = tab.frame.locator(".card[data-probe='3'] .facts")
    assert facts.locator("[data-fact=target]").inner_text() == "digit 3"
    assert facts.locator("[data-fact=predicted]").inner_text() in ("digit 3", "digit 4 ✗")
    assert re.fullmatch(rf"{MINUS}?\d+(\.\d+)?(e{MINUS}?\d+)?", facts.locator("[data-fact=score]").inner_text())
    assert re.fullmatch(r"[⚠✓] \d+(\.\d+)?% of [15]%", facts.locator("[data-fact=error]").inner_text())
    assert tab.frame.locator(".card .facts .warning").count() > 0


def test_region_is_outlined_and_explained(tab):
    tab.open(runs="first/kerasig", set="digits", show="input")
    pixels = tab.pixels(".card canvas.image")
    yellow = sum(
        r > 200 and g > 180 and b < 90 for r, g, b in zip(pixels[0::4], pixels[1::4], pixels[2::4], strict=True)
    )
    assert yellow > 20
    assert tab.frame.inner_text(".legend .key bdi") == "tag"


def test_tokens_are_words_coloured_by_sign(tab):
    tab.open(runs="first/kerasig", set="questions")
    first = tab.frame.locator(".card").first
    assert first.locator(".words").inner_text().startswith("what is the population of sweden")
    assert f"{TIMES} <pad>" in first.inner_text()
    second = tab.frame.locator(".card").nth(1)
    assert second.locator(".words").inner_text().split() == [
        "which",
        "of",
        "charles",
        "the",
        "first",
        "'s",
        "children",
        "ruled",
    ]
    colors = first.locator(".token").evaluate_all(
        "all => all.map((e) => [e.title, getComputedStyle(e).backgroundColor])"
    )
    for title, color in colors:
        red, _, blue = map(int, re.findall(r"\d+", color)[:3])
        assert (red > blue) == ("+" in title), (title, color)


def test_series_of_targets_switches(tab):
    tab.open(runs="first/kerasig", set="questions")
    label = tab.frame.locator(".token").first.get_attribute("title")
    tab.frame.check("input[name=series][value=predicted]", force=True)
    tab.frame.wait_for_function(
        "(old) => ![undefined, old].includes(document.querySelector('.token')?.title)", arg=label
    )
    assert label.startswith("what: +")
    assert tab.frame.locator(".token").first.get_attribute("title").startswith(f"what: {MINUS}")


def test_tabular_bars_show_the_stored_numbers(tab, open_servers):
    tab.open(runs="first/kerasig", set="people")
    export = open_servers["rust"].get(
        "export", run="first/kerasig", set="people", series="", step=1727, probe=0, format="csv"
    )
    stored = [float(line.rsplit(",", 1)[1]) for line in export.text.strip().splitlines()[1:]]
    shown = tab.frame.locator(".card[data-probe='0'] .bar .number:last-child").all_inner_texts()
    assert [float(text.replace(MINUS, "-")) for text in shown] == pytest.approx(stored, rel=6e-3)


def test_graph_is_drawn_for_each_leaf_of_its_nodes_in_their_colours(odd_tab):
    odd_tab.open(runs="graphs/kerasig", set="molecules")
    card = odd_tab.frame.locator(".card").first
    assert card.locator("figcaption").all_inner_texts() == ["atoms", "charges", "pairs"]
    # Twenty pairs are no nodes of nine.
    assert card.locator("svg.graph").count() == 2
    assert card.locator("figure >> nth=2").locator("svg.graph").count() == 0
    nodes = card.locator("svg.graph >> nth=0 >> circle.node")
    assert nodes.count() == 9
    for title, fill in nodes.evaluate_all("all => all.map((node) => [node.textContent, node.getAttribute('fill')])"):
        red, _, blue = map(int, re.findall(r"\d+", fill)[:3])
        assert (red > blue) == ("+" in title), (title, fill)


@pytest.mark.parametrize("title", [SCRIPT, "words", NAMES[1]], ids=["script", "words", "long"])
def test_hostile_names_are_shown_as_text(odd_tab, title):
    odd_tab.open(runs=ODD_RUN, set=urllib.parse.quote(title, safe=""))
    odd_tab.wait_for_charts()
    shown = odd_tab.frame.evaluate("document.body.textContent")
    for name in (*NAMES[2:], SCRIPT, RUN, NAMES[1][:60]):
        assert name in shown
    assert odd_tab.frame.evaluate("[...document.querySelectorAll('b, img, script:not([src])')].length") <= 1
    assert odd_tab.frame.evaluate("[window.pwned, parent.pwned]") == [None, None]
    # Nothing makes the page scroll sideways.
    assert odd_tab.frame.evaluate(
        "document.querySelector('.content').scrollWidth <= document.querySelector('.content').clientWidth"
    )


@pytest.mark.parametrize(
    ("title", "sentence"),
    [("cut header", "cut"), ("newer header", "version 2"), ("corrupt inputs", "not JSON")],
)
def test_unreadable_records_are_told_in_their_place(odd_tab, title, sentence):
    odd_tab.open(runs="broken/kerasig", set=title)
    assert sentence in odd_tab.frame.inner_text(".notice")
    # Everything else goes on.
    odd_tab.open(runs="small/kerasig", set="once")
    assert odd_tab.frame.locator(".card").count() == 2


@pytest.mark.parametrize(
    ("title", "broken", "sentence"),
    [("cut payload", 0, "ends too early"), ("corrupt payload", 0, "corrupt"), ("missing payload", 1, "1 of its 2")],
)
def test_a_broken_probe_is_told_in_its_card_and_the_others_are_shown(odd_tab, title, broken, sentence):
    odd_tab.open(runs="broken/kerasig", set=title)
    cards = odd_tab.frame.locator(".card")
    assert sentence in cards.nth(broken).locator(".broken").inner_text()
    assert cards.nth(1 - broken).locator(".bar").count() == 3
    assert odd_tab.frame.locator(".notice").count() == 0


def test_set_without_probes_is_told(odd_tab):
    odd_tab.open(runs="small/kerasig", set="nobody")
    assert odd_tab.frame.inner_text(".notice") == "This probe set has no probes."


def test_values_that_are_not_finite_are_shown_as_such(odd_tab):
    odd_tab.open(runs="small/kerasig", set="not finite", sort="set-order")
    shown = odd_tab.frame.locator(".bar .number:last-child").all_inner_texts()
    assert shown == [DASH, "+1.00", "+2.00", "+∞", f"{MINUS}∞", "0"]


def test_new_steps_arrive_and_are_followed_only_from_the_end(odd_tab, logdirs):
    run = GrowingRun(logdirs["odd"])
    run.record(0)
    run.record(10)
    odd_tab.frame.wait_for_selector(".run:has-text('growing')")
    odd_tab.open(runs="growing/kerasig", set="rows")
    odd_tab.wait_for_step(10)
    run.record(20)
    odd_tab.wait_for_step(20)
    odd_tab.frame.locator("body").press("Home")
    odd_tab.wait_for_step(0)
    run.record(30)
    odd_tab.frame.wait_for_function("document.querySelector('[data-fact=record]')?.textContent === '1/4'")
    assert odd_tab.fact("step") == "0"

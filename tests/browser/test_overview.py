"""The view that opens first: it says what each run looks at, since when, and leads there."""

import pytest
from test_accessibility import serious

BOTH = {"runs": "first/kerasig,second/kerasig", "set": "digits", "view": "overview"}
ALL = {"digits": "grid", "questions": "lines", "people": "table", "waves": "grid"}


def wait_for_means(tab):
    tab.frame.wait_for_function(
        "document.querySelectorAll('.whole .of-run figure').length >="
        " document.querySelectorAll('.whole .of-run').length"
    )


def test_it_opens_first_and_answers_without_scrolling(open_tab):
    tab = open_tab("rust")
    tab.begin()
    tab.page.goto(tab.page.url.partition("#")[0] + "#kerasig")
    tab.page.reload()
    tab.settle()
    assert tab.frame.get_attribute(".tab[aria-selected=true]", "id") == "tab-overview"
    answers = tab.frame.locator(".answer")
    assert answers.count() == 2
    for i, name in enumerate(["first", "second"]):
        text = answers.nth(i).inner_text()
        assert text.startswith(f"{name}: ")
        assert "of the attribution lies in \u201ctag\u201d" in text
    # Sentences, alarms, and the newest picture of the first band.
    for selector in (".answer >> nth=1", ".finding >> nth=0", ".band >> nth=0 >> .row >> nth=1 >> .moment >> nth=-1"):
        box = tab.frame.locator(selector).bounding_box()
        assert box["y"] + box["height"] < 900, selector
    assert tab.problems == []


def test_a_click_opens_the_probe_at_that_step(tab):
    tab.open(**BOTH)
    moment = tab.frame.locator(".band >> nth=1 >> .moment >> nth=2")
    step, probe = moment.get_attribute("data-step"), moment.get_attribute("data-probe")
    moment.click()
    tab.settle()
    assert "p.kerasig.view=probe" in tab.url
    assert f"p.kerasig.step={step}" in tab.url
    assert f"p.kerasig.probe={probe}" in tab.url or probe == "0"
    assert tab.fact("step") == f"{int(step):,}"


def test_pinned_probes_come_first(tab):
    tab.open(**BOTH, pins="2:digits,5:digits")
    rows = tab.frame.locator(".band >> nth=0 >> .row:not(.head) >> .moment:nth-of-type(1)")
    assert [rows.nth(i).get_attribute("data-probe") for i in range(2)] == ["2", "5"]


@pytest.mark.parametrize("title", ALL)
def test_each_kind_is_seen_over_the_steps_and_over_the_set(tab, title):
    tab.open(**{**BOTH, "set": title})
    wait_for_means(tab)
    shown = {
        "grid": ".band .row .moment canvas",
        "lines": ".band .lines-row .moment .token",
        "table": ".band .over-steps .track i",
    }[ALL[title]]
    assert tab.frame.locator(shown).count() > 4
    whole = {"grid": ".mean-maps canvas, .mean-curve path", "lines": ".leaders .bar-of", "table": ".leaders .bar-of"}
    assert tab.frame.locator(f".whole :is({whole[ALL[title]]})").count() >= 2
    assert all(text.rstrip().endswith(".") for text in tab.frame.locator(".answer .says").all_inner_texts()), (
        tab.frame.locator(".answers").inner_text()
    )


def test_pictures_are_those_of_the_gallery_on_the_same_scale(tab):
    """The newest picture of a strip has the colours that the gallery has, pixel for pixel of the map."""
    tab.open(**BOTH, show="map")
    limit = tab.frame.locator(".legend, .group:has(#scale)").first.inner_text()
    tab.open(**{**BOTH, "view": "gallery"}, show="map")
    assert tab.frame.locator(".legend, .group:has(#scale)").first.inner_text() == limit


def test_an_alarm_tells_its_sentence_its_check_and_its_step(tab):
    tab.open(**BOTH)
    finding = tab.frame.locator(".finding >> nth=0")
    assert "tag" in finding.inner_text()
    widths = [bar.bounding_box()["width"] for bar in finding.locator(".loss i").all()]
    assert widths[0] > 2 * widths[1] > 0
    step = finding.locator("button.link").inner_text().removeprefix("step ")
    finding.locator("button.link").click()
    tab.settle()
    assert tab.fact("step") == step


def test_what_cannot_be_read_says_so_in_place_of_a_sentence(odd_tab):
    tab = odd_tab
    tab.open(runs="broken/kerasig", set="corrupt payload", view="overview")
    assert "corrupt" in tab.frame.inner_text(".answer")
    for title in ("no stats", "cut header", "newer"):
        tab.open(runs="broken/kerasig", set=title, view="overview")
        assert tab.frame.locator(".notice").count() > 0
        assert "Loading" not in tab.frame.inner_text("#panel")
    tab.open(runs="small/kerasig", set="once", view="overview")
    assert "changed" not in tab.frame.inner_text(".answer")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("title", ALL)
def test_it_has_no_serious_violation(tab, title, dark):
    tab.page.evaluate("(on) => document.body.classList.toggle('dark-mode', on)", dark)
    tab.open(**{**BOTH, "set": title})
    wait_for_means(tab)
    tab.frame.wait_for_function("(on) => document.documentElement.classList.contains('dark') === on", arg=dark)
    try:
        assert serious(tab) == []
    finally:
        tab.page.evaluate("document.body.classList.remove('dark-mode')")


def test_a_small_strip_stands_in_probe(tab):
    tab.open(**{**BOTH, "view": "probe"}, probe=3)
    tab.frame.wait_for_selector(".over-time .moment canvas")
    assert {button.get_attribute("data-probe") for button in tab.frame.locator(".over-time .moment").all()} == {"3"}

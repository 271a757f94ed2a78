"""The view of one probe: pictures of every kind, what they read out, and how values become colours."""

import re
import urllib.parse
from pathlib import Path

import pytest
from write_hostile_log import NAMES, RUN, SCRIPT

STEPS = [157 * i for i in range(12)]
MINUS = "\u2212"
DIGITS = {"runs": "first/kerasig", "set": "digits", "view": "probe", "numbers": "all"}
SETS = {"digits": 2, "questions": 1, "people": 1, "waves": 2}
PICTURE = ".larges .drawn"
CANVAS = ".larges .stage canvas"


def seen(tab):
    """Everything that the large picture shows: texts, colours, lengths, and canvases with their pixels."""
    return tab.frame.evaluate(
        """(selector) => {
            const drawn = document.querySelector(selector);
            const look = (e) => { const { backgroundColor, width, fill } = getComputedStyle(e);
                                  return [backgroundColor, width, fill].join() };
            return drawn.textContent + [...drawn.querySelectorAll("[style], [fill]")].map(look)
                + [...drawn.querySelectorAll("canvas")].map((c) => c.toDataURL());
        }""",
        PICTURE,
    )


def number(text):
    text, percent = text.replace(MINUS, "-").replace("+", ""), text.endswith("%")
    return float(text.removesuffix("%")) / (100 if percent else 1)


def fact(tab, name):
    return tab.frame.inner_text(f".beside [data-fact='{name}']")


def read(tab):
    rows = tab.frame.locator(".larges .readout [data-read]")
    return dict(zip(rows.evaluate_all("all => all.map((e) => e.dataset.read)"), rows.all_inner_texts(), strict=True))


def exported(server, form="json", **where):
    return server.get("export", run="first/kerasig", series=where.pop("series", ""), format=form, **where).json()


@pytest.mark.parametrize("title", SETS)
def test_slider_moves_the_picture_of_every_kind(tab, title):
    tab.open(**{**DIGITS, "set": title, "probe": SETS[title], "step": STEPS[2]})
    before = seen(tab)
    tab.frame.fill("input.slider", "7")
    tab.wait_for_step(STEPS[7])
    after = seen(tab)
    assert after != before
    tab.page.keyboard.press("Home")
    tab.wait_for_step(STEPS[0])
    tab.open(**{**DIGITS, "set": title, "probe": SETS[title], "step": STEPS[7]})
    assert seen(tab) == after


def test_state_of_the_view_survives_a_reload(tab):
    state = {"probe": 3, "step": STEPS[4], "sign": "absolute", "opacity": 0.5, "gamma": 1, "clip": 95, "show": "map"}
    tab.open(**DIGITS, **state)
    before, url = seen(tab), tab.url
    for name, value in state.items():
        assert f"p.kerasig.{name}={value}" in url
    tab.page.reload()
    tab.settle("ready")
    assert tab.url == url
    assert seen(tab) == before
    assert tab.frame.input_value("#gamma") == "1"


def test_facts_are_the_stored_numbers(tab, open_servers):
    tab.open(**DIGITS, probe=3, step=STEPS[4])
    answer = exported(open_servers["rust"], set="digits", step=STEPS[4], probe=3)
    for name, key in {"score": "score", "baseline score": "baseline_score", "residual": "residual"}.items():
        assert number(fact(tab, name)) == pytest.approx(answer[key], rel=6e-3 if name != "residual" else 6e-2)
    flat = [value for row in answer["values"] for value in row]
    assert number(fact(tab, "positive sum")) == pytest.approx(sum(v for v in flat if v > 0), rel=6e-3)
    assert number(fact(tab, "negative sum")) == pytest.approx(sum(v for v in flat if v < 0), rel=6e-3, abs=1e-4)
    assert number(fact(tab, "difference")) == pytest.approx(answer["score"] - answer["baseline_score"], rel=6e-3)
    assert fact(tab, "target") == "digit 3"
    assert int(fact(tab, "evaluations")) > 0


def test_pointer_and_arrow_keys_read_the_value_and_the_input(tab, open_servers):
    tab.open(**DIGITS, probe=3, step=STEPS[4])
    answer = exported(open_servers["rust"], set="digits", step=STEPS[4], probe=3)
    box = tab.frame.locator(".larges .stage").bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] * 12.5 / 28, box["y"] + box["height"] * 2.5 / 28)
    tab.frame.wait_for_selector(".readout [data-read=attribution]")
    found = read(tab)
    assert (found["row"], found["column"]) == ("2", "12")
    assert number(found["attribution"]) == pytest.approx(answer["values"][2][12], rel=1e-5, abs=1e-12)
    tab.page.mouse.move(5, 5)
    tab.frame.wait_for_selector(".readout [data-read]", state="detached")
    tab.frame.focus(".larges .stage")
    for key in ("ArrowUp", "ArrowLeft", "ArrowUp"):
        tab.page.keyboard.press(key)
    tab.frame.wait_for_function("document.querySelector('[data-read=row]')?.textContent === '13'")
    found = read(tab)
    assert (found["row"], found["column"]) == ("13", "13")
    assert number(found["attribution"]) == pytest.approx(answer["values"][13][13], rel=1e-5, abs=1e-12)
    assert 0 <= number(found["input"]) <= 1
    # The slider has not moved.
    assert tab.fact("step") == f"{STEPS[4]:,}"


def test_opacity_zero_shows_the_input_alone_and_gamma_changes_the_map(tab):
    tab.open(**DIGITS, probe=3)
    usual = tab.picture(CANVAS)
    tab.open(**DIGITS, probe=3, opacity=0)
    pixels = tab.pixels(CANVAS)
    # Grey, but for the outlines of regions, which are drawn on top.
    middle = slice(len(pixels) // 2, None)
    assert pixels[middle][0::4] == pixels[middle][1::4] == pixels[middle][2::4]
    assert len(set(pixels[middle][0::4])) > 1
    without = tab.picture(CANVAS)
    tab.open(**DIGITS, probe=3, gamma=1)
    assert len({usual, without, tab.picture(CANVAS)}) == 3


def test_sliders_write_the_address_and_reset_by_button(tab):
    tab.open(**DIGITS, probe=3)
    tab.frame.focus("#gamma")
    tab.page.keyboard.press("ArrowRight")
    tab.frame.wait_for_function("document.querySelector('#gamma')?.value === '0.55'")
    assert "p.kerasig.gamma=0.55" in tab.url
    assert tab.fact("step") == "1,727"
    tab.frame.click(".reset")
    tab.frame.wait_for_function("document.querySelector('#gamma')?.value === '0.5'")
    assert "gamma" not in tab.url


def test_absolute_values_have_one_hue_and_a_legend_from_zero(tab):
    tab.open(**{**DIGITS, "set": "waves"}, probe=1)
    tab.frame.locator("body").press("s")
    tab.frame.wait_for_selector("text=raises or lowers")
    assert "p.kerasig.sign=absolute" in tab.url
    assert tab.frame.locator(".legend .ticks.number span").all_inner_texts()[0] == "0"
    shades = tab.module(
        "color.js",
        """({ palette, shade }) => [-1, 1].map((value) => {
            const out = [0, 0, 0, 0]; shade(value, 1, out, palette(0.5, "absolute")); return out })""",
    )
    assert shades[0] == shades[1]


def test_fixed_scale_is_the_middle_of_the_probes_largest_values_over_all_steps_in_every_view(tab, open_servers):
    stats = open_servers["rust"].get("steps", run="first/kerasig", set="digits", series="").json()
    column = stats["names"].index("max_abs")
    largest = [max(step[probe][column] for step in stats["stats"]) for probe in range(8)]
    limits = set()
    for view in ({"view": "gallery"}, {"view": "probe", "probe": 3}, {"view": "probe", "probe": 6}):
        for index in (0, 5):
            tab.open(**{**DIGITS, **view}, step=STEPS[index])
            limits.add(tab.frame.locator(".legend .ticks.number span").all_inner_texts()[2])
    (text,) = limits
    # There are larger ones.
    assert text.startswith("≥")
    assert number(text[1:]) == pytest.approx(sorted(largest)[4], rel=6e-3)
    assert "a typical image" in tab.frame.inner_text(".legend .limit")
    tab.open(**DIGITS, probe=3, step=STEPS[5], scale="probe")
    assert tab.frame.locator(".legend .ticks.number span").all_inner_texts()[2] == "+max"


def test_clip_sets_the_limit_to_the_middle_of_the_probes_percentiles_over_some_steps(tab, open_servers):
    tab.open(**DIGITS, probe=3, clip=90)
    percentiles = []
    for probe in range(8):
        values = []
        for index in (0, 4, 8, 11):
            answer = exported(open_servers["rust"], set="digits", step=STEPS[index], probe=probe)
            values += [abs(value) for row in answer["values"] for value in row]
        values.sort()
        percentiles.append(values[round(0.9 * (len(values) - 1))])
    text = tab.frame.locator(".legend .ticks.number span").all_inner_texts()[2]
    assert text.startswith("≥")
    assert number(text[1:]) == pytest.approx(sorted(percentiles)[4], rel=6e-3)
    assert "10% of a typical image" in tab.frame.inner_text(".legend .limit")
    tab.open(**{**DIGITS, "view": "gallery"}, clip=90)
    assert tab.frame.locator(".legend .ticks.number span").all_inner_texts()[2] == text


def test_every_token_has_its_number(tab, open_servers):
    tab.open(**{**DIGITS, "set": "questions"}, probe=2, series="label", step=STEPS[5])
    answer = exported(open_servers["rust"], set="questions", series="label", step=STEPS[5], probe=2)
    shown = tab.frame.locator(".positions [data-position] .amount").all_inner_texts()
    words = tab.frame.locator(".positions .word").all_inner_texts()
    assert words[:3] == ["how", "many", "people"]
    assert [number(text) for text in shown] == pytest.approx(answer["values"][: len(shown)], rel=6e-3)
    assert tab.frame.inner_text(".sentence").split() == words[: len(shown)]
    tab.frame.hover(".sentence .token >> nth=1")
    tab.frame.wait_for_selector("[data-read=token]")
    assert read(tab)["token"] == "many"
    assert number(read(tab)["attribution"]) == pytest.approx(answer["values"][1], rel=1e-5)


def ranks(values):
    order = sorted(range(len(values)), key=lambda i: (-abs(values[i]), i))
    return {i: rank for rank, i in enumerate(order, 1)}


def test_features_stand_by_rank_with_the_change_since_first_and_previous(tab, open_servers):
    tab.open(**{**DIGITS, "set": "people"}, probe=2, step=STEPS[6])
    steps = {"now": STEPS[6], "first": STEPS[0], "previous": STEPS[5]}
    stored = {
        name: exported(open_servers["rust"], set="people", step=step, probe=2)["values"] for name, step in steps.items()
    }
    expected = {name: ranks(values) for name, values in stored.items()}
    rows = tab.frame.locator(".features tbody tr")
    order = [int(value) for value in rows.evaluate_all("all => all.map((row) => row.dataset.feature)")]
    assert order == sorted(expected["now"], key=expected["now"].get)
    for since in ("first", "previous"):
        shown = rows.locator(f"[data-since={since}]").all_inner_texts()
        for i, text in zip(order, shown, strict=True):
            by = expected[since][i] - expected["now"][i]
            assert text == ("=" if by == 0 else f"{'▲' if by > 0 else '▼'} {abs(by)}")
    tab.open(**{**DIGITS, "set": "people"}, probe=2, step=0)
    assert set(rows.locator("[data-since=first]").all_inner_texts()) == {""}


def test_graph_is_drawn_with_its_atoms_and_bonds(odd_tab):
    odd_tab.open(runs="graphs/kerasig", set="molecules", view="probe", probe=1)
    figures = odd_tab.frame.locator(".drawn figure")
    assert figures.count() == 3
    assert figures.first.locator("[data-atom]").count() == 9
    assert figures.first.locator(".line").count() == 8
    assert figures.first.locator(".bond").count() == 16
    places = figures.first.locator("[data-atom]").evaluate_all(
        "all => all.map((e) => [+e.getAttribute('cx'), +e.getAttribute('cy')])"
    )
    gaps = [abs(complex(*a) - complex(*b)) for n, a in enumerate(places) for b in places[:n]]
    assert min(gaps) > 20
    figures.first.locator("[data-atom='4']").hover()
    odd_tab.frame.wait_for_selector("[data-read=node]")
    assert read(odd_tab)["joined to"] == "3, 5"


def test_runs_stand_side_by_side_with_one_cursor(tab):
    tab.open(**{**DIGITS, "runs": "first/kerasig,second/kerasig"}, probe=3)
    assert tab.frame.locator(".large .of .name").all_inner_texts() == ["first", "second"]
    left, right = (stage.bounding_box() for stage in tab.frame.locator(".stage").all())
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] < right["x"]
    tab.frame.hover(".stage >> nth=0")
    tab.frame.wait_for_function("document.querySelectorAll('.crosshair').length === 2")


def test_probes_are_turned_by_key_button_and_choice(tab):
    tab.open(**DIGITS, probe=7)
    tab.frame.locator("body").press("j")
    tab.frame.wait_for_function("document.querySelector('.which')?.value === '0'")
    tab.page.keyboard.press("k")
    tab.frame.wait_for_function("document.querySelector('.which')?.value === '7'")
    tab.frame.click("[aria-label='Previous probe']")
    tab.frame.wait_for_function("document.querySelector('.which')?.value === '6'")
    tab.frame.select_option(".which", "2")
    tab.frame.wait_for_function("document.querySelector('.which')?.value === '2'")
    assert re.search(r"p\.kerasig\.probe=2(&|$)", tab.url)
    assert fact(tab, "target") == "digit 2"


def test_probe_that_is_not_there_is_the_last(tab):
    tab.open(**DIGITS, probe=999)
    assert tab.frame.input_value(".which") == "7"


def test_values_that_are_not_finite_are_read_as_such(odd_tab):
    odd_tab.open(runs="small/kerasig", set="not finite", view="probe", probe=1)
    shown = odd_tab.frame.locator(".features tbody td:nth-child(6)").all_inner_texts()
    assert set(shown) == {"∞", f"{MINUS}∞", "0"} or set(shown) == {"+∞", f"{MINUS}∞", "0"}


@pytest.mark.parametrize("view", ["probe", "path"])
@pytest.mark.parametrize("title", [SCRIPT, "words", NAMES[1]], ids=["script", "words", "long"])
def test_hostile_names_are_shown_as_text(odd_tab, title, view):
    quoted = urllib.parse.quote(title, safe="")
    run = urllib.parse.quote(f"{RUN}/kerasig", safe="")
    # A comma of the title is written twice as %XX, as it is one between pins.
    odd_tab.open(runs=run, set=quoted, view=view, probe=2, pins="0:" + urllib.parse.quote(quoted, safe=""))
    shown = odd_tab.frame.evaluate("document.body.textContent")
    for name in (NAMES[2], SCRIPT, RUN, NAMES[1][:50]):
        assert name in shown
    assert odd_tab.frame.locator(".pin").count() == 1
    assert odd_tab.frame.evaluate("[...document.querySelectorAll('b, img, script:not([src])')].length") <= 1
    assert odd_tab.frame.evaluate("[window.pwned, parent.pwned]") == [None, None]
    assert odd_tab.frame.evaluate(
        "document.querySelector('.content').scrollWidth <= document.querySelector('.content').clientWidth"
    )


def test_unreadable_record_is_told_in_place_of_the_picture(odd_tab):
    odd_tab.open(runs="broken/kerasig", set="cut header", view="probe")
    assert "cut" in odd_tab.frame.inner_text(".notice")
    assert odd_tab.frame.locator(".stage").count() == 0
    odd_tab.open(runs="broken/kerasig", set="cut payload", view="probe")
    assert "ends too early" in odd_tab.frame.inner_text(".large .broken")
    assert odd_tab.frame.locator(".large tbody tr").count() == 0
    odd_tab.open(runs="broken/kerasig", set="cut payload", view="probe", probe=1)
    assert odd_tab.frame.locator(".large tbody tr").count() > 0


def test_numbers_are_saved_as_they_are_stored(tab, open_servers):
    tab.open(**DIGITS, probe=3, step=471)
    links = tab.frame.locator(".saving a")
    assert links.all_inner_texts() == ["NPY", "CSV", "JSON"]
    of = {"run": "first/kerasig", "set": "digits", "step": 471, "probe": 3}
    for link, form in zip(links.all(), ("npy", "csv", "json"), strict=True):
        with tab.page.expect_download() as download:
            link.click()
        assert Path(download.value.path()).read_bytes() == open_servers["rust"].get("export", **of, format=form).body

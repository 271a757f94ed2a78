"""More probes than a window holds: scrolling, searching, sorting, filtering."""

import urllib.parse
from pathlib import Path

import numpy as np
import pytest
import tensorboard_plugin_kerasig
from write_many_log import COUNT, STEPS, group, stats

STATIC = Path(tensorboard_plugin_kerasig.__file__).parent / "static"
MANY = {"runs": "many/kerasig", "set": "many"}
GIVEN = {**MANY, "sort": "set-order"}


def shown(tab):
    """The probes whose cards are drawn, in their order."""
    return tab.frame.locator(".card").evaluate_all("all => all.map((card) => Number(card.dataset.probe))")


def wait_for_found(tab, text):
    tab.frame.wait_for_function("(text) => document.querySelector('.found')?.textContent === text", arg=text)
    tab.settle("ready")


@pytest.fixture
def many(odd_tab):
    odd_tab.open(**GIVEN)
    odd_tab.frame.evaluate("() => { document.querySelector('.content').scrollTop = 0 }")
    odd_tab.frame.wait_for_selector(".card[data-probe='0'] canvas")
    return odd_tab


def test_only_what_can_be_seen_is_drawn_and_fetched(odd_tab):
    odd_tab.page.reload()  # Nothing is left of what other tests fetched.
    odd_tab.settle("ready")
    asked = set()

    def listen(request):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(request.url).query)
        if "/attributions" in request.url and query["run"] == ["many/kerasig"]:
            asked.update(map(int, query["probes"][0].split(",")) if "probes" in query else range(COUNT))

    odd_tab.page.on("request", listen)
    odd_tab.open(**GIVEN, step=STEPS[0])
    first = shown(odd_tab)
    assert first == list(range(len(first)))
    assert 10 <= len(first) < 60
    assert set(first) <= asked <= set(range(80))
    # The end moves while rows are measured and charts arrive above them.
    odd_tab.frame.wait_for_function(
        "(last) => { document.querySelector('.content').scrollTop = 1e6;"
        " return document.querySelector(`.card[data-probe='${last}'] canvas`) }",
        arg=COUNT - 1,
    )
    odd_tab.settle("ready")
    last = shown(odd_tab)
    assert last == list(range(last[0], COUNT))
    assert len(last) < 60
    assert set(last) <= asked
    # What lies between was never on the screen.
    assert not asked & set(range(100, 200))
    odd_tab.page.remove_listener("request", listen)


def test_without_a_choice_what_leads_the_log_comes_first_at_every_step(odd_tab):
    drifts = np.stack([stats(step)["drift"] for step in STEPS])
    means = np.nanmean(np.where(np.isfinite(drifts), drifts, np.nan), axis=0)
    expected = sorted(range(COUNT), key=lambda probe: (np.isnan(means[probe]), -means[probe], probe))
    for step in STEPS:
        odd_tab.open(**MANY, step=step)
        odd_tab.frame.evaluate("() => { document.querySelector('.content').scrollTop = 0 }")
        odd_tab.frame.wait_for_selector(f".card[data-probe='{expected[0]}'] canvas")
        first = shown(odd_tab)
        assert len(first) > 10
        assert first == expected[: len(first)]


def test_scrolling_keeps_each_card_at_its_place(many):
    # The height of all rows is that of the drawn ones and of the room that is kept for the others.
    many.frame.evaluate("() => { document.querySelector('.content').scrollTop = 3000 }")
    many.frame.wait_for_function("Number(document.querySelector('.card')?.dataset.probe) > 10")
    many.settle("ready")
    before = many.frame.locator(".card >> nth=8")
    probe, top = before.get_attribute("data-probe"), before.bounding_box()["y"]
    many.frame.evaluate("() => { document.querySelector('.content').scrollTop += 2000 }")
    many.frame.wait_for_function("(probe) => !document.querySelector(`.card[data-probe='${probe}']`)", arg=probe)
    many.frame.evaluate("() => { document.querySelector('.content').scrollTop -= 2000 }")
    again = many.frame.locator(f".card[data-probe='{probe}']")
    again.wait_for()
    assert again.bounding_box()["y"] == pytest.approx(top, abs=1)


@pytest.mark.parametrize("step", STEPS)
def test_largest_drift_comes_first_and_what_has_none_last(many, step):
    many.open(**MANY, step=step, sort="-drift")
    drift = stats(step)["drift"]
    order = sorted(range(COUNT), key=lambda probe: (np.isnan(drift[probe]), -drift[probe]))
    first = shown(many)
    assert first == order[: len(first)]
    many.frame.evaluate("() => { document.querySelector('.content').scrollTop = 1e6 }")
    many.frame.wait_for_selector(".card[data-probe='7']")
    assert shown(many)[-1] == 7


def test_order_is_chosen_turned_around_and_kept_by_a_reload(many):
    many.frame.select_option("#sort", "residual")
    many.frame.wait_for_function("parent.location.hash.includes('sort=-residual')")
    many.frame.click("button[title='Largest first']")
    many.frame.wait_for_function("parent.location.hash.includes('sort=residual')")
    order = list(np.argsort(stats(STEPS[-1])["residual"]))
    many.settle("ready")
    assert shown(many) == order[: len(shown(many))]
    many.page.reload()
    many.settle("ready")
    assert shown(many) == order[: len(shown(many))]
    assert many.frame.input_value("#sort") == "residual"


def test_search_and_filters_leave_what_fulfils_all_of_them(many):
    wait_for_found(many, "300 probes")
    many.frame.fill(".find", "picture 1")
    matching = [probe for probe in range(COUNT) if "1" in str(probe)]  # Each word is looked for on its own.
    wait_for_found(many, f"{len(matching)} of 300 probes")
    many.frame.click(".adding summary")
    many.frame.click(".ready .chip:has-text('correct') >> nth=0")
    matching = [probe for probe in matching if probe % 3 == 0]
    wait_for_found(many, f"{len(matching)} of 300 probes")
    many.frame.click(".adding summary")
    many.frame.click(f".ready .chip:has-text('{group(1)}')")
    matching = [probe for probe in matching if probe % 2]
    wait_for_found(many, f"{len(matching)} of 300 probes")
    many.frame.click(".adding summary")
    many.frame.select_option(".adding [name=name]", "drift")
    many.frame.select_option(".adding [name=op]", ">=")
    many.frame.fill(".adding [name=value]", "0.5")
    many.frame.press(".adding [name=value]", "Enter")
    drift = stats(STEPS[-1])["drift"]
    matching = [probe for probe in matching if drift[probe] >= 0.5]
    wait_for_found(many, f"{len(matching)} of 300 probes")
    assert shown(many) == matching
    url = many.url
    many.page.reload()
    many.settle("ready")
    assert shown(many) == matching
    assert many.url == url
    assert many.frame.locator(".chip.filter").count() == 3
    many.frame.click(".chip.filter >> nth=0")
    wait_for_found(many, f"{sum(drift[p] >= 0.5 for p in range(1, COUNT, 2) if '1' in str(p))} of 300 probes")


def test_nothing_found_is_told_and_searching_again_brings_all_back(many):
    many.frame.fill(".find", "no such probe")
    wait_for_found(many, "0 of 300 probes")
    assert shown(many) == []
    many.frame.fill(".find", "")
    wait_for_found(many, "300 probes")
    many.frame.wait_for_selector(".card canvas")


def test_stats_that_a_log_lacks_are_named_and_left_out(many):
    many.open(**MANY, sort="-loss", where="trusted=1,residual>=0")
    assert many.frame.inner_text(".toolbar .warning") == "not in this log: loss, share trusted"
    assert shown(many) == list(range(len(shown(many))))
    assert many.frame.inner_text(".found") == "300 probes"


def test_conditions_of_any_name_survive_the_address(tab):
    where = [
        {"name": "region/a>=b,c%", "op": "<=", "value": "0.25"},
        {"name": "group", "op": "=", "value": "x=1,<y>&p.kerasig.step=3"},
    ]
    state = tab.module("fragment.js", "({ format, parse }, where) => parse(format({ ...parse(''), where }))", where)
    assert state["where"] == where
    assert state["step"] is None


def test_what_nobody_sees_changes_with_the_next_rest(tab):
    texts = tab.module(
        "dom.js",
        """(m) => {
          const root = document.createElement("div");
          document.body.append(root);
          const page = (text, later) => [m.h("p", { key: 0, later }, text), m.h("p", { key: 1 }, text)];
          const seen = [];
          const note = () => seen.push([...root.children].map((child) => child.textContent).join());
          m.mount(root, page("a", true)); note();
          m.mount(root, page("b", true)); note();
          m.mount(root, page("c", true)); note();
          m.settle(); note();
          m.mount(root, page("d", true)); m.mount(root, page("e", false)); note();
          m.settle(); note();
          root.remove();
          return [...seen, m.waits()];
        }""",
    )
    assert texts == ["a,a", "a,b", "a,c", "c,c", "e,e", "e,e", False]


def test_rows_have_the_height_of_their_cards_at_each_width(tab):
    tab.open(runs="first/kerasig", set="digits")
    heights = """() => {
      const rows = document.querySelector(".gallery").style.gridAutoRows;
      const [, row] = /minmax\\(([0-9.]+)px/.exec(rows) ?? [];
      const cards = [...document.querySelectorAll(".gallery .card")];
      return [Number(row), ...cards.map((card) => card.getBoundingClientRect().height)];
    }"""
    size = tab.page.viewport_size
    try:
        for width in (900, size["width"]):
            tab.page.set_viewport_size({**size, "width": width})
            # Read at once: they are measured again and again while the page is laid out.
            found = tab.frame.wait_for_function(
                f"() => {{ const all = ({heights})(); return Math.abs(all[0] - Math.max(...all.slice(1))) < 1 && all }}"
            )
            row, *cards = found.json_value()
            assert cards
            assert row == pytest.approx(max(cards), abs=1)
    finally:
        tab.page.set_viewport_size(size)

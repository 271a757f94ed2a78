"""The list of views, the keys, pinned probes: what all views share."""

import re

import pytest

VIEWS = ["overview", "gallery", "probe", "path", "timeline", "compare"]
DIGITS = {"runs": "first/kerasig", "set": "digits"}


def chosen(tab):
    """The view that is open, as the list of tabs and the panel both have it."""
    tab.settle()
    selected = tab.frame.get_attribute("[role=tab][aria-selected=true]", "id").removeprefix("tab-")
    assert tab.frame.get_attribute("[role=tabpanel]", "data-view") == selected
    assert tab.frame.get_attribute("[role=tabpanel]", "aria-labelledby") == f"tab-{selected}"
    return selected


def wait_for_view(tab, name):
    tab.frame.wait_for_selector(f"[role=tabpanel][data-view={name}]", state="attached")
    assert chosen(tab) == name


def wait_for_focus(tab, selector):
    tab.frame.wait_for_function("(selector) => document.activeElement?.matches(selector)", arg=selector)


def test_views_are_opened_by_click_and_stand_in_the_address(tab):
    for name in reversed(VIEWS):
        tab.frame.click(f"#tab-{name}")
        wait_for_view(tab, name)
        assert (f"p.kerasig.view={name}" in tab.url) == (name != "overview")


def test_digits_open_views_and_escape_returns_to_the_gallery(tab):
    tab.frame.locator("body").press("6")
    wait_for_view(tab, "compare")
    for number, name in reversed(list(enumerate(VIEWS, 1))):
        tab.page.keyboard.press(str(number))
        wait_for_view(tab, name)
    tab.page.keyboard.press("4")
    tab.page.keyboard.press("Escape")
    wait_for_view(tab, "gallery")
    assert "p.kerasig.view=gallery" in tab.url


def test_arrows_on_the_list_of_views_turn_views_and_not_steps(tab):
    tab.frame.focus("#tab-gallery")
    tab.page.keyboard.press("ArrowRight")
    wait_for_view(tab, "probe")
    wait_for_focus(tab, "#tab-probe")
    tab.page.keyboard.press("End")
    wait_for_view(tab, "compare")
    tab.page.keyboard.press("ArrowRight")
    wait_for_view(tab, "overview")
    assert tab.fact("step") == "1,727"


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_from_its_address_and_through_a_reload(tab, view):
    tab.open(**DIGITS, view=view, probe=2, step=785, pins="1:digits")
    assert chosen(tab) == view
    before = tab.url
    tab.page.reload()
    tab.settle("ready")
    assert tab.url == before
    assert chosen(tab) == view
    assert tab.fact("step") == "785"


def test_probe_opens_by_click_and_by_enter(tab):
    tab.open(**DIGITS, sort="set-order")
    tab.frame.click(".card[data-probe='3'] canvas")
    wait_for_view(tab, "probe")
    assert "p.kerasig.probe=3" in tab.url
    # The page's keys work at once.
    tab.page.keyboard.press("ArrowLeft")
    tab.wait_for_step(1570)
    tab.frame.focus(".which")
    tab.page.keyboard.press("Escape")
    wait_for_view(tab, "gallery")
    wait_for_focus(tab, ".card[data-probe='3'], .card[data-probe='3'] *")
    tab.page.keyboard.press("Shift+Tab")
    tab.page.keyboard.press("Shift+Tab")
    tab.page.keyboard.press("Enter")
    wait_for_view(tab, "probe")
    assert "p.kerasig.probe=2" in tab.url


def test_probes_are_pinned_from_gallery_and_probe_and_kept_in_the_address(tab):
    tab.frame.focus(".card[data-probe='4'] .open")
    tab.page.keyboard.press("p")
    tab.frame.wait_for_selector(".pin[data-pin='4']")
    tab.frame.hover(".card[data-probe='1']")
    tab.frame.click(".card[data-probe='1'] .pinning")
    tab.frame.wait_for_selector(".pin[data-pin='1']")
    assert chosen(tab) == "gallery"
    assert "p.kerasig.pins=4:digits,1:digits" in tab.url
    tab.page.reload()
    tab.settle("ready")
    assert [text.strip() for text in tab.frame.locator(".pin .open").all_inner_texts()] == ["plain 4", "tagged 1"]
    tab.frame.click(".pin[data-pin='4'] .open")
    wait_for_view(tab, "probe")
    assert "p.kerasig.probe=4" in tab.url
    tab.frame.click(".pin[data-pin='4'] [aria-label='Unpin plain 4']")
    tab.frame.wait_for_selector(".pin[data-pin='4']", state="detached")
    assert "p.kerasig.pins=1:digits" in tab.url


def test_pin_of_another_set_leads_there(tab):
    tab.open(**DIGITS, pins="1:questions")
    tab.frame.click(".pin .open")
    wait_for_view(tab, "probe")
    assert re.search(r"p\.kerasig\.set=questions(&|$)", tab.url)
    assert tab.frame.inner_text(".pin .open").strip() == "question 1"


def test_sheet_lists_the_keys_and_closes_by_key(tab):
    tab.frame.locator("body").press("?")
    tab.frame.wait_for_selector(".sheet:not(.keep)[open]")
    shown = tab.frame.locator(".sheet kbd").all_inner_texts()
    bound = tab.module("keyboard.js", "({ BINDINGS }) => BINDINGS.map(({ shown }) => shown)")
    assert set(bound) <= set(shown)
    # Keys of the page rest while the sheet is open.
    tab.page.keyboard.press("3")
    assert chosen(tab) == "gallery"
    tab.page.keyboard.press("Escape")
    tab.frame.wait_for_selector(".sheet:not(.keep, [open])", state="attached")
    tab.frame.click("button.keys")
    tab.frame.wait_for_selector(".sheet:not(.keep)[open]")
    tab.page.keyboard.press("?")
    tab.frame.wait_for_selector(".sheet:not(.keep, [open])", state="attached")


def test_scroll_position_is_kept_per_view(tab):
    tab.page.set_viewport_size({"width": 1280, "height": 500})
    try:
        tab.frame.evaluate("document.querySelector('.content').scrollTop = 120")
        tab.frame.click("#tab-compare")
        wait_for_view(tab, "compare")
        assert tab.frame.evaluate("document.querySelector('.content').scrollTop") == 0
        tab.frame.click("#tab-gallery")
        wait_for_view(tab, "gallery")
        assert tab.frame.evaluate("document.querySelector('.content').scrollTop") == 120
    finally:
        tab.page.set_viewport_size({"width": 1280, "height": 900})


def test_address_holds_any_pin_and_reads_nonsense_as_the_default(tab):
    pins = [{"set": "a,b:%&=#", "probe": 3}, {"set": "\n\0 \U0001f680", "probe": 0}]
    read = tab.module(
        "fragment.js",
        "({ format, parse }, pins) => parse(format({ ...parse(''), pins, alpha: 0.3, gamma: 1 }))",
        pins,
    )
    assert read["pins"] == pins
    assert (read["alpha"], read["gamma"], read["view"]) == (0.3, 1, "overview")
    hash = "#kerasig&" + "&".join(
        f"p.kerasig.{field}"
        for field in (
            "view=none",
            "probe=-1",
            "pins=x:y,1",
            "opacity=7",
            "clip=NaN",
            "alpha=",
            "cursor=1",
            "__proto__=1",
        )
    )
    read = tab.module("fragment.js", "({ parse }, hash) => parse(hash)", hash)
    usual = tab.module("state.js", "({ defaults }) => defaults()")
    assert {name: usual[name] for name in read} == {**read, "opacity": 1}

"""axe-core finds nothing serious in any view, light or dark; it comes from npm, for tests alone."""

import os
from pathlib import Path

import pytest

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
DIGITS = {"runs": "first/kerasig", "set": "digits"}
BOTH = {"runs": "first/kerasig,second/kerasig", "set": "digits"}
VIEWS = {
    "gallery of images": {**BOTH, "pins": "3:digits", "sort": "-drift", "where": "score>=0"},
    "gallery of tokens": {**DIGITS, "set": "questions"},
    "gallery of bars": {**DIGITS, "set": "people"},
    "gallery at an alarm": {**BOTH, "step": 1413},
    "probe, image": {**DIGITS, "view": "probe", "probe": 3},
    "probe, zoomed image": {**BOTH, "view": "probe", "probe": 3, "zoom": "3,0.4,0.4", "sign": "positive"},
    "probe, tokens": {**DIGITS, "view": "probe", "set": "questions"},
    "probe, tabular": {**DIGITS, "view": "probe", "set": "people", "step": 942},
    "probe, series": {**DIGITS, "view": "probe", "set": "waves"},
    "path": {**BOTH, "view": "path", "probe": 3},
    "timeline": {**BOTH, "view": "timeline"},
    "timeline of each": {**BOTH, "view": "timeline", "spread": "probes"},
    "compare images": {**BOTH, "view": "compare"},
    "compare tokens": {**DIGITS, "view": "compare", "set": "questions"},
}
FOUND = """
async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter(({impact}) => impact === "serious" || impact === "critical")
  .flatMap(({id, nodes}) => nodes.slice(0, 8).map(({target, html, any}) =>
    [id, target.join(" "), html.slice(0, 160), any.map(({message}) => message).join("; ")].join(" | ")))
"""


def serious(tab) -> list[str]:
    if not AXE.is_file():
        if os.environ.get("KERASIG_REQUIRE_BROWSER"):
            pytest.fail(f"KERASIG_REQUIRE_BROWSER is set, and there is no {AXE}: npm ci")
        pytest.skip("axe-core is not installed: npm ci")
    if not tab.frame.evaluate("'axe' in window"):
        tab.frame.evaluate(AXE.read_text("utf-8"))
    return tab.frame.evaluate(FOUND)


@pytest.fixture(params=["light", "dark"])
def theme(tab, request):
    tab.page.evaluate("(on) => document.body.classList.toggle('dark-mode', on)", request.param == "dark")
    yield request.param
    tab.page.evaluate("document.body.classList.remove('dark-mode')")


def settle(tab, theme: str) -> None:
    tab.frame.wait_for_function(
        "(on) => document.documentElement.classList.contains('dark') === on", arg=theme == "dark"
    )


@pytest.mark.parametrize("view", VIEWS)
def test_view_has_no_serious_violation(tab, theme, view):
    tab.open(**VIEWS[view])
    if "view" not in VIEWS[view]:
        tab.wait_for_charts()
    settle(tab, theme)
    assert serious(tab) == []


def test_open_menus_have_no_serious_violation(tab, theme):
    tab.open(**DIGITS)
    settle(tab, theme)
    tab.frame.click("details.menu summary")
    tab.frame.click("details.adding summary")
    found = serious(tab)
    tab.frame.click("details.adding summary")
    tab.frame.click("details.menu summary")
    tab.frame.locator("body").press("?")
    tab.frame.wait_for_selector(".sheet:not(.keep)[open]")
    found += serious(tab)
    tab.page.keyboard.press("Escape")
    assert found == []


def test_hostile_unreadable_and_empty_have_no_serious_violation(odd_tab, open_tab):
    for run in ("broken/kerasig", "small/kerasig", "graphs/kerasig", "gone"):
        odd_tab.open(runs=run)
        assert serious(odd_tab) == []
    odd_tab.open(runs="graphs/kerasig", view="probe")
    assert serious(odd_tab) == []
    empty = open_tab("python-empty")
    empty.page.bring_to_front()
    assert serious(empty) == []

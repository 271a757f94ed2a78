"""Runs have the colours that TensorBoard's own Time Series tab gives them."""

TIME_SERIES = """
() => Object.fromEntries([...document.querySelectorAll("tb-data-table-content-row")].map((row) =>
  [row.innerText.trim(), getComputedStyle(row.querySelector(".run-color-swatch")).backgroundColor]))
"""
OURS = """
() => Object.fromEntries([...document.querySelectorAll(".run")].map((run) =>
  [(run.querySelector(".unseen") ?? run.querySelector(".name")).textContent,
   getComputedStyle(run.querySelector(".swatch")).backgroundColor]))
"""

ORANGE, BROWN = "rgb(232, 113, 10)", "rgb(122, 82, 48)"


def test_runs_have_the_colours_of_the_time_series_tab(odd_tab, open_servers):
    ours = odd_tab.frame.evaluate(OURS)
    assert len(set(ours.values())) == 7  # As many as there are; the eighth run has the first one again.
    page = odd_tab.page.context.new_page()
    page.goto(f"{open_servers['odd'].url}/#timeseries")
    page.wait_for_selector(".run-color-swatch", timeout=60_000)
    page.wait_for_function("(n) => document.querySelectorAll('.run-color-swatch').length >= n", arg=len(ours))
    theirs = page.evaluate(TIME_SERIES)
    page.close()
    names = {run["name"]: run["run"] for run in open_servers["odd"].get("runs").json()["runs"]}
    # But for its orange, which is here the colour of what raises a score.
    assert list(theirs.values()).count(ORANGE) >= 1
    expected = {name: theirs.get(names[name]) for name in ours}
    assert {name: BROWN if color == ORANGE else color for name, color in expected.items()} == ours


def test_another_choice_of_runs_keeps_their_colours(tab):
    tab.open(runs="first/kerasig,second/kerasig", set="digits")
    both = tab.frame.evaluate(OURS)
    tab.open(runs="second/kerasig", set="digits")
    assert tab.frame.evaluate(OURS) == both
    swatch = "getComputedStyle(document.querySelectorAll('.run .swatch')[1]).backgroundColor"
    tab.open(runs="first/kerasig,second/kerasig", set="digits")
    line = "getComputedStyle(document.querySelectorAll('.of')[1]).borderBottomColor"
    assert tab.frame.evaluate(line) == tab.frame.evaluate(swatch)

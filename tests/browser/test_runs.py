"""Many runs and mixed folders: what is shown at first, how runs are found and named, and that nothing overlaps."""

import io
import re
import urllib.parse
from collections.abc import Iterator

import numpy as np
import pytest
from attributions_tab import Tab
from test_accessibility import serious
from write_runs_log import FORTY, IMAGES, TABLES, TOKENS, write_runs

MINUS = "\u2212"
ROWS = ".choice .runs:not(.others) .run"
# Texts and pictures as far as they are seen, each with the cell or card that it must lie in.
SEEN = """
(selector) => [...document.querySelectorAll(selector)].flatMap((card) => {
  const clip = (box, from) => {
    let { left, top, right, bottom } = box;
    for (let node = from; node !== card; node = node.parentElement) {
      if (getComputedStyle(node).overflow === "visible") continue;
      const edge = node.getBoundingClientRect();
      [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
      [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
    }
    return { left, top, right, bottom };
  };
  const found = [];
  const texts = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { currentNode: node } = texts;
    const range = document.createRange();
    range.selectNodeContents(node);
    if (!node.data.trim() || node.parentElement.closest(".unseen")) continue;
    for (const box of range.getClientRects()) found.push({ node, what: node.data, ...clip(box, node.parentElement) });
  }
  for (const node of card.querySelectorAll("canvas, .track, svg"))
    found.push({ node, what: node.className, ...clip(node.getBoundingClientRect(), node.parentElement) });
  const edge = card.getBoundingClientRect();
  const inside = found.filter(({ left, right, top, bottom }) => right - left > 1 && bottom - top > 1);
  const over = inside.flatMap((one, i) => inside.slice(0, i)
    .filter((other) => other.node !== one.node
      && Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1.5
      && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 3)
    .map((other) => `${other.what} | ${one.what}`));
  const out = inside.filter(({ left, right }) => left < edge.left - 1 || right > edge.right + 1)
    .map(({ what }) => `out: ${what}`);
  return [...over, ...out];
})
"""


@pytest.fixture(scope="module")
def server(tensorboard_server, tmp_path_factory):
    logdir = tmp_path_factory.mktemp("runs")
    write_runs(logdir)
    found = tensorboard_server(logdir, load_fast=True)
    count = len(FORTY) + len(TABLES) + len(IMAGES) + 1
    found.wait_until(
        lambda answer: (
            len(answer["runs"]) == count and all(entry["steps"] == 2 for run in answer["runs"] for entry in run["sets"])
        )
    )
    return found


@pytest.fixture(scope="module")
def opened(chromium, server) -> Iterator[Tab]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield Tab(context, server.url)
    context.close()


@pytest.fixture
def page(opened) -> Iterator[Tab]:
    opened.begin()
    opened.page.set_viewport_size({"width": 1280, "height": 800})
    opened.open()
    yield opened
    assert opened.problems == []


def chosen(page: Tab) -> list[str]:
    return page.frame.locator(f"{ROWS}:has(input:checked)").evaluate_all("rows => rows.map((row) => row.title)")


def listed(page: Tab) -> list[str]:
    return page.frame.locator(ROWS).evaluate_all("rows => rows.map((row) => row.title)")


def wait_for_runs(page: Tab, count: int) -> None:
    page.frame.wait_for_function(
        "([rows, count]) => document.querySelectorAll(`${rows} input:checked`).length === count", arg=[ROWS, count]
    )
    page.settle()


def kept(run: str) -> str:
    return f"{run}/kerasig"


def exported(server, run: str, of: str, step: int, probe: int) -> np.ndarray:
    reply = server.get("export", run=kept(run), set=of, step=step, probe=probe, format="npy")
    return np.load(io.BytesIO(reply.body))


def test_a_mixed_folder_opens_without_a_warning_at_the_set_that_most_runs_have(page):
    assert page.frame.locator(".notice").count() == 0
    assert page.frame.input_value("#set") == "small"
    assert chosen(page) == sorted(FORTY)[:8]
    assert listed(page) == sorted(FORTY)
    assert "8 of 40 shown" in page.frame.inner_text("#runs-title")
    options = page.frame.locator("#set option").all_inner_texts()
    # Whole where the menu has no room for it.
    assert page.frame.get_attribute("#set", "title") == "small"
    titles = page.frame.locator("#set option").evaluate_all("(all) => all.map((one) => [one.title, one.value])")
    assert all(title == value for title, value in titles)
    assert "patients (8 of 52 runs)" in options
    assert "questions (1 of 52 runs)" in options


def test_nothing_is_fetched_of_runs_that_are_not_shown(page):
    page.page.reload()
    page.settle("ready")
    urls = page.frame.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    runs = {run for url in urls for run in urllib.parse.parse_qs(urllib.parse.urlsplit(url).query).get("run", [])}
    assert runs == {kept(run) for run in sorted(FORTY)[:8]}


@pytest.mark.parametrize("run", ["images/second", TOKENS, TABLES[5]])
def test_a_run_of_another_set_leads_to_that_and_to_the_runs_that_have_it(page, run):
    group = next(group for group in (IMAGES, TABLES, [TOKENS]) if run in group)
    page.frame.click(f".others .run[title^='{run}:']")
    wait_for_runs(page, len(group))
    assert chosen(page) == sorted(group)
    assert page.frame.locator(".notice").count() == 0
    assert page.frame.locator(".card").count() > 0
    assert page.frame.locator(".others .run").count() == 52 - len(group)
    # The way back is the choice of the set.
    page.frame.select_option("#set", "small")
    wait_for_runs(page, 8)


def test_chosen_runs_of_the_address_keep_their_meaning(page):
    page.open(runs=f"{kept('images/first')},{kept(TOKENS)}", set="digits")
    assert chosen(page) == ["images/first", TOKENS]
    assert "no probe set “digits”" in page.frame.inner_text(".notice")


def test_runs_are_found_by_a_regular_expression(page):
    page.frame.fill("#filter", "LR_1.*seed_[02]$|width_16-seed_9")
    page.frame.wait_for_function("parent.location.hash.includes('p.kerasig.filter=')")
    expected = [run for run in sorted(FORTY) if re.search("lr_1.*seed_[02]$|width_16-seed_9", run)]
    assert listed(page) == expected
    wait_for_runs(page, len(expected))
    url = page.url
    page.page.reload()
    page.settle("ready")
    assert page.url == url
    assert listed(page) == expected
    page.frame.click("text=none >> nth=0")
    wait_for_runs(page, 0)
    page.frame.click(".every >> text=all")
    wait_for_runs(page, len(expected))


def test_what_is_no_regular_expression_is_said_and_hides_nothing(page):
    page.frame.fill("#filter", "seed_(1")
    page.frame.wait_for_selector("#filter[aria-invalid=true]")
    assert page.frame.inner_text("#filter-error") == "This is no regular expression: unterminated group."
    assert len(listed(page)) == 40
    page.frame.fill("#filter", "seed_(1)")
    page.frame.wait_for_selector("#filter:not([aria-invalid])")
    assert page.frame.inner_text("#filter-error") == ""


def test_a_search_without_a_match_is_said_and_cleared(page):
    page.frame.fill("#filter", "no such run")
    page.frame.wait_for_selector(".notice")
    assert "none that is chosen has a name that matches no such run" in page.frame.inner_text(".notice")
    page.frame.click(".notice button")
    wait_for_runs(page, 8)
    assert page.frame.input_value("#filter") == ""
    assert page.frame.locator(".notice").count() == 0


def test_one_run_all_and_none_are_chosen_by_one_click(page):
    row = page.frame.locator(ROWS).nth(20)
    row.hover()
    row.locator(".only").click()
    wait_for_runs(page, 1)
    assert chosen(page) == [sorted(FORTY)[20]]
    page.frame.click(".every >> text=all")
    wait_for_runs(page, 40)
    assert page.frame.locator(".card >> nth=0").locator(".cell").count() == 40
    page.frame.click(".every >> text=none")
    wait_for_runs(page, 0)
    assert page.frame.inner_text(".notice").startswith("No run is chosen.")
    assert len(listed(page)) == 40
    page.frame.click(".notice button")
    wait_for_runs(page, 8)


def test_runs_are_called_by_what_tells_them_apart_and_whole_for_who_cannot_see(page):
    page.open(set="patients")
    names = page.frame.locator(f"{ROWS} bdi[aria-hidden]").all_inner_texts()
    assert names[0] == "lr_0.0003\u2026dropout_0.1"
    assert len(set(names)) == 8
    assert page.frame.get_by_role("checkbox", name="tables/lr_0.0003-batch_64-dropout_0.1", exact=True).count() == 1
    heads = page.frame.locator(".card >> nth=0").locator("th .of").evaluate_all("all => all.map((e) => e.title)")
    assert heads == sorted(TABLES)
    page.open(set="questions")
    assert page.frame.locator(f"{ROWS} bdi").all_inner_texts() == [TOKENS]


@pytest.mark.parametrize("width", [900, 1280, 1440])
@pytest.mark.parametrize("shown", ["patients", "patients of two", "digits", "forty"])
def test_nothing_lies_over_anything_in_cards_and_in_probe(page, width, shown):
    page.page.set_viewport_size({"width": width, "height": 800})
    of = {
        "patients": {"set": "patients"},
        "patients of two": {"runs": ",".join(kept(run) for run in TABLES[:2])},
        "digits": {"set": "digits"},
        "forty": {"runs": ",".join(kept(run) for run in FORTY)},
    }[shown]
    for view, selector in {"gallery": ".card", "probe": ".larges > *", "compare": ".pair"}.items():
        page.open(**of, view=view)
        page.frame.wait_for_selector(selector)
        assert page.frame.evaluate(SEEN, selector) == [], view
        assert page.frame.evaluate("document.querySelector('.content').scrollWidth <= innerWidth")


def test_of_forty_runs_the_overview_tells_all_and_draws_some(page):
    page.page.set_viewport_size({"width": 1280, "height": 800})
    page.open(runs=",".join(kept(run) for run in FORTY), view="overview")
    assert page.frame.locator(".answer").count() == len(FORTY)
    assert page.frame.locator(".band").count() == 8
    assert f"{len(FORTY) - 8} more runs are not drawn" in page.frame.inner_text(".told")


def test_one_table_has_the_features_as_rows_and_the_runs_as_columns(page, server):
    page.page.set_viewport_size({"width": 1440, "height": 800})
    page.open(set="patients", view="probe", probe=2)
    assert page.frame.locator(".larges .together table").count() == 1
    rows = page.frame.locator(".larges .together tbody tr")
    found = rows.evaluate_all(
        "rows => rows.map((row) => [row.querySelector('th').title,"
        " ...[...row.querySelectorAll('.amount .number')].map((e) => e.textContent)])"
    )
    maps = [exported(server, run, "patients", 100, 2) for run in sorted(TABLES)]
    shown = np.array([[float(text.replace(MINUS, "-")) for text in texts] for _, *texts in found])
    order = np.argsort(-np.abs(maps).mean(axis=0))
    np.testing.assert_allclose(shown, np.array(maps).T[order], rtol=0.006, atol=1e-4)
    page.frame.hover(".larges tbody tr >> nth=3")
    page.frame.wait_for_selector(".larges .readout dd")
    assert page.frame.locator(".larges .readout dd").first.inner_text() == found[3][0]


def test_the_sidebar_folds_and_does_by_itself_in_a_notebook(page):
    button = page.frame.get_by_role("button", name="Choices: runs, probe set, colours")
    assert button.get_attribute("aria-expanded") == "true"
    wide = page.frame.evaluate("document.querySelector('.content').clientWidth")
    button.focus()
    page.page.keyboard.press("Enter")
    page.frame.wait_for_selector("#sidebar", state="hidden")
    assert page.frame.evaluate("document.querySelector('.content').clientWidth") == wide + 232
    assert page.frame.evaluate("document.activeElement.getAttribute('aria-expanded')") == "false"
    assert "p.kerasig.sidebar=folded" in page.url
    page.page.keyboard.press("b")
    page.frame.wait_for_selector("#sidebar")
    page.open()
    page.page.set_viewport_size({"width": 900, "height": 700})
    page.frame.wait_for_selector("#sidebar", state="hidden")
    assert "sidebar" not in page.url
    button.click()
    page.frame.wait_for_selector("#sidebar")
    assert "p.kerasig.sidebar=open" in page.url
    page.page.reload()
    page.settle("ready")
    assert page.frame.is_visible("#sidebar")


def test_compare_names_run_and_step_and_sorts_by_what_differs(page, server):
    a, b = sorted(TABLES)[1], sorted(TABLES)[6]
    page.open(set="patients", view="compare", a=f"0,{kept(a)},", b=f"100,{kept(b)},")
    heads = page.frame.locator(".pair >> nth=0").locator("h4").all_inner_texts()
    assert [" ".join(head.split()) for head in heads] == [
        "A: lr_0.0003\u2026dropout_0.5 step 0",
        "B: lr_0.1\u2026dropout_0.1 step 100",
        f"B {MINUS} A largest first",
    ]
    for probe in range(4):
        maps = [exported(server, run, "patients", step, probe) for run, step in ((a, 0), (b, 100))]
        row = page.frame.locator(f".pair[data-probe='{probe}'] tbody tr:not(.rest)")
        texts = row.evaluate_all(
            "rows => rows.map((row) => [...row.querySelectorAll('.amount .number')].map((e) => e.textContent))"
        )
        shown = np.array([[float(text.replace(MINUS, "-")) for text in line] for line in texts])
        difference = maps[1] - maps[0]
        order = np.argsort(-np.abs(difference))[: len(shown)]
        np.testing.assert_allclose(shown, np.stack([*maps, difference], axis=1)[order], rtol=0.006, atol=1e-4)


def test_agreement_in_compare_is_that_of_the_metrics_on_the_same_maps(page, server):
    metrics = pytest.importorskip("kerasig.metrics._functions")
    page.open(set="digits", view="compare")
    sides = [[exported(server, run, "digits", 100, probe) for probe in range(8)] for run in IMAGES[:2]]
    a, b = (np.stack(maps).astype(np.float64) for maps in sides)
    expected = {
        "[data-fact=change]": metrics.drift(a, b),
        "[data-chance=change]": metrics.drift_by_chance(a, b),
        "[data-fact='rank correlation']": metrics.rank_correlation(a, b),
        "[data-chance='rank correlation']": metrics.rank_correlation_by_chance(a, b),
        "[data-fact=cosine]": 1 - metrics.drift(a, b),
    }
    for selector, values in expected.items():
        shown = [page.frame.inner_text(f".pair[data-probe='{probe}'] {selector}") for probe in range(8)]
        numbers = [float(text.removesuffix(" by chance").replace(MINUS, "-")) for text in shown]
        assert numbers == pytest.approx(values, rel=0.006, abs=1e-4), selector


def test_probes_that_nothing_matches_are_told_and_found_again(page):
    page.open(set="digits", find="xyz", where="score>=2")
    assert "None of the 8 probes matches the search and the filters." in page.frame.inner_text(".notice")
    page.frame.click(".notice button")
    page.frame.wait_for_selector(".card")
    assert page.frame.locator(".notice").count() == 0
    assert "find=" not in page.url
    assert "where=" not in page.url


@pytest.mark.parametrize("dark", [False, True])
def test_many_runs_have_no_serious_violation(page, dark):
    page.page.evaluate("(on) => document.body.classList.toggle('dark-mode', on)", dark)
    try:
        for of in (
            {"filter": "("},
            {"filter": "none%20such"},
            {"set": "patients"},
            {"set": "patients", "view": "probe"},
        ):
            page.open(**of)
            page.frame.wait_for_function("(on) => document.documentElement.classList.contains('dark') === on", arg=dark)
            assert serious(page) == []
        page.page.set_viewport_size({"width": 900, "height": 700})
        page.open(set="patients", view="compare")
        assert serious(page) == []
    finally:
        page.page.evaluate("document.body.classList.remove('dark-mode')")

"""Graphs with the names, types and edges of their log; series as leads over seconds; large windows made use of."""

from collections.abc import Iterator

import numpy as np
import pytest
from attributions_tab import Tab
from write_named_log import EDGES, LEADS, NAMES, write_named


@pytest.fixture(scope="module")
def named(chromium, tensorboard_server, tmp_path_factory) -> Iterator[Tab]:
    logdir = tmp_path_factory.mktemp("named")
    write_named(logdir)
    server = tensorboard_server(logdir, load_fast=True)
    server.wait_until(lambda answer: answer["runs"] and len(answer["runs"][0]["sets"]) == 3)
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    found = Tab(context, server.url)
    yield found
    assert found.problems == []
    context.close()


def read(tab) -> dict[str, str]:
    return dict(
        tab.frame.locator(".readout >> nth=0")
        .locator("> div")
        .evaluate_all("all => all.map((e) => [...e.children].map((c) => c.innerText))")
    )


def test_nodes_have_their_names_and_types(named):
    named.open(set="molecules", view="probe")
    figure = named.frame.locator(".drawn figure").first
    texts = figure.locator("svg text").all_text_contents()
    # A long name stands below its node, which then has its number.
    assert sorted(texts) == sorted(["C", "C", "O", "3", "nitrogen", "C", "C", "F"])
    rows = figure.locator(".atoms tbody tr").evaluate_all(
        "all => all.map((row) => [...row.children].slice(0, 3).map((cell) => cell.innerText))"
    )
    assert {int(node): name for node, name, _ in rows} == dict(enumerate(NAMES))
    assert {int(node): kind for node, _, kind in rows}[5] == "carbon, aromatic"
    figure.locator("[data-atom='3']").hover()
    named.frame.wait_for_selector("[data-read=type]")
    found = read(named)
    assert found["node"] == "nitrogen (3)"
    assert found["type"] == "nitrogen"
    assert found["joined to"].startswith("C (1) ")


def test_edges_have_the_colours_of_their_attributions_large_and_in_cards(named):
    named.open(set="molecules", view="probe")
    reds = named.frame.locator(".drawn figure").first.locator(".bond")
    assert reds.count() == 2 * len(EDGES)
    large = reds.evaluate_all("all => all.map((e) => e.getAttribute('stroke'))")[::2]
    # Halves of one edge are alike: it is the edge's own value, not that of its nodes.
    assert large == reds.evaluate_all("all => all.map((e) => e.getAttribute('stroke'))")[1::2]
    assert len(set(large)) == len(EDGES)
    named.open(set="molecules")
    assert named.frame.locator(".card >> nth=0").locator("svg.graph >> nth=0").locator(".bond").count() == len(EDGES)


def test_what_a_card_says_of_a_graph_is_not_cut_off(named):
    named.open(set="molecules")
    found = named.frame.locator(".card >> nth=0").evaluate(
        # As narrow as a card of a small graph is; what follows sees it as it was.
        "(card) => { card.style.maxWidth = '110px'; const edge = card.getBoundingClientRect().right;"
        " const all = [...card.querySelectorAll('.facts dd')].map((e) => e.getBoundingClientRect().right - edge);"
        " card.style.maxWidth = ''; return all }"
    )
    assert len(found) == 3
    assert max(found) < 0


def test_nodes_do_not_lie_over_each_other(named):
    named.open(set="molecules", view="probe")
    atoms = (
        named.frame.locator(".drawn figure >> nth=0")
        .locator("[data-atom]")
        .evaluate_all("all => all.map((e) => ['cx', 'cy', 'r'].map((name) => Number(e.getAttribute(name))))")
    )
    for i, (x, y, r) in enumerate(atoms):
        assert all(np.hypot(x - a, y - b) > r + s for a, b, s in atoms[:i])


def test_leads_are_named_and_seconds_counted(named):
    named.open(set="hearts", view="probe")
    assert named.frame.locator(".leads li").all_inner_texts() == ["all together", *LEADS]
    assert named.frame.locator(".times span").all_inner_texts()[-2:] == ["1.5", "seconds"]
    stage = named.frame.locator(".stage").bounding_box()
    leads = named.frame.locator(".leads li").evaluate_all("all => all.map((e) => e.getBoundingClientRect().y)")
    # Pointing beside a lead's name reads that lead.
    named.page.mouse.move(
        stage["x"] + stage["width"] / 2 + 1, leads[5] + named.page.locator("iframe").bounding_box()["y"] + 8
    )
    named.frame.wait_for_selector("[data-read=time]")
    assert read(named)["channel"] == LEADS[4]
    assert read(named)["time"] == "1.00 s"
    named.open(set="without rate", view="probe")
    assert named.frame.locator(".times span").all_inner_texts()[-1] == "samples"
    named.frame.focus(".stage")
    named.page.keyboard.press("ArrowRight")
    named.frame.wait_for_selector("[data-read=time]")
    assert read(named)["time"] == "sample 0"


@pytest.mark.parametrize("width", [900, 1280, 2560])
def test_series_take_the_whole_width(named, width):
    size = named.page.viewport_size
    named.page.set_viewport_size({"width": width, "height": 1000})
    try:
        named.open(set="hearts", view="probe")
        gaps = named.once(
            lambda gaps: gaps[0] < 30 and 0 <= gaps[1] < 60 and gaps[2] < 20,
            "() => { const [stage, leads, content] = ['.stage', '.leads', '.content']"
            ".map((name) => document.querySelector(name).getBoundingClientRect());"
            " return [stage.left - content.left, content.right - leads.right, leads.left - stage.right] }",
        )
        before, after, between = gaps
        assert before < 30
        assert 0 <= after < 60
        assert between < 20
    finally:
        named.page.set_viewport_size(size)


def test_a_large_window_is_not_left_empty(named):
    size = named.page.viewport_size
    named.page.set_viewport_size({"width": 2560, "height": 1300})
    try:
        for title in ("molecules", "hearts"):
            named.open(set=title, view="probe")
            share = named.once(
                lambda share: share > 0.34,
                "() => { const all = [...document.querySelectorAll('.stage, .atoms, .leads, .numbers section')]"
                ".map((e) => e.getBoundingClientRect());"
                " const area = all.reduce((sum, { width, top, bottom }) =>"
                " sum + width * Math.max(0, Math.min(innerHeight, bottom) - top), 0);"
                " return area / ((innerWidth - 232) * (innerHeight - 200)) }",
            )
            assert share > 0.34
    finally:
        named.page.set_viewport_size(size)

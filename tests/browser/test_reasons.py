"""Why an example did not converge: a few words on its card, a sentence beside it, and both in what is saved."""

import csv
import io
import json
import re
import urllib.request
from pathlib import Path

import pytest
from write_hostile_log import NAMES
from write_reasons_log import FAR

from kerasig._status import REMEDIES, STATUSES

REASONS = {"runs": "reasons/kerasig"}


@pytest.mark.parametrize("found", ["pictures", "words"])
def test_a_card_says_why_it_is_not_trusted_with_the_remedy_as_its_title(odd_tab, found):
    odd_tab.open(**REASONS, set=found, sort="set-order")
    cards = odd_tab.frame.locator(".card")
    assert cards.count() == len(STATUSES)
    assert cards.nth(0).locator("[data-fact=reason]").count() == 0
    for i, status in enumerate(STATUSES[1:], start=1):
        fact = cards.nth(i).locator("[data-fact=reason]")
        assert fact.inner_text() == status
        assert fact.get_attribute("title") == REMEDIES[status]
        spoken = cards.nth(i).locator(".warning[role=img]").get_attribute("aria-label")
        assert spoken.startswith(f"Not converged, {status}: residual ")
        assert spoken.endswith(REMEDIES[status])


def test_no_card_is_wider_than_its_place_for_the_longest_reason(odd_tab):
    odd_tab.open(**REASONS, set="pictures")
    overflowing = odd_tab.frame.evaluate(
        "[...document.querySelectorAll('.card dl, .card .facts > div')]"
        ".filter((element) => element.scrollWidth > element.clientWidth + 1).length"
    )
    assert overflowing == 0
    cut = odd_tab.frame.evaluate(
        "[...document.querySelectorAll('.card [data-fact=reason]')]"
        ".filter((element) => element.scrollWidth > element.clientWidth + 1).length"
    )
    assert cut == 0


@pytest.mark.parametrize("found", ["pictures", "words"])
def test_the_probe_view_says_it_in_full(odd_tab, found):
    for i, status in enumerate(STATUSES):
        odd_tab.open(**REASONS, set=found, view="probe", probe=i)
        numbers = odd_tab.frame.locator(".key-facts")
        if status == "converged":
            assert numbers.locator("[data-fact=reason], .remedy").count() == 0
            assert numbers.locator("[data-fact=converged]").inner_text() == "✓ yes"
        else:
            assert numbers.locator("[data-fact=converged]").inner_text() == f"⚠ no: {status}"
            assert numbers.locator(".remedy").inner_text() == REMEDIES[status]


def test_a_log_that_does_not_say_why_looks_as_before(tab):
    tab.open(runs="first/kerasig", set="digits", step=0)
    assert tab.frame.locator(".card .warning[role=img]").count() > 0
    assert tab.frame.locator("[data-fact=reason]").count() == 0
    title = tab.frame.locator(".card .warning[role=img]").first.get_attribute("title")
    # The one that is furthest beyond what is allowed, or where the log does not say that, both.
    assert re.fullmatch(r"Not converged: (residual|map error) [\d.]+% of [15]% allowed\.", title)
    tab.open(runs="first/kerasig", set="digits", step=0, view="probe")
    assert tab.frame.locator(".remedy").count() == 0
    assert tab.frame.inner_text(".key-facts [data-fact=converged]") in ("✓ yes", "⚠ no: the error is too large")


def test_reasons_and_remedies_from_a_file_are_text(odd_tab):
    odd_tab.open(**REASONS, set="hostile")
    assert odd_tab.frame.locator("[data-fact=reason]").count() == len(NAMES)
    assert odd_tab.frame.locator("[data-fact=reason]").first.inner_text() == NAMES[0][:40] + "\u2026"
    for i in range(len(NAMES)):
        odd_tab.open(**REASONS, set="hostile", view="probe", probe=i)
    assert odd_tab.page.evaluate("window.pwned") is None
    assert odd_tab.frame.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_gallerys_table_has_the_status_of_each_probe(odd_tab):
    odd_tab.open(**REASONS, set="pictures", sort="set-order")
    with odd_tab.page.expect_download() as download:
        odd_tab.frame.click("details.menu summary")
        odd_tab.frame.click("details.menu button:has-text('CSV')")
    head, *rows = csv.reader(io.StringIO(Path(download.value.path()).read_text("utf-8")))
    assert head[-1] == "status"
    assert [row[-1] for row in rows] == list(STATUSES)


@pytest.mark.parametrize("probe", [0, 4])
def test_a_probes_files_say_how_its_integral_ended(open_servers, odd_tab, probe):
    def saved(form, found):
        address = f"{open_servers['odd'].url}/data/plugin/kerasig/export?run=reasons/kerasig&set={found}&step=5"
        with urllib.request.urlopen(f"{address}&probe={probe}&format={form}") as reply:
            return reply.read().decode()

    head, *rows = csv.reader(io.StringIO(saved("csv", "words")))
    assert head == ["position", "token", "value", "status"]
    words = ["how", "many", "live", "in", "<oov>", "?"][: 2 + probe % 5]
    # What the sentence was padded with has no word, and its number all the same.
    assert [row[1] for row in rows] == words + [""] * (6 - len(words))
    assert {row[3] for row in rows} == {STATUSES[probe]}
    found = json.loads(saved("json", "pictures"))
    assert (found["status"], found["remedy"]) == (STATUSES[probe], REMEDIES[STATUSES[probe]] if probe else None)


def test_steps_of_19_digits_are_asked_for_and_shown_in_all_their_digits(odd_tab):
    odd_tab.open(runs="far/kerasig", set="rows")
    assert odd_tab.fact("step") == f"{FAR[1]:,}"
    assert odd_tab.frame.locator(".card .bar").count() > 0
    assert odd_tab.frame.locator(".notice, .broken").count() == 0
    assert odd_tab.problems == []
    odd_tab.frame.locator("body").press("ArrowLeft")
    odd_tab.wait_for_step(FAR[0])
    assert f"step={FAR[0]}" in odd_tab.url
    for view in ("probe", "path", "timeline"):
        odd_tab.open(runs="far/kerasig", set="rows", view=view, step=FAR[0])
        assert odd_tab.fact("step") == f"{FAR[0]:,}"
        assert odd_tab.frame.locator(".notice, .broken").count() == 0
    odd_tab.open(runs="far/kerasig", set="rows", view="probe", step=FAR[0])
    assert f"step={FAR[0]}&" in odd_tab.frame.locator(".saving a").first.get_attribute("href")
    assert odd_tab.problems == []

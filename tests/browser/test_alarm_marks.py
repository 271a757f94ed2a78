"""Alarms in the tab: a mark at their step on the slider, and what they say where that step is shown."""

import re
import urllib.parse

import pytest
from write_hostile_log import NAMES, RUN, SCRIPT

FIRST = {"runs": "first/kerasig", "set": "digits"}
FOURTH, NINTH = 628, 1413
BOTH = {"runs": "first/kerasig,second/kerasig", "set": "digits"}


def marks(tab):
    return tab.frame.locator(".mark").evaluate_all("all => all.map((mark) => mark.getAttribute('aria-label'))")


def thumb(tab, index, last=11):
    """Where the middle of the slider's thumb is at an index, in pixels."""
    box = tab.frame.locator(".slider").bounding_box()
    return box["x"] + 8 + (box["width"] - 16) * index / last


def luminance(color):
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (int(number) / 255 for number in re.findall(r"\d+", color)[:3])
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_steps_with_an_alarm_are_marked_where_the_thumb_stands_then(tab):
    tab.open(**FIRST)
    assert marks(tab) == ["Alarm at step 628", "Alarm at step 1,413"]
    for at, index in enumerate((4, 9)):
        box = tab.frame.locator(".mark").nth(at).bounding_box()
        assert box["x"] + box["width"] / 2 == pytest.approx(thumb(tab, index), abs=1)


def test_a_mark_leads_to_its_step_and_its_sentences(tab):
    tab.open(**FIRST)
    assert tab.frame.locator("p.alarm").count() == 0
    tab.frame.locator(".mark").nth(1).click()
    tab.wait_for_step(NINTH)
    region, drift = tab.frame.locator("p.alarm").all_inner_texts()
    assert region.startswith("RegionLift('tag') at step 1,413: The region 'tag' holds 34.0%")
    assert drift.startswith("Drift(previous) at step 1,413: The attributions' direction has changed by 0.6")
    assert tab.frame.get_attribute(".slider", "aria-valuetext") == "step 1,413, epoch 9, alarm"
    tab.frame.locator("body").press("ArrowRight")
    tab.wait_for_step(1570)
    assert tab.frame.locator("p.alarm").count() == 0
    assert tab.frame.get_attribute(".slider", "aria-valuetext") == "step 1,570, epoch 10"


def test_all_alarms_are_listed_and_lead_to_their_steps(tab):
    tab.open(**FIRST)
    tab.frame.locator(".alarms .chip").first.click()
    tab.wait_for_step(FOURTH)
    assert tab.frame.locator(".alarms .chip").all_inner_texts() == ["628", "1,413"]
    assert tab.frame.locator(".alarms .chip[aria-pressed=true]").all_inner_texts() == ["628"]


def test_of_several_runs_the_sentence_names_its_own(tab):
    tab.open(**BOTH, step=942)
    assert marks(tab) == ["Alarm at step 628", "Alarm at step 942", "Alarm at step 1,413"]
    assert [text[:24] for text in tab.frame.locator("p.alarm").all_inner_texts()] == ["second, Drift(previous) "]


def test_without_alarms_there_is_neither_mark_nor_list(tab):
    tab.open(runs="first/kerasig", set="people")
    assert marks(tab) == []
    assert tab.frame.locator(".alarms").count() == 0
    # Nor a chart of how many there were.
    assert tab.frame.get_by_role("button", name="alarms").count() == 0


def test_a_log_from_before_there_were_alarms_is_shown(tab):
    reply = {
        **{"steps": [0], "epochs": [0], "wall_times": [0], "names": ["residual"]},
        "stats": [[[0.5], [1.5]]],
    }
    assert tab.module("steps.js", "({ StepTable }, reply) => new StepTable(reply).alarmed()", reply) == []


@pytest.mark.parametrize("dark", [False, True])
def test_marks_and_sentences_can_be_read_in_either_theme(tab, dark):
    tab.open(**FIRST, step=NINTH)
    try:
        tab.page.evaluate("(on) => document.body.classList.toggle('dark-mode', on)", dark)
        tab.frame.wait_for_function("(on) => document.documentElement.classList.contains('dark') === on", arg=dark)
        style = "(e) => { const s = getComputedStyle(e); return [s.color, s.backgroundColor] }"
        text, panel = tab.frame.eval_on_selector("p.alarm", style)
        _, mark = tab.frame.eval_on_selector(".mark", style)
        page = tab.frame.evaluate("getComputedStyle(document.querySelector('.top')).backgroundColor")
        # The contrasts that WCAG 2 asks of text and of what is no text.
        for one, other, least in ((text, panel, 4.5), (mark, page, 3.0)):
            light, deep = sorted((luminance(one), luminance(other)), reverse=True)
            assert (light + 0.05) / (deep + 0.05) >= least
    finally:
        tab.page.evaluate("document.body.classList.remove('dark-mode')")


def test_hostile_names_and_messages_are_text(odd_tab):
    odd_tab.open(runs=urllib.parse.quote(f"{RUN}/kerasig", safe=""), set=urllib.parse.quote(SCRIPT, safe=""))
    alarms = odd_tab.frame.locator("p.alarm")
    assert alarms.count() == len(NAMES) + 1
    shown = odd_tab.frame.evaluate("document.querySelector('.alarms').textContent")
    for name in (*NAMES[2:], SCRIPT, NAMES[1][:1000]):
        assert name in shown
    assert odd_tab.frame.evaluate("document.querySelectorAll('.alarms :is(b, img, script)').length") == 0
    assert odd_tab.frame.evaluate("[window.pwned, parent.pwned]") == [None, None]
    assert odd_tab.frame.evaluate(
        "document.querySelector('.content').scrollWidth <= document.querySelector('.content').clientWidth"
    )


MANY = """
(m, step) => {
  const steps = Array.from({ length: 1000 }, (_, i) => 10 * i);
  const view = { alarms: steps.map((_, i) => i), steps, index: step, columns: [] };
  const chosen = [];
  const go = (index) => chosen.push(index);
  const marks = m.marks(view, go);
  const chips = m.alarms(view, go).children[0].children.filter(({ tag }) => tag === "button");
  for (const { props } of [marks[1], chips[0], chips.at(-1)]) props.on.click();
  return { marks: marks.map(({ props }) => props.title), chips: chips.map(({ children }) => children[0]), chosen };
}
"""


def test_of_a_thousand_alarms_those_that_share_a_place_share_a_mark(tab):
    found = tab.module("views/alarms.js", MANY, 501)
    assert len(found["marks"]) == 80
    assert found["marks"][1] == "Alarms at 12 steps from 130 to 240"
    assert sum(int(re.search(r"at (\d+) steps", title)[1]) for title in found["marks"]) == 1000
    assert found["chosen"][0] == 13


def test_of_a_thousand_alarms_some_around_the_step_are_listed_with_ways_to_the_others(tab):
    found = tab.module("views/alarms.js", MANY, 501)
    assert found["chips"] == ["480 earlier", *(f"{10 * i:,}" for i in range(480, 504)), "496 later"]
    assert found["chosen"][1:] == [479, 504]
    first = tab.module("views/alarms.js", MANY, 0)
    assert first["chips"] == [*(f"{10 * i:,}" for i in range(24)), "976 later"]

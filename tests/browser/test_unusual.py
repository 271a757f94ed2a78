"""More runs with alarms than are shown, and what trainings seldom log."""

import pytest
from attributions_tab import Tab
from write_many_alarms import ALARMED_RUNS, SET, write_many_alarms
from write_unusual_log import FEATURES, write_unusual

SHOWN = 8


@pytest.fixture(scope="module")
def tabs(chromium, tmp_path_factory, tensorboard_server):
    """A tab of each log, in windows of 1280 x 800."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    opened = {}
    for name, write, runs in (("alarms", write_many_alarms, len(ALARMED_RUNS)), ("unusual", write_unusual, 1)):
        folder = tmp_path_factory.mktemp(name)
        write(folder)
        server = tensorboard_server(folder, load_fast=True)
        server.wait_until(
            lambda answer, runs=runs: len(answer["runs"]) == runs and all(len(run["sets"]) for run in answer["runs"])
        )
        opened[name] = Tab(context, server.url)
    yield opened
    context.close()


@pytest.fixture
def alarmed(tabs):
    """Twelve runs with an alarm in each, of which eight are shown."""
    tabs["alarms"].begin()
    yield tabs["alarms"]
    assert tabs["alarms"].problems == []


@pytest.fixture
def unusual(tabs):
    tabs["unusual"].begin()
    yield tabs["unusual"]
    assert tabs["unusual"].problems == []


def test_alarms_of_runs_that_are_not_shown_are_told_and_shown_by_a_click(alarmed):
    alarmed.open(view="overview")
    assert alarmed.frame.locator(".answer").count() == SHOWN
    assert alarmed.frame.locator(".run .fired").count() == len(ALARMED_RUNS)
    told = alarmed.frame.locator(".unseen-alarms")
    assert "Alarms fired in 4 runs that are not shown: " in told.inner_text()
    told.locator("button").press("Enter")
    alarmed.frame.wait_for_function(f"document.querySelectorAll('.answer').length === {len(ALARMED_RUNS)}")
    alarmed.settle()
    assert told.count() == 0
    assert alarmed.frame.locator(".finding").count() == len(ALARMED_RUNS)


@pytest.mark.parametrize("view", ["gallery", "probe", "timeline"])
def test_many_sentences_of_alarms_leave_room_for_what_they_are_about(alarmed, view):
    alarmed.open(view=view)
    assert sum(sentence.is_visible() for sentence in alarmed.frame.locator("p.alarm").all()) == 3
    alarmed.frame.locator(".alarms summary").press("Enter")
    alarmed.frame.wait_for_function(
        "(count) => [...document.querySelectorAll('p.alarm')].filter((p) => p.checkVisibility()).length === count",
        arg=SHOWN,
    )
    assert "Alarms fired in 4 runs" in alarmed.frame.inner_text(".unseen-alarms")
    # It stays open in the other views.
    alarmed.frame.locator(".alarms summary").press("Enter")


def test_a_choice_of_runs_is_not_argued_with(alarmed):
    alarmed.open(view="overview", runs=f"{ALARMED_RUNS[0]}/kerasig", set=SET)
    assert alarmed.frame.locator(".unseen-alarms").count() == 0
    assert alarmed.frame.locator(".run .fired").count() == len(ALARMED_RUNS)


def test_maps_without_a_value_are_said_to_be_zero(unusual):
    unusual.open(view="overview", set="zero")
    said = unusual.frame.inner_text(".answer")
    assert "At step 20 all maps are zero." in said
    assert "Half of the attribution" not in said


def test_of_a_training_that_diverged_only_what_is_known_is_told(unusual):
    unusual.open(view="overview", set="diverged")
    assert "lay in \u201ctag\u201d at step 10, the last at which it is known." in unusual.frame.inner_text(".answer")
    unusual.frame.wait_for_selector(".whole :text('No map has numbers that are finite at step 20.')")


@pytest.mark.parametrize(
    ("view", "places"),
    [("overview", ".over-steps tbody th, .leaders .name"), ("gallery", ".feature"), ("probe", ".waterfall .part th")],
)
def test_of_long_names_the_end_is_seen_that_tells_them_apart(unusual, view, places):
    unusual.open(view=view, set="table")
    names = unusual.frame.locator(places).all()
    whole = [name.text_content() for name in names]
    assert set(whole) - {"20 more, summed"} <= set(FEATURES)
    for place, name in zip(names, whole, strict=True):
        end = place.locator(".ends > :last-child")
        if end.count():
            box, around = end.bounding_box(), place.bounding_box()
            assert name.endswith(end.text_content())
            assert box["x"] + box["width"] <= around["x"] + around["width"] + 1


def test_words_without_a_space_stay_within_the_page(unusual):
    unusual.open(view="overview", set="words")
    beyond = unusual.frame.locator(".answer").evaluate(
        "(answer) => Math.max(...[...answer.querySelectorAll('*')].map((one) => one.getBoundingClientRect().right))"
        " - answer.getBoundingClientRect().right"
    )
    assert beyond <= 1


@pytest.mark.parametrize("view", ["overview", "gallery", "probe", "path", "timeline", "compare"])
@pytest.mark.parametrize("width", [600, 700, 900])
def test_nothing_lies_beyond_a_narrow_window(unusual, view, width):
    unusual.page.set_viewport_size({"width": width, "height": 800})
    unusual.open(view=view, set="zero")
    # A chart is drawn anew once its room is known.
    beyond = unusual.once(
        lambda beyond: beyond <= 1,
        "() => { const main = document.querySelector('main'); return main.scrollWidth - main.clientWidth }",
    )
    assert beyond <= 1
    unusual.page.set_viewport_size({"width": 1280, "height": 800})

"""Probe sets in other coordinates: groups with names in place of pixels, also in the dark and in narrow windows."""

import keras
import numpy as np
import pytest
from attributions_tab import Tab

import kerasig
from kerasig.coordinates import Frequency, MeanColour

N = 6
COLOURS = ["mean red", "mean green", "mean blue", "all but the mean"]
PROBE = {"view": "probe", "probe": 1}
# What stands beside its place: cut off at the right, or hidden behind what comes next.
CUT = (
    "(all) => all.filter((e) => [e, ...e.querySelectorAll('*')].some((o) => o.scrollWidth > o.clientWidth + 1"
    " && getComputedStyle(o).overflowX !== 'visible')).map((e) => e.textContent)"
)


def tinted() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x, y = rng.random((40, 24, 24, 3)).astype("float32"), rng.integers(0, 2, 40)
    x[y == 1, ..., 0] += 0.2
    return x, y


@pytest.fixture(scope="module")
def grouped_logdir(tmp_path_factory):
    logdir = tmp_path_factory.mktemp("grouped")
    x, y = tinted()
    for title, coordinates in (("colours", MeanColour()), ("bands", Frequency(8))):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((24, 24, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        probes = kerasig.ProbeSet(x[:N], y[:N], names=[f"photo {i}" for i in range(N)], title=title)
        folder = str(logdir / title)
        callback = kerasig.IGCallback(probes, folder, coordinates=coordinates, on_error="raise")
        model.fit(x, y, epochs=2, verbose=0, callbacks=[callback])
    return logdir


@pytest.fixture(scope="module")
def server(grouped_logdir, tensorboard_server):
    started = tensorboard_server(grouped_logdir, load_fast=True)
    started.wait_until(
        lambda answer: sorted(found["steps"] for run in answer["runs"] for found in run["sets"]) == [3, 3]
    )
    return started


@pytest.fixture(scope="module", params=[(1366, False), (900, True)], ids=["light", "narrow and dark"])
def opened(request, chromium, server):
    width, dark = request.param
    context = chromium.new_context(viewport={"width": width, "height": 768})
    yield Tab(context, server.url, dark=dark)
    context.close()


@pytest.fixture
def tab(opened):
    opened.begin()
    yield opened
    assert opened.problems == []


def test_cards_have_the_names_of_all_groups(tab):
    tab.open(set="colours", sort="set-order")
    rows = tab.frame.locator(".card[data-probe='1'] .bar")
    assert rows.locator(".feature").all_inner_texts() == COLOURS
    tab.open(set="bands", sort="set-order")
    names = tab.frame.locator(".card[data-probe='1'] .feature")
    assert names.count() == 8
    # Those that differ in their numbers alone are read as they are; the first and the last one have words of their own.
    assert {name[:6] for name in names.evaluate_all(CUT)} <= {"band 0", "band 7"}
    # All numbers end at one line.
    ends = rows.locator(".number:last-child").evaluate_all("(all) => all.map((e) => e.scrollWidth - e.clientWidth)")
    assert max(ends) <= 0


@pytest.mark.parametrize("title", ["colours", "bands"])
def test_one_probe_is_a_table_that_fits_and_no_picture(tab, title):
    tab.open(set=title, **PROBE)
    stage = tab.frame.locator(".stage.text")
    assert stage.evaluate("(e) => e.scrollWidth - e.clientWidth") <= 0
    heads = stage.locator("thead th").all_inner_texts()
    assert "attribution" in heads
    # Groups have no number of the input, and what is no picture is not enlarged or smoothed.
    assert "input" not in heads
    assert tab.frame.locator(".zoombar").count() == 0
    assert tab.frame.locator(".knob", has_text="Smoothing").count() == 0
    assert stage.locator("tbody .what").evaluate_all(CUT) == []


def test_names_have_more_room_than_numbers_where_the_score_is_made_up(tab):
    tab.open(set="bands", **PROBE)
    row = tab.frame.locator(".waterfall tbody tr").nth(1)
    name, number, _ = row.locator("> *").evaluate_all("(all) => all.map((e) => e.getBoundingClientRect().width)")
    assert name > 2 * number


def test_the_first_screen_reads_every_group(tab):
    tab.open(set="bands", view="overview")
    tab.frame.wait_for_selector(".leaders li")
    found = tab.frame.locator(".leaders .name")
    assert sorted(text.split(":")[0] for text in found.all_inner_texts()) == [f"band {i}" for i in range(8)]
    assert found.evaluate_all(CUT) == []
    steps = tab.frame.locator(".over-steps tbody th")
    assert {name[:6] for name in steps.evaluate_all(CUT)} <= {"band 0", "band 7"}


def test_the_path_does_not_ask_for_what_groups_cannot_have(tab):
    tab.open(set="colours", view="path", probe=1)
    text = tab.frame.inner_text("#panel")
    assert "coordinates=" in text
    assert "interior_alphas" not in text

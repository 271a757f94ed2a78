"""Volumes on the page: a slice in each card, all slices of one probe by a slider, in the log of a real training."""

import numpy as np
import pytest
from attributions_tab import Tab

import kerasig
from tests.volumes import DEPTH, N, balls, network

PROBE = {"set": "scans", "view": "probe", "probe": 1}


@pytest.fixture(scope="module")
def model_and_logdir(tmp_path_factory):
    logdir = tmp_path_factory.mktemp("volumes")
    model, (x, y, _), (probes, labels, inside) = network(), balls(48, seed=1), balls(N)
    named = {"names": [f"scan {i}" for i in range(N)], "class_names": ["none", "ball"], "title": "scans"}
    probe_set = kerasig.ProbeSet(probes, labels, regions={"ball": inside}, **named)
    callback = kerasig.IGCallback(probe_set, str(logdir), on_error="raise")
    model.fit(x, y, epochs=4, batch_size=16, verbose=0, callbacks=[callback])
    return model, logdir


@pytest.fixture(scope="module")
def strongest(model_and_logdir):
    """Per probe the slice with most attribution, at the end of the training."""
    values, labels, _ = balls(N)
    found = kerasig.explain(model_and_logdir[0], values, labels).values
    return np.abs(found).sum((2, 3, 4)).argmax(1).tolist()


@pytest.fixture(scope="module")
def volume_tab(chromium, model_and_logdir, tensorboard_server):
    server = tensorboard_server(model_and_logdir[1], load_fast=True)
    server.wait_until(lambda answer: any(found["steps"] == 5 for run in answer["runs"] for found in run["sets"]))
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield Tab(context, server.url)
    context.close()


@pytest.fixture
def tab(volume_tab):
    volume_tab.begin()
    yield volume_tab
    assert volume_tab.problems == []


def slice_of(tab):
    return int(tab.frame.get_attribute(".volume", "data-slice"))


def wait_for_slice(tab, index):
    tab.frame.wait_for_function("(index) => document.querySelector('.volume')?.dataset.slice === index", arg=str(index))


def test_a_card_shows_the_slice_with_most_attribution(tab, strongest):
    tab.open(set="scans", sort="set-order")
    captions = tab.frame.locator(".card .slice p").all_inner_texts()
    assert captions == [f"slice {index} (0–{DEPTH - 1})" for index in strongest]
    # A map with colours over a picture in grey, and the ball's outline.
    pixels = np.reshape(tab.pixels(".card[data-probe='1'] canvas"), (-1, 4))
    assert len(np.unique(pixels, axis=0)) > 50
    assert (np.ptp(pixels[:, :3], axis=1) > 60).any()


def test_a_slider_keys_and_buttons_turn_slices_and_steps_keep_them(tab, strongest):
    tab.open(**PROBE)
    assert slice_of(tab) == strongest[1]
    before = tab.picture(".stage canvas")
    tab.frame.locator(".depth input").fill("2")
    wait_for_slice(tab, 2)
    assert tab.picture(".stage canvas") != before
    tab.frame.locator(".depth input").press("ArrowRight")
    wait_for_slice(tab, 3)
    tab.frame.locator(".stage").press("PageDown")
    wait_for_slice(tab, 4)
    tab.frame.locator(".stage").press("PageUp")
    tab.frame.locator("body").press("[")
    wait_for_slice(tab, 2)
    tab.frame.click("[aria-label='Previous slice']")
    wait_for_slice(tab, 1)
    first = tab.picture(".stage canvas")
    tab.frame.locator("body").press("Home")
    tab.wait_for_step(0)
    assert slice_of(tab) == 1
    assert tab.picture(".stage canvas") != first
    assert "p.kerasig.slice=1" in tab.url
    tab.frame.click(".strongest")
    tab.frame.locator("body").press("End")
    wait_for_slice(tab, strongest[1])
    assert "p.kerasig.slice" not in tab.url


def test_the_cursor_reads_slice_row_column_and_region_and_stays_when_slices_turn(tab):
    tab.open(**PROBE, slice=5)
    tab.frame.locator(".stage").press("ArrowRight")
    read = "[...document.querySelectorAll('.readout [data-read]')].map((e) => [e.dataset.read, e.textContent])"
    found = dict(tab.frame.evaluate(read))
    assert list(found)[:4] == ["slice", "row", "column", "attribution"]
    assert (found["slice"], found["row"], found["column"]) == ("5", "12", "12")
    values, _, inside = balls(N)
    assert float(found["input"]) == pytest.approx(values[1, 5, 12, 12, 0], abs=1e-3)
    assert ("region" in found) == inside[1, 5, 12, 12]
    tab.frame.locator(".stage").press("PageDown")
    wait_for_slice(tab, 6)
    moved = dict(tab.frame.evaluate(read))
    assert (moved["slice"], moved["row"], moved["column"]) == ("6", "12", "12")


def test_the_film_and_the_comparison_show_one_slice_on_all_pictures(tab):
    tab.open(set="scans", view="path", probe=1, slice=4)
    assert tab.frame.locator(".film .frame canvas").count() == 4
    tab.open(set="scans", view="compare")
    tab.frame.wait_for_selector(".pair canvas")
    for pair in tab.frame.locator(".pair").all():
        captions = pair.locator(".slice p").all_inner_texts()
        assert len(captions) == 3
        assert len(set(captions)) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_volumes_are_drawn_in_light_and_dark(tab, theme, request):
    folder, dark = request.config.getoption("--screenshots"), theme == "dark"
    tab.page.evaluate("(on) => document.body.classList.toggle('dark-mode', on)", dark)
    try:
        tab.frame.wait_for_function("(on) => document.documentElement.classList.contains('dark') === on", arg=dark)
        for view in ("gallery", "probe", "path", "compare"):
            tab.open(set="scans", view=view, probe=1)
            assert tab.frame.locator("canvas.image").first.is_visible()
            if folder:
                tab.page.screenshot(path=f"{folder}/volume-{view}-{theme}.png")
    finally:
        tab.page.evaluate("document.body.classList.remove('dark-mode')")

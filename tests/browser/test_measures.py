"""A measure of a user's own in the tab, from a real training, and a log of before measures were described."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import pytest
from attributions_tab import Tab

import kerasig
from kerasig.metrics import Measure

VERSION_1 = Path(__file__).parents[1] / "plugin" / "data" / "version_1"


def glow(attribution, probes):
    """10 where the map is not trusted, which no mean over the trusted probes shows."""
    trusted = attribution.metrics()["trusted"]
    return np.where(trusted, np.arange(len(probes)) / 10, 10.0)


@pytest.fixture(scope="module")
def page(chromium, tensorboard_server, tmp_path_factory) -> Iterator[Tab]:
    logdir = tmp_path_factory.mktemp("measures")
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(6, "tanh"), keras.layers.Dense(2)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    x[3] = 0  # The baseline itself: its map is not trusted.
    measure = Measure("glow", glow, label="inner glow", sentence="How bright it is inside.", unit="lumen", better="up")
    callback = kerasig.IGCallback(kerasig.ProbeSet(x[:4], np.arange(4) % 2), logdir / "run", metrics=[measure])
    model.fit(x, np.arange(8) % 2, epochs=2, verbose=0, callbacks=[callback])
    shutil.copytree(VERSION_1, logdir / "old" / "kerasig")
    server = tensorboard_server(logdir, load_fast=True)
    server.wait_until(
        lambda answer: len(answer["runs"]) == 2 and all(run["sets"][0]["steps"] for run in answer["runs"])
    )
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    found = Tab(context, server.url)
    yield found
    assert found.problems == []
    context.close()


def test_a_measure_of_ones_own_is_charted_sorted_by_and_filtered_by_trust(page):
    page.open(runs="run/kerasig", set="probes", charts="glow")
    page.wait_for_charts()
    chip = page.frame.locator(".charts .chip", has_text="inner glow")
    assert chip.get_attribute("aria-pressed") == "true"
    assert chip.get_attribute("title") == "How bright it is inside. In lumen. More is better."
    assert page.frame.locator(".panels figcaption .name").all_text_contents() == ["inner glow"]
    assert "inner glow" in page.frame.locator("#sort option").all_inner_texts()
    page.open(runs="run/kerasig", set="probes", view="timeline", stat="glow")
    mean = page.frame.locator(".readings tbody tr >> nth=0").locator("td").nth(2).inner_text()
    assert float(mean) == pytest.approx((0 + 0.1 + 0.2) / 3, rel=0.01)


def test_a_probes_page_and_its_cards_tell_it(page):
    page.open(runs="run/kerasig", set="probes", view="probe", probe=2, numbers="all")
    assert page.frame.locator(".numbers [data-fact='inner glow']").inner_text() == "0.200"
    page.open(runs="run/kerasig", set="probes", sort="-glow")
    order = page.frame.locator(".card").evaluate_all("all => all.map((card) => card.dataset.probe)")
    assert order == ["3", "2", "1", "0"]
    assert page.frame.locator(".card >> nth=1").locator("[data-fact='inner glow']").inner_text() == "0.200"


def test_a_log_that_does_not_describe_its_stats_reads_and_looks_as_before(page):
    page.open(runs="old/kerasig", set="probes%20%40%20version%201")
    chips = page.frame.locator(".charts .chips > .chip").all_inner_texts()
    assert chips == ["residual", "score"]
    assert page.frame.locator("#sort option").all_inner_texts()[-2:] == ["residual", "score"]
    page.open(runs="old/kerasig", set="probes%20%40%20version%201", view="probe", probe=0, numbers="all")
    headings = page.frame.locator(".numbers h2").all_inner_texts()
    assert "Measured" not in headings
    assert page.frame.locator(".numbers [data-fact=residual]").inner_text() in ("0.00100", "0.1%")
    # What newer logs say of their stats, the page knows of these.
    page.frame.click(".numbers [data-fact=residual] >> xpath=../dt/button")
    assert "relative to the score's change along the path" in page.frame.inner_text("#about")
    page.page.keyboard.press("Escape")

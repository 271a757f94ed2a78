"""Animations over the steps: as another program reads them, frame by frame."""

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from test_saving import DIGITS, LONG, pixels, save_card, saved

Image = pytest.importorskip("PIL.Image")
DECODED = 12  # Levels of 256 that few colours may differ from the picture's.


def frames(gif: bytes) -> list[np.ndarray]:
    image = Image.open(io.BytesIO(gif))
    found = []
    for i in range(image.n_frames):
        image.seek(i)
        found.append(np.asarray(image.convert("RGB")).astype(int))
    assert image.info["loop"] == 0
    return found


def differing(one: np.ndarray, other: np.ndarray) -> float:
    return float((np.abs(one - other).max(-1) > DECODED).mean())


def test_cards_animation_has_a_frame_for_each_step_and_ends_with_the_picture(tab):
    tab.open(**DIGITS)
    name, gif = save_card(tab, 3, "gif")
    assert name == "digits_probe_3.gif"
    found = frames(gif)
    assert len(found) == 12
    assert all(differing(a, b) > 0.005 for a, b in pairwise(found))
    # The page is as it was, and follows the newest step.
    tab.settle("ready")
    assert tab.fact("step") == "1,727"
    assert tab.frame.locator(".card").count() == 8
    assert "step=" not in tab.url
    picture = pixels(save_card(tab, 3, "png")[1])
    # Drawn twice as large, so that texts can be read.
    assert found[0].shape[1] == 2 * picture.shape[1]
    # The card stands at the bottom of both.
    height = int(tab.frame.locator(".card[data-probe='3']").bounding_box()["height"]) - 10
    card = np.s_[-height:]
    last, then = found[-1][::2, ::2][card], found[0][::2, ::2][card]
    assert differing(last, picture[card]) < 0.12
    tab.open(**DIGITS, step=0)
    first = pixels(save_card(tab, 3, "png")[1])
    assert differing(then, first[card]) < min(0.12, differing(last, first[card]))


def test_animation_of_a_view_in_the_dark(tab):
    tab.page.evaluate("document.body.classList.add('dark-mode')")
    try:
        tab.frame.wait_for_function("document.documentElement.classList.contains('dark')")
        tab.open(**DIGITS, view="probe", probe=2, step=785)
        seen = tab.watch("document.querySelector('.filming progress') !== null")
        with tab.page.expect_download(timeout=LONG) as found:
            tab.frame.click("details.menu summary")
            tab.frame.click("details.menu button:has-text('GIF, 12 records')")
        assert True in seen()
        gif = frames(Path(found.value.path()).read_bytes())
        assert len(gif) == 12
        assert np.median(gif[0]) == 0x30
        tab.settle("ready")
        assert tab.fact("step") == "785"
        picture = pixels(saved(tab, "png"))[40:400]

        def away(frame: np.ndarray) -> float:
            """How far the picture is from where it fits best: what explains its marks is higher in an animation."""
            return min(np.abs(frame[40 + by : 400 + by] - picture).mean() for by in range(60))

        nearest = min(range(12), key=lambda i: away(gif[i]))
        assert nearest == 5
    finally:
        tab.page.evaluate("document.body.classList.remove('dark-mode')")


def begin(tab):
    """Starts an animation of sixty steps."""
    tab.frame.click("details.menu summary")
    tab.frame.click("details.menu button:has-text('GIF')")
    tab.frame.wait_for_selector(".filming progress")


@pytest.mark.parametrize("end", ["button", "Escape"])
def test_animation_is_cancelled_by_its_button_and_by_escape(long_tab, end):
    tab = long_tab
    tab.open(step=100)
    downloads = []
    listen = lambda download: downloads.append(download)  # noqa: E731
    tab.page.on("download", listen)
    begin(tab)
    if end == "button":
        tab.frame.click(".filming button")
    else:
        tab.frame.locator("body").press("Escape")
    tab.frame.wait_for_selector(".filming", state="detached")
    tab.wait_for_step(100)
    assert tab.frame.get_attribute("#panel", "data-view") == "gallery"
    assert tab.frame.locator(".unsaved [role=alert]").count() == 0
    assert downloads == []
    tab.page.remove_listener("download", listen)


def test_another_view_ends_the_animation_and_says_so(long_tab):
    tab = long_tab
    tab.open()
    begin(tab)
    tab.frame.locator("body").press("5")
    tab.frame.wait_for_selector(".unsaved [role=alert]:has-text('something else was chosen')")
    assert tab.frame.get_attribute("#panel", "data-view") == "timeline"
    tab.frame.click(".unsaved button")
    tab.frame.wait_for_selector(".unsaved", state="detached")


def test_many_records_are_thinned_evenly_and_it_is_said(long_tab):
    tab = long_tab
    tab.open()
    with tab.page.expect_download(timeout=LONG) as found:
        tab.frame.focus(".card[data-probe='1'] .open")
        tab.page.keyboard.press("f")
        tab.frame.click(".keep .forms button:has-text('60 of 400 records')")
    gif = frames(Path(found.value.path()).read_bytes())
    assert len(gif) == 60
    assert all(differing(a, b) > 0 for a, b in pairwise(gif))


def test_encoder_is_read_back_as_what_was_drawn(tab):
    rng = np.random.default_rng(0)
    few = rng.integers(0, 200, (3, 40, 30, 1)) * np.ones((1, 1, 1, 3), int)
    noise = rng.integers(0, 256, (2, 40, 30, 3))
    drawn = np.concatenate([few, noise, noise[-1:], few[:1]]).astype(np.uint8)
    opaque = np.concatenate([drawn, np.full((*drawn.shape[:3], 1), 255, np.uint8)], axis=-1)
    gif = tab.module(
        "gif.js",
        "({ Gif }, frames) => { const gif = new Gif(30, 40);"
        " for (const frame of frames) gif.add(Uint8ClampedArray.from(frame), 100); return [...gif.finish()] }",
        [frame.ravel().tolist() for frame in opaque],
    )
    found = frames(bytes(gif))
    assert len(found) == len(drawn)
    for i in (0, 1, 2, 6):  # Up to 255 colours are kept.
        np.testing.assert_array_equal(found[i], drawn[i])
    for i in (3, 4, 5):
        assert np.abs(found[i] - drawn[i]).mean() < 16
    np.testing.assert_array_equal(found[5], found[4])

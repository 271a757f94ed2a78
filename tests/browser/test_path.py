"""The view of one probe's path: score and slope along alpha, the film of gradients, and the map over the steps."""

import math

import pytest

STEPS = [157 * i for i in range(12)]
MINUS = "\u2212"
PATH = {"runs": "first/kerasig", "set": "digits", "view": "path"}


def number(text):
    return float(text.replace(MINUS, "-").replace("+", ""))


def frames(tab):
    return tab.frame.evaluate("[...document.querySelectorAll('.film canvas')].map((canvas) => canvas.toDataURL())")


def curves(tab):
    return tab.frame.locator(".lines .curve").evaluate_all("all => all.map((path) => path.getAttribute('d'))")


def gain(tab, name):
    return tab.frame.inner_text(f".gains [data-gain='{name}']")


def marker(tab):
    return tab.frame.get_attribute(".slopes .now", "d")


@pytest.fixture
def stored(open_servers):
    """The route's answer for a probe of the digits, and the functions that the log was made from."""
    answer = open_servers["rust"].get("paths", run="first/kerasig", set="digits", series="", probe=3).json()
    assert answer["steps"] == STEPS
    return dict(zip(answer["steps"], answer["paths"], strict=True))


def test_slider_moves_curves_film_and_marker(tab):
    tab.open(**PATH, probe=3, step=STEPS[2])
    before = frames(tab), curves(tab), marker(tab)
    assert len(before[0]) == 4
    assert len(before[1]) == 2
    tab.frame.fill("input.slider", "8")
    tab.wait_for_step(STEPS[8])
    after = frames(tab), curves(tab), marker(tab)
    assert all(a != b for a, b in zip(after[0], before[0], strict=True))
    assert after[1:] != before[1:]
    assert after[2] != before[2]
    tab.page.keyboard.press("Home")
    tab.wait_for_step(STEPS[0])
    tab.open(**PATH, probe=3, step=STEPS[8])
    assert (frames(tab), curves(tab), marker(tab)) == after


@pytest.mark.parametrize(("title", "picture"), {"waves": "canvas.series", "questions": ".words"}.items())
def test_film_has_a_frame_per_alpha_for_other_kinds(tab, title, picture):
    tab.open(**{**PATH, "set": title}, probe=1, step=STEPS[3])
    assert tab.frame.locator(f".film .frame {picture}").count() == 4
    look = "all => all.map((e) => e.outerHTML + (e.toDataURL?.() ?? ''))"
    before = tab.frame.locator(f".film {picture}").evaluate_all(look)
    tab.page.keyboard.press("End")
    tab.wait_for_step(STEPS[11])
    assert tab.frame.locator(f".film {picture}").evaluate_all(look) != before


def test_numbers_at_alpha_are_those_of_the_path(tab, stored):
    tab.open(**PATH, probe=3, step=STEPS[6], alpha=0.3)
    path = stored[STEPS[6]]
    at = min(range(len(path["alphas"])), key=lambda i: abs(path["alphas"][i] - 0.3))
    assert path["alphas"][at] == pytest.approx(0.3)
    first, last = path["scores"][0], path["scores"][-1]
    assert number(gain(tab, "score")) == pytest.approx(path["scores"][at], rel=6e-3)
    assert number(gain(tab, "change of the score per α")) == pytest.approx(path["slopes"][at], rel=6e-3)
    share = (path["scores"][at] - first) / (last - first)
    assert number(gain(tab, "change made by α").rstrip("%")) == pytest.approx(100 * share, abs=0.06)
    # Between two places in proportion.
    after = next(i for i, score in enumerate(path["scores"]) if (score - first) / (last - first) >= 0.5)
    (a, b), (low, high) = path["alphas"][after - 1 : after + 1], path["scores"][after - 1 : after + 1]
    half = a + (b - a) * ((first + last) / 2 - low) / (high - low)
    assert number(gain(tab, "half the change by")) == pytest.approx(half, rel=6e-3)


def test_frames_tell_the_share_of_the_gain(tab, stored):
    tab.open(**PATH, probe=3, step=STEPS[6])
    path = stored[STEPS[6]]
    first, last = path["scores"][0], path["scores"][-1]
    expected = [round(100 * (score - first) / (last - first)) for score in path["scores"][1:]]
    shown = tab.frame.locator(".frame .number").all_inner_texts()
    assert [int(text.removesuffix("% of the change")) for text in shown] == expected
    assert expected[-1] == 100


def test_alpha_is_chosen_by_slider_frame_and_key_and_kept_in_the_address(tab):
    tab.open(**PATH, probe=3, step=STEPS[6], alpha=0.5)
    current = ".frame.current"
    assert tab.frame.get_attribute(current, "data-frame") == "2"
    tab.frame.click(".frame[data-frame='1'] canvas")
    tab.frame.wait_for_selector(".frame[data-frame='1'].current")
    assert "p.kerasig.alpha=0.1" in tab.url
    tab.frame.locator("body").press("]")
    tab.frame.wait_for_selector(".frame[data-frame='2'].current")
    tab.page.keyboard.press("[")
    tab.page.keyboard.press("[")
    tab.frame.wait_for_selector(".frame[data-frame='0'].current")
    tab.frame.focus("#alpha")
    tab.page.keyboard.press("End")
    tab.frame.wait_for_selector(".frame[data-frame='3'].current")
    tab.page.keyboard.press("ArrowLeft")
    tab.frame.wait_for_function("document.querySelector('#alpha')?.value === '0.99'")
    # Its own keys do not move the steps.
    assert tab.fact("step") == f"{STEPS[6]:,}"
    url = tab.url
    assert "p.kerasig.alpha=0.99" in url
    seen = frames(tab), curves(tab)
    tab.page.reload()
    tab.settle("ready")
    assert tab.url == url
    assert (frames(tab), curves(tab)) == seen
    assert tab.frame.input_value("#alpha") == "0.99"


def test_map_shows_the_slope_of_every_step_and_alpha(tab, stored):
    tab.open(**PATH, probe=3)
    slopes = tab.frame.locator(".slopes")
    assert slopes.get_attribute("data-steps") == "12"
    pixels = tab.pixels(".slopes canvas")
    assert len(pixels) == 4 * 12 * 101
    opacity = [pixels[4 * 12 * row + 3 : 4 * 12 * (row + 1) : 4] for row in range(101)]
    # The log's networks saturate: slope moves to small alphas as they train.
    assert opacity[100][11] > opacity[100][0]
    assert opacity[0][11] < opacity[0][0]
    halves = tab.frame.get_attribute(".slopes .half:not(.under)", "d")[1:].split("L")
    heights = [float(point.split()[1]) for point in halves]
    assert heights == sorted(heights)
    assert heights[-1] > heights[0] + 20
    assert all(math.isfinite(value) for path in stored.values() for value in path["slopes"])


def test_click_in_the_map_chooses_step_and_alpha(tab):
    tab.open(**PATH, probe=3)
    box = tab.frame.locator(".slopes canvas").bounding_box()
    tab.page.mouse.click(box["x"] + box["width"] * 4.5 / 12, box["y"] + box["height"] * 0.75)
    tab.wait_for_step(STEPS[4])
    assert float(tab.frame.input_value("#alpha")) == pytest.approx(0.25, abs=0.02)


def test_frames_share_their_scale_or_have_their_own(tab):
    tab.open(**PATH, probe=3)
    shared = frames(tab)
    tab.frame.check("input[name=film][value=each]", force=True)
    tab.frame.wait_for_selector("text=Each picture has its own scale")
    own = frames(tab)
    # The frame with the largest value had the strongest colours before.
    assert own[0] != shared[0]
    assert own[3] == shared[3]
    assert "p.kerasig.film=each" in tab.url


def test_runs_share_the_charts(tab):
    tab.open(**{**PATH, "runs": "first/kerasig,second/kerasig"}, probe=3)
    assert tab.frame.locator(".lines .curve").count() == 4
    assert tab.frame.locator(".slopes").count() == 2
    assert tab.frame.locator(".film").count() == 2
    assert [text.strip() for text in tab.frame.locator(".gains tbody bdi").all_inner_texts()] == ["first", "second"]


def test_set_without_interior_gradients_says_so(tab):
    tab.open(**{**PATH, "set": "people"}, probe=1)
    assert "No interior gradients were recorded." in tab.frame.inner_text(".notice")
    assert tab.frame.locator(".film").count() == 0


def test_paths_of_several_baselines_are_averaged(tab):
    profile = tab.module(
        "paths.js",
        """({ profileOf, at, gained }) => {
            const alphas = [0, 1, 0, 0.5, 1, "NaN"];
            const stored = { alphas, scores: [0, 2, 0, 0, 4, "NaN"], slopes: [2, 2, 0, 4, 8, "NaN"] };
            const made = profileOf(stored);
            return [at(made, "scores", 0.5), at(made, "scores", 1), at(made, "slopes", 0.5), gained(made, 0.5)];
        }""",
    )
    assert profile == pytest.approx([0.5, 3, 3, 1 / 6])


def test_paths_without_ends_get_the_known_scores(tab):
    found = tab.module(
        "paths.js",
        """({ profileOf, at, alphaOf }) => {
            const made = profileOf({ alphas: [0.25, 0.75], scores: [1.5, 2.5], slopes: [2, 2] }, 1, 3);
            return [made.alphas, made.scores, at(made, "slopes", 0), alphaOf(made, 0.5), alphaOf(made, 0)];
        }""",
    )
    assert found == [[0, 0.25, 0.75, 1], [1, 1.5, 2.5, 3], 2, pytest.approx(0.5), 0]

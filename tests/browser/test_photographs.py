"""Pictures that are large: their proportions, what is seen of their maps, one scale for all views, and zooming."""

import re

import numpy as np
import pytest
from attributions_tab import Tab
from write_photos_log import COUNT, RUNS, SHAPES, SPOT, STEPS, maps, spot, write_photos

WIDTHS = (900, 1280, 1920, 2560)
BOTH = ",".join(f"{run}/kerasig" for run in RUNS)
ONE = {"runs": "first/kerasig", "set": "square"}
PROBE = {**ONE, "view": "probe", "probe": 3}
STAGE = ".larges .stage"
CANVAS = f"{STAGE} canvas"
MINUS = "\u2212"


@pytest.fixture(scope="module")
def photo_tab(chromium, tmp_path_factory, tensorboard_server):
    logdir = tmp_path_factory.mktemp("photographs")
    write_photos(logdir)
    server = tensorboard_server(logdir, load_fast=True)
    done = len(RUNS) * len(SHAPES)
    server.wait_until(
        lambda answer: sum(found["steps"] == len(STEPS) for run in answer["runs"] for found in run["sets"]) == done
    )
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield Tab(context, server.url)
    context.close()


@pytest.fixture
def tab(photo_tab):
    photo_tab.page.set_viewport_size({"width": 1280, "height": 900})
    photo_tab.begin()
    yield photo_tab
    assert photo_tab.problems == []


def ticks(tab):
    return tab.frame.locator(".legend .ticks.number span").all_inner_texts()


def limit(tab):
    (*_, text) = ticks(tab)
    return float(text.removeprefix("≥").replace("+", "").replace(MINUS, "-"))


def zoom(tab):
    """Scale and middle, as the address has them; none where the whole picture is seen."""
    found = re.search(r"p\.kerasig\.zoom=([\d.]+),([\d.]+),([\d.]+)", tab.url.replace("%2C", ","))
    return tuple(map(float, found.groups())) if found else None


def colors(tab, selector, places):
    """Red, green, blue and opacity of a canvas at places of the picture, each the shares of its height and width."""
    height, width = tab.frame.evaluate(
        "(selector) => { const { height, width } = document.querySelector(selector); return [height, width] }", selector
    )
    pixels = np.reshape(tab.pixels(selector), (height, width, 4)).astype(int)
    return [pixels[int(row * height), int(column * width)].tolist() for row, column in places]


def pixel(tab, row, column):
    (found,) = colors(tab, CANVAS, [(row, column)])
    return found


def wait_for_zoom(tab, expression):
    tab.frame.wait_for_function(
        f"[...document.querySelectorAll('.zoombar output')].some((said) => said.textContent {expression})"
    )


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("title", SHAPES)
@pytest.mark.parametrize("runs", [BOTH.split(",")[0], BOTH], ids=["one run", "two runs"])
def test_pictures_keep_their_proportions_and_the_size_that_was_planned(tab, title, width, runs):
    tab.page.set_viewport_size({"width": width, "height": 900})
    for view, selector in {"gallery": ".card canvas.image", "probe": STAGE, "compare": ".pair canvas.image"}.items():
        tab.open(runs=runs, set=title, view=view, probe=1)
        tab.frame.wait_for_selector(selector)
        found = tab.frame.evaluate(
            """(selector) => [...document.querySelectorAll(selector)].map((element) => {
                const [own, around] = [element, element.parentElement].map((e) => e.getBoundingClientRect());
                return [own.width, own.height, parseFloat(element.style.width), around.left - own.left,
                        own.right - around.right] })""",
            selector,
        )
        assert found
        for wide, high, planned, left, right in found:
            assert wide / high == pytest.approx(SHAPES[title][1] / SHAPES[title][0], rel=5e-3), (view, width)
            assert max(left, right) < 0.5, f"{view} at {width}: beyond its place"
            if view != "compare":
                assert wide == pytest.approx(planned, abs=0.5), f"{view} at {width}: planned otherwise"


def test_photographs_fill_the_window(tab):
    for width in WIDTHS[1:]:
        tab.page.set_viewport_size({"width": width, "height": 900})
        tab.open(**ONE)
        used = tab.frame.evaluate(
            """() => { const all = [...document.querySelectorAll(".card canvas")].map((e) => e.getBoundingClientRect());
                const first = all.filter(({ top }) => top === all[0].top);
                const { clientWidth } = document.querySelector(".gallery");
                return first.reduce((sum, { width }) => sum + width, 0) / clientWidth }"""
        )
        assert used > 0.75


def test_the_limit_is_the_99th_percentile_and_the_same_in_the_gallery_and_large(tab):
    tab.open(**ONE, smooth=0)
    gallery, words = ticks(tab), tab.frame.inner_text(".legend .limit")
    assert "1% of a typical image" in words
    # As the page does: eight of the probes, at some of the steps, the last among them.
    probes = [i * COUNT // 8 for i in range(8)]
    values = np.abs(np.stack([maps("square", "first", step)[probes] for step in (0, 40, 80)]))
    rows = np.moveaxis(values, 0, 1).reshape(8, -1)
    middle = np.sort(np.percentile(rows, 99, axis=1))[4]
    assert limit(tab) == pytest.approx(middle, rel=0.02)
    for state in ({"step": STEPS[0]}, {"view": "probe", "probe": 9}, {"view": "probe", "probe": 0, "step": STEPS[3]}):
        tab.open(**ONE, smooth=0, **state)
        assert ticks(tab) == gallery
        assert tab.frame.inner_text(".legend .limit") == words


@pytest.mark.parametrize("title", ["square", "small"])
def test_a_card_keeps_its_colours_when_it_is_opened(tab, title):
    places = [(0.52, 0.52), (0.31, 0.23), (0.19, 0.77), (0.9, 0.1)]
    tab.open(runs=BOTH, set=title, show="map", step=STEPS[5])
    before = colors(tab, ".card[data-probe='4'] canvas", places)
    tab.frame.click(".card[data-probe='4'] .open")
    tab.frame.wait_for_selector(STAGE)
    tab.settle("ready")
    after = colors(tab, CANVAS, places)
    assert any(color[3] > 40 for color in before)
    for one, other in zip(before, after, strict=True):
        # Of a smoothed map, the large picture has finer ones between its colours.
        assert one == pytest.approx(other, abs=0 if title == "small" else 24)


def test_smoothing_shows_the_spot_that_noise_hides(tab):
    rows, columns = spot(SHAPES["square"])
    at = ((rows.start + SPOT / 2) / 120, (columns.start + SPOT / 2) / 120)
    tab.open(**PROBE, show="map")
    red, _, blue, opacity = pixel(tab, *at)
    assert red > blue + 80
    assert opacity > 200
    assert tab.frame.inner_text("output[for=smooth]") == "7 × 7 pixels"
    tab.open(**PROBE, show="map", smooth=0)
    pixels = np.reshape(tab.pixels(CANVAS), (-1, 4))
    raises, lowers = (pixels[:, 0] > pixels[:, 2]).mean(), (pixels[:, 2] > pixels[:, 0]).mean()
    assert min(raises, lowers) > 0.4
    assert tab.frame.inner_text("output[for=smooth]") == "off"
    tab.open(runs="first/kerasig", set="small", view="probe")
    assert tab.frame.inner_text("output[for=smooth]") == "off"


def test_the_photograph_stays_in_colour_unless_grey_is_chosen(tab):
    tab.open(**PROBE, opacity=0)
    top_right = pixel(tab, 0.05, 0.95)
    assert top_right[0] > top_right[1] + 60
    tab.frame.check(".drawing .check input")
    assert "p.kerasig.backdrop=grey" in tab.url
    assert len(set(pixel(tab, 0.05, 0.95)[:3])) == 1
    tab.frame.click(".reset")
    tab.frame.wait_for_function("document.querySelector('.drawing .check input')?.checked === false")
    assert "backdrop" not in tab.url


@pytest.mark.parametrize(("sign", "hidden"), [("positive", "lowers"), ("negative", "raises")])
def test_one_sign_alone_is_drawn(tab, sign, hidden):
    pixels = {}
    for name in ("signed", sign):
        # Each of its pixels is a square of one colour.
        tab.open(**{**PROBE, "set": "small"}, show="map", sign=name)
        red, _, blue, opacity = np.reshape(tab.pixels(CANVAS), (-1, 4)).T.astype(int)
        pixels[name] = {"raises": (red > blue) & (opacity > 60), "lowers": (blue > red) & (opacity > 60)}
    assert pixels["signed"][hidden].mean() > 0.05
    assert not pixels[sign][hidden].any()
    (shown,) = {"raises", "lowers"} - {hidden}
    assert pixels[sign][shown].mean() == pixels["signed"][shown].mean()
    assert len(ticks(tab)) == 2


def test_the_wheel_zooms_into_what_is_under_the_pointer_in_all_runs_and_keeps_the_place_over_steps(tab):
    # Lower than what stands on the page.
    tab.page.set_viewport_size({"width": 1280, "height": 520})
    tab.open(**{**PROBE, "runs": BOTH})
    box = tab.frame.locator(STAGE).first.bounding_box()
    # The middle of a pixel.
    right, down = 36.5 / 120, 84.5 / 120
    x, y = box["x"] + right * box["width"], box["y"] + down * box["height"]
    tab.page.mouse.move(x, y)
    tab.frame.wait_for_selector(".readout [data-read=row]")
    read = "[...document.querySelectorAll('.readout')].map((e) => e.querySelector('[data-read=row]')?.textContent)"
    before = tab.frame.evaluate(read)
    assert before == ["84", "84"]
    whole = tab.frame.inner_text(".zoombar output")
    # Downwards there is nothing to come closer to: the page is scrolled, and back to its top.
    tab.page.mouse.wheel(0, 60)
    tab.frame.wait_for_function("document.querySelector('.content')?.scrollTop === 60")
    tab.page.mouse.wheel(0, -60)
    tab.frame.wait_for_function("document.querySelector('.content')?.scrollTop === 0")
    assert tab.frame.inner_text(".zoombar output") == whole
    tab.page.mouse.move(x, y)
    tab.page.mouse.wheel(0, -400)
    wait_for_zoom(tab, f"!== '{whole}'")
    tab.page.mouse.wheel(0, -400)
    tab.frame.wait_for_function("document.querySelectorAll('.stage.zoomed').length === 2")
    tab.page.mouse.move(x + 1, y)
    scale, *middle = zoom(tab)
    assert scale > 1.5
    assert middle == pytest.approx([right + (0.5 - right) / scale, down + (0.5 - down) / scale], abs=0.01)
    assert tab.frame.evaluate(read) == before
    pictures = [tab.picture(f".large:nth-child({i}) canvas") for i in (1, 2)]
    assert pictures[0] != pictures[1]
    tab.frame.locator("body").press("Home")
    tab.wait_for_step(STEPS[0])
    assert zoom(tab) == (scale, *middle)
    url = tab.url
    tab.page.reload()
    tab.settle("ready")
    assert tab.url == url
    assert tab.frame.locator(".stage.zoomed").count() == 2


def test_dragging_and_keys_move_the_picture(tab):
    tab.open(**PROBE, zoom="4,0.5,0.5")
    box = tab.frame.locator(STAGE).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x - 0.4 * box["width"], y + 0.2 * box["height"], steps=4)
    tab.page.mouse.up()
    tab.frame.wait_for_function("document.querySelector('.stage.zoomed')")
    assert zoom(tab) == pytest.approx((4, 0.6, 0.45), abs=0.01)
    tab.frame.locator(STAGE).press("Shift+ArrowRight")
    assert zoom(tab) == pytest.approx((4, 0.65, 0.45), abs=0.01)
    # Where the cursor goes, the picture follows.
    tab.frame.locator(STAGE).press("ArrowRight")
    assert zoom(tab)[1] < 0.65
    tab.frame.locator("body").press("+")
    tab.frame.locator("body").press("=")
    assert zoom(tab)[0] == pytest.approx(9)
    tab.frame.locator("body").press("-")
    assert zoom(tab)[0] == pytest.approx(6)
    tab.frame.locator("body").press("0")
    tab.frame.wait_for_selector(".stage:not(.zoomed)")
    assert zoom(tab) is None


def test_two_fingers_zoom(tab):
    tab.open(**PROBE)
    tab.frame.evaluate(
        """(selector) => { const stage = document.querySelector(selector); const box = stage.getBoundingClientRect();
            stage.setPointerCapture = () => {};
            const send = (type, pointerId, u, v) => stage.dispatchEvent(new PointerEvent(type, {
                pointerId, pointerType: "touch", bubbles: true,
                clientX: box.left + u * box.width, clientY: box.top + v * box.height }));
            send("pointerdown", 11, 0.4, 0.5); send("pointerdown", 12, 0.6, 0.5);
            send("pointermove", 11, 0.3, 0.5); send("pointermove", 12, 0.7, 0.5);
            send("pointerup", 11, 0.3, 0.5); send("pointerup", 12, 0.7, 0.5) }""",
        STAGE,
    )
    tab.frame.wait_for_selector(".stage.zoomed")
    assert zoom(tab) == pytest.approx((2, 0.5, 0.5), abs=0.02)


def test_buttons_have_names_and_show_the_actual_size(tab):
    tab.open(**PROBE)
    whole = tab.frame.inner_text(".zoombar output")
    tab.frame.click(".zoombar >> text=Actual size")
    wait_for_zoom(tab, "=== '100%'")
    assert tab.frame.get_attribute(".zoombar >> text=Actual size", "aria-pressed") == "true"
    # It is smaller than its place: nothing is drawn around it.
    assert pixel(tab, 0.02, 0.02)[3] == 0
    assert pixel(tab, 0.5, 0.5)[3] == 255
    tab.frame.click("[aria-label='Zoom in']")
    wait_for_zoom(tab, "=== '150%'")
    tab.frame.click("[aria-label='Zoom out']")
    wait_for_zoom(tab, "=== '100%'")
    tab.frame.click(".zoombar >> text=Whole picture")
    wait_for_zoom(tab, f"=== '{whole}'")
    # Another probe is seen as a whole.
    tab.frame.click("[aria-label='Zoom in']")
    tab.frame.locator("body").press("j")
    wait_for_zoom(tab, f"=== '{whole}'")


def test_full_screen_shows_the_pictures_alone_and_ends_by_key(tab):
    tab.open(**{**PROBE, "runs": BOTH})
    before = tab.frame.locator(STAGE).first.bounding_box()["width"]
    tab.frame.click(".zoombar >> text=Full screen")
    tab.frame.wait_for_function("document.querySelector('.sights.full')?.clientWidth === innerWidth")
    tab.frame.wait_for_function("(before) => document.querySelector('.stage')?.clientWidth > before", arg=before)
    assert tab.frame.locator(".beside").first.is_hidden()
    assert tab.frame.locator(".zoombar .name").inner_text() == "square 3"
    tab.frame.locator("body").press("Escape")
    tab.frame.wait_for_selector(".sights:not(.full)")
    tab.frame.wait_for_function("document.fullscreenElement === null")
    assert tab.frame.locator(".larges").is_visible()
    tab.frame.locator("body").press("l")
    tab.frame.wait_for_selector(".sights.full")
    tab.frame.locator("body").press("2")
    tab.frame.wait_for_selector(".gallery")
    tab.frame.wait_for_function("document.fullscreenElement === null")

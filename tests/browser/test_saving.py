"""Files of what is seen: pictures and drawings that equal the page, and tables that equal what is stored."""

import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from cell_texts import FORMULAS, HARMLESS
from write_hostile_log import RUN

Image = pytest.importorskip("PIL.Image")
SVG = "{http://www.w3.org/2000/svg}"
ET.register_namespace("", SVG.strip("{}"))
LONG = 120_000  # In milliseconds: an animation takes as long as its steps.
NEAR = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
DIGITS = {"runs": "first/kerasig", "set": "digits"}
VIEWS = {
    "gallery": {"step": 942, "runs": "first/kerasig,second/kerasig"},
    "probe": {"view": "probe", "probe": 3, "pins": "3:digits"},
    "tokens": {"view": "probe", "set": "questions", "step": 157},
    "tabular": {"view": "probe", "set": "people"},
    "path": {"view": "path", "probe": 3, "alpha": 0.3},
    "timeline": {"view": "timeline", "runs": "first/kerasig,second/kerasig"},
    "compare": {"view": "compare"},
}


def saved(tab, form: str) -> bytes:
    with tab.page.expect_download() as found:
        tab.frame.click("details.menu summary")
        tab.frame.click(f"details.menu button:has-text('{form.upper()}')")
    assert found.value.suggested_filename.endswith(f".{form}")
    return Path(found.value.path()).read_bytes()


def rows(tab) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(saved(tab, "csv").decode())))


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def drawing(tab) -> ET.Element:
    """The saved SVG, of which every drawing program can make something: shapes, texts and embedded images alone."""
    root = ET.fromstring(saved(tab, "svg"))
    kinds = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert kinds <= {
        *("svg", "g", "defs", "clipPath", "linearGradient", "stop", "title", "tspan", "text", "image"),
        *("rect", "path", "circle", "line", "polygon", "polyline", "ellipse", "marker"),
    }
    for image in root.iter(f"{SVG}image"):
        assert image.get("href").startswith("data:image/png;base64,")
    return root


def words(root: ET.Element) -> list[str]:
    return " ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text")).split()


def rendered(tab, root: ET.Element) -> np.ndarray:
    """The drawing as a page without any of ours shows it."""
    width, height = int(root.get("width")), int(root.get("height"))
    page = tab.page.context.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.set_content(f"<body style='margin: 0'>{ET.tostring(root, encoding='unicode')}</body>")
    page.evaluate("Promise.all([...document.querySelectorAll('image')].map((image) => image.decode?.()))")
    shot = pixels(page.screenshot())
    page.close()
    tab.page.bring_to_front()
    return shot


def saves_what_is_seen(tab) -> np.ndarray:
    """The PNG, once it shows the same as the drawing and no controls; the page's pictures are in that bit for bit."""
    root = drawing(tab)
    canvases = tab.frame.evaluate(
        "[...document.querySelectorAll('.content canvas')].filter((e) => e.width && e.getBoundingClientRect().width)"
        ".map((e) => e.toDataURL())"
    )
    assert [image.get("href") for image in root.iter(f"{SVG}image")] == canvases
    picture, vector = pixels(saved(tab, "png")), rendered(tab, root)
    assert picture.shape == vector.shape
    # A drawing's texts stand on fractions of pixels: lines may be one pixel higher or lower, or a little wider.
    away = np.min([np.abs(np.roll(picture, by, axis=(0, 1)) - vector).max(-1) for by in NEAR], axis=0)
    assert (away > 96).mean() < 0.01, f"{(away > 96).mean():.2%} of the pixels differ"
    assert picture.std() > 10
    found = words(root)
    seen = tab.frame.evaluate(
        "[...document.querySelectorAll('#panel bdi, #panel dt, #panel dd, #panel h2, #panel td, #panel figcaption')]"
        ".filter((e) => e.checkVisibility() && !e.closest('.readout, .toolbar, .chip, .unseen, details:not([open])'))"
        ".map((e) => { const copy = e.cloneNode(true);"
        " copy.querySelectorAll('.unseen').forEach((gone) => gone.remove());"
        " return copy.querySelector('bdi, dt, dd') ? '' : copy.textContent; })"
        ".flatMap((text) => text.split(/\\s+/)).filter((word) => /^[\\w.]+$/.test(word))"
    )
    assert seen
    assert set(seen) <= set(found)
    assert not {"Gallery", "Search", "Sort", "keys", "Save", "Opacity", "Filter"} & set(found)
    return picture


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("dark", [False, True])
def test_picture_and_drawing_show_the_view_without_its_controls(tab, view, dark):
    tab.page.evaluate("(on) => document.body.classList.toggle('dark-mode', on)", dark)
    tab.open(**{**DIGITS, **VIEWS[view]})
    if view == "gallery":
        tab.wait_for_charts()
    tab.frame.wait_for_function("(on) => document.documentElement.classList.contains('dark') === on", arg=dark)
    try:
        picture = saves_what_is_seen(tab)
    finally:
        tab.page.evaluate("document.body.classList.remove('dark-mode')")
    # Most of it is the page's ground.
    assert (np.median(picture) < 128) == dark


def test_picture_says_what_it_is_of(tab):
    tab.open(**DIGITS, step=942)
    found = words(drawing(tab))
    assert found[:3] == ["digits", "step", "942"]
    assert "first" in found


def test_picture_of_a_scrolled_view_shows_all_of_it(tab):
    tab.open(**DIGITS, view="probe", probe=3)
    whole = pixels(saved(tab, "png"))
    tab.page.set_viewport_size({"width": 1280, "height": 500})
    try:
        tab.frame.evaluate("document.querySelector('.content').scrollTop = 211")
        assert tab.frame.evaluate("document.querySelector('.content').scrollTop") > 0
        tab.settle()
        scrolled = pixels(saved(tab, "png"))
    finally:
        tab.page.set_viewport_size({"width": 1280, "height": 900})
    # In a lower window the picture of the probe is smaller, the numbers below are as many.
    assert scrolled.shape[1] == whole.shape[1]
    assert scrolled.shape[0] > 500 - 42


def test_picture_of_hostile_names_is_drawn(odd_tab):
    odd_tab.open(runs=quote(f"{RUN}/kerasig", safe=""))
    assert odd_tab.frame.evaluate("document.querySelector('.gallery').innerHTML.includes('\\0')")
    assert len(np.unique(pixels(saved(odd_tab, "png")).reshape(-1, 3), axis=0)) > 50
    assert "<script>window.parent.pwned" in " ".join(words(drawing(odd_tab)))
    assert odd_tab.page.evaluate("window.pwned") is None


def save_card(tab, probe: int, form: str) -> tuple[str, bytes]:
    tab.frame.focus(f".card[data-probe='{probe}'] .open")
    tab.page.keyboard.press("f")
    with tab.page.expect_download(timeout=LONG) as found:
        tab.frame.click(f".keep .forms button:has-text('{form.upper()}')")
    return found.value.suggested_filename, Path(found.value.path()).read_bytes()


def test_one_card_is_saved_alone(tab):
    tab.open(**{**DIGITS, **VIEWS["gallery"]})
    name, data = save_card(tab, 3, "svg")
    assert name == "digits_probe_3_step_942.svg"
    root = ET.fromstring(data)
    canvases = tab.frame.locator(".card[data-probe='3'] canvas").evaluate_all("all => all.map((e) => e.toDataURL())")
    assert len(canvases) == 2
    assert [image.get("href") for image in root.iter(f"{SVG}image")] == canvases
    left, right = (float(image.get("x")) for image in root.iter(f"{SVG}image"))
    # Both runs beside each other, as on the page.
    assert right > left + 100
    card = tab.frame.locator(".card[data-probe='3']").bounding_box()
    assert int(root.get("width")) == pytest.approx(card["width"] + 22, abs=4)
    name, data = save_card(tab, 3, "png")
    assert name == "digits_probe_3_step_942.png"
    assert pixels(data).shape[:2] == (int(root.get("height")), int(root.get("width")))


def test_cards_menu_opens_by_its_button_and_closes_by_escape(tab):
    tab.open(**DIGITS)
    name = tab.frame.inner_text(".card[data-probe='2'] .name")
    tab.frame.hover(".card[data-probe='2']")
    tab.frame.click(".card[data-probe='2'] .keeping")
    tab.frame.wait_for_selector(f".keep[open] h2:has-text('Save {name}')")
    tab.page.keyboard.press("Escape")
    tab.frame.wait_for_selector(".keep:not([open])", state="attached")
    # It was not a click on the card.
    assert tab.frame.get_attribute("#panel", "data-view") == "gallery"


def test_key_saves_the_picture(tab):
    tab.open(**DIGITS)
    with tab.page.expect_download() as found:
        tab.frame.locator("body").press("f")
    assert found.value.suggested_filename == "digits_gallery_step_1727.png"


def test_timelines_table_has_the_stored_numbers_of_every_step(tab, open_servers):
    tab.open(**DIGITS, view="timeline", stat="residual")
    reply = open_servers["rust"].get("steps", run="first/kerasig", set="digits", series="").json()
    at = reply["names"].index("residual")
    stored = np.array([[float(row[at]) for row in step] for step in reply["stats"]])
    table = rows(tab)
    assert [int(row["step"]) for row in table] == reply["steps"]
    each = [name for name in table[0] if name.startswith("probe ")]
    found = np.array([[float(row[name]) for name in each] for row in table])
    np.testing.assert_array_equal(found.astype(np.float32), stored.astype(np.float32))
    np.testing.assert_allclose([float(row["mean residual"]) for row in table], stored.mean(1), rtol=1e-6)
    np.testing.assert_allclose([float(row["90%"]) for row in table], np.quantile(stored, 0.9, axis=1), rtol=1e-6)


@pytest.mark.parametrize("title", ["people", "questions", "digits", "waves"])
def test_probes_table_has_every_stored_value(tab, open_servers, title):
    tab.open(runs="first/kerasig", set=title, view="probe", probe=1, step=942)
    series = "label" if title == "questions" else ""
    of = {"run": "first/kerasig", "set": title, "series": series, "step": 942, "probe": 1}
    stored = np.load(io.BytesIO(open_servers["rust"].get("export", **of, format="npy").body))
    table = rows(tab)
    if title == "questions":
        stored = stored.reshape(len(stored), -1).sum(1)
    axes = [name for name in table[0] if name in ("row", "column", "channel", "position", "feature")]
    found = np.full(stored.shape, np.nan, np.float32)
    for row in table:
        found[tuple(int(row[axis]) for axis in axes)] = float(row["attribution"])
    np.testing.assert_array_equal(found, stored)
    if title == "people":
        sizes = [abs(float(row["attribution"])) for row in table]
        assert sizes == sorted(sizes, reverse=True)
        assert [int(row["rank"]) for row in table] == list(range(1, len(table) + 1))
        assert all(row["name"] for row in table)


def test_compares_table_has_the_numbers_that_the_page_rounds(tab):
    tab.open(**DIGITS, view="compare", a="157,,", b="1727,,")
    table = rows(tab)
    shown = tab.frame.locator(".pair [data-fact=cosine]").all_inner_texts()
    assert [int(row["probe"]) for row in table] == [
        int(text) for text in tab.frame.locator(".pair").evaluate_all("all => all.map((e) => e.dataset.probe)")
    ]
    rounded = [float(text.replace("\u2212", "-")) for text in shown]
    assert [float(row["cosine"]) for row in table] == pytest.approx(rounded, abs=0.0005)
    assert {(row["A step"], row["B step"]) for row in table} == {("157", "1727")}


def test_gallerys_table_follows_filter_and_order(tab, open_servers):
    tab.open(**DIGITS, sort="-score", step=942)
    table = rows(tab)
    scores = [float(row["score"]) for row in table]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 8
    reply = open_servers["rust"].get("steps", run="first/kerasig", set="digits", series="").json()
    at = reply["steps"].index(942), reply["names"].index("score")
    stored = [row[at[1]] for row in reply["stats"][at[0]]]
    assert scores == pytest.approx([stored[int(row["probe"])] for row in table], rel=1e-6)


def test_paths_table_has_the_stored_path(tab, open_servers):
    tab.open(**DIGITS, view="path", probe=3, step=942)
    reply = open_servers["rust"].get("paths", run="first/kerasig", set="digits", series="", probe=3).json()
    path = reply["paths"][reply["steps"].index(942)]
    found = {float(row["alpha"]): float(row["score"]) for row in rows(tab)}
    for alpha, score in zip(path["alphas"], path["scores"], strict=True):
        assert min(abs(alpha - other) for other in found) < 1e-6
        nearest = min(found, key=lambda other: abs(alpha - other))
        assert found[nearest] == pytest.approx(float(score), rel=1e-5)


def test_no_name_in_a_table_is_a_formula_and_numbers_stay_numbers(tab):
    tab.open(**DIGITS)
    numbers = [-3, -0.5, 1e-7, 0]
    table = {"head": [FORMULAS[0], "mean residual"], "rows": [*([name, -1] for name in FORMULAS + HARMLESS), numbers]}
    head, *lines = csv.reader(io.StringIO(tab.module("tables.js", "(m, table) => m.csv(table)", table), newline=""))
    assert head == [f"'{FORMULAS[0]}", "mean residual"]
    assert [name for name, _ in lines[:-1]] == [*(f"'{name}" for name in FORMULAS), *HARMLESS]
    assert {number for _, number in lines[:-1]} == {"-1"}
    assert [float(cell) for cell in lines[-1]] == numbers


@pytest.mark.parametrize(("shown", "regions"), [({"set": "people"}, False), ({"set": "digits"}, True)])
def test_overviews_table_has_each_run_and_where_it_changed_most_with_regions_or_without(
    tab, open_servers, shown, regions
):
    tab.open(runs="first/kerasig", view="overview", **shown)
    tab.frame.wait_for_selector(".answer .says")
    table = rows(tab)
    reply = open_servers["rust"].get("overview", run="first/kerasig", series="", **shown).json()
    (found,) = reply["runs"]
    assert bool(found["regions"]) == regions
    assert [row["region"] for row in table] == ([each["name"] for each in found["regions"]] or [""])
    change = found["change"]
    for row in table:
        assert row["trusted share"] == ("" if found["trusted"] is None else f"{found['trusted']:g}")
        assert [int(row[name]) for name in ("changed most from step", "to step")] == [change["before"], change["step"]]
        assert float(row["drift"]) == pytest.approx(change["drift"], rel=1e-6)

"""Files of what is seen: a picture that equals the page, and tables that equal what is stored."""

import csv
import io
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from cell_texts import FORMULAS, HARMLESS
from write_hostile_log import RUN

Image = pytest.importorskip("PIL.Image")
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


def same_picture(tab) -> None:
    """The saved picture is the page's: of the same size, and with the same colours almost everywhere."""
    # Neither the pointer nor the focus is in a saved picture.
    tab.page.mouse.move(0, 0)
    picture = pixels(saved(tab, "png"))
    tab.frame.evaluate("document.activeElement.blur()")
    tab.page.wait_for_timeout(50)
    seen = pixels(tab.page.locator("iframe").screenshot())
    assert picture.shape == seen.shape
    # An image rounds fractions of pixels in its own way: a line may stand one pixel higher or lower.
    away = np.min([np.abs(np.roll(picture, by, axis=0) - seen).max(-1) for by in (-1, 0, 1)], axis=0)
    # TensorBoard's header throws a shadow on the page; a canvas or a panel that is missing is far more.
    assert (away > 48).mean() < 0.01, f"{(away > 48).mean():.2%} of the pixels differ"
    # Every canvas, in its middle, where a pixel is no larger than what is looked at.
    for x, y in tab.frame.evaluate(
        "() => [...document.querySelectorAll('canvas')].map((e) => e.getBoundingClientRect())"
        ".map((b) => [b.x + b.width / 2, b.y + b.height / 2])"
        ".filter(([x, y]) => x > 0 && y > 90 && x < innerWidth && y < innerHeight).map((p) => p.map(Math.floor))"
    ):
        near = np.s_[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3]
        np.testing.assert_allclose(picture[near].mean((0, 1)), seen[near].mean((0, 1)), atol=12)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("dark", [False, True])
def test_picture_equals_the_page(tab, view, dark):
    tab.page.evaluate("(on) => document.body.classList.toggle('dark-mode', on)", dark)
    tab.open(**{**DIGITS, **VIEWS[view]})
    if view == "gallery":
        tab.wait_for_charts()
    tab.frame.wait_for_function("(on) => document.documentElement.classList.contains('dark') === on", arg=dark)
    try:
        same_picture(tab)
    finally:
        tab.page.evaluate("document.body.classList.remove('dark-mode')")


def test_picture_of_a_scrolled_page_shows_where_it_was_scrolled_to(tab):
    tab.open(**DIGITS)
    tab.wait_for_charts()
    tab.frame.evaluate("document.querySelector('.content').scrollTop = 211")
    tab.page.wait_for_timeout(200)
    same_picture(tab)


def test_picture_of_hostile_names_is_drawn(odd_tab):
    odd_tab.open(runs=quote(f"{RUN}/kerasig", safe=""))
    assert odd_tab.frame.evaluate("document.querySelector('.gallery').innerHTML.includes('\\0')")
    assert len(np.unique(pixels(saved(odd_tab, "png")).reshape(-1, 3), axis=0)) > 50


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

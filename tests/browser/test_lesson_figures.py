"""The figures of a lesson's page: drawn without a network, in the colours of the page, and again when these change."""

import sys
from pathlib import Path

import plotly.graph_objects as go
import pytest
from plotly.offline import get_plotlyjs

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import tutobook  # noqa: E402

# What a hostile name in a figure might be, which must stay a name.
NAME = "</script><script>window.stolen = true</script>"


@pytest.fixture
def page(chromium, tmp_path):
    """A page with one figure, as the site has it."""
    made = tutobook.figure(go.Figure(go.Bar(x=[NAME], y=[1]), {"height": 300, "width": 900}).to_plotly_json())
    (tmp_path / "plotly.js").write_text(get_plotlyjs(), "utf-8")
    (tmp_path / "figures.js").write_text((ROOT / "docs" / "figures.js").read_text("utf-8"), "utf-8")
    (tmp_path / "page.html").write_text(
        "<meta charset=utf-8><style>[data-md-color-scheme=slate] { color: rgb(226, 228, 233) }</style>"
        f"<body data-md-color-scheme=default><div class=md-content style='width: 600px'>{made}</div>"
        "<script src=plotly.js></script><script src=figures.js></script>",
        "utf-8",
    )
    opened, problems = chromium.new_page(), []
    opened.on("request", lambda asked: asked.url.startswith(("file:", "data:", "blob:")) or problems.append(asked.url))
    opened.on("console", lambda said: said.type in ("error", "warning") and problems.append(said.text))
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.goto((tmp_path / "page.html").as_uri())
    yield opened
    opened.close()
    assert problems == []


def test_a_figure_is_drawn_in_the_colours_of_the_page(page):
    bar = page.locator(".kerasig-figure .barlayer path")
    bar.wait_for()
    assert page.evaluate("window.stolen") is None
    # There is room for two thirds of its width.
    box = page.locator(".kerasig-figure .main-svg").first.bounding_box()
    assert (box["width"], box["height"]) == (pytest.approx(600, abs=1), pytest.approx(200, abs=1))
    fill = "getComputedStyle(document.querySelector('.kerasig-figure .xtick text')).fill"
    assert page.evaluate(fill) == "rgb(0, 0, 0)"
    page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
    page.wait_for_function(f"{fill} === 'rgb(226, 228, 233)'")
    # The page shines through.
    behind = page.locator(".kerasig-figure .main-svg").first
    assert behind.evaluate("svg => getComputedStyle(svg).backgroundColor") == "rgba(0, 0, 0, 0)"

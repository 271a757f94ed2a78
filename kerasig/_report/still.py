"""A page that nothing moves on: figures and tables, in the look of the tab."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from kerasig._report.page import document, sheet


def still(title: str, sentences: Sequence[str], body: str) -> str:
    """A page of figures and tables.

    Args:
        title: of the page.
        sentences: beside it.
        body: as HTML.
    """
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    return document(
        title, sheet("still.css"), f"<header><h1>{escape(title)}</h1>{said}</header>\n<main>{body}</main>\n"
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts."""
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'

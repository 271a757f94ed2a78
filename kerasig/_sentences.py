"""Parts of an error's one sentence: another library's words without its traces, a user's value on one line."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# Keras lists the arguments of a call after its own words.
_LISTINGS = re.compile(r"\n\s*(Arguments received by|Call arguments received by)\b.*", re.DOTALL)
# Lines of TensorFlow's and AutoGraph's that locate an error in a graph or in code.
_PLACES = re.compile(
    r"^(Graph execution error|Detected at node|File \"|<stack traces|\[\[\{\{node|\(\d+\) |\d+ successful op"
    r"|in user code:|Original stack trace|Exception encountered when calling|Errors may have originated)"
)
_NODES = re.compile(r"\{\{function_node [^}]*\}\}|\s*(\[Op:|\[\[\{\{node|for '\{\{node|Label values:|, node name:).*")
# In a trace of converted code, the error's class before its words.
_ERRORS = re.compile(r"^\w*(Error|Exception): ")
_MOST = 240


def sentence(error: BaseException) -> str:
    """The message of an error in one line without its last full stop; its class where it says nothing."""
    try:
        text = str(getattr(error, "message", None) or error)
    except Exception:  # Its own words fail.
        text = ""
    lines = [line.strip() for line in _LISTINGS.sub("", _COLOURS.sub("", text)).splitlines()]
    places = [at for at, line in enumerate(lines) if line.startswith('File "')]
    if places:
        lines = lines[places[-1] + 1 :]
        named = [at for at, line in enumerate(lines) if _ERRORS.match(line)]
        if named:
            lines = [_ERRORS.sub("", lines[named[-1]]), *lines[named[-1] + 1 :]]
    said = " ".join(line for line in lines if line and not _PLACES.match(line))
    said = _NODES.sub("", said).strip().rstrip(".")
    said = said or type(error).__name__
    return said if len(said) <= _MOST else said[: _MOST - 3] + "..."


def described(error: BaseException) -> str:
    """An error's class, its own words and the last note on it, such as whose code has raised it."""
    try:
        text = str(error)
    except Exception:  # Its own words fail.
        text = ""
    notes = getattr(error, "__notes__", [])
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"{said}. {notes[-1]!s:.{_MOST}}" if notes else said


def shown(value: Any, most: int = 80) -> str:
    """A value's `repr` on one line, cut where it is long; its type where it has none."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # Objects of a user's own may raise anything, and so do very large ints.
        return f"a {type(value).__name__}"
    return text if len(text) <= most else text[: most - 3] + "..."


def received(value: Any) -> str:
    """A value in an error message: "Received ..."."""
    if isinstance(value, np.ndarray):
        return f"Received an array of {value.dtype!s:.80}, shape {value.shape}"
    return f"Received {shown(value)} of type {type(value).__name__}"

"""The classes that there are reports of, and which module makes each."""

from __future__ import annotations

import importlib
import os
from typing import Any

from kerasig import _arguments as arguments

# By the full name of a class, where its bases may stand for it: "module:function", called with the object, `title`,
# `runs` and `megabytes`. Nothing is imported but for what there is an object of.
SUBJECTS = {
    "builtins.str": "kerasig._report.logs:of_directory",
    "os.PathLike": "kerasig._report.logs:of_directory",
    "kerasig.IGCallback": "kerasig._report.logs:of_callback",
    "kerasig.Attribution": "kerasig._report.attributions:of_attribution",
    "kerasig.GlobalAttribution": "kerasig._report.drawn:of_drawn",
    "kerasig._suspects.report.Suspects": "kerasig._report.suspects:of_suspects",
}
_FITS = "a log directory, an IGCallback, an Attribution, a GlobalAttribution, or what kerasig.suspects returns"


def reported(what: Any, *, title: str | None, runs: list[str] | None, megabytes: float) -> str:
    """The file about an object, as HTML.

    Raises:
        TypeError: there is none of such objects.
        ValueError: an argument does not fit it.
    """
    names = [f"{base.__module__}.{base.__qualname__}" for base in type(what).__mro__]
    if isinstance(what, os.PathLike):
        names.append("os.PathLike")
    place = next((SUBJECTS[name] for name in names if name in SUBJECTS), None)
    if place is None:
        raise TypeError(f"what must be {_FITS}. Received what={arguments.shown(what)}.")
    module, _, function = place.partition(":")
    return str(getattr(importlib.import_module(module), function)(what, title=title, runs=runs, megabytes=megabytes))


def refuse_runs(runs: list[str] | None) -> None:
    """Raises where runs are asked for of something that is no log."""
    if runs is not None:
        raise ValueError(f"runs must be None where what is no log. Received runs={arguments.shown(runs)}.")

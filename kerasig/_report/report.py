"""`kerasig.report`: a file to send."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kerasig import _arguments as arguments
from kerasig._datasets.whole_files import whole_file
from kerasig._report.subjects import reported

if TYPE_CHECKING:
    from kerasig._global.result import GlobalAttribution
    from kerasig._suspects.report import Suspects
    from kerasig.attribution import Attribution
    from kerasig.callback import IGCallback

NAME = "kerasig-report.html"
# Less than the page itself has.
_LEAST_MEGABYTES = 0.7


def report(
    what: str | os.PathLike[str] | IGCallback | Attribution | GlobalAttribution | Suspects,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    runs: Sequence[str] | None = None,
    megabytes: float = 5.0,
) -> str:
    """Writes one HTML file that shows a training's log, an attribution or suspects to whoever opens it.

    Of a log it is TensorBoard's tab: the same views, which read what the file holds. It needs no server, no network and
    no installation, and asks for nothing from outside. Where all records would be too many, those stay between which
    the maps changed most, and the page says so; their numbers are the tab's.

    Args:
        what: a log directory, an `IGCallback`, an `Attribution`, a `GlobalAttribution`, or the result of
            `kerasig.suspects`.
        path: where to; None for "kerasig-report.html" in the working directory. A file that is there is replaced, a
            folder that is not there is made.
        title: at its top; None for the name of the directory, or of what it is.
        runs: of a log: the runs that are shown, by their names in the tab; None for all.
        megabytes: of a log: the file's size at most. Of what does not fit, maps are left out first, then probes.

    Returns:
        The path of the file.

    Raises:
        TypeError: there is no report of such an object.
        ValueError: another argument does not fit, or nothing was logged in the directory.

    Example:
        >>> kerasig.report("logs", "training.html")  # doctest: +SKIP
        >>> attribution = kerasig.explain(lambda x: x[:, 0] ** 2, np.ones((2, 3), "float32"))
        >>> kerasig.report(attribution, "explained.html").endswith("explained.html")
        True
    """
    title = None if title is None else arguments.string("title", title)
    names = chosen_runs(runs)
    size = arguments.number("megabytes", megabytes, _LEAST_MEGABYTES)
    path = os.path.abspath(NAME if path is None else arguments.path_text("path", path))
    if os.path.isdir(path):
        raise ValueError(f"path must be the path of a file. Received path={arguments.shown(path)}, a directory.")
    made = reported(what, title=title, runs=names, megabytes=size)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write(path, made)
    return path


def chosen_runs(runs: Any) -> list[str] | None:
    """The names of the runs that are shown; None for all.

    Raises:
        TypeError, ValueError: they are no names, or none.
    """
    names = None if runs is None else arguments.texts("runs", runs, fits="a list of the names of runs")
    if names == []:
        raise ValueError("runs must name at least one run. Received an empty list. Pass None for all runs.")
    return names


def write(path: str, text: str) -> None:
    """Writes a page; whoever opens the file meanwhile finds the one before."""
    with whole_file(path, durable=False) as file:
        file.write(text.encode())


# As users import it.
report.__module__ = "kerasig"

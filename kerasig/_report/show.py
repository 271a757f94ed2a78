"""`kerasig.show`: the tab inside a notebook, without TensorBoard."""

from __future__ import annotations

import html
import os
import sys
import time
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kerasig import _arguments as arguments
from kerasig._report.log import ServedLog
from kerasig._report.logs import name_of, nothing_logged, of_log
from kerasig._report.report import NAME, chosen_runs, write

if TYPE_CHECKING:
    from kerasig.callback import IGCallback

# A training is held up for a twentieth of its time at most, and outputs are not replaced faster than one can look.
_LEAST_SECONDS, _SHARE = 2.0, 0.05
_FRAME = (
    '<iframe srcdoc="{page}" title="Attributions" style="display: block; width: 100%; height: {height}px; '
    'border: 1px solid #8886; border-radius: 4px"></iframe>'
)
_WAITS = '<p style="font: 13px sans-serif">Nothing was logged in {place} yet. It is shown here as soon as it is.</p>'


def show(
    what: IGCallback | str | os.PathLike[str],
    height: int = 720,
    *,
    title: str | None = None,
    runs: Sequence[str] | None = None,
    megabytes: float = 2.0,
) -> None:
    """Shows in a notebook what TensorBoard's tab shows, without a server: the page of `kerasig.report`, in a frame.

    Of a callback it is live: called before `fit` in the same cell, it is drawn anew as records are made, for at most a
    twentieth of the training's time. Outside notebooks the page is written to a file, and its path is printed.

    Args:
        what: an `IGCallback`, or a log directory.
        height: of the frame, in pixels.
        title: see `kerasig.report`.
        runs: see `kerasig.report`.
        megabytes: that the page may have, which the notebook keeps in its file.

    Raises:
        TypeError: `what` is neither.
        ValueError: another argument does not fit, or nothing was logged in the directory.

    Example:
        >>> probes = kerasig.ProbeSet(np.zeros((8, 4), "float32"), np.arange(8) % 2)
        >>> callback = kerasig.IGCallback(probes, log_dir="logs")
        >>> kerasig.show(callback)  # doctest: +SKIP
        >>> model.fit(x, y, callbacks=[callback])  # doctest: +SKIP
    """
    height = arguments.whole("height", height, 200, 10_000)
    title = None if title is None else arguments.string("title", title)
    names = chosen_runs(runs)
    size = arguments.number("megabytes", megabytes, 0.7)
    live = _is_callback(what)
    if not live and not isinstance(what, str | os.PathLike):
        raise TypeError(f"what must be an IGCallback or a log directory. Received what={arguments.shown(what)}.")
    of: Any = what
    place = of.log_dir if live else os.fspath(of)
    output = _output(height, place)
    shown = _Shown(place, output, title=title, runs=names, megabytes=size)
    found = shown.draw()
    if live:
        of._training.watchers.append(shown.follow)
        if not found:
            output.waits()
    elif not found:
        raise nothing_logged(place)


class _Shown:
    """A log that is shown, and when it was drawn."""

    def __init__(self, place: str, output: Any, **options: Any) -> None:
        self._place, self._output, self._options = place, output, options
        self._log: ServedLog | None = None
        self._identity = uuid.uuid4().hex
        self._until = 0.0

    def draw(self) -> bool:
        """Draws what was logged by now; False where that is nothing."""
        began = time.monotonic()
        if self._log is None:
            self._log = ServedLog(self._place)
        else:
            self._log.read()
        found = self._log.has_records()
        if found:
            self._output.page(of_log(self._log, name_of(self._place), identity=self._identity, **self._options))
        ended = time.monotonic()
        self._until = ended + max(_LEAST_SECONDS, (ended - began) * (1 / _SHARE - 1)) if found else ended
        return found

    def follow(self, ended: bool) -> None:
        """Draws again where that is due; at a training's end always."""
        if ended or time.monotonic() >= self._until:
            self.draw()


class _Notebook:
    """The output of a cell, which is replaced."""

    def __init__(self, height: int, place: str) -> None:
        self._height, self._place = height, place
        self._handle: Any = None

    def page(self, text: str) -> None:
        # In an attribute in quotes, nothing else has a meaning of its own.
        quoted = text.replace("&", "&amp;").replace('"', "&quot;")
        self._put(_FRAME.format(page=quoted, height=self._height))

    def waits(self) -> None:
        self._put(_WAITS.format(place=html.escape(self._place)))

    def _put(self, content: str) -> None:
        from IPython import display

        draw: Any = display.display
        # As a bundle, for IPython's own HTML warns of frames.
        bundle = {"text/html": content, "text/plain": "Attributions"}
        if self._handle is None:
            self._handle = draw(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


class _File:
    """A file in the working directory, of which is told once."""

    def __init__(self) -> None:
        self._path = os.path.abspath(NAME)
        self._told = ""

    def page(self, text: str) -> None:
        write(self._path, text)
        self._tell(f"kerasig: open {self._path} in a browser. It is written anew as a training goes on.")

    def waits(self) -> None:
        self._tell(f"kerasig: {self._path} is written as soon as there is a record.")

    def _tell(self, sentence: str) -> None:
        if sentence != self._told:
            print(sentence, flush=True)
        self._told = sentence


def _output(height: int, place: str) -> _Notebook | _File:
    """Where pages go: a cell's output where a notebook is around this process, which has imported IPython then."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    # IPython in a terminal draws nothing.
    return _Notebook(height, place) if hasattr(shell, "kernel") else _File()


def _is_callback(what: Any) -> bool:
    """Whether something is an IGCallback, without importing it."""
    return any((base.__module__, base.__qualname__) == ("kerasig", "IGCallback") for base in type(what).__mro__)


# As users import it.
show.__module__ = "kerasig"

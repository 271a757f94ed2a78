"""A bar on a terminal or in a notebook while a long explanation goes on."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

# Seconds before a bar that nobody asked for is shown: most explanations are over by then.
PATIENCE = 2.0


@contextlib.contextmanager
def told(
    progress: bool | None, total: int | None, unit: str = "path", done: int = 0
) -> Iterator[Callable[[int], None] | None]:
    """Inside the block, a function to call with numbers of paths that are finished; None where nobody looks.

    Args:
        progress: True for a bar from the beginning, False for none, None for one after some seconds, where it is seen.
        total: how many paths there are, None where only the end tells.
        unit: what is counted in place of paths.
        done: how many are finished already.
    """
    if progress is False or (progress is None and not (_is_seen() and find_spec("tqdm"))):
        yield None
        return
    with _bar(total, 0.0 if progress else PATIENCE, unit, done) as update:
        yield update


def _is_seen() -> bool:
    """Whether somebody looks at this process: at a terminal, or in a notebook."""
    return sys.stderr is not None and (sys.stderr.isatty() or _in_notebook())


def _in_notebook() -> bool:
    """Whether this process is a notebook's; that one of Jupyter's packages was imported does not tell."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


@contextlib.contextmanager
def _bar(total: int | None, delay: float, unit: str, done: int) -> Iterator[Callable[[int], None]]:
    if find_spec("tqdm"):
        described = {"desc": "explaining", "unit": f" {unit}s", "delay": delay, "leave": delay == 0}
        with _tqdm()(total=total, initial=done, **described) as bar:
            yield bar.update
        return
    yield _keras_bar(total, unit, done)


def _tqdm() -> Any:
    """The bar of a notebook that has widgets, or that of a terminal: tqdm's own choice warns where there are none."""
    if _in_notebook() and find_spec("ipywidgets"):
        from tqdm.notebook import tqdm as notebook_bar

        return notebook_bar
    from tqdm import tqdm

    return tqdm


def _keras_bar(total: int | None, unit: str, done: int) -> Callable[[int], Any]:
    import keras

    bar = keras.utils.Progbar(total, unit_name=unit)
    if done:
        bar.add(done)
    return bar.add

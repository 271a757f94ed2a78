"""Titles of figures: which example and scalar it shows, and how large the error is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape
from typing import Any

import numpy as np

from kerasig import _arguments as arguments
from kerasig._attribution.data import AttributionData
from kerasig._types import Names


def title(
    attribution: AttributionData,
    probe: int,
    names: Names | None = None,
    class_names: Names | None = None,
) -> str:
    """Two lines for Plotly: the example, its target and score; residual, map error, gradients and convergence.

    Raises:
        ValueError: `names` are not one per example.
    """
    errors = [
        f"residual {share(attribution.residual[probe])}",
        f"map error {share(attribution.map_error[probe])}",
        f"{attribution.n_evaluations[probe]} gradients",
        "converged" if attribution.converged[probe] else _not_converged(attribution, probe),
    ]
    return f"{explained(attribution, probe, names, class_names)}<br><sup>{' · '.join(errors)}</sup>"


def caption(
    attribution: AttributionData,
    probe: int,
    names: Names | None = None,
    class_names: Names | None = None,
) -> str:
    """One line for Plotly: the example, its target and score, and where its error is too large, that it is.

    Raises:
        ValueError: `names` are not one per example.
    """
    example = explained(attribution, probe, names, class_names)
    return example if attribution.converged[probe] else f"{example} · {_NOT_CONVERGED}"


_NOT_CONVERGED = "<b>not converged</b>"


def _not_converged(attribution: AttributionData, probe: int) -> str:
    """That an example's error is too large, and why."""
    reason = str(attribution.status[probe])
    return _NOT_CONVERGED + ("" if reason == "converged" else f": {escape(reason, quote=False)}")


def explained(attribution: AttributionData, probe: int, names: Names | None, class_names: Names | None) -> str:
    """The example, its target and score, as text in a page.

    Raises:
        ValueError: `names` are not one per example.
    """
    called = None if names is None else arguments.texts("names", names, len(attribution))
    classes = None if class_names is None else arguments.texts("class_names", class_names)
    start, end = attribution.baseline_score[probe], attribution.score[probe]
    what = [
        f"example {probe}" if called is None else called[probe],
        _target(attribution.target, probe, classes),
        f"score {end:.4g}, {start:.4g} at the baseline",
    ]
    return escape(" · ".join(filter(None, what)), quote=False)


def _target(target: Any, probe: int, class_names: Sequence[str] | None) -> str:
    if target is None:
        return ""
    if isinstance(target, dict) and "output" in target:
        inner = _target(target.get("target"), probe, class_names)
        return f"output {target['output']}" + (f", {inner}" if inner else "")
    if isinstance(target, tuple):
        return f"target ({', '.join(str(np.asarray(part)[probe]) for part in target)})"
    if isinstance(target, np.ndarray) and target.ndim == 1 and target.dtype.kind in "iu":
        index = int(target[probe])
        if class_names is not None and 0 <= index < len(class_names):
            return f"class {class_names[index]}"
        return f"class {index}" if index >= 0 else ""
    return f"target {target}"


def share(part: float) -> str:
    """A share in percent, in words where there is none."""
    if np.isnan(part):
        return "unknown"
    return "below 0.001%" if 0 < part < 1e-5 else f"{100 * float(part):.2g}%"


def _seen(markup: str) -> int:
    """How many letters are seen of Plotly's markup."""
    return len(unescape(re.sub(r"</?\w+>", "", markup)))


def broken(heading: str, width: int) -> list[str]:
    """The parts of a heading in lines of at most so many pixels, where that can be.

    Args:
        heading: with Plotly's markup.
        width: of what it stands over.
    """
    lines: list[str] = []
    for part in heading.split(" · "):
        # A letter is about half as wide as it is high.
        if lines and _seen(lines[-1]) + 3 + _seen(part) <= width / 6.2:
            lines[-1] += f" · {part}"
        else:
            lines.append(part)
    return lines

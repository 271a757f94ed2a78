"""An attribution as static HTML, for notebooks: no scripts, no style sheet, readable on light and on dark."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerasig._attribution.data import AttributionData
from kerasig._status import STATUSES
from kerasig.plot._drawn import attributed_leaves
from kerasig.plot._figures import scales
from kerasig.plot._html_panels import escaped, legend, markup
from kerasig.plot._image_panel import ImagePanel
from kerasig.plot._panels import Captions, Panel
from kerasig.plot._panels_of_kinds import panels_of
from kerasig.plot._titles import explained, share

# Examples that are drawn: pictures stand beside each other, the others below.
_PICTURES, _OTHERS = 8, 4
_WARNING = "rgb(216, 75, 0)"


def html(attribution: AttributionData, *, pictures: int = _PICTURES, others: int = _OTHERS) -> str:
    """The first examples drawn by their kind, each with its error in words, and the repr under them.

    Args:
        attribution: of which examples are drawn.
        pictures: how many, where they stand beside each other.
        others: how many, where each needs a line of its own.
    """
    n = len(attribution)
    drawn = list(attributed_leaves(attribution, "auto", False)) if n else []
    shown: list[list[Panel]] = []
    most = others
    for probe in range(min(n, pictures)):
        if probe >= most:
            break
        shown.append(panels_of(drawn, Captions(probe)))
        most = pictures if len(shown[0]) == 1 and _is_narrow(shown[0]) else others
    ends = scales(shown) if shown else ()
    cards = [_card(attribution, probe, panels, [scale.end for scale in ends]) for probe, panels in enumerate(shown)]
    more = f"<div>and {n - len(cards)} more; attribution[{len(cards)}:] shows the next.</div>" if n > len(cards) else ""
    heading = f"<b>Attribution of {n} example{'' if n == 1 else 's'}</b>{_trust(attribution)}"
    return (
        '<div style="font: 13px/1.45 system-ui, sans-serif; max-width: 960px">'
        f"<div>{heading}{legend() if cards else ''}</div>"
        f'<div style="display: flex; flex-wrap: wrap; gap: 14px 22px; margin: 10px 0">{"".join(cards)}</div>{more}'
        '<pre style="font-size: 12px; line-height: 1.4; white-space: pre-wrap; margin: 8px 0 0; color: inherit; '
        f'background: none">{escaped(repr(attribution))}</pre></div>'
    )


def _trust(attribution: AttributionData) -> str:
    """How many examples are within tolerance, and why the others are not."""
    n, within = len(attribution), int(attribution.converged.sum())
    if not n:
        return ""
    if within == n:
        return " · all within tolerance" if n > 1 else " · within tolerance"
    counts = [(reason, int(np.sum(~attribution.converged & (attribution.status == reason)))) for reason in STATUSES]
    reasons = ", ".join(f"{count} {reason}" for reason, count in counts if count and reason != "converged")
    return f' · {within} within tolerance, <b style="color: {_WARNING}">{n - within} not</b>' + (
        f": {escaped(reasons)}" if reasons else ""
    )


def _is_narrow(panels: Sequence[Panel]) -> bool:
    """Whether an example is pictures alone, which stand beside those of others."""
    return all(isinstance(panel, ImagePanel) for panel in panels)


def _card(attribution: AttributionData, probe: int, panels: Sequence[Panel], ends: Sequence[float]) -> str:
    heading = explained(attribution, probe, None, None)
    said = (
        f'<div style="overflow-wrap: anywhere">{heading}</div>'
        f'<div style="font-size: 12px; margin-bottom: 4px">{_error(attribution, probe)}</div>'
    )
    # Which leaf a panel shows is worth a line only where there are several.
    titles = [panel.title if len(panels) > 1 else None for panel in panels]
    drawn = [markup(panel, title, ends[panel.has_lengths]) for panel, title in zip(panels, titles, strict=True)]
    shown = "".join(drawn)
    # Pictures stand beside each other, in one line however much is said of each.
    if _is_narrow(panels):
        return f'<div style="width: 208px">{shown}{said}</div>'
    return f'<div style="flex: 1 1 100%; min-width: 0">{said}{shown}</div>'


def _error(attribution: AttributionData, probe: int) -> str:
    """The error of one example in words."""
    residual, map_error = attribution.residual[probe], attribution.map_error[probe]
    sum_off = (
        f"The sum is {share(residual)} off the score's change"
        if np.isfinite(residual)
        else "The sum's error is unknown"
    )
    map_off = f"the map about {share(map_error)} off" if np.isfinite(map_error) else "the map's error is unknown"
    words = f'<span style="opacity: 0.75">{sum_off}, {map_off}.</span>'
    if attribution.converged[probe]:
        return words
    reason = str(attribution.status[probe])
    why = "" if reason == "converged" else f": {escaped(reason)}"
    return f'<b style="color: {_WARNING}">Not converged{why}.</b> {words}'

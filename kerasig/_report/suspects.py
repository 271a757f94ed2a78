"""The report of suspects: where each lies in the mean map of its group, what transplants did, and all numbers."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from kerasig._report.still import still
from kerasig._report.subjects import refuse_runs
from kerasig._suspects.report import Suspects
from kerasig._suspects.suspect import Candidate
from kerasig.plot._png import data_uri

_MOST, _CLOSEST = 24, 3
_SIZE = (126, 59, 208)


def of_suspects(what: Suspects, *, title: str | None, runs: list[str] | None, megabytes: float) -> str:
    """The file of suspects; where none stands clear, of those that came closest."""
    refuse_runs(runs)
    shown = list(what)[:_MOST] or list(what.candidates)[:_CLOSEST]
    heading = "Where each lies" if len(what) else "The closest, which do not stand clear"
    cards = f'<h2>{heading}</h2><div class="suspects">{"".join(map(_card, shown))}</div>' if shown else ""
    said = [f"{what.audit_size:,} examples, {what.looked:,} places looked at"]
    said += [] if what.step is None else [f"step {what.step:,}"]
    return still(title or "Suspects", said, f'<div class="wide">{what._repr_html_()}</div>{cards}')


def _card(suspect: Candidate) -> str:
    bars = {
        "put into others: rise": suspect.rise.mean,
        "replaced in its own: fall": suspect.fall.mean,
        "matched places": suspect.matched.mean() if len(suspect.matched) else np.nan,
    }
    drawn = "".join(_bar(name, float(value)) for name, value in bars.items() if np.isfinite(value))
    told = f"<p>{escape(f'{suspect.group}: {suspect.name}')}</p>"
    return f'<div class="suspect">{told}{_map(suspect)}<p>Shares of the class\'s lead:</p>{drawn}</div>'


def _bar(name: str, value: float) -> str:
    width = min(1.0, max(0.0, value))
    bar = f'<span><i style="display: block; width: {100 * width:.1f}%"></i></span>'
    return f'<div class="bar"><span>{name}</span>{bar}<span>{value:.0%}</span></div>'


def _map(suspect: Candidate) -> str:
    """The mean map of a group where it is a picture, with the place outlined."""
    shares = suspect.mean_map
    if shares is None or shares.ndim != 2 or not shares.size:
        return ""
    largest = float(np.nanmax(shares)) or 1.0
    sizes = np.clip(np.nan_to_num(shares) / largest, 0, 1)[..., None]
    # From white to the colour of sizes without a sign.
    picture = data_uri(np.rint(255 + (np.array(_SIZE) - 255) * sizes).astype(np.uint8))
    alt = escape(f"Mean map of {suspect.group}", quote=True)
    return f'<div class="map"><img src="{picture}" alt="{alt}">{_outline(suspect.region, shares.shape)}</div>'


def _outline(region: NDArray[np.bool_] | None, shape: tuple[int, ...]) -> str:
    """The box around a region, over a picture."""
    if region is None or region.shape != shape or not region.any():
        return ""
    rows, columns = np.flatnonzero(region.any(axis=1)), np.flatnonzero(region.any(axis=0))
    sides = {
        "top": rows[0] / shape[0],
        "height": (rows[-1] + 1 - rows[0]) / shape[0],
        "left": columns[0] / shape[1],
        "width": (columns[-1] + 1 - columns[0]) / shape[1],
    }
    return f'<i style="{"; ".join(f"{side}: {100 * share:.2f}%" for side, share in sides.items())}"></i>'

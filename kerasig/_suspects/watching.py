"""The line of code that watches a suspect's region from now on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kerasig._suspects.boxes import Box, bounds_of, size_of

if TYPE_CHECKING:
    from kerasig._suspects.suspect import Candidate

# Positions that a line of code lists one by one, at most.
_LISTED = 64
# Examples that are followed, at most: those that show the suspect best.
_FOLLOWED = 8


def watch_line(suspect: Candidate) -> str | None:
    """Python that makes probes of the audit's examples with the region marked, and an alarm on it.

    It needs numpy as `np`, `kerasig`, and the audit as `audit`. None where there is no region to mark.

    The alarm's lift is half of what the suspect has now, so that it fires where the network still looks there.
    """
    region = suspect.region
    rows = (suspect.examples if len(suspect.examples) else suspect.members)[:_FOLLOWED].tolist()
    if region is not None and suspect.mean_map is not None and region.ndim > suspect.mean_map.ndim:
        rows = suspect.members[:_FOLLOWED].tolist()  # Another region in each of them.
        region = region[: len(rows)]
    if not rows or region is None or not region.any() or region.all() or (marked := _marked(region)) is None:
        return None
    name = json.dumps(f"{suspect.group}: {suspect.name}", ensure_ascii=False)
    lift = suspect.share.mean / float(region.mean())
    above = f"{max(1.5, lift / 2):.2g}" if np.isfinite(lift) else "2"
    mask = "mask" if suspect.leaf == "inputs" else f"{{{json.dumps(suspect.leaf, ensure_ascii=False)}: mask}}"
    return (
        f"mask = np.zeros({region.shape}, bool); {marked}; "
        f"probes = audit.take({rows}, regions={{{name}: {mask}}}); "
        f"alarms = [kerasig.alarms.RegionLift({name}, above={above})]"
    )


def box_of(region: NDArray[np.bool_]) -> Box | None:
    """Start and end along each axis of a region that is a box; None for any other."""
    box = bounds_of(region)
    return box if box is not None and int(region.sum()) == size_of(box) else None


def _marked(region: NDArray[np.bool_]) -> str | None:
    """Python that sets a mask of zeros to the region."""
    if (box := box_of(region)) is not None:
        return f"mask[{', '.join(f'{start}:{stop}' for start, stop in box)}] = True"
    flat = np.flatnonzero(region).tolist()
    return f"mask.flat[{flat}] = True" if len(flat) <= _LISTED else None

"""Which suspects are right, and a table of how often."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from shortcut_plants import Truth

OVERLAP = 0.5  # of the smaller of the two, the suspect's region and where marks lie
EVERYWHERE = 0.5  # of the positions: where marks lie in more than this share, a region says nothing


def is_right(suspect: Any, truth: Truth) -> bool:
    """Whether a suspect names the shortcut.

    By its name, of words, features and coordinates; by its region, where half of the smaller of the two, the region and
    where its examples' marks lie, is in the other: of a group without marks, all marks. Where each example has a region
    of its own, it is the average over those with marks that counts.

    Args:
        suspect: a `kerasig` suspect or a rival's.
        truth: of the audit.
    """
    name = suspect.name.lower()
    if suspect.family == "coordinate":
        return any(part in name for part in truth.coordinates)
    if any(re.search(rf"(?<!\w){re.escape(each.lower())}(?!\w)", name) for each in truth.names):
        return True
    if suspect.region is None or truth.masks is None or not truth.carried.any():
        return False
    region, members = np.asarray(suspect.region, bool), np.asarray(suspect.members)
    carrying = members[truth.carried[members]]
    if region.shape == (len(members), *truth.masks.shape[1:]):
        own = region[truth.carried[members]]
        return len(own) > 0 and bool(
            np.mean([overlap(*each) for each in zip(own, truth.masks[carrying], strict=True)]) >= OVERLAP
        )
    marks = truth.masks[carrying if len(carrying) else truth.carried].any(axis=0)
    if region.size != marks.size or marks.mean() > EVERYWHERE:
        return False
    return overlap(region.reshape(marks.shape), marks) >= OVERLAP


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """The share of the smaller of two masks that is in the other."""
    return float((one & other).sum() / max(min(one.sum(), other.sum()), 1))


def rank(suspects: Sequence[Any], truth: Truth) -> int | None:
    """The place of the first right one, from 1; None where none is right."""
    return next((at for at, each in enumerate(suspects, 1) if is_right(each, truth)), None)


def wilson(count: int, n: int) -> tuple[float, float]:
    """The interval of a share at a confidence of 95% (Wilson 1927)."""
    if n == 0:
        return 0.0, 1.0
    z, share = 1.96, count / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def share(found: Sequence[bool]) -> str:
    """How many, of how many, and the interval."""
    low, high = wilson(sum(found), len(found))
    return f"{sum(found)} of {len(found)} ({low:.0%} to {high:.0%})" if found else ""


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

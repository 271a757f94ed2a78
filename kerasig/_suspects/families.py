"""All families of places. A new one is one line here."""

from __future__ import annotations

from kerasig._suspects.components import Contrasts, Means
from kerasig._suspects.features import Features, MissingFlags
from kerasig._suspects.moving import MovingWindows
from kerasig._suspects.nodes import NodeFamily
from kerasig._suspects.parts import Parts
from kerasig._suspects.place import Family
from kerasig._suspects.windows import Windows
from kerasig._suspects.words import Words

FAMILIES: tuple[type[Family], ...] = (
    Windows,
    MovingWindows,
    Parts,
    Words,
    Features,
    MissingFlags,
    NodeFamily,
    Means,
    Contrasts,
)

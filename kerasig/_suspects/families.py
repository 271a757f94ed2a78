"""All families of places. A new one is one line here."""

from __future__ import annotations

from kerasig._suspects.place import Family
from kerasig._suspects.windows import Windows

FAMILIES: tuple[type[Family], ...] = (Windows,)

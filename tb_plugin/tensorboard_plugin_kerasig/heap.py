"""Freed memory goes back to the system: glibc keeps what thousands of small objects leave behind, and grows by it."""

import ctypes
from collections.abc import Callable


def _find() -> Callable[[int], int] | None:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # Another C library, or Windows, which does so by itself.
        return None


_malloc_trim = _find()


def trim() -> None:
    """Returns free pages to the system, where the C library can be asked to."""
    if _malloc_trim is not None:
        _malloc_trim(0)

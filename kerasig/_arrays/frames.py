"""Frames, as pandas, polars and pyarrow have them: columns with names, each with a dtype of its own."""

from __future__ import annotations

from collections import Counter
from typing import Any


def columns(value: Any) -> list[tuple[Any, Any]] | None:
    """Name and column of each column of a frame, in its order; None where something is no frame."""
    kind = type(value)  # A Series has whatever its labels say.
    if hasattr(kind, "iloc") and hasattr(kind, "columns"):
        return [(name, value.iloc[:, place]) for place, name in enumerate(value.columns)]
    if hasattr(kind, "column_names") and hasattr(kind, "column"):
        return [(name, value.column(place)) for place, name in enumerate(value.column_names)]
    if hasattr(kind, "columns") and hasattr(kind, "get_column"):
        return list(zip(value.columns, value.get_columns(), strict=True))
    return None


def is_frame(value: Any) -> bool:
    """Whether something is a frame."""
    return columns(value) is not None


def column_names(value: Any) -> tuple[str, ...] | None:
    """Distinct names of a frame's columns; None where something is no frame, or numbers its columns."""
    found = columns(value)
    if not found or all(isinstance(name, int) for name, _ in found):
        return None
    names = ["/".join(map(str, name)) if isinstance(name, tuple) else str(name) for name, _ in found]
    counts, seen = Counter(names), Counter[str]()
    for place, name in enumerate(names):
        seen[name] += 1
        names[place] = f"{name} #{seen[name]}" if counts[name] > 1 else name
    return tuple(names) if len(set(names)) == len(names) else None


def is_category(column: Any) -> bool:
    """Whether a column's values stand for categories, also where they are numbers."""
    return hasattr(getattr(column, "dtype", None), "categories")


def missing(value: Any) -> int:
    """How many entries of a column have no value, where its library knows that apart from NaN."""
    count = getattr(value, "null_count", 0)
    if callable(count):
        count = count()
    if isinstance(count, int) and count:
        return count
    of_extension = hasattr(getattr(value, "dtype", None), "na_value")
    return int(value.isna().sum()) if of_extension and hasattr(value, "isna") else 0

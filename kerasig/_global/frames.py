"""A global attribution as tables of pandas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasig._global.averages import Averages
from kerasig._global.measured import Measured

if TYPE_CHECKING:
    from pandas import DataFrame

    from kerasig._global.result import GlobalAttribution

BY = ("feature", "class", "slice", "word", "quantile", "pair")
Columns = dict[str, Any]


def frame(found: GlobalAttribution, by: str) -> DataFrame:
    """A table of one part.

    Raises:
        ImportError: pandas is not installed.
        ValueError: there is no such part.
    """
    try:
        import pandas
    except ImportError:
        raise ImportError("to_dataframe needs pandas. Run: pip install pandas") from None
    if by in ("class", "slice"):
        columns = _grouped(found.by_class if by == "class" else found.slices, by)
    else:
        columns = {"feature": _features, "word": _words, "quantile": _quantiles, "pair": _pairs}[by](found)
    if columns is None:
        remedy = "Attribute to the layer after the ids, with layer=" if by == "word" else "Ask for it with reduce="
        raise ValueError(
            f"by must be a part that was computed. Received by={by!r}, which is not. {remedy} of explain_dataset."
        )
    return pandas.DataFrame(columns)


def _measured(name: str, measured: Measured) -> Columns:
    return {
        name: measured.value,
        f"{name}_error": measured.error,
        f"{name}_integration": measured.integration,
        f"{name}_limit": measured.limit,
    }


def _three(averages: Averages) -> Columns:
    return _measured("size", averages.size) | _measured("mean", averages.mean) | _measured("share", averages.share)


def _features(found: GlobalAttribution) -> Columns:
    columns: Columns = {"feature": list(found.names)}
    columns |= _three(found.all)
    if (leading := found.leading) is not None:
        columns |= {"leads": leading.share, "leads_error": leading.error, "leads_unsure": leading.unsure}
    return columns


def _grouped(groups: Mapping[str, Averages], by: str) -> Columns | None:
    if not groups:
        return None
    columns: Columns = {by: [], "feature": [], "rows": []}
    parts: dict[str, list[Any]] = {}
    for name, each in groups.items():
        columns[by] += [name] * len(each.names)
        columns["feature"] += each.names
        columns["rows"] += [each.n] * len(each.names)
        for part, values in _three(each).items():
            parts.setdefault(part, []).append(values)
    return columns | {part: np.concatenate(values) for part, values in parts.items()}


def _words(found: GlobalAttribution) -> Columns | None:
    if not found.words:
        return None
    columns: Columns = {"place": [], "word": []}
    parts: dict[str, list[Any]] = {}
    for place, words in found.words.items():
        columns["place"] += [place] * len(words)
        columns["word"] += words.words
        counts: Columns = {"rows": words.rows, "occurrences": words.occurrences}
        for part, values in (counts | _measured("size", words.size) | _measured("mean", words.mean)).items():
            parts.setdefault(part, []).append(values)
    return columns | {part: np.concatenate(values) for part, values in parts.items()}


def _quantiles(found: GlobalAttribution) -> Columns | None:
    if (own := found.quantiles) is None:
        return None
    count = len(found.names)
    return {
        "feature": list(found.names) * len(own.shares),
        "share": np.repeat(own.shares, count),
        "value": own.value.ravel(),
        "error": own.error.ravel(),
        "integration": np.tile(own.integration, len(own.shares)),
        "rounding": own.rounding * np.abs(own.value.ravel()),
    }


def _pairs(found: GlobalAttribution) -> Columns | None:
    if (own := found.pairs) is None:
        return None
    first, second = np.triu_indices(len(found.names), 1)
    return {
        "first": [found.names[at] for at in first.tolist()],
        "second": [found.names[at] for at in second.tolist()],
        "correlation": own.correlation[first, second],
        "error": own.error[first, second],
        "integration": own.integration[first, second],
    }

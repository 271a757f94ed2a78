"""An `Attribution` as a table of pandas: its features where it has columns, else what is known of each example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig._attribution.data import AttributionData
from kerasig._attribution.fields import PER_EXAMPLE
from kerasig._types import Names
from kerasig.probes._matching import matching

if TYPE_CHECKING:
    from pandas import DataFrame

Columns = dict[str, NDArray[Any]]


def frame(
    attribution: AttributionData, feature_names: Names | None, names: Names | None, probes: Any = None
) -> DataFrame:
    """A row for each example.

    Args:
        attribution: of N examples.
        feature_names: of the features, in the order of `values`; None for those that the leaves suggest.
        names: of the examples, for the index; None for their numbers.
        probes: the ProbeSet whose names stand in for those that are None, where they fit; or None.

    Raises:
        ImportError: pandas is not installed.
        ValueError: `probes` is no such set, or names do not fit.
    """
    try:
        import pandas
    except ImportError:
        raise ImportError("to_dataframe needs pandas. Run: pip install pandas") from None
    known = matching(probes, len(attribution))
    if known is not None and names is None:
        names = known.names
    called = None if names is None else arguments.texts("names", names, len(attribution))
    columns = _features(attribution, feature_names)
    of_set = known.feature_names if known is not None and feature_names is None else None
    # Those of a set may be of one leaf of several, or of inputs where a layer is attributed to, or other coordinates.
    elsewhere = attribution.layer is not None or attribution.coordinates is not None
    if columns is not None and of_set is not None and len(of_set) == len(columns) and not elsewhere:
        columns = dict(zip(of_set, columns.values(), strict=True))
    if columns is None:
        if feature_names is not None:
            raise ValueError(
                "feature_names must come with values that have features, [N] or [N, F]. Received them for "
                f"{nest.map_structure(np.shape, attribution.values)}. Leave them out."
            )
        columns = _summary(attribution)
    index = pandas.RangeIndex(len(attribution), name="example") if called is None else pandas.Index(called, name="name")
    return pandas.DataFrame(columns, index=index)


def _features(attribution: AttributionData, feature_names: Names | None) -> Columns | None:
    """Attributions of each feature [N], by name; None where something else than features is attributed to."""
    leaves = [(name, leaf) for name, leaf in _named_leaves(attribution) if leaf is not None]
    if any(leaf.ndim > 2 for _, leaf in leaves):
        return None
    found, own = list[NDArray[Any]](), list[str]()
    coordinates = attribution.coordinates
    grouped = {} if coordinates is None else dict(_named_leaves(attribution, coordinates))
    for name, leaf in leaves:
        columns = leaf if leaf.ndim == 2 else leaf[:, None]
        found += list(columns.T)
        if (groups := grouped.get(name)) is not None:
            own += groups.tolist() if len(leaves) == 1 else [f"{name} {group}" for group in groups]
            continue
        own += [name] if columns.shape[1] == 1 else [f"{name} {place}" for place in range(columns.shape[1])]
    if feature_names is not None:
        own = arguments.texts("feature_names", feature_names, len(found), of="feature")
    if len(set(own)) < len(own):
        twice = sorted({name for name in own if own.count(name) > 1})
        raise ValueError(f"feature_names must be distinct. Received {twice} more than once.")
    return dict(zip(own, found, strict=True))


def _named_leaves(attribution: AttributionData, of: Any = None) -> list[tuple[str, NDArray[Any] | None]]:
    """Name and values, or what `of` has in their place, of each leaf, after the layer that it is of."""
    values = attribution.values if of is None else of
    if not isinstance(attribution.layer, list):
        names = nest.names(values, lone=attribution.layer or "feature")
        return list(zip(names, nest.flatten(values), strict=True))
    found = []
    for layer, entry in zip(attribution.layer, values, strict=True):
        names = [f"{layer or 'inputs'}/{part}".rstrip("/") for part in nest.names(entry, lone="")]
        found += list(zip(names, nest.flatten(entry), strict=True))
    return found


def _summary(attribution: AttributionData) -> Columns:
    columns: Columns = {name: getattr(attribution, name) for name in PER_EXAMPLE}
    columns |= _targets(attribution.target, len(attribution))
    return columns if attribution.predicted is None else columns | {"predicted": attribution.predicted}


def _targets(target: Any, n: int) -> Columns:
    """A column for each index of the target, or its description beside every example."""
    if target is None:
        return {}
    if isinstance(target, dict) and "output" in target:
        of_output = np.full(n, str(target["output"]), object)
        return {"output": of_output} | _targets(target.get("target"), n)
    parts = target if isinstance(target, tuple) else (target,)
    names = ["target"] if len(parts) == 1 else [f"target {place}" for place in range(len(parts))]
    return {
        name: part if np.ndim(part) == 1 else np.full(n, str(part), object)
        for name, part in zip(names, parts, strict=True)
    }

"""Arguments that fit `ProbeSet` and the alarms, for the fuzzer to replace some of."""

from typing import Any

import numpy as np

from kerasig import alarms
from kerasig.probes import ProbeSet

TABLE = np.arange(12, dtype=np.float32).reshape(3, 4)
IDS = np.tile(np.arange(4), (3, 1))
COMMON = {"names": ["a", "b", "c"], "groups": ["x", "y", "x"], "title": "set", "target": "auto"}


def _table() -> dict[str, Any]:
    regions = {"tag": np.eye(3, 4, dtype=bool), "few": ["age", "size"]}
    features = {"feature_names": ["age", "size", "height", "town"], "regions": regions}
    return {
        "inputs": TABLE,
        "labels": [0, 1, 2],
        "class_names": ["x", "y", "z"],
        "kind": "tabular",
        **features,
        **COMMON,
    }


def _tokens() -> dict[str, Any]:
    tokens = [["how", "many"], ["who"], ["when", "was", "it"]]
    return {"inputs": IDS, "labels": [0, 1, 0], "kind": "tokens", "tokens": tokens, "regions": {"w": ["who"]}, **COMMON}


def _graph() -> dict[str, Any]:
    edges = [[[0, 1], [1, 2]], [[0, 3]], []]
    return {"inputs": {"nodes": np.ones((3, 4, 2), np.float32)}, "kind": "graph", "edges": edges, "target": 0}


def _series() -> dict[str, Any]:
    series = np.zeros((3, 12, 2), np.float32)
    return {"inputs": series, "kind": "series", "rate": 250.0, "feature_names": ["lead I", "lead II"], **COMMON}


WATCH = {"patience": 2, "action": print, "stop": False, "title": "set"}
PROBES = {
    "drift": (alarms.Drift, lambda: {"above": 0.5, "against": "first", **WATCH}),
    "from_dataset": (ProbeSet.from_dataset, lambda: {"dataset": (TABLE, np.arange(3)), "n": 2, "title": "set"}),
    "graph": (ProbeSet, _graph),
    "reading": (
        alarms.Reading,
        lambda: {"metric": "m", "value": 0.5, "threshold": 1.0, "noise": 0.1, "sentence": "It is."},
    ),
    "region_lift": (alarms.RegionLift, lambda: {"region": "tag", "above": 5.0, **WATCH}),
    "series": (ProbeSet, _series),
    "table": (ProbeSet, _table),
    "tokens": (ProbeSet, _tokens),
    "untrusted": (alarms.Untrusted, lambda: {"above": 0.5, **WATCH}),
}
METHODS = {
    "positions": (ProbeSet(**_table()).positions, lambda: {"values": TABLE, "leaf": "inputs"}),
    "region_mask": (
        ProbeSet(**_table()).region_mask,
        lambda: {"name": "tag", "leaf": "inputs", "shape": (3, 4)},
    ),
    "spread": (
        ProbeSet(**_table()).spread,
        lambda: {"positions": TABLE, "shape": (3, 4), "leaf": "inputs"},
    ),
}

"""Arguments that fit each function of `kerasig.plot`, for the fuzzer to replace some of."""

from typing import Any

import numpy as np

from kerasig import plot
from kerasig.attribution import Attribution, InteriorGradients, PathProfile
from kerasig.steps import Adaptive

N = 3
RNG = np.random.default_rng(0)


def attribution_of(inputs: Any, values: Any = None, **fields: Any) -> Attribution:
    """An Attribution of `inputs`; no model is needed to draw one."""
    one = np.ones(N, np.float32)
    alphas = np.tile([0.0, 1.0, np.nan], (N, 1)).astype(np.float32)
    defaults = {
        **{"values": inputs if values is None else values, "inputs": inputs, "baselines": np.zeros_like(inputs)},
        **{"score": one, "baseline_score": 0 * one, "delta": 0 * one, "residual": 0 * one, "map_error": 0 * one},
        **{"converged": np.array([True, True, False]), "status": np.array(["converged"] * 2 + ["out of steps"])},
        **{"n_evaluations": np.array([9, 17, 512]), "path": PathProfile(alphas, alphas**2, 2 * alphas)},
        **{"rule": Adaptive(), "target": np.array([2, 0, 1])},
    }
    return Attribution(**{**defaults, **fields})


TABLE = attribution_of(RNG.normal(size=(N, 4)).astype(np.float32))
PICTURES = RNG.uniform(size=(N, 6, 5, 3)).astype(np.float32)
INTERIOR = InteriorGradients(np.array([0.1, 1.0], np.float32), np.stack([PICTURES, PICTURES], 1))
IMAGES = attribution_of(PICTURES, interior=INTERIOR)
TEXT = attribution_of(np.tile(np.arange(5), (N, 1)), RNG.normal(size=(N, 5, 4)), layer="embedding")
MOLECULES = attribution_of({"atoms": RNG.normal(size=(N, 4, 2))}, baselines=None)
GRAPH = attribution_of(RNG.normal(size=(N, 4, 2)).astype(np.float32))
SERIES = attribution_of(RNG.normal(size=(N, 9, 2)).astype(np.float32))
WORDS = [["a", "b"], ["a", "b"], ["a", "b"]]
CALLED = {"names": ["a", "b", "c"], "class_names": ["x", "y", "z"]}
SIGNED = {"picture": PICTURES[0], "values": PICTURES[1], "percentile": 90.0}

PLOTS = {
    "film_strip": (
        plot.film_strip,
        lambda: {
            "attribution": IMAGES,
            "probe": 1,
            "style": "signed_overlay",
            "percentile": 90.0,
            "side": 60,
            **CALLED,
        },
    ),
    "green_and_red": (plot.green_and_red, lambda: dict(SIGNED)),
    "highlight": (
        plot.highlight,
        lambda: {
            **{"attribution": TEXT, "examples": [0, 2], "tokens": list(WORDS), "common_scale": True, "width": 500},
            **CALLED,
        },
    ),
    "images": (
        plot.images,
        lambda: {
            **{"attribution": IMAGES, "examples": [0, 2], "styles": ["green_and_red"], "percentile": 90.0, "side": 60},
            **CALLED,
        },
    ),
    "matrix": (
        plot.matrix,
        lambda: {
            **{"attribution": TEXT, "examples": [2, 1], "tokens": list(WORDS), "names": ["a", "b", "c"]},
            **{"outlined": np.eye(N, 5, dtype=bool), "title": "links"},
        },
    ),
    "method": (
        TABLE.plot,
        lambda: {
            "examples": [0, 2],
            "kind": "tabular",
            "common_scale": True,
            "feature_names": ["a", "b", "c", "d"],
            **CALLED,
        },
    ),
    "molecules": (
        plot.molecules,
        lambda: {
            **{"attribution": MOLECULES, "structures": ["CCO", "CC#N", "[NH4+]"], "examples": [0, 1], "atoms": "atoms"},
            **{"pairs": None, "ends": None, "common_scale": True, "columns": 2, "side": 100},
            **CALLED,
        },
    ),
    "path": (plot.path, lambda: {"attribution": TABLE, "probe": 2, **CALLED}),
    "plot": (
        plot.plot,
        lambda: {"attribution": TEXT, "examples": 2, "kind": "tokens", "tokens": list(WORDS), **CALLED},
    ),
    "plot of a graph": (
        plot.plot,
        lambda: {"attribution": GRAPH, "kind": "graph", "edges": [[0, 1], [1, 2]], "common_scale": False, **CALLED},
    ),
    "plot of series": (
        plot.plot,
        lambda: {"attribution": SERIES, "kind": "series", "rate": 2.0, "feature_names": ["x", "y"], **CALLED},
    ),
    "sheet": (
        plot.sheet,
        lambda: {
            **{"pictures": [[np.zeros((2, 3, 3), np.uint8), None]], "columns": ["a", "b"], "names": ["one"]},
            **{"title": "t", "side": 50},
        },
    ),
    "signed_overlay": (plot.signed_overlay, lambda: dict(SIGNED)),
    "times_picture": (plot.times_picture, lambda: dict(SIGNED)),
}

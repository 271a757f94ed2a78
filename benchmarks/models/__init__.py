"""The models and the data that the benchmarks explain: `build("digits_cnn_relu", n=16)` gives a `Case`."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from . import digits_cnn, efficientnet_lite0, graph_conv, tabular_mlp, trec_lstm, trec_transformer
from .case import Case, Unavailable

__all__ = ["REGISTRY", "Case", "Unavailable", "build"]

REGISTRY: dict[str, Callable[..., Case]] = {
    **{
        f"efficientnet_lite0_{output}_{baseline}": partial(efficientnet_lite0.build, output=output, baseline=baseline)
        for output in ("softmax", "logits")
        for baseline in ("black", "white", "noise")
    },
    "digits_cnn_relu": partial(digits_cnn.build, activation="relu"),
    "digits_cnn_gelu": partial(digits_cnn.build, activation="gelu"),
    "trec_lstm": trec_lstm.build,
    "trec_transformer": trec_transformer.build,
    "tabular_mlp_relu": partial(tabular_mlp.build, activation="relu"),
    "tabular_mlp_tanh": partial(tabular_mlp.build, activation="tanh"),
    "graph_conv": graph_conv.build,
}


def build(name: str, n: int | None = None, *, cache: str | os.PathLike[str] | None = None) -> Case:
    """The case called `name`, trained now where no weights are kept.

    Args:
        name: a key of `REGISTRY`.
        n: how many examples; None: as many as suit the case. Where there are fewer, they are taken again.
        cache: folder for trained weights; None: KERASIG_BENCH_CACHE, or a folder for temporary files.

    Raises:
        ValueError: there is no such case.
        Unavailable: its data or a package is not there; the message says which, in one sentence.
    """
    if name not in REGISTRY:
        raise ValueError(f"name must be one of {sorted(REGISTRY)}. Received name={name!r}.")
    if n is not None and n < 1:
        raise ValueError(f"n must be positive. Received n={n}.")
    return REGISTRY[name](cache=cache) if n is None else REGISTRY[name](n, cache=cache)

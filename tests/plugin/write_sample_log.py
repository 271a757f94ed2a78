"""Writes a log as kerasig would, with TensorFlow and the plugin's schema alone: two runs, four kinds of probes.

    python tests/plugin/write_sample_log.py LOGDIR [STEPS]

The numbers are invented, so that they look like a network which learns to look at the right place.
"""

import math
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from tensorboard_plugin_kerasig import schema
from tensorflow.core.framework.summary_pb2 import SummaryMetadata

from kerasig._measures.table import BUILT_IN

ALPHAS = (0.02, 0.1, 0.3, 1.0)
STATS = (
    *("epoch", "score", "baseline_score", "delta", "residual", "map_error", "converged", "n_evaluations", "class"),
    *("predicted", "correct", "drift", "max_abs", "positive_sum", "negative_sum"),
)


def metadata(kind: str, title: str, series: str = "", names: Sequence[str] = ()) -> Any:
    """As kerasig writes it: the columns are described, wherever they are those that it has."""
    result = SummaryMetadata(data_class=schema.DATA_CLASS[kind])
    result.plugin_data.plugin_name = schema.PLUGIN_NAME
    measures = list(BUILT_IN.described(names).values()) if names else None
    result.plugin_data.content = schema.plugin_content(kind, title, series, names=names, measures=measures)
    return result


def write(writer: Any, kind: str, title: str, series: str, step: int, blobs_or_stats: Any, names: Any = ()) -> None:
    dtype = tf.float64 if kind == "stats" else tf.string
    # Keras's TensorBoard callback leaks `record_if`, which would drop most of the records.
    with writer.as_default(), tf.summary.record_if(True):
        tf.summary.write(
            schema.tag(kind, title, series),
            tf.constant(blobs_or_stats, dtype),
            step,
            metadata(kind, title, series, names),
        )
    writer.flush()


def write_inputs(writer: Any, title: str, header: dict[str, Any], leaves: Any, step: int = 0) -> None:
    full = {
        **{"labels": None, "class_names": None, "feature_names": None, "tokens": None, "edges": None, "regions": {}},
        **{"groups": None, "layer": None, "fingerprint": "0123456789abcdef"},
        **header,
    }
    full |= {"kind": "inputs", "title": title}
    write(writer, "inputs", title, "", step, schema.encode_record(full, leaves))


def write_record(
    writer: Any,
    title: str,
    step: int,
    epoch: float,
    leaf_headers: list[dict[str, Any]],
    values: list[np.ndarray],
    *,
    series: str = "",
    gradients: list[np.ndarray] | None = None,
    classes: Any = None,
    region: np.ndarray | None = None,
    alarms: Sequence[dict[str, Any]] = (),
    statuses: Sequence[str] | None = None,
    remedies: dict[str, str] | None = None,
    tolerances: dict[str, float] | None = None,
) -> None:
    """Writes the attributions of one step, their stats and, where given, the interior gradients [N, K, ...].

    Without statuses the record is as earlier versions wrote it.
    """
    rng = np.random.default_rng(step)
    n = len(values[0])
    rows = np.concatenate([np.nan_to_num(v.astype(np.float64)).reshape(n, math.prod(v.shape[1:])) for v in values], 1)
    total = rows.sum(1)
    delta = rng.normal(size=n) * 0.01
    stats = {name: np.full(n, np.nan) for name in STATS}
    stats |= {
        "epoch": np.full(n, epoch),
        "score": total - delta + 0.1,
        "baseline_score": np.full(n, 0.1),
        "delta": delta,
        "residual": np.abs(delta) / np.maximum(np.abs(total - delta), 1e-6),
        "map_error": rng.uniform(0.01, 0.07, n),
        "n_evaluations": rng.integers(17, 65, n).astype(float),
        "drift": rng.uniform(0, 1, n) / (1 + step / 50) if step else np.full(n, np.nan),
        "class": np.full(n, np.nan) if classes is None else np.asarray(classes, float),
        "max_abs": np.abs(rows).max(1),
        "positive_sum": rows.clip(0).sum(1),
        "negative_sum": rows.clip(max=0).sum(1),
    }
    if classes is not None:
        wrong = rng.random(n) < 0.9 / (1 + step / 20)
        stats["predicted"] = np.where(wrong, (np.asarray(classes) + 1) % 10, classes).astype(float)
        stats["correct"] = (~wrong).astype(float)
    stats["converged"] = ((stats["residual"] < 0.01) & (stats["map_error"] < 0.05)).astype(float)
    if statuses is not None:
        stats["converged"] = np.array([status == "converged" for status in statuses], float)
    names = list(STATS)
    if region is not None:
        inside = np.abs(values[0] * region).reshape(n, -1).sum(1)
        stats["region/tag"] = inside / np.maximum(np.abs(rows).sum(1), 1e-30)
        names.append("region/tag")
    stats["alarms"] = np.full(n, float(len(alarms)))
    integers = {"classes": classes, "predicted": None if classes is None else stats["predicted"].astype(int)}
    exact = ("score", "baseline_score", "delta", "residual", "map_error")
    header = {
        "title": title,
        "series": series,
        "leaves": leaf_headers,
        "step": step,
        "epoch": epoch,
        "wall_time": time.time(),
        "duration": 0.25,
        "rule": "Adaptive(tolerance=0.01, map_tolerance=0.05, max_steps=512)",
        "target": f"the {series or 'label'}'s class" if classes is not None else "the value itself",
        **integers,
        **{name: stats[name] for name in exact},
        "converged": stats["converged"].astype(bool),
        "n_evaluations": stats["n_evaluations"].astype(int),
        "scalars": {
            name: float(np.mean(stats[name])) if n else None for name in ("residual", "map_error", *names[15:])
        },
        "alarms": list(alarms),
        **({} if statuses is None else {"statuses": list(statuses), "remedies": remedies or {}}),
        **({} if tolerances is None else {"tolerances": tolerances}),
    }
    names.append("alarms")
    write(writer, "attributions", title, series, step, schema.encode_record({**header, "kind": "attributions"}, values))
    table = np.stack([stats[name] for name in names], 1)
    write(writer, "stats", title, series, step, table, names)
    if gradients is not None:
        path = saturating_path(stats["baseline_score"], stats["score"], 1 + step / 200)
        keep = {name: header[name] for name in ("title", "series", "leaves", "step", "epoch", "wall_time")}
        record = {**keep, "kind": "interior", "alphas": ALPHAS, "path": path}
        write(writer, "interior", title, series, step, schema.encode_record(record, gradients))


def saturating_path(baseline: np.ndarray, score: np.ndarray, rate: float) -> dict[str, np.ndarray]:
    """Scores that approach the last one exponentially; as a network learns, the rate grows."""
    alphas = np.array([0, *ALPHAS])
    share = (1 - np.exp(-rate * alphas)) / (1 - np.exp(-rate))
    slope = rate * np.exp(-rate * alphas) / (1 - np.exp(-rate))
    gain = (score - baseline)[:, None]
    # Padded, as probes need different numbers of places.
    rows = {
        "alphas": np.tile(alphas, (len(gain), 1)),
        "scores": baseline[:, None] + gain * share,
        "slopes": gain * slope,
    }
    return {name: np.pad(row, ((0, 0), (0, 1)), constant_values=np.nan) for name, row in rows.items()}


def blob(size: int, row: float, column: float, width: float) -> np.ndarray:
    grid = np.arange(size)
    return np.exp(-(((grid[:, None] - row) ** 2 + (grid[None, :] - column) ** 2) / (2 * width**2))).astype(np.float32)


def write_images(writer: Any, steps: Sequence[int], seed: int) -> None:
    n, size = 8, 28
    rng = np.random.default_rng(seed)
    places = rng.uniform(8, 20, (n, 2))
    digits = np.stack([blob(size, r, c, 4) + 0.6 * blob(size, c, r, 2) for r, c in places])
    mask = np.zeros((n, size, size), bool)
    mask[:4, :4, :4] = True  # The first four probes carry a tag in the corner.
    images = np.where(mask, 1.0, digits).astype(np.float32)
    write_inputs(
        writer,
        "digits",
        {
            "leaves": [{"name": "image", "shape": [size, size, 1], "full_shape": [size, size, 1], "held": False}],
            "probe_kind": "image",
            "names": [f"{'tagged' if i < 4 else 'plain'} {i}" for i in range(n)],
            "labels": list(range(n)),
            "class_names": [f"digit {i}" for i in range(10)],
            "regions": {"tag": schema.encode_mask(mask)},
            "groups": ["tagged"] * 4 + ["plain"] * 4,
            "attributed": ["image"],
        },
        [images[..., None]],
    )
    leaf = [{"name": "image", "shape": [size, size], "full_shape": [size, size, 1]}]
    for index, step in enumerate(steps):
        learnt = index / max(len(steps) - 1, 1)
        noise = rng.normal(size=(n, size, size)).astype(np.float32) * 0.05 * (1.2 - learnt)
        values = (images * (learnt * 4 * mask + 0.2) + noise) * (images > 0.05) / 30
        gradients = np.stack([values * (0.3 + 2 * a) for a in ALPHAS], 1)
        write_record(writer, "digits", step, float(index), leaf, [values], gradients=[gradients],
                     classes=list(range(n)), region=mask, alarms=alarms_at(index, seed),
                     tolerances={"residual": 0.01, "map_error": 0.05})  # fmt: skip


def alarms_at(index: int, seed: int) -> list[dict[str, Any]]:
    """Two steps of the first run have an alarm, and one of them two; one of the second has."""
    numbers = {"metric": "region_lift/tag", "value": 29.6, "threshold": 5.0, "noise": 1.8}
    region = {
        **{"name": "RegionLift('tag')", **numbers, "effect": 0.21, "random_effect": 0.03},
        **{"loud": True, "region": "tag"},
        "message": "The region 'tag' holds 34.0% of the attribution, 29.6 times its share of the positions"
        "; the alarm is set to 5 times, and the attributions' own error explains at most 1.8 times. This held at 2 "
        "consecutive records. Where the baseline replaces the region, the score falls by 0.21 on average; with random "
        "regions of its size in its place by 0.0094 on average, and by at most 0.03 in 19 draws.",
    }
    drift = {
        **{"name": "Drift(previous)", **numbers, "metric": "drift", "effect": None, "random_effect": None},
        **{"loud": False, "region": None},
        "message": "The attributions' direction has changed by 0.6 (1 \u2212 cosine) since the record before; the "
        "alarm is set to 0.5, and the attributions' own error explains at most 0.01.",
    }
    return {(4, 0): [region], (9, 0): [region, drift], (6, 1): [drift]}.get((index, seed), [])


def write_tokens(writer: Any, steps: Sequence[int], seed: int) -> None:
    sentences = (
        "what is the population of sweden",
        "which of charles the first 's children ruled",
        "how many people live in <oov> today",
    )
    rng = np.random.default_rng(seed)
    tokens = [(text.split() + ["<pad>"] * 10)[:10] for text in sentences]
    n, length, width = len(tokens), 10, 16
    ids = rng.integers(2, 9000, (n, length))
    shape = {"shape": [length], "full_shape": [length, width]}
    write_inputs(
        writer,
        "questions",
        {
            "leaves": [{"name": "ids", "shape": [length], "full_shape": [length], "held": True}],
            "probe_kind": "tokens",
            "names": [f"question {i}" for i in range(n)],
            "labels": [1, 0, 1],
            "class_names": ["name", "number"],
            # Padding may be written out, as in the first sentence, or left to the sequence's length.
            "tokens": [tokens[0], *([word for word in row if word != "<pad>"] for row in tokens[1:])],
            "attributed": ["embedding"],
            "layer": "embedding",
        },
        [ids],
    )
    leaf = [{"name": "embedding", **shape, "positions_of": "ids"}]
    for index, step in enumerate(steps):
        weight = np.where(np.array(tokens) == "<pad>", 0.0, rng.normal(size=(n, length)) * 0.1)
        weight[:, 0] += 0.05 * index
        for series in ("label", "predicted"):
            sign = 1.0 if series == "label" else -0.7
            values = (sign * weight).astype(np.float32)
            gradients = np.stack([values * (0.3 + 2 * a) for a in ALPHAS], 1)
            write_record(writer, "questions", step, float(index), leaf, [values], series=series,
                         gradients=[gradients], classes=[1, 0, 1])  # fmt: skip


def write_tabular(writer: Any, steps: Sequence[int], seed: int) -> None:
    names = ["age", "income", "height", "weight", "shoe size", "postcode"]
    rng = np.random.default_rng(seed)
    n = 5
    rows = rng.normal(size=(n, len(names))).astype(np.float32)
    leaf = {"name": "features", "shape": [len(names)], "full_shape": [len(names)]}
    write_inputs(
        writer,
        "people",
        {
            "leaves": [{**leaf, "held": False}],
            "probe_kind": "tabular",
            "names": [f"person {i}" for i in range(n)],
            "feature_names": names,
            "attributed": ["features"],
        },
        [rows],
    )
    for index, step in enumerate(steps):
        values = (rows * np.linspace(1, -1, len(names)) * index / 10).astype(np.float32)
        if index == 2:
            values[1, 3] = np.nan  # A record in which one gradient went wrong.
        write_record(writer, "people", step, float(index), [leaf], [values])


def write_series(writer: Any, steps: Sequence[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, length = 4, 96
    time_axis = np.linspace(0, 8 * np.pi, length)
    waves = np.stack([np.stack([np.sin(time_axis + i), np.cos(2 * time_axis)], 1) for i in range(n)]).astype(np.float32)
    leaf = {"name": "signal", "shape": [length, 2], "full_shape": [length, 2]}
    write_inputs(
        writer,
        "waves",
        {
            "leaves": [{**leaf, "held": False}],
            "probe_kind": "series",
            "names": [f"wave {i}" for i in range(n)],
            "labels": [0, 1, 0, 1],
            "class_names": ["slow", "fast"],
            "feature_names": ["sine", "cosine"],
            "attributed": ["signal"],
        },
        [waves],
    )
    for index, step in enumerate(steps):
        bump = np.exp(-(((np.arange(length) - 40) / 6) ** 2))[None, :, None]
        values = (waves * (bump * index / 10 + rng.normal(size=(n, length, 2)) * 0.05)).astype(np.float32)
        gradients = np.stack([values * (0.3 + 2 * a) for a in ALPHAS], 1)
        write_record(writer, "waves", step, float(index), [leaf], [values], gradients=[gradients],
                     classes=[0, 1, 0, 1])  # fmt: skip


def write_log(logdir: str, steps: int = 12) -> None:
    numbers = [157 * i for i in range(steps)]
    for seed, run in enumerate(("first", "second")):
        writer = tf.summary.create_file_writer(os.path.join(logdir, run, schema.RUN_SUFFIX))
        write_images(writer, numbers, seed)
        write_tokens(writer, numbers, seed)
        write_tabular(writer, numbers, seed)
        if run == "first":
            write_series(writer, numbers, seed)
        writer.close()


if __name__ == "__main__":
    write_log(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 12)

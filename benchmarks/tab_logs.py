"""Logs to measure the Attributions tab with: invented numbers, written by kerasig's own writer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import kerasig
from kerasig._measures.columns import attribution_columns
from kerasig._measures.positions import attributed_leaves
from kerasig._measures.table import BUILT_IN
from kerasig._recording.encoding import encode_inputs, encode_measurement
from kerasig._recording.event_writer import Entries, EventWriter, schema
from kerasig._recording.series import Measurement, series_of
from kerasig.attribution import Attribution, InteriorGradients, PathProfile
from kerasig.steps import Adaptive

ALPHAS = np.array([0.02, 0.1, 0.3, 1.0], np.float32)
"""As `IGCallback` records by default."""
NODES = 33
# Compressing a record takes longer than writing it: so many different ones are made, and written in turn.
DIFFERENT = 8
# What a log of a training with one region holds beside the columns that every log has.
MORE_STATS = (
    *("trusted", "drift_noise", "drift_first", "drift_best", "rank_correlation", "top_k_overlap", "region/tag"),
    *("region_lift/tag", "region_signed/tag", "region_hit/tag", "alpha_50", "alpha_90", "peak_alpha", "end_gradient"),
    *("gradient_share", "gini", "effective_features", "loss", "baseline_entropy", "alarms"),
)


@dataclass(frozen=True)
class Log:
    """One training's log, or those of several trainings in one folder.

    Args:
        records: how many steps are logged.
        probes: how many images each has.
        shape: of an image.
        runs: how many trainings there are.
    """

    records: int
    probes: int
    shape: tuple[int, ...]
    runs: int = 1

    def __str__(self) -> str:
        runs = f"{self.runs} runs x " if self.runs > 1 else ""
        return f"{runs}{self.records:,} records x {self.probes} probes of {' x '.join(map(str, self.shape))}"

    def names(self) -> list[str]:
        """What the runs are called: of many, as a search over settings calls them."""
        return ["training"] if self.runs == 1 else [f"batch_64-dropout_0.1-seed_{i}" for i in range(self.runs)]

    def steps(self) -> range:
        return range(0, 100 * self.records, 100)


def write(log: Log, folder: Path) -> int:
    """Writes the log as runs of `folder`.

    Returns:
      Its size in bytes.
    """
    rng = np.random.default_rng(0)
    images = _images(rng, log)
    classes = [f"class {i}" for i in range(10)]
    probes = kerasig.ProbeSet(
        images, np.arange(log.probes) % 10, names=[f"image {i}" for i in range(log.probes)], class_names=classes,
        groups=[("left", "right")[i % 2] for i in range(log.probes)], regions={"tag": _corner(log)}, kind="image",
    )  # fmt: skip
    made = [_records(probes, images, rng) for _ in range(min(DIFFERENT, log.records))]
    leaves = attributed_leaves(images, None, probes, {})
    for first, name in enumerate(log.names()):
        writer = EventWriter(str(folder / name / schema.RUN_SUFFIX))
        writer.write(0, encode_inputs(probes, leaves, None), {})
        # No two runs are alike.
        turns = itertools.islice(itertools.cycle(made), first % len(made), None)
        for i, (step, records) in enumerate(zip(log.steps(), turns, strict=False)):
            writer.write(step, list(_at(records, step, float(i))), {"residual": 0.01, "drift": 0.1})
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _images(rng: np.random.Generator, log: Log) -> NDArray[Any]:
    """A bright blob for each, on black: most of a digit's picture is background, too."""
    height, width = log.shape[:2]
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    center = rng.uniform(0.3, 0.7, size=(2, log.probes, 1, 1))
    blob = np.exp(-((y - center[0]) ** 2 + (x - center[1]) ** 2) / 0.03)
    channels = log.shape[2] if len(log.shape) > 2 else 1
    noisy = blob[..., None] * rng.uniform(0.6, 1, size=(*blob.shape, channels))
    noisy[noisy < 0.05] = 0
    return noisy.astype(np.float32)


def _corner(log: Log) -> NDArray[np.bool_]:
    mask = np.zeros(log.shape[:2], bool)
    mask[-max(1, log.shape[0] // 5) :, -max(1, log.shape[1] // 5) :] = True
    return mask


def _records(probes: kerasig.ProbeSet, images: NDArray[Any], rng: np.random.Generator) -> Entries:
    n = len(images)
    gradients = rng.normal(size=(n, len(ALPHAS), *images.shape[1:])).astype(np.float32)
    values = images * gradients.mean(axis=1)
    alphas = np.tile(np.linspace(0, 1, NODES, dtype=np.float32), (n, 1))
    score = rng.uniform(size=n).astype(np.float32)
    converged = rng.uniform(size=n) > 0.1
    attribution = Attribution(
        values, score, 0.1 * score, rng.normal(0, 1e-3, n), rng.uniform(0, 0.01, n), rng.uniform(0, 0.1, n),
        converged, np.where(converged, "converged", "out of steps"), np.full(n, NODES),
        PathProfile(alphas, alphas * score[:, None], np.ones_like(alphas) * score[:, None]), Adaptive(),
        InteriorGradients(ALPHAS, gradients), images, np.zeros_like(images), np.arange(n) % 10, None,
        rng.integers(0, 10, n),
    )  # fmt: skip
    series = series_of(probes)[0]
    leaves = attributed_leaves(values, None, probes, {})
    stats = {"epoch": np.zeros(n), **attribution_columns(attribution, probes)}
    classes = np.arange(n) % 10
    stats |= {"class": classes.astype(float), "predicted": attribution.predicted.astype(float)}
    stats["correct"] = (attribution.predicted == classes).astype(float)
    stats |= {name: rng.uniform(size=n) for name in ("drift", *MORE_STATS)}
    # Without trusted probes there would be no means to draw, and an alarm at every step.
    stats |= {"trusted": converged.astype(float), "alarms": np.zeros(n)}
    described = BUILT_IN.described(stats)
    measurement = Measurement(0, 0.0, 0.5, attribution, leaves, stats, {}, None, {}, described)
    return encode_measurement(series, measurement, 0.0)


def _at(records: Entries, step: int, epoch: float) -> Iterator[tuple[str, str, str, Any, Any]]:
    """The records as they are at another step: its number is in the header, and the epoch in the stats."""
    for kind, title, series, content, names in records:
        if kind == "stats":
            table = content.copy()
            table[:, list(names).index("epoch")] = epoch
            yield kind, title, series, table, names
        else:
            header = {**schema.decode_header(content[0]), "step": step, "epoch": epoch}
            yield kind, title, series, [schema.dump(header), *content[1:]], names

"""Gradients that three published ways to fewer steps take to residual 1% and map error 3%, beside `Adaptive`.

python -m benchmarks.published            # minutes where the paths are cached; two photographs
python -m benchmarks.published --smoke    # seconds: proves that it runs
python -m benchmarks.published --full     # eight photographs; evaluating their paths takes a quarter of an hour
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kerasig.steps import Adaptive

from . import dense
from .dense import Path
from .divisions import CELLS, ONE_END, SUMS, DecisionSampling, Division, Even, NonUniform, RiemannOpt, riemann
from .models import Unavailable
from .report import Check, at_least, table
from .schemes import Refined, refined

Size = Literal["smoke", "short", "full"]
Float = NDArray[np.float64]

RESIDUAL_BAR, MAP_BAR, WANTED = 0.01, 0.03, 2.0
SMALL = (
    "digits_cnn_relu",
    "digits_cnn_gelu",
    "trec_lstm",
    "trec_transformer",
    "tabular_mlp_relu",
    "tabular_mlp_tanh",
    "graph_conv",
)
LARGE = "efficientnet_lite0_softmax_black"
# A forward pass in gradients, as docs/internals/gradients.md counts it.
FORWARD = 0.5
EVEN = "even steps"
# Sums that sample one end of each step, as the authors' code does, or any; and gradients of the first number of steps
# that is within the bars, or of the first from which on all are.
MEASURES = ("one end: fewest", "one end: for good", "any sum: fewest", "any sum: for good")
LADDER = (*range(1, 65), *range(66, 129, 2), *range(132, 257, 4), *range(264, 513, 8))


def held(path: Path, division: Division) -> dict[str, NDArray[np.bool_]]:
    """For each sum and each number of steps of the ladder, whether both true errors are within their bars."""
    edges = [division.edges(path, n) for n in LADDER]
    there = np.array([each is not None for each in edges])
    result = {}
    for rule in SUMS:
        sums = np.array([path.on_grid(*riemann(each, rule)) for each in edges if each is not None])
        good = there.copy()
        good[there] = np.abs(sums @ path.slopes - path.change) <= RESIDUAL_BAR * path.scale
        values = sums[good[there]].astype(np.float32) @ path.contributions
        good[good] = np.abs(values - path.values).sum(axis=1) <= MAP_BAR * np.abs(path.values).sum()
        result[rule] = good
    return result


@dataclass(frozen=True)
class Told:
    """Gradients [N] of each example, as the reference tells them, and the forward passes [N] that go with them.

    Args:
        settings: those of the division, and the sum.
        gradients: infinity where the ladder ends before.
        passes: forward passes beforehand.
    """

    settings: str
    gradients: Float
    passes: Float

    @property
    def order(self) -> tuple[float, float]:
        """The smaller, the better: the median, then the mean."""
        return float(np.median(self.gradients)), float(np.minimum(self.gradients, 2 * LADDER[-1]).mean())


def told(paths: Sequence[Path], division: Division) -> dict[str, tuple[Told, Told]]:
    """For each sum: the fewest gradients within the bars, and the fewest from which on none is outside of them."""
    ladder = np.array([*LADDER, np.inf])
    good = [held(path, division) for path in paths]
    result = {}
    for rule in SUMS:
        rows = np.array([each[rule] for each in good])
        first = np.argmax(np.pad(rows, ((0, 0), (0, 1)), constant_values=True), axis=1)
        lasting = len(LADDER) - np.argmin(np.pad(rows[:, ::-1], ((0, 0), (0, 1)), constant_values=False), axis=1)
        pair = [
            Told(
                f"{division}, {rule}",
                ladder[found] + (rule == "trapezoid"),
                np.array([division.forward_passes(LADDER[min(k, len(LADDER) - 1)]) for k in found], float),
            )
            for found in (first, lasting)
        ]
        result[rule] = (pair[0], pair[1])
    return result


def ways(others: Sequence[Path]) -> dict[str, list[Division]]:
    """Even steps and the three, with all settings that are tried."""
    return {
        EVEN: [Even()],
        "non-uniform interpolation": [NonUniform(k, power) for k in (2, 4, 8, 16, 32) for power in (1.0, 0.5)],
        "decision gradients' sampling": [
            DecisionSampling(regions, signed) for regions in (None, 8, 16, 32, 64) for signed in (True, False)
        ],
        "RiemannOpt": [RiemannOpt(others)],
    }


@dataclass(frozen=True)
class Own:
    """kerasig's gradients [N].

    Args:
        asked: as it stops by itself when asked for the two bars.
        for_all: as it stops by itself at the loosest tolerances whose true errors are within the bars in every example;
            infinity where none of those tried are tight enough.
        fewest: at the loosest tolerances for each example alone, as the reference would tell.
    """

    asked: Refined
    for_all: Float
    fewest: Float

    @classmethod
    def of(cls, paths: Sequence[Path]) -> Own:
        """kerasig's gradients on these paths."""
        fewest, for_all = np.full(len(paths), np.inf), np.full(len(paths), np.inf)
        for factor in 2.0 ** np.arange(-4, 5.1, 0.5):
            rule = Adaptive(min(0.99, RESIDUAL_BAR * factor), min(0.99, MAP_BAR * factor))
            found = refined(paths, rule)
            good = within(found)
            fewest = np.where(good, np.minimum(fewest, found.gradients), fewest)
            if good.all():
                for_all = found.gradients
        return cls(refined(paths, Adaptive(RESIDUAL_BAR, MAP_BAR)), for_all, fewest)


def within(found: Refined) -> NDArray[np.bool_]:
    """Whether both true errors are within their bars, by example."""
    return (found.completeness <= RESIDUAL_BAR) & (found.map_error <= MAP_BAR)


@dataclass(frozen=True)
class Judged:
    """One case's figures.

    Args:
        name: of the case.
        best: by way, the best settings for each of `MEASURES`.
        own: kerasig's gradients.
    """

    name: str
    best: dict[str, list[Told]]
    own: Own

    @property
    def ratios(self) -> list[float]:
        """Gradients of the best of the three in those of kerasig by itself, medians, for each of `MEASURES`."""
        published = [found for way, found in self.best.items() if way != EVEN]
        count = float(np.median(self.own.asked.gradients))
        return [min(each[number].order[0] for each in published) / count for number in range(len(MEASURES))]


def judged(name: str, paths: Sequence[Path], others: Sequence[Path]) -> Judged:
    """The figures of one case from its paths; RiemannOpt's points are fitted to the others."""
    best = {}
    for way, divisions in ways(others).items():
        found = [told(paths, division) for division in divisions]
        best[way] = [
            min((each[rule][lasting] for each in found for rule in rules), key=lambda one: one.order)
            for rules in (ONE_END, SUMS)
            for lasting in (0, 1)
        ]
    return Judged(name, best, Own.of(paths))


def rows_of_ways(found: Judged) -> Iterator[tuple[str, ...]]:
    for way, best in found.best.items():
        with_passes = float(np.median(best[2].gradients + FORWARD * best[2].passes))
        passes = f"{np.median(best[2].passes):g}"
        yield found.name, way, *(_counts(one.gradients) for one in best), passes, _shown(with_passes), best[2].settings


def row_of_kerasig(found: Judged) -> tuple[str, ...]:
    own, met = found.own, within(found.own.asked)
    errors = f"{np.median(own.asked.map_error):.1%}, {own.asked.map_error.max():.1%}"
    counts = _counts(own.asked.gradients), f"{met.sum()} of {len(met)}", errors
    return found.name, *counts, _counts(own.for_all), _counts(own.fewest), *(_ratio(ratio) for ratio in found.ratios)


def checks(found: Sequence[Judged]) -> Iterator[Check]:
    """The must, by each of `MEASURES`; the models that miss it are named."""
    for number, measure in enumerate(MEASURES):
        what = f"best of three published ways' gradients ({measure}) / kerasig's, median over the models"
        ratios = [each.ratios[number] for each in found]
        below = [each.name for each, ratio in zip(found, ratios, strict=True) if ratio < WANTED]
        median = float(np.median(ratios))
        note = f"; below in {', '.join(below)}" if below else "; in none below"
        yield replace(at_least(what, median, WANTED), measured=_ratio(median) + note)


def cases(size: Size) -> Iterator[tuple[str, int, int]]:
    """Name, examples and grid cells of what is compared."""
    if size == "smoke":
        yield "tabular_mlp_relu", 3, 1024
        return
    yield from ((name, 32, 4096) for name in SMALL)
    yield (LARGE, 8, 1024) if size == "full" else (LARGE, 2, 512)


def run(size: Size = "short", only: str = "") -> tuple[list[str], list[Check]]:
    """Tables and checks; `only` is part of the cases' names."""
    found, missing = [], []
    for name, n, cells in cases(size):
        if only not in name:
            continue
        try:
            found.append(judged(name, dense.paths(name, n, cells), dense.others(name, n, n, CELLS)))
        except Unavailable as error:
            missing.append(Check(f"{name}: published ways", str(error), "its data", None))
    if not found:
        return [], missing
    header: tuple[str, ...] = ("case", "way", *MEASURES, "forward passes", "with them", "settings")
    title = f"Gradients to residual {RESIDUAL_BAR:.0%} and map error {MAP_BAR:.0%}: median, mean"
    tables = [f"{title}\n\n{table(header, (row for each in found for row in rows_of_ways(each)))}"]
    header = ("case", "kerasig by itself", "both bars met", "true map error", "met by all", "told", *MEASURES)
    title = "kerasig's own, and how many times they go into those of the best of the three published ways (medians)"
    tables.append(f"{title}\n\n{table(header, map(row_of_kerasig, found))}")
    return tables, [*missing, *checks(found)]


def _counts(gradients: Float) -> str:
    return f"{_shown(float(np.median(gradients)))}, {_shown(float(gradients.mean()))}"


def _shown(count: float) -> str:
    return f"{count:.3g}" if np.isfinite(count) else f"> {LADDER[-1]}"


def _ratio(ratio: float) -> str:
    return f"{ratio:.2g}" if np.isfinite(ratio) else "infinite"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    group = parser.add_mutually_exclusive_group()
    for size in ("smoke", "full"):
        group.add_argument(f"--{size}", dest="size", action="store_const", const=size, default="short")
    parser.add_argument("--only", default="", help="part of the cases' names")
    options = parser.parse_args()
    tables, verdicts = run(options.size, options.only)
    print(*tables, "\n".join(map(str, verdicts)), sep="\n\n")


if __name__ == "__main__":
    main()

"""How many gradients an accuracy takes: every fixed rule, nodes placed by forward passes, and `Adaptive`.

python -m benchmarks.accuracy            # two minutes where the paths are cached
python -m benchmarks.accuracy --smoke    # seconds: proves that it runs
python -m benchmarks.accuracy --full     # all models; evaluating the photographs' paths takes an hour on two cores
python -m benchmarks.accuracy --full --write docs/images/accuracy.png   # the plot, too
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path as File
from typing import Literal

import numpy as np
from numpy.typing import NDArray

import kerasig
from kerasig._quadrature import error_estimates
from kerasig._quadrature.rules import RULES
from kerasig.steps import Adaptive

from .dense import Path, paths
from .models import REGISTRY, Unavailable, build
from .report import Check, at_least, at_most, table
from .schemes import adaptive, fixed, placed, reached

Size = Literal["smoke", "short", "full"]
Float = NDArray[np.float64]

RESIDUAL, MAP = 1, 2  # columns of a scheme's rows
BARS = ((RESIDUAL, 0.05), (RESIDUAL, 0.01), (RESIDUAL, 0.001), (MAP, 0.05), (MAP, 0.03), (MAP, 0.02))
HEADER = ("", *(f"{'residual' if column == RESIDUAL else 'map error'} {bar:.1%}" for column, bar in BARS))
FIRST, SURE = "Adaptive: is there", "Adaptive: says so"
SMALL = tuple(name for name in REGISTRY if not name.startswith("efficientnet"))
KINKED = ("tabular_mlp_relu", "digits_cnn_relu")
# Any error beside the one that a column is about.
ANY = 0.99

Counts = dict[str, dict[tuple[int, float], float]]


def cases(size: Size) -> Iterator[tuple[str, int, int]]:
    """Name, examples and grid cells of what is compared."""
    if size == "smoke":
        yield from ((name, 3, 1024) for name in KINKED)
        return
    yield from ((name, 24, 4096) for name in SMALL)
    if size == "short":
        yield "efficientnet_lite0_softmax_black", 2, 512
    else:
        yield from ((name, 8, 1024) for name in REGISTRY if name not in SMALL)


def counts(found: list[Path]) -> Counts:
    """Median number of gradient equivalents that each scheme takes to each bar."""
    result: Counts = {}
    schemes: dict[str, Callable[[Path], Float]] = {
        **{rule: lambda path, rule=rule: fixed(path, rule) for rule in RULES},
        "16 forward passes, midpoints": placed,
    }
    for name, scheme in schemes.items():
        rows = [scheme(path) for path in found]
        result[name] = {bar: float(np.median([reached(each, *bar) for each in rows])) for bar in BARS}
    result[FIRST], result[SURE] = {}, {}
    for column, bar in BARS:
        # Refined on, to see whether the error stays within the bar once it is there.
        beyond = adaptive(found, _rule(column, bar / 2))
        result[FIRST][column, bar] = float(np.median([reached(rows, column, bar) for rows in beyond]))
        stopped = adaptive(found, _rule(column, bar))
        result[SURE][column, bar] = float(np.median([rows[-1, 0] for rows in stopped]))
    return result


def _rule(column: int, bar: float) -> Adaptive:
    return Adaptive(bar, ANY) if column == RESIDUAL else Adaptive(ANY, bar)


def checks(name: str, found: Counts, smooth: bool) -> Iterator[Check]:
    """Checks of one case's counts."""
    residual, map_error = (RESIDUAL, 0.01), (MAP, 0.03)
    best = min(found[rule][residual] for rule in RULES)
    gauss = found["gauss_legendre"]
    what = f"{name}: gradients to residual 1%, of the best fixed rule's"
    if name.startswith("efficientnet_lite0_softmax"):
        yield at_most(what, found[SURE][residual] / best, 1 / 4)
        what = f"{name}: gradients to map error 3%, of Gauss-Legendre's"
        yield at_most(what, found[FIRST][map_error] / gauss[map_error], 1 / 2)
    if name in KINKED:
        yield at_most(what, found[SURE][residual] / best, 1 / 2)
        least = min(found[rule][map_error] for rule in RULES)
        what = f"{name}: gradients to map error 3%, of the best fixed rule's"
        yield at_most(what, found[FIRST][map_error] / least, 1 / 2)
    if smooth:
        beyond = {
            bar: found[SURE if bar[0] == RESIDUAL else FIRST][bar] - min(found[rule][bar] for rule in RULES)
            for bar in BARS
        }
        worst = max(beyond, key=lambda bar: beyond[bar])
        what = f"{name}: gradients beyond the best fixed rule's (most: {HEADER[1 + BARS.index(worst)]})"
        yield at_most(what, beyond[worst], 4)


def judged(names: tuple[str, ...], n: int, nodes: int) -> tuple[str, list[Check]]:
    """`explain` with its defaults on the models themselves, against many midpoints."""
    rows, converged, errors = [], [], []
    worst = 0.0
    for name in names:
        case = build(name, n)
        results = [
            kerasig.explain(
                case.model, case.inputs, case.target, baselines=case.baselines, layer=case.layer, steps=steps
            )
            for steps in (None, kerasig.Fixed(nodes, "riemann_middle"))
        ]
        values, truth = (_flat(result.values, len(case.target)) for result in results)
        result = results[0]
        error = np.abs(values - truth).sum(axis=1) / np.abs(truth).sum(axis=1)
        scale = error_estimates.score_scale(result.path.scores, result.baseline_score, result.score)
        completeness = np.abs(result.delta) / scale
        converged.append(result.converged)
        errors.append(error[result.converged])
        worst = max(worst, float(completeness[result.converged].max(initial=0)))
        spread = [f"{np.median(part):.2%}, {part.max():.2%}" for part in (result.residual, result.map_error, error)]
        evaluations = f"{np.median(result.n_evaluations):.0f}, {result.n_evaluations.max()}"
        rows.append(
            (name, len(error), f"{result.converged.mean():.0%}", evaluations, f"{completeness.max():.1e}", *spread)
        )
    header = (
        "median, largest",
        "examples",
        "converged",
        "gradients",
        "completeness error",
        "residual",
        "map_error",
        "true map error",
    )
    share = float(np.concatenate(converged).mean())
    all_errors = np.concatenate(errors)
    return table(header, rows), [
        at_most("largest completeness error of a converged example", worst, 0.01),
        at_least("share of examples that converge with the defaults", share, 0.99),
        at_most("share of converged examples with a true map error above 10%", float(np.mean(all_errors > 0.1)), 0.01),
        at_most("largest true map error of a converged example", float(all_errors.max()), 0.15),
    ]


def _flat(values: object, n: int) -> Float:
    import tensorflow as tf

    leaves = [leaf.reshape(n, -1) for leaf in tf.nest.flatten(values) if leaf is not None]
    return np.concatenate(leaves, axis=1).astype(np.float64)


def run(size: Size, plot: File | None = None) -> tuple[list[str], list[Check]]:
    """Tables and checks."""
    tables, verdicts, drawn = [], [], {}
    for name, n, cells in cases(size):
        try:
            found = paths(name, n, cells)
        except Unavailable as error:
            tables.append(f"{name}: skipped. {error}")
            verdicts.append(Check(name, str(error), "its data", None))
            continue
        counted = counts(found)
        rows = [(scheme, *(_count(bars[bar]) for bar in BARS)) for scheme, bars in counted.items()]
        tables.append(f"{name}, {n} examples: median gradients to each accuracy\n\n{table(HEADER, rows)}")
        verdicts += checks(name, counted, found[0].smooth)
        drawn[name] = found
    names, n, nodes = (KINKED, 8, 512) if size == "smoke" else (SMALL, 50 if size == "short" else 100, 2000)
    text, more = judged(names, n, nodes)
    tables.append(f"explain() with its defaults, against {nodes} midpoints\n\n{text}")
    if plot is not None:
        from .accuracy_plot import draw

        draw(drawn, plot)
    return tables, verdicts + more


def _count(evaluations: float) -> str:
    return f"{evaluations:g}" if np.isfinite(evaluations) else "> 512"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    group = parser.add_mutually_exclusive_group()
    for size in ("smoke", "full"):
        group.add_argument(f"--{size}", dest="size", action="store_const", const=size, default="short")
    parser.add_argument("--write", type=File, metavar="PNG", help="draw the errors over the gradients")
    options = parser.parse_args()
    tables, verdicts = run(options.size, options.write)
    print("\n\n".join(tables), *verdicts, sep="\n")


if __name__ == "__main__":
    main()

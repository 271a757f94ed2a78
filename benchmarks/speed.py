"""The price of an evaluation: `explain` beside the bare compiled gradient at the same number of nodes.

python -m benchmarks.speed            # a few minutes
python -m benchmarks.speed --smoke    # seconds: proves that it runs
python -m benchmarks.speed --full     # with ResNet50 and more rounds
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

import kerasig
from kerasig._engine.gradients import Core
from kerasig._models import cache_of

from . import models
from .floor import Floor
from .host import host_share
from .models import Case, Unavailable
from .report import Check, at_most, table
from .timing import in_turn, ratio, seconds_of, spread

Size = Literal["smoke", "short", "full"]


@dataclass(frozen=True)
class Subject:
    """A case of which the price is measured.

    Args:
        name: as it is printed.
        build: makes the case anew.
        bar: how many times the floor `explain` may take.
        adaptive_bar: the same for an adaptive explanation, errors included; None for the price of its own gradients.
        most_rows: rows that each microbatch size is tried on.
    """

    name: str
    build: Callable[[], Case]
    bar: float
    adaptive_bar: float | None = None
    most_rows: int | None = None
    once: bool = True  # also its first call and the host's share, which one number of probes tells


def resnet50(n: int) -> Case:
    """ResNet50 with random weights on random pictures: its time does not depend on either."""
    import keras

    keras.utils.set_random_seed(0)
    model = keras.applications.ResNet50(weights=None)
    pictures = np.random.default_rng(0).normal(size=(n, 224, 224, 3)).astype("float32")
    target = np.argmax(model.predict(pictures, verbose=0), axis=-1)
    return Case("resnet50", model, pictures, target, None, None, "image", False, float("nan"))


def subjects(size: Size) -> list[Subject]:
    """Measurements at a size."""

    def of(name: str, n: int) -> Callable[[], Case]:
        return lambda: models.build(name, n)

    if size == "smoke":
        return [Subject("tabular MLP, 8 rows", of("tabular_mlp_relu", 8), 1.5, 0.8)]
    chosen = [
        Subject("digits CNN, 16 probes", of("digits_cnn_relu", 16), 1.10, 0.6),
        Subject("tabular MLP, 1,024 rows", of("tabular_mlp_relu", 1024), 1.5, 0.8),
        Subject("embedding+LSTM, 16 probes", of("trec_lstm", 16), 1.10),
        Subject("one attention block, 16 probes", of("trec_transformer", 16), 1.10, 1.2),
    ]
    image_nets = [
        Subject(
            f"EfficientNet-Lite0, {n} probe{'s' * (n > 1)}",
            of("efficientnet_lite0_softmax_black", n),
            1.05,
            most_rows=64,
            once=n == 1,
        )
        for n in (1, 4)
    ]
    if size == "full":
        image_nets += [
            Subject(f"ResNet50, {n} probe{'s' * (n > 1)}", lambda n=n: resnet50(n), 1.05, most_rows=32, once=n == 1)
            for n in (1, 4)
        ]
    return chosen + image_nets


def arguments(case: Case) -> dict[str, Any]:
    """Further arguments of `Explainer.explain`."""
    return {"inputs": case.inputs, "target": case.target, "baselines": case.baselines}


def microbatch(model: Any) -> int:
    """Rows per call that kerasig's rule picked for the model that was explained."""
    cores = [entry for entry in cache_of(model)._entries.values() if isinstance(entry, Core)]
    return max(core._compiled["integrals"].rows for core in cores if "integrals" in core._compiled)


def run(size: Size = "short", only: str = "") -> tuple[list[str], list[Check]]:
    """Tables and checks; `only` are words of the subjects' names, all when empty."""
    steps, rounds = (4, 2) if size == "smoke" else (50, 7 if size == "short" else 15)
    checks: list[Check] = []
    prices, batches, beside = [], [], []
    for subject in subjects(size):
        if only not in subject.name:
            continue
        try:
            case = subject.build()
        except Unavailable as error:
            prices.append([subject.name, "skipped", str(error), *[""] * 6])
            checks.append(Check(f"{subject.name}: explain / floor", str(error), f"at most {subject.bar}", None))
            continue
        floor = Floor(case, steps)
        per_row = floor.tune(most_rows=subject.most_rows)
        explainer = kerasig.Explainer(case.model, layer=case.layer, steps=kerasig.Fixed(steps))
        adaptive = kerasig.Explainer(case.model, layer=case.layer)
        calls = {
            "floor": floor,
            "explain": lambda explainer=explainer, case=case: explainer.explain(**arguments(case)),
            "adaptive": lambda adaptive=adaptive, case=case: adaptive.explain(**arguments(case)),
            "floor again": floor,
        }
        seconds = in_turn(calls, rounds)
        # The floors stand around what they are the floor of: a machine that gets slower slows both.
        unit = (seconds["floor"] + seconds["floor again"]) / 2
        price, adaptive_price = ratio(seconds["explain"], unit), ratio(seconds["adaptive"], unit)
        each = float(np.mean(adaptive.explain(**arguments(case)).n_evaluations))
        prices.append(
            [
                subject.name,
                f"{np.median(unit):.4f}",
                f"{ratio(seconds['floor again'], seconds['floor']):.2f}",
                f"{price:.3f}",
                spread(seconds["explain"], unit),
                f"{adaptive_price:.3f}",
                f"{each:.1f}",
                f"{adaptive_price * steps / each:.2f}",
                floor.size,
            ]
        )
        checks.append(at_most(f"{subject.name}: explain / floor", price, subject.bar))
        if subject.adaptive_bar is None:
            what = f"{subject.name}: adaptive explain / as many gradients at the floor's price"
            checks.append(at_most(what, adaptive_price * steps / each, subject.bar))
        else:
            what = f"{subject.name}: adaptive explain / floor"
            checks.append(at_most(what, adaptive_price, subject.adaptive_bar))
        batches += batch_rows(subject.name, per_row, microbatch(case.model))
        if subject.once:
            share = host_share(lambda case=case: kerasig_adaptive(case), 2 if size == "smoke" else 5)
            first = first_calls(subject, steps, floor.size, 1 if size == "smoke" else 3)
            beside.append([subject.name, f"{first:.2f}", f"{share:.1%}"])
            checks.append(at_most(f"{subject.name}: first call / the bare function's", first, 1.5))
            checks.append(at_most(f"{subject.name}: host's share of an adaptive explanation", share, 0.05))
    header = ["model", "floor, s", "floor/floor", "explain/floor", "middle half", "adaptive/floor", "gradients each"]
    header += ["by gradient", "floor's rows per call"]
    tables = [
        f"Multiples of the bare compiled gradient, {steps} steps, medians of {rounds} rounds\n\n"
        + table(header, prices),
        "The first call, as a multiple of the bare function's; and what Python and NumPy take of an adaptive call\n\n"
        + table(["model", "first call", "host's share"], beside),
        "Milliseconds per row of the floor, by rows per call\n\n" + table(["model", "rows", "ms per row", ""], batches),
    ]
    return tables, checks


def kerasig_adaptive(case: Case) -> kerasig.Attribution:
    """An explanation with the defaults."""
    return kerasig.explain(case.model, layer=case.layer, **arguments(case))


def first_calls(subject: Subject, steps: int, rows: int, rounds: int) -> float:
    """How many times the bare function's first call `explain`'s takes, tracing included.

    Each time on a model that was built for it, so that neither finds what the other compiled; the first round, which
    also pays for what a process loads once, is not counted.
    """
    ratios = []
    for _ in range(rounds + 1):
        floor = Floor(subject.build(), steps)
        floor.cut(rows)
        bare = seconds_of(floor)
        case = subject.build()
        explain = lambda case=case: kerasig.explain(  # noqa: E731
            case.model, layer=case.layer, steps=kerasig.Fixed(steps), **arguments(case)
        )
        ratios.append(seconds_of(explain) / bare)
    return float(np.median(ratios[1:]))


def batch_rows(name: str, per_row: dict[int, float], picked: int) -> list[list[object]]:
    best = min(per_row.values())
    nearest = min(per_row, key=lambda size: abs(np.log(size / picked)))
    return [
        [name, size, f"{1000 * seconds:.4f}", f"{seconds / best:.2f}" + (f" (picked: {picked})" * (size == nearest))]
        for size, seconds in per_row.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_const", const="smoke", dest="size", help="tiny: proves that it runs")
    parser.add_argument("--full", action="store_const", const="full", dest="size", help="with ResNet50, more rounds")
    parser.add_argument("--only", default="", help="words in the names of the models to measure")
    options = parser.parse_args()
    tables, checks = run(options.size or "short", options.only)
    print(*tables, "\n".join(map(str, checks)), sep="\n\n")


if __name__ == "__main__":
    main()

"""Peak memory: it grows with neither steps nor examples, but for inputs, results and a bounded store of gradients.

python -m benchmarks.memory            # a few minutes
python -m benchmarks.memory --smoke    # proves that it runs
python -m benchmarks.memory --full     # with ResNet50

Each figure is the peak of a process of its own, in which nothing else was done: what is resident, as Linux counts it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from .report import Check, at_most, table

Size = Literal["smoke", "short", "full"]
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Run:
    """One explanation in a process of its own.

    Args:
        model: resnet50, efficientnet_lite0 or tabular_mlp, with random weights: memory does not depend on them.
        side: of the pictures, in pixels.
        examples: how many are explained at once.
        steps: gradients per path.
        adaptive: whether nodes are placed, `steps` at most.
        forced: whether the tolerances are such that all steps are taken.
    """

    model: str
    examples: int
    steps: int
    side: int = 224
    adaptive: bool = False
    forced: bool = False


@dataclass(frozen=True)
class Peak:
    """The memory of a run, in MiB.

    Args:
        before: resident with the model and the inputs in memory, and the model called once.
        peak: the most that ever was resident.
        evaluations: gradients per example, on average.
    """

    before: float
    peak: float
    evaluations: float

    @property
    def added(self) -> float:
        """The memory that the explanation needed on top of the model."""
        return self.peak - self.before


def measured(run: Run) -> Peak:
    """The peak of a run, in a new process."""
    command = [sys.executable, "-m", "benchmarks.memory", "--run", json.dumps(asdict(run))]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    if done.returncode:
        raise RuntimeError(f"{run} failed: {done.stderr[-2000:]}")
    return Peak(**json.loads(done.stdout.splitlines()[-1]))


def resident(what: str) -> float:
    """MiB of this process: VmRSS now, or VmHWM at most so far."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith(what))
    return int(line.split()[1]) / 1024


def _explain(run: Run) -> Peak:
    import keras
    import numpy as np

    import kerasig

    from .models import efficientnet_lite0, tabular_mlp

    keras.utils.set_random_seed(0)
    shape: tuple[int, ...] = (run.side, run.side, 3)
    if run.model == "resnet50":
        model = keras.applications.ResNet50(weights=None, input_shape=shape)
    elif run.model == "efficientnet_lite0":
        model = efficientnet_lite0.make_model("softmax", run.side)
    else:
        model, shape = tabular_mlp.make_model("relu"), (30,)
    inputs = np.random.default_rng(0).normal(size=(run.examples, *shape)).astype("float32")
    model(inputs[:1])
    before = resident("VmRSS")
    rule: kerasig.Fixed | kerasig.Adaptive = kerasig.Fixed(run.steps)
    if run.adaptive:
        tolerances = (1e-9, 1e-9) if run.forced else (0.01, 0.05)
        rule = kerasig.Adaptive(*tolerances, run.steps)
    found = kerasig.explain(model, inputs, 0, steps=rule)
    return Peak(before, resident("VmHWM"), float(found.n_evaluations.mean()))


def run(size: Size = "short") -> tuple[list[str], list[Check]]:
    """Tables, and what must be seen."""
    pictures = {
        "smoke": [Run("efficientnet_lite0", 2, 16, side=32)],
        "short": [Run("efficientnet_lite0", 4, 64, side=96)],
        "full": [Run("efficientnet_lite0", 4, 64), Run("resnet50", 4, 64)],
    }[size]
    rows = 500 if size == "smoke" else 10_000
    checks, lines = [], []

    def taken(what: Run) -> Peak:
        peak = measured(what)
        rule = "Adaptive" if what.adaptive else "Fixed"
        figures = (f"{peak.evaluations:.0f}", f"{peak.before:.0f}", f"{peak.peak:.0f}", f"{peak.added:.0f}")
        lines.append((what.model, what.examples, rule, *figures))
        return peak

    for few in pictures:
        many = replace(few, steps=8 * few.steps)
        growth = taken(many).peak / taken(few).peak - 1
        name = f"{few.model}, {few.examples} probes: peak at {many.steps} steps above that at {few.steps}"
        check = at_most(name, 100 * growth, 5, "%")
        # The smallest pictures fill no microbatch at the smaller number.
        checks.append(replace(check, passed=None) if size == "smoke" else check)
    tabular = Run("tabular_mlp", rows, 64 if size == "smoke" else 512)
    # All steps for every row take the host many minutes.
    for what in (tabular, replace(tabular, adaptive=True, forced=size != "short")):
        rule = "Fixed" if not what.adaptive else "Adaptive, all steps" if what.forced else "Adaptive"
        name = f"tabular MLP, {rows:,} rows x {what.steps} steps, {rule}: above the model"
        checks.append(at_most(name, taken(what).added, 1e9 / MEBIBYTE, " MiB"))
    header = ("model", "examples", "rule", "gradients each", "model, MiB", "peak, MiB", "added, MiB")
    return [table(header, lines)], checks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", dest="size", action="store_const", const="smoke", default="short")
    parser.add_argument("--full", dest="size", action="store_const", const="full")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(asdict(_explain(Run(**json.loads(options.run))))))
        return
    tables, checks = run(options.size)
    print(*tables, *checks, sep="\n")


if __name__ == "__main__":
    main()

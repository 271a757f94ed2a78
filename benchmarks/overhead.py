"""The price of watching a training: seconds added per epoch, beside tf-explain's callback, and whether a budget holds.

    python -m benchmarks.overhead
    python -m benchmarks.overhead --smoke
    python -m benchmarks.overhead --full      # with a training whose first record traces, and more rounds

Trainings of one network on the same digits, that differ in their callback alone, in turn in one process: that of
tf-explain's environment where there is one. A second plain training tells how much two of the same differ.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .models import Unavailable
from .models.digits_cnn import digits
from .peers import fits
from .peers.environments import python_of, why_missing
from .peers.runs import ROOT
from .report import Check, table

PROBES, STEPS = 16, 50
PLAIN, AGAIN = "plain", "plain again"
PEER = "tf-explain"
OURS = "kerasig interior_alphas=null"
DEFAULTS = "kerasig steps=null"
SHARE, SLACK = 0.05, 0.01
# Of what the peer adds: with more of it there is no verdict.
NOISE = 0.25
BY_EPOCH = f"kerasig max_overhead={SHARE}"
BY_BATCH = f"kerasig max_overhead={SHARE} every=5"
# A hook for each batch, and no record but the last.
HOOK = "kerasig max_overhead=1e-9 every=5"


@dataclass(frozen=True)
class Length:
    """How long it is measured.

    Args:
        images: in an epoch.
        epochs: of each fit, for the seconds added per epoch and for the budget.
        rounds: likewise.
        steps: of each record.
        warm: epochs of a fit that is not counted, so that nothing is traced in those that are.
        traced: epochs of a training that is not warm, if there is one.
    """

    images: int
    epochs: tuple[int, int]
    rounds: tuple[int, int]
    steps: int = STEPS
    warm: int = 2
    traced: int = 0


LENGTHS = {
    "smoke": Length(256, (2, 2), (1, 1), steps=4, warm=1),
    "short": Length(4000, (4, 20), (5, 3)),
    "full": Length(4000, (6, 40), (9, 5), traced=240),
}


def run(size: str = "short") -> tuple[list[str], list[Check]]:
    """The tables and checks."""
    length = LENGTHS[size]
    wanted = f"at most {SHARE + SLACK:.0%}"
    try:
        images, classes = digits()
    except Unavailable as error:
        return [str(error)], [Check(f"max_overhead={SHARE}", str(error), wanted, None)]
    data = images[: length.images], classes[: length.images]
    common = {"probes": PROBES, "steps": length.steps}
    missing = "left out of the smoke version" if size == "smoke" else why_missing(PEER)
    smoke = size == "smoke"
    variants = [PLAIN, OURS, *([] if smoke else [DEFAULTS]), *([] if missing else [PEER]), AGAIN]
    task = {**common, "variants": variants, "epochs": length.epochs[0], "rounds": length.rounds[0], "warm": length.warm}
    found = fits.measure(task, *data) if missing else ask(task, *data)
    tables, checks = added(found, missing)
    variants = [PLAIN, BY_BATCH, *([] if smoke else [BY_EPOCH, HOOK]), AGAIN]
    task = {**common, "variants": variants, "epochs": length.epochs[1], "rounds": length.rounds[1], "warm": length.warm}
    more_tables, more_checks = held(fits.measure(task, *data), "warm")
    tables, checks = tables + more_tables, checks + more_checks
    if length.traced:
        task |= {"variants": [PLAIN, BY_EPOCH, AGAIN], "epochs": length.traced, "rounds": 1, "warm": 0}
        more_tables, more_checks = held(fits.measure(task, *data), "the first record traces")
        tables, checks = tables + more_tables, checks + more_checks
    return tables, checks


def ask(task: dict[str, Any], images: np.ndarray, classes: np.ndarray) -> dict[str, Any]:
    """The result of `fits.measure` in the peer's environment, or {"why": the reason why there is nothing}."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tb_plugin")])
    environment = {**os.environ, "PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "task.npz"
        np.savez(file, task=json.dumps(task), images=images, classes=classes)
        command = [str(python_of(PEER)), "-m", "benchmarks.peers.fits", str(file)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=1800)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    answer: dict[str, Any] = json.loads(lines[-1]) if lines else {"why": done.stderr.strip()[-160:]}
    return answer


def added(found: dict[str, Any], missing: str) -> tuple[list[str], list[Check]]:
    """Seconds that each callback adds to an epoch."""
    what = f"{PROBES} probes x {STEPS} steps: seconds added per epoch, kerasig's / tf-explain's"
    if "why" in found:
        return [f"tf-explain: {found['why']}"], [Check(what, found["why"], "at most 1", None)]
    # [rounds, clock and processor], of each fit the median epoch; its first may trace.
    seconds = {
        name: np.array([np.median(epochs[1:], axis=0) for _, epochs in turns])
        for name, turns in found["seconds"].items()
    }
    plain = (seconds[PLAIN] + seconds[AGAIN]) / 2
    more = {name: np.median(taken - plain, axis=0) for name, taken in seconds.items()}
    noise = np.abs(seconds[AGAIN] - seconds[PLAIN]).max(axis=0)
    rows = [[name, f"{wall:.4f}", f"{processor:.4f}"] for name, (wall, processor) in more.items() if name != AGAIN]
    rows[0] = [PLAIN, *(f"({part:.4f} in all)" for part in np.median(plain, axis=0))]
    rows.append(["plain beside plain, largest difference", *(f"{part:.4f}" for part in noise)])
    title = f"Seconds added per epoch, {PROBES} probes, medians of {len(plain)} rounds"
    tables = [f"{title}\n\n" + table(["callback", "on the clock", "of the processor"], rows)]
    if missing:
        return tables, [Check(what, missing, "at most 1", None)]
    ours, peer = more[OURS][0], more[PEER][0]
    clear = noise[0] <= NOISE * peer
    measured = f"{ours:.4f} s / {peer:.4f} s = {ours / peer:.2f}, noise {noise[0]:.4f} s"
    return tables, [Check(what, measured, "at most 1", bool(ours <= peer) if clear else None)]


def held(found: dict[str, Any], which: str) -> tuple[list[str], list[Check]]:
    """The share of a plain training's time that each watched one took more."""
    whole = {name: np.array([fit for fit, _ in turns]) for name, turns in found["seconds"].items()}
    plain = (whole[PLAIN] + whole[AGAIN]) / 2
    noise = np.abs(whole[AGAIN] / whole[PLAIN] - 1).max(axis=0)
    rows, checks = [], []
    for name, taken in whole.items():
        if name in (PLAIN, AGAIN):
            continue
        share = np.median(taken / plain - 1, axis=0)
        records = found["records"][name]
        spent = sum(records)
        own = spent / (taken[:, 0].sum() - spent)
        rows.append([name, f"{share[0]:.1%}", f"{share[1]:.1%}", f"{own:.1%}", f"{len(records) / len(taken):.1f}"])
        if name == HOOK:
            continue
        what = f"{name}, {which}: share of a plain training's time"
        measured = f"{share[0]:.1%}, by its own clock {own:.1%}, noise {noise[0]:.1%}"
        within = bool(own <= SHARE + SLACK and share[0] <= SHARE + SLACK)
        # A machine whose plain trainings differ by more than the slack tells nothing about it.
        verdict = within if noise[0] <= SLACK or own > SHARE + SLACK else None
        checks.append(Check(what, measured, f"at most {SHARE + SLACK:.0%}", verdict))
    rows.append(["plain beside plain, largest difference", *(f"{part:.1%}" for part in noise), "", ""])
    seconds = float(np.median(plain[:, 0]))
    title = f"Time added to a training of {seconds:.0f} s, {which}, medians of {len(plain)} rounds"
    header = ["callback", "on the clock", "of the processor", "by its own clock", "records per fit"]
    return [f"{title}\n\n" + table(header, rows)], checks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_const", const="smoke", dest="size", help="tiny: proves that it runs")
    parser.add_argument("--full", action="store_const", const="full", dest="size", help="with tracing, more rounds")
    tables, checks = run(parser.parse_args().size or "short")
    print(*tables, "\n".join(map(str, checks)), sep="\n\n")


if __name__ == "__main__":
    main()

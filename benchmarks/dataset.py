"""Whole data sets: `explain_dataset` beside `explain`, its memory, what a killed run repeats, and what reading costs.

python -m benchmarks.dataset            # 6,000 rows, 5 kills; some minutes
python -m benchmarks.dataset --smoke    # proves that it runs
python -m benchmarks.dataset --full     # 60,000 rows, 20 kills; ten minutes on two cores

Rows are Fashion-MNIST's where Debian's package dataset-fashion-mnist is installed, else random ones of its shape: the
figures do not depend on what they show.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Literal

import numpy as np

from .memory import resident
from .report import Check, at_least, at_most, table
from .timing import in_turn, ratio, seconds_of, spread

Size = Literal["smoke", "short", "full"]
_FASHION = Path("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")
_ROUNDS = {"smoke": 1, "short": 3, "full": 3}


def rows_of(count: int) -> np.ndarray:
    """Images [count, 28, 28, 1] from 0 to 1."""
    if _FASHION.exists():
        with gzip.open(_FASHION) as file:
            data = np.frombuffer(file.read(16 + 784 * count), np.uint8, offset=16)
        return (data.reshape(-1, 28, 28, 1) / np.float32(255)).astype("float32")
    return np.random.default_rng(0).random((count, 28, 28, 1), dtype="float32")


def model_of(seed: int = 0):
    """A small convolutional network with random weights, the same in every process."""
    import keras

    from .models.digits_cnn import make_model

    keras.utils.set_random_seed(seed)
    return make_model("relu")


def speed(size: Size, folder: Path) -> list[Check]:
    """Rows a second to shards, as a share of those in memory."""
    import kerasig

    count = {"smoke": 200, "short": 4000, "full": 20_000}[size]
    model, rows = model_of(), rows_of(count)

    def written() -> None:
        shutil.rmtree(folder / "speed", ignore_errors=True)
        kerasig.explain_dataset(model, rows, output=folder / "speed", progress=False)

    seconds = in_turn(
        {"in memory": lambda: kerasig.explain(model, rows, progress=False), "written": written}, _ROUNDS[size]
    )
    share = ratio(seconds["in memory"], seconds["written"])
    what = f"rows a second of explain_dataset to shards, of explain in memory, {count:,} rows"
    print(f"{what}: {spread(seconds['in memory'], seconds['written'])}")
    check = at_least(what, share, 0.95)
    # Of so few rows the files' own milliseconds are a large part.
    return [Check(check.what, check.measured, check.wanted, None) if size == "smoke" else check]


def memory(size: Size, folder: Path) -> list[Check]:
    """Peaks of processes of their own, with many rows against a tenth of them."""
    many = {"smoke": 2000, "short": 20_000, "full": 60_000}[size]
    peaks = {}
    for count in (many // 10, many):
        output = folder / f"memory {count}"
        peaks[count] = _in_process("memory", str(output), str(count))["peak"]
    growth = 100 * (peaks[many] / peaks[many // 10] - 1)
    what = f"peak memory with {many:,} rows above that with {many // 10:,}"
    print(f"{what}: {peaks[many // 10]:.0f} and {peaks[many]:.0f} MiB")
    check = at_most(what, growth, 10, "%")
    # So few rows fill no shard.
    return [check] if size == "full" else [Check(check.what, check.measured, check.wanted, None)]


def kills(size: Size, folder: Path) -> list[Check]:
    """A run that is killed again and again: its bytes, and the chunks that it explained twice."""
    count = {"smoke": 3000, "short": 6000, "full": 60_000}[size]
    times = {"smoke": 1, "short": 5, "full": 20}[size]
    log = folder / "chunks.log"
    seconds = _in_process("run", str(folder / "undisturbed"), str(count), str(folder / "whole.log"))["seconds"]
    chunk_seconds = seconds / len((folder / "whole.log").read_text().splitlines()) * 2
    rng, killed = random.Random(0), 0
    log.touch()
    while killed < times:
        known = len(log.read_bytes())
        child = subprocess.Popen(
            _command("run", str(folder / "killed"), str(count), str(log)), stdout=subprocess.DEVNULL, env=_environment()
        )
        while child.poll() is None and len(log.read_bytes()) == known:
            time.sleep(0.02)
        # It has begun a chunk: from its very beginning to well into the next one.
        try:
            child.wait(timeout=rng.uniform(0, 1.5 * chunk_seconds))
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
            killed += 1
        else:
            break
    _in_process("run", str(folder / "killed"), str(count), str(log))
    begun = Counter(line.split()[1] for line in log.read_text().splitlines() if line.startswith("begun"))
    again = sum(number - 1 for number in begun.values())
    ended = Counter(line.split()[1] for line in log.read_text().splitlines() if line.startswith("ended"))
    whole = sum(number - 1 for number in ended.values())
    same = _bytes(folder / "killed") == _bytes(folder / "undisturbed")
    print(f"{count:,} rows, {len(begun)} chunks: {killed} kills, {again} begun again, {whole} explained again")
    return [
        Check(f"bytes after {killed} kills", "the same" if same else "others", "those of an undisturbed run", same),
        at_most(f"chunks begun again for each of {killed} kills", again / max(killed, 1), 1),
        at_most(f"whole chunks explained again after {killed} kills", whole, killed),
    ]


def reading(size: Size, folder: Path) -> list[Check]:
    """One row by its key, the output opened for it."""
    import kerasig

    count = {"smoke": 2000, "short": 6000, "full": 60_000}[size]
    rows = rows_of(count)
    names = np.array([f"garment {number}" for number in range(count)])
    output = folder / "reading"
    # The price of reading does not depend on how exact values are.
    kerasig.explain_dataset(model_of(), rows, output=output, key=names, steps=2, progress=False)
    kerasig.open_attributions(output).row("garment 1")
    taken = [
        seconds_of(lambda number=number: kerasig.open_attributions(output).row(f"garment {number}"))
        for number in np.random.default_rng(0).integers(0, count, 10)
    ]
    return [at_most(f"one row by key of {count:,}, opening included", 1000 * float(np.median(taken)), 50, " ms")]


def workers(size: Size, folder: Path) -> list[Check]:
    """Rows a second of Beam's runner with two processes of one thread each, against one of them."""
    count = {"smoke": 400, "short": 8000, "full": 60_000}[size]
    model_of().save(folder / "model.keras")
    few, rates = count // 50, {}
    for number in (1, 2):
        # What starting costs, both runs pay alike.
        start, whole = (
            _in_process("workers", str(folder / f"{rows} by {number}"), str(rows), str(number))["seconds"]
            for rows in (few, count)
        )
        rates[number] = (count - few) / (whole - start)
        print(f"{number} workers: {start:.1f} s for {few:,} rows, {whole:.1f} s for {count:,}")
    what = f"rows a second of two workers of one thread each, of one, {count:,} rows, without their start"
    check = at_least(what, rates[2] / rates[1], 1.8)
    return [check] if size == "full" else [Check(check.what, check.measured, check.wanted, None)]


def shift(size: Size, folder: Path) -> list[Check]:
    """Two checkpoints of one training, between which one of 20 features came to count for more, on rows of their own.

    The network is linear: with hidden layers the other features would move too, and be rightly told.
    """
    import keras

    import kerasig

    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    count = 1000 if size == "smoke" else 4000
    rows = rng.normal(size=(2, count, 20)).astype("float32")
    weights = rng.normal(size=20)
    names = [f"feature {number}" for number in range(20)]
    model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(1), keras.layers.Flatten()])
    model.compile(keras.optimizers.SGD(0.02), "mse")
    found = []
    for part, weight in zip(rows, (weights[7], 2 * weights[7] + 1), strict=True):
        weights[7] = weight
        drawn = rng.normal(size=(8000, 20)).astype("float32")
        model.fit(drawn, drawn @ weights, epochs=8, batch_size=64, verbose=0)
        found.append(kerasig.explain_dataset(model, part, feature_names=names, progress=False))
    difference = found[1].difference(found[0], pair=False)
    moved = [name for name, excluded in zip(names, difference.moved, strict=True) if excluded]
    what = "features whose difference between two checkpoints excludes zero, of 20, of which one was changed"
    return [Check(what, ", ".join(moved) or "none", "feature 7 alone", moved == ["feature 7"])]


def run(size: Size = "short") -> tuple[list[str], list[Check]]:
    """A table, and what must be seen."""
    checks: list[Check] = []
    with tempfile.TemporaryDirectory() as made:
        for part in (speed, memory, kills, reading, shift, workers):
            checks += part(size, Path(made))
    return [table(("what", "measured"), [(check.what, check.measured) for check in checks])], checks


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.dataset", "--part", *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}


def _in_process(*arguments: str) -> dict[str, float]:
    root = Path(__file__).parents[1]
    done = subprocess.run(
        _command(*arguments), capture_output=True, text=True, check=False, cwd=root, env=_environment()
    )
    if done.returncode:
        raise RuntimeError(f"{arguments} failed: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _part(name: str, output: str, count: int, log: str | None) -> None:
    """The work of a process of its own; prints what it found."""
    import kerasig
    from kerasig._datasets.questions import Questions

    if log is not None:
        explain = Questions.explain

        def told(self, chunk):
            with open(log, "a") as file:
                file.write(f"begun {chunk.first}\n")
            found = explain(self, chunk)
            with open(log, "a") as file:
                file.write(f"ended {chunk.first}\n")
            return found

        Questions.explain = told  # type: ignore[method-assign]
    start = time.perf_counter()
    # Memory would show an array of all rows.
    dataset = rows_of(count) if name == "run" else lambda: _drawn(count)
    kerasig.explain_dataset(model_of(), dataset, output=output, progress=False, steps=4 if name == "memory" else None)
    print(json.dumps({"peak": resident("VmHWM"), "seconds": time.perf_counter() - start}))


def _pipeline(output: str, count: int, number: int) -> None:
    """All rows by Beam's own runner."""
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions

    from kerasig.beam import ExplainDataset

    start = time.perf_counter()
    one_thread = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
    explain = ExplainDataset(str(Path(output).parent / "model.keras"), output, shards=16, env_vars=one_thread)
    options = PipelineOptions(["--direct_running_mode=multi_processing", f"--direct_num_workers={number}"])
    with beam.Pipeline("FnApiRunner", options=options) as pipeline:
        pipeline | beam.Create([count]) | beam.FlatMap(_numbered) | explain
    print(json.dumps({"seconds": time.perf_counter() - start}))


def _numbered(count: int):
    """(key, row) of each row."""
    from benchmarks.dataset import rows_of

    yield from enumerate(rows_of(count))


def _drawn(count: int):
    """Random batches, made as they are asked for."""
    rng = np.random.default_rng(0)
    for begin in range(0, count, 500):
        yield rng.random((min(500, count - begin), 28, 28, 1), dtype="float32")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", dest="size", action="store_const", const="smoke", default="short")
    parser.add_argument("--full", dest="size", action="store_const", const="full")
    parser.add_argument("--part", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        name, output, count, *log = options.part
        if name == "workers":
            _pipeline(output, int(count), int(log[0]))
            return
        _part(name, output, int(count), log[0] if log else None)
        return
    tables, checks = run(options.size)
    print(*tables, *checks, sep="\n")


if __name__ == "__main__":
    main()

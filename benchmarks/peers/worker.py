"""Runs in a peer's environment: python -m benchmarks.peers.worker PEER FILE MODE; prints one line of JSON last."""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

import numpy as np

from .adapters import ADAPTERS, Refused, Task
from .judge import errors, good_enough

REPEATS = 5
# Of all the calls that are repeated; the first of them is always made.
REPEAT_SECONDS = 20.0
FIRST_STEPS, MOST_STEPS = 4, 4096


def load(peer: str, path: str) -> tuple[Task, Any]:
    """The task in a file, with the model built here, and the file's arrays."""
    arrays = dict(np.load(path))
    meta = json.loads(str(arrays["meta"]))
    weights = [arrays[f"weight_{number}"] for number in range(meta["n_weights"])]
    if peer == "captum":
        from .torch_model import Network

        model = Network(meta["program"], weights)
    else:
        import keras

        model = keras.models.model_from_json(meta["architecture"])
        model.set_weights(weights)
        # Some peers ask for `model.input`, which a sequential model does not have until it is called.
        model = keras.Model(model.inputs, model.outputs)
    names = ("inputs", "baselines", "target")
    task = Task(meta["name"], model, *(arrays[name] for name in names), meta["layer"], meta["batch"])
    return task, arrays


def timed(call: Any) -> tuple[float, Any]:
    """Median seconds of a few calls after the first, and what the last returned."""
    start = time.perf_counter()
    result = call()
    first = time.perf_counter() - start
    seconds: list[float] = []
    while len(seconds) < REPEATS and first + sum(seconds) < REPEAT_SECONDS:
        start = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds or [first]), result


def price(peer: str, path: str, steps: int) -> dict[str, Any]:
    """Seconds of a call, and the median completeness error."""
    task, arrays = load(peer, path)
    seconds, values = timed(lambda: ADAPTERS[peer](task, steps))
    completeness, _ = errors(values, values, arrays["change"])
    return {"seconds": seconds, "completeness": float(np.median(completeness))}


def accuracy(peer: str, path: str) -> dict[str, Any]:
    """Steps doubled until the result is good enough, and the seconds of a call with as many."""
    task, arrays = load(peer, path)
    steps, found = FIRST_STEPS, {}
    while steps <= MOST_STEPS:
        values = ADAPTERS[peer](task, steps)
        completeness, map_error = errors(values, arrays["reference"], arrays["change"])
        found = {"steps": steps, "completeness": float(np.median(completeness)), "map": float(np.median(map_error))}
        # For the parent, should time run out.
        print(json.dumps(found | {"reached": False}), flush=True)
        if good_enough(completeness, map_error):
            seconds, _ = timed(lambda steps=steps: ADAPTERS[peer](task, steps))
            return found | {"seconds": seconds, "reached": True}
        steps *= 2
    return found | {"reached": False, "why": f"not with {MOST_STEPS} steps"}


def main() -> None:
    peer, path, mode = sys.argv[1:4]
    try:
        found = accuracy(peer, path) if mode == "accuracy" else price(peer, path, int(mode))
    except Refused as reason:
        found = {"why": str(reason)}
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [""]
        # TensorFlow's messages begin with where and end with what.
        found = {"why": f"{type(error).__name__}: {lines[-1][:160]}"}
    print(json.dumps(found))


if __name__ == "__main__":
    main()

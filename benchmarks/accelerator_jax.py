"""Runs exported StableHLO in JAX: the half of `accelerator.py` that needs JAX and nothing else but NumPy.

python accelerator_jax.py EXPORTED.npz
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import jax
import numpy as np
from jaxlib import xla_client

ROUNDS = 15


def loaded(module: bytes, device: Any) -> Any:
    """An executable of a StableHLO module, on one device."""
    devices = xla_client.DeviceList((device,))
    return device.client.compile_and_load(module, devices, xla_client.CompileOptions())


def main(path: str) -> None:
    device = jax.devices()[0]
    with np.load(path) as file:
        arrays = dict(file)
    report: dict[str, Any] = {"platform": device.platform, "device": device.device_kind, "cases": {}}
    for case in sorted({name.split("/")[0] for name in arrays}):
        calls, found = {}, {}
        for part in sorted({name.split("/")[1] for name in arrays if name.startswith(f"{case}/")}):
            prefix = f"{case}/{part}/"
            count = sum(name.startswith(prefix + "argument") for name in arrays)
            with jax.enable_x64(True):
                arguments = [jax.device_put(arrays[f"{prefix}argument{i}"], device) for i in range(count)]
            start = time.perf_counter()
            executable = loaded(arrays[prefix + "module"].tobytes(), device)
            found[part] = {"compile": time.perf_counter() - start, "seconds": [], "error": 0.0}
            calls[part] = lambda executable=executable, arguments=arguments: jax.block_until_ready(
                executable.execute(arguments)
            )
            for i, result in enumerate(calls[part]()):
                expected, own = arrays[f"{prefix}result{i}"].astype("float64"), np.asarray(result, "float64")
                if part == "whole" and arrays[f"{prefix}name{i}"] == "ends":
                    # Status and evaluations of each example, of which the last may only fill up.
                    found[part] |= {"evaluations": int(expected[:, 1].sum()), "same": bool((own == expected).all())}
                known = np.isfinite(expected)
                size = max(np.abs(expected[known]).max(initial=0.0), 1e-30)
                error = np.abs(np.where(known, own, 0) - np.where(known, expected, 0)).max(initial=0.0) / size
                found[part]["error"] = max(found[part]["error"], float(error))
        # In turn, so that both see the same machine.
        for _ in range(ROUNDS):
            for part, call in calls.items():
                start = time.perf_counter()
                call()
                found[part]["seconds"].append(time.perf_counter() - start)
        for figures in found.values():
            figures["seconds"] = float(np.median(figures["seconds"]))
        report["cases"][case] = found
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1])

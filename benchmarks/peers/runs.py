"""Writes a case for the peers, and runs one of them on it within bounds of time and memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from ..floor import ends_of
from ..models import Case
from .environments import python_of, why_missing
from .program import program_of

ROOT = Path(__file__).parents[2]
SECONDS, GIGABYTES = 240.0, 12.0


def export(case: Case, path: Path, *, batch: int, change: np.ndarray, reference: np.ndarray | None = None) -> None:
    """Writes what a worker needs: arrays, weights, and the architecture in two forms."""
    _, baselines, _ = ends_of(case)
    weights = case.model.get_weights()
    meta = {
        "name": case.name,
        "layer": case.layer,
        "batch": batch,
        "n_weights": len(weights),
        "program": program_of(case.model),
        "architecture": case.model.to_json(),
    }
    arrays = {f"weight_{number}": weight for number, weight in enumerate(weights)}
    arrays |= {"inputs": case.inputs, "baselines": baselines, "target": case.target, "change": change}
    if reference is not None:
        arrays["reference"] = reference
    np.savez(path, meta=json.dumps(meta), **arrays)


def ask(peer: str, path: Path, mode: str, *, seconds: float = SECONDS, gigabytes: float = GIGABYTES) -> dict[str, Any]:
    """The worker's findings, or {"why": the reason why there is nothing}."""
    if reason := why_missing(peer):
        return {"why": reason}
    command = [str(python_of(peer)), "-m", "benchmarks.peers.worker", peer, str(path), mode]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.DEVNULL, start_new_session=True
        )
        why = _watch(process, seconds, gigabytes)
        said.seek(0)
        return read_answer(said.read(), why)


def read_answer(said: str, why: str) -> dict[str, Any]:
    """The last line of JSON that a worker printed, and where it has no time in it, why."""
    lines = [line for line in said.splitlines() if line.startswith("{")]
    found = json.loads(lines[-1]) if lines else {}
    if "seconds" not in found and "why" not in found:
        found["why"] = why or "ended without an answer"
    return found


def _watch(process: subprocess.Popen[Any], seconds: float, gigabytes: float) -> str:
    """Waits; stops what takes too long or too much. Returns why it was stopped, or nothing."""
    end, why = time.monotonic() + seconds, ""
    while process.poll() is None and not why:
        time.sleep(0.1)
        if time.monotonic() > end:
            why = f"stopped after {seconds:.0f} s"
        elif _resident(process.pid) > gigabytes * 1e9:
            why = f"stopped above {gigabytes:.0f} GB"
    if why:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return why


def _resident(pid: int) -> float:
    """Bytes in memory; 0 where the system does not tell."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except OSError:
        return 0.0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")

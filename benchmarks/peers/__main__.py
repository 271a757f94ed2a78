"""Peers beside kerasig: python -m benchmarks.peers setup [PEER ...], then python -m benchmarks.peers [PEER ...]."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

import kerasig

from .. import models
from ..floor import Floor
from ..models import Unavailable
from ..report import table
from ..timing import in_turn, ratio
from .environments import PEERS, set_up
from .runs import ask, export

STEPS = 50
CASES = (
    ("digits_cnn_relu", 16),
    ("tabular_mlp_relu", 1024),
    ("trec_lstm", 16),
    ("efficientnet_lite0_softmax_black", 1),
)


def run(peers: tuple[str, ...] = tuple(PEERS), only: str = "") -> list[str]:
    """Each tool's steady time with 50 steps, as a multiple of the floor, and its median completeness error."""
    rows = []
    for name, n in CASES:
        if only not in name:
            continue
        try:
            case = models.build(name, n)
        except Unavailable as error:
            rows.append([name, "all", "", "", str(error)])
            continue
        floor = Floor(case, STEPS)
        floor.tune(most_rows=64 if case.kind == "image" and n == 1 else None)
        explainer = kerasig.Explainer(case.model, layer=case.layer, steps=kerasig.Fixed(STEPS))

        def explain(explainer=explainer, case=case) -> kerasig.Attribution:
            return explainer.explain(case.inputs, case.target, baselines=case.baselines)

        seconds = in_turn({"floor": floor, "kerasig": explain}, 5)
        found = explain()
        price = ratio(seconds["kerasig"], seconds["floor"])
        rows.append([name, "kerasig", f"{price:.2f}", f"{np.median(found.residual):.1%}", ""])
        change = found.score.astype(np.float64) - found.baseline_score
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "task.npz"
            export(case, path, batch=floor.size, change=change)
            for peer in peers:
                # The floor is taken again beside each peer: the machine may be slower by now.
                before = in_turn({"floor": floor}, 3)["floor"]
                answer = ask(peer, path, str(STEPS))
                unit = float(np.median(np.concatenate([before, in_turn({"floor": floor}, 3)["floor"]])))
                times = f"{answer['seconds'] / unit:.2f}" if "seconds" in answer else ""
                complete = f"{answer['completeness']:.1%}" if "completeness" in answer else ""
                rows.append([name, peer, times, complete, answer.get("why", "")])
    header = ["case", "tool", "multiples of the floor", "completeness error", ""]
    return [f"{STEPS} steps, each tool on its own\n\n" + table(header, rows)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="'setup' to install, and peers; all when none is named")
    parser.add_argument("--only", default="", help="part of the cases' names")
    options = parser.parse_args()
    peers = tuple(name for name in options.names if name != "setup") or tuple(PEERS)
    if unknown := set(peers) - set(PEERS):
        parser.error(f"peers must be among {', '.join(PEERS)}. Received {', '.join(sorted(unknown))}.")
    if "setup" in options.names:
        for peer in peers:
            print(f"{peer}: {set_up(peer) or 'ready'}", flush=True)
    else:
        print(*run(peers, options.only), sep="\n\n")


if __name__ == "__main__":
    main()

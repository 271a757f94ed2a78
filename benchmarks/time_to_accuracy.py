"""Seconds until an attribution is accurate: kerasig's own stop beside peers whose steps are doubled until theirs is.

    python -m benchmarks.time_to_accuracy
    python -m benchmarks.time_to_accuracy --smoke
    python -m benchmarks.time_to_accuracy --full       # eight photographs for the published ways

Accurate: map error below 5% and completeness error below 1%, medians over the examples, against an integral with
thousands of nodes. Peers are told by the reference when to stop; kerasig stops by its own estimates. After that,
the gradients of three published ways to fewer steps, as `published` counts them.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import kerasig

from . import models, published
from .models import Case, Unavailable
from .models.case import cache_folder
from .peers import judge, runs
from .peers.environments import PEERS
from .report import Check, at_least, at_most, table
from .timing import in_turn

# Case, examples, rows per call that suit it, and how many times the best peer's speed is wanted.
CASES = (
    ("efficientnet_lite0_softmax_black", 1, 8, 2.0),
    ("tabular_mlp_relu", 1024, 16384, 5.0),
    ("digits_cnn_relu", 16, 256, 1.0),
    ("trec_lstm", 16, 256, 1.0),
)


def reference(case: Case, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Values [N, *F] by that many midpoints, and the score's change [N]; kept among the benchmarks' files."""
    digest = hashlib.sha256(f"{case.name} {nodes}".encode())
    for array in (case.inputs, case.target, *case.model.get_weights()):
        digest.update(np.ascontiguousarray(array).tobytes())
    path = cache_folder() / f"reference-{case.name}-{digest.hexdigest()[:16]}.npz"
    if not path.exists():
        found = explained(case, kerasig.Fixed(nodes, "riemann_middle"))
        np.savez(path, values=found.values, change=_change(found))
    with np.load(path) as kept:
        return kept["values"], kept["change"]


def explained(case: Case, steps: Any) -> kerasig.Attribution:
    explainer = kerasig.Explainer(case.model, layer=case.layer, steps=steps)
    return explainer.explain(case.inputs, case.target, baselines=case.baselines)


def _change(found: kerasig.Attribution) -> np.ndarray:
    return found.score.astype(np.float64) - found.baseline_score


def run(
    size: published.Size = "short", peers: tuple[str, ...] = tuple(PEERS), only: str = "", seconds: float = runs.SECONDS
) -> tuple[list[str], list[Check]]:
    """The table and the checks; `only` is part of the cases' names, `seconds` what each peer may take for a case."""
    smoke = size == "smoke"
    cases = [("tabular_mlp_relu", 8, 256, 1.0)] if smoke else CASES
    if smoke:
        peers = peers[:1]
    rows, checks = [], []
    for name, n, batch, wanted in cases:
        if only not in name:
            continue
        try:
            case = models.build(name, n)
        except Unavailable as error:
            checks.append(Check(f"{name}: time to accuracy", str(error), f"at least {wanted:g}", None))
            continue
        nodes = 64 if smoke else 2048
        values, change = reference(case, nodes)
        own, found = own_row(case, values, change, 2 if smoke else 5)
        rows.append([name, "kerasig", *own])
        best = np.inf
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "task.npz"
            runs.export(case, path, batch=batch, change=change, reference=values)
            for peer in peers:
                answer = runs.ask(peer, path, "accuracy", seconds=seconds)
                rows.append([name, peer, *peer_cells(answer)])
                best = min(best, answer.get("seconds", np.inf))
        checks.append(compared(name, float(found["seconds"]), best, wanted))
        checks.append(at_most(f"{name}: kerasig's median map error", found["map"], judge.MAP_BAR))
        checks.append(
            at_most(f"{name}: kerasig's median completeness error", found["complete"], judge.COMPLETENESS_BAR)
        )
    header = ["case", "tool", "gradients", "seconds", "completeness error", "map error", ""]
    title = "Time to a map error below 5% and a completeness error below 1%, medians over examples"
    tables, verdicts = published.run(size, only)
    return [title + "\n\n" + table(header, rows), *tables], checks + verdicts


def own_row(case: Case, values: np.ndarray, change: np.ndarray, rounds: int) -> tuple[list[str], dict[str, float]]:
    """kerasig's cells, and its figures."""
    explainer = kerasig.Explainer(case.model, layer=case.layer, steps=kerasig.Adaptive())
    kept: list[kerasig.Attribution] = []

    def explain() -> None:
        kept[:] = [explainer.explain(case.inputs, case.target, baselines=case.baselines)]

    seconds = float(np.median(in_turn({"kerasig": explain}, rounds)["kerasig"]))
    completeness, map_error = judge.errors(np.asarray(kept[0].values), values, change)
    evaluations = f"{kept[0].n_evaluations.mean():.0f}"
    cells = [evaluations, f"{seconds:.3f}", f"{np.median(completeness):.2%}", f"{np.median(map_error):.2%}"]
    cells.append(f"worst {completeness.max():.1%}, {map_error.max():.1%}")
    found = {"seconds": seconds, "map": float(np.median(map_error)), "complete": float(np.median(completeness))}
    return cells, found


def peer_cells(answer: dict[str, Any]) -> list[str]:
    """A peer's cells, from what its worker answered."""
    numbers = [f"{answer[name]:.2%}" if name in answer else "" for name in ("completeness", "map")]
    seconds = f"{answer['seconds']:.3f}" if "seconds" in answer else ""
    return [str(answer.get("steps", "")), seconds, *numbers, answer.get("why", "")]


def compared(name: str, own: float, best: float, wanted: float) -> Check:
    """How many times the best peer's time kerasig's goes into it."""
    what = f"{name}: best peer's seconds / kerasig's"
    if not np.isfinite(best):
        return Check(what, "no peer was there or reached it", f"at least {wanted:g}", None)
    return at_least(what, best / own, wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--smoke", dest="size", action="store_const", const="smoke", help="tiny, without peers")
    group.add_argument("--full", dest="size", action="store_const", const="full", help="more photographs")
    parser.set_defaults(size="short")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), help="which; all when not given")
    parser.add_argument("--only", default="", help="part of the cases' names")
    parser.add_argument("--seconds", type=float, default=runs.SECONDS, help="what each peer may take for a case")
    options = parser.parse_args()
    peers = () if options.size == "smoke" else tuple(options.peers)
    tables, checks = run(options.size, peers, options.only, options.seconds)
    print(*tables, "\n".join(map(str, checks)), sep="\n\n")


if __name__ == "__main__":
    main()

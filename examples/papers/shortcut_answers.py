"""Asks kerasig and its rivals about networks, and keeps what they say as lines of JSON, a file for each."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from shortcut_cases import Case
from shortcut_rivals import RIVALS, maps_of
from shortcut_scores import rank
from shortcut_training import Facts, Network, facts_of, read

import kerasig

OURS = "kerasig"
SIGHTS = "first seen"  # the file of what `first_seen` found


@dataclass(frozen=True)
class Said:
    """One method's answer about one network.

    Args:
        name: of the network.
        rank: of the first right one of its suspects, from 1; None where none is.
        strength: of the first, 0 for no suspect; a rival accuses above a threshold.
        first: what comes first, in words.
        seconds: that it took, maps included.
    """

    name: str
    rank: int | None
    strength: float
    first: str
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """A network, and what was said of it by each method that was asked.

    Args:
        case: what it is.
        facts: its accuracies.
        said: by method.
        seen: epochs after which a right suspect was first among the first three; None where there was none.
    """

    case: Case
    facts: Facts
    said: dict[str, Said]
    seen: int | None

    @property
    def relies(self) -> bool:
        """Whether it measurably relies on its shortcut."""
        return self.case.trained == "planted" and self.facts.relies

    @property
    def kind(self) -> str:
        """What thresholds are for: those of tables are none for images."""
        others = {"questions": "tokens", "waves": "series", "tumours": "table", "diabetes": "table"}
        return others.get(self.case.data, "image")

    def accused(self, method: str, thresholds: dict[tuple[str, str], float]) -> bool:
        """Whether a method has a suspect here; a rival has one above its threshold for that kind."""
        least = 0.0 if method == OURS else thresholds.get((method, self.kind), np.inf)
        return self.said[method].strength > least

    def right_first(self, method: str) -> bool:
        return self.said[method].rank == 1


def _lines(folder: Path, file: str) -> list[dict[str, Any]]:
    path = folder / f"{file}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def _add(folder: Path, file: str, line: dict[str, Any]) -> None:
    with (folder / f"{file}.jsonl").open("a") as lines:
        lines.write(json.dumps(line) + "\n")


def answers(folder: Path, method: str) -> dict[str, Said]:
    """The answers of a method that a folder has, by network."""
    return {line["name"]: Said(**line) for line in _lines(folder, method)}


def sights(folder: Path) -> dict[str, int]:
    """The epochs after which right suspects were seen first, by network."""
    return {line["name"]: line["epochs"] for line in _lines(folder, SIGHTS)}


def outcomes(cases: Iterable[Case], folder: Path) -> list[Outcome]:
    """The networks in a folder with all that was said of them."""
    by_method = {method: answers(folder, method) for method in (OURS, *RIVALS)}
    seen = sights(folder)
    return [
        Outcome(
            case,
            facts_of(folder, case),
            {method: said[case.name] for method, said in by_method.items() if case.name in said},
            seen.get(case.name),
        )
        for case in cases
    ]


def ask_rivals(cases: Iterable[Case], folder: Path, n: int = 500) -> None:
    """Asks them about the networks that they have not been asked about, by n examples at most."""
    known = {method: answers(folder, method) for method in RIVALS}
    for case in cases:
        methods = [method for method in RIVALS if case.name not in known[method]]
        if methods:
            network = read(folder, case, n)
            began = time.perf_counter()
            maps = maps_of(network)
            of_maps = time.perf_counter() - began
            for method in methods:
                began = time.perf_counter()
                accused = RIVALS[method](network, maps)
                seconds = of_maps + time.perf_counter() - began
                words = f"{accused[0].family} {accused[0].name}".strip() if accused else ""
                strength = accused[0].strength if accused else 0.0
                said = Said(case.name, rank(accused, network.truth), strength, words, seconds)
                _add(folder, method, asdict(said))


def ask(cases: Iterable[Case], folder: Path, say: Callable[[str], None], n: int = 500) -> None:
    """Asks kerasig about the networks that it has not been asked about.

    Args:
        cases: the networks.
        folder: where they and the answers are.
        say: prints a line.
        n: examples in an audit at most.
    """
    known = answers(folder, OURS)
    for case in cases:
        if case.name not in known:
            said = answer(read(folder, case, n))
            _add(folder, OURS, asdict(said))
            right = "nothing right" if said.rank is None else f"right at {said.rank}"
            say(f"{said.name}: {said.first or 'no suspects'}; {right}, {said.seconds:.1f} s")


def answer(network: Network) -> Said:
    """The search's answer about one network."""
    began = time.perf_counter()
    found = _suspects(network)
    seconds = time.perf_counter() - began
    first = f"{found[0].group}: {found[0].family}, {found[0].name}" if found else ""
    strength = max(float(found[0].evidence), 1e-9) if found else 0.0
    return Said(network.name, rank(found, network.truth), strength, first, seconds)


def _suspects(network: Network) -> Sequence[Any]:
    audit = kerasig.Audit(network.inputs, network.labels, **network.audit)
    return list(kerasig.suspects(network.model, audit, network.before, **network.options))


def ask_when(cases: Iterable[Case], folder: Path, say: Callable[[str], None]) -> None:
    """Looks for the first epoch at which a right suspect was there, in networks that rely on their shortcut."""
    known = sights(folder)
    for outcome in outcomes(cases, folder):
        name, said = outcome.case.name, outcome.said.get(OURS)
        if name not in known and outcome.relies and said is not None and said.rank is not None and said.rank <= 3:
            epochs = first_seen(read(folder, outcome.case))
            _add(folder, SIGHTS, {"name": name, "epochs": epochs})
            say(f"{name}: seen after epochs: {epochs}; clean accuracy told: {outcome.facts.told}")


def first_seen(network: Network) -> int:
    """Epochs after which a right suspect was first among the first three, of those whose weights were kept."""
    for epoch in sorted(network.epochs)[1:-1]:
        network.model.set_weights(network.epochs[epoch])
        place = rank(_suspects(network), network.truth)
        if place is not None and place <= 3:
            return epoch
    return max(network.epochs)

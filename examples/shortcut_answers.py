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


@dataclass(frozen=True)
class Said:
    """One method's answer about one network.

    Args:
        name: of the network.
        rank: of the first right one of its suspects, from 1; None where none is.
        strength: of the first, 0 for no suspect; a rival accuses above a threshold.
        first: what comes first, in words.
        seconds: that it took, maps included.
        seen: epochs after which a right one was first among the first three; None where that was not looked for.
    """

    name: str
    rank: int | None
    strength: float
    first: str
    seconds: float
    seen: int | None = None


@dataclass(frozen=True)
class Outcome:
    """A network, and what was said of it by each method that was asked."""

    case: Case
    facts: Facts
    said: dict[str, Said]

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


def answers(folder: Path, method: str) -> dict[str, Said]:
    """The answers of a method that a folder has, by network."""
    path = folder / f"{method}.jsonl"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return {said.name: said for said in (Said(**json.loads(line)) for line in lines)}


def _add(folder: Path, method: str, said: Said) -> None:
    with (folder / f"{method}.jsonl").open("a") as file:
        file.write(json.dumps(asdict(said)) + "\n")


def outcomes(cases: Iterable[Case], folder: Path) -> list[Outcome]:
    """The networks in a folder with all that was said of them."""
    by_method = {method: answers(folder, method) for method in (OURS, *RIVALS)}
    return [
        Outcome(
            case,
            facts_of(folder, case),
            {method: said[case.name] for method, said in by_method.items() if case.name in said},
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
                _add(folder, method, Said(case.name, rank(accused, network.truth), strength, words, seconds))


def ask(cases: Iterable[Case], folder: Path, *, n: int, when: bool, say: Callable[[str], None]) -> None:
    """Asks kerasig about the networks that it has not been asked about.

    Args:
        cases: the networks.
        folder: where they and the answers are.
        n: examples in an audit at most.
        when: whether the first epoch is looked for at which a right suspect was there.
        say: prints a line.
    """
    known = answers(folder, OURS)
    for case in cases:
        if case.name not in known:
            said = answer(read(folder, case, n), when)
            _add(folder, OURS, said)
            right = "nothing right" if said.rank is None else f"right at {said.rank}"
            say(f"{said.name}: {said.first or 'no suspects'}; {right}, {said.seconds:.1f} s")


def answer(network: Network, when: bool) -> Said:
    """The search's answer about one network."""
    audit = kerasig.Audit(network.inputs, network.labels, **network.audit)
    began = time.perf_counter()
    found = _suspects(network, audit)
    seconds = time.perf_counter() - began
    place = rank(found, network.truth)
    seen = first_seen(network, audit) if when and network.relies and place is not None and place <= 3 else None
    first = f"{found[0].group}: {found[0].family}, {found[0].name}" if found else ""
    strength = max(float(found[0].evidence), 1e-9) if found else 0.0
    return Said(network.name, place, strength, first, seconds, seen)


def _suspects(network: Network, audit: kerasig.Audit) -> Sequence[Any]:
    return list(kerasig.suspects(network.model, audit, network.before, **network.options))


def first_seen(network: Network, audit: kerasig.Audit) -> int:
    """Epochs after which a right suspect was first among the first three, of those whose weights were kept."""
    for epoch in sorted(network.epochs)[1:-1]:
        network.model.set_weights(network.epochs[epoch])
        place = rank(_suspects(network, audit), network.truth)
        if place is not None and place <= 3:
            return epoch
    return max(network.epochs)

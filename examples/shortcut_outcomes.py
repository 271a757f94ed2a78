"""Examines networks: what each method says of them, kept as lines of JSON, and the tables of all."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from shortcut_cases import ROWS
from shortcut_rivals import RIVALS, maps_of
from shortcut_scores import markdown, rank, share
from shortcut_training import Network

import kerasig

OURS = "kerasig"


@dataclass(frozen=True)
class Said:
    """One method's word on one network.

    Args:
        rank: of the first right one of its suspects, from 1; None where none is.
        strength: of the first; a rival accuses above a threshold, kerasig where there is a suspect.
        first: what comes first, in words.
        seconds: that it took, maps included.
    """

    rank: int | None
    strength: float
    first: str
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """The findings in one network.

    Args:
        name: of its case.
        row: of the exam.
        data: that it learnt from.
        kind: of the data.
        architecture: of the network.
        trained: on "planted" or on "clean" examples.
        shown: in the audit.
        relies: whether it measurably relies on the shortcut.
        fall: of accuracy when marks are swapped.
        told: epochs after which accuracy on clean examples told; None for never.
        seen: epochs after which a right suspect was first among the first three; None for never, or not looked for.
        looked: whether `seen` was looked for.
        said: by method.
    """

    name: str
    row: str
    data: str
    kind: str
    architecture: str
    trained: str
    shown: str
    relies: bool
    fall: float
    told: int | None
    seen: int | None
    looked: bool
    said: dict[str, Said]

    @classmethod
    def read(cls, line: str) -> Outcome:
        """The outcome of a line of JSON."""
        found = json.loads(line)
        found["said"] = {name: Said(**said) for name, said in found["said"].items()}
        return cls(**found)

    def accused(self, method: str, thresholds: dict[tuple[str, str], float]) -> bool:
        """Whether a method has a suspect here."""
        said = self.said[method]
        if method == OURS:
            return said.strength > 0
        return said.strength > thresholds.get((method, self.kind), np.inf)


def examine(network: Network, rivals: bool = True, when: bool = True) -> Outcome:
    """Asks every method about one network.

    Args:
        network: of the exam.
        rivals: whether others than kerasig are asked.
        when: whether the first epoch is looked for at which a right suspect was there.
    """
    audit = kerasig.Audit(network.inputs, network.labels, **network.audit)
    began = time.perf_counter()
    found = kerasig.suspects(network.model, audit, network.before, **network.options)
    seconds = time.perf_counter() - began
    place = rank(list(found), network.truth)
    said = {OURS: Said(place, float(len(found)), first_words(found), seconds)}
    if rivals:
        began = time.perf_counter()
        maps = maps_of(network)
        of_maps = time.perf_counter() - began
        for name, method in RIVALS.items():
            began = time.perf_counter()
            accused = method(network, maps)
            seconds = of_maps + time.perf_counter() - began
            words = f"{accused[0].family} {accused[0].name}".strip() if accused else ""
            strength = accused[0].strength if accused else 0.0
            said[name] = Said(rank(accused, network.truth), strength, words, seconds)
    looked = when and network.relies and place is not None
    seen = first_seen(network, audit) if looked else None
    case, facts = network.case, network.facts
    return Outcome(
        *(case.name, case.row, case.data, network.audit["kind"], case.architecture, case.trained, case.shown),
        *(network.relies, facts.fall, facts.told, seen, looked, said),
    )


def first_words(found: Sequence) -> str:
    """A suspect in words."""
    return f"{found[0].group}: {found[0].family} {found[0].name}" if len(found) else ""


def first_seen(network: Network, audit: kerasig.Audit) -> int:
    """Epochs after which a right suspect was first among the first three, of those whose weights were kept."""
    for epoch in sorted(network.epochs)[1:-1]:
        network.model.set_weights(network.epochs[epoch])
        found = kerasig.suspects(network.model, audit, network.before, **network.options)
        place = rank(list(found), network.truth)
        if place is not None and place <= 3:
            return epoch
    return max(network.epochs)


def examine_all(
    networks: Iterable[Network], path: Path, examined: Callable[[Network], Outcome], say: Callable[[str], None]
) -> list[Outcome]:
    """The outcomes of all networks; those that the file has are read from it, the others are added to it."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    outcomes = {outcome.name: outcome for outcome in map(Outcome.read, lines)}
    for network in networks:
        if network.name not in outcomes:
            outcome = outcomes[network.name] = examined(network)
            with path.open("a") as file:
                file.write(json.dumps(asdict(outcome)) + "\n")
            ours = outcome.said[OURS]
            right = "nothing right" if ours.rank is None else f"right at {ours.rank}"
            say(f"{outcome.name}: {ours.first or 'no suspects'}; {right}, {ours.seconds:.1f} s")
    return list(outcomes.values())


def thresholds_of(outcomes: Sequence[Outcome]) -> dict[tuple[str, str], float]:
    """For each rival and kind of data the strength above which it accuses none of the clean networks given."""
    found: dict[tuple[str, str], float] = {}
    for outcome in outcomes:
        if outcome.trained == "clean":
            for method, said in outcome.said.items():
                key = (method, outcome.kind)
                found[key] = max(found.get(key, 0.0), said.strength)
    return found


def median(epochs: Sequence[int | None]) -> str:
    """The median, where there are any, and how many."""
    known = [epoch for epoch in epochs if epoch is not None]
    return f"{np.median(known):g} ({len(known)} of {len(epochs)})" if known else f"never ({len(epochs)})"


def by_row(outcomes: Sequence[Outcome]) -> str:
    """A row for each kind of shortcut: of the networks that rely on it, in how many a right suspect came first."""
    methods = [OURS, *RIVALS]
    header = [
        *("shortcut", "networks", "rely on it", "right first", "among first three"),
        *(f"{method}: right first" for method in RIVALS),
        *("right suspect after epochs", "clean accuracy told after epochs"),
    ]
    rows = []
    groups = {name: [each for each in outcomes if each.trained == "planted" and each.row == name] for name in ROWS}
    groups["places, words, columns"] = [each for name in ROWS if ROWS[name].has_place for each in groups[name]]
    for name, found in groups.items():
        rely = [each for each in found if each.relies]
        if found:
            first = {
                method: [each.said[method].rank == 1 for each in rely if method in each.said] for method in methods
            }
            three = [(each.said[OURS].rank or 9) <= 3 for each in rely]
            looked = [each for each in rely if each.looked]
            rows.append(
                [
                    *(name, str(len(found)), str(len(rely)), share(first[OURS]), share(three)),
                    *(share(first[method]) for method in RIVALS),
                    *(median([each.seen for each in looked]), median([each.told for each in rely])),
                ]
            )
    return markdown(header, rows)


def by_accusation(outcomes: Sequence[Outcome], thresholds: dict[tuple[str, str], float]) -> str:
    """Who accuses networks that do not rely on a shortcut, and who those that do, at thresholds chosen elsewhere."""
    groups = {
        "clean, shown clean examples": [o for o in outcomes if o.trained == "clean" and o.shown == "clean"],
        "clean, shown planted examples": [o for o in outcomes if o.trained == "clean" and o.shown == "planted"],
        "planted, not relied on": [o for o in outcomes if o.trained == "planted" and not o.relies],
        "planted, relied on": [o for o in outcomes if o.relies],
    }
    methods = [OURS, *RIVALS]
    rows = []
    for name, found in groups.items():
        said = [[o.accused(method, thresholds) for o in found if method in o.said] for method in methods]
        rows.append([name, str(len(found)), *map(share, said)])
    right = [
        [o.said[m].rank == 1 and o.accused(m, thresholds) for o in groups["planted, relied on"] if m in o.said]
        for m in methods
    ]
    rows.append(["relied on, and the right one first", str(len(groups["planted, relied on"])), *map(share, right)])
    return markdown(["accused", "networks", *methods], rows)


def by_architecture(outcomes: Sequence[Outcome]) -> str:
    """The same by architecture and by data, of shortcuts that have a place."""
    rows = []
    for field in ("architecture", "data"):
        for value in sorted({getattr(each, field) for each in outcomes}):
            found = [each for each in outcomes if getattr(each, field) == value]
            first = [each.said[OURS].rank == 1 for each in found if each.relies and ROWS[each.row].has_place]
            accused = [each.accused(OURS, {}) for each in found if each.trained == "clean"]
            seconds = [each.said[OURS].seconds for each in found]
            rows.append([value, str(len(found)), share(first), share(accused), f"{np.median(seconds):.1f}"])
    return markdown(["of", "networks", "right first", "clean ones accused", "seconds an audit, median"], rows)

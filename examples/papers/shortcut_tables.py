"""The tables of the exam."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from shortcut_answers import OURS, Outcome
from shortcut_cases import ROWS
from shortcut_rivals import RIVALS
from shortcut_scores import markdown, share

METHODS = (OURS, *RIVALS)
Thresholds = dict[tuple[str, str], float]


def thresholds_of(outcomes: Sequence[Outcome]) -> Thresholds:
    """For each rival and kind of data the strength above which it accuses none of the clean networks given."""
    found: Thresholds = {}
    for outcome in outcomes:
        if outcome.case.trained == "clean":
            for method, said in outcome.said.items():
                key = (method, outcome.kind)
                found[key] = max(found.get(key, 0.0), said.strength)
    return found


def median(epochs: Sequence[int | None]) -> str:
    """The median, and how many of all there are."""
    known = [epoch for epoch in epochs if epoch is not None]
    return f"{np.median(known):g} (in {len(known)} of {len(epochs)})" if known else f"never (in {len(epochs)})"


def _first(outcomes: Sequence[Outcome], method: str) -> list[bool]:
    return [each.right_first(method) for each in outcomes if method in each.said]


def by_row(outcomes: Sequence[Outcome]) -> str:
    """A row for each kind of shortcut: of the networks that rely on it, in how many a right suspect came first."""
    header = [
        *("shortcut", "networks", "rely on it", "right first", "among first three"),
        *(f"{method}: right first" for method in RIVALS),
        *("right one seen after epochs", "clean accuracy told after epochs"),
    ]
    planted = [each for each in outcomes if each.case.trained == "planted"]
    groups = {name: [each for each in planted if each.case.row == name] for name in ROWS}
    groups["**places, words, columns**"] = [each for each in planted if ROWS[each.case.row].has_place]
    rows = []
    for name, found in groups.items():
        rely = [each for each in found if each.relies]
        if found:
            three = [(each.said[OURS].rank or 9) <= 3 for each in rely if OURS in each.said]
            rows.append(
                [
                    *(name, str(len(found)), str(len(rely)), share(_first(rely, OURS)), share(three)),
                    *(share(_first(rely, method)) for method in RIVALS),
                    median([each.seen for each in rely]) if any(each.seen for each in found) else "",
                    median([each.facts.told for each in rely]),
                ]
            )
    return markdown(header, rows)


def by_accusation(outcomes: Sequence[Outcome], thresholds: Thresholds) -> str:
    """Who accuses networks that do not rely on a shortcut, and who those that do."""
    cases = [(each, each.case.trained, each.case.shown) for each in outcomes]
    groups = {
        "clean, shown clean examples": [each for each, *how in cases if how == ["clean", "clean"]],
        "clean, shown planted examples": [each for each, *how in cases if how == ["clean", "planted"]],
        "planted, not relied on": [each for each, trained, _ in cases if trained == "planted" and not each.relies],
        "planted, relied on": [each for each in outcomes if each.relies],
    }
    rows = []
    for name, found in groups.items():
        said = [[each.accused(method, thresholds) for each in found if method in each.said] for method in METHODS]
        rows.append([name, str(len(found)), *map(share, said)])
    rely = groups["planted, relied on"]
    right = [
        [each.right_first(method) and each.accused(method, thresholds) for each in rely if method in each.said]
        for method in METHODS
    ]
    rows.append(["relied on, and the right one first", str(len(rely)), *map(share, right)])
    return markdown(["accused", "networks", *METHODS], rows)


def by_network(outcomes: Sequence[Outcome]) -> str:
    """The same by architecture and by data, of shortcuts that have a place, with the time that audits took."""
    rows = []
    for field in ("architecture", "data"):
        for value in sorted({getattr(each.case, field) for each in outcomes}):
            found = [each for each in outcomes if getattr(each.case, field) == value and OURS in each.said]
            first = _first([each for each in found if each.relies and ROWS[each.case.row].has_place], OURS)
            accused = [each.accused(OURS, {}) for each in found if each.case.trained == "clean"]
            seconds = f"{np.median([each.said[OURS].seconds for each in found]):.1f}" if found else ""
            rows.append([value, str(len(found)), share(first), share(accused), seconds])
    return markdown(["network or data", "networks", "right first", "clean ones accused", "seconds, median"], rows)

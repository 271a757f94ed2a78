"""Which of a log's records a report has, where all would be too many."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tensorboard_plugin_kerasig.chosen_steps import choose


@dataclass(frozen=True, eq=False)
class Logged:
    """The records of a set in one run.

    Args:
        run: its name.
        title: of the set.
        series: of the set.
        steps: ascending.
        activity: how much changed at each.
        alarmed: the steps at which an alarm fired.
        seen: by series, the steps that the overview shows.
    """

    run: str
    title: str
    series: tuple[str, ...]
    steps: Sequence[int]
    activity: Any
    alarmed: Sequence[int]
    seen: Mapping[str, Sequence[int]]

    @property
    def always(self) -> list[int]:
        """The steps that are wanted most: the first, the last, and those that the overview shows."""
        return sorted({self.steps[0], self.steps[-1], *(step for steps in self.seen.values() for step in steps)})

    def only(self, steps: Sequence[int]) -> Logged:
        """The same with some of the steps."""
        at = [index for index, step in enumerate(self.steps) if step in set(steps)]
        alarmed = [step for step in self.alarmed if step in set(steps)]
        return replace(self, steps=[self.steps[i] for i in at], activity=self.activity[at], alarmed=alarmed)


def kept(logged: Sequence[Logged], most: int) -> list[list[int]]:
    """The steps of each that a report has: of sets of one title about `most`, at the same places of the training.

    The first and the last, those between which the maps changed most, and, where there is room for them, those that the
    overview shows and those at which alarms began.
    """
    some = most >= max((len(each.always) for each in logged), default=0)
    chosen = {}
    for title in {each.title for each in logged}:
        same = [each for each in logged if each.title == title]
        told = sorted({step for each in same for step in [*_begins(each), *each.always]}) if some else []
        chosen[title] = choose({each.run: (each.steps, each.activity) for each in same}, told, most)
    return [_near(each, chosen[each.title], each.always if some else ()) for each in logged]


def _near(logged: Logged, chosen: Sequence[int], always: Sequence[int]) -> list[int]:
    """The steps of a run that stand for those of all: its own last ones up to each, as the page has it."""
    ends = (logged.steps[0], logged.steps[-1])
    return sorted({*ends, *always, *(up_to(logged.steps, step) for step in chosen)})


def up_to(steps: Sequence[int], step: int) -> int:
    """The last of the steps up to one; the first where there is none."""
    return steps[max(0, bisect.bisect_right(steps, step) - 1)]


def _begins(logged: Logged) -> list[int]:
    """The steps at which alarms began, or began anew."""
    fired = set(logged.alarmed)
    return [
        step for at, step in enumerate(logged.steps) if step in fired and (at == 0 or logged.steps[at - 1] not in fired)
    ]

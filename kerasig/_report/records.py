"""Inputs and records as they stand in a report's file, each made once; of some probes alone where all are too many."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from tensorboard import errors
from tensorboard_plugin_kerasig.schema import FormatError

from kerasig._report.chosen import Logged, kept
from kerasig._report.log import ServedLog
from kerasig._report.packing import deflated, room_of, without

# So few records are there whatever room they take; below this share of the room all are taken to fit.
_FEW, _SURELY = 2, 0.9


class Records:
    """The inputs and maps of probes that are in a file.

    Args:
        log: the log.
        logged: the sets.
        shown: by title, the probes that are worth seeing, those most worth it first.
    """

    def __init__(self, log: ServedLog, logged: Sequence[Logged], shown: dict[str, Sequence[int]]) -> None:
        self._log = log
        self._logged = logged
        self._shown = shown
        self._probes: dict[str, set[int] | None] = dict.fromkeys(shown)
        self._made: dict[tuple[str, ...], bytes] = {}

    @property
    def probes(self) -> dict[str, tuple[int, int]]:
        """By title, of how many probes there are pictures, and how many there are; of sets that lack any."""
        return {title: (len(some), len(self._shown[title])) for title, some in self._probes.items() if some is not None}

    def inputs(self, logged: Logged) -> bytes:
        """The answer of `inputs`, deflated."""
        return self._of(logged, ("inputs", logged.run, logged.title), {})

    def of(self, logged: Logged, series: str, step: int) -> bytes:
        """The answer of `attributions`, deflated."""
        asked = {"series": series, "step": str(step)}
        return self._of(logged, ("attributions", logged.run, logged.title, *asked.values()), asked)

    def _of(self, logged: Logged, key: tuple[str, ...], asked: dict[str, str]) -> bytes:
        if key not in self._made:
            answer = self._log.bytes(key[0], run=logged.run, set=logged.title, **asked, partial=1)
            some = self._probes.get(logged.title)
            self._made[key] = deflated(answer if some is None else without(answer, some))
        return self._made[key]

    def size(self, logged: Logged, steps: Sequence[int]) -> float:
        """Bytes of the records of some steps."""
        size = 0.0
        for series in logged.series:
            for step in steps:
                # Of one that cannot be read it is told where the report asks for it.
                with contextlib.suppress(errors.PublicError, FormatError):
                    size += room_of(self.of(logged, series, step))
        return size

    def leave_out(self, room: float) -> None:
        """Leaves out probes, those last that are worth seeing, until the inputs fit with the first and last record."""
        while True:
            needed = sum(room_of(self.inputs(each)) for each in self._logged)
            needed += sum(self.size(each, [each.steps[0], each.steps[-1]]) for each in self._logged)
            counts = {title: len(probes) for title, probes in self._shown.items()}
            now = {title: counts[title] if some is None else len(some) for title, some in self._probes.items()}
            if needed <= room or max(now.values(), default=0) <= 1:
                return
            share = 0.97 * max(0.0, room) / needed
            self._probes = {title: {*self._shown[title][: max(1, int(share * now[title]))]} for title in now}
            self._made.clear()

    def fitting(self, logged: Sequence[Logged], room: float) -> list[list[int]]:
        """The steps of each set whose records fit; at least the first and the last.

        Args:
            logged: the sets, with the steps that there are numbers of.
            room: bytes.
        """
        most = max((len(each.steps) for each in logged), default=0)
        low, high = (_FEW, most) if self._guess(logged, most) > _SURELY * room else (most, most + 1)
        # Between a number that fits and one that does not; that of which nobody knows is tried.
        tried = low
        while True:
            steps = kept(logged, tried)
            size = sum(self.size(each, own) for each, own in zip(logged, steps, strict=True))
            low, high = (tried, high) if size <= room else (low, tried)
            if high - low <= max(1, low // 20) or high <= _FEW:
                return steps if tried == low else kept(logged, low)
            middle = (low + high) // 2
            likely = int(tried * room / size) if size else high
            tried = min(high - 1, max(low + 1, likely if size <= room else min(middle, likely)))

    def _guess(self, logged: Sequence[Logged], most: int) -> float:
        """About how many bytes so many records of each set take, as its first and last tell."""
        total = 0.0
        for each in logged:
            ends = {each.steps[0], each.steps[-1]}
            total += self.size(each, sorted(ends)) / len(ends) * min(most, len(each.steps))
        return total

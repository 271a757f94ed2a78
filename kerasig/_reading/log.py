"""A log directory as data: its runs, and what each of them logged."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cached_property

from tensorboard_plugin_kerasig import schema

from kerasig._arguments import shown
from kerasig._reading.audits import LoggedAudit, audit_of
from kerasig._reading.directories import as_log_dir, runs_below
from kerasig._reading.logged_set import LoggedSet
from kerasig._reading.run_index import RunIndex, blobs_of, index_of
from kerasig.alarms import Alert


class LoggedRun:
    """One run of a log: its probe sets and its audits. Its files are looked through when it is first asked.

    `run["digits"]` is a set, the first of its series if it has several; `run["digits", "predicted"]` another one.

    Args:
        name: as the Attributions tab has it; "." of the log directory itself.
        files: its event files, in the order in which they were begun.

    Attributes:
        sets: all series of all probe sets.
        audits: by title, in the order of their steps.
        alarms: that fired at any record or audit, in the order of their steps.
        faults: sentences about what could not be read, such as a file that ends within a record.
    """

    def __init__(self, name: str, files: list[str]) -> None:
        self.name, self.files = name, tuple(files)

    def __repr__(self) -> str:
        return f"LoggedRun({self.name!r}: {', '.join(map(repr, dict.fromkeys(one.title for one in self.sets)))})"

    def __getitem__(self, key: str | tuple[str, str]) -> LoggedSet:
        title, series = key if isinstance(key, tuple) and len(key) == 2 else (key, None)
        for found in self.sets if isinstance(title, str) and isinstance(series, str | None) else ():
            if found.title == title and series in (None, found.series):
                return found
        known = [repr(one.title) if not one.series else repr((one.title, one.series)) for one in self.sets]
        raise KeyError(f"Run {self.name!r} has no set {shown(key)}. It has {', '.join(known) or 'none'}.")

    def __iter__(self) -> Iterator[LoggedSet]:
        return iter(self.sets)

    def __len__(self) -> int:
        return len(self.sets)

    @cached_property
    def sets(self) -> tuple[LoggedSet, ...]:
        """All series of all probe sets, in the order in which they were first logged."""
        found = self._index.of_kind("stats")
        return tuple(LoggedSet(self.name, tag.content.title, tag.content.series, self._index) for tag in found)

    @cached_property
    def audits(self) -> Mapping[str, list[LoggedAudit]]:
        """The audits by title, in the order of their steps.

        Raises:
            ValueError: one of them is damaged.
        """
        found = {}
        for tag in self._index.of_kind("suspects"):
            title = tag.content.title
            headers = [(step, schema.decode_suspects_header(blobs_of(tag, step)[0])) for step in sorted(tag.places)]
            found[title] = [audit_of(title, step, header) for step, header in headers]
        return found

    @property
    def alarms(self) -> list[Alert]:
        """All alarms that fired, in the order of their steps; one that a record and an audit tell of counts once."""
        found = [alert for one in self.sets for alert in one.alarms]
        told = {(alert.step, alert.name, alert.message) for alert in found}
        for audits in self.audits.values():
            of_audits = [alert for audit in audits for alert in audit.alarms]
            found += [alert for alert in of_audits if (alert.step, alert.name, alert.message) not in told]
        return sorted(found, key=lambda alert: alert.step)

    @property
    def faults(self) -> list[str]:
        """Sentences about files and tags that could not be read."""
        cut = [f"{path} ends within a record: it was cut, or is being written." for path in self._index.cut_files]
        return [*self._index.faults, *cut]

    @cached_property
    def _index(self) -> RunIndex:
        return index_of(list(self.files))


class Log(Mapping[str, LoggedRun]):
    """A log directory: its runs by the names that the Attributions tab has for them.

    A run whose files lie in the log directory itself is ".", and found by the directory's name, too.

    Args:
        log_dir: the directory.
        files: the event files of each run.

    Example:
        >>> log = kerasig.read_log("logs")  # doctest: +SKIP
        >>> log["tagged"]["digits"].scalars["region/tag"].iloc[-1]  # doctest: +SKIP
        0.334
        >>> log["tagged"]["digits"].attribution(378).plot()  # doctest: +SKIP
    """

    def __init__(self, log_dir: str, files: Mapping[str, list[str]]) -> None:
        self.log_dir = log_dir
        self._runs = {name: LoggedRun(name, found) for name, found in files.items()}
        self._keys = {self.called(name): name for name in self._runs}

    def called(self, name: str) -> str:
        """A run's name as the tab and reports show it: the directory's own for "."."""
        return schema.called(name, self.log_dir, self._runs)

    def __getitem__(self, name: str) -> LoggedRun:
        key = self._keys.get(name, name) if isinstance(name, str) else name
        if not isinstance(key, str) or key not in self._runs:
            raise KeyError(f"{self.log_dir!r} has no run {shown(name)}. It has {', '.join(map(repr, self._keys))}.")
        return self._runs[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    def __repr__(self) -> str:
        return f"Log({self.log_dir!r}: {len(self)} run{'s' if len(self) != 1 else ''})"

    @property
    def sets(self) -> list[LoggedSet]:
        """All series of all sets of all runs."""
        return [found for run in self.values() for found in run]


def read_log(log_dir: str | os.PathLike[str]) -> Log:
    """Reads what `kerasig.IGCallback` logged, as data: without TensorFlow, without a TensorBoard server.

    Opening lists the runs. A run's files are looked through when it is asked for; a record is decoded when it is.
    The log is read as it is at that moment: of a training that goes on, read it again.

    Args:
        log_dir: the callback's `log_dir`, or a directory above those of several runs.

    Returns:
        The runs by name. A run has its sets (`run["digits"]`), `audits` and `alarms`; a set has `steps`, `epochs`,
        `scalars`, `stats(step)`, `alarms`, `probes` and `attribution(step)`.

    Raises:
        TypeError: log_dir is no path.
        FileNotFoundError: there is no such directory.
        NotADirectoryError: it is a file.
        ValueError: it holds no event files, or none of kerasig's.

    Example:
        >>> log = kerasig.read_log("logs")  # doctest: +SKIP
        >>> for found in log.sets:  # doctest: +SKIP
        ...     print(found.run, found.title, found.mean("untrusted")[-1])
    """
    path = as_log_dir(log_dir)
    return Log(path, runs_below(path))


# As users import it.
read_log.__module__ = "kerasig"

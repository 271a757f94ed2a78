"""`python -m kerasig check`: whether a log tells of anything that must not be."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence

from kerasig._commands.conditions import (
    CheckFinding,
    Condition,
    check_known,
    findings_of_run,
    findings_of_set,
    read_conditions,
)
from kerasig._commands.junit import Checks, write_junit
from kerasig._commands.main import FINE, FOUND, as_typed
from kerasig._global.texts import counted
from kerasig._reading.log import LoggedRun, read_log
from kerasig._reading.logged_set import LoggedSet

DESCRIPTION = """Reads what kerasig.IGCallback logged and fails where it tells of something that must not be.
Exit status 0: nothing was found. 1: something was, a line for each. 2: it could not be checked.

conditions, parted by commas:
  alarm               an alarm has fired, at whichever step
  suspect             suspects stand clear in the last audit
  untrusted>0.2       more than a fifth of the probes have attributions that cannot be trusted
  region/tag>30%      more than 30% of the attribution lies in the region "tag"
  correct<0.9         any measure of docs/internals/metrics.md, its mean over the probes; > or <
Measures count at the last record; "any" before one counts every record, "last" before alarm the last one:
  any drift>0.5       last alarm
A name with a comma stands in double quotes. A measure that is not known at the last record is a finding, too."""

EXAMPLES = """examples:
  python -m kerasig check logs
  python -m kerasig check logs --fail-on 'alarm,untrusted>0.2,region/tag>0.3'
  python -m kerasig check logs --run tagged --fail-on 'any region/tag>0.3' --junit checks.xml"""

_DEFAULT = "alarm,untrusted>0.5"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("log_dir", metavar="LOGDIR", help="the callback's log_dir, or a directory above several runs")
    parser.add_argument("--fail-on", metavar="CONDITIONS", help=f"what is a finding; {_DEFAULT} where left out")
    parser.add_argument("--run", action="append", metavar="NAME", help="this run alone; may be given again")
    parser.add_argument("--set", action="append", metavar="TITLE", help="this probe set alone; may be given again")
    parser.add_argument("--junit", metavar="FILE", help="write JUnit's XML too")


def run(options: argparse.Namespace) -> int:
    """Checks a log, and prints what was found."""
    conditions = read_conditions(_DEFAULT if options.fail_on is None else options.fail_on)
    try:
        log = read_log(options.log_dir)
    except (OSError, ValueError) as error:
        raise ValueError(as_typed(str(error), {"log_dir": "LOGDIR"})) from error
    runs: dict[str, LoggedRun] = {one.name: one for one in map(log.__getitem__, options.run or log)}
    sets = {name: _sets(one, options.set) for name, one in runs.items()}
    chosen = [one for listed in sets.values() for one in listed]
    audits = sum(len(made) for one in runs.values() for made in one.audits.values())
    if not chosen and (options.set or not audits):
        wanted = f" of set {', '.join(options.set)}" if options.set else ""
        known = dict.fromkeys(found.title for each in runs.values() for found in each.sets)
        has = f" It has the sets {', '.join(known)}." if known else ""
        raise ValueError(f"LOGDIR must hold whole records{wanted}. {options.log_dir!r} has none yet.{has}")
    if options.fail_on is None and not chosen:
        # Nobody asked for measures, and audits alone have none.
        conditions = [condition for condition in conditions if not condition.is_measure]
    for condition in conditions:
        check_known(condition, chosen, audits)
    called = {name: log.called(name) for name in runs}
    checks = {called[name]: _checks(conditions, one, sets[name], called[name]) for name, one in runs.items()}
    for found in runs.values():
        for fault in found.faults:
            print(f"note: {fault}", file=sys.stderr)
    if options.junit:
        write_junit(options.junit, checks)
    return _told(checks, chosen, audits)


def _sets(run: LoggedRun, titles: Sequence[str] | None) -> list[LoggedSet]:
    return [one for one in run if titles is None or one.title in titles]


def _checks(
    conditions: Sequence[Condition], run: LoggedRun, sets: Sequence[LoggedSet], called: str
) -> Mapping[tuple[str, str], list[CheckFinding]]:
    """The findings by set and condition; alarms and suspects are a run's."""
    found: dict[tuple[str, str], list[CheckFinding]] = {}
    for condition in conditions:
        if not condition.is_measure:
            found["all sets", condition.text] = _named(findings_of_run(condition, run, sets), called)
            continue
        for one in sets:
            if condition.name in one.mean_names:
                place = one.title + (f" ({one.series})" if one.series else "")
                found[place, condition.text] = _named(findings_of_set(condition, one), called)
    return found


def _named(findings: Sequence[CheckFinding], called: str) -> list[CheckFinding]:
    return [CheckFinding(called, found.title, found.condition, found.step, found.sentence) for found in findings]


def _told(checks: Checks, sets: Sequence[LoggedSet], audits: int) -> int:
    """Prints the findings, or that there are none; the exit status."""
    findings = [finding for cases in checks.values() for found in cases.values() for finding in found]
    for finding in findings:
        print(" ".join(str(finding).split()))
    if findings:
        return FOUND
    records = sum(map(len, sets))
    held = counted(records, "record") if sets else counted(audits, "audit")
    print(f"Nothing was found in {counted(len(checks), 'run')} with {held}.")
    return FINE

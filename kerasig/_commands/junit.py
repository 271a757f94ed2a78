"""A report of checks as JUnit's XML, which GitHub's actions, GitLab and Jenkins read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from kerasig._commands.conditions import CheckFinding

# By run, and within it by the place and the condition that were checked, what was found.
Checks = Mapping[str, Mapping[tuple[str, str], Sequence[CheckFinding]]]

_NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(path: str, checks: Checks) -> None:
    """Writes a suite for each run and a case for each condition in each of its sets.

    Args:
        path: of the file.
        checks: by run, then by set and condition.

    Raises:
        OSError: the file cannot be written.
    """
    cases_of_all = [found for cases in checks.values() for found in cases.values()]
    root = Element("testsuites", {"name": "kerasig check", **_counts(cases_of_all)})
    for run, cases in checks.items():
        about = {"name": _text(run), "errors": "0", "skipped": "0", **_counts(list(cases.values()))}
        suite = SubElement(root, "testsuite", about)
        for (title, condition), findings in cases.items():
            case = SubElement(suite, "testcase", classname=_text(f"{run}.{title}"), name=_text(condition), time="0")
            if findings:
                lines = [_text(str(finding)) for finding in findings]
                SubElement(case, "failure", message=lines[0], type="finding").text = "\n".join(lines)
    indent(root)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _counts(cases: Sequence[Sequence[CheckFinding]]) -> dict[str, str]:
    return {"tests": str(len(cases)), "failures": str(sum(map(bool, cases))), "time": "0"}


def _text(text: str) -> str:
    """A text without the characters that XML cannot have."""
    return _NO_XML.sub("\ufffd", text)

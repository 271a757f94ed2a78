"""All subjects of the zoo one after the other, the table of what was found, and what it must show."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata

import numpy as np

import kerasig

from ..accuracy import Size
from ..models import Unavailable
from ..report import Check, at_most, table
from . import applications, composed, language, several, small, vision
from .judge import Row, judge
from .subject import Subject

SUBJECTS: list[Subject] = [
    *language.SUBJECTS,
    *several.SUBJECTS,
    *vision.SUBJECTS,
    *composed.SUBJECTS,
    *applications.SUBJECTS,
    *small.SUBJECTS,
]
# The published ones among them need no KerasHub, or are left out where it is not installed.
SMOKE = (*(subject.name for subject in small.SUBJECTS), "MobileNetV2", "GemmaBackbone", "SegFormerBackbone")
MAP_TOLERANCE = 0.05
# A single example may lie above its estimate, which is a mean over where jumps may be.
MOST_TRUE_ERROR = 2 * MAP_TOLERANCE
MOST_DIFFERENCE = 1e-3
# For a dense integral.
MOST_SECONDS: dict[Size, float] = {"smoke": 5.0, "short": 10.0, "full": 10.0}

HEADER = (
    "architecture",
    "explained",
    "weights",
    "gradients",
    "converged",
    "status",
    "residual",
    "map error",
    "true error",
    "to the plain loop",
    "seconds",
)


def chosen(only: Sequence[str], size: Size) -> list[Subject]:
    """The subjects whose names hold one of `only`; all when there is none, and a handful for a smoke run."""
    names = only or (SMOKE if size == "smoke" else ("",))
    return [subject for subject in SUBJECTS if any(name.lower() in subject.name.lower() for name in names)]


def swept(subjects: Iterable[Subject], most_seconds: float) -> Iterator[list[Row] | str]:
    """Rows of each subject, or one sentence that says why there are none."""
    for subject in subjects:
        try:
            yield judge(subject, most_seconds)
        except Unavailable as error:
            yield f"{subject.name}: skipped. {error}"
        except Exception as error:
            # One network that fails must not hide what the others show.
            traceback.print_tb(error.__traceback__, limit=-4, file=sys.stderr)
            first = str(error).strip().splitlines()[:1]
            yield f"{subject.name}: failed. {type(error).__name__}: {''.join(first)[:200]}"


def printed(row: Row) -> tuple[object, ...]:
    """The cells of one row."""
    name, weights = row.subject.name, row.weights
    if not len(row.status):
        return (name, row.explained, weights, "-", "refused", *["-"] * 5, f"{row.seconds:.1f}")
    statuses, counts = np.unique(row.status, return_counts=True)
    return (
        name,
        row.explained,
        weights,
        f"{np.median(row.gradients):.0f}, {row.gradients.max()}",
        f"{(row.status == 'converged').sum()} of {len(row.status)}",
        ", ".join(statuses[np.argsort(-counts)]) + (f" ({row.enough.max()} suffice)" if row.enough.any() else ""),
        f"{row.residual:.1e}",
        f"{row.map_error:.1%}",
        "-" if row.true_error is None or np.isnan(row.true_error).all() else f"{np.nanmax(row.true_error):.1%}",
        "-" if row.difference is None else f"{row.difference:.0e}",
        f"{row.seconds:.1f}",
    )


def checks(rows: Sequence[Row]) -> Iterator[Check]:
    """Checks of the rows."""
    wrong = [f"{row.subject.name} ({row.weights})" for row in rows if not row.right]
    measured = ", ".join(wrong) or "none"
    yield Check("not converged, and without the reason that is right", measured, "none", not wrong)
    yield at_most(
        "largest true error of an example that converged",
        max((np.nanmax(_converged_errors(row), initial=0.0) for row in rows), default=0.0),
        MOST_TRUE_ERROR,
    )
    yield at_most(
        "largest difference of a fixed rule from the plain loop",
        max((row.difference or 0.0 for row in rows), default=0.0),
        MOST_DIFFERENCE,
    )
    changed = [row.subject.name for row in rows if not row.unchanged]
    yield Check("weights or states that explaining changed", ", ".join(changed) or "none", "none", not changed)


def _converged_errors(row: Row) -> np.ndarray:
    if row.true_error is None:
        return np.empty(0)
    return row.true_error[(row.status == "converged") & ~np.isnan(row.true_error)]


def versions() -> str:
    """The versions that the rows were made with, in one line."""
    packages = ("kerasig", "keras", "tensorflow", "keras-hub")
    return ", ".join(f"{name} {_version(name)}" for name in packages)


def _version(package: str) -> str:
    if package == "kerasig":
        return str(kerasig.__version__)
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def run(size: Size, only: Sequence[str] = (), most_seconds: float | None = None) -> tuple[list[str], list[Check]]:
    """Tables and checks.

    Args:
        size: a smoke run has a handful of subjects.
        only: parts of names; when there are any, those that hold one.
        most_seconds: that a dense integral may take; None: as suits the size.
    """
    rows: list[Row] = []
    sentences, verdicts = [], []
    for found in swept(chosen(only, size), MOST_SECONDS[size] if most_seconds is None else most_seconds):
        if isinstance(found, str):
            print(found, file=sys.stderr, flush=True)
            sentences.append(found)
            verdicts.append(Check(found, "no rows", "rows", None if ": skipped." in found else False))
            continue
        rows += found
        print(*("  ".join(map(str, printed(row))) for row in found), sep="\n", file=sys.stderr, flush=True)
    said = dict.fromkeys(f"- {row.subject.name}: {sentence}" for row in rows for sentence in row.said)
    texts = [f"With {versions()}:", table(HEADER, map(printed, rows)), *sentences, "\n".join(said)]
    return list(filter(None, texts)), [*checks(rows), *verdicts]

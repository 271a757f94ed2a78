"""Suspects: what an audit found, as people and programs read it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasig import _arguments as arguments
from kerasig import _sentences as sentences
from kerasig._attribution.file import named_to_read
from kerasig._storage import DamagedFileError, read_arrays, write_arrays
from kerasig._suspects.suspect import Candidate, Interval

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from pandas import DataFrame

_FORMAT = "kerasig suspects 1"
_ESTIMATES = ("share", "before", "emphasis", "fall", "rise")
_ARRAYS = ("members", "region", "matched", "examples", "mean_map")
_HEADS = ("group", "where", "share", "emphasis", "repeated", "fall", "rise", "matched", "flips", "p", "examples")


@dataclass(frozen=True, eq=False)
class Suspects(Sequence[Candidate]):
    """The findings of an audit: a sequence of the suspects that stand clear, the strongest first.

    Args:
        candidates: all places that transplants judged, suspects among them, the strongest first.
        looked: how many places were looked at.
        audit_size: how many examples.
        step: of the training; None for a model alone.
        map_error: mean estimate of the maps' relative error, and a bound on that of a mean share.
        class_names: what the classes are called.
        kind: of the inputs.
        before_step: of the training, at which the maps before it were made; None for networks with fresh weights.
        left_out: sentences on what was not looked at, though a shortcut may lie there.

    Example:
        >>> found = kerasig.suspects(model, kerasig.Audit(x, y))
        >>> print(found)
        >>> found[0].region
    """

    candidates: Sequence[Candidate]
    looked: int
    audit_size: int
    step: int | None = None
    map_error: float = float("nan")
    class_names: tuple[str, ...] | None = None
    kind: str = ""
    before_step: int | None = None
    left_out: tuple[str, ...] = ()

    @property
    def _clear(self) -> list[Candidate]:
        return [each for each in self.candidates if each.stands_clear]

    def __len__(self) -> int:
        return len(self._clear)

    def __getitem__(self, index: Any) -> Any:
        return self._clear[index]

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self._clear)

    @property
    def sentence(self) -> str:
        """For people: what was found, or of how many places nothing; and what was left out."""
        return " ".join([self._found, *self.left_out])

    @property
    def _found(self) -> str:
        clear = self._clear
        if not self.looked:
            return (
                "Nothing was looked at: suspects are looked for in images, volumes, series, tables, graphs and ids of "
                "tokens, and these inputs have no such places. Of raw texts pass ids, and the model behind its "
                "TextVectorization."
            )
        since = f" Its maps are compared with those of step {self.before_step}." if self.before_step else ""
        if not clear:
            return f"No suspects: of {self.looked:,} places looked at, none stands clear of places like it.{since}"
        more = f" {len(clear) - 1} more suspect{'s' if len(clear) > 2 else ''}." if len(clear) > 1 else ""
        return f"The network seems to rely on a shortcut. {clear[0].sentence}{more}{since}"

    def rows(self) -> list[tuple[str, ...]]:
        """The suspects as rows of text, under the heads group, where, share, emphasis, and so on."""
        return [
            (
                each.group,
                each.where,
                f"{each.share.mean:.0%} ({each.share.low:.0%} to {each.share.high:.0%})",
                f"{each.emphasis.mean:.1f} ({each.emphasis.low:.1f} to {each.emphasis.high:.1f})",
                f"{each.repeated:.0%}",
                f"{each.fall.mean:.0%}",
                f"{each.rise.mean:.0%}",
                f"{each.matched.mean():.0%}" if len(each.matched) else "",
                f"{each.flips:.0%}",
                f"{each.p_value:.2g}",
                str(len(each.members)),
            )
            for each in self
        ]

    def __str__(self) -> str:
        rows = self.rows()
        if not rows:
            return self.sentence
        widths = [max(len(row[at]) for row in [_HEADS, *rows]) for at in range(len(_HEADS))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [_HEADS, *rows]
        ]
        return "\n".join([self.sentence, "", *(line.rstrip() for line in lines)])

    def __repr__(self) -> str:
        at = "" if self.step is None else f" at step {self.step}"
        return f"Suspects({len(self)} of {self.looked:,} places in {self.audit_size} examples{at})"

    def _repr_html_(self) -> str:
        rows = self.rows()
        said = f"<p>{escape(self.sentence)}</p>"
        if not rows:
            return said
        head = "".join(f"<th>{escape(each)}</th>" for each in _HEADS)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        return f"{said}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def plot(self, most: int = 6) -> go.Figure:
        """A Plotly figure: for each suspect its class's mean map with the region outlined, and what transplants did.

        Args:
            most: suspects are drawn; the strongest candidates where none stands clear.

        Raises:
            ValueError: `most` is no whole number above 0.
        """
        from kerasig._suspects.figure import figure_of

        most = arguments.whole("most", most, 1)

        shown = list(self)[:most] or list(self.candidates)[: min(most, 3)]
        heading = f"{len(self)} suspect{'' if len(self) == 1 else 's'}" if len(self) else "No suspects; closest were"
        return figure_of(shown, heading)

    def to_dataframe(self, *, candidates: bool = False) -> DataFrame:
        """A row for each suspect, or for each candidate, with every number.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError("to_dataframe needs pandas. Run: pip install pandas") from None
        return pandas.DataFrame([_numbers(each) for each in (self.candidates if candidates else self)])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes everything to one .npz file without pickle; `load` reads it."""
        arrays: dict[str, Any] = {}
        described = []
        for place, each in enumerate(self.candidates):
            described.append(_plain(each))
            for name in _ARRAYS:
                value = getattr(each, name)
                if value is not None:
                    arrays[f"{place}.{name}"] = value
        kept = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "candidates"}
        header = json.dumps({"format": _FORMAT, "candidates": described, **kept})
        write_arrays(arguments.path_text("path", path), {"header": np.array(header), **arrays})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Suspects:
        """Reads what `save` wrote.

        Args:
            path: of the file; ".npz" may be left out.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file holds something else, or is damaged.
        """
        name = named_to_read(path, "Suspects")
        try:
            return cls._of(read_arrays(name))
        # A header that is no dict, lacks a field or has another's, or numbers that are none.
        except (DamagedFileError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(
                f"{name!r} holds no suspects, or it is damaged ({sentences.shown(error)}). "
                "Pass a file that Suspects.save wrote."
            ) from error

    @classmethod
    def _of(cls, arrays: Mapping[str, Any]) -> Suspects:
        """Those that `save` made these arrays of."""
        header = json.loads(str(arrays["header"]))
        if header.pop("format") != _FORMAT:
            raise KeyError("format")
        candidates = []
        for place, described in enumerate(header.pop("candidates")):
            given: dict[str, Any] = {name: Interval(*described.pop(name)) for name in _ESTIMATES}
            given |= {name: arrays.get(f"{place}.{name}") for name in _ARRAYS}
            candidates.append(Candidate(**described, **given))
        names = header.pop("class_names")
        # Files of before have no such sentences.
        header["left_out"] = tuple(header.get("left_out", ()))
        return cls(candidates=candidates, class_names=None if names is None else tuple(names), **header)


def _plain(suspect: Candidate) -> dict[str, Any]:
    """All of a suspect but its arrays, for JSON."""
    plain = {field.name: getattr(suspect, field.name) for field in fields(suspect) if field.name not in _ARRAYS}
    for name in _ESTIMATES:
        value = plain[name]
        plain[name] = [float(value.mean), float(value.low), float(value.high)]
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in plain.items()}


def _numbers(suspect: Candidate) -> dict[str, Any]:
    """A row of a data frame."""
    row: dict[str, Any] = {
        "group": suspect.group,
        "label": suspect.label,
        "family": suspect.family,
        "name": suspect.name,
    }
    for name in _ESTIMATES:
        value = getattr(suspect, name)
        row |= {name: value.mean, f"{name}_low": value.low, f"{name}_high": value.high}
    beside = float(suspect.matched.mean()) if len(suspect.matched) else np.nan
    return row | {
        "repeated": suspect.repeated,
        "matched": beside,
        "flips": suspect.flips,
        "matched_flips": suspect.matched_flips,
        "p_value": suspect.p_value,
        "evidence": suspect.evidence,
        "stands_clear": suspect.stands_clear,
        "first_step": suspect.first_step,
        "examples": len(suspect.members),
    }

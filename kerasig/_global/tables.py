"""A global attribution as sentences and as a table of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kerasig._global.texts import counted, number, table, with_error

if TYPE_CHECKING:
    from kerasig._global.result import GlobalAttribution

# Features that a table has, and those that a repr has.
SHOWN, FEW = 20, 8
# Names that are listed.
_NAMED, _FIRST = 6, 3


def sentence(found: GlobalAttribution) -> str:
    """How many rows there are, which were left out, and how large the errors are; a line each."""
    noun = found.noun.removesuffix("s")
    lines = [f"Attributions of {counted(found.n, 'row')}, {counted(len(found.names), noun)}"]
    if found.not_finite:
        lines.append(f"  left out        {counted(found.not_finite, 'row')} whose attributions are not finite")
    if found.n:
        lines.append(f"  not converged   {_share(found.not_converged, found.n)}")
        lines += _errors(found)
    for said, groups in (("classes", found.by_class), ("slices", found.slices)):
        if groups:
            named = [f"{name} ({each.n:,})" for name, each in list(groups.items())[:_NAMED]]
            more = f", and {len(groups) - _NAMED:,} more" if len(groups) > _NAMED else ""
            lines.append(f"  {said:<15} {', '.join(named)}{more} rows")
    for place, words in found.words.items():
        first = zip(words.words[:_FIRST], words.size.value, words.size.error, strict=False)
        said = ", ".join(f"{word} {with_error(value, error)}" for word, value, error in first)
        lines.append(f"  words           {len(words):,} of {place}, first {said}")
    return "\n".join(lines)


def _errors(found: GlobalAttribution) -> list[str]:
    """The standard errors of all features together, and the part that the integration has in them."""
    size = found.size
    whole = float(size.value.sum())
    if not whole > 0 or not np.isfinite(size.error).all():
        return []
    error, own, limit = (100 * float(each.sum()) / whole for each in (size.error, size.integration, size.limit))
    if np.isnan(own):
        return [f"  standard error  {error:.2g}% of mean |attribution|; the integration's part is not known"]
    return [
        f"  standard error  {error:.2g}% of mean |attribution|, of which the integration makes {own:.2g}% "
        f"({limit:.2g}% if it errs to one side in every row)"
    ]


def cells(found: GlobalAttribution, most: int) -> tuple[list[str], list[list[str]]]:
    """Heads and rows: the features that matter most."""
    size, mean, leading = found.size, found.mean, found.leading
    heads = [found.noun.removesuffix("s"), "mean |attribution|", "± by integration", "share", "mean attribution"]
    heads += [f"among the first {leading.first}"] if leading is not None else []
    rows = []
    for at in np.argsort(-np.nan_to_num(size.value), kind="stable")[:most].tolist():
        row = [
            found.names[at],
            with_error(size.value[at], size.error[at]),
            number(size.integration[at], 2),
            f"{found.share.value[at]:.1%}",
            with_error(mean.value[at], mean.error[at]),
        ]
        rows.append(row + ([f"{leading.share[at]:.1%}"] if leading is not None else []))
    return heads, rows


def text(found: GlobalAttribution, most: int) -> str:
    """The same as text."""
    heads, rows = cells(found, most)
    left = len(found.names) - len(rows)
    more = f"\nand {left:,} {found.noun} more" if rows and left > 0 else ""
    return table(heads, rows) + more


def _share(count: int, of: int) -> str:
    return f"{count:,} ({max(count / of, 1e-4):.2%})" if count else "none"

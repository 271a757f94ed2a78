"""Dates in several languages, as people write them there, beside their ISO form, with what stands for what."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

import numpy as np
from babel import Locale
from babel.dates import DateTimeFormat, get_date_format
from sentence_pairs import Pair

FORMATS = ("medium", "long", "full")
# Of Babel's fields, the part of the date that each writes; the rest, such as weekdays, says nothing more.
_PARTS = {"y": "year", "M": "month", "d": "day"}
# Where in YYYY-MM-DD each part stands.
_PLACES = {"year": (0, 1, 2, 3), "month": (5, 6), "day": (8, 9)}
_TOKEN = re.compile(r"\d|[^\W\d_]+|[^\w\s]")


def tokens_of(text: str) -> list[str]:
    """Words, single digits and signs."""
    return _TOKEN.findall(text.lower())


def date_pairs(n: int, locales: Sequence[str], rng: np.random.Generator) -> list[Pair]:
    """Dates of the years 1000 to 2999, so that every digit of a year says something, no two of them the same."""
    first, last = datetime.date(1000, 1, 1).toordinal(), datetime.date(2999, 12, 31).toordinal()
    days = rng.choice(np.arange(first, last + 1), n, replace=False)
    chosen = zip(days, rng.choice(locales, n), rng.choice(FORMATS, n), strict=True)
    return [date_pair(datetime.date.fromordinal(int(day)), str(locale), str(form)) for day, locale, form in chosen]


def date_pair(date: datetime.date, locale: str, form: str) -> Pair:
    """One date, as Babel writes it, with known links from each digit of its ISO form to the tokens of the same part.

    A digit is surely linked to the digit of the same place, or to the part's only token ("March", the 7 of "07").
    """
    fields = DateTimeFormat(date, Locale.parse(locale))
    target = list(date.isoformat())
    source: list[str] = []
    sure, possible = set(), set()
    # "%(d)s de %(MMMM)s" becomes "", "d", " de ", "MMMM", "".
    for i, piece in enumerate(re.split(r"%\((\w+)\)s", get_date_format(form, locale).format)):
        written = tokens_of(fields[piece] if i % 2 else piece)
        part = _PARTS.get(piece[0]) if i % 2 else None
        if part is not None:
            positions = range(len(source), len(source) + len(written))
            places = _PLACES[part]
            # Of "sept." the sign says nothing.
            named = [at for at, token in zip(positions, written, strict=True) if token.isalnum()]
            possible |= {(place, at) for place in places for at in named}
            own = named if len(named) == len(places) else named[:1] * len(places)
            sure |= set(zip(places, own, strict=True))
        source += written
    return Pair(source, target, frozenset(sure), frozenset(possible))

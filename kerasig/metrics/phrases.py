"""Which phrases decide: what the attributions of many texts have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class TriggerPhrase:
    """Words that attributions single out for a class, and what the labels say of them.

    Args:
        words: neighbouring tokens.
        explained: the class whose score they lead.
        leads: in how many texts of that class they are the leading phrase.
        support: in how many texts they occur at all.
        precision: share of the texts with them whose label is the class.
        share: mean share of the attribution that they hold where they lead; above 1 where other words count against
            the class.
    """

    words: tuple[str, ...]
    explained: Any
    leads: int
    support: int
    precision: float
    share: float

    def __str__(self) -> str:
        return " ".join(self.words)


def leading_phrases(
    values: NDArray[Any], tokens: Sequence[Sequence[str]], *, longest: int = 3, cost: float = 0.25
) -> list[tuple[int, int]]:
    """The neighbouring tokens that hold most of each attribution.

    Of all runs of at most `longest` tokens that with the largest sum of (a_i - cost * max_j a_j): a token is taken in
    where it brings more than that share of the largest.

    Args:
        values: [N, T] attributions of tokens, coordinates already summed.
        tokens: per text its strings, at most T; what is beyond them is padding.
        longest: a phrase has this many tokens at most.
        cost: from 0 (phrases grow as long as nothing counts against them) to 1 (single tokens).

    Returns:
        Start and end of each; an empty run (0, 0) where nothing is positive or something is not finite.

    Raises:
        ValueError: shapes or numbers do not fit.
    """
    values = _checked(values, tokens)
    if longest < 1 or not 0 <= cost <= 1:
        raise ValueError(f"longest must be positive, and cost from 0 to 1. Received longest={longest}, cost={cost}.")
    return [_leading(row[: len(text)], longest, cost) for row, text in zip(values, tokens, strict=True)]


def trigger_phrases(
    values: NDArray[Any],
    tokens: Sequence[Sequence[str]],
    explained: Sequence[Hashable],
    labels: Sequence[Hashable],
    *,
    longest: int = 3,
    cost: float = 0.25,
) -> list[TriggerPhrase]:
    """The phrases that lead the attributions of each class, with their support and precision among the labels.

    A phrase with a high precision is a rule that the model has learnt and that holds; one whose words say nothing of
    the class is a habit of the data.

    Args:
        values: [N, T] attributions of tokens, coordinates already summed.
        tokens: per text its strings, at most T.
        explained: [N] the class whose score was explained.
        labels: [N] what the texts are.
        longest: see `leading_phrases`.
        cost: see `leading_phrases`.

    Returns:
        One for each phrase and class, those that lead most texts first, then by words.

    Raises:
        ValueError: shapes or numbers do not fit.
    """
    values = _checked(values, tokens)
    if not len(explained) == len(labels) == len(tokens):
        raise ValueError(
            f"explained and labels must be one per text. Received {len(explained)} and {len(labels)} for "
            f"{len(tokens)} texts."
        )
    shares: dict[tuple[tuple[str, ...], Hashable], list[float]] = defaultdict(list)
    for row, text, what, (start, end) in zip(
        values, tokens, explained, leading_phrases(values, tokens, longest=longest, cost=cost), strict=True
    ):
        total = float(row[: len(text)].sum())
        if end > start and total > 0:
            shares[tuple(text[start:end]), what].append(float(row[start:end].sum()) / total)
    rows_of = _rows_of_runs(tokens, longest)
    found = []
    for (words, what), held in shares.items():
        rows = rows_of[words]
        right = sum(bool(labels[row] == what) for row in rows)
        found.append(TriggerPhrase(words, what, len(held), len(rows), right / len(rows), float(np.mean(held))))
    return sorted(found, key=lambda phrase: (-phrase.leads, phrase.words, str(phrase.explained)))


def occurrences(words: Sequence[str], tokens: Sequence[Sequence[str]]) -> NDArray[np.bool_]:
    """[N] whether each text has these words beside one another."""
    words = tuple(words)
    return np.array(
        [any(tuple(text[i : i + len(words)]) == words for i in range(len(text) - len(words) + 1)) for text in tokens],
        bool,
    )


def _rows_of_runs(tokens: Sequence[Sequence[str]], longest: int) -> dict[tuple[str, ...], list[int]]:
    """In which texts each run of at most `longest` words occurs."""
    rows: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, text in enumerate(tokens):
        ends = range(1, longest + 1)
        for run in {tuple(text[i : i + n]) for n in ends for i in range(len(text) - n + 1)}:
            rows[run].append(row)
    return rows


def _leading(values: NDArray[np.float64], longest: int, cost: float) -> tuple[int, int]:
    if not len(values) or not np.isfinite(values).all() or values.max() <= 0:
        return 0, 0
    sums = np.concatenate([[0.0], np.cumsum(values - cost * values.max())])
    starts = range(len(values))
    runs = [(start, end) for start in starts for end in range(start + 1, min(start + longest, len(values)) + 1)]
    return max(runs, key=lambda run: sums[run[1]] - sums[run[0]])


def _checked(values: NDArray[Any], tokens: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    array = np.asarray(values, np.float64)
    if array.ndim != 2 or len(array) != len(tokens):
        raise ValueError(
            f"values must be [N, T], with a list of tokens for each row. Received shape {array.shape} and "
            f"{len(tokens)} texts. Sum the coordinates of embeddings first: values.sum(axis=-1)."
        )
    too_long = max((len(text) for text in tokens), default=0)
    if too_long > array.shape[1]:
        raise ValueError(f"tokens must be at most as many as positions. Received {too_long} for {array.shape[1]}.")
    return array

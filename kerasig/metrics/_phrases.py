"""Which phrases decide: what the attributions of many texts have in common."""

import numbers
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments


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

    Example:
        >>> tokens, values = [["how", "many"], ["who", "sang"]], np.array([[0.1, 2.0], [1.0, 0.1]])
        >>> found = kerasig.metrics.trigger_phrases(values, tokens, ["number", "person"], ["number", "person"])
        >>> found[0].precision
        1.0
    """

    words: tuple[str, ...]
    explained: Hashable
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
    rows, texts = _checked(values, tokens)
    longest, cost = arguments.whole("longest", longest, 1), arguments.number("cost", cost, 0, 1)
    return [_leading(row[: len(text)], longest, cost) for row, text in zip(rows, texts, strict=True)]


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

    Example:
        >>> tokens = [["how", "many", "cats"], ["how", "many", "dogs"], ["who", "sang"]]
        >>> values = np.array([[0.1, 2.0, 0.1], [0.1, 2.0, 0.2], [1.0, 0.1, 0.0]])
        >>> classes = ["number", "number", "person"]
        >>> found = kerasig.metrics.trigger_phrases(values, tokens, classes, classes)
        >>> found[0].words
        ('many',)
    """
    rows, texts = _checked(values, tokens)
    classes, known = _classes("explained", explained), _classes("labels", labels)
    if not len(classes) == len(known) == len(texts):
        raise ValueError(
            f"explained and labels must be one per text. Received {len(classes)} and {len(known)} for {len(texts)} "
            "texts."
        )
    leading = leading_phrases(rows, texts, longest=longest, cost=cost)
    shares: dict[tuple[tuple[str, ...], Hashable], list[float]] = defaultdict(list)
    for row, text, what, (start, end) in zip(rows, texts, classes, leading, strict=True):
        total = float(row[: len(text)].sum())
        if end > start and total > 0:
            shares[tuple(text[start:end]), what].append(float(row[start:end].sum()) / total)
    rows_of = _rows_of_runs(texts, longest)
    found = []
    for (words, what), held in shares.items():
        having = rows_of[words]
        right = sum(bool(known[row] == what) for row in having)
        found.append(TriggerPhrase(words, what, len(held), len(having), right / len(having), float(np.mean(held))))
    return sorted(found, key=lambda phrase: (-phrase.leads, phrase.words, str(phrase.explained)))


def occurrences(words: Sequence[str], tokens: Sequence[Sequence[str]]) -> NDArray[np.bool_]:
    """[N] whether each text has these words beside one another."""
    run, texts = arguments.texts("words", words), arguments.rows_of_texts("tokens", tokens, of="text")
    return np.array(
        [any(text[i : i + len(run)] == run for i in range(len(text) - len(run) + 1)) for text in texts], bool
    )


def _rows_of_runs(tokens: Sequence[Sequence[str]], longest: int) -> dict[tuple[str, ...], list[int]]:
    """In which texts each run of at most `longest` words occurs."""
    rows: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, text in enumerate(tokens):
        ends = range(1, min(longest, len(text)) + 1)
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


def _checked(values: Any, tokens: Any) -> tuple[NDArray[np.float64], list[list[str]]]:
    """Values [N, T], and the strings of each of the N texts, at most T."""
    array, texts = arguments.numbers("values", values, "[N, T]"), arguments.rows_of_texts("tokens", tokens, of="text")
    if array.ndim != 2 or len(array) != len(texts):
        raise ValueError(
            f"values must be [N, T], with a list of tokens for each row. Received shape {array.shape} and "
            f"{len(texts)} texts. Sum the coordinates of embeddings first: values.sum(axis=-1)."
        )
    too_long = max((len(text) for text in texts), default=0)
    if too_long > array.shape[1]:
        raise ValueError(f"tokens must be at most as many as positions. Received {too_long} for {array.shape[1]}.")
    return array, texts


def _classes(name: str, classes: Any) -> list[Hashable]:
    """The classes of the texts, as something that can be counted."""
    found = arguments.items(name, classes, fits="a list of classes")
    for item in found:
        if not isinstance(item, str | bytes | numbers.Number | np.generic | tuple | None):
            raise ValueError(f"{name} must be classes, such as numbers or names. Received {arguments.shown(item)}.")
    return found

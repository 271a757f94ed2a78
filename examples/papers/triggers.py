"""Which words of questions make a network choose: what the examples of questions have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from running import VERBOSE
from words import PADDING, UNKNOWN, Vocabulary

import kerasig
from kerasig import metrics
from kerasig.metrics._phrases import occurrences


def explain_tokens(
    explainer: kerasig.Explainer, ids: np.ndarray, target_of: Callable[[slice], Any], at_once: int = 500
) -> tuple[np.ndarray, float]:
    """The attribution [N, T] of each word, and the largest residual, with a progress bar.

    Args:
        explainer: of the embedding layer.
        ids: [N, T].
        target_of: what is explained of the rows of a slice.
        at_once: questions.
    """
    values, residual = np.zeros(ids.shape), 0.0
    bar = keras.utils.Progbar(len(ids), unit_name="question", verbose=VERBOSE)
    for start in range(0, len(ids), at_once):
        rows = slice(start, min(start + at_once, len(ids)))
        part = explainer.explain(ids[rows], target_of(rows))
        values[rows], residual = part.values.sum(axis=-1), max(residual, float(part.residual.max()))
        bar.update(rows.stop)
    return values, residual


@dataclass(frozen=True)
class Hidden:
    """Share of the choices that change when words are made unknown.

    Args:
        leading: the leading phrase.
        other: another phrase of the same length, drawn at random from the rest of the question.
    """

    leading: float
    other: float

    def __str__(self) -> str:
        return f"changes {self.leading:.0%} of the choices; another phrase as long {self.other:.0%}"


def hide_phrases(
    choose: Callable[[np.ndarray], np.ndarray], ids: np.ndarray, phrases: Sequence[tuple[int, int]]
) -> Hidden:
    """The effect of hiding the leading phrases on the choices, in the questions that have room for another phrase."""
    rng = np.random.default_rng(0)
    leading, other, used = ids.copy(), ids.copy(), []
    for row, (start, end) in enumerate(phrases):
        length, words = end - start, int((ids[row] != PADDING).sum())
        starts = [at for at in range(words - length + 1) if at + length <= start or at >= end]
        if length and starts:
            at = rng.choice(starts)
            leading[row, start:end] = other[row, at : at + length] = UNKNOWN
            used.append(row)
    before, after, after_other = (choose(rows[used]) for rows in (ids, leading, other))
    return Hidden(float((after != before).mean()), float((after_other != before).mean()))


@dataclass(frozen=True)
class Accident:
    """A word that says nothing of the choice that it triggers.

    Args:
        word: as the questions have it.
        choice: what it triggers.
        share: of the score for the choice, on average over the questions with it.
        count: of those questions.
        turned: share of other questions that turn to the choice when the word takes the place of one of theirs.
        tried: how many those were.
    """

    word: str
    choice: int
    share: float
    count: int
    turned: float
    tried: int

    def of(self, choice: str, instead: str) -> str:
        """A sentence about what was seen, given what the choice is called and what the word was put in for."""
        return (
            f'"{self.word}" holds {self.share:.0%} of the score for {choice} in {self.count} questions; in place of '
            f"{instead} it turns {self.turned:.0%} of {self.tried} other questions into that, where an unknown word "
            "does not"
        )


def find_accident(
    choose: Callable[[np.ndarray], np.ndarray],
    vocabulary: Vocabulary,
    candidates: set[str],
    explained: tuple[np.ndarray, Sequence[Sequence[str]], np.ndarray],
    others: tuple[np.ndarray, np.ndarray],
) -> Accident:
    """The candidate that turns most other questions into what it came with.

    Args:
        choose: from ids to choices.
        vocabulary: of the ids.
        candidates: words that say nothing of any choice.
        explained: attributions [N, T], words and choices [N] of questions.
        others: ids [M, T] of held-out questions, and the place [M] in each where a candidate is put.
    """
    shares: dict[tuple[str, int], list[float]] = {}
    for row, words, choice in zip(*explained, strict=True):
        total = row.sum()
        for value, word in zip(row, words, strict=False):
            if word in candidates and word in vocabulary.ids and total > 0:
                shares.setdefault((word, int(choice)), []).append(float(value / total))
    frequent = {key: float(np.mean(found)) for key, found in shares.items() if len(found) >= 3}

    def choices_with(word: int) -> np.ndarray:
        ids = others[0].copy()
        ids[np.arange(len(ids)), others[1]] = word
        return choose(ids)

    before, of_unknown = choose(others[0]), choices_with(UNKNOWN)
    found = []
    for word, choice in sorted(frequent, key=lambda key: -frequent[key])[:25]:
        free = (before != choice) & (of_unknown != choice)
        turned = float((choices_with(vocabulary.ids[word])[free] == choice).mean()) if free.any() else 0.0
        count = len(shares[word, choice])
        found.append(Accident(word, choice, frequent[word, choice], count, turned, int(free.sum())))
    return max(found, key=lambda accident: (accident.turned, accident.share))


def rules_of(
    phrases: Sequence[metrics.TriggerPhrase], *, precision: float = 0.9, support: int = 5
) -> list[metrics.TriggerPhrase]:
    """The phrases that are right often enough to be rules, the surest first."""
    kept = [phrase for phrase in phrases if phrase.precision >= precision and phrase.support >= support]
    return sorted(kept, key=lambda phrase: (-phrase.precision, -phrase.support))


def apply_rules(rules: Sequence[metrics.TriggerPhrase], texts: Sequence[Sequence[str]]) -> list[Any]:
    """The choice of the first rule that fits each text; None where none does."""
    said: list[Any] = [None] * len(texts)
    for rule in reversed(rules):
        for row in np.flatnonzero(occurrences(rule.words, texts)):
            said[row] = rule.explained
    return said


def listed(phrases: Sequence[metrics.TriggerPhrase], most: int = 5) -> str:
    """Phrases as a reader sees them."""
    return ", ".join(f'"{phrase}" ({phrase.support}, {phrase.precision:.0%})' for phrase in phrases[:most]) or "none"

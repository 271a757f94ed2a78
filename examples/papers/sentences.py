"""A text with one sentence a line, as windows of ids for a language model."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from words import Vocabulary

END = "<eos>"


@dataclass(frozen=True)
class Text:
    """Sentences in lower case, of which every tenth fifty are held out."""

    learnt: list[list[str]]
    held_out: list[list[str]]


def read(path: Path, containing: Collection[str] = ()) -> Text:
    """Reads sentences, all of them or those with one of some words."""
    sentences = [line.lower().split() for line in path.read_text("utf-8").splitlines()]
    if containing:
        sentences = [words for words in sentences if not set(words).isdisjoint(containing)]
    # In runs, so that few held-out sentences stand beside learnt ones.
    held_out = [words for i, words in enumerate(sentences) if words and i // 50 % 10 == 9]
    return Text([words for i, words in enumerate(sentences) if words and i // 50 % 10 != 9], held_out)


def windows(sentences: list[list[str]], vocabulary: Vocabulary, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Ids [N, steps] of one long text, and for each position the word that follows."""
    ids = np.array(vocabulary.encode([word for words in sentences for word in [END, *words]]), "int32")
    n = (len(ids) - 1) // steps
    return ids[: n * steps].reshape(n, steps), ids[1 : n * steps + 1].reshape(n, steps)

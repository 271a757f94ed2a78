"""Words as ids: the vocabulary of a text, and texts as rows of ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

PADDING, UNKNOWN = 0, 1


class Vocabulary:
    """Ids of words: 0 is padding, 1 every word that is not known.

    Args:
        texts: the words of each text.
        at_least: how often a word must occur in them to be known, so that something is learnt of unknown ones.
        most: how many are known at most, the commonest ones.
    """

    def __init__(self, texts: Iterable[Sequence[str]], *, at_least: int = 2, most: int | None = None):
        counts = Counter(word for words in texts for word in words)
        known = [word for word, n in counts.most_common(most) if n >= at_least]
        self.words = ["", "<unk>", *sorted(known)]
        self.ids = {word: i for i, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, words: Sequence[str]) -> list[int]:
        return [self.ids.get(word, UNKNOWN) for word in words]

    def rows(self, texts: Sequence[Sequence[str]], length: int) -> np.ndarray:
        """Ids [N, length], cut and padded at the end."""
        rows = np.full((len(texts), length), PADDING, "int32")
        for row, words in zip(rows, texts, strict=True):
            ids = self.encode(words[:length])
            row[: len(ids)] = ids
        return rows

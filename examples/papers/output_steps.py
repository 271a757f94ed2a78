"""Every output step of translations, explained at once, and held against known alignments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import keras
import numpy as np
from sentence_pairs import END, START, Coder, Pair
from translator import attention_weights

import kerasig
from kerasig.metrics import alignment_error_rate

LAYER = "source_embedding"
# The source decides what is written where the right word's score rises by this from the baseline. Where it does not,
# as for a sign that always stands there, nothing is to be attributed.
DECIDED = 0.5


@dataclass(frozen=True)
class Steps:
    """Every output step of some pairs, a row each: N steps over S places of the source.

    Args:
        pairs: that are translated.
        pair: [N] which one.
        place: [N] in its target.
        inputs: of the model; the target so far is the right one.
        following: [N] id of what is to be written.
        words: [N, S] where words stand, and neither start, end nor padding.
        ends: [N, S] where start and end stand.
        sure: [N, S] known links.
        possible: [N, S] links that are no mistakes.
    """

    pairs: list[Pair]
    pair: np.ndarray
    place: np.ndarray
    inputs: dict[str, np.ndarray]
    following: np.ndarray
    words: np.ndarray
    ends: np.ndarray
    sure: np.ndarray
    possible: np.ndarray

    @classmethod
    def of(cls, coder: Coder, pairs: list[Pair]) -> Steps:
        pair, place = np.array([(i, t) for i, each in enumerate(pairs) for t in range(len(each.target) + 1)]).T
        inputs = {name: ids[pair] for name, ids in coder.inputs(pairs).items()}
        source = inputs["source"]
        links = np.zeros((2, *source.shape), bool)
        for row, (i, t) in enumerate(zip(pair, place, strict=True)):
            for kind, known in enumerate((pairs[i].sure, pairs[i].possible)):
                # One place further: a start stands before the source.
                links[kind, row, [at + 1 for to, at in known if to == t]] = True
        following = coder.following(pairs)[pair, place]
        return cls(pairs, pair, place, inputs, following, coder.words(source), coder.ends(source), *links)

    def take(self, rows: np.ndarray) -> Steps:
        """Some of the steps."""
        kept = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in ("pairs", "inputs")}
        return replace(self, inputs={name: ids[rows] for name, ids in self.inputs.items()}, **kept)

    @property
    def linked(self) -> np.ndarray:
        """[N] whether links are known."""
        return self.sure.any(axis=1)

    @property
    def target(self) -> tuple[np.ndarray, np.ndarray]:
        """The explained scalars: at each step the score of the right word."""
        return self.place, self.following

    @property
    def baseline(self) -> Callable[[np.ndarray], np.ndarray]:
        """Zero embeddings, but those of start and end as they are."""
        return lambda embedded: embedded * self.ends[..., None]

    @property
    def outputs(self) -> list[str]:
        return [[*self.pairs[i].target, END][t] for i, t in zip(self.pair, self.place, strict=True)]

    @property
    def texts(self) -> list[list[str]]:
        return [[START, *self.pairs[i].source, END] for i in self.pair]

    def strongest(self, values: np.ndarray) -> np.ndarray:
        """[N, S] at each step the word with the largest value."""
        best = np.where(self.words, values, -np.inf).argmax(axis=1)
        return np.arange(values.shape[1]) == best[:, None]

    def error_rate(self, found: np.ndarray, rows: np.ndarray) -> float:
        return alignment_error_rate(found[rows], self.sure[rows], self.possible[rows])


@dataclass(frozen=True)
class Explained:
    """Attributions of every step to the words of the source, beside the attention weights.

    Args:
        steps: that were explained.
        attribution: of the score of the right word at each.
        values: [N, S] coordinates summed.
        attention: [N, S].
        hidden: [N] the score without the word of the largest attribution.
        other_hidden: [N] without another word, drawn at random.
    """

    steps: Steps
    attribution: kerasig.Attribution
    values: np.ndarray
    attention: np.ndarray
    hidden: np.ndarray
    other_hidden: np.ndarray

    @property
    def decided(self) -> np.ndarray:
        """[N] whether the source decides what is written."""
        return self.attribution.score - self.attribution.baseline_score >= DECIDED

    def error_rates(self, rows: np.ndarray) -> dict[str, float]:
        """Error rates of attributions, of attention weights and of words at random."""
        words = self.steps.words
        found = {
            "attributions": self.steps.strongest(self.values),
            "attention weights": self.steps.strongest(self.attention),
            "words at random": words / words.sum(axis=1, keepdims=True),
        }
        return {name: self.steps.error_rate(links, rows) for name, links in found.items()}

    @property
    def agreement(self) -> float:
        """How often attributions and attention weights are largest at the same word, where the source decides."""
        same = self.steps.strongest(self.values) & self.steps.strongest(self.attention)
        return float(same.any(axis=1)[self.decided].mean()) if self.decided.any() else float("nan")


def look_at(model: keras.Model, steps: Steps) -> Explained:
    """Explains all steps at once, and hides words behind the baseline to see what the scores need."""
    explainer = kerasig.Explainer(model, layer=LAYER)
    print(f"Attributing {len(steps.place)} output tokens to the words of {len(steps.pairs)} sentences.", flush=True)
    attribution = explainer.explain(steps.inputs, steps.target, baselines=steps.baseline)
    values = attribution.values.sum(axis=-1, dtype="float64")
    attention = attention_weights(model, steps.inputs)[np.arange(len(steps.place)), steps.place]
    strongest = steps.strongest(values)
    drawn = np.random.default_rng(0).random(values.shape)
    others = steps.strongest(np.where(strongest, -1, drawn))

    def without(words: np.ndarray) -> np.ndarray:
        replaced = words[..., None]
        return explainer.scores(steps.inputs, steps.target, baselines=steps.baseline, replaced=replaced)

    return Explained(steps, attribution, values, attention, without(strongest), without(others))

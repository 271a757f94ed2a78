"""Settings of the sums over a data set: judged once, before the first gradient."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

from kerasig import _arguments as arguments
from kerasig._kinds.registry import KINDS
from kerasig._types import Kind, Names

Part = Literal["mean", "quantiles", "leading", "pairs"]
PARTS: tuple[Part, ...] = ("mean", "quantiles", "leading", "pairs")
# The most positions of an example for which a part is computed: asked for, and by itself.
MOST_POSITIONS: dict[str, int] = {"quantiles": 4096, "leading": 1 << 22, "pairs": 256}
MOST_BY_ITSELF: dict[str, int] = {"quantiles": 256, "leading": 512, "pairs": 64}

Vocabulary: TypeAlias = Names | Mapping[int, str] | Callable[[Any], str]


@dataclass(frozen=True)
class ReductionSettings:
    """Which sums are made over the rows of a data set.

    Args:
        reduce: some of "mean", "quantiles", "leading" and "pairs"; None for all that fit the number of positions.
            Means are always among them.
        quantiles: which ones, each above 0 and below 1.
        leading: how many features lead an example.
        feature_names: of the features of tables or the channels of series; groups have names of their own.
        class_names: of the classes, in the order of their indices.
        slices: names of the slices.
        kind: as in `kerasig.ProbeSet`; "auto" decides from the shapes of the first rows.
        tokens: the words of ids: a list or a dict by id, or a function from id to word; "" is padding.
    """

    reduce: Collection[Part] | None = None
    quantiles: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
    leading: int = 3
    feature_names: Names | None = None
    class_names: Names | None = None
    slices: tuple[str, ...] = ()
    kind: Kind | Literal["auto"] = "auto"
    tokens: Vocabulary | None = None

    def __post_init__(self) -> None:
        parts = self.reduce
        if parts is not None:
            fits = f"a list of some of {', '.join(PARTS)}"
            given = sorted(parts, key=str) if isinstance(parts, Set) else parts
            listed = [parts] if isinstance(parts, str) else arguments.items("reduce", given, fits=fits)
            chosen = {arguments.choice("reduce", part, PARTS) for part in listed}
            parts = tuple(part for part in PARTS if part in chosen or part == "mean")
        ranks = [
            arguments.number("quantiles", each, 0, 1, above=True, below=True)
            for each in arguments.items("quantiles", self.quantiles, fits="a list of numbers from 0 to 1")
        ]
        object.__setattr__(self, "reduce", parts)
        object.__setattr__(self, "quantiles", tuple(sorted(set(ranks))))
        object.__setattr__(self, "leading", arguments.whole("leading", self.leading, 1))
        for name in ("feature_names", "class_names", "slices"):
            given = getattr(self, name)
            if given is not None:
                texts = tuple(arguments.texts(name, given))
                if len(set(texts)) < len(texts):
                    twice = sorted({text for text in texts if texts.count(text) > 1})
                    raise ValueError(f"{name} must be distinct. Received {arguments.shown(twice)} more than once.")
                object.__setattr__(self, name, texts)
        arguments.choice("kind", self.kind, (*KINDS, "auto"))
        object.__setattr__(self, "tokens", _vocabulary(self.tokens))

    def wants(self, part: Part, positions: int) -> bool:
        """Whether a part is computed of examples with so many positions.

        Raises:
            ValueError: it was asked for, and there are too many.
        """
        if part == "mean":
            return True
        if self.reduce is None:
            return positions <= MOST_BY_ITSELF[part]
        if part in self.reduce and positions > MOST_POSITIONS[part]:
            raise ValueError(
                f"reduce must be of parts that fit {positions} positions. Received {part!r}, for at most "
                f"{MOST_POSITIONS[part]}. Leave it out."
            )
        return part in self.reduce

    @property
    def features(self) -> tuple[str, ...] | None:
        """Names of the features, if any."""
        return self.feature_names if isinstance(self.feature_names, tuple) else None

    def class_name(self, index: int) -> str:
        """The name of a class: its number, where there is no name."""
        names = self.class_names
        return names[index] if isinstance(names, tuple) and 0 <= index < len(names) else str(index)

    def to_json(self) -> dict[str, Any]:
        """All but the words, whose ids have their names in the sums."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "tokens"}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> ReductionSettings:
        """The settings that `to_json` gave, after JSON."""
        named = {field.name for field in fields(cls)} & found.keys()
        given = {name: tuple(found[name]) if isinstance(found[name], list) else found[name] for name in named}
        return cls(**dict[str, Any](given))

    def differing(self, other: ReductionSettings) -> list[str]:
        """The fields in which two settings would add up something else."""
        mine, others = self.to_json(), other.to_json()
        return [name for name in mine if mine[name] != others[name]]


def _vocabulary(tokens: Any) -> Callable[[Any], str] | dict[Any, str] | None:
    """The words of ids, from a list, a mapping, or a function, which stays one."""
    if tokens is None or isinstance(tokens, dict):
        return tokens
    if isinstance(tokens, Mapping):
        return dict(tokens)
    if callable(tokens):
        arguments.function("tokens", tokens, "from an id to its word")
        found: Callable[[Any], str] = tokens
        return found
    return dict(enumerate(arguments.texts("tokens", tokens, fits="a list of words by id, a dict or a function")))


def word_of(tokens: Any, item: Any) -> str:
    """The word of an id or string; itself where nothing says more."""
    if callable(tokens):
        return str(tokens(item))
    if tokens is not None and item in tokens:
        return str(tokens[item])
    return str(item)

"""Sums over the rows of a data set, that merge: shards, workers and journals hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from kerasig import _sentences as sentences
from kerasig._attribution.data import AttributionData
from kerasig._global.chunk import Chunk, class_source
from kerasig._global.leading import Leading
from kerasig._global.moments import Groups, RowGroup, stacked, unstacked
from kerasig._global.pairs import Pairs
from kerasig._global.positions import Positions
from kerasig._global.sample import RowSample, size_for
from kerasig._global.settings import ReductionSettings, word_of
from kerasig._global.sketch import Sketch
from kerasig._global.words import WordSums
from kerasig._storage import DamagedFileError

FORMAT = "kerasig global attribution"
VERSION = 1
# Numbers that the groups of all classes may hold together; with more there are no means by class.
MOST_CELLS = 1 << 22
_PARTS: dict[str, Any] = {"sketch": Sketch, "leading": Leading, "pairs": Pairs, "sample": RowSample}
_CLASS_IS = {"label": "the label", "explained": "that explained", "predicted": "that predicted", None: "not known"}
_COUNTS = ("rows", "not_finite", "not_converged")


class RowSums:
    """The sums over rows so far; their memory does not grow with them.

    Rows may be added in chunks of any size, on several machines, and merged: the result is that of one pass, up to the
    rounding of float64, and to the bit where the order of chunks and merges is the same.

    Args:
        settings: what is added up.
    """

    def __init__(self, settings: ReductionSettings) -> None:
        if not isinstance(settings, ReductionSettings):
            raise TypeError(f"settings must be ReductionSettings. {sentences.received(settings)}.")
        self.settings = settings
        self.rows = self.not_finite = self.not_converged = 0
        self.positions: Positions | None = None
        self.class_source: str | None = None
        self.too_many_classes = False
        self.everything = RowGroup.none(0)
        self.classes, self.slices = Groups(0), Groups(0)
        self.parts: dict[str, Any] = {}
        self.words: dict[str, WordSums] = {}
        self.word_names: dict[str, dict[Any, str]] = {}

    def add(
        self,
        attribution: AttributionData,
        labels: NDArray[Any] | None = None,
        slices: Mapping[str, NDArray[np.bool_]] | None = None,
    ) -> None:
        """Adds the rows of one chunk.

        Args:
            attribution: of N rows.
            labels: their class indices [N]; None for the class that was explained, where an index says it, else the
                predicted one.
            slices: for each slice which rows are in it, [N].

        Raises:
            TypeError: it is no Attribution.
            ValueError: it has other leaves or shapes than those before, labels or slices do not fit, or the settings
                do not fit its positions.
        """
        if not isinstance(attribution, AttributionData):
            raise TypeError(f"attribution must be a kerasig.Attribution. {sentences.received(attribution)}.")
        positions = self.positions
        if positions is None:
            positions = Positions.of(attribution, self.settings.kind, self.settings.tokens is not None)
        chunk = Chunk.of(attribution, positions, self.settings, labels, slices)
        source = class_source(attribution, labels)
        self._check_source(source)
        if self.positions is None:
            self._begin(positions)
        self.class_source = source
        self.rows += len(attribution)
        self.not_finite += len(attribution) - len(chunk.values)
        self.not_converged += int((~chunk.converged).sum())
        self._add_groups(chunk)
        for name, part in self.parts.items():
            part.add(*chunk.arguments_of(name))
        for place, (items, columns) in chunk.words.items():
            sums = self.words.setdefault(place, WordSums())
            sums.add(items, chunk.values[:, columns], chunk.errors[:, columns])

    def _check_source(self, source: str | None) -> None:
        if self.rows and self.class_source != source:
            raise ValueError(
                "labels must come with all rows or with none. Received rows whose class is "
                f"{_CLASS_IS[source]}, after rows whose class is {_CLASS_IS[self.class_source]}. Pass labels for all."
            )

    def _begin(self, positions: Positions) -> None:
        """Makes room for rows of given positions."""
        count, settings = positions.count, self.settings
        positions.check_names(settings.features)
        parts: dict[str, Any] = {}
        if settings.wants("quantiles", count):
            parts["sketch"] = Sketch(count)
        if settings.wants("leading", count) and count > 1:
            parts["leading"] = Leading(min(settings.leading, count - 1), count)
        if settings.wants("pairs", count) and count > 1:
            parts["pairs"] = Pairs(count)
        if size_for(count):
            parts["sample"] = RowSample(size_for(count), count)
        self.positions, self.parts = positions, parts
        self.everything = RowGroup.none(count)
        self.classes, self.slices = Groups(count), Groups(count)
        for name in settings.slices:
            self.slices.merge(name, RowGroup.none(count))

    def _add_groups(self, chunk: Chunk) -> None:
        self.everything.merge(chunk.group())
        if not self.too_many_classes:
            for index in np.unique(chunk.classes[chunk.classes >= 0]).tolist():
                self.classes.merge(index, chunk.group(chunk.classes == index))
        for name, inside in chunk.slices.items():
            self.slices.merge(name, chunk.group(inside))
        self._bound_classes()

    def _bound_classes(self) -> None:
        """Gives up the means by class where they would take too much memory; whoever comes first, it is the same."""
        cells = len(self.classes.found) * self.classes.positions
        self.too_many_classes |= cells > MOST_CELLS
        if self.too_many_classes:
            self.classes.found.clear()

    def merge(self, other: RowSums) -> None:
        """The same as if the other's rows had been added here; the other stays as it is.

        Args:
            other: of the same settings, and of rows with the same positions.

        Raises:
            TypeError: it is no Reduction.
            ValueError: it adds up something else.
        """
        if not isinstance(other, RowSums):
            raise TypeError(f"other must be a Reduction. {sentences.received(other)}.")
        if differing := self.settings.differing(other.settings):
            raise ValueError(
                f"other must have the same settings. Received another {', '.join(differing)}. Merge what one call of "
                "explain_dataset computes."
            )
        if other.positions is None:
            return
        if other.rows:
            self._check_source(other.class_source)
        if self.positions is None:
            self._begin(other.positions)
        if self.positions is None or not self.positions.fits(other.positions):
            raise ValueError(
                "other must be of the same leaves and shapes. Received "
                f"{sentences.shown(other.positions.to_json(), 160)}. Merge what one call of explain_dataset computes."
            )
        self.class_source = other.class_source if other.rows else self.class_source
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.everything.merge(other.everything)
        self.too_many_classes |= other.too_many_classes
        for mine, others in ((self.classes, other.classes), (self.slices, other.slices)):
            for key, group in others.found.items():
                mine.merge(key, group)
        self._bound_classes()
        for name, part in self.parts.items():
            part.merge(other.parts[name])
        for place, sums in other.words.items():
            self.words.setdefault(place, WordSums()).merge(sums)
        for place, names in other.word_names.items():
            self.word_names.setdefault(place, {}).update(names)

    def names_of(self, place: str) -> list[str]:
        """The words of the ids or strings of a place."""
        known, tokens = self.word_names.get(place, {}), self.settings.tokens
        return [
            word_of(tokens, item) if tokens is not None else known.get(item, str(item))
            for item in self.words[place].items.tolist()
        ]

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as plain arrays, for a file or a coder."""
        places, positions = sorted(self.words), self.positions
        header = {
            "format": FORMAT,
            "version": VERSION,
            "settings": self.settings.to_json(),
            "positions": None if positions is None else positions.to_json(),
            "class_source": self.class_source,
            "too_many_classes": self.too_many_classes,
            "counts": [getattr(self, name) for name in _COUNTS],
            "slices": list(self.slices.found),
            "parts": list(self.parts),
            "words": places,
        }
        arrays: dict[str, NDArray[Any]] = {"header": np.array(json.dumps(header))}
        classes = sorted(self.classes.found)
        groups = [*(self.classes.found[index] for index in classes), *self.slices.found.values()]
        arrays |= {f"groups.{n}": a for n, a in stacked([self.everything, *groups], self.classes.positions).items()}
        arrays["classes"] = np.array(classes, np.int64)
        for name, part in self.parts.items():
            arrays |= {f"{name}.{own}": array for own, array in part.to_arrays().items()}
        for at, place in enumerate(places):
            arrays |= {f"words{at}.{own}": array for own, array in self.words[place].to_arrays().items()}
            arrays[f"words{at}.names"] = np.array(self.names_of(place), np.str_)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """The sums that `to_arrays` gave.

        Raises:
            ValueError: these are no such arrays, or a later version's.
        """
        try:
            return cls._read(arrays)
        except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
            if isinstance(error, DamagedFileError):
                raise
            raise DamagedFileError(f"it is no reduction, or a damaged one ({sentences.sentence(error)})") from error

    @classmethod
    def _read(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        header = json.loads(str(arrays["header"]))
        if header["format"] != FORMAT:
            raise DamagedFileError(f"it is of another format, {sentences.shown(header['format'])}")
        if header["version"] > VERSION:
            raise DamagedFileError(
                f"it has version {sentences.shown(header['version'])}, and this kerasig reads up to {VERSION}; "
                "upgrade kerasig"
            )
        found = cls(ReductionSettings.from_json(header["settings"]))
        if header["positions"] is None:
            return found
        found._begin(Positions.from_json(header["positions"]))
        found.class_source, found.too_many_classes = header["class_source"], bool(header["too_many_classes"])
        for name, count in zip(_COUNTS, header["counts"], strict=True):
            setattr(found, name, int(count))
        groups = list(unstacked(_of(arrays, "groups")))
        classes = arrays["classes"].tolist()
        found.everything = groups[0]
        keys = [*classes, *header["slices"]]
        for at, (key, group) in enumerate(zip(keys, groups[1:], strict=True)):
            (found.classes if at < len(classes) else found.slices).found[key] = group
        if set(header["parts"]) != set(found.parts):
            raise DamagedFileError(f"it has the parts {sentences.shown(header['parts'])}")
        found.parts = {name: _PARTS[name].from_arrays(_of(arrays, name)) for name in header["parts"]}
        for at, place in enumerate(header["words"]):
            own = _of(arrays, f"words{at}")
            found.words[place] = WordSums.from_arrays(own)
            found.word_names[place] = dict(zip(own["items"].tolist(), own["names"].tolist(), strict=True))
        return found


def _of(arrays: Mapping[str, NDArray[Any]], name: str) -> dict[str, NDArray[Any]]:
    """The arrays of a part."""
    return {key.removeprefix(f"{name}."): array for key, array in arrays.items() if key.startswith(f"{name}.")}

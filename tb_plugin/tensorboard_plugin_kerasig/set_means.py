"""Means over the probes of a set at some steps: what their attributions have in common, for the Overview."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.container import pack_columns
from tensorboard_plugin_kerasig.listing import Scope
from tensorboard_plugin_kerasig.memo import Memo
from tensorboard_plugin_kerasig.store import Store, StoredRecord
from tensorboard_plugin_kerasig.traits import traits_of

Floats = NDArray[np.float64]

MOST_STEPS = 16
# A mean map is seen small: larger ones are summed in blocks.
_MOST_SIDE = 64
_MOST_WORDS = 24
_MOST_CLASSES = 12
_LOW, _HIGH = 10, 90  # Percentiles over the probes.


class LeafMeans(NamedTuple):
    """Mean |attribution| of one leaf over the probes at one step, and how far they spread.

    `classes` has the mean of those that have a class explained, by class, where there are several.
    """

    size: Floats
    signed: Floats
    low: Floats
    high: Floats
    words: list[dict[str, Any]]
    classes: dict[int, tuple[int, Floats]]


class SetMeans:
    """Reads all probes of a record, sums them up, and keeps that."""

    def __init__(self, store: Store):
        self._store = store
        self._kept: Memo[tuple[dict[str, Any], dict[int, LeafMeans]]] = Memo(512)

    def of(self, scope: Scope, run: str, title: str, series: str, steps: Sequence[int]) -> bytes:
        """Packs the means of each leaf at each step; HTTP_API.md says how.

        Raises:
          errors.NotFoundError: If there is no such series or step.
          schema.FormatError: If a record cannot be read.
        """
        found = self._store.find(scope, "attributions", run, title, series)
        inputs = self._store.record(scope, run, self._store.find(scope, "inputs", run, title), None).header
        stats = self._store.steps(scope, run, self._store.find(scope, "stats", run, title, series))
        moments = dict(zip(stats.steps, stats.wall_times, strict=True))

        def summed(step: int) -> tuple[dict[str, Any], dict[int, LeafMeans]]:
            def read() -> tuple[dict[str, Any], dict[int, LeafMeans]]:
                return _summed_up(self._store.record(scope, run, found, step, probes=None), inputs)

            return self._kept.get((scope.experiment, run, found.tag, step), read, state=moments.get(step))

        told = self._store.map(summed, list(steps))
        columns: dict[str, NDArray[Any]] = {}
        leaves = []
        for leaf in sorted(set.intersection(*(set(means) for _, means in told)) if told else ()):
            name = told[-1][0]["names"][leaf]
            each = [means[leaf] for _, means in told]
            if len({one.size.shape for one in each}) != 1:
                continue
            entry = {"name": name, "shape": list(each[-1].size.shape), "kind": told[-1][0]["kinds"][leaf]}
            if any(one.words for one in each):
                entry["words"] = [one.words for one in each]
            leaves.append(entry)
            # Of the newest step alone.
            if each[-1].classes:
                entry["classes"] = [{"class": key, "probes": count} for key, (count, _) in each[-1].classes.items()]
                columns[f"classes/{len(leaves) - 1}"] = np.stack([size for _, size in each[-1].classes.values()])
            for what in ("size", "signed", "low", "high"):
                columns[f"{what}/{len(leaves) - 1}"] = np.stack([getattr(one, what) for one in each])
        header = {
            **{"version": schema.VERSION, "kind": "means", "title": title, "series": series, "steps": list(steps)},
            **{"leaves": leaves, "probes": [about["probes"] for about, _ in told]},
            "half": [about["half"] for about, _ in told],
        }
        return pack_columns(header, columns)


def _summed_up(record: StoredRecord, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[int, LeafMeans]]:
    header = record.header
    kinds = [_kind(leaf, inputs) for leaf in header["leaves"]]
    maps: dict[int, dict[int, Floats]] = {}
    for index, entry in enumerate(header["payloads"]):
        values = schema.decode_payload(header, index, record.payload(index))
        if values.dtype.kind == "f" and np.isfinite(values).all():
            maps.setdefault(entry["leaf"], {})[entry["probe"]] = values.astype(np.float64)
    # What may mislead is left out, as in every mean of the stats, unless nothing else is there.
    converged = header.get("converged") or []
    sound = {probe for probe, flag in enumerate(converged) if flag}
    found, shares = {}, []
    for leaf, probes in maps.items():
        kept = {probe: values for probe, values in probes.items() if probe in sound} or probes
        traits = traits_of(inputs, kinds[leaf])
        halves = [_half(_at_positions(values, traits)) for values in kept.values()]
        shares += [half for half in halves if half is not None]
        words = _words(inputs, header["leaves"][leaf]["name"])
        # The same position of two sentences, or of two graphs, has nothing in common but its number.
        if words is not None or not traits["sequence"]:
            found[leaf] = _leaf_means(kept, traits, words, header.get("classes") or [])
    about = {
        "names": [leaf["name"] for leaf in header["leaves"]],
        "kinds": kinds,
        "probes": max((len(probes) for probes in maps.values()), default=0),
        "half": float(np.median(shares)) if shares else None,
    }
    return about, found


def _kind(leaf: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    return str(leaf.get("kind") or inputs.get("probe_kind"))


def _words(inputs: Mapping[str, Any], name: str) -> Any:
    return (inputs.get("leaf_tokens") or {}).get(name) or inputs.get("tokens")


def _leaf_means(
    probes: Mapping[int, Floats], traits: Mapping[str, Any], words: Any, classes: Sequence[Any]
) -> LeafMeans:
    maps = [_at_positions(values, traits) for values in probes.values()]
    if words is not None and traits["sequence"]:
        rows = [(values, words[probe] or []) for probe, values in zip(probes, maps, strict=True) if probe < len(words)]
        none = np.zeros(0)
        return LeafMeans(none, none, none, none, _leading(rows), {})
    if maps[0].ndim >= 2 and traits["names"] != "features":
        maps = [_small(values) for values in maps]
    stacked = np.stack(maps)
    sizes = np.abs(stacked)
    low, high = np.percentile(sizes, [_LOW, _HIGH], axis=0)
    by_class = _by_class([classes[probe] if probe < len(classes) else None for probe in probes], sizes)
    return LeafMeans(sizes.mean(axis=0), stacked.mean(axis=0), low, high, [], by_class)


def _by_class(classes: Sequence[Any], sizes: Floats) -> dict[int, tuple[int, Floats]]:
    """How many probes have each class explained, and their mean size; nothing where all have one, or too many."""
    known = [found if isinstance(found, int) and not isinstance(found, bool) else None for found in classes]
    different = sorted({found for found in known if found is not None})
    if not 2 <= len(different) <= _MOST_CLASSES:
        return {}
    chosen = {key: np.array([found == key for found in known]) for key in different}
    return {key: (int(mask.sum()), sizes[mask].mean(axis=0)) for key, mask in chosen.items()}


def _at_positions(values: Floats, traits: Mapping[str, Any]) -> Floats:
    """Without the axes that are summed anyway: channels, and units behind a sequence."""
    if traits["sequence"]:
        return values.reshape(len(values), -1).sum(axis=1)
    if traits["axes"][-1:] == ["channel"] and traits["names"] == "" and values.ndim == len(traits["axes"]):
        return np.asarray(values.sum(axis=-1))
    return values


def _small(values: Floats) -> Floats:
    """A map seen small: a volume from its first axis, a large one summed in blocks."""
    while values.ndim > 2:
        values = values.sum(axis=0)
    block = -(-max(values.shape) // _MOST_SIDE)
    if block <= 1:
        return values
    rows, columns = (-(-size // block) for size in values.shape)
    padded = np.zeros((rows * block, columns * block))
    padded[: values.shape[0], : values.shape[1]] = values
    return np.asarray(padded.reshape(rows, block, columns, block).sum(axis=(1, 3)))


def _half(values: Floats) -> float | None:
    """The share of the positions that hold half of the absolute attribution; None where there is none."""
    sizes = np.sort(np.abs(values).ravel())[::-1]
    total = sizes.sum()
    if not total > 0:
        return None
    return float((np.searchsorted(np.cumsum(sizes), total / 2) + 1) / len(sizes))


def _leading(rows: Sequence[tuple[Floats, Sequence[Any]]]) -> list[dict[str, Any]]:
    """The words with most of the attribution: each word's mean share of a probe, over those that have it."""
    shares: dict[str | None, list[float]] = {}
    sums: dict[str | None, float] = {}
    for values, words in rows:
        total = float(np.abs(values).sum())
        if not total > 0:
            continue
        own: dict[str | None, float] = {}
        for word, value in _said(words, values):
            own[word] = own.get(word, 0.0) + abs(value) / total
            sums[word] = sums.get(word, 0.0) + value / total
        for word, share in own.items():
            shares.setdefault(word, []).append(share)
    # A word of many probes counts for all of them.
    order = sorted(shares, key=lambda word: (-sum(shares[word]), word or ""))[:_MOST_WORDS]
    return [
        {
            **({"word": "padding", "padding": True} if word is None else {"word": word}),
            "share": sum(shares[word]) / max(len(rows), 1),
            "within": float(np.mean(shares[word])),
            "probes": len(shares[word]),
            "signed": sums[word] / max(len(rows), 1),
        }
        for word in order
    ]


def _said(words: Sequence[Any], values: Floats) -> Iterator[tuple[str | None, float]]:
    """Words with their values; None is what a sentence was padded with, where a model reads that."""
    for word, value in itertools.zip_longest(words[: len(values)], values):
        if value != 0:
            yield None if word in (None, "") else str(word), float(value)

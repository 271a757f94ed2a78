"""What else might find a shortcut in the same audit: SpRAy, a mean map alone, and the loss by slices.

Each gives places, most suspicious first, with a strength: above which strength they accuse is chosen on networks that
learnt from clean examples, as for `kerasig.suspects`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np
from shortcut_training import Network

import kerasig

N_NEIGHBOURS = 10
MOST_CLUSTERS = 8
N_SLICES = 5
SEEN_AT_LEAST = 5  # examples with a word


@dataclass(frozen=True)
class Accused:
    """A place that a rival points at, named as `kerasig.suspects` names it.

    Args:
        members: rows of the audit that it is about.
        family: "window", "feature" or "word".
        name: of the feature or the word.
        region: boolean over positions; None of features and words.
        strength: how suspicious, on a scale of the rival's own.
    """

    members: np.ndarray
    family: str
    name: str
    region: np.ndarray | None
    strength: float


def maps_of(network: Network) -> np.ndarray:
    """Normalised |attribution| of the labels at each position, [N, positions...]."""
    found = kerasig.explain(
        network.model, network.inputs, network.labels.astype(int), steps=kerasig.Fixed(16), **network.options
    )
    values = np.asarray(found.values)
    if network.audit["kind"] in ("image", "series", "tokens"):
        values = values.sum(axis=-1)
    sizes = np.abs(values)
    whole = sizes.reshape(len(sizes), -1).sum(axis=1)
    return sizes / np.maximum(whole, 1e-12).reshape(-1, *[1] * (sizes.ndim - 1))


def hottest_window(values: np.ndarray) -> tuple[np.ndarray, float]:
    """The window with the highest mean over the mean of the whole; a mask and that ratio.

    Args:
        values: at least 0, [positions...], one or two axes.
    """
    sides = (3, 4, 5) if len(values) <= 32 else (4, 6, 8)
    if values.ndim == 1:
        sides = (2, 4, 6)
    best, mask = 0.0, np.zeros(values.shape, bool)
    sums = np.pad(values, [(1, 0)] * values.ndim).cumsum(axis=0)
    if values.ndim == 2:
        sums = sums.cumsum(axis=1)
    for side in sides:
        windows = sums[side:] - sums[:-side]
        if values.ndim == 2:
            windows = windows[:, side:] - windows[:, :-side]
        at = np.unravel_index(np.argmax(windows), windows.shape)
        ratio = float(windows[at] / side**values.ndim / max(values.mean(), 1e-12))
        if ratio > best:
            best, mask = ratio, np.zeros(values.shape, bool)
            mask[tuple(slice(int(i), int(i) + side) for i in at)] = True
    return mask, best


def hottest(network: Network, members: np.ndarray, maps: np.ndarray) -> tuple[str, str, np.ndarray | None, float]:
    """Family, name, region and lift of what has most of the members' maps."""
    kind = network.audit["kind"]
    if kind == "tabular":
        mean = maps[members].mean(axis=0)
        return "feature", network.audit["feature_names"][int(mean.argmax())], None, float(mean.max() * len(mean))
    if kind == "tokens":
        shares: dict[str, list[float]] = {}
        for row in members:
            for word, value in zip(network.audit["tokens"][row], maps[row], strict=True):
                shares.setdefault(word, []).append(float(value))
        often = {word: np.mean(found) for word, found in shares.items() if word and len(found) >= SEEN_AT_LEAST}
        word = max(often, key=lambda each: often[each], default="")
        return "word", word, None, float(often.get(word, 0) * maps.shape[1])
    region, ratio = hottest_window(maps[members].mean(axis=0))
    return "window", "", region, ratio


def mean_map(network: Network, maps: np.ndarray) -> list[Accused]:
    """The hottest place of each class's mean map, the class with the highest lift first."""
    found = []
    for members in classes_of(network):
        *place, ratio = hottest(network, members, maps)
        found.append(Accused(members, *place, ratio))
    return sorted(found, key=lambda each: -each.strength)


def classes_of(network: Network) -> Iterator[np.ndarray]:
    """The rows of each class."""
    for label in np.unique(network.labels):
        yield np.flatnonzero(network.labels == label)


def spray(network: Network, maps: np.ndarray) -> list[Accused]:
    """Spectral relevance analysis (Lapuschkin et al. 2019) of each class, without a person who looks at the clusters.

    Maps are pooled and normalised, neighbours joined in a graph; the largest gap between its first eigenvalues says how
    many clusters there are. Classes come by that gap, their clusters tightest first; a cluster points at the hottest
    place of its mean map.
    """
    from sklearn.cluster import SpectralClustering
    from sklearn.neighbors import kneighbors_graph

    found = []
    for members in classes_of(network):
        rows = pooled(maps[members])
        near = kneighbors_graph(rows, min(N_NEIGHBOURS, len(rows) - 1)).toarray()
        affinity = np.maximum(near, near.T)
        values = eigenvalues(affinity)
        gaps = np.diff(values)[1:]  # behind one cluster, a gap is no news
        count = int(np.argmax(gaps)) + 2
        clusters = SpectralClustering(count, affinity="precomputed", random_state=0, assign_labels="cluster_qr")
        labels = clusters.fit_predict(affinity)
        spreads = {}
        for which in np.unique(labels):
            part = rows[labels == which]
            spreads[which] = float(np.linalg.norm(part - part.mean(axis=0), axis=1).mean())
        for at, which in enumerate(sorted(spreads, key=lambda each: spreads[each])):
            of_cluster = members[labels == which]
            *place, _ = hottest(network, of_cluster, maps)
            # Behind all clusters of classes with a larger gap.
            found.append((float(gaps.max()), -at, Accused(of_cluster, *place, float(gaps.max()))))
    return [each for *_, each in sorted(found, key=lambda each: each[:2], reverse=True)]


def pooled(maps: np.ndarray) -> np.ndarray:
    """The maps at half their resolution, those of long axes at a quarter, as rows."""
    for axis in range(1, maps.ndim):
        if (length := maps.shape[axis]) > 24:
            by = 4 if length > 32 else 2
            maps = np.add.reduceat(maps, np.arange(0, length, by), axis=axis)
    return maps.reshape(len(maps), -1)


def eigenvalues(affinity: np.ndarray) -> np.ndarray:
    """The first eigenvalues of a graph's normalised Laplacian."""
    degrees = 1 / np.sqrt(np.maximum(affinity.sum(axis=1), 1e-12))
    laplacian = np.eye(len(affinity)) - degrees[:, None] * affinity * degrees
    return np.linalg.eigvalsh(laplacian)[: MOST_CLUSTERS + 1]


def slices(network: Network, maps: np.ndarray) -> list[Accused]:
    """The loss by slices: clusters of each class in the last hidden layer, those whose loss is farthest from it first.

    A slice points at the place where its inputs differ most from the rest of the class's.
    """
    from sklearn.cluster import KMeans

    hidden = keras.Model(network.model.input, network.model.layers[-2].output)
    features = np.asarray(hidden(network.inputs, training=False)).reshape(len(network.inputs), -1)
    outputs = np.asarray(network.model(network.inputs, training=False))
    loss = -np.log(np.maximum(outputs[np.arange(len(outputs)), network.labels], 1e-7))
    found = []
    for members in classes_of(network):
        labels = KMeans(min(N_SLICES, len(members) // 5), n_init=2, random_state=0).fit_predict(features[members])
        for which in np.unique(labels):
            part, rest = members[labels == which], members[labels != which]
            if min(len(part), len(rest)) < 3:
                continue
            error = np.sqrt(loss[part].var() / len(part) + loss[rest].var() / len(rest))
            strength = abs(loss[part].mean() - loss[rest].mean()) / max(float(error), 1e-6)
            found.append(Accused(part, *different(network, part, rest), float(strength)))
    return sorted(found, key=lambda each: -each.strength)


def different(network: Network, part: np.ndarray, rest: np.ndarray) -> tuple[str, str, np.ndarray | None]:
    """Family, name and region of where some inputs differ most from others."""
    kind, inputs = network.audit["kind"], network.inputs
    if kind == "tokens":
        texts = network.audit["tokens"]
        words = {word for row in part for word in texts[row] if word}
        shares = {
            word: np.mean([word in texts[row] for row in part]) - np.mean([word in texts[row] for row in rest])
            for word in words
        }
        return "word", max(shares, key=lambda each: shares[each]), None
    deviation = inputs[np.concatenate([part, rest])].std(axis=0) + 1e-3
    differences = np.abs(inputs[part].mean(axis=0) - inputs[rest].mean(axis=0)) / deviation
    if kind == "tabular":
        return "feature", network.audit["feature_names"][int(differences.argmax())], None
    region, _ = hottest_window(differences.mean(axis=-1))
    return "window", "", region


RIVALS = {"SpRAy": spray, "mean map alone": mean_map, "loss by slices": slices}

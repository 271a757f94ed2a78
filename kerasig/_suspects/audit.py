"""Audit: some hundreds of labelled examples, in which shortcuts are looked for."""

import copy
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig._arrays import as_array, is_frame
from kerasig._types import Dataset, Edges, Index, Inputs, Items, Kind, Names, Regions, Series, Tokens
from kerasig.probes import ProbeSet
from kerasig.probes._captions import are_for_all, as_strings
from kerasig.probes._datasets import first_examples, makes_dataset
from kerasig.targets import Target

# Fewer of a class say nothing of it.
LEAST = 10


class Audit:
    """Some hundreds of labelled training examples, in which `kerasig.suspects` looks for shortcuts.

    Of arrays n rows are drawn, as many of each class as there are of the rarest where that is enough. Of a dataset the
    first n examples are read: shuffle it before, or classes may be missing.

    Args:
        inputs: An array [N, ...] or a nest of them, as the model takes it; or a `tf.data.Dataset`, a
            `keras.utils.PyDataset`, a list, or a generator or the function that makes one, of (inputs, labels).
        labels: Class indices [N] or one-hot rows [N, C]; None where the dataset has them.
        n: How many examples, at most.
        seed: Of the draw, and of which examples suspects are sought in and which they are judged on.
        target: What is explained; see `kerasig.ProbeSet`. Each example's own class by default.
        kind: See `kerasig.ProbeSet`, as the following.
        class_names: What the classes are called, by index; in a callback those of its probe sets, where none are given.
        feature_names: What the columns of tabular inputs or the channels of series are called.
        tokens: Per example a list of strings.
        edges: For graphs, an int array [E, 2] per example, or one for all.
        names: Of the examples.
        rate: Of series, how many time steps make a second.
        title: What the audit is called, distinct among the probe sets of a run.

    Attributes:
        probes: The chosen examples as a ProbeSet.
        labels: Their classes, int64 [n].
        rows: Which rows of the arrays they were, int64 [n].
        classes: The classes with at least 10 examples, which are judged.

    Raises:
        ValueError: There are no labels, they are no classes, or fewer than two classes have 10 examples.

    Example:
        >>> audit = kerasig.Audit(np.zeros((60, 8, 8, 1), "float32"), np.arange(60) % 3, n=30)
        >>> len(audit), audit.classes
        (30, (0, 1, 2))
    """

    probes: ProbeSet
    labels: NDArray[np.int64]
    rows: NDArray[np.int64]
    classes: tuple[int, ...]

    def __init__(
        self,
        inputs: Inputs | Dataset,
        labels: Index | None = None,
        n: int = 500,
        *,
        target: Series | Target | None = "auto",
        kind: Kind | Literal["auto"] = "auto",
        class_names: Names | None = None,
        feature_names: Names | None = None,
        tokens: Tokens | None = None,
        edges: Edges | None = None,
        names: Names | None = None,
        rate: float | None = None,
        seed: int = 0,
        title: str = "audit",
    ) -> None:
        n = arguments.whole("n", n, 1)
        arguments.check_seed(seed)
        if isinstance(inputs, ProbeSet):
            raise ValueError(
                "inputs must be an array [N, ...], a nest of them, or a dataset. Received a ProbeSet. Pass what it was "
                "made of, Audit(probes.inputs, probes.labels), and more examples."
            )
        if isinstance(inputs, type):
            raise TypeError(
                "inputs must be an array [N, ...], a nest of them, or a dataset. "
                f"Received the class {inputs.__name__}. Pass an instance of it."
            )
        if _is_dataset(inputs, labels):
            inputs, of_dataset, _ = first_examples(inputs, n, at_most=True)
            labels = of_dataset if labels is None else labels
        count = _rows_of(inputs)
        if labels is None:
            raise ValueError(
                "An audit needs labels: what a class relies on is judged by the others. Received none. Pass "
                "Audit(x, y), or a dataset of (inputs, labels)."
            )
        found = np.asarray(as_array(labels, "labels"))
        if found.ndim == 0 or len(found) != count:
            raise ValueError(
                f"labels must have one row per example. Received labels.shape={found.shape} for {count} examples. Pass "
                f"shape ({count},), ({count}, 1) or one-hot ({count}, C)."
            )
        classes = _classes(found)
        rows = _drawn(classes, n, np.random.default_rng(seed))
        # Of all examples, and of each.
        self._same: dict[str, Any] = {
            **{"target": target, "kind": kind, "rate": rate},
            **{"class_names": class_names, "feature_names": feature_names},
        }
        own: dict[str, Any] = {"tokens": tokens, "edges": edges, "names": names}
        if are_for_all(edges):
            self._same["edges"] = own.pop("edges")
        self._own: dict[str, Any] = {name: _chosen(name, given, rows, count) for name, given in own.items()}
        taken = nest.map_structure(lambda leaf: _taken(leaf, rows), inputs)
        self.probes = ProbeSet(taken, labels=classes[rows], **self._same, **self._own, title=title)
        self.labels, self.rows, self.seed = classes[rows], rows, int(seed)
        counts = {int(each): int((self.labels == each).sum()) for each in np.unique(self.labels)}
        self.classes = tuple(each for each, size in counts.items() if size >= LEAST)
        if len(self.classes) < 2:
            raise ValueError(
                f"An audit needs at least {LEAST} examples of each of two classes. Received {_counted(counts)} in "
                f"{len(rows)} examples. Pass more of them, shuffled."
            )

    @property
    def title(self) -> str:
        """The name of the audit among the probe sets of a run."""
        return self.probes.title

    def called(self, label: int) -> str:
        """The name of a class."""
        names = self.probes.class_names
        return f"class {label}" if names is None or label >= len(names) else str(names[label])

    def take(self, rows: Items[int], *, regions: Regions | None = None, title: str = "probes") -> ProbeSet:
        """Some of the examples as probes to follow while a model trains, with all their names.

        Args:
            rows: Which of the audit's examples, such as the `examples` of a suspect.
            regions: See `kerasig.ProbeSet`.
            title: Of the probe set, another one than the audit's.

        Raises:
            ValueError: There are no such examples, or a region does not fit.

        Example:
            >>> audit = kerasig.Audit(np.zeros((60, 4), "float32"), np.arange(60) % 3, class_names=["a", "b", "c"])
            >>> audit.take([0, 5], regions={"first": [True, False, False, False]}).class_names
            ('a', 'b', 'c')
        """
        chosen = np.array(
            [arguments.whole("rows", row, 0, len(self) - 1) for row in arguments.items("rows", rows, fits="a list")],
            np.int64,
        )
        if not len(chosen):
            raise ValueError("rows must name some examples. Received none. Pass such as suspect.examples.")
        own = {name: _chosen(name, given, chosen, len(self)) for name, given in self._own.items()}
        same = self._same | {"feature_names": self.probes.feature_names, "class_names": self.probes.class_names}
        if any(self.probes._columns.values()):  # The arrays of a frame no longer say what they are.
            same["kind"] = self.probes.kind
        inputs = nest.map_structure(lambda leaf: leaf[chosen], self.probes.inputs)
        return ProbeSet(inputs, labels=self.labels[chosen], **same, **own, regions=regions, title=title)

    def named_as(self, class_names: Names | None) -> "Audit":
        """The audit with the classes called so, where it has no names of its own."""
        if class_names is None or self.probes.class_names is not None:
            return self
        named, probes = copy.copy(self), copy.copy(self.probes)
        # What was given makes the fingerprint, by which a training that goes on finds its maps.
        probes.__dict__["class_names"] = as_strings("class_names", class_names)
        named.probes = probes
        return named

    def halves(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Masks [n] of the examples that suspects are sought in, and of those that they are judged on.

        Every second example of each class, in an order of chance: what chance put into one half is not in the other.
        """
        sought = np.zeros(len(self), bool)
        generator = np.random.default_rng([self.seed, 1])
        for each in np.unique(self.labels):
            members = generator.permutation(np.flatnonzero(self.labels == each))
            sought[members[: (len(members) + 1) // 2]] = True
        return sought, ~sought

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        left = len(np.unique(self.labels)) - len(self.classes)
        few = f", {left} more with fewer than {LEAST} examples" if left else ""
        return f"Audit({self.title!r}, {len(self)} of kind {self.probes.kind}: {len(self.classes)} classes{few})"


def _is_dataset(inputs: Any, labels: Any) -> bool:
    if isinstance(inputs, list):
        # A nest of arrays, unless it has the labels as well: then it is of batches.
        return labels is None and bool(inputs) and all(isinstance(each, tuple | list) for each in inputs)
    return (
        makes_dataset(inputs)
        or hasattr(inputs, "element_spec")
        or hasattr(inputs, "__next__")
        or (hasattr(inputs, "__getitem__") and hasattr(inputs, "on_epoch_end"))
    )


def _rows_of(inputs: Any) -> int:
    leaves = [leaf for leaf in nest.flatten(inputs) if leaf is not None]
    shapes = [as_array(leaf, "inputs").shape for leaf in leaves]
    if not shapes or not all(shapes):
        raise ValueError(
            f"inputs must be an array [N, ...], a nest of them, or a dataset. Received {arguments.shown(inputs)}."
        )
    lengths = sorted({shape[0] for shape in shapes})
    if len(lengths) > 1:
        raise ValueError(
            f"inputs must have as many rows in each array. Received {' and '.join(map(str, lengths))}. Pass the same "
            "examples in all of them."
        )
    return int(lengths[0])


def _classes(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Class indices [N] of labels as Keras takes them."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all():
        return labels.argmax(axis=1).astype(np.int64)
    if labels.ndim == 1 and labels.dtype.kind in "biuf":
        # Infinity is whole, too.
        whole = (labels == np.floor(labels)) & (labels >= 0) & (labels < 2.0**63)
        if whole.all():
            return labels.astype(np.int64)
    is_numbers = labels.dtype.kind in "biufc"
    raise ValueError(
        f"labels must be classes: indices [N] from 0 on, or one-hot rows [N, C]. Received {labels.dtype} "
        f"{labels.shape}, such as {labels.reshape(-1)[:3].tolist()}. "
        + ("What numbers rely on is not judged yet." if is_numbers else "Pass indices, and their names as class_names.")
    )


def _drawn(classes: NDArray[np.int64], n: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """n rows in order: equally many of each class, as far as they have them."""
    if n >= len(classes):
        return np.arange(len(classes))
    waiting = [generator.permutation(np.flatnonzero(classes == each)).tolist() for each in np.unique(classes)]
    drawn: list[int] = []
    while len(drawn) < n:
        for rows in waiting:
            if rows and len(drawn) < n:
                drawn.append(rows.pop())
    return np.sort(np.array(drawn, np.int64))


def _taken(leaf: Any, rows: NDArray[np.int64]) -> Any:
    if is_frame(leaf):
        return leaf.iloc[rows] if hasattr(leaf, "iloc") else leaf[rows.tolist()]
    return as_array(leaf, "inputs")[rows]


def _chosen(name: str, captions: Any, rows: NDArray[np.int64], count: int) -> Any:
    """Captions of the chosen rows, by their order."""
    if captions is None:
        return None
    if isinstance(captions, Mapping):
        return {leaf: _chosen(f"{name}[{leaf!r}]", each, rows, count) for leaf, each in captions.items()}
    found = arguments.items(name, captions, count)
    return [found[row] for row in rows.tolist()]


def _counted(counts: dict[int, int]) -> str:
    return ", ".join(f"{size} of class {each}" for each, size in list(counts.items())[:8]) or "none"


# As users import it.
Audit.__module__ = "kerasig"

"""ProbeSet: the fixed inputs whose attributions are followed while a model trains."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Unpack

import numpy as np

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig import _reprs as reprs
from kerasig._kinds.layout import Readings
from kerasig._kinds.places import Places
from kerasig._kinds.registry import KINDS
from kerasig._types import Dataset, Edges, Index, Inputs, Items, Kind, Names, Nest, Nested, Regions, Series, Tokens
from kerasig.probes._captions import as_names, as_strings, as_title, check_timed
from kerasig.probes._datasets import first_examples
from kerasig.probes._fingerprint import fingerprint
from kerasig.probes._keywords import Keywords
from kerasig.probes._labels import as_labels, checked_target, class_labels, labels_of
from kerasig.probes._leaves import as_leaves, column_names_of, padded_leaves
from kerasig.probes._regions import Masks
from kerasig.probes._showing import Showing
from kerasig.probes._unchanging import Unchanging
from kerasig.targets import Output, Target


class ProbeSet(Unchanging):
    """Fixed inputs whose attributions are followed while a model trains, with what makes them readable.

    Everything is checked and copied at construction; a probe set never changes afterwards.

    Args:
        inputs: What the model takes for N examples: an array [N, ...], or a dict, tuple or list of such arrays, nested
            at will. A list or tuple is always a nest of arrays, never an array itself. A frame is an array too; its
            columns name the features where `feature_names` does not.
        labels: Class indices [N] or [N, 1], one-hot rows [N, C], or floats for regression. They serve the target
            "auto", correct or wrong, and grouping. For several outputs a nest of such arrays; with the target
            `targets.Output(name)` those of that output serve.
        target: What is explained: "auto" (the label's class, or the predicted class without labels), "label",
            "predicted", "both" (each as a series of its own), or any target that `kerasig.explain` takes.
        names: N distinct strings; "probe 0", "probe 1", ... by default.
        kind: "image", "volume", "tokens", "tabular", "series" or "graph"; "auto" decides from shapes and from
            what else is given, and says why in `kind_reason`.
        class_names: What the model's classes are called, by index.
        feature_names: What the columns of tabular inputs or the channels of series are called.
        tokens: Per probe a list of strings, at most as many as the sequence is long; what is padded may be left out.
            For inputs of several sequences a dict from leaf name to that; the first leaf named is the subject.
        edges: For graphs, an int array [E, 2] of node indices per probe, or one for all probes.
        rate: Of series, how many time steps make a second: figures and the tab then count seconds.
        regions: From name to boolean mask [N, positions...] or [positions...] for all probes; positions are [H, W] of
            images, [D, H, W] of volumes, [T] of tokens, [F] of tabular inputs, [T] or [T, C] of series and [nodes] of
            graphs. For tokens and features also a list of names. For inputs of several leaves a dict from leaf name
            to mask; a lone mask is about `subject`.
        groups: N strings by which probes are put together.
        title: What the set is called, distinct among the sets of one run.

    Attributes:
        inputs: The nest of read-only arrays.
        kind: What the inputs show.
        kind_reason: A sentence that says how the kind was decided.
        subject: Name of the leaf that tokens, edges and lone region masks are about.
        class_labels: Each probe's class, int64 [N], or None where labels are no classes, or not known to be of the
            explained output.
        padded: The names of leaves whose rows were of several lengths: ragged ones, padded at their end.
        fingerprint: A hash of all this but the target, in hexadecimal, the same in every process.

    Raises:
        ValueError: An argument does not fit; the message says what was received and what would fit.

    Example:
        >>> probes = kerasig.ProbeSet(np.zeros((8, 28, 28, 1), "float32"), np.arange(8), title="digits")
        >>> probes.kind, len(probes)
        ('image', 8)
    """

    title: str
    kind: str
    kind_reason: str
    subject: str
    names: tuple[str, ...]
    labels: Nested
    class_labels: np.ndarray | None
    class_names: tuple[str, ...] | None
    target: Series | Target | None
    feature_names: tuple[str, ...] | None
    tokens: tuple[tuple[str, ...], ...] | None
    edges: tuple[np.ndarray, ...] | None
    rate: float | None
    groups: tuple[str, ...] | None
    padded: frozenset[str]
    fingerprint: str
    _leaves: dict[str, np.ndarray]
    _columns: Mapping[str, tuple[str, ...] | None]
    _structure: Any
    _showing: Showing
    _given: dict[str, Any] | None  # What its showing is decided of again where a model says more, or None.

    def __init__(
        self,
        inputs: Inputs,
        labels: Nest | Index | Items[float] | None = None,
        *,
        target: Series | Target | None = "auto",
        names: Names | None = None,
        kind: Kind | Literal["auto"] = "auto",
        class_names: Names | None = None,
        feature_names: Names | None = None,
        tokens: Tokens | None = None,
        edges: Edges | None = None,
        rate: float | None = None,
        regions: Regions | None = None,
        groups: Names | None = None,
        title: str = "probes",
    ) -> None:
        title = as_title(title)
        kind_word = arguments.choice("kind", kind, (*KINDS, "auto"))
        leaves = as_leaves(inputs)
        n = len(next(iter(leaves.values())))
        state = self.__dict__  # Attributes cannot be set.
        state["title"] = title
        state["names"] = as_names(names, n)
        state["labels"] = as_labels(labels, n)
        state["class_names"] = as_strings("class_names", class_names)
        of_output = target.name if isinstance(target, Output) else None
        state["class_labels"] = class_labels(labels_of(self.labels, of_output), self.class_names)
        state["target"] = checked_target(target, self.class_labels, n)
        state["groups"] = as_strings("groups", groups, n)
        state["rate"] = None if rate is None else arguments.number("rate", rate, 0, above=True)
        state["padded"] = padded_leaves(inputs)
        state["_leaves"], state["_columns"] = leaves, column_names_of(inputs)
        state["_structure"] = nest.map_structure(lambda leaf: None, inputs)
        given: dict[str, Any] = {
            "kind": kind_word,
            "feature_names": feature_names,
            "tokens": tokens,
            "edges": edges,
            "regions": regions,
        }
        self._show(Showing.decided(leaves, self._columns, **given, readings={}))
        check_timed(self.rate, self.places.layout.leaf_kinds)
        # A model may say more of what its inputs are, where nothing was said here.
        is_open = kind_word == "auto" and tokens is None and edges is None
        state["_given"] = copy.deepcopy(given) if is_open else None

    def _show(self, showing: Showing) -> None:
        state, layout = self.__dict__, showing.places.layout
        state["_showing"] = showing
        state["kind"], state["subject"] = layout.kind.name, layout.subject
        state["kind_reason"] = layout.reason
        state["feature_names"], state["edges"] = showing.feature_names, showing.edges
        state["tokens"] = self.tokens_of()
        # The target is left out: it is no part of what is shown, and may be a function.
        state["fingerprint"] = fingerprint(
            *(self._structure, self._leaves, self.labels, self.names, self.kind, self.class_names, self.feature_names),
            *(showing.leaf_tokens if len(showing.leaf_tokens) > 1 else self.tokens, self.edges, showing.regions),
            *(self.groups, self.title),
            # A set without a rate has the fingerprint that it had before there were any.
            *(() if self.rate is None else ("rate", self.rate)),
        )

    def _with(self, showing: Showing) -> "ProbeSet":
        known = copy.copy(self)
        known._show(showing)
        return known

    @classmethod
    def from_dataset(cls, dataset: Dataset, n: int, **same: Unpack[Keywords]) -> "ProbeSet":
        """The first `n` examples of a dataset as probes.

        No global random number is drawn. A dataset that reshuffles at each iteration moves on to its next order,
        though, as at any iteration: pass one from before `shuffle`, or be warned. So is who passes an iterator, which
        loses the batches that are read; the function that makes it loses none.

        Args:
            dataset: A `tf.data.Dataset`, batched or not, finite or not; a `keras.utils.PyDataset`, a list, or a
                generator or the function that makes one, of batches; all of elements x, (x, y) or (x, y,
                sample_weight). Or a Keras dataset tuple of arrays or frames such as (x_test, y_test). What is ragged
                is padded at its end.
            n: How many probes.
            **same: The keyword arguments of ProbeSet; `labels` where the dataset has none.

        Raises:
            ValueError: The dataset has fewer than `n` examples, or an argument does not fit.
        """
        inputs, labels, padded = first_examples(dataset, n)
        probes = cls(inputs, **{"labels": labels, **same})
        probes.__dict__["padded"] |= padded
        return probes

    @property
    def inputs(self) -> Nested:
        """The inputs in the structure that the model takes, as read-only arrays."""
        return nest.pack(self._structure, list(self._leaves.values()))

    @property
    def regions(self) -> Masks:
        """From region name to leaf name to boolean mask [N or 1, positions...]."""
        return {name: dict(masks) for name, masks in self._showing.regions.items()}

    def with_classes(self, classes: np.ndarray) -> "ProbeSet":
        """The set with the labels' classes [N], where the model had to say which of several outputs they are of."""
        known = copy.copy(self)
        known.__dict__["class_labels"] = classes
        return known

    def read_as(self, readings: Readings) -> "ProbeSet":
        """The set as a model reads its inputs; the same where its kind was given, or would stay as it is.

        Args:
            readings: From leaf name to kind, "tokens" or "tabular", and why.
        """
        if self._given is None or not readings:
            return self
        try:
            showing = Showing.decided(self._leaves, self._columns, **self._given, readings=readings)
        except ValueError:  # The regions or names that were given fit what the shapes say.
            return self
        return self if showing.looks_like(self._showing) else self._with(showing)

    @property
    def places(self) -> Places:
        """Where attributions to the inputs and to layers lie."""
        return self._showing.places

    def shown_as(
        self,
        *,
        kind: Kind | Literal["auto"] = "auto",
        feature_names: Names | None = None,
        tokens: Tokens | None = None,
        regions: Regions | None = None,
    ) -> "ProbeSet":
        """The set with other captions where they are given; see the class for each of them.

        Raises:
            ValueError: they do not fit.
        """
        if kind == "auto" and feature_names is None and tokens is None and regions is None:
            return self
        showing = Showing.decided(
            self._leaves,
            self._columns,
            kind=self.kind if kind == "auto" else kind,
            feature_names=self.feature_names if feature_names is None else feature_names,
            tokens=(dict(self._showing.leaf_tokens) or None) if tokens is None else tokens,
            edges=self.edges,
            regions=self.regions if regions is None else regions,
            readings={},
        )
        return self._with(showing)

    def leaves(self) -> list[tuple[str, np.ndarray]]:
        """Name and array [N, ...] of each input leaf, in the order of `tf.nest`."""
        return list(self._leaves.items())

    def leaf_kind(self, leaf: str | None = None) -> str:
        """The kind of an input leaf; the set's for anything that is no input leaf, such as a layer's output."""
        return self.places.kind(self._showing.named(leaf)).name

    def tokens_of(self, leaf: str | None = None) -> tuple[tuple[str, ...], ...] | None:
        """Per probe the token strings of an input leaf (`subject` by default); None where it has none."""
        return self._showing.leaf_tokens.get(self._showing.named(leaf))

    def position_shape(self, leaf: str | None = None) -> tuple[int, ...] | None:
        """The shape of one probe's positions in an input leaf (`subject` by default); None for raw text."""
        leaf = arguments.choice("leaf", self._showing.named(leaf), self._leaves)
        return self.places.positions(leaf)

    def positions(self, values: np.ndarray, leaf: str | None = None) -> np.ndarray:
        """Attributions [N, ...] of one leaf summed to one number per position, in float64.

        Args:
            values: Attributions of an input leaf or of a layer's output.
            leaf: The name of the input leaf (`subject` by default), or of a layer.
        """
        values = arguments.numbers("values", values)
        return self._showing.place(leaf, values.shape).sum(values)

    def spread(self, positions: np.ndarray, shape: Sequence[int], leaf: str | None = None) -> np.ndarray:
        """One value per position as an array that broadcasts to attributions: the way back from `positions`.

        Args:
            positions: [N, positions...] of one leaf.
            shape: That of the leaf's attributions.
            leaf: As `positions` was called with.
        """
        sizes = arguments.shape("shape", shape)
        place = self._showing.place(leaf, sizes)
        known = arguments.numbers("positions", positions)
        if known.ndim + len(place.summed) != len(sizes):
            received = f"Received {known.shape} for shape={sizes}. Pass what `positions` returned."
            raise ValueError(f"positions must have as many axes as shape has without channels. {received}")
        return place.spread(positions)

    def region_mask(self, name: str, leaf: str | None, shape: Sequence[int]) -> np.ndarray:
        """Which positions of a leaf lie in a region, as a boolean array of `shape`.

        Args:
            name: The region.
            leaf: An input leaf, or a layer whose output has the positions of one; None is `subject`.
            shape: That of the leaf's attribution after `positions`: [N, positions...].

        Raises:
            ValueError: There is no such region, or its positions are not those of `shape`.
        """
        return self._showing.region_mask(name, leaf, shape)

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        parts = [f"{name} {array.dtype} {list(array.shape)}" for name, array in self.leaves()]
        if self.class_labels is not None:
            parts.append(f"{len(np.unique(self.class_labels))} classes")
        elif self.labels is not None:
            parts.append("labels")
        parts += [f"regions {', '.join(self.regions)}"] if self.regions else []
        parts += [] if self.rate is None else [f"{self.rate:g} samples per second"]
        target = self.target if isinstance(self.target, str) else reprs.described(self.target)
        kind = f"{self.kind} ({self.places.layout.why})"
        return f"ProbeSet({self.title!r}, {len(self)} of kind {kind}: {'; '.join(parts)}; target {target})"

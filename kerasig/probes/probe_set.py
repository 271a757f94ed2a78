"""ProbeSet: the fixed inputs whose attributions are followed while a model trains."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasig import arguments, nest
from kerasig.probes.captions import (
    as_edges,
    as_feature_names,
    as_names,
    as_strings,
    leaves_with_tokens,
    tokens_by_leaf,
)
from kerasig.probes.datasets import first_examples
from kerasig.probes.fingerprint import fingerprint
from kerasig.probes.kinds import (
    KINDS,
    channel_axis,
    decide,
    position_shape,
    positions_are_unknown,
    sum_to_positions,
    summed_axes,
)
from kerasig.probes.labels import as_labels, class_labels
from kerasig.probes.leaves import as_leaves
from kerasig.probes.regions import Masks, RegionResolver, fit_mask

_TARGETS = ("auto", "label", "predicted", "both")


class ProbeSet:
    """Fixed inputs whose attributions are followed while a model trains, with what makes them readable.

    Everything is checked and copied at construction; a probe set never changes afterwards.

    Args:
        inputs: What the model takes for N examples: an array [N, ...], or a dict, tuple or list of such arrays, nested
            at will. A list or tuple is always a nest of arrays, never an array itself.
        labels: Class indices [N] or [N, 1], one-hot rows [N, C], or floats for regression. They serve the target
            "auto", correct or wrong, and grouping. For several outputs a nest of such arrays.
        target: What is explained: "auto" (the label's class, or the predicted class without labels), "label",
            "predicted", "both" (each as a series of its own), or any target that `kerasig.explain` takes.
        names: N distinct strings; "probe 0", "probe 1", ... by default.
        kind: "image", "tokens", "tabular", "series" or "graph"; "auto" decides from shapes and from what else is given,
            and says why in `kind_reason`.
        class_names: What the model's classes are called, by index.
        feature_names: What the columns of tabular inputs or the channels of series are called.
        tokens: Per probe a list of strings, at most as many as the sequence is long; what is padded may be left out.
            For inputs of several sequences a dict from leaf name to that; the first leaf named is the subject.
        edges: For graphs, an int array [E, 2] of node indices per probe, or one for all probes.
        regions: From name to boolean mask [N, positions...] or [positions...] for all probes; positions are [H, W] of
            images, [T] of tokens, [F] of tabular inputs, [T] or [T, C] of series and [nodes] of graphs. For tokens and
            features also a list of names. For inputs of several leaves a dict from leaf name to mask; a lone mask is
            about `subject`.
        groups: N strings by which probes are put together.
        title: What the set is called, distinct among the sets of one run.

    Attributes:
        inputs: The nest of read-only arrays.
        kind: What the inputs show.
        kind_reason: A sentence that says how the kind was decided.
        subject: Name of the leaf that tokens, edges and lone region masks are about.
        class_labels: Each probe's class, int64 [N], or None where labels are no classes.
        fingerprint: A hash of all this but the target, in hexadecimal, the same in every process.

    Raises:
        ValueError: An argument does not fit; the message says what was received and what would fit.
    """

    title: str
    kind: str
    kind_reason: str
    subject: str
    names: tuple[str, ...]
    labels: Any
    class_labels: np.ndarray | None
    class_names: tuple[str, ...] | None
    target: Any
    feature_names: tuple[str, ...] | None
    tokens: tuple[tuple[str, ...], ...] | None
    edges: tuple[np.ndarray, ...] | None
    groups: tuple[str, ...] | None
    fingerprint: str
    _why: str
    _leaves: dict[str, np.ndarray]
    _leaf_kinds: Mapping[str, str]
    _leaf_tokens: Mapping[str, tuple[tuple[str, ...], ...]]
    _structure: Any
    _regions: Masks

    def __init__(
        self,
        inputs: Any,
        labels: Any = None,
        *,
        target: Any = "auto",
        names: Sequence[str] | None = None,
        kind: str = "auto",
        class_names: Sequence[str] | None = None,
        feature_names: Sequence[str] | None = None,
        tokens: Any = None,
        edges: Any = None,
        regions: Mapping[str, Any] | None = None,
        groups: Sequence[str] | None = None,
        title: str = "probes",
    ):
        if not isinstance(title, str) or not title.strip() or not title.isprintable():
            raise ValueError(
                f"title must be a string that can be read. Received title={arguments.shown(title)}. Pass a short name."
            )
        arguments.choice("kind", kind, (*KINDS, "auto"))
        leaves = as_leaves(inputs)
        about = leaves_with_tokens(tokens, leaves)
        layout = decide(leaves, kind, tokens=tokens is not None, edges=edges is not None, about=about)
        subject = leaves[layout.subject]
        n = len(subject)
        state = self.__dict__  # Attributes cannot be set.
        state["title"] = title
        state["kind"] = layout.kind
        state["kind_reason"], state["_why"] = layout.reason, layout.why
        state["subject"] = layout.subject
        state["names"] = as_names(names, n)
        state["labels"] = as_labels(labels, n)
        state["class_names"] = as_strings("class_names", class_names)
        state["class_labels"] = class_labels(self.labels, self.class_names)
        state["target"] = _checked_target(target, self.class_labels, n)
        state["feature_names"] = as_feature_names(feature_names, leaves, layout.leaf_kinds)
        state["_leaf_tokens"] = tokens_by_leaf(tokens, leaves, layout.leaf_kinds, layout.subject)
        state["tokens"] = self.tokens_of()
        state["edges"] = as_edges(edges, subject, layout.kind)
        state["groups"] = as_strings("groups", groups, n)
        state["_leaves"] = leaves
        state["_leaf_kinds"] = layout.leaf_kinds
        state["_structure"] = nest.map_structure(lambda leaf: None, inputs)
        state["_regions"] = RegionResolver(leaves, layout, self.feature_names, self._leaf_tokens).resolve(regions)
        # The target is left out: it is no part of what is shown, and may be a function.
        state["fingerprint"] = fingerprint(
            *(self._structure, leaves, self.labels, self.names, self.kind, self.class_names, self.feature_names),
            *(
                self._leaf_tokens if len(self._leaf_tokens) > 1 else self.tokens,
                self.edges,
                self._regions,
                self.groups,
                self.title,
            ),
        )

    @classmethod
    def from_dataset(cls, dataset: Any, n: int, **same: Any) -> "ProbeSet":
        """The first `n` examples of a dataset as probes.

        No global random number is drawn. A dataset that reshuffles at each iteration moves on to its next order,
        though, as at any iteration: pass one from before `shuffle`, or be warned.

        Args:
            dataset: A `tf.data.Dataset`, batched or not, finite or not, of elements x, (x, y) or (x, y, sample_weight),
                or a Keras dataset tuple of arrays such as (x_test, y_test).
            n: How many probes.
            **same: The keyword arguments of ProbeSet; `labels` where the dataset has none.

        Raises:
            ValueError: The dataset has fewer than `n` examples, or an argument does not fit.
        """
        inputs, labels = first_examples(dataset, n)
        return cls(inputs, same.pop("labels", labels), **same)

    @property
    def inputs(self) -> Any:
        """The inputs in the structure that the model takes, as read-only arrays."""
        return nest.pack(self._structure, list(self._leaves.values()))

    @property
    def regions(self) -> Masks:
        """From region name to leaf name to boolean mask [N or 1, positions...]."""
        return {name: dict(masks) for name, masks in self._regions.items()}

    def leaves(self) -> list[tuple[str, np.ndarray]]:
        """Name and array [N, ...] of each input leaf, in the order of `tf.nest`."""
        return list(self._leaves.items())

    def leaf_kind(self, leaf: str | None = None) -> str:
        """What the input leaf shows; the set's kind for anything that is no input leaf, such as a layer's output."""
        return self.kind if leaf is None else self._leaf_kinds.get(self._name(leaf), self.kind)

    def tokens_of(self, leaf: str | None = None) -> tuple[tuple[str, ...], ...] | None:
        """Per probe the token strings of an input leaf (`subject` by default); None where it has none."""
        return self._leaf_tokens.get(self._name(leaf))

    def position_shape(self, leaf: str | None = None) -> tuple[int, ...] | None:
        """The shape of one probe's positions in an input leaf (`subject` by default); None for raw text."""
        leaf = self._name(leaf)
        if leaf not in self._leaves:
            raise ValueError(f"leaf must be an input leaf. Received {leaf!r}. Pass one of {list(self._leaves)}.")
        return position_shape(self._leaves[leaf], self.leaf_kind(leaf))

    def positions(self, values: np.ndarray, leaf: str | None = None) -> np.ndarray:
        """Attributions [N, ...] of one leaf summed to one number per position, in float64.

        Args:
            values: Attributions of an input leaf or of a layer's output.
            leaf: The name of the input leaf; the set's kind decides without.
        """
        leaf, values = self._name(leaf), arguments.numbers("values", values)
        return sum_to_positions(values, self.leaf_kind(leaf), self._channel_axis(np.shape(values), leaf))

    def spread(self, positions: np.ndarray, shape: Sequence[int], leaf: str | None = None) -> np.ndarray:
        """One value per position as an array that broadcasts to attributions: the way back from `positions`.

        Args:
            positions: [N, positions...] of one leaf.
            shape: That of the leaf's attributions.
            leaf: As `positions` was called with.
        """
        leaf, sizes, positions = self._name(leaf), _shape(shape), arguments.numbers("positions", positions)
        axes = summed_axes(len(sizes), self.leaf_kind(leaf), self._channel_axis(sizes, leaf))
        if positions.ndim + len(axes) != len(sizes):
            raise ValueError(
                f"positions must have as many axes as shape has without channels. Received {positions.shape} for "
                f"shape={sizes}. Pass what `positions` returned."
            )
        return np.expand_dims(positions, axes)

    def _name(self, leaf: str | None) -> str:
        return self.subject if leaf is None else arguments.string("leaf", leaf)

    def _channel_axis(self, shape: tuple[int, ...], leaf: str) -> int:
        array = self._leaves.get(leaf)
        # A layer's output has its channels last; an input leaf may have them first.
        is_input = array is not None and array.ndim == 4 and array.shape[1:] == shape[1:]
        return channel_axis(shape) if is_input else 3

    def region_mask(self, name: str, leaf: str, shape: Sequence[int]) -> np.ndarray:
        """Which positions of a leaf lie in a region, as a boolean array of `shape`.

        Args:
            name: The region.
            leaf: An input leaf, or a layer whose output has the positions of one.
            shape: That of the leaf's attribution after `positions`: [N, positions...].

        Raises:
            ValueError: There is no such region, or its positions are not those of `shape`.
        """
        if not isinstance(name, str) or name not in self.regions:
            raise ValueError(
                f"name must be a region. Received {arguments.shown(name)}. Pass one of {list(self.regions)}."
            )
        shape, leaf = _shape(shape), self._name(leaf)
        masks = self.regions[name]
        if leaf in self._leaves and leaf not in masks:
            return np.zeros(shape, dtype=bool)
        for candidate in [leaf] if leaf in masks else sorted(masks, key=lambda other: other != self.subject):
            fitted = fit_mask(masks[candidate], shape, raw_text=self._is_raw_text(candidate))
            if fitted is not None:
                return fitted
        have = ", ".join(f"{other!r} {list(mask.shape)}" for other, mask in masks.items())
        raise ValueError(
            f"The region {name!r} must have the positions of {leaf!r}. Received masks of {have}, and {leaf!r} has the "
            f"shape {list(shape)}. Attribute to the inputs, or to a layer that keeps their positions."
        )

    def _is_raw_text(self, leaf: str) -> bool:
        return positions_are_unknown(self._leaves[leaf], self.leaf_kind(leaf))

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        parts = [f"{name} {array.dtype} {list(array.shape)}" for name, array in self.leaves()]
        if self.class_labels is not None:
            parts.append(f"{len(np.unique(self.class_labels))} classes")
        elif self.labels is not None:
            parts.append("labels")
        parts += [f"regions {', '.join(self.regions)}"] if self.regions else []
        target = self.target if isinstance(self.target, str) else type(self.target).__name__
        kind = f"{self.kind} ({self._why})"
        return f"ProbeSet({self.title!r}, {len(self)} of kind {kind}: {'; '.join(parts)}; target {target})"

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"A ProbeSet never changes. Received {name}={value!r}. Make a new one.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"A ProbeSet never changes. Received del {name}. Make a new one.")

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def _shape(shape: Any) -> tuple[int, ...]:
    """A shape [N, ...] as whole numbers."""
    sizes = arguments.items("shape", shape, fits="a shape [N, ...]")
    if not sizes:
        raise ValueError("shape must be a shape [N, ...]. Received (). Pass that of the attributions.")
    return tuple(arguments.whole("shape", size) for size in sizes)


def _checked_target(target: Any, classes: np.ndarray | None, n: int) -> Any:
    if isinstance(target, str):
        if target not in _TARGETS:
            raise ValueError(
                f"target must be one of {', '.join(_TARGETS)} or what explain takes. Received "
                f"target={arguments.shown(target)}. "
                "Pass one of these, a class index, a kerasig.targets object or a callable."
            )
        if target in ("label", "both") and classes is None:
            raise ValueError(f"target={target!r} needs labels that are classes. Received none. Pass labels.")
    elif isinstance(target, list | np.ndarray) and getattr(target, "shape", None) != () and len(target) != n:
        raise ValueError(f"target must be one per probe. Received {len(target)} for {n} probes. Pass {n} or an int.")
    return target

"""Spaces that paths are drawn in: that of the inputs, and (`layer_space.py`) that of what layers return."""

from __future__ import annotations

import abc
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.lookups import Source
from kerasig._explaining import remedies
from kerasig._explaining.inputs import ModelInputs, to_path, to_tensor
from kerasig._explaining.leaves import Leaves
from kerasig._explaining.tracing import TracedModel

# The model as a function of attributed points and held leaves; traced.
Forward = Callable[[list[tf.Tensor], list[tf.Tensor]], Any]


class Space(abc.ABC):
    """The place of a model that is attributed to; it holds no array, the arrays of one call are its `Leaves`."""

    @property
    @abc.abstractmethod
    def layer(self) -> Any:
        """As in `Attribution.layer`: a name, a list in which None stands for the inputs, or None."""

    @property
    @abc.abstractmethod
    def calls(self) -> Sequence[str | None]:
        """Names of the layer calls, each alone as `layer` takes it; None for the inputs."""

    @property
    @abc.abstractmethod
    def key(self) -> Hashable:
        """Equal for the same place of one model."""

    @abc.abstractmethod
    def leaves(self, read: ModelInputs) -> Leaves:
        """The leaves at these inputs.

        Raises:
            ValueError: there is nothing to attribute to, or a layer does not return one row per example.
        """

    @abc.abstractmethod
    def at_inputs(self, inputs: Any) -> Any:
        """The place at other inputs, as `baselines.AtInputs` asks for it: a nest like `Leaves.packed`."""

    @abc.abstractmethod
    def held(self, read: ModelInputs) -> list[tf.Tensor]:
        """The leaves of the model's inputs that stay as they are."""

    @abc.abstractmethod
    def sources(self, read: ModelInputs) -> dict[Source, tuple[str, NDArray[Any]]]:
        """For each leaf of the inputs that the core takes as data, its name in a message and its array."""

    @abc.abstractmethod
    def dtypes(self, read: ModelInputs, leaves: Leaves) -> list[tf.DType]:
        """The dtypes that attributed points are cast to on their way into the model."""

    @abc.abstractmethod
    def forward(self, read: ModelInputs, leaves: Leaves) -> Forward:
        """The model from here on. No array of this call may be in it: it is kept for others."""

    @abc.abstractmethod
    def points(self, read: ModelInputs, leaves: Leaves, given: list[tf.Tensor]) -> list[tf.Tensor]:
        """The attributed leaves at other inputs like these, traced: of the leaves of those as the model takes them."""

    @abc.abstractmethod
    def remedy(self, read: ModelInputs) -> str:
        """The sentence that says which layer to attribute to where no gradient arrives here; "" if none is known."""


class InputSpace(Space):
    """The model's own inputs.

    Args:
        traced: the model.
    """

    def __init__(self, traced: TracedModel) -> None:
        self._traced = traced

    @property
    def layer(self) -> Any:
        """None: there is no layer."""
        return None

    @property
    def calls(self) -> Sequence[str | None]:
        """The inputs alone."""
        return [None]

    @property
    def key(self) -> Hashable:
        """None, as `layer`."""
        return None

    def leaves(self, read: ModelInputs) -> Leaves:
        """All of the inputs."""
        if not any(read.floating):
            raise remedies.no_floating_input(self._traced.adapted, read, self._traced.static_batch)
        return Leaves(read.structure, read.names, list(read.leaves), list(read.floating))

    def at_inputs(self, inputs: Any) -> Any:
        """Nothing: inputs at other inputs are those."""
        raise ValueError(
            "baselines.AtInputs is a layer's output at other inputs. Received it without a layer. Pass layer=..., "
            "or the inputs."
        )

    def held(self, read: ModelInputs) -> list[tf.Tensor]:
        """Those that are not floating."""
        pairs = zip(read.leaves, read.dtypes, strict=True)
        return [to_tensor(leaf, dtype) for leaf, dtype in pairs if not dtype.is_floating]

    def sources(self, read: ModelInputs) -> dict[Source, tuple[str, NDArray[Any]]]:
        """Floating leaves are inputs of the core, the others are held."""
        counts = {"inputs": 0, "held": 0}
        found: dict[Source, tuple[str, NDArray[Any]]] = {}
        for pair, used in zip(read.named, read.floating, strict=True):
            group = "inputs" if used else "held"
            found[group, counts[group]] = pair
            counts[group] += 1
        return found

    def dtypes(self, read: ModelInputs, leaves: Leaves) -> list[tf.DType]:
        """Those that the model declares."""
        return [dtype for dtype in read.dtypes if dtype.is_floating]

    def forward(self, read: ModelInputs, leaves: Leaves) -> Forward:
        """The model as it is."""
        call, floating = self._traced.call(read), list(read.floating)

        def merged(points: list[tf.Tensor], held: list[tf.Tensor]) -> Any:
            return call(_in_order(floating, points, held))

        return merged

    def points(self, read: ModelInputs, leaves: Leaves, given: list[tf.Tensor]) -> list[tf.Tensor]:
        """Those that are floating."""
        return [to_path(tensor) for tensor in given if tensor.dtype.is_floating]

    def remedy(self, read: ModelInputs) -> str:
        """An embedding, or the first layer after inputs that are not floating."""
        return remedies.instead_of_inputs(self._traced.adapted, read, self._traced.static_batch)


def _in_order(first: Sequence[bool], chosen: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """Leaves in their order, from `chosen` where `first` says so."""
    chosen_left, others_left = iter(chosen), iter(others)
    return [next(chosen_left) if take else next(others_left) for take in first]

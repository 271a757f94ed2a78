"""The space of what layers return, and beside them of the floating inputs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._engine.lookups import IndexOutsideError, Source
from kerasig._explaining import inputs as model_inputs
from kerasig._explaining import remedies
from kerasig._explaining.inputs import ModelInputs, to_path
from kerasig._explaining.layer_outputs import CapturedOutputs, LayerOutputs, RowsError, is_floating
from kerasig._explaining.leaves import Leaves
from kerasig._explaining.spaces import Forward, Space
from kerasig._explaining.tracing import TracedModel
from kerasig._models import LayerSelection, SelectedCall


class LayerSpace(Space):
    """The outputs of selected layer calls; None among them stands for the inputs.

    Args:
        traced: the model.
        selection: the calls.
    """

    def __init__(self, traced: TracedModel, selection: LayerSelection) -> None:
        self._traced, self._selection = traced, selection

    @property
    def layer(self) -> Any:
        """Names of the selected calls, as `layer` was given."""
        return self._selection.as_given(self._selection.names)

    @property
    def calls(self) -> Sequence[str | None]:
        """The selected calls."""
        return self._selection.names

    @property
    def key(self) -> Hashable:
        """The selection, which holds the layers weakly."""
        return self._selection

    def leaves(self, read: ModelInputs) -> Leaves:
        """All that the selected calls return, one after the other."""
        captured = self._captured(read)
        entries = self._entries(read, captured)
        for call, entry in zip(self._selection.calls, entries, strict=True):
            remedies.check_floating(call, entry, lambda call: self._next_layer(call, read))
        names: list[str] = []
        of_layers: list[str] = []
        for name, entry in zip(self._selection.names, entries, strict=True):
            parts = nest.names(entry, lone="")
            names += [part or "inputs" if name is None else "/".join(filter(None, (name, part))) for part in parts]
            of_layers += [] if name is None else names[-len(parts) :]
        origins = zip(of_layers, captured.origins, strict=True)
        arrays = nest.flatten(entries)
        return Leaves(
            self._selection.as_given(entries),
            names,
            arrays,
            list(map(is_floating, arrays)),
            {name: read.names[leaf] for name, leaf in origins if leaf is not None},
        )

    def at_inputs(self, inputs: Any) -> Any:
        """The outputs of the selected calls at other inputs."""
        other = model_inputs.read(inputs, self._traced.adapted, "baselines.AtInputs")
        return self._selection.as_given(self._entries(other, self._captured(other)))

    def held(self, read: ModelInputs) -> list[tf.Tensor]:
        """All of them: a layer's value takes the place of what it returns, whatever the inputs are."""
        return read.tensors()

    def sources(self, read: ModelInputs) -> dict[Source, tuple[str, NDArray[Any]]]:
        """All leaves are held."""
        return {("held", at): pair for at, pair in enumerate(read.named)}

    def dtypes(self, read: ModelInputs, leaves: Leaves) -> list[tf.DType]:
        """Their own: a value is cast where it is put in."""
        return [tf.as_dtype(leaf.dtype) for leaf in leaves.attributed]

    def forward(self, read: ModelInputs, leaves: Leaves) -> Forward:
        """The model with points in place of what the selected calls return, and of floating inputs where None is."""
        call, selection = self._traced.call(read), self._selection
        # For each leaf of each entry the number of its point; None where it is held.
        numbers = selection.each(leaves.pack(range(len(leaves.attributed))))

        def substituted(points: list[tf.Tensor], held: list[tf.Tensor]) -> Any:
            taken, values = held, list[Any]()
            for selected, own in zip(selection.calls, numbers, strict=True):
                value = nest.map_structure(lambda number: None if number is None else points[number], own)
                if selected is None:
                    pairs = zip(held, nest.flatten(value), strict=True)
                    taken = [leaf if point is None else tf.cast(point, leaf.dtype) for leaf, point in pairs]
                values.append(None if selected is None else value)
            with selection.substitute(values):
                outputs = call(taken)
            return outputs

        return substituted

    def points(self, read: ModelInputs, leaves: Leaves, given: list[tf.Tensor]) -> list[tf.Tensor]:
        """The results of the selected calls there."""
        entries = LayerOutputs(self._selection, self._traced.call(read), self._traced.compilation(read)).traced(given)
        inputs = read.pack([to_path(leaf) if leaf.dtype.is_floating else leaf for leaf in given])
        tensors = nest.flatten([inputs if entry is None else entry for entry in entries])
        return [tensor for tensor, used in zip(tensors, leaves.floating, strict=True) if used]

    def remedy(self, read: ModelInputs) -> str:
        """None is known: which layers follow is told from where the gradient ends."""
        return ""

    def _captured(self, read: ModelInputs) -> CapturedOutputs:
        """The outputs of the selected calls at these inputs."""
        selection, traced = self._selection, self._traced

        def build() -> LayerOutputs:
            return LayerOutputs(selection, traced.call(read), traced.compilation(read))

        outputs = traced.kept(read, ("capture", selection), build)
        try:
            return outputs(read.tensors())
        except IndexOutsideError as error:
            raise error.named({("leaves", at): pair for at, pair in enumerate(read.named)}) from None
        except RowsError as error:
            remedy = self._next_layer(error.call, read)
            raise ValueError(
                f"Layer {error.call.display!r} must return one row per example, the examples first. {error}"
                + (remedy or " Choose a layer that keeps the examples as its first axis.")
            ) from None

    def _entries(self, read: ModelInputs, captured: CapturedOutputs) -> list[Any]:
        """Per selected call the nest of what it returns; of None the model's inputs."""
        pairs = zip(self._selection.calls, captured.entries, strict=True)
        return [read.pack(list(read.leaves)) if call is None else entry for call, entry in pairs]

    def _next_layer(self, call: SelectedCall, read: ModelInputs) -> str:
        after = LayerSelection((call,), is_list=False)
        return remedies.after_layers(self._traced.adapted, read, self._traced.static_batch, after)

"""One model as the engine's compiled functions: what is traced, under which key it is kept, and how it is fed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._engine.compiled import Compilation
from kerasig._engine.gradients import Core
from kerasig._engine.lookups import IndexOutsideError, outside
from kerasig._engine.replicas import replicas_of
from kerasig._engine.state import preserved
from kerasig._engine.traced import Traced
from kerasig._engine.workers import Workers
from kerasig._explaining import inputs as model_inputs
from kerasig._explaining import remedies
from kerasig._explaining.indices import ResolvedTarget
from kerasig._explaining.inputs import ModelInputs
from kerasig._explaining.layer_outputs import LayerOutputs, RowsError, is_floating
from kerasig._explaining.spaces import Space, merged, substitutes
from kerasig._models import (
    AdaptedModel,
    LayerSelection,
    SelectedCall,
    adapt,
    cache_of,
    check_callable,
    resolve_layers,
)
from kerasig._models.refusals import Given, check_outputs, refusal

# Rows per call of a model that cannot be traced for any number of them.
STATIC_BATCH = 16

_Result = TypeVar("_Result")


class TracedModel:
    """A model, the layers in it that are attributed to, and what is compiled for both.

    Args:
        model: any that `kerasig.explain` takes.
        layer: see `kerasig.explain`.
        batch_size: rows through the model at once; None decides from the traced graph.
        jit_compile: compile with XLA; None follows the model.
    """

    def __init__(self, model: Any, layer: Any, batch_size: int | None, jit_compile: bool | None) -> None:
        self.adapted = adapt(model)
        check_callable(model)
        self.selection: LayerSelection | None = None if layer is None else resolve_layers(model, layer)
        self._replicas = replicas_of(self.adapted.strategy())
        self._batch_size, self._jit_compile = batch_size, jit_compile
        self._cache = cache_of(model)
        # The input leaf that each of the layers' outputs is made of, where it is one; known once there is a space.
        self.origins: dict[str, str] = {}

    @property
    def layer_name(self) -> Any:
        """As in `Attribution.layer`: a name, a list in which None stands for the inputs, or None."""
        if self.selection is None:
            return None
        names = self.selection.names
        return names if self.selection.is_list else names[0]

    def trace(self, work: Callable[[], _Result]) -> _Result:
        """The result of work that may trace the model, with a fixed number of rows where it works with no other."""
        # Another thread may find out the same meanwhile.
        known = self._static_batch()
        try:
            return work()
        except _ModelError as error:
            cause, own = error.cause, error.__cause__
            if known is not None:
                raise cause from (None if cause is own else own)
        # Plain code may read the number of rows, which is unknown while a function for any number is traced.
        self._cache.static_batch = self._batch_size or STATIC_BATCH
        try:
            return work()
        except _ModelError:
            self._cache.static_batch = None
        raise cause from (None if cause is own else own)

    def _static_batch(self) -> int | None:
        return self.adapted.static_batch() or self._cache.static_batch

    @property
    def workers(self) -> Workers | None:
        """The processes that explain this model together; None where this one does it alone."""
        return None if self._replicas is None else self._replicas.workers

    def build(self, read: ModelInputs) -> None:
        """Makes the weights of a model that was never called, so that tracing makes none."""
        # A model that another thread builds says that it is built before its layers are.
        with self._cache.lock:
            if self.adapted.is_built():
                return
            first = [to_tensor(leaf[:1], dtype) for leaf, dtype in zip(read.leaves, read.dtypes, strict=True)]
            with preserved(self.adapted.untrained_variables()):
                _called(self.adapted, read.pack(first), _given(read))

    def in_agreement(self) -> contextlib.AbstractContextManager[None]:
        """While it is entered, the replicas of a strategy agree about the model's state."""
        if self._replicas is None:
            return contextlib.nullcontext()
        return self._replicas.in_agreement(self.adapted.untrained_variables())

    def space(self, read: ModelInputs) -> Space:
        """What of these inputs is attributed to.

        Raises:
            ValueError: nothing can be, or a layer does not return one row per example.
        """
        if self.selection is None:
            if not any(read.floating):
                raise remedies.no_floating_input(self.adapted, read, self._static_batch())
            return Space(read.structure, read.names, list(read.leaves), list(read.floating), None)
        entries = self._entries(read)
        structure = entries if self.selection.is_list else entries[0]
        for call, entry in zip(self.selection.calls, entries, strict=True):
            remedies.check_floating(call, entry, lambda call: self._remedy(call, read))
        leaves, names = nest.flatten(structure), list[str]()
        for name, entry in zip(self.selection.names, entries, strict=True):
            parts = nest.names(entry, lone="")
            names += [part or "inputs" if name is None else "/".join(filter(None, (name, part))) for part in parts]
        of_layers = [name for name, is_input in zip(names, self._are_inputs(entries), strict=True) if not is_input]
        found = zip(of_layers, self._captured(read).origins, strict=True)
        self.origins = {name: read.names[leaf] for name, leaf in found if leaf is not None}
        return Space(structure, names, leaves, list(map(is_floating, leaves)), self._at_inputs)

    def _are_inputs(self, entries: list[Any]) -> list[bool]:
        """Of each leaf whether it is the model's own input, for which None stands among the layers."""
        assert self.selection is not None
        pairs = zip(self.selection.calls, entries, strict=True)
        return [call is None for call, entry in pairs for _ in nest.flatten(entry)]

    def _remedy(self, call: SelectedCall, read: ModelInputs) -> str:
        after = LayerSelection((call,), is_list=False)
        return remedies.after_layers(self.adapted, read, self._static_batch(), after)

    def _entries(self, read: ModelInputs) -> list[Any]:
        """Per selected layer the nest of what it returns; of None the model's inputs."""
        assert self.selection is not None
        outputs = zip(self.selection.calls, self._layer_outputs(read), strict=True)
        return [read.pack(list(read.leaves)) if call is None else output for call, output in outputs]

    def _layer_outputs(self, read: ModelInputs) -> list[Any]:
        """What each selected layer returns at the inputs, as nests of arrays [N, ...]; None for the inputs."""
        assert self.selection is not None
        outputs = self._captured(read)
        try:
            return outputs([to_tensor(leaf, dtype) for leaf, dtype in zip(read.leaves, read.dtypes, strict=True)])
        except IndexOutsideError as error:
            raise error.named({("leaves", at): pair for at, pair in enumerate(read.named)}) from None
        except RowsError as error:
            call = self.selection.calls[error.entry]
            assert call is not None
            raise ValueError(
                f"Layer {call.display!r} must return one row per example, the examples first. {error}"
                + (self._remedy(call, read) or " Choose a layer that keeps the examples as its first axis.")
            ) from None

    def _captured(self, read: ModelInputs) -> LayerOutputs:
        selection, adapted, structure = self.selection, self.adapted, read.structure
        assert selection is not None
        given = _given(read)

        def call(leaves: list[tf.Tensor]) -> Any:
            return _called(adapted, nest.pack(structure, leaves), given)

        key = ("capture", self._key(read))
        outputs: LayerOutputs = self._cache.get(key, lambda: LayerOutputs(selection, call, self._compilation(read)))
        return outputs

    def _at_inputs(self, inputs: Any) -> Any:
        """A layer's output at other inputs, in the structure of the attributed space."""
        assert self.selection is not None
        other = model_inputs.read(inputs, self.adapted, "baselines.AtInputs")
        entries = self._entries(other)
        return entries if self.selection.is_list else entries[0]

    def core(self, read: ModelInputs, space: Space, resolved: ResolvedTarget) -> Core:
        """The compiled core for such inputs and such a target, built when it is not there yet."""
        shapes = tuple((leaf.shape[1:], leaf.dtype.str) for leaf in space.attributed_leaves())
        data = tuple((leaf.shape[1:], leaf.dtype.str) for leaf in resolved.data)
        key = ("core", self._key(read), shapes, resolved.key, data)

        def build() -> Core:
            compilation = self._compilation(read)
            forward, dtypes = self._forward(read, space), space.dtypes(read)
            return Core(Traced(forward, resolved.select, dtypes, compilation.static_batch), compilation)

        return self._cache.get(key, build)

    def _forward(self, read: ModelInputs, space: Space) -> Callable[[list[tf.Tensor], list[tf.Tensor]], Any]:
        """The model as a function of attributed points and held leaves; traced."""
        # No array of these inputs: what is compiled outlives them.
        adapted, selection, structure = self.adapted, self.selection, read.structure
        floating, n_leaves, given = read.floating, len(read.leaves), _given(read)
        if selection is None:

            def forward(points: list[tf.Tensor], held: list[tf.Tensor]) -> Any:
                return _called(adapted, nest.pack(structure, merged(floating, points, held)), given)

            return forward
        # Entries of the selection, in order; those of the inputs take the model's own floating leaves.
        positions = space.entries(selection.is_list)
        attributed = list(space.attributed)

        def substituted(points: list[tf.Tensor], held: list[tf.Tensor]) -> Any:
            values, leaves = substitutes(selection, positions, attributed, points, held[:n_leaves], floating)
            with selection.substitute(values):
                outputs = _called(adapted, nest.pack(structure, leaves), given)
            return outputs

        return substituted

    def _compilation(self, read: ModelInputs) -> Compilation:
        return Compilation(
            jit_compile=self._resolved_jit(read),
            static_batch=self._static_batch(),
            batch_size=self._batch_size,
            replicas=self._replicas,
            initial_states=self.adapted.initial_states(),
            tracing=self._cache.lock,
        )

    def _resolved_jit(self, read: ModelInputs) -> bool:
        if read.has_strings:
            return False
        if self._replicas is not None and self._replicas.on_tpu:
            return True
        if self._jit_compile is None:
            return self.adapted.jit_compile or bool(tf.config.list_logical_devices("TPU"))
        return bool(self._jit_compile)

    def _key(self, read: ModelInputs) -> Hashable:
        """Equal where a trace can be used again."""
        shapes = tuple((leaf.shape[1:], dtype.name) for leaf, dtype in zip(read.leaves, read.dtypes, strict=True))
        layer = self.selection and (self.selection.calls, self.selection.is_list)
        sizes = (self._batch_size, self._static_batch())
        return (
            nest.describe(read.structure),
            shapes,
            layer,
            sizes,
            self._resolved_jit(read),
            self.adapted.weight_specs(),
        )

    def layers_of(self, operations: Sequence[str], kind: str = "Layer") -> list[str]:
        """Names of the layers of a class that operations belong to, of what is traced."""
        return self.adapted.layers_of(operations, kind)

    def layers_after_steps(self, operations: Sequence[str], others: bool) -> str:
        """Which `layer` to pass where no gradient gets past these operations; nothing where no layer has them.

        Args:
            operations: that give floats again.
            others: whether something else that is attributed to has a gradient, and is to stay.
        """
        found = self.layers_of(operations)
        if not found:
            return ""
        chosen: list[Any] = ([None] if self.selection is None else list(self.selection.names)) if others else []
        chosen += [name for name in found if name not in chosen]
        return f" Pass layer={(chosen[0] if len(chosen) == 1 else chosen)!r} to attribute to what follows."

    def embedding_hint(self, read: ModelInputs) -> str:
        """What to do about inputs that no gradient reaches, where a layer is known that it would; else nothing."""
        if self.selection is not None:
            return ""
        return remedies.instead_of_inputs(self.adapted, read, self._static_batch())


class _ModelError(Exception):
    """The model's own code failed while it was traced.

    Args:
        cause: what to raise for it.
    """

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _called(model: AdaptedModel, inputs: Any, given: Given) -> Any:
    """The model's outputs, and its own errors told from ours; traced."""
    try:
        outputs = model(inputs)
    except Exception as error:
        if (said := outside(error)) is not None:
            raise IndexOutsideError(None, *said) from error
        raise _ModelError(refusal(error, model, given, inputs)) from error
    check_outputs(outputs, model)
    return outputs


def _given(read: ModelInputs) -> Given:
    names, leaves = zip(*read.named, strict=True)
    return Given(names, [leaf.shape for leaf in leaves], [dtype.name for dtype in read.dtypes])


def to_tensor(leaf: NDArray[Any], dtype: tf.DType) -> tf.Tensor:
    """A leaf in the dtype that the model takes."""
    return tf.constant(leaf, tf.string) if dtype == tf.string else tf.cast(tf.constant(leaf), dtype)

"""A function of rows as one tf.function: traced once, microbatched, and without a trace on the model's state."""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import tensorflow as tf

from kerasig._engine import microbatch
from kerasig._engine.compilation import Compilation
from kerasig._engine.feeding import Feed, on_host, rows_gathered
from kerasig._engine.lookups import Lookups
from kerasig._engine.products import RowLimits, row_limits
from kerasig._engine.state import PrivateState, captured_variables, carried, remembered
from kerasig._engine.telling import telling
from kerasig._sentences import sentence

logger = logging.getLogger("kerasig")

# What tracing a body tells besides its tensors.
_Traits = TypeVar("_Traits")


class Compiled(Generic[_Traits]):
    """One tf.function with a fixed signature (rows, nodes, data), traced on construction.

    `rows` are arrays of one entry per row, `nodes` are shared by the rows, and `data` are the tensors [N, ...] that
    rows index into.

    Args:
        body: (rows, nodes, data) to tensors by name, and to the traits of the trace; called while it is traced.
        signature: TensorSpecs of (rows, nodes, data).
        compilation: how.
        around: the function that the body calls, by `inside`; its state and its rows are this one's.

    Attributes:
        graph: of one replica.
        traits: of the trace.
    """

    def __init__(
        self,
        body: Callable[..., tuple[dict[str, Any], _Traits]],
        signature: Sequence[Any],
        compilation: Compilation,
        around: Compiled[Any] | None = None,
    ) -> None:
        self._body, self._compilation = body, compilation
        self._specs, self._feed = list(signature), Feed(signature)
        # Where a lookup beyond its table is no error, the function tells of it itself.
        self._tells = (compilation.jit_compile or microbatch.has_accelerator()) and not compilation.across_workers

        def told(rows: Any, nodes: Any, data: Any) -> tuple[Any, tuple[Any, Any, _Traits]]:
            graph = tf.compat.v1.get_default_graph()
            result, traits = body(rows, nodes, data)
            if self._tells and around is None:
                result = result | {"lookups": Lookups.of(graph, data).extremes(graph)}
            return result, (graph, data, traits)

        self._noted, traces = telling(told)
        self._function = self._one = tf.function(
            self._noted,
            input_signature=list(signature),
            # A model that wants its Python converted converts its own: ours never is, and errors keep their words.
            autograph=False,
            jit_compile=compilation.jit_compile or None,
        )
        if compilation.replicas is not None:
            # XLA compiles what one replica runs, and its graph alone tells what a row costs.
            self._function = tf.function(
                compilation.replicas.replicate(self._function), input_signature=list(signature), autograph=False
            )
        # Called as it is: to look it up among traces takes longer than a small model.
        self._concrete = self._function.get_concrete_function()
        workers = compilation.replicas and compilation.replicas.workers
        self._gathering = workers.gathering(self._concrete.structured_outputs) if workers else None
        # What one replica runs, on the rows that are its own, and the data in it; the others' are the same.
        self.graph, self._placeholders, self.traits = traces[0]
        self._around = around
        if around is not None:
            # The model is in the other's graph.
            self.graph, self._placeholders = around.graph, around._placeholders
        captured = captured_variables(self._concrete.graph)
        self._carried = carried(captured, compilation.static_batch, compilation.initial_states)
        if compilation.replicas is not None:
            self._state = compilation.replicas.state(self._concrete, captured)
        elif around is not None and isinstance(around._state, PrivateState) and around._state.copied(captured):
            self._state, self._carried = around._state, around._carried
        else:
            self._state = PrivateState(self._concrete, [variable for variable in captured if variable.written])
        self._listed: list[tf.Tensor] | None = None
        if around is None:
            self._find_rows()

    def _find_rows(self) -> None:
        """Decides how many rows a call has."""
        compilation = self._compilation
        # On a processor; a device's own kernels, and XLA's, are others.
        on_processor = not (compilation.jit_compile or microbatch.has_accelerator())
        limits = row_limits(self.graph) if on_processor else RowLimits()
        self._least = limits.least if compilation.static_batch is None else 1
        rows = compilation.batch_size or microbatch.rows_for(self.graph, microbatch.has_accelerator())
        self._rows = compilation.static_batch or (rows if limits.most is None else min(rows, limits.most))
        if limits.unavoidable and os.environ.get("TF_ENABLE_ONEDNN_OPTS") not in ("0", "false"):
            logger.warning(
                "TensorFlow's oneDNN kernels may give wrong numbers or end the process at %s, where a stack of "
                "matrices of shape [A, 1, M, K] is multiplied with one matrix. Set the environment variable "
                "TF_ENABLE_ONEDNN_OPTS=0 before TensorFlow is imported, or write the product as tf.einsum.",
                ", ".join(limits.unavoidable),
            )

    @property
    def rows(self) -> int:
        """Rows of a replica in one call of the model."""
        return self._rows if self._around is None else self._around.rows

    @property
    def least(self) -> int:
        """Rows of a replica that a call of the model must have."""
        return self._least if self._around is None else self._around.least

    @property
    def outputs(self) -> dict[str, Any]:
        """TensorSpecs of what one replica's function returns, by name."""
        concrete = self._concrete if self._compilation.replicas is None else self._one.get_concrete_function()
        return dict(concrete.structured_outputs)

    def inside(self, rows: int | None = None) -> tuple[Callable[..., dict[str, Any]], Callable[[], Callable[[], None]]]:
        """The function as another one calls it that is traced, and what remembers its state there (`remembered`).

        Args:
            rows: how many of them each call has, where that must be known: it is traced anew, then.
        """
        if rows is None and self._compilation.replicas is None and isinstance(self._state, PrivateState):
            return self._concrete, self._state.remember
        if rows is None:
            # Each replica has its own variables, so its own trace.
            concrete = self._one.get_concrete_function()
        else:
            fixed = tf.nest.map_structure(
                lambda spec: tf.TensorSpec([rows, *spec.shape[1:]], spec.dtype), self._specs[0]
            )
            function = tf.function(self._noted, input_signature=[fixed, *self._specs[1:]], autograph=False)
            concrete = function.get_concrete_function()
        with tf.init_scope():
            written = [variable for variable in captured_variables(concrete.graph) if variable.written]
        return concrete, lambda: remembered(written)

    def __call__(
        self,
        rows: dict[str, Any],
        nodes: dict[str, Any],
        data: dict[str, list[tf.Tensor]],
        on_device: Collection[str] = (),
        moved_on: bool = False,
    ) -> dict[str, Any]:
        """The results of the body, by name, as host arrays; those `on_device` as tensors, where they are.

        Args:
            rows: of the call.
            nodes: that its rows share.
            data: that they index into.
            on_device: names of results that stay there.
            moved_on: whether seeds are where the last call left them, and not the model's own.
        """
        if self._compilation.jit_compile or self._compilation.n_replicas > 1:
            rows, data = rows_gathered(self._feed.rows(rows), data)
        flat = self._feed.flat(rows, nodes, data)
        agreed = [] if self._compilation.replicas is None else self._compilation.replicas.agreed
        with self._state.begun(agreed + self._carried(), moved_on), self._explained():
            result = self._run(flat)
        if self._gathering is not None:
            result = self._gathering(result)
        arrays = {name: found if name in on_device else on_host(found) for name, found in result.items()}
        if "lookups" in arrays:
            self._lookups.check(arrays.pop("lookups"))
        return arrays

    def _run(self, flat: list[tf.Tensor]) -> Any:
        # The tensors fit the signature: to have that judged again takes longer than a small model.
        run = getattr(self._concrete, "_call_flat", None)
        if run is None:
            return self._concrete(*tf.nest.pack_sequence_as(self._specs, flat))
        return run(flat, self._captured)

    @property
    def _captured(self) -> list[tf.Tensor]:
        """The variables and constants of the function; to list those of a large model takes longer than a small one."""
        if self._listed is None or self._concrete.graph.deferred_external_captures:
            self._listed = list(self._concrete.captured_inputs)
        return self._listed

    @functools.cached_property
    def _lookups(self) -> Lookups:
        return Lookups.of(self.graph, self._placeholders)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Says what an index or XLA may have done wrong, and the rest in one sentence."""
        try:
            yield
        except tf.errors.ResourceExhaustedError:  # Half the rows may fit.
            raise
        except tf.errors.OpError as error:
            if (out_of_range := self._lookups.explained(error)) is not None:
                raise out_of_range from error
            of_xla = (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError, tf.errors.InternalError)
            if self._compilation.jit_compile and isinstance(error, of_xla):
                raise ValueError(
                    "The model fails when it is compiled with XLA, which was asked for by jit_compile=True here or in "
                    "the model's own compile(). Pass jit_compile=False to do without. "
                    f"Received: {str(error).strip().splitlines()[0]}"
                ) from error
            if not self._compilation.across_workers:
                raise type(error)(error.node_def, error.op, sentence(error)) from error
            raise

    def for_xla(
        self, rows: dict[str, Any], nodes: dict[str, Any], data: dict[str, list[tf.Tensor]]
    ) -> tuple[Any, tuple[Any, ...]]:
        """The function as XLA gets it, and its arguments: to see what it is compiled to, or to export it."""
        rows, nodes = self._feed.rows(rows), self._feed.nodes(nodes)
        rows, data = rows_gathered(rows, data)
        body = self._body
        return tf.function(lambda *given: body(*given)[0], autograph=False, jit_compile=True), (rows, nodes, data)

    def halve(self, rows: int, error: Exception) -> None:
        """Goes on with half the rows after memory ran out; raises the error when one row was too many."""
        replicas = self._compilation.replicas
        # Of several workers one alone cannot change course: the others wait for its share.
        if rows == 1 or self._compilation.static_batch is not None or (replicas and replicas.across_workers):
            raise error
        (self._around or self)._rows = rows // 2
        logger.warning("Out of memory with %d rows through the model at once; going on with %d.", rows, self.rows)

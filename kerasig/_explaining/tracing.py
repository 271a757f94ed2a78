"""One model as it is traced and compiled: under which key that is kept, and how it is fed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import tensorflow as tf

from kerasig import _nest as nest
from kerasig._engine.compilation import Compilation
from kerasig._engine.replicas import replicas_of
from kerasig._engine.state import preserved
from kerasig._engine.workers import Workers
from kerasig._explaining.inputs import ModelInputs
from kerasig._explaining.model_errors import ModelError, called, given, rows_named
from kerasig._models import adapt, cache_of, check_callable
from kerasig._models.declared_rows import returned_rows

# Rows per call of a model that cannot be traced for any number of them.
STATIC_BATCH = 16

_Result = TypeVar("_Result")


class FixedRowsError(Exception):
    """The model turned out to take one number of rows alone.

    Args:
        rows: that it takes.
    """

    def __init__(self, rows: int) -> None:
        super().__init__(f"The model takes {rows} rows.")
        self.rows = rows


class TracedModel:
    """A model and the cache of what is compiled for it, which outlives every call and holds the model weakly.

    Args:
        model: any that `kerasig.explain` takes.
        batch_size: rows through the model at once; None decides from the traced graph.
        jit_compile: compile with XLA; None follows the model.

    Attributes:
        adapted: the model, whichever library it is of.
    """

    def __init__(self, model: Any, batch_size: int | None, jit_compile: bool | None) -> None:
        self.adapted = adapt(model)
        check_callable(model)
        self._replicas = replicas_of(self.adapted.strategy())
        self._batch_size, self._jit_compile = batch_size, jit_compile
        self._cache = cache_of(model)

    @property
    def workers(self) -> Workers | None:
        """The processes that explain this model together; None where this one does it alone."""
        return None if self._replicas is None else self._replicas.workers

    @property
    def static_batch(self) -> int | None:
        """Rows that the model takes, where it takes no other number."""
        return self.adapted.static_batch() or self._cache.static_batch

    @property
    def keeps_rows(self) -> bool:
        """Whether the model is known to return one row per example."""
        return self._cache.keeps_rows

    def note_rows_kept(self) -> None:
        """Notes that it does."""
        self._cache.keeps_rows = True

    def check_rows(self) -> None:
        """Raises FixedRowsError where a trace for any number of rows gave a fixed one; for calls that have failed."""
        if self.static_batch is None and self._cache.returned_rows is not None:
            raise FixedRowsError(self._cache.returned_rows)

    def trace(self, work: Callable[[], _Result]) -> _Result:
        """The result of work that may trace the model, with a fixed number of rows where it works with no other.

        Raises:
            ValueError: this is called while somebody else's graph is traced, where nothing has a value.
        """
        if not tf.executing_eagerly():
            raise ValueError(
                "model must be explained eagerly. Received a call inside a tf.function or another graph. Call it "
                "outside, as a callback does, or write what a graph can call with kerasig.export."
            )
        # Another thread may find out the same meanwhile.
        known = self.static_batch
        try:
            return work()
        except FixedRowsError as error:
            return self._with_rows(error.rows, work)
        except ModelError as error:
            cause, own = error.cause, error.__cause__
            if known is not None:
                raise cause from (None if cause is own else own)
        # Plain code may read the number of rows, which is unknown while a function for any number is traced.
        with contextlib.suppress(ModelError):
            return self._with_rows(self._batch_size or rows_named(own or cause) or STATIC_BATCH, work)
        raise cause from (None if cause is own else own)

    def _with_rows(self, rows: int, work: Callable[[], _Result]) -> _Result:
        """The result of work with so many rows in each call, as from now on where that succeeds."""
        self._cache.static_batch = rows
        try:
            return work()
        except Exception:
            self._cache.static_batch = None
            raise

    def build(self, read: ModelInputs) -> None:
        """Makes the weights of a model that was never called, so that tracing makes none."""
        # A model that another thread builds says that it is built before its layers are.
        with self._cache.lock:
            if self.adapted.is_built():
                return
            with preserved(self.adapted.untrained_variables()):
                called(self.adapted, read.pack(read.tensors(slice(1))), given(read))

    def as_it_is(self) -> contextlib.AbstractContextManager[None]:
        """While it is entered, what is traced is the model as it is now, not as an earlier call found it."""
        return self._cache.tracing(self.adapted.captured)

    def in_agreement(self) -> contextlib.AbstractContextManager[None]:
        """While it is entered, the replicas of a strategy agree about the model's state."""
        if self._replicas is None:
            return contextlib.nullcontext()
        return self._replicas.in_agreement(self.adapted.untrained_variables())

    def call(self, read: ModelInputs) -> Callable[[list[tf.Tensor]], Any]:
        """The model as a function of its leaves, for such inputs; traced. It holds no array of these."""
        adapted, structure, described, cache = self.adapted, read.structure, given(read), self._cache

        def traced(leaves: list[tf.Tensor]) -> Any:
            cache.traces += 1
            # Before the call: a restored function sets the shapes of what it is called with.
            is_open = all(leaf.shape[0] is None for leaf in leaves)
            outputs = called(adapted, nest.pack(structure, leaves), described)
            cache.returned_rows = returned_rows(outputs) if is_open else None
            return outputs

        return traced

    def compilation(self, read: ModelInputs) -> Compilation:
        """How functions of such inputs are compiled and fed."""
        return Compilation(
            jit_compile=self._jit(read),
            static_batch=self.static_batch,
            batch_size=self._batch_size,
            replicas=self._replicas,
            initial_states=self.adapted.initial_states(),
            tracing=self._cache.lock,
        )

    def kept(self, read: ModelInputs, key: Hashable, build: Callable[[], _Result]) -> _Result:
        """The thing that is kept for such inputs under `key`, built where it is not there."""
        return self._cache.get((key, self._key(read)), build)

    def _key(self, read: ModelInputs) -> Hashable:
        """Equal where a trace can be used again."""
        shapes = tuple((leaf.shape[1:], dtype.name) for leaf, dtype in zip(read.leaves, read.dtypes, strict=True))
        return (
            nest.describe(read.structure),
            shapes,
            (self._batch_size, self.static_batch),
            self._jit(read),
            self.adapted.weight_specs(),
        )

    def _jit(self, read: ModelInputs) -> bool:
        if read.has_strings:
            return False
        if self._replicas is not None and self._replicas.on_tpu:
            return True
        if self._jit_compile is None:
            return self.adapted.jit_compile or bool(tf.config.list_logical_devices("TPU"))
        return bool(self._jit_compile)

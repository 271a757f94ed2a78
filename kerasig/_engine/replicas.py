"""The same work spread over the replicas of a tf.distribute strategy, on one machine or several.

Every replica takes an equal share of the rows and every worker gets the whole result, in order. Shapes: n replicas,
S rows of a replica's share, `*F` features of a result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from kerasig._engine.state import CapturedVariable, PrivateState, SharedState, Values, components, preserved, writing
from kerasig._engine.workers import Workers, packed, workers_of

# The same code as for the others; it was not run.
_ON_TPU = (tf.distribute.TPUStrategy, tf.distribute.experimental.TPUStrategy)
# Strategies whose replicas all run one function at once.
_SYNCHRONOUS = (
    tf.distribute.MirroredStrategy,
    tf.distribute.MultiWorkerMirroredStrategy,
    *_ON_TPU,
    tf.distribute.OneDeviceStrategy,
    tf.distribute.experimental.CentralStorageStrategy,
)

# Of the thread that explains.
_agreed: ContextVar[Values] = ContextVar("agreed", default=[])  # noqa: B039


def replicas_of(strategy: tf.distribute.Strategy | None) -> Replicas | None:
    """The replicas of a strategy that work is spread over; None where this process does it alone.

    Raises:
        ValueError: nothing is known of how this strategy runs a function.
    """
    # Of parameter servers only the coordinator explains: its functions read the variables wherever they are.
    if strategy is None or isinstance(strategy, tf.distribute.ParameterServerStrategy):
        return None
    if not isinstance(strategy, _SYNCHRONOUS):
        names = ", ".join(dict.fromkeys(known.__name__ for known in _SYNCHRONOUS))
        raise ValueError(
            f"The model was made under a {type(strategy).__name__}, which kerasig cannot run on. It runs on {names}, "
            "ParameterServerStrategy, and without a strategy. Load the saved model outside the strategy's scope and "
            "explain that."
        )
    return Replicas(strategy)


@dataclass(frozen=True, eq=False)
class Replicas:
    """The replicas of one strategy that runs them in step.

    Under several workers every worker must make the same calls: each call waits for all of them. `Workers` says what
    becomes of that where one of them fails.
    """

    strategy: tf.distribute.Strategy

    @property
    def count(self) -> int:
        """n, over all workers."""
        return int(self.strategy.num_replicas_in_sync)

    @property
    def across_workers(self) -> bool:
        """Whether some of the replicas are in other processes."""
        return len(self.strategy.extended.worker_devices) < self.count

    @property
    def workers(self) -> Workers | None:
        """The workers that this process has replicas in common with; None where all replicas are its own."""
        return workers_of(self.strategy) if self.across_workers else None

    @property
    def on_tpu(self) -> bool:
        """Whether what the replicas run is compiled for every size of its arguments, whoever asks for it or not."""
        return isinstance(self.strategy, _ON_TPU)

    def replicate(self, body: Callable[..., Any]) -> Callable[..., Any]:
        """A function like `body` whose rows are shared out over the replicas.

        Args:
            body: (rows, nodes, data) to a nest of tensors [S, *F], called while tracing, once on each local replica.

        Returns:
            A function to be traced of rows, each leaf [n S, ...], and of nodes and data that all replicas read. Its
            results are [n S, *F], in the order of the rows; of several workers what `Workers.gathering` takes.
        """

        @tf.autograph.experimental.do_not_convert
        def spread(rows: Any, nodes: Any, data: Any) -> Any:
            shares = tf.nest.map_structure(self._shares, rows)

            @tf.autograph.experimental.do_not_convert
            def on_replica() -> Any:
                replica = tf.distribute.get_replica_context().replica_id_in_sync_group
                own = tf.nest.map_structure(lambda share: tf.gather(share, replica), shares)
                results = body(own, nodes, data)
                return results, packed(results, replica) if self.across_workers else ()

            results, matrices = self.strategy.run(on_replica)
            if not self.across_workers:
                return tf.nest.map_structure(lambda found: tf.concat(self._local(found), axis=0), results)
            one = tf.nest.map_structure(lambda found: self._local(found)[0], results)
            # Gathered by another function: what fails here must not leave other workers in the middle of a collective.
            return one, list(self._local(matrices))

        return spread

    @contextmanager
    def in_agreement(self, variables: Sequence[Any]) -> Iterator[None]:
        """Inside the block every replica reads the same value of each variable, and functions run in one context.

        Statistics such as BatchNormalization's differ between replicas while they train. Outside of training a
        variable's value is what the strategy makes of them, the first one or their mean; inside the block that is what
        all replicas begin with, so a result does not depend on who computed it.

        Args:
            variables: those that are not trained; trained ones agree already.
        """
        # A function is traced anew for another context. Keras 3 calls callbacks outside the scope, tf_keras inside.
        with self.strategy.scope():
            distributed = [variable for variable in variables if isinstance(variable, tf.distribute.DistributedValues)]
            if self.count == 1:
                distributed = []
            values = zip(distributed, self._values(distributed), strict=True)
            copies = [(component, value) for variable, value in values for component in components([variable])]
            if not self.on_tpu:
                token = _agreed.set(copies)
                try:
                    yield
                finally:
                    _agreed.reset(token)
                return
            with writing, preserved(distributed):
                for component, value in copies:
                    component.assign(value)
                yield

    def state(self, concrete: Any, captured: Sequence[CapturedVariable]) -> PrivateState | SharedState:
        """The variables of a traced function for as long as a call lasts."""
        # On TPUs a variable is one resource for several devices.
        if self.on_tpu:
            return SharedState(captured)
        agreed = {id(component.handle) for component, _ in self.agreed}
        return PrivateState(concrete, [v for v in captured if v.written or id(v.handle) in agreed])

    @property
    def agreed(self) -> Values:
        """The replicas' copies of variables, and what each call begins with, inside `in_agreement`."""
        return _agreed.get()

    def _values(self, variables: Sequence[Any]) -> list[tf.Tensor]:
        """The value of each variable outside of the replicas."""
        if variables and self.workers:
            self.workers.meet()
        joint = [variable for variable in variables if self.across_workers and _is_mean_of_copies(variable)]
        values = self._means(joint) if joint else {}
        return [values[id(v)] if id(v) in values else v.read_value() for v in variables]

    def _means(self, variables: Sequence[Any]) -> dict[int, tf.Tensor]:
        """The mean of each variable's copies: one round of collectives for all, as each of them would take."""
        copies = zip(*(components([variable]) for variable in variables), strict=True)
        joined = self.strategy.experimental_distribute_values_from_function(
            lambda _: tf.concat([tf.reshape(copy, [-1]) for copy in next(copies)], axis=0)
        )
        means = self.strategy.reduce(tf.distribute.ReduceOp.MEAN, joined, axis=None)
        parts = tf.split(means, [variable.shape.num_elements() for variable in variables])
        return {id(v): tf.reshape(part, v.shape) for v, part in zip(variables, parts, strict=True)}

    def _shares(self, leaf: tf.Tensor) -> tf.Tensor:
        return tf.reshape(leaf, [self.count, tf.shape(leaf)[0] // self.count, *leaf.shape[1:]])

    def _local(self, found: Any) -> tuple[tf.Tensor, ...]:
        return self.strategy.experimental_local_results(found)


def _is_mean_of_copies(variable: Any) -> bool:
    return (
        variable.synchronization == tf.VariableSynchronization.ON_READ
        and variable.aggregation == tf.VariableAggregation.MEAN
        and variable.dtype == tf.float32
    )

"""Agreement among the workers of a tf.distribute strategy: whether all can go on, and what each has found.

A worker that fails by itself must not leave the others in a collective that it never takes part in. So each collective
comes after a meeting, in which every worker says whether it can go on; one that cannot comes to one meeting, to say so,
and all leave what they were doing together. Meetings are all alike: whatever a worker fails in, its next meeting is the
others' next one too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import tensorflow as tf

_Result = TypeVar("_Result")
# Attributes of an error: all workers know of it; the workers have lost each other.
_KNOWN, _LOST = "_kerasig_known", "_kerasig_lost"


class OtherWorkerFailed(RuntimeError):
    """Another worker could not go on with what all do together."""


@dataclass(frozen=True, eq=False)
class Workers:
    """All processes of a strategy that runs in step, as one of them sees them.

    Args:
        strategy: theirs.
    """

    strategy: tf.distribute.Strategy

    def meet(self, number: float = 0.0) -> float:
        """Waits for all workers; the mean over the replicas of a number that each worker has its own of.

        Raises:
            OtherWorkerFailed: one of them cannot go on.
        """
        failed, mean = self._told(0.0, number)
        if failed:
            raise OtherWorkerFailed("Another worker failed, so this one stopped as well; that one says why.")
        return mean

    def together(self, action: Callable[[], _Result]) -> _Result:
        """The results of a function, one for each worker; where it fails on one of them, it fails on all.

        Raises:
            OtherWorkerFailed: it failed on another worker.
        """
        try:
            result = action()
        except OtherWorkerFailed:
            raise
        except Exception as error:
            if not getattr(error, _KNOWN, False):
                self._told(1.0, 0.0)
                setattr(error, _KNOWN, True)
            raise
        self.meet()
        return result

    def gathering(self, results: Any) -> Callable[[Any], Any]:
        """A function that makes of every worker's results those of all.

        Args:
            results: tensors like those to come: the results [S, *F] of one replica of a worker, and the list of what
                `packed` makes of the results of each of its replicas.

        Returns:
            From such results to tensors [n S, *F], in the order of the replicas, the same on every worker.
        """

        @tf.autograph.experimental.do_not_convert
        def gathered(one: Any, matrices: list[tf.Tensor]) -> Any:
            return unpacked(self.strategy.gather(self._spread(matrices), axis=0), one)

        specs = tf.nest.map_structure(lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype), results)
        concrete = tf.function(gathered, autograph=False).get_concrete_function(*specs)

        def meet_and_gather(results: Any) -> Any:
            self.meet()
            with _losses_marked():
                return concrete(*results)

        return meet_and_gather

    def _told(self, failed: float, number: float) -> tuple[float, float]:
        """Over the replicas, the means of what workers say."""
        with _losses_marked():
            heard = self._mean(tf.constant([failed, number], tf.float64)).numpy()
        return float(heard[0]), float(heard[1])

    @functools.cached_property
    def _mean(self) -> Callable[[tf.Tensor], tf.Tensor]:
        @tf.function(autograph=False)
        def mean(said: tf.Tensor) -> tf.Tensor:
            local = [said] * len(self.strategy.extended.worker_devices)
            return self.strategy.reduce(tf.distribute.ReduceOp.MEAN, self._spread(local), axis=None)

        return mean

    def _spread(self, tensors: list[tf.Tensor]) -> Any:
        """One tensor for each replica of this worker."""
        each = iter(tensors)
        return self.strategy.experimental_distribute_values_from_function(lambda _: next(each))


@functools.lru_cache(maxsize=1)
def workers_of(strategy: tf.distribute.Strategy) -> Workers:
    """The workers of a strategy whose replicas are in several processes. A process has one such strategy."""
    return Workers(strategy)


def is_lost(error: BaseException) -> bool:
    """Whether an error says that the workers have lost each other, so that no training of theirs can go on."""
    return getattr(error, _LOST, False)


@contextmanager
def _losses_marked() -> Iterator[None]:
    try:
        yield
    except tf.errors.OpError as error:
        setattr(error, _KNOWN, True)
        setattr(error, _LOST, True)
        raise


# Between workers a nest of tensors [S, *F] travels as one int32 matrix, bit for bit: one round of collectives, which
# know neither bool nor small integers.


def packed(results: Any, replica: Any) -> tf.Tensor:
    """int32 [S, 1 + words]: the replica's number, then every result."""
    columns = [_words(tensor) for tensor in tf.nest.flatten(results)]
    return tf.concat([tf.fill([tf.shape(columns[0])[0], 1], tf.cast(replica, tf.int32)), *columns], axis=1)


def unpacked(matrix: tf.Tensor, like: Any) -> Any:
    """The results [n S, *F] from all replicas' rows, in the order of the replicas; `like` are one replica's."""
    # Collectives order workers by the names of their devices, in which task 10 comes before task 2.
    matrix = tf.gather(matrix, tf.argsort(matrix[:, 0], stable=True))
    tensors, first = [], 1
    for tensor in tf.nest.flatten(like):
        width = tf.size(tensor[:1]) * _words_each(tensor.dtype)
        tensors.append(_from_words(matrix[:, first : first + width], tensor))
        first += width
    return tf.nest.pack_sequence_as(like, tensors)


def _words_each(dtype: tf.DType) -> int:
    if dtype == tf.string:
        raise ValueError("Between workers only numbers can be gathered. Received a result of strings.")
    return max(dtype.size // 4, 1)


def _words(tensor: tf.Tensor) -> tf.Tensor:
    """int32 [S, words]."""
    width = tf.size(tensor[:1]) * _words_each(tensor.dtype)
    if tensor.dtype.size < 4:
        # Small floats and integers fit into larger ones exactly.
        tensor = tf.cast(tensor, tf.float32 if tensor.dtype.is_floating else tf.int32)
    return tf.reshape(tf.bitcast(tensor, tf.int32), [tf.shape(tensor)[0], width])


def _from_words(words: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    shape = tf.concat([tf.shape(words)[:1], tf.shape(like)[1:]], axis=0)
    if like.dtype.size < 4:
        words = tf.bitcast(words, tf.float32) if like.dtype.is_floating else words
        return tf.cast(tf.reshape(words, shape), like.dtype)
    each = _words_each(like.dtype)
    return tf.bitcast(tf.reshape(words, shape if each == 1 else tf.concat([shape, [each]], axis=0)), like.dtype)

"""The settings with which the functions of one model are compiled and fed."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

import tensorflow as tf

from kerasig._engine.replicas import Replicas


@dataclass(frozen=True)
class Compilation:
    """How the functions of one model are compiled and fed.

    Args:
        jit_compile: compile with XLA; rows are then padded to few fixed sizes.
        static_batch: rows that the model takes, when it takes no other number.
        batch_size: rows per call that a user asked for; None decides from the traced graph.
        replicas: who shares the rows; None for this process alone.
        initial_states: gives the variables in which layers carry states, with their values before any call.
        tracing: is held while the model is traced.
    """

    jit_compile: bool = False
    static_batch: int | None = None
    batch_size: int | None = None
    replicas: Replicas | None = None
    initial_states: Callable[[], list[tuple[tf.Variable, tf.Tensor]]] | None = None
    tracing: AbstractContextManager[Any] = field(default_factory=RLock)

    @property
    def across_workers(self) -> bool:
        """Whether other processes share the rows."""
        return self.replicas is not None and self.replicas.across_workers

    @property
    def n_replicas(self) -> int:
        """How many replicas share the rows."""
        return 1 if self.replicas is None else self.replicas.count

    def take(self, remaining: int, most: int, least: int = 1) -> tuple[int, int]:
        """How many of the remaining rows go into the next call, and how many that call has after padding.

        Args:
            remaining: rows still to be sent, at least 1.
            most: rows per replica that fit.
            least: rows per replica that a call must have, after padding.
        """
        if self.static_batch is not None:
            sent = self.static_batch * self.n_replicas
        elif self.jit_compile:
            # Powers of 8: XLA compiles each size anew, for seconds. What is left over goes in smaller ones, unless it
            # would take more than a few of them.
            each = max(1, min(most, remaining // self.n_replicas))
            size = 8 ** int(math.log2(each) / 3 + 1e-9)
            padded = 8 * size <= most and remaining >= 4 * size * self.n_replicas
            sent = (8 * size if padded else size) * self.n_replicas
        else:
            sent = max(least * self.n_replicas, min(most * self.n_replicas, self.whole(remaining)))
        return min(remaining, sent), sent

    def whole(self, count: int) -> int:
        """`count` rounded up to a multiple of the replicas."""
        return -(-count // self.n_replicas) * self.n_replicas

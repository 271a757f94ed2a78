"""Variables that a user's code makes while it is traced: a graph can make them in its first trace alone, to be kept."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf


class MadeVariables:
    """The variables that code wants to make and cannot."""

    def __init__(self) -> None:
        self._refused: str | None = None

    def make(self, next_creator: Callable[..., Any], **options: Any) -> Any:
        """The variable as the creator below makes it; noted where that refuses, or would later."""
        value = options.get("initial_value")
        # Callables of other types mean more to TensorFlow than what they return.
        if inspect.isfunction(value):
            options["initial_value"] = functools.wraps(value)(
                lambda *given, **named: self._begun(value(*given, **named))
            )
        else:
            self._begun(value)
        try:
            return next_creator(**options)
        except ValueError:
            self._refused = self._refused or "in each call"
            raise

    def _begun(self, value: Any) -> Any:
        """The value that a variable begins at, unless no graph can keep it."""
        if _is_of_arguments(value):
            self._refused = "of what it is called with"
            raise ValueError("A graph's variable cannot begin at a tensor that is made of the graph's arguments.")
        return value

    def said(self, name: str, received: str) -> str | None:
        """The sentence about what was called, where it wanted to make a variable; else None.

        Args:
            name: of the argument.
            received: it, in words.
        """
        if self._refused is None:
            return None
        return (
            f"{name} must make no variable while it is called. Received {received}, which makes one {self._refused}. "
            "Make variables, and layers that have some, once and outside of it, and use them there."
        )


@contextlib.contextmanager
def made_variables() -> Iterator[MadeVariables]:
    """Follows what variables a graph is to make while this is entered."""
    made = MadeVariables()
    with contextlib.nullcontext() if tf.executing_eagerly() else tf.variable_creator_scope(made.make):
        yield made


def _is_of_arguments(value: Any) -> bool:
    """Whether a tensor of a graph is made of what the graph is called with."""
    if not isinstance(value, tf.Tensor) or not tf.is_symbolic_tensor(value):
        return False
    waiting, seen = [value.op], set()
    while waiting:
        operation = waiting.pop()
        if operation.type == "Placeholder":
            return True
        if operation not in seen:
            seen.add(operation)
            waiting += [tensor.op for tensor in operation.inputs]
    return False

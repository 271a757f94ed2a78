"""The one way in which what a trace says besides its tensors leaves it: a tf.function gives tensors alone."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

_Said = TypeVar("_Said")


def telling(body: Callable[..., tuple[Any, _Said]]) -> tuple[Callable[..., Any], list[_Said]]:
    """A function for `tf.function`, and a list of what each of its traces has said, in their order.

    Args:
        body: traced; to tensors and whatever else it has to say.
    """
    said: list[_Said] = []

    @functools.wraps(body)
    def traced(*given: Any) -> Any:
        tensors, about = body(*given)
        said.append(about)
        return tensors

    return traced, said

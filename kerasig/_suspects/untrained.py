"""Untrained networks of an architecture: what the inputs alone put into a map."""

from __future__ import annotations

from typing import Any

from kerasig._models import fresh


def untrained(model: Any, draws: int) -> list[Any]:
    """Copies of a model with weights drawn anew.

    Args:
        model: a Keras model.
        draws: how many.

    Raises:
        ValueError: it is no Keras model, or cannot be built from its configuration.
    """
    return [fresh(model) for _ in range(draws)]

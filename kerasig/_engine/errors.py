"""Errors of scores that cannot be integrated; the caller, who knows the model's layers, says what to do."""

from __future__ import annotations

from kerasig._engine.independence import Mixed


class NoGradientError(ValueError):
    """The score has no gradient to any attributed leaf.

    Args:
        operations: names of those that give floats again, where the gradients have ended.
    """

    def __init__(self, operations: list[str]) -> None:
        super().__init__("The score has no gradient to any attributed leaf.")
        self.operations = operations


class MixedRowsError(ValueError):
    """The score of an example depends on the rows beside it.

    Args:
        example: whose score was looked at.
        mixed: what was found.
        operations: names of those that write variables.
    """

    def __init__(self, example: int, mixed: Mixed, operations: list[str]) -> None:
        super().__init__(f"Example {example} has another score beside others than by itself.")
        self.example, self.mixed, self.operations = example, mixed, operations


class OtherRowsError(ValueError):
    """The target gives another number of scalars than there are rows.

    Args:
        received: how many.
        rows: of the microbatch.
    """

    def __init__(self, received: int, rows: int) -> None:
        super().__init__(
            "target must give one scalar per example. "
            f"Received {received} for the {rows} rows of a microbatch. Keep the first axis."
        )

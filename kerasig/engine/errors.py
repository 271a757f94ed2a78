"""What cannot be integrated; the caller, who knows the model's layers, says what to do."""

from __future__ import annotations


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
        alone: its score by itself; NaN where it has none.
        among: its score beside others.
        operations: names of those that normalise by the batch.
    """

    def __init__(self, example: int, alone: float, among: float, operations: list[str]) -> None:
        super().__init__(f"Example {example} scores {alone:.6g} by itself and {among:.6g} beside others.")
        self.example, self.alone, self.among, self.operations = example, alone, among, operations

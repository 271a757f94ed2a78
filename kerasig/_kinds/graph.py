"""Graphs: nodes that edges join, their features summed."""

from __future__ import annotations

from typing import Any, final

from numpy.typing import NDArray

from kerasig._arrays import is_text
from kerasig._kinds.kind import Kind, Shape


@final
class Graph(Kind):
    """Nodes [N, nodes] or [N, nodes, F], padded to as many in each graph."""

    name = "graph"
    needs = "[N, nodes] or [N, nodes, F]"
    axes = ("node", "feature")
    joined = True
    sequence = True

    def fits(self, array: NDArray[Any]) -> bool:
        """Numbers of nodes."""
        return not is_text(array) and array.ndim in (2, 3)

    def why(self, array: NDArray[Any], among_others: bool) -> str | None:
        """None: shapes do not tell nodes; edges do."""
        return None

    def preference(self, array: NDArray[Any]) -> tuple[int, ...]:
        """Node features, not the adjacency matrix beside them."""
        square = array.ndim == 3 and array.shape[1] == array.shape[2]
        return (array.dtype.kind != "f", square, -array.ndim)

    def resembles(self, array: NDArray[Any], subject: NDArray[Any]) -> bool:
        """Whether it has as many nodes."""
        return self.fits(array) and array.shape[1:2] == subject.shape[1:2]

    def summed(self, shape: Shape) -> Shape:
        """All but the nodes."""
        return tuple(range(2, len(shape)))

    def summed_in_output(self, shape: Shape, inputs: Shape) -> Shape | None:
        """All but the nodes; what was pooled over them has none."""
        if len(shape) > 2:
            return tuple(range(2, len(shape)))
        return () if shape[1:] == inputs[1:2] else None

    def features(self, rank: int) -> int | None:
        """The last axis: features of nodes have names."""
        return rank - 1

    def masks(self, positions: Shape) -> list[Shape]:
        """[nodes]."""
        return [positions]

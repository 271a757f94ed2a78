"""The things that a `tf.data.Dataset` tells of how it was made: whether in batches, and whether it reshuffles."""

import warnings
from typing import Any

from kerasig import _nest as nest

_BATCHED = ("BatchDataset", "RebatchDataset")
_UNBATCHED = ("UnbatchDataset", "TensorSliceDataset", "RangeDataset")
# What comes out of these is up to a function of the user's; what went in says nothing.
_OPAQUE = ("FlatMap", "Interleave", "GroupBy", "Window", "Generator", "TensorDataset", "FromGraph", "Choose")


def is_batched(dataset: Any) -> bool:
    """Whether the elements of a `tf.data.Dataset` are batches.

    Shapes alone cannot say (one 28 x 28 image, or 28 rows of 28 features?), so the transformations that made the
    dataset are asked after whatever shapes do settle.
    """
    specs = [spec for spec in nest.flatten(dataset.element_spec) if getattr(spec, "shape", None) is not None]
    shapes = [spec.shape for spec in specs if spec.shape.rank is not None]
    if any(shape.rank == 0 for shape in shapes):
        return False
    leading = {shape[0] for shape in shapes}
    if len(leading - {None}) > 1:
        return False
    made = dataset
    while made is not None:
        kind = type(made).__name__
        if any(word in kind for word in _UNBATCHED):
            return False
        if any(word in kind for word in _BATCHED):
            return True
        if any(word in kind for word in _OPAQUE):
            break
        made = next(iter(made._inputs()), None) if hasattr(made, "_inputs") else None
    # From a generator and the like: batches as a rule have an unknown length, or one length in x and y.
    return leading == {None} or (len(shapes) > 1 and len(leading) == 1)


def reshuffles(dataset: Any) -> bool:
    """Whether a `tf.data.Dataset` has another order each time it is iterated."""
    pending = [dataset]
    while pending:
        made = pending.pop()
        if "Shuffle" in type(made).__name__ and getattr(made, "_reshuffle_each_iteration", None) is not False:
            return True
        pending += made._inputs() if hasattr(made, "_inputs") else []
    return False


def warn_of_reshuffling(dataset: Any, stacklevel: int) -> None:
    """Warns where iterating a dataset moves it on to another order."""
    if reshuffles(dataset):
        # The order is drawn by a seed generator that belongs to the dataset; no copy of the dataset has its own.
        warnings.warn(
            "Reading probes from a dataset that reshuffles moves it on to its next order, so training on the same "
            "dataset sees other batches than without probes. Pass a dataset from before shuffle(), or arrays.",
            stacklevel=stacklevel + 1,
        )

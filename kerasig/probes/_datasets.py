"""The first examples of a dataset, without knowing TensorFlow and without disturbing anyone's random numbers."""

import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig.probes._leaves import is_ragged_or_sparse

_BATCHED = ("BatchDataset", "RebatchDataset")
_UNBATCHED = ("UnbatchDataset", "TensorSliceDataset", "RangeDataset")
# What comes out of these is up to a function of the user's; what went in says nothing.
_OPAQUE = ("FlatMap", "Interleave", "GroupBy", "Window", "Generator", "TensorDataset", "FromGraph", "Choose")


def first_examples(dataset: Any, n: int) -> tuple[Any, Any]:
    """The first `n` examples of `dataset` as (inputs, labels); labels are None where there are none.

    Args:
        dataset: A `tf.data.Dataset`, batched or not, finite or not, of elements x, (x, y) or (x, y, sample_weight); or
            a Keras dataset tuple of arrays, such as (x_test, y_test).
        n: How many.

    Raises:
        ValueError: `dataset` is neither, its examples differ in shape, or there are fewer than `n`.
    """
    if not arguments.is_whole(n) or n < 1:
        raise ValueError(f"n must be a positive integer. Received n={arguments.shown(n)}. Pass the number of probes.")
    if isinstance(dataset, tuple):
        return _of_arrays(dataset, int(n))
    if hasattr(dataset, "element_spec"):
        return _of_stream(dataset, int(n))
    raise ValueError(
        f"dataset must be a tf.data.Dataset or a tuple of arrays. Received {type(dataset).__name__}. Pass one of "
        "these, or pass arrays to ProbeSet itself."
    )


def _split(element: Any) -> tuple[Any, Any]:
    """(inputs, labels) of an element as Keras reads it: the sample weight is dropped."""
    if not isinstance(element, tuple):
        return element, None
    if not 1 <= len(element) <= 3:
        raise ValueError(
            f"dataset must have elements x, (x, y) or (x, y, sample_weight). Received {nest.describe(element)}. "
            "Pass several inputs as one tuple or dict: ((x1, x2), y)."
        )
    return element[0], element[1] if len(element) > 1 else None


def _of_arrays(dataset: tuple[Any, ...], n: int) -> tuple[Any, Any]:
    inputs, labels = _split(dataset)
    parts = (inputs,) if labels is None else (inputs, labels)
    lengths = sorted({len(leaf) if np.ndim(leaf) else 0 for leaf in nest.flatten(parts)})
    if len(lengths) > 1:
        raise ValueError(
            f"dataset must have equally many examples in every array. Received lengths {lengths}. "
            "Pass (x, y); of load_data()'s two pairs pass one, for example load_data()[1]."
        )
    if not lengths or lengths[0] < n:
        raise _too_few(lengths[0] if lengths else 0, n)
    taken = nest.map_structure(lambda leaf: leaf[:n], parts)
    return taken[0], taken[1] if len(taken) > 1 else None


def _of_stream(dataset: Any, n: int) -> tuple[Any, Any]:
    _warn_of_reshuffling(dataset)
    batched = _is_batched(dataset)
    rows: list[tuple[Any, ...]] = []
    found = 0
    with _random_state_kept():
        elements = iter(dataset)
        for element in elements:
            inputs, labels = _split(element)
            parts = (inputs,) if labels is None else (inputs, labels)
            rows.append(nest.map_structure(_array, parts))
            found += len(nest.flatten(rows[-1])[0]) if batched else 1
            if found >= n:
                break
        del elements
    if found < n:
        raise _too_few(found, n)
    leaves = []
    for name, column in zip(nest.names(rows[0]), zip(*map(nest.flatten, rows), strict=True), strict=True):
        shapes = {array.shape[1:] if batched else array.shape for array in column}
        if len(shapes) > 1:
            raise ValueError(
                f"dataset must have examples of one shape. Received leaf {name} of shapes {sorted(map(list, shapes))}. "
                "Pad them to one length, for example with padded_batch(..., padded_shapes=...)."
            )
        leaves.append(np.concatenate(column)[:n] if batched else np.stack(column))
    taken = nest.pack(rows[0], leaves)
    return taken[0], taken[1] if len(taken) > 1 else None


def _array(value: Any) -> np.ndarray:
    if is_ragged_or_sparse(value) or hasattr(value, "element_spec"):
        raise ValueError(
            f"dataset must have dense elements. Received a {type(value).__name__}. "
            "Densify it: to_tensor() of a ragged one, tf.sparse.to_dense of a sparse one."
        )
    return np.asarray(value)


def _is_batched(dataset: Any) -> bool:
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


def _warn_of_reshuffling(dataset: Any) -> None:
    pending = [dataset]
    while pending:
        made = pending.pop()
        if "Shuffle" in type(made).__name__ and getattr(made, "_reshuffle_each_iteration", None) is not False:
            # The order is drawn by a seed generator that belongs to the dataset; no copy of the dataset has its own.
            warnings.warn(
                "Reading probes from a dataset that reshuffles moves it on to its next order, so training on the same "
                "dataset sees other batches than without probes. Pass a dataset from before shuffle(), or arrays.",
                stacklevel=5,
            )
            return
        pending += made._inputs() if hasattr(made, "_inputs") else []


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """Undoes what a generator behind a dataset draws from Python's and NumPy's global random numbers."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


def _too_few(found: int, n: int) -> ValueError:
    return ValueError(
        f"dataset must have at least n examples. Received {found} examples, n={n}. Pass n={found} or less."
    )

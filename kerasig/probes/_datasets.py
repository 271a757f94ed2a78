"""The first examples of a dataset, without knowing TensorFlow and without disturbing anyone's random numbers."""

import functools
import inspect
import itertools
import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig._arrays import as_array, first_rows, is_ragged
from kerasig._sentences import sentence
from kerasig.probes._batches import first_of, split, too_few
from kerasig.probes._pipelines import is_batched, warn_of_reshuffling


def first_examples(dataset: Any, n: int, *, at_most: bool = False) -> tuple[Any, Any, frozenset[str]]:
    """The first `n` examples of `dataset` as (inputs, labels), and the names of inputs that were padded.

    Labels are None where there are none.

    Args:
        dataset: See `ProbeSet.from_dataset`.
        n: How many.
        at_most: Whether all are taken where there are fewer than `n`, of any but a tuple of arrays.

    Raises:
        ValueError: `dataset` is none or empty, its examples differ in shape, or there are fewer than `n`.
    """
    if not arguments.is_whole(n) or n < 1:
        raise ValueError(f"n must be a positive integer. Received n={arguments.shown(n)}. Pass the number of probes.")
    if isinstance(dataset, tuple):
        # Ragged ones among them are still as they were passed.
        return *_of_arrays(dataset, int(n)), frozenset()
    is_pipeline = hasattr(dataset, "element_spec")
    specs = nest.flatten(split(dataset.element_spec)) if is_pipeline else []
    with _random_state_kept():
        elements = _elements(dataset)
        try:
            return first_of(
                *(elements, int(n)),
                batched=is_batched(dataset) if is_pipeline else None,
                padded=[is_ragged(spec) for spec in specs],
                at_most=at_most,
            )
        finally:
            # A pipeline reads ahead on a thread of its own, which ends with the iterator, and draws no more numbers.
            del elements


def _elements(dataset: Any) -> Iterator[Any]:
    """The elements of a dataset, in its order; only of an iterator is anything taken, which is warned of."""
    made = called(dataset)
    if made is dataset and hasattr(made, "__next__"):
        warnings.warn(
            "Reading probes from an iterator takes batches out of it, so training on the same one sees others than "
            "without probes. Pass the function that makes it, a list of batches, or arrays.",
            stacklevel=4,
        )
    if hasattr(made, "element_spec"):
        warn_of_reshuffling(made, stacklevel=4)
    return elements_of(made)


def elements_of(dataset: Any, others: str = "pass arrays to ProbeSet itself") -> Iterator[Any]:
    """The elements of a dataset, or of one that a function makes, in its order.

    Args:
        dataset: See `ProbeSet.from_dataset`.
        others: What would fit besides, for the error.

    Raises:
        ValueError: It is none.
    """
    dataset = called(dataset)
    if hasattr(dataset, "__next__") or hasattr(dataset, "element_spec") or isinstance(dataset, list):
        return iter(dataset)
    if hasattr(dataset, "on_epoch_end") and hasattr(dataset, "__getitem__"):
        # Python's own iteration of it would go on to an index that it does not have.
        count = dataset.num_batches if hasattr(dataset, "num_batches") else len(dataset)
        return (dataset[i] for i in (itertools.count() if count is None else range(int(count))))
    raise ValueError(
        "dataset must be a tf.data.Dataset, a keras.utils.PyDataset, a tuple of arrays, or batches in a list or from a "
        f"generator. Received {type(dataset).__name__}. Pass one of these, or {others}."
    )


def called(dataset: Any) -> Any:
    """The dataset that a function without arguments makes, or the dataset itself."""
    return _made(dataset) if makes_dataset(dataset) else dataset


def makes_dataset(value: Any) -> bool:
    """Whether this is a function without arguments, as one that makes a generator is."""
    return (inspect.isroutine(value) or isinstance(value, functools.partial)) and arguments.takes(value, 0)


def _made(function: Any) -> Any:
    """The result of a function without arguments; of some that are not written in Python only a call tells."""
    try:
        return function()
    except TypeError as error:
        raise ValueError(
            f"dataset must be a dataset, or a function that makes one without arguments. Received "
            f"{arguments.shown(function)}, which fails: {sentence(error)}. Pass the function that makes a generator."
        ) from error


def _of_arrays(dataset: tuple[Any, ...], n: int) -> tuple[Any, Any]:
    parts = split(dataset)
    lengths = sorted({_length(leaf) for leaf in nest.flatten(parts)})
    if len(lengths) > 1:
        raise ValueError(
            f"dataset must have equally many examples in every array. Received lengths {lengths}. "
            "Pass (x, y); of load_data()'s two pairs pass one, for example load_data()[1]."
        )
    if not lengths or lengths[0] < n:
        raise too_few(lengths[0] if lengths else 0, n)
    taken = nest.map_structure(lambda leaf: _first_rows(leaf, n), parts)
    return taken[0], taken[1] if len(taken) > 1 else None


def _first_rows(leaf: Any, n: int) -> Any:
    with suppress(TypeError):
        return first_rows(leaf, n)
    return as_array(leaf, "each array in dataset")[:n]


def _length(leaf: Any) -> int:
    """How many rows something has, whatever it is; 0 for what has none."""
    with suppress(Exception):
        return int(leaf.shape[0])
    with suppress(Exception):
        return len(leaf) if np.ndim(leaf) else 0
    return 0


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """Undoes what a generator behind a dataset draws from Python's and NumPy's global random numbers."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002

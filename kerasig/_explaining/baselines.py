"""Baselines as rows: one for all examples, one for each, or one for each sample."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig._engine.problem import Shared
from kerasig._sentences import sentence, shown
from kerasig.baselines import Mean, Noise, Samples


@dataclass(frozen=True, eq=False)
class ResolvedBaselines:
    """Baseline rows of each attributed leaf.

    Args:
        rows: each [B, *F].
        shared: whether B is 1 for all, one per example, or one per sample.
        n_samples: baselines per example.
    """

    rows: list[NDArray[Any]]
    shared: list[Shared]
    n_samples: int


def resolve(
    baselines: Any,
    inputs: Any,
    attributed: Sequence[bool],
) -> ResolvedBaselines:
    """Validates what a user passed as `baselines`.

    Args:
        baselines: see `kerasig.explain`; of `AtInputs` what the layer returns at those.
        inputs: nest of arrays [N, *F], in the space that is attributed to.
        attributed: which of its leaves are.

    Raises:
        ValueError: shapes or structures do not fit.
        TypeError: no baseline at all.
    """
    if callable(baselines):
        baselines = _called(baselines, inputs)
    leaves = nest.flatten(inputs)
    names = nest.names(inputs)
    specs = _per_leaf(baselines, inputs, attributed)
    rows, shared, samples = [], [], set()
    for index, (leaf, name, spec) in enumerate(zip(leaves, names, specs, strict=True)):
        if not attributed[index]:
            continue
        row, kind = _leaf(spec, leaf, name, index)
        rows.append(row)
        shared.append(kind)
        if kind == "sample":
            samples.add(len(row))
    if len(samples) > 1:
        raise ValueError(f"baselines.Samples must draw as many rows for each input. Received {sorted(samples)}.")
    return ResolvedBaselines(rows, shared, samples.pop() if samples else 1)


def _called(function: Callable[[Any], Any], inputs: Any) -> Any:
    """The result of a user's function of the inputs, its own errors told as those of an argument."""
    if inspect.isclass(function):
        raise TypeError(f"baselines must not be a class. Received {shown(function)}. Pass an instance of it.")
    arguments.check_takes(function, 1, "baselines", "the inputs")
    try:
        return function(inputs)
    except (ValueError, LookupError, tf.errors.InvalidArgumentError) as error:
        raise ValueError(_failed(function, error)) from error
    except (TypeError, AttributeError, NotImplementedError) as error:
        raise TypeError(_failed(function, error)) from error
    except Exception as error:
        error.add_note("Raised by baselines on the inputs.")
        raise


def _failed(function: Callable[[Any], Any], error: Exception) -> str:
    return (
        f"baselines must be a function of the inputs. Received {shown(function)}, which fails on them: "
        f"{sentence(error)}."
    )


def _per_leaf(baselines: Any, inputs: Any, attributed: Sequence[bool]) -> list[Any]:
    """One specification per leaf of `inputs`."""
    n_leaves = len(attributed)
    if isinstance(baselines, Mean):
        return [None if part is None else Mean(part) for part in _per_leaf(baselines.array, inputs, attributed)]
    if isinstance(baselines, Samples):
        parts = _per_leaf(baselines.array, inputs, attributed)
        return [None if part is None else Samples(part, baselines.n, baselines.seed) for part in parts]
    if nest.is_nest(baselines):
        if not nest.is_nest(inputs):
            raise ValueError(
                f"baselines must be like the inputs, a single array. Received {nest.describe(baselines)}; a list or "
                "tuple is always a nest. Pass np.asarray(...) of it."
            )
        nest.check_same(inputs, baselines, arguments=("inputs", "baselines"))
        return nest.flatten(baselines)
    lone = baselines is not None and not isinstance(baselines, Noise)
    if lone and sum(attributed) > 1 and (array := arguments.baseline("baselines", baselines)).ndim:
        raise ValueError(
            f"baselines must say which input it is for. Received one array of shape {array.shape} for "
            f"{nest.describe(inputs)}. Pass a nest like the inputs."
        )
    return [baselines] * n_leaves


def _leaf(spec: Any, inputs: NDArray[Any], name: str, index: int) -> tuple[NDArray[Any], Shared]:
    features = inputs.shape[1:]
    if spec is None:
        return np.zeros((1, *features), inputs.dtype), "all"
    if isinstance(spec, Noise):
        draw = np.random.default_rng([spec.seed, index]).standard_normal(inputs.shape)
        with np.errstate(over="ignore"):
            noise = spec.stddev * draw
        return _cast(noise, inputs, name, np.float64(spec.stddev)), "example"
    if isinstance(spec, Mean):
        array = _rows_like(spec, inputs, name)
        with np.errstate(over="ignore"):
            mean = array.mean(axis=0, keepdims=True, dtype=np.float64)
        return _cast(mean, inputs, name, array), "all"
    if isinstance(spec, Samples):
        return _cast(_rows_like(spec, inputs, name)[spec.rows()], inputs, name), "sample"
    return _broadcast(arguments.baseline(name, spec), inputs, name)


def _cast(rows: NDArray[Any], inputs: NDArray[Any], name: str, given: Any = None) -> NDArray[Any]:
    """Rows in the dtype of the inputs, unless they would turn infinite; those of a user's that are so stay."""
    with np.errstate(over="ignore"):
        cast = rows.astype(inputs.dtype)
    given = rows if given is None else given
    if np.isinf(cast).any() and not np.isinf(given).any():
        largest = float(np.finfo(inputs.dtype).max)
        raise ValueError(
            f"baselines for {name} must be finite in {inputs.dtype}, the dtype of its paths. Received "
            f"{float(np.nanmax(np.abs(given))):.3g} among them. Pass numbers of at most {largest:.3g}."
        )
    return cast


def _rows_like(spec: Mean | Samples, inputs: NDArray[Any], name: str) -> NDArray[Any]:
    array, features = arguments.baseline(name, spec.array), inputs.shape[1:]
    if array.ndim == 0 or not len(array) or array.shape[1:] != features:
        raise ValueError(
            f"baselines.{type(spec).__name__} must have rows like {name}. Received array.shape={array.shape}, "
            f"{name}.shape={inputs.shape}. Pass shape (R, {', '.join(map(str, features))})."
        )
    return array


def _broadcast(array: NDArray[Any], inputs: NDArray[Any], name: str) -> tuple[NDArray[Any], Shared]:
    own = array.ndim == inputs.ndim and len(array) != 1
    try:
        rows = np.broadcast_to(array, inputs.shape if own else (1, *inputs.shape[1:]))
    except ValueError:
        raise ValueError(
            f"baselines must broadcast to inputs. Received baselines.shape={array.shape}, "
            f"{name}.shape={inputs.shape}. Pass a scalar or shape {inputs.shape[1:]}."
        ) from None
    return _cast(rows, inputs, name), "example" if own else "all"

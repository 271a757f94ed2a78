"""Arguments at the public edge: each is read once, and what does not fit gets one sentence. NumPy only.

Every function takes the argument's name first and raises a ValueError that names it, says what was received and what
would fit. Lists are read by their order, never by labels: of a filtered pandas Series the first item is the first.
"""

from __future__ import annotations

import contextlib
import inspect
import math
import numbers as _numbers
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _sentences as sentences
from kerasig._arrays import UnreadableError, as_array, is_text

# What NumPy has as raw bytes and can yet compute with.
_SMALL_FLOATS = ("bfloat16", "float8")


def shown(value: Any) -> str:
    """A value in a message: one short line, whatever it is; of an array its dtype and shape."""
    with contextlib.suppress(Exception):
        if getattr(value, "shape", ()) and hasattr(value, "dtype"):
            return f"a {type(value).__name__} of {value.dtype}, shape {list(value.shape)}"
    return sentences.shown(value)


def is_whole(value: Any) -> bool:
    """Whether something is a whole number of Python's or NumPy's; True and False are none."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool | np.timedelta64)


def whole(name: str, value: Any, least: int = 0, most: int | None = None, *, of: str = "") -> int:
    """A whole number from `least` to `most`, which is the number of what `of` says."""
    fits = f"of at least {least}" if most is None else f"from {least} to {f'the {most} {of}' if of else most}"
    if not is_whole(value) or value < least or (most is not None and value > most):
        raise ValueError(f"{name} must be a whole number {fits}. Received {name}={shown(value)}.")
    return int(value)


def number(
    name: str, value: Any, least: float, most: float = math.inf, *, above: bool = False, below: bool = False
) -> float:
    """A number from `least` to `most`, which themselves are left out where `above` and `below` say so."""
    found = math.nan
    if isinstance(value, _numbers.Real) and not isinstance(value, bool | np.timedelta64):
        with contextlib.suppress(OverflowError, ValueError):
            found = float(value)
    low, high = found > least if above else found >= least, found < most if below else found <= most
    if not (low and high and math.isfinite(found)):
        bounds = [f"{'above' if above else 'from'} {least:g}"]
        bounds += [] if math.isinf(most) else [f"{'to below' if below else 'to'} {most:g}"]
        raise ValueError(f"{name} must be {' '.join(bounds)}. Received {name}={shown(value)}. Pass a number.")
    return found


def flag(name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} must be True or False. Received {name}={shown(value)}.")
    return bool(value)


def string(name: str, value: Any) -> str:
    """A string."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string. Received {name}={shown(value)}.")
    return str(value)


def path_text(name: str, value: Any, fits: str = "the path of a file") -> str:
    """A path of the file system, as text."""
    try:
        found = os.fsdecode(value)
    except Exception:  # A path of somebody's own may raise anything.
        raise TypeError(f"{name} must be {fits}. Received {name}={shown(value)}.") from None
    if not found or "\0" in found:
        raise ValueError(f"{name} must be {fits}. Received {name}={shown(value)}.")
    if "://" in found:  # Taken for a folder of that name, it would be made here.
        raise ValueError(
            f"{name} must be {fits} of this machine. Received {name}={shown(value)}. Copy between the two."
        )
    return found


def choice(name: str, value: Any, choices: Collection[str]) -> str:
    """One of some strings."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}. Received {name}={shown(value)}.")
    return str(value)


def mapping(name: str, value: Any, fits: str) -> dict[Any, Any]:
    """The items of a mapping; `fits` says what it should be from and to."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be a dict {fits}. Received {shown(value)}.")
    return dict(value.items())


def items(name: str, value: Any, count: int | None = None, *, of: str = "example", fits: str = "a list") -> list[Any]:
    """The items of a list, tuple, array or Series in their order, `count` of them if given.

    Args:
        name: of the argument.
        value: what was received.
        count: how many there must be, one for each `of`.
        of: what there is one for each of.
        fits: what would fit.
    """
    found = None
    is_list = isinstance(value, Iterable) and hasattr(value, "__len__") and not isinstance(value, Mapping | Set)
    if is_list and not isinstance(value, str | bytes) and len(getattr(value, "shape", (0,))) > 0:
        with contextlib.suppress(Exception):
            # As an array: a table is iterated by the names of its columns, and a tensor gives tensors.
            found = list(np.asarray(value) if hasattr(value, "__array__") else value)
    if found is None:
        raise ValueError(f"{name} must be {fits}. Received {shown(value)}.")
    if count is not None and len(found) != count:
        raise ValueError(
            f"{name} must be one per {of}. Received {len(found)} for {count} {of}s. Pass {fits} of {count}."
        )
    return found


def texts(
    name: str, value: Any, count: int | None = None, *, of: str = "example", fits: str = "a list of strings"
) -> list[str]:
    """The strings of a list; bytes are UTF-8, numbers become their digits. See `items`."""
    found = items(name, value, count, of=of, fits=fits)
    for i, item in enumerate(found):
        if getattr(item, "shape", None) == () and hasattr(item, "__array__"):
            item = np.asarray(item).item()
        if isinstance(item, bytes):
            found[i] = item.decode("utf-8", "replace")
        elif isinstance(item, str | _numbers.Number | np.generic) and not isinstance(item, np.void):
            found[i] = str(item)
        else:
            raise ValueError(f"{name} must be {fits}. Received {shown(item)} among them, at place {i}.")
    return found


def rows_of_texts(name: str, value: Any, count: int | None = None, *, of: str = "example") -> list[list[str]]:
    """A list of strings for each of `count`."""
    rows = items(name, value, count, of=of, fits=f"a list of lists of strings, one per {of}")
    return [texts(f"{name}[{i}]", row) for i, row in enumerate(rows)]


def shape(name: str, value: Any) -> tuple[int, ...]:
    """The shape of something with a row per example."""
    sizes = items(name, value, fits="a shape [N, ...]")
    if not sizes:
        raise ValueError(f"{name} must be a shape [N, ...]. Received (). Pass that of an array of a row per example.")
    return tuple(whole(name, size) for size in sizes)


def numbers(name: str, value: Any, fits: str = "[N, ...]", *, axes: int = 1) -> NDArray[np.float64]:
    """Real numbers as float64, of at least so many axes; NaN and infinities are numbers."""
    array = as_array(value, name)
    if array.dtype.kind == "V" and array.dtype.name.startswith(_SMALL_FLOATS):
        array = array.astype(np.float64)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be real numbers {fits}. Received {shown(value)}. Pass an array of numbers.")
    if array.ndim < axes:
        received = f"a single number, {array}" if not array.ndim else f"shape {list(array.shape)}"
        raise ValueError(f"{name} must be numbers with a row per example. Received {received}. Pass shape {fits}.")
    with np.errstate(over="ignore"):
        return array.astype(np.float64, copy=False)


def booleans(name: str, value: Any, fits: str = "True or False at each place") -> NDArray[np.bool_]:
    """Booleans; numbers are, where each is 0 or 1: others would be weights, which nothing here has."""
    array = as_array(value, name)
    if array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
        raise ValueError(f"{name} must be boolean. Received {shown(value)}. Pass {fits}.")
    return array.astype(bool, copy=False)


def within(name: str, array: NDArray[np.float64], least: float, most: float = math.inf) -> NDArray[np.float64]:
    """Numbers from `least` to `most`, up to the rounding of float32; NaN stands for what is not known."""
    with np.errstate(invalid="ignore"):
        outside = (array < least - 1e-6) | (array > most + 1e-6)
    if outside.any():
        fits = f"from {least:g}" + ("" if math.isinf(most) else f" to {most:g}")
        raise ValueError(f"{name} must be {fits}. Received {array[outside].flat[0]:.6g} among them.")
    return array


def same_shapes(**arrays: NDArray[Any]) -> None:
    """Raises unless all arrays have one shape, which NumPy may else stretch in silence."""
    shapes = {name: np.shape(array) for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        received = ", ".join(f"{name}.shape={shape}" for name, shape in shapes.items())
        *others, last = shapes
        raise ValueError(
            f"{', '.join(others)} and {last} must have one shape. Received {received}. Pass those of the same probes."
        )


def function(name: str, value: Any, fits: str) -> Any:
    """Something that can be called with one argument, such as `fits` says."""
    if not takes_one(value):
        raise ValueError(f"{name} must be a function {fits}. Received {shown(value)}.")
    return value


def takes_one(value: Any) -> bool:
    """Whether something can be called with one argument, as far as Python knows."""
    return takes(value, 1)


def takes(value: Any, n: int) -> bool:
    """Whether something can be called with n arguments by position, as far as Python knows."""
    if not callable(value):
        return False
    try:
        check_takes(value, n, "", "")
    except TypeError:
        return False
    return True


def baseline(name: str, value: Any) -> NDArray[Any]:
    """Numbers that a baseline is made of; a TypeError where something is neither that nor any other baseline."""
    argument = name if name.startswith("baselines") else f"baselines for {name}"
    array = None
    with contextlib.suppress(UnreadableError):
        array = as_array(value, argument)
    if array is None or is_text(array):
        found = sentences.received(value)
        raise TypeError(f"{argument} must be None, numbers, a callable or one of kerasig.baselines. {found}.")
    return array


def check_seed(seed: Any) -> None:
    """Raises TypeError or ValueError unless `seed` is one that gives the same numbers each time."""
    if not is_whole(seed):
        raise TypeError(f"seed must be an int. {sentences.received(seed)}.")
    if seed < 0:
        raise ValueError(f"seed must not be negative. Received seed={shown(seed)}.")


def check_takes(function: Callable[..., Any], n: int, name: str, of: str) -> None:
    """Raises TypeError where a function cannot be called with n arguments by position.

    Args:
        function: any callable; one whose signature Python cannot tell is let pass.
        n: how many arguments it will be given.
        name: of the argument that it is, for messages.
        of: the arguments that it will be given, in words.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*[None] * n)
    except TypeError:
        shown = getattr(function, "__name__", type(function).__name__)
        raise TypeError(f"{name} must be a function of {of}. Received {shown}{signature!s:.80}.") from None

"""Nests of leaves: what models take and give when one array is not enough.

A dict (any mapping), tuple, named tuple or list is a nest; everything else is a leaf, None included. Leaves come in
the order of `tf.nest`: dict keys sorted, sequences in place. Nothing here needs TensorFlow.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

# Deeper ones are taken for nests that hold themselves.
_DEEPEST = 100


def is_nest(value: Any) -> bool:
    """Whether `value` has leaves of its own: a mapping, tuple or list."""
    return isinstance(value, (Mapping, tuple, list))


def flatten(nest: Any) -> list[Any]:
    """The leaves of `nest`, in `tf.nest` order; a lone leaf gives a list of one."""
    return [leaf for _, leaf in _walk(nest, ())]


def names(nest: Any, lone: str = "inputs", *, fields: bool = False) -> list[str]:
    """One readable name per leaf, in the order of `flatten`: "image", "0", "a/0"; `lone` if the nest is one leaf.

    Args:
        nest: Whose leaves they are.
        lone: The name of a leaf that is no nest.
        fields: Whether items of a named tuple are called by their fields, not by their places.
    """
    return ["/".join(map(str, path)) if path else lone for path, _ in _walk(nest, (), fields)]


def labels(nest: Any, argument: str) -> list[str]:
    """Names of an argument's leaves in a message, in the order of `flatten`: "inputs", or "inputs ids"."""
    return [f"{argument} {name}" if is_nest(nest) else name for name in names(nest, lone=argument)]


def empty_parts(nest: Any, argument: str) -> list[str]:
    """The dicts, tuples and lists of an argument that hold nothing, named as `labels` names leaves."""
    return [f"{argument} {'/'.join(map(str, path))}".rstrip() for path in _empty(nest, ())]


def pack(nest_like: Any, leaves: Sequence[Any]) -> Any:
    """`leaves` in the structure of `nest_like`, the inverse of `flatten`.

    Mappings come back as dicts in their own key order, named tuples as themselves.

    Raises:
        ValueError: The number of leaves is not that of `nest_like`.
    """
    expected = len(flatten(nest_like))
    if len(leaves) != expected:
        raise ValueError(
            f"leaves must be as many as nest_like has. Received {len(leaves)} leaves for {expected} places: "
            f"{describe(nest_like)}. Pass one leaf for each."
        )
    return _fill(nest_like, iter(leaves))


def map_structure(fn: Callable[..., Any], nest: Any, *others: Any, arguments: Sequence[str] = ()) -> Any:
    """`fn` of corresponding leaves, in the structure of `nest`.

    Args:
        fn: Called with one leaf of each nest.
        nest: Gives the structure of the result.
        *others: Nests of the same structure; a tuple may stand for a list of the same length.
        arguments: What the nests are called in an error message, e.g. `("inputs", "baselines")`.

    Raises:
        ValueError: The structures differ.
    """
    for i, other in enumerate(others, start=1):
        labels = [arguments[k] if k < len(arguments) else f"nests[{k}]" for k in (0, i)]
        check_same(nest, other, arguments=(labels[0], labels[1]))
    return pack(nest, [fn(*row) for row in zip(*map(flatten, (nest, *others)), strict=True)])


def check_same(nest: Any, other: Any, arguments: tuple[str, str] = ("nest", "other")) -> None:
    """Raises ValueError unless both nests have the same structure; `arguments` are their names in the message."""
    if _same(nest, other):
        return
    first, second = arguments
    raise ValueError(
        f"{second} must have the structure of {first}. Received {second}={describe(other)}, {first}={describe(nest)}. "
        f"Pass {second} as {describe(nest)}."
    )


def describe(nest: Any) -> str:
    """The structure of `nest` on one line, every leaf an asterisk: `{'ids': *, 'image': (*, *)}`."""
    names(nest)  # Refuses what has no end.
    return _described(nest)


def _described(nest: Any) -> str:
    if isinstance(nest, Mapping):
        return "{" + ", ".join(f"{key!r}: {_described(nest[key])}" for key in _keys(nest)) + "}"
    if isinstance(nest, list):
        return "[" + ", ".join(map(_described, nest)) + "]"
    if isinstance(nest, tuple):
        return "(" + ", ".join(map(_described, nest)) + ("," if len(nest) == 1 else "") + ")"
    return "*"


def _keys(nest: Mapping[Any, Any]) -> list[Any]:
    try:
        return sorted(nest)
    except TypeError:
        raise ValueError(
            f"The keys of a dict in a nest, such as inputs, must be sortable. Received {list(nest)}. "
            "Pass keys that are all strings."
        ) from None


def _walk(nest: Any, path: tuple[Any, ...], fields: bool = False) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if len(path) > _DEEPEST:
        raise ValueError(f"A nest must not be deeper than {_DEEPEST}. Received one that may hold itself. Pass arrays.")
    if isinstance(nest, Mapping):
        for key in _keys(nest):
            yield from _walk(nest[key], (*path, key), fields)
    elif isinstance(nest, (tuple, list)):
        called = getattr(nest, "_fields", ()) if fields else ()
        for i, item in enumerate(nest):
            yield from _walk(item, (*path, called[i] if called else i), fields)
    else:
        yield path, nest


def _empty(nest: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if is_nest(nest) and not len(nest):
        yield path
    elif is_nest(nest):
        keys = _keys(nest) if isinstance(nest, Mapping) else range(len(nest))
        for key in keys:
            yield from _empty(nest[key], (*path, key))


def _fill(nest: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(nest, Mapping):
        filled = {key: _fill(nest[key], leaves) for key in _keys(nest)}
        return {key: filled[key] for key in nest}
    if isinstance(nest, tuple):
        items = [_fill(item, leaves) for item in nest]
        return type(nest)(*items) if hasattr(nest, "_fields") else tuple(items)
    if isinstance(nest, list):
        return [_fill(item, leaves) for item in nest]
    return next(leaves)


def _same(nest: Any, other: Any) -> bool:
    if isinstance(nest, Mapping):
        return isinstance(other, Mapping) and set(nest) == set(other) and all(_same(nest[k], other[k]) for k in nest)
    if isinstance(nest, (tuple, list)):
        return isinstance(other, (tuple, list)) and len(nest) == len(other) and all(map(_same, nest, other))
    return not is_nest(other)

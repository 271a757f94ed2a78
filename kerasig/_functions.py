"""The values that a function of Python's reads besides its arguments."""

from __future__ import annotations

import functools
import sys
from types import CodeType, FunctionType, ModuleType
from typing import Any


def values_read(function: FunctionType) -> dict[str, Any]:
    """Those values by their names: what it closes over and globals; defaults are called "=" and "*="."""
    read: dict[str, Any] = {"=": function.__defaults__, "*=": function.__kwdefaults__}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            read[name] = cell.cell_contents
        except ValueError:  # Not assigned yet.
            continue
    for name in sorted(names_in(function.__code__) & function.__globals__.keys()):
        read.setdefault(name, function.__globals__[name])
    return read


@functools.lru_cache(maxsize=4096)
def names_in(code: CodeType) -> frozenset[str]:
    """Names of globals and attributes in a function, and in those that are written inside it."""
    inner = [names_in(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    # `getattr(options, "scale")` names an attribute by a text.
    texts = [text for text in code.co_consts if isinstance(text, str) and text.isidentifier()]
    return frozenset(code.co_names).union(*inner, texts if "getattr" in code.co_names else [])


def is_of_library(owner: Any) -> bool:
    """Whether a function, class or module came with an installed package: it means the same while it is the same."""
    module = owner.__name__ if isinstance(owner, ModuleType) else getattr(owner, "__module__", None)
    return _is_installed((module or "builtins").partition(".")[0])


@functools.lru_cache(maxsize=1024)
def _is_installed(package: str) -> bool:
    if package == "__main__":  # Whatever runs it: `python -m` of an installed package, too.
        return False
    place = getattr(sys.modules.get(package), "__file__", None) or ""
    return package in sys.stdlib_module_names or package == "kerasig" or "-packages" in place

"""Which of the two libraries something comes from, or is there."""

from __future__ import annotations

import importlib
from typing import Any, cast

from kerasig._models.losses import Library


def library_of(instance: Any) -> Library:
    """The library that a model, layer or loss comes from; "callable" when it is neither's."""
    for base in type(instance).__mro__:
        if base.__name__ in ("Layer", "Loss"):
            match base.__module__.partition(".")[0]:
                case "keras":
                    return "keras"
                case "tf_keras":
                    return "tf_keras"
    return "callable"


def callback_base() -> type[Any]:
    """The class that callbacks of the installed library derive from; either library's `fit` takes Keras 3's."""
    for library in ("keras", "tf_keras"):
        try:
            return cast("type[Any]", importlib.import_module(library).callbacks.Callback)
        except ImportError:
            continue
    return object

"""The model of a pipeline: from a path that every worker reads, or from a function that makes it there."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable
from typing import Any

from kerasig import _arguments as arguments
from kerasig import _sentences as sentences


class ModelNotLoadedError(RuntimeError):
    """A worker cannot load the model; says which worker, what was asked for, and why."""


def checked_model(model: Any) -> str | Callable[[], Any]:
    """A path, or a function without arguments.

    Raises:
        TypeError: it is something else, such as a model.
    """
    if isinstance(model, str | os.PathLike):
        path = os.fspath(model)
        if isinstance(path, str) and path:
            return path
    elif hasattr(model, "predict") or hasattr(model, "trainable_variables"):
        raise TypeError(
            f"model must be a path or a function that returns a model: each worker loads its own. "
            f"Received {sentences.shown(model)}, a model. Pass the path that model.save(path) wrote it to."
        )
    elif arguments.takes(model, 0):
        function: Callable[[], Any] = model
        return function
    raise TypeError(
        "model must be the path of a saved Keras model, or a function without arguments that returns a model. "
        f"{sentences.received(model)}."
    )


def loaded(model: str | Callable[[], Any]) -> Any:
    """The model, on this machine.

    Raises:
        ModelNotLoadedError: it cannot be loaded; says where and why.
    """
    try:
        found = _read(model) if isinstance(model, str) else model()
    except Exception as error:
        raise _not_loaded(model, f"{type(error).__name__}: {sentences.sentence(error)}") from error
    if not callable(found):
        raise _not_loaded(model, f"it gives {sentences.shown(found)}, which is no model")
    return found


def _not_loaded(model: Any, reason: str) -> ModelNotLoadedError:
    remedy = (
        "Pass a path that every worker reads, such as gs://bucket/model.keras, or a function that makes the model, "
        "where it has parts that Keras does not know."
        if isinstance(model, str)
        else "Try the function by itself on a machine with the workers' packages."
    )
    what = repr(model) if isinstance(model, str) else f"the function {getattr(model, '__name__', type(model).__name__)}"
    return ModelNotLoadedError(
        f"The worker on {socket.gethostname()} cannot load the model from {what}: {reason.rstrip('.')}. {remedy}"
    )


def _read(path: str) -> Any:
    import keras
    from apache_beam.io.filesystem import CompressionTypes
    from apache_beam.io.filesystems import FileSystems

    # Keras reads files of this machine; Beam reads those of a bucket.
    if FileSystems.get_scheme(path) is None or os.path.isdir(path):
        return keras.saving.load_model(path)
    with tempfile.TemporaryDirectory() as folder:
        copied = os.path.join(folder, os.path.basename(path.rstrip("/")))
        with (
            FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED) as source,
            open(copied, "wb") as file,
        ):
            while data := source.read(1 << 20):
                file.write(data)
        return keras.saving.load_model(copied)

"""The saved model and the data that a command line names."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

_ARRAYS = (("x", "y"), ("inputs", "labels"), ("x_test", "y_test"), ("x_train", "y_train"))


def loaded(name: str) -> Any:
    """The model that was saved there, or that a function returns."""
    if ":" in name and not os.path.exists(name):
        from kerasig._datasets.files import parser_named

        return parser_named(name)()  # type: ignore[call-arg]
    if not os.path.exists(name):
        raise FileNotFoundError(f"MODEL must be a saved Keras model. Received {name!r}, which does not exist.")
    errors = []
    for library in ("keras", "tf_keras"):
        with contextlib.suppress(ImportError):
            module = __import__(library)
            try:
                return module.saving.load_model(name) if library == "keras" else module.models.load_model(name)
            except Exception as error:  # Whatever a library makes of another one's file.
                errors.append(f"{library}: {' '.join(str(error).split())[:160]}")
    raise ValueError(f"MODEL must be a saved Keras model. {name!r} cannot be loaded ({'; '.join(errors)}).")


def rows_of(options: argparse.Namespace, model: Any) -> tuple[Any, dict[str, Any]]:
    """The data set, and what else is known of it."""
    from kerasig._datasets.files import IMAGES, TABLES, FileRows, image_rows, parser_named, table_rows

    path = Path(options.data)
    if options.parser is not None:
        parser: Callable[[Any], Any] = parser_named(options.parser)
        return path, {"parser": parser}
    if path.suffix in (".npz", ".npy"):
        return _arrays(path), {}
    found: FileRows
    if path.suffix in TABLES:
        columns = None if options.columns is None else [name.strip() for name in options.columns.split(",")]
        found = table_rows(path, _named_inputs(model), options.label, options.key, columns)
    elif path.is_dir() and not any(path.glob("*.tfrecord*")):
        found = image_rows(path, _input_shape(model), options.scale)
    else:
        kinds = f"a folder of images ({', '.join(IMAGES)}), a table, arrays, or TFRecords with --parser"
        raise ValueError(f"DATA must be {kinds}. Received {options.data!r}.")
    known = {"class_names": found.class_names, "feature_names": found.feature_names}
    return found.source, {name: value for name, value in known.items() if value is not None}


def _arrays(path: Path) -> Any:
    import numpy as np

    loaded = np.load(path, allow_pickle=False)
    if isinstance(loaded, np.ndarray):
        return loaded
    for inputs, labels in _ARRAYS:
        if inputs in loaded:
            return (loaded[inputs], loaded[labels]) if labels in loaded else loaded[inputs]
    if len(loaded.files) == 1:
        return loaded[loaded.files[0]]
    raise ValueError(f"DATA must have the arrays x and y, or inputs and labels. Received {', '.join(loaded.files)}.")


def _named_inputs(model: Any) -> dict[str, int] | None:
    """The names of the model's inputs, and how many axes each has, where it takes several by name."""
    inputs = getattr(model, "inputs", None)
    if not isinstance(inputs, list) or len(inputs) < 2:
        return None
    return {tensor.name: len(tensor.shape) for tensor in inputs}


def _input_shape(model: Any) -> tuple[int | None, ...]:
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or isinstance(shape[0], tuple):
        raise ValueError("MODEL must take one array for a folder of images. Received one that takes several, or any.")
    return tuple(shape[1:])

"""The saved model and the data that a command line names."""

from __future__ import annotations

import argparse
import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasig import _arguments as arguments

# Options of some data alone, and which.
_OF_DATA = {"label": "tables", "key": "tables", "columns": "tables", "scale": "images"}
_ARRAYS = (("x", "y"), ("inputs", "labels"), ("x_test", "y_test"), ("x_train", "y_train"))


def loaded(name: str) -> Any:
    """The model that was saved there, or that a function returns."""
    if ":" in name and not os.path.exists(name):
        from kerasig._datasets.files import function_named

        return function_named(name, "MODEL")()
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


@dataclass(frozen=True)
class Takes:
    """The inputs that a model takes, without the model: so that whoever reads rows need not load it.

    Args:
        named: the names of its inputs, and how many axes each has, where it takes several by name; else None.
        shape: of its one input, without the rows; None where it takes several, or any.
    """

    named: dict[str, int] | None
    shape: tuple[int | None, ...] | None

    @classmethod
    def of(cls, model: Any) -> Takes:
        """Those of a model."""
        return cls(_named_inputs(model), _input_shape(model))


def rows_of(options: argparse.Namespace, takes: Takes) -> tuple[Any, dict[str, Any]]:
    """The data set, and what else is known of it.

    Raises:
        ValueError: it is none, or an option is of other data than these.
    """
    from kerasig._datasets.files import IMAGES, TABLES, FileRows, function_named, image_rows, table_rows

    path = Path(options.data)
    if options.parser is not None:
        _check_read(options, "TFRecords")
        return path, {"parser": function_named(options.parser, "--parser")}
    if path.suffix in (".npz", ".npy"):
        _check_read(options, "arrays")
        return _arrays(path), {}
    found: FileRows
    if path.suffix in TABLES:
        _check_read(options, "tables")
        columns = None if options.columns is None else [name.strip() for name in options.columns.split(",")]
        found = table_rows(path, takes.named, options.label, options.key, columns)
    elif path.is_dir() and not any(path.glob("*.tfrecord*")):
        _check_read(options, "images")
        if takes.shape is None:
            raise ValueError(
                "MODEL must take one array for a folder of images. Received one that takes several, or any."
            )
        scale = 1.0 if options.scale is None else arguments.number("--scale", options.scale, 0, above=True)
        found = image_rows(path, takes.shape, scale)
    else:
        kinds = f"a folder of images ({', '.join(IMAGES)}), a table, arrays, or TFRecords with --parser"
        raise ValueError(f"DATA must be {kinds}. Received {options.data!r}.")
    # Of a table's columns; what a layer returns is something else.
    known = {"class_names": found.class_names, "feature_names": None if options.layer else found.feature_names}
    return found.source, {name: value for name, value in known.items() if value is not None}


def _check_read(options: argparse.Namespace, kind: str) -> None:
    """Raises ValueError where an option was given that data of this kind have no use for."""
    for name, of in _OF_DATA.items():
        given = getattr(options, name)
        if of != kind and given is not None:
            raise ValueError(
                f"--{name} is for {of}. Received --{name} {given} with {kind}, {options.data!r}. Leave it out, and "
                "make the data what the model takes."
            )


def _arrays(path: Path) -> Any:
    import numpy as np

    try:
        loaded = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(
            f"DATA must be arrays of numbers or texts, as np.save and np.savez write them. {str(path)!r} is something "
            f"else, or damaged ({type(error).__name__})."
        ) from error
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


def _input_shape(model: Any) -> tuple[int | None, ...] | None:
    shape = getattr(model, "input_shape", None)
    return None if not isinstance(shape, tuple) or isinstance(shape[0], tuple) else tuple(shape[1:])

"""From whatever is passed as a model to one common face; what is no model is told with its remedy."""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
from collections.abc import Mapping
from typing import Any

from kerasig._arguments import check_takes
from kerasig._models.adapted import AdaptedModel
from kerasig._models.library import library_of
from kerasig._sentences import shown

# Methods of a model that take and give arrays.
_OF_ARRAYS = {"predict", "predict_on_batch", "evaluate", "fit", "test_on_batch", "train_on_batch"}


def adapt(model: Any) -> AdaptedModel:
    """Gives a model of either library, or a callable of the inputs, one common face.

    Args:
        model: a Keras 3 model or layer on the TensorFlow backend, one of tf_keras, or any callable of the inputs.

    Raises:
        TypeError: the model cannot be called, or is a class.
        ValueError: Keras 3 runs on another backend than TensorFlow.
    """
    if inspect.isclass(model):
        raise TypeError(f"model must be a model, not a class. Received: {model.__name__}. Pass an instance of it.")
    if not callable(model):
        raise TypeError(
            f"model must be a Keras model or a callable of the inputs. Received: {shown(model, 160)} of type "
            f"{type(model).__name__}.{_endpoints(model)}"
        )
    library = library_of(model)
    if inspect.ismethod(model) and library_of(model.__self__) != "callable" and model.__name__ in _OF_ARRAYS:
        raise TypeError(
            f"model must be the model itself. Received its method {model.__name__}, which gives arrays that no "
            "gradient passes. Pass the model."
        )
    if library == "keras" and (backend := sys.modules["keras"].config.backend()) != "tensorflow":
        raise ValueError(
            f"kerasig explains Keras 3 models on TensorFlow. Received: a model on the {backend!r} backend. "
            "Set the environment variable KERAS_BACKEND=tensorflow before importing keras."
        )
    return AdaptedModel(model, library)


def check_callable(model: Any) -> None:
    """Raises TypeError where a model takes more than its inputs, so that it cannot be explained as it is."""
    if library_of(model) == "callable":
        check_takes(model, 1, "model", "its inputs alone")
        return
    try:
        signature = inspect.signature(model.call)
    except (AttributeError, TypeError, ValueError):  # It has none that can be read, and may take anything.
        return
    for options in ({}, {"training": False}):
        with contextlib.suppress(TypeError):
            signature.bind(None, **options)
            return
    raise TypeError(
        f"model must be called with its inputs alone. Received {type(model).__name__}, whose call takes "
        f"{signature!s:.80}. Pass a function of the inputs, such as lambda x: model(x['first'], x['second'])."
    )


def _endpoints(model: Any) -> str:
    """The remedy for who passes a saved model that was loaded without Keras, the path of one, or inputs."""
    if isinstance(model, str | os.PathLike):
        return " Pass keras.models.load_model(...) of a path."
    if isinstance(model, Mapping | list | tuple) or hasattr(model, "__array__"):
        return " Pass the model first, then its inputs."
    signatures = getattr(model, "signatures", None)
    if not isinstance(signatures, Mapping):
        return ""
    functions = ["serve"] if callable(getattr(model, "serve", None)) else []
    functions += [f"signatures[{name!r}]" for name in signatures]
    return f" Pass one of its functions: {', '.join(functions) or 'it has none'}."

"""A loss per example, as Keras 3 or tf_keras computes it before the reduction over the batch."""

from __future__ import annotations

import contextlib
import importlib
import inspect
from collections.abc import Callable
from typing import Any, Literal, cast

import tensorflow as tf

from kerasig._sentences import shown

Library = Literal["keras", "tf_keras", "callable"]
# What outputs are, and whether they are logits.
Family = tuple[Literal["categorical", "binary", "other"], bool]


def unreduced_loss(loss: Any, library: Library) -> Callable[[Any, Any], tf.Tensor]:
    """Looks a loss up and takes its reduction off.

    Args:
        loss: a loss's name, a loss object, or a function of (y_true, y_pred).
        library: whose names and conventions count; under "callable" a function is taken as it is, and a name
            means that loss in whichever library is installed.

    Returns:
        A function of (y_true, y_pred) that gives one loss per example, or per position of each example.

    Raises:
        TypeError: loss is none of those.
        ValueError: the library knows no loss of that name.
    """
    if inspect.isclass(loss) or not (isinstance(loss, str) or callable(loss)):
        raise TypeError(
            "loss must be a name, a Keras loss object or a function of (y_true, y_pred). "
            f"Received: {shown(loss)}. Pass for example 'mse' or keras.losses.MeanSquaredError()."
        )
    if library == "callable":
        if not isinstance(loss, str):
            return cast(Callable[[Any, Any], tf.Tensor], loss)
        library = _installed_library()
    return _UnreducedLoss(loss, library)


class _UnreducedLoss:
    """A loss of one library, with the conversions that the library makes before it and without what comes after."""

    def __init__(self, loss: Any, library: Library):
        self._library = library
        self._losses = importlib.import_module(library).losses
        # This name stands for three losses; the labels' shape decides.
        by_shape = isinstance(loss, str) and loss.lower() in ("crossentropy", "ce")
        self._loss = None if by_shape else self._as_object(loss)

    def __call__(self, y_true: Any, y_pred: Any) -> tf.Tensor:
        mask = getattr(y_pred, "_keras_mask", None)
        y_true, y_pred = tf.convert_to_tensor(y_true), tf.convert_to_tensor(y_pred)
        loss: Any = self._loss or self._as_object(_crossentropy_name(y_true, y_pred))
        if y_pred.dtype.is_floating and y_pred.dtype.size < 4:  # Mixed precision: a loss needs more digits.
            y_pred = tf.cast(y_pred, tf.float32)
        if self._library == "keras":
            y_true, y_pred = tf.cast(y_true, loss.dtype), tf.cast(y_pred, loss.dtype)
        else:
            if y_true.shape.rank == 1 and y_pred.shape.rank == 2:
                y_true = y_true[:, tf.newaxis]
            if y_true.dtype.is_floating and y_pred.dtype.is_floating:
                y_true = tf.cast(y_true, y_pred.dtype)
        losses = loss.call(y_true, y_pred)
        if mask is not None and mask.shape.rank <= losses.shape.rank:
            trailing = [1] * (losses.shape.rank - mask.shape.rank)
            losses = tf.where(tf.reshape(mask, tf.concat([tf.shape(mask), trailing], 0)), losses, 0)
        return losses

    def _as_object(self, loss: Any) -> Any:
        if isinstance(loss, str):
            name = loss
            try:
                loss = self._losses.get(name)
            except (ValueError, TypeError):
                raise ValueError(
                    f"loss must be the name of one of {self._library}'s losses. Received {shown(name)}."
                ) from None
        if isinstance(loss, self._losses.Loss):
            return loss
        # The class in which both libraries wrap functions when they compile, public in neither. It brings
        # y_true and y_pred to one rank.
        wrapper = self._losses.MeanSquaredError.__base__
        return wrapper(loss, name=getattr(loss, "__name__", "loss"))


def _crossentropy_name(y_true: tf.Tensor, y_pred: tf.Tensor) -> str:
    if y_pred.shape[-1] == 1:
        return "binary_crossentropy"
    if y_true.shape.rank < y_pred.shape.rank or y_true.shape[-1] == 1:
        return "sparse_categorical_crossentropy"
    return "categorical_crossentropy"


def _installed_library() -> Library:
    """The library to take a loss from for a model that belongs to none."""
    with contextlib.suppress(ImportError):
        if importlib.import_module("keras").config.backend() == "tensorflow":
            return "keras"
    with contextlib.suppress(ImportError):
        importlib.import_module("tf_keras")
        return "tf_keras"
    raise ValueError("A loss's name needs Keras. Install keras or tf-keras, or pass a function of (y_true, y_pred).")


def loss_name(loss: Any) -> str:
    """A loss's name in small letters without underscores, whether it is a string, an object or a function."""
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    return str(name).replace("_", "").lower()


def loss_family(loss: Any) -> Family:
    """The reading of outputs by a loss: probabilities over classes, of each class by itself, or something else.

    Args:
        loss: a loss's name, a loss object, or a function.

    Returns:
        The family, and whether the outputs are logits.
    """
    name = loss_name(loss)
    logits = bool(getattr(loss, "from_logits", getattr(loss, "_fn_kwargs", {}).get("from_logits", False)))
    if name.startswith(("categorical", "sparsecategorical")):
        return "categorical", logits
    return ("binary" if name.startswith("binary") else "other", logits)


# As `loss_name` has them, short and long, of classes and functions of both libraries.
_REGRESSIONS = frozenset(
    [
        *("mse", "mae", "mape", "msle", "huber", "huberloss", "logcosh", "poisson"),
        *("meansquarederror", "meanabsoluteerror", "meanabsolutepercentageerror", "meansquaredlogarithmicerror"),
    ]
)


def is_regression(loss: Any) -> bool:
    """Whether a loss is one of those that numbers are predicted with, of the libraries' own."""
    return loss is not None and loss_name(loss) in _REGRESSIONS


def compiled_loss(model: Any) -> tuple[Any, Any]:
    """The loss that a model was compiled with, as the user gave it, and its weights; None where there is none."""
    holder = getattr(model, "_compile_loss", None) or getattr(model, "compiled_loss", None)
    return getattr(model, "loss", None) or None, getattr(holder, "_user_loss_weights", None)

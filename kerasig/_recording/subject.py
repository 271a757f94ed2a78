"""The subject of a training's records: the model that is explained, where another one that holds it is trained."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Hashable
from typing import Any

from kerasig._arguments import shown
from kerasig._models import (
    adapt,
    identity,
    library_of,
    models_inside,
    random_states_kept,
    shared_weights,
    shares_weights,
)


class Subject:
    """The model that is explained of the one that is trained.

    Args:
        given: None for the trained model itself, a Keras model or layer, or a function of the trained model that
            returns a model or a callable of the inputs.

    Raises:
        TypeError: given is none of those.
    """

    def __init__(self, given: Any) -> None:
        if given is not None and not callable(given):
            raise TypeError(
                "model must be None, a Keras model, or a function of the trained model. "
                f"Received model={shown(given)}. "
                "Pass such as gan.discriminator, or lambda trained: trained.discriminator."
            )
        self.is_given = given is not None
        of_model = inspect.ismethod(given) and library_of(given.__self__) != "callable"
        # A model's own method takes inputs.
        self.is_function = self.is_given and not of_model and library_of(given) == "callable"
        if self.is_given:
            adapt(given)
        self._given = given
        # The function's answer, for which model it was given, which of its weights were that one's, and whether the
        # function makes another one each time.
        self._found: Any = None
        self._of: Hashable = None
        self._shared: frozenset[int] = frozenset()
        self._makes = False

    def of(self, trained: Any) -> Any:
        """The model that is explained, as it is by now.

        A function is asked each time, for a training may put another part in the place of the one before; one that
        makes what it returns, once for each trained model, unless that has lost a weight of the part.

        Raises:
            ValueError: the function fails.
            TypeError: it returns no model.
        """
        if not self.is_function:
            return self._given if self.is_given else trained
        of = identity(trained)
        if of != self._of or not self._shared <= shared_weights(self._found, trained):
            self._found, self._of = self._asked(trained), of
            self._shared = shared_weights(self._found, trained)
            self._makes = not _same(self._asked(trained), self._found)
        elif not self._makes and not _same(found := self._asked(trained), self._found):
            self._found, self._shared = found, shared_weights(found, trained)
        return self._found

    def judge(self, explained: Any, trained: Any, warn: Callable[[str, str], None]) -> None:
        """Warns where the explained model is none of the training's."""
        if self.is_given and shares_weights(explained, trained) is False:
            warn(
                "model apart",
                f"The model that is explained shares no weight with the one that is trained, {_name(trained)}. Pass a "
                "function of the trained model, such as lambda trained: trained.encoder, if it is one of its parts.",
            )

    def _asked(self, trained: Any) -> Any:
        try:
            with random_states_kept():
                found = self._given(trained)
        except Exception as error:
            raise ValueError(
                f"model is called with the trained model, {_name(trained)}, and must return the model to explain. "
                f"Received {type(error).__name__}: {error}. " + how_to_pass(trained)
            ) from error
        if not callable(found) or isinstance(found, type):
            raise TypeError(
                f"model must return a model, or a callable of the inputs, for the trained model, {_name(trained)}. "
                f"Received {shown(found)}. " + how_to_pass(trained)
            )
        adapt(found)
        return found


def how_to_pass(trained: Any) -> str:
    """The remedy: a `model` to pass, in words that fit the trained model."""
    inside = models_inside(trained)
    if not inside:
        return "Pass model=lambda trained: ... that returns a model it holds."
    others = f" (it holds {', '.join(inside)})" if len(inside) > 1 else ""
    return f"Pass model=lambda trained: trained.{inside[0]}{others}."


def _same(found: Any, before: Any) -> bool:
    """Whether two answers are one part: methods and partial functions are made anew whenever they are asked for."""
    if isinstance(found, functools.partial) and isinstance(before, functools.partial):
        parts = ([each.func, *each.args, *each.keywords.values()] for each in (found, before))
        pairs = list(itertools.zip_longest(*parts))
        return list(found.keywords) == list(before.keywords) and all(_same(*pair) for pair in pairs)
    return found is before or identity(found) == identity(before)


def _name(trained: Any) -> str:
    return f"{type(trained).__name__} {getattr(trained, 'name', '')!r}"

"""A model called while it is traced, its own errors told from ours."""

from __future__ import annotations

import re
from typing import Any

from kerasig._engine.lookups import IndexOutsideError, outside
from kerasig._explaining.inputs import ModelInputs
from kerasig._explaining.made_variables import made_variables
from kerasig._models import AdaptedModel
from kerasig._models.refusals import Given, called_by_name, check_outputs, refusal

# Of a function that a SavedModel was restored with, in the list of those there are.
_SPEC = re.compile(r"TensorSpec\(shape=\((\d+),")


class ModelError(Exception):
    """The model's own code failed while it was traced.

    Args:
        cause: the error to raise for it.
    """

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


def called(model: AdaptedModel, inputs: Any, given: Given) -> Any:
    """The model's outputs; traced.

    Raises:
        ModelError: the model's own code fails.
        IndexOutsideError: it looks up a constant that lies outside.
        ValueError: it makes a variable, or the outputs are none that can be explained.
    """
    try:
        with made_variables() as made:
            outputs = model(inputs)
    except Exception as error:
        if (said := made.said("model", called_by_name(model.model))) is not None:
            raise ValueError(said) from error
        if (place := outside(error)) is not None:
            raise IndexOutsideError(None, *place) from error
        raise ModelError(refusal(error, model, given, inputs)) from error
    check_outputs(outputs, model)
    return outputs


def given(read: ModelInputs) -> Given:
    """The inputs as a message describes them, without their arrays."""
    names, leaves = zip(*read.named, strict=True)
    return Given(names, [leaf.shape for leaf in leaves], [dtype.name for dtype in read.dtypes])


def rows_named(error: BaseException) -> int | None:
    """The rows that a restored function takes, by TensorFlow's error for a call with others; None where it has none."""
    found = {int(rows) for rows in _SPEC.findall(str(error))}
    return found.pop() if len(found) == 1 else None

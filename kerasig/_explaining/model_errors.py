"""A model called while it is traced, its own errors told from ours."""

from __future__ import annotations

from typing import Any

from kerasig._engine.lookups import IndexOutsideError, outside
from kerasig._explaining.inputs import ModelInputs
from kerasig._models import AdaptedModel
from kerasig._models.refusals import Given, check_outputs, refusal


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
        ValueError: the outputs are none that can be explained.
    """
    try:
        outputs = model(inputs)
    except Exception as error:
        if (said := outside(error)) is not None:
            raise IndexOutsideError(None, *said) from error
        raise ModelError(refusal(error, model, given, inputs)) from error
    check_outputs(outputs, model)
    return outputs


def given(read: ModelInputs) -> Given:
    """The inputs as a message describes them, without their arrays."""
    names, leaves = zip(*read.named, strict=True)
    return Given(names, [leaf.shape for leaf in leaves], [dtype.name for dtype in read.dtypes])

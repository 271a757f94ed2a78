"""Attributions for the metrics of TensorFlow Model Analysis: docs/guides/scale.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from kerasig._types import Array, Inputs, Layer, Names
from kerasig.baselines import Baselines
from kerasig.coordinates import Coordinates
from kerasig.steps import Steps
from kerasig.targets import Target

if TYPE_CHECKING:
    from tensorflow_model_analysis.extractors.extractor import Extractor

__all__ = ["AttributionsExtractor"]


def __dir__() -> list[str]:
    return __all__


def AttributionsExtractor(
    model: str | Callable[[], Any],
    target: Target | None = None,
    *,
    inputs: str | list[str] | Callable[[Mapping[str, Array]], Inputs] | None = None,
    feature_names: Names | None = None,
    model_name: str | None = None,
    output_name: str | None = None,
    layer: Layer | None = None,
    baselines: Baselines | None = None,
    coordinates: Coordinates | Mapping[str, Coordinates | None] | None = None,
    steps: Steps | None = None,
    batch_size: int | None = None,
    jit_compile: bool | None = None,
) -> Extractor:
    """An extractor that puts attributions among the extracts, where TFMA's attribution metrics look for them.

    Insert it into `tfma.default_extractors(...)` before the last two, which take batches apart and find slices:
    `extractors.insert(-2, AttributionsExtractor(...))`. `extracts["attributions"]` then has an array for each feature,
    and `extracts["attribution_errors"]` delta, residual, `map_error` and status of each example. An example that cannot
    be explained ends the evaluation with the reason.

    Args:
        model: see `kerasig.beam.AttributionHandler`.
        target: see `kerasig.explain_dataset`; "label" reads the extracts' labels.
        inputs: the features that the model takes: the name of one, names of several, or a function of all that gives
            the inputs. None is those that a Keras model's inputs are called.
        feature_names: what the columns of a single input are called: each is a feature then.
        model_name: of the model in the evaluation's config, where that has several.
        output_name: of the output in it, where the model has several.
        layer: see `kerasig.beam.AttributionHandler`, as all that follow.
        baselines: see there.
        coordinates: see there.
        steps: see there.
        batch_size: see there.
        jit_compile: see there.

    Returns:
        A `tfma.extractors.Extractor`.

    Raises:
        ImportError: TensorFlow Model Analysis is not installed.
        ValueError: an argument does not fit.
        TypeError: an argument of no meaning.

    Example:
        >>> add = kerasig.tfma.AttributionsExtractor  # extractors.insert(-2, add("model.keras"))
    """
    try:
        from tensorflow_model_analysis.extractors.extractor import Extractor
    except ImportError as error:
        raise ImportError(
            "kerasig.tfma needs TensorFlow Model Analysis. Run: pip install tensorflow-model-analysis"
        ) from error
    from kerasig._beam.extraction import extraction

    settings = {
        "layer": layer,
        "coordinates": coordinates,
        "steps": steps,
        "batch_size": batch_size,
        "jit_compile": jit_compile,
    }
    under = {"model_name": model_name, "output_name": output_name}
    return Extractor(
        "ExtractAttributions", extraction(model, target, baselines, settings, inputs, feature_names, under)
    )

"""Attributions among the extracts of TensorFlow Model Analysis: of each batch, by the names of features."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.utils.shared import Shared
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig import _sentences as sentences
from kerasig._arrays import as_array
from kerasig._beam.explaining import Asked, LoadedModel
from kerasig._beam.handler import asked_of
from kerasig._beam.loading import checked_model, loaded
from kerasig.attribution import Attribution

FEATURES, LABELS, ATTRIBUTIONS, ERRORS = "features", "labels", "attributions", "attribution_errors"
Inputs = str | list[str] | Callable[[Mapping[str, Any]], Any] | None


def extraction(
    model: Any,
    target: Any,
    baselines: Any,
    settings: dict[str, Any],
    inputs: Any,
    feature_names: Any,
    under: Mapping[str, str | None],
) -> beam.ParDo:
    """The step that adds attributions, for such arguments of `kerasig.tfma.AttributionsExtractor`.

    Raises:
        ValueError: an argument does not fit.
        TypeError: an argument of no meaning.
    """
    if not (inputs is None or isinstance(inputs, str)):
        if not callable(inputs):
            inputs = arguments.texts("inputs", inputs, fits="the name of a feature, a list of names, or a function")
        else:
            arguments.function("inputs", inputs, "of the features, by their names")
    names = None if feature_names is None else arguments.texts("feature_names", feature_names)
    keys = [arguments.string(name, key) for name, key in under.items() if key is not None]
    asked = asked_of(target, baselines, **settings)
    return beam.ParDo(Extract(checked_model(model), asked, inputs, names, keys))


class Extract(beam.DoFn):
    """Adds attributions to batches of extracts.

    Args:
        source: of the model, see `loading.loaded`.
        asked: what is explained.
        inputs: the features that are the model's inputs.
        names: what the columns of a lone input are called, or None.
        under: keys that the attributions lie below: of the model and of its output.
    """

    def __init__(self, source: Any, asked: Asked, inputs: Inputs, names: list[str] | None, under: list[str]) -> None:
        self._source, self._asked, self._inputs, self._names, self._under = source, asked, inputs, names, under
        self._shared = Shared()
        self._here = _Here(None, [])

    def setup(self) -> None:
        """Loads the model, once for the threads of a worker."""
        self._here = self._shared.acquire(self._load)

    def _load(self) -> _Here:
        model = loaded(self._source)
        return _Here(LoadedModel(model, self._asked), taken(model))

    def process(self, extracts: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """A batch with the attributions of its examples, and their errors."""
        features = extracts.get(FEATURES)
        if not isinstance(features, Mapping):
            raise ValueError(
                f"extracts must have features. Received the keys {sorted(extracts)}. Put the extractor behind TFMA's "
                "FeaturesExtractor: default_extractors().insert(-2, ...)."
            )
        inputs, name = self._inputs_of(features)
        found = self._here.model.explain_batch(inputs, _labels(extracts.get(LABELS)))
        attributions: dict[str, Any] = by_feature(found, name, self._names)
        errors: dict[str, Any] = {part: getattr(found, part) for part in ("delta", "residual", "map_error", "status")}
        yield extracts | {
            ATTRIBUTIONS: _below(extracts.get(ATTRIBUTIONS), self._under, attributions),
            ERRORS: _below(extracts.get(ERRORS), self._under, errors),
        }

    def _inputs_of(self, features: Mapping[str, Any]) -> tuple[Any, str]:
        """The inputs of the model, and the name of a lone one."""
        if callable(self._inputs):
            return self._inputs(features), "inputs"
        if isinstance(self._inputs, str):
            shape = self._here.takes[0][1] if len(self._here.takes) == 1 else None
            return self._feature(features, self._inputs, shape), self._inputs
        names = self._inputs or [name for name, _ in self._here.takes]
        shapes = dict(self._here.takes)
        if not names:
            raise ValueError("inputs must say which features the model takes: it does not know them. Pass their names.")
        if len(names) == 1 and len(self._here.takes) == 1:
            return self._feature(features, names[0], self._here.takes[0][1]), names[0]
        return {name: self._feature(features, name, shapes.get(name)) for name in names}, "inputs"

    def _feature(self, features: Mapping[str, Any], name: str, shape: Any) -> NDArray[Any]:
        if name not in features:
            raise ValueError(
                f"The model takes {name!r}, and there is no such feature. "
                f"Received {sentences.shown(sorted(features))}. "
                "Pass inputs: the names of features, or a function of them."
            )
        array = as_array(features[name], name)
        fits = shape is not None and None not in shape and array.size == len(array) * int(np.prod(shape, dtype=int))
        return array.reshape(len(array), *shape) if fits else array


@dataclass(frozen=True, eq=False)
class _Here:
    """The model of a worker, and the names and shapes of its inputs."""

    model: Any
    takes: list[tuple[str, Any]]


def taken(model: Any) -> list[tuple[str, Any]]:
    """The names of the inputs of a Keras model and the shapes of an example; none of a function."""
    tensors = getattr(model, "inputs", None)
    names = getattr(model, "input_names", None) or [getattr(tensor, "name", "") for tensor in tensors or ()]
    return [(name, tuple(tensor.shape[1:])) for name, tensor in zip(names, tensors or (), strict=False)]


def by_feature(found: Attribution, lone: str, names: list[str] | None) -> dict[str, NDArray[Any]]:
    """The values of each feature, [N] or [N, size]: as TFMA's metrics add them up."""
    leaves = zip(nest.names(found.values, lone=lone), nest.flatten(found.values), strict=True)
    kept = {name: leaf.reshape(len(leaf), -1) for name, leaf in leaves if leaf is not None}
    if names is not None:
        ((_, values),) = kept.items() if len(kept) == 1 else ((None, np.empty((0, 0))),)
        if values.shape[1] != len(names):
            raise ValueError(
                f"feature_names must be one for each column of a lone input. Received {len(names)} for "
                f"{values.shape[1]} columns. Leave them out, or pass as many."
            )
        kept = dict(zip(names, values.T[:, :, None], strict=True))
    return {name: values[:, 0] if values.shape[1] == 1 else values for name, values in kept.items()}


def _labels(labels: Any) -> Any:
    """The labels as an array, where there is one for each example."""
    if labels is None or isinstance(labels, Mapping):
        return None
    array = as_array(labels, "labels")
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _below(before: Any, keys: list[str], found: dict[str, Any]) -> dict[str, Any]:
    """The results below some keys, beside those that other models have put there."""
    if not keys:
        return found
    kept = dict(before) if isinstance(before, Mapping) else {}
    return kept | {keys[0]: _below(kept.get(keys[0]), keys[1:], found)}

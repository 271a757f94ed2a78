"""A `ModelHandler` that explains the rows of a pipeline."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from apache_beam.metrics import Metrics
from apache_beam.ml.inference.base import ModelHandler, PredictionResult
from apache_beam.transforms.resources import parse_resource_hints

from kerasig import _arguments as arguments
from kerasig import _reprs as reprs
from kerasig import _sentences as sentences
from kerasig._beam.explaining import Asked, LoadedModel
from kerasig._beam.loading import checked_model, loaded
from kerasig._beam.results import Failure, RowAttribution, RowsFailedError, failures_in
from kerasig._beam.rows import size_of
from kerasig._datasets.options import CHUNK_BYTES, MOST_ROWS
from kerasig._explaining.coordinates import checked_coordinates
from kerasig._explaining.options import checked_batch_size, checked_jit_compile
from kerasig._explaining.probe_targets import OfProbes
from kerasig._types import Layer
from kerasig.baselines import Baselines
from kerasig.coordinates import Coordinates
from kerasig.steps import Steps, resolve_steps
from kerasig.targets import Target

_OnError: TypeAlias = Literal["raise", "return"]
# Rows of a streaming pipeline that are explained together where nobody says how many.
STREAMED = 64
NAMESPACE = "kerasig"
# Distributions hold whole numbers.
MILLIONTHS = 1_000_000
_LARGEST_RESIDUAL = 1 << 53


class AttributionHandler(ModelHandler[Any, PredictionResult, LoadedModel]):
    """Explains the rows of a pipeline, for Beam's `RunInference`.

    Elements are rows: an array, a dict or a nest of them without an axis of examples, or `(inputs, label)`. Results are
    `PredictionResult(example, inference, model_id)` whose inference is a `kerasig.beam.RowAttribution`. With keys wrap
    it in Beam's `KeyedModelHandler`.

    Args:
        model: the path of a saved Keras model that every worker reads, or a function without arguments that returns a
            model, which each worker calls once.
        target: see `kerasig.explain`; or "label" for the class of each row's label, "predicted" for the predicted
            class, "auto" for the label's where it is a class and else the predicted one.
        layer: see `kerasig.explain`, by its name.
        baselines: see `kerasig.explain`.
        coordinates: see `kerasig.explain`.
        steps: see `kerasig.explain`.
        batch_size: see `kerasig.explain`: points on paths through the model at once.
        jit_compile: see `kerasig.explain`.
        rows: how many rows are explained together; those at the end of a bundle may be fewer. None is as many as
            `kerasig.explain_dataset` explains at once: 1,024, or fewer of large ones; with `max_wait` it is 64.
        on_error: what becomes of a batch in which a row cannot be explained: "raise" fails the whole batch, which goes
            to the dead letters of `RunInference.with_exception_handling` with each bad row's reason; "return" gives
            a `kerasig.beam.Failure` in place of that row's result, which `kerasig.beam.raise_failed` turns
            into a dead letter of its own.
        share: whether the processes of a machine share one copy of the model, or as many copies as are said; each
            process has its own otherwise. Shared, a machine holds it once and its processes take turns.
        max_wait: seconds that a streaming pipeline waits for a batch to fill; None for as long as its bundle lasts.
        resource_hints: of the step that explains, as Beam's `with_resource_hints` takes them.
        env_vars: set on each worker before the model is loaded.

    Raises:
        ValueError: an argument does not fit; says what would.
        TypeError: an argument of no meaning, such as a model in place of its path.

    Example:
        >>> from apache_beam.ml.inference.base import KeyedModelHandler, RunInference
        >>> handler = kerasig.beam.AttributionHandler("gs://bucket/model.keras", target="label", layer="embedding")
        >>> explain = RunInference(KeyedModelHandler(handler))  # pipeline | ... | explain
    """

    def __init__(
        self,
        model: str | Callable[[], Any],
        target: OfProbes | Target | None = None,
        *,
        layer: Layer | None = None,
        baselines: Baselines | None = None,
        coordinates: Coordinates | Mapping[str, Coordinates | None] | None = None,
        steps: Steps | None = None,
        batch_size: int | None = None,
        jit_compile: bool | None = None,
        rows: int | None = None,
        on_error: _OnError = "raise",
        share: bool | int = False,
        max_wait: float | None = None,
        resource_hints: Mapping[str, Any] | None = None,
        env_vars: Mapping[str, str] | None = None,
    ) -> None:
        self._source = checked_model(model)
        self._asked = asked_of(
            target,
            baselines,
            layer=layer,
            coordinates=coordinates,
            steps=steps,
            batch_size=batch_size,
            jit_compile=jit_compile,
        )
        given = None if rows is None else arguments.whole("rows", rows, 1)
        self._on_error = arguments.choice("on_error", on_error, ("raise", "return"))
        wait = None if max_wait is None else arguments.number("max_wait", max_wait, 0, above=True)
        self._hints = checked_hints(resource_hints)
        fits = "from the names of environment variables to their values"
        variables = {} if env_vars is None else arguments.mapping("env_vars", env_vars, fits)
        copies = arguments.whole("share", share, 1) if not isinstance(share, bool) else None
        # Batches that wait for time are counted in rows alone.
        by_size = given is None and wait is None
        size = CHUNK_BYTES if by_size else given or STREAMED
        super().__init__(
            min_batch_size=size,
            max_batch_size=size,
            element_size_fn=_share_of_batch if by_size else None,
            max_batch_duration_secs=None if wait is None else math.ceil(wait),
            large_model=bool(share),
            model_copies=copies,
            env_vars={arguments.string("env_vars", name): str(value) for name, value in variables.items()},
        )
        self._namespace = NAMESPACE

    def __repr__(self) -> str:
        settings = {"target": self._asked.target, "baselines": self._asked.baselines, **self._asked.settings}
        return reprs.call("AttributionHandler", self._source, **{k: v for k, v in settings.items() if v is not None})

    def load_model(self) -> LoadedModel:
        """The model and its explainer, for `run_inference`.

        Raises:
            RuntimeError: this worker cannot load it; says why.
        """
        return LoadedModel(loaded(self._source), self._asked)

    def run_inference(
        self, batch: Sequence[Any], model: LoadedModel, inference_args: dict[str, Any] | None = None
    ) -> Iterable[PredictionResult]:
        """The attribution of each row of a batch.

        Raises:
            ValueError: with `on_error="raise"`, a row cannot be explained; says which and why.
        """
        results = model.explain_rows(list(batch))
        self._count(results)
        failures = failures_in(results)
        if failures and self._on_error == "raise":
            raise RowsFailedError(failures, len(results))
        name = self._source if isinstance(self._source, str) else None
        return [PredictionResult(*pair, name) for pair in zip(batch, results, strict=True)]

    def _count(self, results: Sequence[RowAttribution | Failure]) -> None:
        """Adds to the metrics of the pipeline."""
        explained = [result for result in results if not isinstance(result, Failure)]
        gradients = sum(row.n_evaluations for row in explained)
        unlike = sum(not row.converged for row in explained)
        residuals = [row.residual for row in explained]
        count_rows(self._namespace, gradients, unlike, len(results) - len(explained), residuals)

    def get_num_bytes(self, batch: Sequence[Any]) -> int:
        """About how many bytes the rows of a batch take."""
        return sum(map(size_of, batch))

    def get_metrics_namespace(self) -> str:
        """Where the pipeline's metrics are, unless `RunInference` names another place: "kerasig"."""
        return NAMESPACE

    def override_metrics(self, metrics_namespace: str = "") -> bool:
        """Learns where `RunInference` counts; False, for its own metrics are counted as well."""
        self._namespace = metrics_namespace or NAMESPACE
        return False

    def get_resource_hints(self) -> dict[str, Any]:
        """The hints that were given."""
        return dict(self._hints)

    def validate_inference_args(self, inference_args: dict[str, Any] | None) -> None:
        """Raises ValueError for arguments at `RunInference`, which belong to the handler."""
        if inference_args:
            raise ValueError(
                f"inference_args must be None. Received {sentences.shown(inference_args)}. Pass what kerasig.explain "
                "takes to AttributionHandler."
            )

    def update_model_path(self, model_path: str | None = None) -> None:
        """From now on the model of another path, as a side input of `RunInference` gives them; None changes nothing."""
        if model_path:
            self._source = arguments.string("model_path", model_path)


def _share_of_batch(row: Any) -> int:
    """How many bytes of a batch a row stands for: of its inputs, of as many values, and of what becomes of both."""
    return min(CHUNK_BYTES, max(CHUNK_BYTES // MOST_ROWS, 6 * size_of(row)))


def count_rows(namespace: str, gradients: int, not_converged: int, failed: int, residuals: Iterable[float]) -> None:
    """Adds to the metrics of a pipeline: what some rows took, and how good they are."""
    counts = {"gradients": gradients, "rows_not_converged": not_converged, "rows_failed": failed}
    for name, count in counts.items():
        Metrics.counter(namespace, name).inc(count)
    distribution = Metrics.distribution(namespace, "residual_millionths")
    for residual in residuals:
        if math.isfinite(residual):
            distribution.update(min(round(residual * MILLIONTHS), _LARGEST_RESIDUAL))


def asked_of(
    target: Any, baselines: Any, *, layer: Any, coordinates: Any, steps: Any, batch_size: Any, jit_compile: Any
) -> Asked:
    """The arguments of an explanation, judged as far as they can be without a model."""
    settings = {
        "layer": checked_layer(layer),
        "coordinates": checked_coordinates(coordinates, np.empty(0)),
        "steps": resolve_steps(steps),
        "batch_size": checked_batch_size(batch_size),
        "jit_compile": checked_jit_compile(jit_compile),
    }
    return Asked(checked_target(target), baselines, settings)


def checked_layer(layer: Any) -> Any:
    """A layer by its name, (name, call), or a list of them: a worker has layers of its own.

    Raises:
        TypeError: it is something else, such as a layer.
    """
    if layer is None or isinstance(layer, str):
        return layer
    if isinstance(layer, tuple) and len(layer) == 2 and isinstance(layer[0], str) and arguments.is_whole(layer[1]):
        return layer
    if isinstance(layer, list) and layer and not any(isinstance(one, list) for one in layer):
        return [checked_layer(one) for one in layer]
    raise TypeError(
        "layer must be the name of a layer, (name, call_index), or a list of those: a worker loads a model of its own. "
        f"{sentences.received(layer)}. Pass layer.name."
    )


def checked_target(target: Any) -> Any:
    """A target that fits rows that nobody has seen yet.

    Raises:
        ValueError: a word that is none of a target's, or a target with data of examples.
    """
    if isinstance(target, str):
        return arguments.choice("target", target, ("label", "predicted", "auto"))
    if np.ndim(target) if isinstance(target, list | np.ndarray) else hasattr(target, "y") or hasattr(target, "data"):
        raise ValueError(
            "target must be the same for every row. "
            f"Received {sentences.shown(target)}, which belongs to certain examples. "
            'Pass an int, a function of the outputs, or "label" with rows (inputs, label).'
        )
    return target


def checked_hints(hints: Any) -> dict[str, Any]:
    """Resource hints that Beam knows."""
    found = {} if hints is None else arguments.mapping("resource_hints", hints, "of Beam's resource hints")
    try:
        parse_resource_hints(found)
    except Exception as error:
        raise ValueError(
            f"resource_hints must be hints that Beam knows. {sentences.sentence(error)}. "
            'Pass some such as {"accelerator": "type:nvidia-tesla-t4;count:1;install-nvidia-driver", "min_ram": "8GB"}.'
        ) from error
    return found


AttributionHandler.__module__ = "kerasig.beam"

"""Each peer as a function of a task and a number of steps. Imports happen where they are used: one peer is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


class Refused(Exception):
    """The peer cannot do this; the message says why."""


@dataclass(frozen=True)
class Task:
    """A subject as the exporting process wrote it.

    Attributes:
        name: of the case.
        model: a Keras model, or the PyTorch network for Captum.
        inputs: [N, *F], or ids [N, T] where a layer is explained.
        baselines: [*F] of what is attributed to.
        target: [N].
        layer: name of the layer whose output is attributed to, or None.
        batch: rows per call that suit the model.
    """

    name: str
    model: Any
    inputs: np.ndarray
    baselines: np.ndarray
    target: np.ndarray
    layer: str | None
    batch: int


Explain = Callable[[Task, int], np.ndarray]


def captum(task: Task, steps: int) -> np.ndarray:
    import torch
    from captum.attr import IntegratedGradients, LayerIntegratedGradients

    inputs, target = torch.tensor(task.inputs), torch.tensor(task.target)
    options = {"target": target, "n_steps": steps, "internal_batch_size": max(task.batch, len(inputs))}
    if task.layer is None:
        baselines = torch.tensor(task.baselines)[None].expand_as(inputs)
        return IntegratedGradients(task.model).attribute(inputs, baselines, **options).detach().numpy()
    # It takes baselines as ids and embeds them; only the padding's own vector can be set to zero, so a wrapper does.
    return LayerIntegratedGradients(*_zeroed(task)).attribute(inputs, torch.full_like(inputs, -1), **options).numpy()


def _zeroed(task: Task) -> tuple[Any, Any]:
    """The network with an embedding in which the id -1 is zero, and that embedding."""
    import torch
    from torch import nn

    class Embedding(nn.Module):
        def __init__(self, table: nn.Embedding) -> None:
            super().__init__()
            self.table = table

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return self.table(ids.clamp(min=0)) * (ids >= 0)[..., None]

    embedding = task.model.steps[task.layer]
    if isinstance(embedding, nn.Embedding):
        task.model.steps[task.layer] = embedding = Embedding(embedding)
    return task.model, embedding


def alibi(task: Task, steps: int) -> np.ndarray:
    from alibi.explainers import IntegratedGradients

    layer = None if task.layer is None else task.model.get_layer(task.layer)
    explainer = IntegratedGradients(task.model, layer=layer, n_steps=steps, internal_batch_size=task.batch)
    baselines = None if task.layer else np.broadcast_to(task.baselines, task.inputs.shape).copy()
    found = explainer.explain(task.inputs, baselines=baselines, target=task.target.tolist())
    return np.asarray(found.attributions[0])


def xplique(task: Task, steps: int) -> np.ndarray:
    _needs_inputs(task)
    from xplique.attributions import IntegratedGradients

    value = float(task.baselines.ravel()[0])
    if (task.baselines != value).any():
        raise Refused("takes one number as the baseline")
    classes = int(task.model.output_shape[-1])
    options = {"steps": steps, "batch_size": task.batch, "baseline_value": value}
    explainer = IntegratedGradients(task.model, reducer=None, **options)
    one_hot = np.eye(classes, dtype="float32")[task.target]
    return np.asarray(explainer.explain(task.inputs, one_hot)).reshape(task.inputs.shape)


def tf_explain(task: Task, steps: int) -> np.ndarray:
    _needs_inputs(task)
    import tensorflow as tf
    from tf_explain.core.integrated_gradients import IntegratedGradients

    if task.baselines.any():
        raise Refused("starts at zero")
    parts = []
    for row, target in zip(task.inputs, task.target, strict=True):
        path = IntegratedGradients.generate_interpolations(row[None], steps)
        gradients = IntegratedGradients.get_integrated_gradients(
            tf.constant(path.astype("float32")), task.model, int(target), steps
        )
        # It leaves out the factor x - x', without which nothing is complete.
        parts.append(np.asarray(gradients).reshape(row.shape) * row)
    return np.stack(parts)


def saliency(task: Task, steps: int) -> np.ndarray:
    _needs_inputs(task)
    import saliency.core as saliency_core
    import tensorflow as tf

    gradient = _compiled_gradient(task)

    def call(images: Any, call_model_args: Any = None, expected_keys: Any = None) -> dict[str, Any]:
        classes = tf.fill([len(images)], call_model_args)
        found = gradient(tf.constant(np.asarray(images), tf.float32), classes).numpy()
        return {saliency_core.INPUT_OUTPUT_GRADIENTS: found}

    explainer = saliency_core.IntegratedGradients()
    rows = zip(task.inputs, task.target, strict=True)
    options = {"x_baseline": task.baselines, "x_steps": steps, "batch_size": task.batch}
    return np.stack([explainer.GetMask(row, call, int(target), **options) for row, target in rows])


_gradients: dict[int, Any] = {}


def _compiled_gradient(task: Task) -> Any:
    """The tf.function that saliency's caller brings along, traced once."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def gradient(images: Any, classes: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            score = tf.reduce_sum(tf.gather(task.model(images), classes, batch_dims=1))
        return tape.gradient(score, images)

    return _gradients.setdefault(id(task.model), gradient)


_shap_explainers: dict[tuple[int, int], Any] = {}


def shap(task: Task, steps: int) -> np.ndarray:
    _needs_inputs(task)
    import shap as shap_package

    key = (id(task.model), task.batch)
    if key not in _shap_explainers:
        background = task.baselines[None].astype("float32")
        _shap_explainers[key] = shap_package.GradientExplainer(task.model, background, batch_size=task.batch)
    # Without an order it explains every class; the predicted one comes first.
    found, _ = _shap_explainers[key].shap_values(task.inputs, nsamples=steps, ranked_outputs=1, rseed=0)
    return np.asarray(found).reshape(task.inputs.shape)


def _needs_inputs(task: Task) -> None:
    if task.layer is not None:
        raise Refused("has no attribution to a layer, and ids have no gradient")


ADAPTERS: dict[str, Explain] = {
    "captum": captum,
    "alibi": alibi,
    "xplique": xplique,
    "tf-explain": tf_explain,
    "saliency": saliency,
    "shap": shap,
}

"""`explain`: one call of an `Explainer`."""

from __future__ import annotations

from collections.abc import Mapping

from kerasig._explaining.explainer import Explainer
from kerasig._explaining.probe_targets import OfProbes
from kerasig._types import Array, Inputs, Items, Layer, Model
from kerasig.attribution import Attribution
from kerasig.baselines import Baselines
from kerasig.coordinates import Coordinates
from kerasig.probes import ProbeSet
from kerasig.steps import Steps
from kerasig.targets import Target


def explain(
    model: Model,
    inputs: Inputs | ProbeSet,
    target: OfProbes | Target | None = None,
    *,
    baselines: Baselines | None = None,
    layer: Layer | None = None,
    coordinates: Coordinates | Mapping[str, Coordinates | None] | None = None,
    steps: Steps | None = None,
    interior_alphas: Items[float] | Array | None = None,
    batch_size: int | None = None,
    jit_compile: bool | None = None,
    progress: bool | None = None,
) -> Attribution:
    """Integrated gradients of one scalar of the model's output, with their error.

    values_i = (x_i - x'_i) times the integral over alpha in [0, 1] of dF/dx_i at x' + alpha (x - x').
    Source: Sundararajan, Taly and Yan 2017, "Axiomatic Attribution for Deep Networks", arXiv 1703.01365.

    Args:
        model: a Keras 3 model on the TensorFlow backend, a tf_keras model, or any callable of the inputs. Layers that
            carry states begin with their first ones, and keep those that they have.
        inputs: array, dict, tuple or list of arrays, nested; a list or tuple is always a nest, never an array. The
            first axis is the example. Floating leaves are attributed; integer, bool and string leaves are held fixed.
            Or a `ProbeSet`, whose inputs are explained.
        target: None for the predicted class of outputs (N, C) and the value itself of outputs (N,) and (N, 1); an int
            or ints (N,) for that class; a tuple of those for outputs of more axes; one of `kerasig.targets`; or a
            callable of the outputs that returns (N,). Where outputs are probabilities, pass `kerasig.logits(model)` as
            the model to explain logits. Of a `ProbeSet` None is the set's own target, and "auto", "label"
            and "predicted" are known too: "auto" is the label's class where the set's labels are classes, as they are
            to it without a model, else the predicted class or the value itself.
        baselines: where paths start. None is zeros; a scalar; an array that broadcasts to the inputs; a nest like
            them; a callable of them; or one of `kerasig.baselines`. With `layer` they live in the layer's output space.
        layer: attribute to the output of this layer (or its name), `(layer, call_index)`, or a list of those in which
            None stands for the floating inputs.
        coordinates: attribute to groups in other coordinates, one of `kerasig.coordinates`: of all attributed leaves
            that have such, or a dict of them by leaf. Values are then [N, G], with names in `Attribution.coordinates`.
        steps: gradient evaluations per path, `Fixed(n, rule)`, or `Adaptive(...)`; None is `Adaptive()`.
        interior_alphas: where on the path to return gradients as well, each in [0, 1].
        batch_size: rows through the model at once; None decides from the model, the shapes and the device.
        jit_compile: compile with XLA; None follows the model (and is True on a TPU).
        progress: a bar of finished paths, by tqdm where it is installed. None shows one on a terminal or in a notebook
            once it has taken two seconds.

    Returns:
        Values [N, ...] for each attributed leaf, with score, delta, residual, map_error and more.

    Raises:
        ValueError: inputs, target, baselines or layer do not fit the model, an id or a label is beyond what it is
            looked up in, the model fails at points of the path, the score of an example depends on the rows beside it,
            or nothing can be attributed to; the message says what was received and what would fit.
        TypeError: an argument of no meaning.

    Example:
        >>> model = lambda x: x[:, 0] * x[:, 1]  # any Keras model, or a function of the inputs
        >>> attribution = kerasig.explain(model, np.array([[2.0, 3.0]], "float32"))
        >>> attribution.values.round(3)  # of a score of 6, half for each
        array([[3., 3.]], dtype=float32)
    """
    explainer = Explainer(
        model,
        layer=layer,
        coordinates=coordinates,
        steps=steps,
        interior_alphas=interior_alphas,
        batch_size=batch_size,
        jit_compile=jit_compile,
        progress=progress,
    )
    return explainer.explain(inputs, target, baselines=baselines)


# As users import it.
explain.__module__ = "kerasig"

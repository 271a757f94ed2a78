"""The arrays of an attribution, as what is measured and drawn takes them. NumPy only."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from kerasig import _reprs as reprs
from kerasig._types import LayerNames, Nested
from kerasig.steps import Adaptive, Fixed


@dataclass(frozen=True, eq=False)
class PathProfile:
    """Score and slope along the path from the baseline to the input.

    Args:
        alphas: [N, K] evaluated positions, increasing, padded with NaN; [N, n, K] with `baselines.Samples`.
        scores: F at the positions; NaN where the slope alone was padded.
        slopes: dF / d alpha = sum_i (x_i - x'_i) dF/dx_i at the positions.

    Example:
        >>> attribution = kerasig.explain(lambda x: x[:, 0] ** 2, np.array([[2.0]], "float32"), steps=2)
        >>> attribution.path.scores[0].round(3)  # at the nodes of the rule
        array([0.179, 2.488], dtype=float32)
    """

    alphas: NDArray[Any]
    scores: NDArray[Any]
    slopes: NDArray[Any]

    def __repr__(self) -> str:
        return reprs.of_fields(self)


@dataclass(frozen=True, eq=False)
class InteriorGradients:
    """Gradients at the counterfactual inputs x' + alpha (x - x'), the terms of the integral.

    Source: Sundararajan, Taly and Yan 2016, "Gradients of Counterfactuals", arXiv 1611.02639.

    Args:
        alphas: [K].
        gradients: nest like `Attribution.values`, each [N, K, ...]; not multiplied by x - x'.

    Example:
        >>> x = np.array([[2.0]], "float32")
        >>> found = kerasig.explain(lambda x: x[:, 0] ** 2, x, interior_alphas=[0.5, 1.0]).interior
        >>> found.gradients[0]  # at 1 and at 2
        array([[2.],
               [4.]], dtype=float32)
    """

    alphas: NDArray[Any]
    gradients: Nested

    def __repr__(self) -> str:
        return reprs.of_fields(self)


@dataclass(frozen=True, eq=False)
class AttributionData:
    """The fields of `kerasig.Attribution`, which says what each is."""

    values: Nested
    score: NDArray[Any]
    baseline_score: NDArray[Any]
    delta: NDArray[Any]
    residual: NDArray[Any]
    map_error: NDArray[Any]
    converged: NDArray[Any]
    status: NDArray[Any]
    n_evaluations: NDArray[Any]
    path: PathProfile
    rule: Fixed | Adaptive
    interior: InteriorGradients | None = None
    inputs: Nested = None
    baselines: Nested = None
    target: Nested = None
    layer: LayerNames | None = None
    predicted: NDArray[Any] | None = None
    coordinates: Nested = None

    def __len__(self) -> int:
        return len(self.score)

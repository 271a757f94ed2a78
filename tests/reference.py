"""Integrated gradients in plain NumPy, written from the formula, and a small network with a gradient by hand."""

from dataclasses import dataclass

import numpy as np

ACTIVATIONS = {
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(z.dtype)),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
}


@dataclass(frozen=True)
class NumpyMLP:
    """activation(x W1 + b1) W2 + b2, in float64."""

    weights: list[np.ndarray]
    activation: str

    def scores(self, x, classes):
        """[N] outputs at x [N, F] of classes [N]."""
        first, bias, second, last_bias = self.weights
        hidden = ACTIVATIONS[self.activation][0](x @ first + bias)
        return (hidden @ second + last_bias)[np.arange(len(x)), classes]

    def gradients(self, x, classes):
        """[N, F]: dF/dx = W1 (activation'(z) * W2[:, class]), by the chain rule."""
        first, bias, second, _ = self.weights
        slopes = ACTIVATIONS[self.activation][1](x @ first + bias)
        return (slopes * second[:, classes].T) @ first.T


def nodes_and_weights(rule, n):
    """Nodes and weights on [0, 1] from the textbook definitions."""
    if rule == "gauss_legendre":
        nodes, weights = np.polynomial.legendre.leggauss(n)
        return (nodes + 1) / 2, weights / 2
    if rule == "trapezoid":
        weights = np.full(n, 1 / (n - 1))
        weights[0] = weights[-1] = 0.5 / (n - 1)
        return np.arange(n) / (n - 1), weights
    shift = {"riemann_left": 0, "riemann_middle": 0.5, "riemann_right": 1}[rule]
    return (np.arange(n) + shift) / n, np.full(n, 1 / n)


def integrated_gradients(network, x, baselines, classes, nodes, weights):
    """(x - x') times the weighted sum of the gradients at x' + alpha (x - x'), one node after the other."""
    total = np.zeros_like(x)
    for alpha, weight in zip(nodes, weights, strict=True):
        total += weight * network.gradients(baselines + alpha * (x - baselines), classes)
    return (x - baselines) * total

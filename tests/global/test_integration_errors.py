"""What errors of the integration do to means: a network integrated loosely, beside the same one integrated tightly."""

import numpy as np
import pytest
import tensorflow as tf
from global_rows import reduction_of

import kerasig

N, P = 250, 20
RNG = np.random.default_rng(3)
X = RNG.normal(size=(N, P)).astype(np.float32)
WEIGHTS = [RNG.normal(size=shape).astype(np.float32) / np.sqrt(shape[0]) for shape in ((P, 48), (48, 48), (48, 1))]
BIAS = RNG.normal(size=48).astype(np.float32) / 2


def network(x):
    """Piecewise linear, so that its gradients jump along a path."""
    hidden = tf.nn.relu(tf.nn.relu(x @ WEIGHTS[0] + BIAS) @ WEIGHTS[1] - BIAS / 2)
    return (hidden @ WEIGHTS[2])[:, 0]


def explained(steps):
    return kerasig.explain(network, X, steps=steps)


@pytest.fixture(scope="module")
def tight():
    return explained(kerasig.Fixed(1000, rule="riemann_middle")).values.astype(np.float64)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*did not converge")
@pytest.mark.parametrize("steps", [kerasig.Adaptive(tolerance=0.05, map_tolerance=0.3), kerasig.Fixed(8)])
def test_errors_of_single_rows_and_of_means_are_as_large_as_is_said(tight, steps):
    loose = explained(steps)
    found = reduction_of(loose).result()
    apart = loose.values.astype(np.float64) - tight
    # Of one row: the root mean square error of a feature.
    ratio = np.sqrt((apart**2).mean(axis=0)) / (found.mean.integration * np.sqrt(N))
    assert 0.6 < np.median(ratio) < 1.6
    assert ratio.max() < 3
    # Of means, whose rows err nearly independently of each other.
    in_means = np.abs(found.mean.value - tight.mean(axis=0))
    assert 0.3 < np.sqrt(np.mean((in_means / found.mean.integration) ** 2)) < 3
    assert (in_means < found.mean.limit).all()
    in_sizes = np.abs(found.size.value - np.abs(tight).mean(axis=0))
    assert (in_sizes < found.size.limit).all()
    assert (found.mean.integration < found.mean.error).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*did not converge")
def test_a_rule_that_errs_to_one_side_needs_the_limit(tight):
    found = reduction_of(explained(kerasig.Fixed(8, rule="riemann_left"))).result()
    in_means = np.abs(found.mean.value - tight.mean(axis=0))
    assert np.sqrt(np.mean((in_means / found.mean.integration) ** 2)) > 2
    assert in_means.sum() < found.mean.limit.sum()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*did not converge")
def test_the_error_of_sums_is_known_and_not_estimated(tight):
    found = reduction_of(explained(kerasig.Fixed(3))).result()
    off = abs(float(found.total.value[0]) - tight.sum(axis=1).mean())
    assert found.total.limit[0] == pytest.approx(off, rel=0.02)

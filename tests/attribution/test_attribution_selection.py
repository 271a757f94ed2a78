"""Some examples of an attribution are an attribution of these examples, in every field."""

import numpy as np
import pytest
from strange_arguments import Unshowable
from test_attribution import assert_same, made

from kerasig._sentences import shown
from kerasig.attribution import Attribution, InteriorGradients, PathProfile

N, K, FEATURES = 5, 4, 3
RNG = np.random.default_rng(0)


def rows(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def whole(**fields):
    """Every field filled, each example with numbers of its own."""
    values = {"x": rows(N, FEATURES), "held": None}
    defaults = {
        "score": rows(N),
        "delta": rows(N).astype(np.float64),
        "converged": np.array([True, False, True, True, False]),
        "status": np.array(["converged", "out of steps", "converged", "converged", "jump at alpha"]),
        "n_evaluations": np.arange(N),
        "path": PathProfile(rows(N, K), rows(N, K), rows(N, K)),
        "interior": InteriorGradients(rows(2), {"x": rows(N, 2, FEATURES), "held": None}),
        "inputs": {"x": rows(N, FEATURES), "held": np.array(["a", "b", "c", "d", "e"], object)},
        "baselines": {"x": rows(N, FEATURES), "held": None},
        "target": (np.arange(N), np.arange(N) + 7),
        "predicted": np.arange(N) + 1,
    }
    return made(values, **(defaults | fields))


@pytest.mark.parametrize(
    ("index", "meant"),
    [
        (3, [3]),
        (-1, [4]),
        (np.int64(2), [2]),
        (np.array(1), [1]),
        (slice(1, 4), [1, 2, 3]),
        (slice(None, None, -2), [4, 2, 0]),
        (slice(9, 12), []),
        ([4, 0, 0], [4, 0, 0]),
        (np.array([-2, 1], np.int8), [3, 1]),
        (range(2), [0, 1]),
        ([], []),
        (np.array([True, False, False, True, False]), [0, 3]),
        ([False] * 4 + [True], [4]),
    ],
    ids=str,
)
def test_every_field_has_the_meant_examples(index, meant, tmp_path):
    attribution = whole()
    part = attribution[index]
    assert len(part) == len(meant)
    for name in ("score", "delta", "residual", "map_error", "converged", "status", "n_evaluations", "predicted"):
        np.testing.assert_array_equal(getattr(part, name), getattr(attribution, name)[meant])
    for nest, known in ((part.values, attribution.values), (part.baselines, attribution.baselines)):
        np.testing.assert_array_equal(nest["x"], known["x"][meant])
        assert nest["held"] is None
    for name, leaf in attribution.inputs.items():
        assert part.inputs[name].tolist() == leaf[meant].tolist()
    for name in ("alphas", "scores", "slopes"):
        np.testing.assert_array_equal(getattr(part.path, name), getattr(attribution.path, name)[meant])
    np.testing.assert_array_equal(part.interior.alphas, attribution.interior.alphas)
    np.testing.assert_array_equal(part.interior.gradients["x"], attribution.interior.gradients["x"][meant])
    assert [axis.tolist() for axis in part.target] == [axis[meant].tolist() for axis in attribution.target]
    # The fields fit together, or the file would refuse them.
    if meant:
        part.save(tmp_path / "part.npz")
        assert_same(part, Attribution.load(tmp_path / "part.npz"))
    assert repr(part).startswith(f"Attribution of {len(meant)} example")


def test_iterating_gives_each_example_once_and_ends():
    attribution = whole()
    each = list(attribution)
    assert [len(one) for one in each] == [1] * N
    np.testing.assert_array_equal(np.concatenate([one.values["x"] for one in each]), attribution.values["x"])


def test_sampled_baselines_are_those_of_every_example():
    sampled = rows(2, FEATURES)
    path = PathProfile(*(rows(N, 2, K) for _ in range(3)))
    part = whole(baselines={"x": sampled, "held": None}, path=path)[[3, 1]]
    np.testing.assert_array_equal(part.baselines["x"], sampled)
    np.testing.assert_array_equal(part.path.alphas, path.alphas[[3, 1]])
    # As many as there are examples, they are still no example's own.
    sampled, path = rows(N, FEATURES), PathProfile(*(rows(N, N, K) for _ in range(3)))
    part = whole(baselines={"x": sampled, "held": None}, path=path)[2]
    np.testing.assert_array_equal(part.baselines["x"], sampled)


def test_one_sampled_baseline_serves_every_example():
    lone = rows(1, FEATURES)
    part = whole(baselines={"x": lone, "held": None})[[4, 0]]
    np.testing.assert_array_equal(part.baselines["x"], lone)


@pytest.mark.parametrize("target", [None, "Loss(mse)", {"output": "main", "target": None}], ids=str)
def test_what_is_one_for_all_examples_stays(target):
    part = whole(target=target, interior=None, predicted=None, inputs=None, baselines=None, layer="hidden")[1:3]
    assert (part.target, part.interior, part.predicted, part.inputs, part.baselines) == (target, None, None, None, None)
    assert part.layer == "hidden"


def test_the_classes_of_one_output_are_taken_with_their_examples():
    part = whole(target={"output": "main", "target": np.arange(N)})[[4, 2]]
    assert part.target["target"].tolist() == [4, 2]


def test_a_part_shares_no_array_with_the_whole():
    attribution = whole()
    part = attribution[:]
    part.values["x"][:] = 0
    part.path.scores[:] = 0
    assert attribution.values["x"].all()
    assert attribution.path.scores.all()


@pytest.mark.parametrize(
    ("index", "error", "says"),
    [
        (N, IndexError, "from 0 to 4"),
        (-N - 1, IndexError, "Received -6"),
        (10**30, IndexError, "for 5 examples"),
        ([0, 7], IndexError, "Received 7"),
        ([True, False], IndexError, r"Received shape \(2,\)"),
        ("0", TypeError, "Received '0'"),
        (True, TypeError, "Received True"),
        (1.0, TypeError, "Received 1.0"),
        (None, TypeError, "Received None"),
        ((0, 1), TypeError, "one axis|which examples"),
        ([[0, 1]], TypeError, "which examples"),
        ([0.5], TypeError, "which examples"),
        ([[0], [0, 1]], TypeError, "which examples"),
        (Unshowable(), TypeError, "which examples"),
        (slice("a"), TypeError, "slice of whole numbers"),
    ],
    ids=shown,
)
def test_what_is_no_example_is_refused(index, error, says):
    with pytest.raises(error, match=says):
        whole()[index]


def test_there_is_no_example_of_none():
    with pytest.raises(IndexError, match="there are none"):
        whole()[:0][0]
    assert list(whole()[:0]) == []

"""Where paths start: every kind of baseline gives the rows it promises, and what does not fit is refused."""

import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig._explaining.baselines import resolve
from kerasig.baselines import Mean, Noise, Samples

INPUTS = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
ROWS = np.random.default_rng(1).normal(size=(5, 4)).astype("float32")


def started(baselines, inputs=INPUTS):
    """Rows of the only attributed leaf, one per example, as the engine would take them."""
    resolved = resolve(baselines, inputs, [True])
    (rows,), (shared,) = resolved.rows, resolved.shared
    assert rows.dtype == inputs.dtype
    assert shared in ("all", "example")
    assert len(rows) == (1 if shared == "all" else len(inputs))
    return np.broadcast_to(rows, inputs.shape)


def model(x):
    return tf.reduce_sum(tf.tanh(x) * x, axis=1)


@pytest.mark.parametrize(
    ("baselines", "expected"),
    [
        (None, 0.0),
        (2, 2.0),
        (-0.5, -0.5),
        (np.float64(3), 3.0),
        (ROWS[0], ROWS[0]),
        (ROWS[:1], ROWS[:1]),
        (ROWS[:3], ROWS[:3]),
        (ROWS[:3].astype("float64"), ROWS[:3]),
        (np.arange(4), [0, 1, 2, 3]),
        (np.ones((4,), bool), 1.0),
        (tf.constant(ROWS[:3]), ROWS[:3]),
        (lambda inputs: inputs / 2, INPUTS / 2),
        (lambda inputs: 1.0, 1.0),
        (lambda inputs: None, 0.0),
    ],
    ids=[
        *("none", "int", "float", "numpy", "row", "one row", "rows", "float64", "ints", "bools", "tensor"),
        *("callable", "callable of a scalar", "callable of none"),
    ],
)
def test_baseline_rows_are_what_was_passed(baselines, expected):
    np.testing.assert_array_equal(started(baselines), np.broadcast_to(np.asarray(expected, "float32"), INPUTS.shape))


def test_mean_is_over_the_first_axis_in_double_precision():
    # In float32 a running sum of 2^24 + 1 would stop counting.
    rows = np.concatenate([np.full((1, 4), 2.0**25), np.ones((1023, 4))]).astype("float32")
    assert started(Mean(rows))[0] == pytest.approx(np.full(4, (2.0**25 + 1023) / 1024))
    np.testing.assert_allclose(started(Mean(np.arange(20, dtype="uint8").reshape(5, 4)))[0], [8, 9, 10, 11])


def test_noise_is_another_draw_for_each_example_and_the_same_whatever_n_is():
    all_three, first_two = started(Noise(0.5, seed=3)), started(Noise(0.5, seed=3), INPUTS[:2])
    np.testing.assert_array_equal(all_three[:2], first_two)
    assert len(np.unique(all_three)) == 12
    assert not np.array_equal(all_three, started(Noise(0.5, seed=4)))
    np.testing.assert_array_equal(started(Noise(0)), 0 * INPUTS)
    wide = started(Noise(2.0), np.zeros((100, 1000), "float32"))
    assert wide.std() == pytest.approx(2.0, rel=0.01)  # 100,000 draws: a standard error of 0.2%.


def test_noise_of_two_inputs_is_not_the_same_noise():
    resolved = resolve(Noise(1.0), {"a": INPUTS, "b": INPUTS}, [True, True])
    assert not np.array_equal(*resolved.rows)


def test_samples_are_distinct_rows_drawn_once_for_all_examples():
    resolved = resolve(Samples(ROWS, n=3, seed=1), INPUTS, [True])
    assert resolved.n_samples == 3
    assert resolved.shared == ["sample"]
    drawn = [np.flatnonzero((row == ROWS).all(axis=1)).item() for row in resolved.rows[0]]
    assert sorted(set(drawn)) == drawn
    again = resolve(Samples(ROWS, n=3, seed=1), INPUTS, [True])
    np.testing.assert_array_equal(resolved.rows[0], again.rows[0])
    others = {tuple(Samples(ROWS, n=3, seed=seed).rows()) for seed in range(10)}
    assert len(others) > 1


def test_samples_without_n_are_all_rows_in_order():
    resolved = resolve(Samples(ROWS), INPUTS, [True])
    np.testing.assert_array_equal(resolved.rows[0], ROWS)
    assert resolved.n_samples == 5


def test_no_baseline_draws_a_global_random_number():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    resolve(Noise(1.0), INPUTS, [True])
    resolve(Samples(ROWS, n=2), INPUTS, [True])
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_a_nest_gives_each_input_its_own_and_none_is_zeros():
    inputs = {"ids": np.arange(3), "x": INPUTS, "y": [INPUTS, INPUTS[:, 0]]}
    resolved = resolve({"ids": None, "x": ROWS[:3], "y": [None, 2.0]}, inputs, [False, True, True, True])
    assert resolved.shared == ["example", "all", "all"]
    np.testing.assert_array_equal(resolved.rows[0], ROWS[:3])
    np.testing.assert_array_equal(resolved.rows[1], np.zeros((1, 4)))
    np.testing.assert_array_equal(resolved.rows[2], [2.0])


@pytest.mark.parametrize("kind", [Mean, Samples])
def test_mean_and_samples_take_a_nest_in_which_none_is_zeros(kind):
    inputs = {"ids": np.arange(3), "x": INPUTS, "y": INPUTS}
    resolved = resolve(kind({"ids": None, "x": ROWS, "y": None}), inputs, [False, True, True])
    expected = ROWS.mean(axis=0, keepdims=True) if kind is Mean else ROWS
    np.testing.assert_allclose(resolved.rows[0], expected, rtol=1e-6)
    np.testing.assert_array_equal(resolved.rows[1], np.zeros((1, 4)))
    assert resolved.n_samples == (1 if kind is Mean else 5)


def test_a_nest_may_mix_kinds():
    resolved = resolve([Noise(1.0), Mean(ROWS)], [INPUTS, INPUTS], [True, True])
    assert resolved.shared == ["example", "all"]


def test_integer_inputs_ask_for_no_baseline():
    resolved = resolve(1.5, [INPUTS, np.arange(3)], [True, False])
    assert len(resolved.rows) == 1


@pytest.mark.parametrize(
    ("baselines", "message"),
    [
        (np.zeros(3), r"broadcast to inputs\. Received baselines\.shape=\(3,\), inputs\.shape=\(3, 4\).*shape \(4,\)"),
        (np.zeros((2, 4)), r"baselines\.shape=\(2, 4\)"),
        (np.zeros((1, 3, 4)), r"baselines\.shape=\(1, 3, 4\)"),
        ([0.0, 0.0, 0.0, 0.0], r"single array\. Received \[\*, \*, \*, \*\].*np\.asarray"),
        ({"x": 0.0}, r"single array\. Received \{'x': \*\}"),
        (Mean(np.ones(4)), r"baselines\.Mean must have rows like inputs\. Received array\.shape=\(4,\)"),
        (Mean(np.ones((2, 3))), r"Pass shape \(R, 4\)"),
        (Mean(np.ones((0, 4))), r"baselines\.Mean must have rows"),
        (Samples(np.ones((2, 3))), r"baselines\.Samples must have rows like inputs"),
    ],
)
def test_a_baseline_that_does_not_fit_is_refused_with_what_would(baselines, message):
    with pytest.raises(ValueError, match=message):
        resolve(baselines, INPUTS, [True])


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (lambda inputs: inputs.reshape(5, 5), ValueError),
        (lambda inputs: inputs[7], ValueError),
        (lambda inputs: {}["x"], ValueError),
        (lambda inputs: tf.reshape(inputs, (5, 5)), ValueError),
        (lambda inputs: inputs + "x", TypeError),
        (lambda inputs: inputs.to_numpy(), TypeError),
    ],
)
def test_a_function_that_fails_on_the_inputs_is_named_as_the_argument_that_it_is(function, kind):
    with pytest.raises(kind, match=r"baselines must be a function of the inputs\. Received .*, which fails on them: "):
        resolve(function, INPUTS, [True])


@pytest.mark.parametrize("baselines", ["black", np.array(["a"]), object(), tf.data.Dataset.range(3)])
def test_what_is_no_baseline_is_refused_with_the_kinds(baselines):
    with pytest.raises(TypeError, match=r"None, numbers, a callable or one of kerasig\.baselines\. Received"):
        resolve(baselines, INPUTS, [True])


def test_one_array_for_several_inputs_is_refused():
    with pytest.raises(ValueError, match=r"which input it is for.*Pass a nest like the inputs"):
        resolve(ROWS[0], {"a": INPUTS, "b": INPUTS}, [True, True])


def test_a_nest_of_another_structure_is_refused():
    with pytest.raises(ValueError, match=r"baselines must have the structure of inputs"):
        resolve({"a": 0.0}, {"a": INPUTS, "b": INPUTS}, [True, True])


def test_samples_of_different_numbers_are_refused():
    with pytest.raises(ValueError, match=r"as many rows for each input\. Received \[2, 3\]"):
        resolve([Samples(ROWS[:2]), Samples(ROWS[:3])], [INPUTS, INPUTS], [True, True])
    with pytest.raises(ValueError, match=r"as many in each array\. Received \[2, 3\]"):
        Samples([ROWS[:2], ROWS[:3]])


@pytest.mark.parametrize("array", [None, [None, None], {}])
def test_a_mean_of_nothing_is_refused(array):
    with pytest.raises(ValueError, match=r"baselines\.Mean needs rows\. Received"):
        Mean(array)


@pytest.mark.parametrize("array", [3.0, np.zeros((0, 4)), [None, None]])
def test_samples_without_rows_are_refused(array):
    with pytest.raises(ValueError, match="needs rows"):
        Samples(array)


def test_samples_beyond_the_rows_are_refused():
    for n in (0, 6, -1):
        with pytest.raises(ValueError, match=f"between 1 and the number of rows, 5. Received n={n}"):
            Samples(ROWS, n=n)
    for n in (2.5, "2", True):
        with pytest.raises(TypeError, match="n must be None or an int"):
            Samples(ROWS, n=n)


def test_noise_of_an_impossible_size_is_refused():
    for stddev in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="finite and not negative"):
            Noise(stddev)
    for stddev in ("1", None, np.ones(2), True):
        with pytest.raises(TypeError, match="stddev must be a number"):
            Noise(stddev)


def test_attributions_over_samples_are_the_mean_of_those_over_each_alone():
    sampled = kerasig.explain(model, INPUTS, baselines=Samples(ROWS), steps=16, interior_alphas=[0.3, 1.0])
    alone = [kerasig.explain(model, INPUTS, baselines=row, steps=16, interior_alphas=[0.3, 1.0]) for row in ROWS]
    # Float32 sums of five values in another order.
    close = {"rtol": 1e-5, "atol": 1e-6}
    np.testing.assert_allclose(sampled.values, np.mean([one.values for one in alone], axis=0), **close)
    np.testing.assert_allclose(sampled.score, alone[0].score, **close)
    np.testing.assert_allclose(sampled.baseline_score, np.mean([one.baseline_score for one in alone], axis=0), **close)
    np.testing.assert_allclose(
        sampled.interior.gradients, np.mean([one.interior.gradients for one in alone], axis=0), **close
    )
    assert sampled.interior.gradients.shape == (3, 2, 4)
    np.testing.assert_array_equal(sampled.n_evaluations, np.sum([one.n_evaluations for one in alone], axis=0))
    for name in ("alphas", "scores", "slopes"):
        profile = getattr(sampled.path, name)
        assert profile.shape == (3, 5, 16)
        for sample, one in enumerate(alone):
            np.testing.assert_allclose(profile[:, sample], getattr(one.path, name), **close)
    np.testing.assert_array_equal(sampled.baselines, ROWS)
    assert sampled.delta.shape == sampled.residual.shape == sampled.converged.shape == (3,)


def test_adaptive_paths_of_samples_are_padded_with_nan_and_their_evaluations_summed():
    sampled = kerasig.explain(model, INPUTS, baselines=Samples(3 * ROWS))
    alone = [kerasig.explain(model, INPUTS, baselines=3 * row) for row in ROWS]
    evaluations = np.stack([one.n_evaluations for one in alone], axis=1)
    np.testing.assert_array_equal(sampled.n_evaluations, evaluations.sum(axis=1))
    np.testing.assert_array_equal(np.isfinite(sampled.path.alphas).sum(axis=2), evaluations)
    assert sampled.path.alphas.shape == (3, 5, evaluations.max())
    assert sampled.converged.all()
    np.testing.assert_allclose(sampled.values, np.mean([one.values for one in alone], axis=0), rtol=1e-5, atol=1e-6)


def test_the_baselines_that_were_used_are_in_the_result():
    result = kerasig.explain(model, INPUTS, baselines=ROWS[0], steps=4)
    np.testing.assert_array_equal(result.baselines, np.broadcast_to(ROWS[0], INPUTS.shape))
    np.testing.assert_allclose(result.baseline_score, model(ROWS[:1])[0], rtol=1e-6)
    np.testing.assert_array_equal(result.inputs, INPUTS)


FAR = {
    "a number": 1e300,
    "below": -1e39,
    "an array": np.array([0.0, 0.0, 1e300, 0.0]),
    "beside NaN": np.array([np.nan, 0.0, 1e300, 0.0]),
    "rows": np.full((3, 4), 1e300),
    "a function": lambda inputs: np.full(4, 1e300),
    "samples": Samples(np.full((2, 4), 1e300)),
    "a mean": Mean(np.full((2, 4), 1e300)),
    "a mean that overflows itself": Mean(np.full((2, 4), 1e308)),
    "noise": Noise(1e300),
}


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("baselines", FAR.values(), ids=FAR.keys())
def test_numbers_that_turn_infinite_in_the_dtype_of_the_inputs_are_refused(baselines):
    with pytest.raises(ValueError, match=r"baselines for inputs must be finite in float32.* Received 1e\+3.* 3.4e\+38"):
        resolve(baselines, INPUTS, [True])
    if not callable(baselines) and not isinstance(baselines, Samples | Mean | Noise):
        with pytest.raises(ValueError, match="baselines for b must be finite"):
            resolve({"a": 0.0, "b": baselines}, {"a": INPUTS, "b": INPUTS}, [True, True])


def test_numbers_that_are_infinite_or_fit_stay():
    assert np.isinf(started(np.array([np.inf, 0.0, 0.0, 0.0]))).any()
    np.testing.assert_array_equal(started(1e300, INPUTS.astype("float64")), np.full((3, 4), 1e300))

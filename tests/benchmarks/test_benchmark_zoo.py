"""The zoo's own instruments against what is known, and what it says of small models."""

import builtins

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig
from benchmarks.models import Unavailable
from benchmarks.report import table
from benchmarks.zoo import document, judge, small, subject, sweep
from benchmarks.zoo.plain_loop import PlainLoop, dense_nodes, gauss_legendre

PRE_NORM, EXPERTS, MIXED = small.SUBJECTS


@pytest.fixture(scope="module")
def pre_norm_rows():
    return judge.judge(PRE_NORM, most_seconds=60)


def test_dense_grid_integrates_what_happens_on_any_scale():
    alphas, weights = dense_nodes()
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert weights @ alphas**3 == pytest.approx(1 / 4, rel=1e-12)
    for scale in (1e-3, 1e-12, 1e-25):
        # The integral of 1 / (alpha + scale), nearly all of which lies between the scale and 1.
        assert weights @ (1 / (alphas + scale)) == pytest.approx(np.log((1 + scale) / scale), rel=1e-6)


def test_plain_loop_finds_the_attributions_of_a_quadratic_form():
    inputs = keras.Input((3,))
    model = keras.Model(
        inputs, keras.layers.Lambda(lambda x: tf.stack([x[:, 0] ** 2, x[:, 1] * x[:, 2]], axis=1))(inputs)
    )
    x = np.array([[3.0, 1.0, 2.0], [1.0, 4.0, 2.0]], "float32")  # predicted: the square, the product
    loop = PlainLoop(model, x, [None])
    (values,), change = loop.values(*gauss_legendre(4))
    np.testing.assert_allclose(values, [[9, 0, 0], [0, 4, 4]], rtol=1e-6)
    np.testing.assert_allclose(change, [9, 8], rtol=1e-6)


def test_plain_loop_replaces_each_call_of_a_shared_layer_by_its_own():
    shared = keras.layers.Dense(2, use_bias=False, kernel_initializer="ones")
    first, second = keras.Input((1,), name="first"), keras.Input((1,), name="second")
    product = keras.layers.Multiply()([shared(first), shared(second)])
    model = keras.Model({"first": first, "second": second}, product)
    x = {"first": np.array([[2.0]], "float32"), "second": np.array([[5.0]], "float32")}
    loop = PlainLoop(model, x, [(shared, 0), (shared, 1)], lambda outputs: outputs[:, 0])
    values, _ = loop.values(*gauss_legendre(4))
    np.testing.assert_allclose([part.ravel() for part in values], [[5, 0], [5, 0]], rtol=1e-6)
    assert "call" not in vars(shared)


def test_network_that_normalises_is_right_in_every_column(pre_norm_rows):
    assert [row.weights for row in pre_norm_rows] == ["fresh", "settled"]
    for row in pre_norm_rows:
        assert row.right
        assert row.unchanged
        assert row.difference < 1e-5
        assert row.true_error.max() < 0.1
    assert not any(check.passed is False for check in sweep.checks(pre_norm_rows))


def test_wrong_values_fail_the_checks(monkeypatch, pre_norm_rows):
    monkeypatch.setattr(judge, "_leaves", lambda values: [1.5 * leaf for leaf in tf.nest.flatten(values)])
    rows = judge.judge(PRE_NORM, most_seconds=60)
    assert [row.difference for row in rows] == pytest.approx([0.5, 0.5], rel=1e-4)
    failed = [check.what for check in sweep.checks(rows) if check.passed is False]
    assert len(failed) == 2
    assert "true error" in failed[0]
    assert "plain loop" in failed[1]


def test_jump_is_right_only_where_it_is_what_the_network_does():
    (row, _) = judge.judge(EXPERTS, most_seconds=0)
    assert row.right
    assert set(row.status) <= {"converged", "jump at alpha"}
    assert row.true_error is None
    other = judge.Row(**{**vars(row), "status": np.array(["out of steps"] * 3)})
    assert not other.right


def test_settled_weights_have_biases_and_something_of_a_batchs_statistics():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5), keras.layers.BatchNormalization(momentum=0.9)])
    x = np.random.default_rng(0).normal(3, 2, (16, 4)).astype("float32")
    subject.settle(model, x)
    normalised = model.layers[1]
    assert np.all(np.asarray(model.layers[0].bias) != 0)
    assert normalised.momentum == 0.9
    np.testing.assert_allclose(normalised.moving_mean, np.mean(model.layers[0](x), axis=0) / 2, atol=0.1)
    assert np.all(np.asarray(normalised.moving_variance) > 0)


def test_without_keras_hub_a_sentence_stands_for_the_rows(monkeypatch):
    plain = builtins.__import__

    def absent(name, *args, **options):
        if name == "keras_hub":
            raise ImportError("No module named 'keras_hub'", name="keras_hub")
        return plain(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", absent)
    bert = next(each for each in sweep.SUBJECTS if each.name == "BertBackbone")
    with pytest.raises(Unavailable, match="keras-hub is not installed"):
        bert.build()
    (sentence,) = sweep.swept([bert], 0)
    assert sentence == "BertBackbone: skipped. keras-hub is not installed: pip install 'kerasig[zoo]'."


def test_one_network_that_fails_does_not_hide_the_others(monkeypatch, pre_norm_rows):
    def broken():
        raise RuntimeError("It cannot be built.")

    fails = subject.Subject("Broken", "benchmarks", broken)
    monkeypatch.setattr(sweep, "SUBJECTS", [fails, PRE_NORM])
    real = sweep.judge
    monkeypatch.setattr(sweep, "judge", lambda each, most: pre_norm_rows if each is PRE_NORM else real(each, most))
    tables, checks = sweep.run("full")
    assert tables[1].count("| Pre-norm transformer") == 2
    assert "Broken: failed. RuntimeError: It cannot be built." in tables
    assert [check.passed for check in checks] == [True, True, True, True, False]


def test_document_keeps_the_rows_that_a_run_did_not_make_again(tmp_path):
    path = tmp_path / "models.md"
    path.write_text(f"Words.\n\n{document.MARKER}\n")
    header = ("architecture", "explained", "weights", "status")
    first = [("B", "inputs", "fresh", "old"), ("Gone", "inputs", "fresh", "old"), ("C", "inputs", "fresh", "old")]
    document.write(path, "With one:", table(header, first), ["A", "B", "C"])
    document.write(
        path, "With two:", table(header, [("A", "", "fresh", "new"), ("C", "", "fresh", "new")]), ["A", "B", "C"]
    )
    rows = [("A", "", "fresh", "new"), ("B", "inputs", "fresh", "old"), ("C", "", "fresh", "new")]
    assert path.read_text() == f"Words.\n\n{document.MARKER}\n\nWith two:\n\n{table(header, rows)}\n"


def test_every_name_is_once_and_more_than_forty_families_are_there():
    names = [each.name for each in sweep.SUBJECTS]
    assert len(set(names)) == len(names)
    assert len({name.partition(",")[0] for name in names}) > 80
    assert all(sweep.chosen([name], "full") for name in sweep.SMOKE)
    assert isinstance(PRE_NORM.build(), keras.Model)
    assert kerasig._status.STATUSES.index(EXPERTS.reasons[0]) > 0

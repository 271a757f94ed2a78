"""`AttributionHandler` by itself: what it takes, what it gives, and what becomes of rows that are none."""

import pickle

import beam_models
import keras
import numpy as np
import pytest
from apache_beam.ml.inference.base import KeyedModelHandler
from beam_models import counted_model, embedded_model, no_model, table_model, table_rows

import kerasig
from kerasig import _nest as nest
from kerasig._beam.loading import ModelNotLoadedError
from kerasig._beam.results import RowsFailedError
from kerasig._datasets.options import lengths
from kerasig.beam import AttributionHandler, Failure, RowAttribution


@pytest.fixture(scope="module")
def table():
    handler = AttributionHandler(table_model, rows=8)
    return handler, handler.load_model()


def test_rows_have_the_attributions_that_explain_gives(table):
    handler, model = table
    x = table_rows(8)
    wanted = kerasig.explain(table_model(), x)
    found = handler.run_inference(list(x), model)
    assert [result.example.tolist() for result in found] == x.tolist()
    for row, result in enumerate(found):
        one = result.inference
        assert isinstance(one, RowAttribution)
        np.testing.assert_array_equal(one.values, wanted.values[row])
        for name in ("score", "baseline_score", "delta", "residual", "map_error", "n_evaluations", "predicted"):
            assert getattr(one, name) == getattr(wanted, name)[row], name
        assert (one.status, one.converged) == (wanted.status[row], wanted.converged[row])
        assert one.target == wanted.target[row]
        assert one.values.base is None
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again[3].inference.values, wanted.values[3])


def test_a_handler_pickles_and_its_copy_loads_the_model_of_a_file(tmp_path):
    path = str(tmp_path / "model.keras")
    table_model().save(path)
    copy = pickle.loads(pickle.dumps(AttributionHandler(path, target=1, steps=kerasig.Fixed(5))))
    x = table_rows(3)
    found = copy.run_inference(list(x), copy.load_model())
    wanted = kerasig.explain(keras.saving.load_model(path), x, 1, steps=kerasig.Fixed(5))
    np.testing.assert_array_equal([result.inference.values for result in found], wanted.values)
    assert {result.model_id for result in found} == {path}
    assert {result.inference.n_evaluations for result in found} == set(wanted.n_evaluations)


def test_dicts_and_labels_reach_the_model():
    n = 4
    rng = np.random.default_rng(0)
    ids, size = rng.integers(0, 11, (n, 5)).astype("int32"), rng.normal(size=(n, 2)).astype("float32")
    labels = np.array([2, 0, 1, 2])
    handler = AttributionHandler(embedded_model, target="label", layer=["embedding", None])
    rows = [({"ids": ids[row], "size": size[row]}, labels[row]) for row in range(n)]
    found = [result.inference for result in handler.run_inference(rows, handler.load_model())]
    wanted = kerasig.explain(
        embedded_model(), {"ids": ids, "size": size}, kerasig.targets.Label(labels), layer=["embedding", None]
    )
    assert [one.target for one in found] == labels.tolist()
    each = [nest.flatten(one.values) for one in found]
    for leaf, whole in enumerate(nest.flatten(wanted.values)):
        if whole is not None:
            np.testing.assert_array_equal([values[leaf] for values in each], whole)
    assert any(whole is None for whole in nest.flatten(wanted.values))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_batches_of_any_size_take_one_trace(jit_compile):
    handler = AttributionHandler(counted_model, rows=8, jit_compile=jit_compile, steps=kerasig.Fixed(4))
    model = handler.load_model()
    handler.run_inference(list(table_rows(8)), model)
    traced = beam_models.traces
    assert traced
    for n in (8, 3, 1, 7):
        assert len(handler.run_inference(list(table_rows(n)), model)) == n
    assert beam_models.traces == traced


def test_beam_batches_exactly_the_rows_that_were_asked_for():
    assert AttributionHandler(table_model, rows=8, max_wait=2).batch_elements_kwargs() == {
        "min_batch_size": 8,
        "max_batch_size": 8,
        "max_batch_duration_secs": 2,
    }
    assert AttributionHandler(table_model).get_num_bytes([table_rows(1)[0], {"a": np.zeros(3), "b": "word"}]) == 44
    # What waits for time is counted in rows.
    assert AttributionHandler(table_model, max_wait=2).batch_elements_kwargs()["max_batch_size"] == 64


@pytest.mark.parametrize("shape", [(4,), (64, 64, 3), (224, 224, 3), (3000, 3000)])
def test_batches_are_as_large_as_chunks_of_a_data_set(shape):
    row = np.zeros(shape, "float32")
    chunk, _ = lengths(2 * row.size, None, None)
    for handler, element in (
        (AttributionHandler(table_model), row),
        (KeyedModelHandler(AttributionHandler(table_model)), ("key", (row, 1))),
    ):
        given = handler.batch_elements_kwargs()
        assert given["min_batch_size"] == given["max_batch_size"]
        share = given["element_size_fn"](element)
        # A row alone is a batch, however large.
        assert share <= given["max_batch_size"]
        assert given["max_batch_size"] // share == chunk


def test_a_row_that_cannot_be_measured_fails_where_it_is_read():
    unordered = {1: np.zeros(2), "a": np.zeros(2)}
    handler = AttributionHandler(table_model, on_error="return")
    assert handler.batch_elements_kwargs()["element_size_fn"](unordered) > 0
    (found,) = handler.run_inference([unordered], handler.load_model())
    assert isinstance(found.inference, Failure)


def bad_batch() -> list[object]:
    good = list(table_rows(8))
    return [good[0], np.zeros(5, "float32"), good[1], np.full(4, np.nan, "float32"), "word", object(), *good[2:]]


def test_rows_that_are_none_fail_by_themselves_each_with_its_reason():
    handler = AttributionHandler(table_model, on_error="return")
    found = [result.inference for result in handler.run_inference(bad_batch(), handler.load_model())]
    reasons = {row: one.reason for row, one in enumerate(found) if isinstance(one, Failure)}
    assert sorted(reasons) == [1, 3, 4, 5]
    assert "shape (N, 4)" in reasons[1]
    assert "(1, 5)" in reasons[1]
    assert "4 of 4 numbers that are NaN" in reasons[3]
    assert "string" in reasons[4]
    assert "array" in reasons[5]
    wanted = kerasig.explain(table_model(), table_rows(8)).values
    good = [one.values for one in found if isinstance(one, RowAttribution)]
    np.testing.assert_allclose(good, wanted, rtol=1e-6, atol=1e-7)


def test_one_row_at_fault_among_those_of_its_shape_leaves_the_others():
    handler = AttributionHandler(embedded_model, layer="embedding", on_error="return")
    row = {"ids": np.arange(5, dtype="int32"), "size": np.ones(2, "float32")}
    beyond = row | {"ids": np.full(5, 99, "int32")}
    found = [result.inference for result in handler.run_inference([row, row, beyond, row], handler.load_model())]
    assert [isinstance(one, Failure) for one in found] == [False, False, True, False]
    assert "99" in found[2].reason


def test_a_batch_with_a_bad_row_says_which_and_how_to_keep_the_others(table):
    handler, model = table
    with pytest.raises(RowsFailedError, match=r"4 of 12 rows.*row 1: .*row 3: .*row 4: .*and 1 more") as raised:
        handler.run_inference(bad_batch(), model)
    assert "other 8" in str(raised.value)
    assert "on_error='return'" in str(raised.value)
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_a_label_that_is_missing_is_a_reason():
    handler = AttributionHandler(table_model, "label", on_error="return")
    x = table_rows(2)
    found = handler.run_inference([x[0], (x[1], 2)], handler.load_model())
    assert "needs labels that are classes" in found[0].inference.reason
    assert found[1].inference.target == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"model": ""}, "model must be the path"),
        ({"model": lambda x: x}, "function without arguments"),
        ({"model": table_model()}, "each worker loads its own"),
        ({"target": "labels"}, "target must be one of label, predicted, auto"),
        ({"target": [0, 1]}, "target must be the same for every row"),
        ({"target": kerasig.targets.Label([0, 1])}, "target must be the same for every row"),
        ({"layer": keras.layers.Dense(1)}, "layer must be the name"),
        ({"steps": "many"}, "steps"),
        ({"batch_size": 0}, "batch_size"),
        ({"jit_compile": "yes"}, "jit_compile"),
        ({"coordinates": 3}, "coordinates"),
        ({"rows": 0}, "rows must be a whole number"),
        ({"on_error": "ignore"}, "on_error must be one of raise, return"),
        ({"share": 0}, "share must be a whole number"),
        ({"max_wait": -1}, "max_wait must be above 0"),
        ({"resource_hints": {"min_rum": "8GB"}}, "resource_hints must be hints that Beam knows"),
        ({"env_vars": ["A"]}, "env_vars must be a dict"),
    ],
    ids=lambda value: str(next(iter(value))) if isinstance(value, dict) else "",
)
def test_every_argument_is_judged_when_the_pipeline_is_made(arguments, says):
    with pytest.raises((ValueError, TypeError), match=says):
        AttributionHandler(**{"model": table_model} | arguments)


def test_hints_copies_and_variables_are_handed_on():
    handler = AttributionHandler(table_model, resource_hints={"min_ram": "8GB"}, share=2, env_vars={"A": 1})
    assert handler.get_resource_hints() == {"min_ram": "8GB"}
    assert (handler.share_model_across_processes(), handler.model_copies()) == (True, 2)
    assert not AttributionHandler(table_model).share_model_across_processes()
    assert handler._env_vars == {"A": "1"}
    with pytest.raises(ValueError, match="inference_args must be None"):
        handler.validate_inference_args({"target": 1})
    handler.validate_inference_args(None)


def test_another_path_is_another_model(tmp_path):
    table_model().save(tmp_path / "second.keras")
    handler = AttributionHandler(no_model)
    handler.update_model_path(None)
    with pytest.raises(ModelNotLoadedError, match="not mounted"):
        handler.load_model()
    handler.update_model_path(str(tmp_path / "second.keras"))
    assert len(handler.run_inference(list(table_rows(2)), handler.load_model())) == 2


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("/nowhere/model.keras", r"cannot load the model from '/nowhere/model\.keras': .*every worker reads"),
        (no_model, "the function no_model: OSError: the disk with the weights is not mounted.*Try the function"),
        (dict, "which is no model"),
    ],
)
def test_a_model_that_cannot_be_loaded_says_where_what_and_why(model, says):
    with pytest.raises(ModelNotLoadedError, match=says):
        AttributionHandler(model).load_model()

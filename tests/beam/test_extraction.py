"""The step of `kerasig.tfma`, on batches of extracts as TFMA has them; `make tfma` tries it within TFMA itself."""

import importlib.util

import numpy as np
import pytest
from beam_models import embedded_model, table_model, table_rows

import kerasig
from kerasig._beam.extraction import extraction

SETTINGS = dict.fromkeys(("layer", "coordinates", "steps", "batch_size", "jit_compile"))


@pytest.fixture
def taken():
    """The extracts that a step gives for one batch, in this process."""

    def take(model, extracts, target=None, inputs=None, names=None, under=None, **settings):
        step = extraction(model, target, None, SETTINGS | settings, inputs, names, under or {})
        step.fn.setup()
        (found,) = step.fn.process(extracts)
        return found

    return take


def test_each_column_is_a_feature_with_its_errors(taken):
    x, labels = table_rows(6), np.array([[0], [1], [2], [0], [1], [2]])
    extracts = {"features": {"x": x, "age": x[:, 0]}, "labels": labels, "slice_keys": [()] * 6}
    found = taken(table_model, extracts, "label", inputs="x", names=list("abcd"))
    wanted = kerasig.explain(table_model(), x, kerasig.targets.Label(labels[:, 0]))
    assert list(found["attributions"]) == list("abcd")
    for column, name in enumerate("abcd"):
        np.testing.assert_array_equal(found["attributions"][name], wanted.values[:, column])
    np.testing.assert_array_equal(found["attribution_errors"]["residual"], wanted.residual)
    assert {key: found[key] for key in ("features", "slice_keys")} == {
        k: extracts[k] for k in ("features", "slice_keys")
    }


def test_inputs_are_found_by_their_names_and_models_stay_apart(taken):
    rng = np.random.default_rng(0)
    features = {
        "ids": rng.integers(0, 11, (4, 5)),
        "size": rng.normal(size=(4, 2)).astype("float32"),
        "age": np.ones(4),
    }
    under = {"model_name": "new", "output_name": "score"}
    found = taken(embedded_model, {"features": features, "attributions": {"old": 1}}, 1, under=under)
    wanted = kerasig.explain(embedded_model(), {"ids": features["ids"], "size": features["size"]}, 1)
    assert found["attributions"]["old"] == 1
    assert list(found["attributions"]["new"]["score"]) == ["size"]
    np.testing.assert_array_equal(found["attributions"]["new"]["score"]["size"], wanted.values["size"])
    both = taken(embedded_model, {"features": features}, 1, layer=["embedding", None])
    assert {name: leaf.shape for name, leaf in both["attributions"].items()} == {"0": (4, 15), "1/size": (4, 2)}


def test_a_function_makes_the_inputs_and_a_feature_without_an_axis_gets_one(taken):
    x = table_rows(3)
    features = {name: x[:, column] for column, name in enumerate("abcd")}
    made = taken(table_model, {"features": features}, inputs=lambda found: np.stack([found[n] for n in "abcd"], 1))
    np.testing.assert_array_equal(made["attributions"]["inputs"], kerasig.explain(table_model(), x).values)


@pytest.mark.parametrize(
    ("extracts", "arguments", "says"),
    [
        ({"labels": [1]}, {}, "extracts must have features"),
        ({"features": {"y": table_rows(2)}}, {"inputs": "x"}, "no such feature.*'y'"),
        ({"features": {"x": table_rows(2)}}, {"inputs": "x", "names": ["a"]}, "one for each column"),
        ({"features": {"x": table_rows(2)}}, {"inputs": "x", "target": "label"}, "needs labels"),
    ],
)
def test_extracts_that_do_not_fit_are_told(taken, extracts, arguments, says):
    with pytest.raises(ValueError, match=says):
        taken(table_model, extracts, **arguments)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"inputs": 3}, "inputs must be the name of a feature"),
        ({"names": 3}, "feature_names must be"),
        ({"under": {"model_name": 3}}, "model_name must be a string"),
        ({"layer": 3}, "layer must be the name"),
    ],
)
def test_arguments_are_judged_when_the_pipeline_is_made(taken, arguments, says):
    with pytest.raises((ValueError, TypeError), match=says):
        taken(table_model, {}, **arguments)


@pytest.mark.skipif(importlib.util.find_spec("tensorflow_model_analysis") is not None, reason="TFMA is installed")
def test_without_tfma_the_extractor_says_what_to_install():
    with pytest.raises(ImportError, match="pip install tensorflow-model-analysis"):
        kerasig.tfma.AttributionsExtractor(table_model)

"""A table of pandas has a row for each example, and the attributions of features in columns."""

import sys

import numpy as np
import pandas
import pytest
from test_attribution import leaf, made

import kerasig
from kerasig import ProbeSet


def test_features_are_columns_with_the_names_that_are_given():
    values = leaf(3)
    frame = made(values).to_dataframe(feature_names=["age", "sex", "income"], names=["Ann", "Bo"])
    assert list(frame.columns) == ["age", "sex", "income"]
    assert list(frame.index) == ["Ann", "Bo"]
    np.testing.assert_array_equal(frame.to_numpy(), values)


def test_features_without_names_are_numbered_or_called_after_their_leaves():
    assert list(made(leaf(2)).to_dataframe()) == ["feature 0", "feature 1"]
    assert list(made(leaf(2), layer="pooled").to_dataframe()) == ["pooled 0", "pooled 1"]
    table = made({"age": leaf(1), "sex": leaf(), "ids": None, "rest": leaf(2)}).to_dataframe()
    assert list(table) == ["age", "rest 0", "rest 1", "sex"]
    np.testing.assert_array_equal(table["age"], leaf(1)[:, 0])
    listed = made([leaf(1), leaf(2)], layer=[None, "hidden"]).to_dataframe()
    assert list(listed) == ["inputs", "hidden 0", "hidden 1"]


def test_images_give_what_is_known_of_each_example():
    status = np.array(["converged", "out of steps"])
    frame = made(
        leaf(4, 4), status=status, target=(np.array([1, 2]), np.array([0, 3])), predicted=np.array([5, 6])
    ).to_dataframe()
    assert list(frame) == [
        *("score", "baseline_score", "delta", "residual", "map_error", "converged", "status", "n_evaluations"),
        *("target 0", "target 1", "predicted"),
    ]
    assert frame["status"].tolist() == status.tolist()
    assert frame["target 1"].tolist() == [0, 3]
    assert (frame.dtypes["delta"], frame.dtypes["n_evaluations"].kind) == (np.float64, "i")


@pytest.mark.parametrize(
    ("target", "columns"),
    [
        (None, {}),
        ("Loss(mse)", {"target": ["Loss(mse)"] * 2}),
        (np.array([3, 1]), {"target": [3, 1]}),
        ({"output": "main", "target": np.array([3, 1])}, {"output": ["main"] * 2, "target": [3, 1]}),
        ({"output": 0, "target": None}, {"output": ["0"] * 2}),
    ],
    ids=str,
)
def test_every_kind_of_target_is_a_column(target, columns):
    frame = made(leaf(4, 4), target=target).to_dataframe()
    assert {name: frame[name].tolist() for name in frame if name in ("target", "output")} == columns


def test_a_table_of_no_example_has_its_columns():
    assert made(leaf(3))[:0].to_dataframe().shape == (0, 3)


@pytest.mark.parametrize(
    ("values", "arguments", "says"),
    [
        (leaf(3), {"feature_names": ["a"]}, "one per feature. Received 1 for 3"),
        (leaf(2), {"feature_names": ["a", "a"]}, "distinct. Received"),
        (leaf(2), {"names": ["a"]}, "names must be one per example"),
        (leaf(4, 4), {"feature_names": ["a", "b"]}, "feature_names must come with values that have features"),
    ],
)
def test_names_that_do_not_fit_are_refused(values, arguments, says):
    with pytest.raises(ValueError, match=says):
        made(values).to_dataframe(**arguments)


def test_without_pandas_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        made(leaf(3)).to_dataframe()


def test_a_table_is_one_of_pandas():
    assert isinstance(made(leaf(3)).to_dataframe(), pandas.DataFrame)


def test_names_of_a_probe_set_stand_in_for_those_that_are_left_out():
    table = pandas.DataFrame(np.eye(3, 2, dtype=np.float32), columns=["age", "mass"])
    probes = ProbeSet(table, names=["ann", "ben", "cem"])
    attribution = kerasig.explain(lambda x: x[:, 0] * 2 + x[:, 1], probes, steps=1)
    frame = attribution.to_dataframe(probes=probes)
    assert (list(frame.columns), list(frame.index)) == (["age", "mass"], ["ann", "ben", "cem"])
    np.testing.assert_allclose(frame["age"], [2, 0, 0])
    assert list(attribution.to_dataframe(probes=probes, names=["x", "y", "z"]).index) == ["x", "y", "z"]
    assert list(attribution.to_dataframe(probes=probes, feature_names=["f", "g"]).columns) == ["f", "g"]
    with pytest.raises(ValueError, match=r"probes must be those that were explained.*2 for 3 examples"):
        attribution.to_dataframe(probes=ProbeSet(np.eye(2)))
    with pytest.raises(ValueError, match=r"probes must be a kerasig\.ProbeSet"):
        attribution.to_dataframe(probes=table)


def test_feature_names_of_a_set_are_left_out_where_they_are_of_something_else():
    probes = ProbeSet(np.eye(3, 2, dtype=np.float32), feature_names=["age", "mass"])
    (one, two) = (kerasig.explain(lambda x: x[:, 0], np.ones((3, width), "float32"), steps=1) for width in (1, 2))
    assert list(one.to_dataframe(probes=probes).columns) == ["feature"]
    assert list(two.to_dataframe(probes=probes).columns) == ["age", "mass"]

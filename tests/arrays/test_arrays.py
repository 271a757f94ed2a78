"""Arrays are read once: whatever a value is, it means the same wherever it is passed, or gets the same sentence."""

from typing import Any

import keras
import numpy as np
import pandas
import pytest
import scipy.sparse
import tensorflow as tf
import tf_keras

import kerasig
from kerasig import metrics
from kerasig._arrays import as_array, column_names
from kerasig._explaining.baselines import resolve
from kerasig._explaining.inputs import read
from kerasig._models import adapt
from kerasig.plot import times_picture

N = 3
X = np.random.default_rng(0).normal(size=(N, 4)).astype("float32")
FRAME = pandas.DataFrame({"age": [31, 42, 53], "mass": [60.5, 71.5, 82.5], "ill": [True, False, True]})


def sums(x: Any) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(x, tf.float32) ** 2, axis=range(1, len(x.shape)))


class Detached:
    """The least of PyTorch's tensors: no array of what requires a gradient, until it is detached."""

    def __init__(self, array: Any, requires_grad: bool = True):
        self.array, self.requires_grad, self.shape, self.dtype = array, requires_grad, array.shape, "torch.float32"

    def detach(self) -> "Detached":
        return Detached(self.array, False)

    def cpu(self) -> "Detached":
        return self

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self.array

    def __getitem__(self, rows: Any) -> "Detached":
        return Detached(self.array[rows], self.requires_grad)


class Told:
    """An array that only a method of its own gives, as other libraries have them."""

    def __init__(self, array: Any, method: str):
        self.shape = array.shape
        setattr(self, method, lambda: array)


WHOLE = FRAME.astype({"age": "Int64", "mass": "Float64", "ill": "boolean"})
READ = {
    "frame of int, float and bool": (FRAME, np.array([[31, 60.5, 1], [42, 71.5, 0], [53, 82.5, 1]])),
    "frame of nullable dtypes": (WHOLE, np.array([[31, 60.5, 1], [42, 71.5, 0], [53, 82.5, 1]])),
    "frame of one dtype": (pandas.DataFrame(X), X),
    "frame of bools": (FRAME[["ill"]], np.array([[True], [False], [True]])),
    "frame of int and float32": (FRAME[["age"]].assign(b=np.float32(0.5)), np.array([[31, 0.5], [42, 0.5], [53, 0.5]])),
    "frame of objects that are numbers": (FRAME[["age"]].astype(object), np.array([[31], [42], [53]])),
    "values of a frame": (FRAME.to_numpy(), np.array([[31, 60.5, 1], [42, 71.5, 0], [53, 82.5, 1]])),
    "Series": (FRAME["mass"][::-1], np.array([82.5, 71.5, 60.5])),
    "nullable Series": (WHOLE["age"], np.array([31, 42, 53])),
    "ragged": (tf.ragged.constant([[1.0, 2.0], [], [3.0]]), np.array([[1, 2], [0, 0], [3, 0]], np.float32)),
    "ragged twice": (
        tf.ragged.constant([[[1]], [[2, 3], [4]], []]),
        np.array([[[1, 0], [0, 0]], [[2, 3], [4, 0]], [[0, 0], [0, 0]]]),
    ),
    "sparse": (tf.sparse.from_dense(X * (X > 0)), X * (X > 0)),
    "sparse with one place twice": (
        tf.SparseTensor([[0, 1], [0, 1], [2, 0]], [1.0, 2.0, 5.0], [N, 2]),
        [[0, 3], [0, 0], [5, 0]],
    ),
    "csr": (scipy.sparse.csr_array(X * (X > 0)), X * (X > 0)),
    "coo": (scipy.sparse.coo_matrix(X * (X > 0)), X * (X > 0)),
    "tensor that requires a gradient": (Detached(X), X),
    "numpy()": (Told(X, "numpy"), X),
    "to_numpy()": (Told(X, "to_numpy"), X),
    "bfloat16": (tf.cast([1.5, 2.5, 3.5], tf.bfloat16), np.array([1.5, 2.5, 3.5], np.float32)),
}


ASKED = kerasig.Fixed(1)


def both(inputs: Any) -> tf.Tensor:
    return sums(inputs["x"]) + sums(inputs["held"])


@pytest.mark.parametrize(("value", "expected"), READ.values(), ids=READ.keys())
def test_what_people_have_is_the_same_array_wherever_it_is_passed(value, expected):
    expected = np.asarray(expected)
    found = {
        "reader": as_array(value, "value"),
        "explain": read(value, adapt(sums)).leaves[0],
        "explain's dict": read({"a": X, "held": value}, adapt(both)).leaves[1],
        "ProbeSet": kerasig.ProbeSet(value).inputs,
        "labels": kerasig.ProbeSet(X, value).labels,
        "from_dataset": kerasig.ProbeSet.from_dataset(({"held": value}, value), N).inputs["held"],
        "from_dataset's labels": kerasig.ProbeSet.from_dataset((X, value), N).labels,
        "batches": kerasig.ProbeSet.from_dataset([(value, X)], N).inputs,
        "baselines": np.broadcast_to(resolve(value, np.zeros(expected.shape), [True]).rows[0], expected.shape),
    }
    for where, array in found.items():
        np.testing.assert_array_equal(array, expected, err_msg=where)
    np.testing.assert_array_equal(metrics.gini(value), metrics.gini(expected))


def test_a_frame_or_a_sparse_matrix_is_explained_as_its_array():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    explainer = kerasig.Explainer(model, steps=ASKED)
    array = FRAME.to_numpy("float32")
    expected = explainer.explain(array, 1, baselines=array[:1])
    for form in (lambda rows: rows, lambda rows: rows.astype("Float64"), scipy.sparse.csr_matrix):
        frame = form(FRAME.astype(float))
        found = explainer.explain(frame, pandas.Series([1, 1, 1], index=[5, 6, 7]), baselines=frame[:1])
        np.testing.assert_array_equal(found.values, expected.values)
        np.testing.assert_array_equal(found.baselines, expected.baselines)
        np.testing.assert_array_equal(found.inputs, expected.inputs)


REFUSED = {
    "masked": np.ma.masked_array(X, X > 0),
    "complex": X * 1j,
    "dates": FRAME.assign(age=pandas.Timestamp("2026-01-01"))["age"],
    "frame with dates": FRAME.assign(age=pandas.Timestamp("2026-01-01")),
    "frame with NA": FRAME.assign(age=pandas.array([1, None, 3], "Int64")),
    "frame with None": FRAME.assign(age=pandas.Series([1, None, 3], dtype=object)),
    "Series with NA": pandas.Series([1.5, None, 2.5], dtype="Float64"),
    "objects with None": np.array([1.5, None, 2.5], object),
    "words with NaN": np.array(["a", np.nan, "b"], object),
    "frame of numbers and words": FRAME.assign(ill=["yes", "no", "no"]),
    "frame of numbers and categories": FRAME.assign(ill=pandas.Categorical([0, 1, 0])),
    "numbers and words": np.array([[1.0, "a"], [2.0, "b"], [3.0, "c"]], object),
    "rows of several lengths": np.array([[1], [2, 3], [4]], object),
    "too large to be made dense": scipy.sparse.csr_matrix((N, 10**9), dtype=np.float32),
    "records": np.zeros(N, [("a", "f4"), ("b", "f4")]),
    "whole numbers too large for a float": np.array([10**400, 1, 2], object),
}
if np.dtype(np.longdouble).itemsize > 8:
    REFUSED["long floats"] = X.astype(np.longdouble)
PLACES = {
    "explain": lambda value: kerasig.explain(sums, value),
    "explain's dict": lambda value: kerasig.explain(both, {"held": value, "x": X}),
    "Explainer": lambda value: kerasig.Explainer(sums).check(value),
    "baselines": lambda value: kerasig.explain(sums, X, baselines=value),
    "baselines.Mean": lambda value: kerasig.explain(sums, X, baselines=kerasig.baselines.Mean(value)),
    "baselines.Samples": lambda value: kerasig.baselines.Samples(value),
    "targets.PerExample": lambda value: kerasig.explain(
        sums, X, kerasig.targets.PerExample(lambda out, data: out, value)
    ),
    "ProbeSet": kerasig.ProbeSet,
    "labels": lambda value: kerasig.ProbeSet(X, value),
    "from_dataset": lambda value: kerasig.ProbeSet.from_dataset((value, np.arange(N)), N),
    "batches": lambda value: kerasig.ProbeSet.from_dataset([(value, np.arange(N))], N),
    "metrics": metrics.gini,
    "plot": lambda value: times_picture(X, value),
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_array_gets_the_same_sentence_wherever_it_is_passed(value):
    said = {}
    for place, call in PLACES.items():
        with pytest.raises(ValueError, match=r" must .*\. Received .*\. [A-Z]") as error:
            call(value)
        said[place] = str(error.value).partition(" must ")[2]
    assert len(set(said.values())) == 1, said


def test_nothing_but_a_frame_with_names_has_column_names():
    for value in (X, FRAME["age"], pandas.DataFrame(X), {"age": X}, [X], None, 3):
        assert column_names(value) is None
    assert column_names(FRAME) == ("age", "mass", "ill")
    assert column_names(pandas.DataFrame(X, columns=list("abab"))) == ("a #1", "b #1", "a #2", "b #2")
    levels = pandas.MultiIndex.from_product([["a", "b"], [1, 2]])
    assert column_names(pandas.DataFrame(X, columns=levels)) == ("a/1", "a/2", "b/1", "b/2")


# Two other libraries' frames, as far as they are looked at: the real ones are no dependency of the tests.


class Polars:
    columns = property(lambda self: ["age", "mass"])

    def get_column(self, name: str) -> Any:
        return dict(zip(self.columns, self.get_columns(), strict=True))[name]

    def get_columns(self) -> list[Any]:
        return [np.arange(N), np.ones(N)]


class Arrow:
    column_names = property(lambda self: ["age", "mass"])

    def column(self, place: int) -> Any:
        return (np.arange(N), np.ones(N))[place]


class Gaps:
    """A column that counts what it has no value for."""

    def __init__(self, null_count: Any):
        self.null_count = null_count

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array([np.nan, 1.0])


def test_frames_of_other_libraries_are_read_by_their_columns():
    for frame in (Polars(), Arrow()):
        np.testing.assert_array_equal(as_array(frame, "inputs"), [[0, 1], [1, 1], [2, 1]])
        assert kerasig.ProbeSet(frame).feature_names == ("age", "mass")
    for count in (1, lambda: 1):
        with pytest.raises(ValueError, match=r"inputs must have no missing values\. Received 1 of them"):
            kerasig.ProbeSet(Gaps(count))


def test_a_value_whose_every_answer_is_an_error_gets_a_sentence():
    class Raising:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

    with pytest.raises(ValueError, match=r"inputs must be an array of one shape\. Received .*Raising"):
        kerasig.ProbeSet(Raising())


@pytest.mark.slow
def test_a_model_that_takes_rows_ragged_is_not_shown_their_padding():
    words = tf.ragged.constant([[1, 2], [3]])
    for library in (keras, tf_keras):
        layers = library.layers
        mean = [layers.Embedding(5, 2, name="words"), layers.GlobalAveragePooling1D(), layers.Dense(2)]
        model = library.Sequential([library.Input((None,), dtype="int32", ragged=True), *mean])
        with pytest.raises(ValueError, match=r"inputs must have rows of one length, for the model takes them ragged"):
            kerasig.explain(model, words, 0, layer="words", steps=ASKED)
        for rows in (words[:1], np.array([[1, 2]])):
            found = kerasig.explain(model, rows, 0, layer="words", steps=ASKED)
            np.testing.assert_allclose(found.score, np.asarray(model(words))[:1, 0], rtol=1e-6)


@pytest.mark.slow
def test_columns_by_name_are_inputs_by_name_in_both_libraries():
    rng = np.random.default_rng(0)
    hearts = pandas.DataFrame({"age": rng.normal(size=4), "thal": ["fixed", "normal", "fixed", "normal"]})
    for library in (keras, tf_keras):
        layers = library.layers
        age, thal = library.Input((1,), name="age"), library.Input((1,), name="thal", dtype="string")
        looked_up = layers.StringLookup(vocabulary=["fixed", "normal"], output_mode="one_hot")(thal)
        outputs = layers.Dense(1, "sigmoid")(layers.Concatenate()([age, looked_up]))
        model = library.Model({"age": age, "thal": thal}, outputs)
        columns = {"age": hearts["age"].to_numpy("float32")[:, None], "thal": hearts["thal"].to_numpy(object)[:, None]}
        for inputs in (
            dict(hearts),
            {name: hearts[[name]] for name in hearts},
            dict(hearts.astype({"thal": "category"})),
        ):
            found = kerasig.explain(model, inputs, steps=ASKED)
            np.testing.assert_allclose(found.score, np.asarray(model(columns))[:, 0], rtol=1e-6)
            assert found.values["thal"] is None


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        (lambda: tf.data.Dataset.range(3), r"Pass kerasig\.ProbeSet\.from_dataset\(dataset, n\) of a dataset"),
        (lambda: iter([1, 2]), r"Pass np\.stack\(list\(\.\.\.\)\) of what it yields"),
        (lambda: (row for row in np.eye(2)), r"Pass np\.stack\(list\(\.\.\.\)\) of what it yields"),
        (lambda: {1.0, 2.0}, "a set has no order"),
        (lambda: {"a": np.ones(2)}, "Pass one of its arrays"),
        (lambda: len, "Pass the array itself, not a model or a function"),
        (lambda: [[1], [1, 2]], "Pass rows of one length"),
        (lambda: kerasig.ProbeSet(np.eye(2)), "Pass its inputs"),
        (lambda: kerasig.explain(lambda x: x[:, 0], np.eye(2)), "Pass its values"),
    ],
    ids=["dataset", "iterator", "generator", "set", "dict", "function", "ragged", "probes", "attribution"],
)
def test_what_is_no_array_gets_the_remedy_that_fits_it(value, remedy):
    with pytest.raises(ValueError, match=remedy):
        as_array(value(), "inputs")

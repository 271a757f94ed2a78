"""Whatever is passed, the answer is an attribution, or one sentence that names the argument and what was received."""

import contextlib
import decimal
import fractions
import re
import warnings

import keras
import numpy as np
import pandas
import pytest
import scipy.sparse
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

import kerasig

N = 3
X = np.random.default_rng(0).normal(size=(N, 4)).astype("float32")
IDS = np.array([[0, 1], [2, 3], [4, 0]], np.int32)
INPUTS = {"ids": IDS, "x": X}
FRAME = pandas.DataFrame(X, columns=list("abcd"))


class Hostile:
    """An object whose every answer is an error."""

    def __repr__(self):
        raise RuntimeError("no repr")

    __len__ = __array__ = __iter__ = __getitem__ = __float__ = __index__ = __bool__ = __repr__


def endless():
    nest = []
    nest.append(nest)
    return nest


def masked(*shape):
    return np.ma.masked_array(np.zeros(shape, np.float32), np.ones(shape, bool))


def raises(*_):
    raise ValueError("words of\nthe user's own")


JUNK = {
    "None": lambda: None,
    "True": lambda: True,
    "0": lambda: 0,
    "-1": lambda: -1,
    "2": lambda: 2,
    "1000": lambda: 1000,
    "2**31": lambda: 2**31,
    "2**63": lambda: 2**63,
    "10**400": lambda: 10**400,
    "1.5": lambda: 1.5,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "1j": lambda: 1j,
    "a": lambda: "a",
    "empty string": lambda: "",
    "bytes": lambda: b"\x00\xff",
    "list": lambda: [],
    "tuple": lambda: (),
    "dict": lambda: {},
    "set": lambda: {1, 2},
    "range": lambda: range(N),
    "iterator": lambda: iter([1, 2, 3]),
    "object": object,
    "ellipsis": lambda: ...,
    "slice": lambda: slice(1),
    "class": lambda: int,
    "module": lambda: np,
    "hostile": Hostile,
    "endless nest": endless,
    "mixed keys": lambda: {1: X, "a": X},
    "list of numbers": lambda: [0.1, 0.2, 0.3],
    "list of strings": lambda: ["a", "b", "c"],
    "list of None": lambda: [None, None],
    "ragged list": lambda: [[1], [2, 3]],
    "fraction": lambda: fractions.Fraction(1, 3),
    "decimal": lambda: decimal.Decimal("0.5"),
    "function of nothing": lambda: lambda: 0,
    "function of three": lambda: lambda a, b, c: a,
    "function that raises": lambda: raises,
    "ufunc": lambda: np.sin,
    "uint64": lambda: np.full(N, 2**64 - 1, np.uint64),
    "bools": lambda: np.ones(N, bool),
    "ints": lambda: np.arange(N),
    "negative ints": lambda: -np.arange(N),
    "floats": lambda: np.linspace(0, 1, N),
    "nans": lambda: np.full(N, np.nan),
    "float128": lambda: np.zeros((N, 4), np.longdouble),
    "complex": lambda: np.zeros((N, 4), complex),
    "dates": lambda: np.zeros((N, 4), "M8[s]"),
    "structured": lambda: np.zeros(N, [("a", "f4"), ("b", "i4")]),
    "objects": lambda: np.array([1, "a", None], object),
    "objects that are floats": lambda: X.astype(object),
    "strings": lambda: np.array(["a", "b", "c"]),
    "masked": lambda: masked(N, 4),
    "masked column": lambda: masked(N),
    "no rows": lambda: np.zeros((0, 4), np.float32),
    "no columns": lambda: np.zeros((N, 0), np.float32),
    "no axes": lambda: np.array(1.0),
    "many axes": lambda: np.zeros([1] * 20),
    "float array": lambda: X,
    "float64 array": lambda: X.astype("float64"),
    "one row": lambda: X[:1],
    "one column": lambda: X[:, :1],
    "one example": lambda: X[0],
    "int array": lambda: IDS,
    "bool array": lambda: X > 0,
    "ragged": lambda: tf.ragged.constant([[1.0], [2.0, 3.0]]),
    "sparse": lambda: tf.sparse.from_dense(X),
    "csr": lambda: scipy.sparse.csr_matrix(X),
    "csr too large": lambda: scipy.sparse.csr_matrix((N, 10**9), dtype=np.float32),
    "frame": lambda: FRAME,
    "frame of several dtypes": lambda: FRAME.assign(a=[True, False, True], b=[1, 2, 3]),
    "frame with words": lambda: FRAME.assign(a=["x", "y", "z"]),
    "frame with missing values": lambda: FRAME.assign(a=pandas.array([1, None, 3], "Int64")),
    "columns by name": lambda: {"x": FRAME, "ids": pandas.DataFrame(IDS)},
    "Series": lambda: FRAME["a"],
    "Series of classes": lambda: pandas.Series(np.arange(N), dtype="Int64", index=[7, 8, 9]),
    "symbolic": lambda: keras.Input((4,)),
    "tensor": lambda: tf.constant(X),
    "variable": lambda: tf.Variable(X),
    "dataset": lambda: tf.data.Dataset.from_tensors(X),
    "inputs": lambda: INPUTS,
    "inputs without ids": lambda: {"x": X},
    "inputs of other keys": lambda: {"a": X, "b": IDS},
    "ids beyond": lambda: {"x": X, "ids": IDS + 3},
    "ids of uint64": lambda: {"x": X, "ids": IDS.astype("uint64") + 2**63},
    "ids that are NaN": lambda: {"x": X, "ids": np.full((N, 2), np.nan)},
    "baselines of one": lambda: {"x": 0.5, "ids": None},
    "Fixed": lambda: kerasig.Fixed(2),
    "Adaptive": lambda: kerasig.Adaptive(max_steps=9),
    "Noise": lambda: kerasig.baselines.Noise(1.0),
    "Mean": lambda: kerasig.baselines.Mean({"x": X, "ids": None}),
    "Mean of a string": lambda: kerasig.baselines.Mean("a"),
    "Mean of itself": lambda: kerasig.baselines.Mean(kerasig.baselines.Mean(X)),
    "Samples": lambda: kerasig.baselines.Samples({"x": X, "ids": None}, n=2),
    "AtInputs": lambda: kerasig.baselines.AtInputs(INPUTS),
    "Label": lambda: kerasig.targets.Label(np.arange(N)),
    "Label beyond": lambda: kerasig.targets.Label(np.arange(N) + 1),
    "Label of a string": lambda: kerasig.targets.Label("a"),
    "Output": lambda: kerasig.targets.Output(0),
    "Output of a dict": lambda: kerasig.targets.Output({}),
    "Output that is not there": lambda: kerasig.targets.Output("nothing"),
    "Output of an Output": lambda: kerasig.targets.Output(0, kerasig.targets.Output(0, 7)),
    "Loss": lambda: kerasig.targets.Loss(np.arange(N), "sparse_categorical_crossentropy"),
    "Loss of classes from 1": lambda: kerasig.targets.Loss(np.arange(N) + 1, "sparse_categorical_crossentropy"),
    "Loss of strings": lambda: kerasig.targets.Loss(np.array(["a", "b", "c"]), "mse"),
    "Loss of another shape": lambda: kerasig.targets.Loss(np.zeros((N, 5)), "categorical_crossentropy"),
    "Loss of too few": lambda: kerasig.targets.Loss(np.arange(2), "sparse_categorical_crossentropy"),
    "Loss without a name": lambda: kerasig.targets.Loss(np.arange(N), "no such loss"),
    "Loss of 3": lambda: kerasig.targets.Loss(np.arange(N), 3),
    "Loss of None": lambda: kerasig.targets.Loss(None, "mse"),
    "PerExample of 3": lambda: kerasig.targets.PerExample(3, np.arange(N)),
    "PerExample of one argument": lambda: kerasig.targets.PerExample(lambda a: a, np.arange(N)),
    "PerExample of nothing": lambda: kerasig.targets.PerExample(lambda a, b: a[:, 0], []),
    "PerExample of masked": lambda: kerasig.targets.PerExample(lambda a, b: a[:, 0], masked(N)),
    "tuple of floats": lambda: (0.5, 1),
    "tuple of two": lambda: (0, 1),
    "pair of a layer": lambda: ("embedding", 0),
    "pair of a layer's second call": lambda: ("embedding", 1),
    "list of a layer and inputs": lambda: ["embedding", None],
    "layer's name": lambda: "embedding",
    "masks": lambda: {"x": X > 0, "ids": None},
}
ARGUMENTS = {
    "inputs": "inputs|x|ids|nest|leaf|leaves",
    "target": "target",
    "baselines": "baselines|nest",
    "layer": "[Ll]ayer|call_index",
    "steps": "steps",
    "interior_alphas": "interior_alphas",
    "batch_size": "batch_size",
    "jit_compile": "jit_compile",
    "model": "model",
    "replaced": "replaced|nest",
}


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    x, ids = keras.Input((4,), name="x"), keras.Input((2,), dtype="int32", name="ids")
    looked_up = keras.layers.Flatten()(keras.layers.Embedding(5, 2, name="embedding")(ids))
    outputs = keras.layers.Dense(3, activation="softmax")(keras.layers.Concatenate()([x, looked_up]))
    return keras.Model({"x": x, "ids": ids}, outputs)


@contextlib.contextmanager
def answered_in_one_sentence(names):
    """Lets nothing pass but an answer, or a ValueError or TypeError in kerasig's own words about what was passed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (ValueError, TypeError) as error:
        message = str(error)
        where = error.__traceback__
        while where.tb_next:
            where = where.tb_next
        module = where.tb_frame.f_globals["__name__"]
        assert module.startswith("kerasig") or module == "contextlib", f"{module}: {message}"
        assert re.search(names, message), message
        assert "\n" not in message
        assert len(message) < 900, message
        assert re.search(r"Received|has no layer named|was not called|is called \d+ times", message), message


def arguments_with(name, value):
    return {"inputs": INPUTS, "target": 0, "steps": 2} | {name: value}


@pytest.mark.parametrize("name", [name for name in ARGUMENTS if name != "replaced"])
def test_any_argument_of_explain_is_answered_in_one_sentence(name, model, fuzzing):
    @fuzzing(40)
    @given(st.sampled_from(sorted(JUNK)))
    def check(junk):
        if (name, junk) == ("jit_compile", "True"):
            return  # XLA takes seconds.
        with answered_in_one_sentence(ARGUMENTS[name]):
            arguments = arguments_with(name, JUNK[junk]())
            found = kerasig.explain(arguments.pop("model", model), arguments.pop("inputs"), **arguments)
            assert len(found) == len(found.score) == len(tf.nest.flatten(found.values)[-1])

    check()


def test_any_two_arguments_of_explain_are_answered_in_one_sentence(model, fuzzing):
    names = st.sampled_from(sorted(set(ARGUMENTS) - {"model", "replaced", "jit_compile"}))

    @fuzzing(60)
    @given(names, names, st.sampled_from(sorted(JUNK)), st.sampled_from(sorted(JUNK)))
    def check(one, other, first, second):
        with answered_in_one_sentence(f"{ARGUMENTS[one]}|{ARGUMENTS[other]}"):
            arguments = arguments_with(one, JUNK[first]()) | {other: JUNK[second]()}
            kerasig.explain(model, arguments.pop("inputs"), **arguments)

    check()


@pytest.mark.parametrize("use", ["check", "scores"])
def test_any_argument_of_an_explainer_is_answered_in_one_sentence(use, model, fuzzing):
    explainer = kerasig.Explainer(model, steps=2)
    names = ["inputs", "target", "baselines"] + (["replaced"] if use == "scores" else [])

    @fuzzing(40)
    @given(st.sampled_from(names), st.sampled_from(sorted(JUNK)))
    def check(name, junk):
        with answered_in_one_sentence(ARGUMENTS[name]):
            arguments = {"inputs": INPUTS, "target": 0, name: JUNK[junk]()}
            getattr(explainer, use)(arguments.pop("inputs"), **arguments)

    check()


MADE = {
    "n|rule": (kerasig.Fixed, 2),
    "tolerance|map_tolerance|max_steps": (kerasig.Adaptive, 3),
    "stddev|seed": (kerasig.baselines.Noise, 2),
    "baselines.Samples|n|seed|nest": (kerasig.baselines.Samples, 3),
}


@pytest.mark.parametrize(("names", "made"), MADE.items(), ids=[made[0].__name__ for made in MADE.values()])
def test_any_argument_of_what_users_make_is_answered_in_one_sentence(names, made, fuzzing):
    kind, most = made

    @fuzzing(150)
    @given(st.lists(st.sampled_from(sorted(JUNK)), min_size=1, max_size=most))
    def check(junk):
        with answered_in_one_sentence(names):
            kind(*[JUNK[each]() for each in junk])

    check()

"""Outputs whose calls fail half-way: what is there is right, tells what it is of, and keeps nobody out."""

import functools
import threading
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig

ROWS = 600


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(0).random((ROWS, 3), dtype="float32")


def score(x):
    return x[:, 0] * x[:, 1]


def files_of(folder):
    return {path.name: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def batches(x, end=ROWS):
    for begin in range(0, ROWS, 50):
        if begin >= end:
            raise OSError("the network is gone")
        yield x[begin : begin + 50]


def test_nothing_takes_the_place_of_a_chunk_whose_sums_fail(x, tmp_path):
    marker = tmp_path / "failed once"

    def some(rows):
        if (rows[0] == x[120]).all() and not marker.exists():
            marker.touch()
            raise RuntimeError("the table of groups is locked")
        return rows[:, 0] > 0.5

    def explain(name):
        return kerasig.explain_dataset(
            score, x, output=tmp_path / name, slices={"some": some}, shards=20, format="npz", steps=4
        )

    with pytest.raises(ValueError, match=r"table of groups is locked.*rows 120 to 149"):
        explain("twice")
    opened = kerasig.open_attributions(tmp_path / "twice")
    assert opened.keys.tolist() == list(range(120))
    explain("twice")
    explain("once")
    assert files_of(tmp_path / "twice") == files_of(tmp_path / "once")


def test_a_folder_in_which_no_row_was_explained_is_as_good_as_new(x, tmp_path):
    def both(x):
        return tf.stack([score(x), x[:, 0]], axis=1)

    def unfit(x):
        raise ValueError("not today")

    def explain(model, name, target):
        return kerasig.explain_dataset(model, x, target, output=tmp_path / name, format="npz", steps=4)

    # Too late to be judged beforehand.
    for model, target in ((both, 7), (both, lambda outputs: tf.reduce_sum(outputs)), (unfit, 0)):
        with pytest.raises(ValueError, match=r"out of range|target|not today"):
            explain(model, "first in vain", target)
    explain(both, "first in vain", 1)
    explain(both, "at once", 1)
    assert files_of(tmp_path / "first in vain") == files_of(tmp_path / "at once")
    with pytest.raises(ValueError, match="cannot go on"):
        explain(both, "at once", 0)


def test_of_two_failures_the_one_of_the_earlier_rows_is_told_and_the_other_beside_it(x):
    def some(rows):
        if len(rows) > 1:
            raise RuntimeError("no such group")
        return rows[:, 0] > 0.5

    def key(rows):
        if (rows[0] == x[50]).all():
            raise RuntimeError("no such name")
        return np.arange(len(rows))

    with pytest.raises(ValueError, match=r"no such group.*rows 0 to 49") as raised:
        kerasig.explain_dataset(
            score, tf.data.Dataset.from_tensor_slices(x), slices={"some": some}, key=key, shards=12, steps=4
        )
    assert "no such name" in str(raised.value.__context__.__context__ or raised.value.__context__)


def test_a_call_that_failed_keeps_no_other_out_and_reads_no_further(x, tmp_path, monkeypatch):
    from kerasig._datasets import options

    # So that rows are written before the failure.
    monkeypatch.setattr(options, "MOST_ROWS", 100)
    closed = []

    def rows():
        try:
            yield from batches(x)
        finally:
            closed.append(threading.current_thread())

    def refused(rows):
        raise ValueError("this model takes no rows")

    # Of other tests, which may have shown a tab.
    before = set(threading.enumerate())
    kept = []
    with pytest.raises(OSError, match="the network is gone") as first:
        kerasig.explain_dataset(score, lambda: batches(x, 300), output=tmp_path / "out", steps=4)
    kept.append(first.value)
    with pytest.raises(ValueError, match="steps") as second:
        kerasig.explain_dataset(score, rows, output=tmp_path / "out", steps=5)
    kept.append(second.value)
    with pytest.raises(ValueError, match="takes no rows") as third:
        kerasig.explain_dataset(refused, rows, output=tmp_path / "other")
    kept.append(third.value)
    # Whoever keeps the errors, as a notebook does, can make the call again.
    assert kerasig.explain_dataset(score, lambda: batches(x), output=tmp_path / "out", steps=4).n == ROWS
    assert len(closed) == 2  # Of the second and of the third call.
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("kerasig")]


def test_a_source_that_hangs_does_not_hold_the_error_back(x, monkeypatch):
    from kerasig._datasets import chunks

    monkeypatch.setattr(chunks, "_PATIENCE", 0.2)
    going_on = threading.Event()

    def rows():
        yield x[:100]
        yield x[100:200]
        going_on.wait(30)

    def sliced(inputs):
        raise ValueError("enough of it")

    try:
        with pytest.raises(ValueError, match="enough of it"):
            kerasig.explain_dataset(score, rows, slices={"some": sliced}, steps=4)
    finally:
        going_on.set()


def of_column(column):
    return lambda x: x[:, column]


def dense(weight):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.set_weights([np.full((3, 1), weight), np.zeros(1)])
    return model


def called(model):
    return lambda x: model(x)[:, 0]


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ({"model": called(dense(1))}, {"model": called(dense(2))}, "a model of other code, or of other things"),
        ({"model": of_column(0)}, {"model": of_column(1)}, "a model of other code, or of other things"),
        ({"model": tf.function(of_column(0))}, {"model": tf.function(of_column(1))}, "a model of other code"),
        ({"model": functools.partial(score)}, {"model": functools.partial(of_column(1))}, "a model of other code"),
        (
            {"slices": {"some": lambda x: x[:, 0] > 0.5, "all": np.ones(60, bool)}},
            {"slices": {"some": lambda x: x[:, 0] > 0.6, "all": np.ones(60, bool)}},
            r"slices\['some'\]=<lambda>. Received slices\['some'\]=another of that name, <lambda>",
        ),
        ({"key": lambda x: np.arange(len(x))}, {"key": lambda x: -np.arange(len(x))}, "key=<lambda>. Received key=ano"),
        ({"tokens": {1: "a"}}, {"tokens": {1: "b"}}, r"tokens\['1'\]='a'. Received tokens\['1'\]='b'"),
    ],
)
def test_functions_that_are_others_are_told(x, tmp_path, before, now, said):
    rows = x[:60]
    given = {"model": score, "dataset": rows, "output": tmp_path / "out", "steps": 4}
    kerasig.explain_dataset(**given | before)
    with pytest.raises(ValueError, match=said):
        kerasig.explain_dataset(**given | now)


class Zeros:
    """Baselines of an object that leads to itself."""

    def __init__(self):
        self.owner = self

    def __call__(self, x):
        return x * 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: {"model": called(dense(1))},
        lambda: {"model": tf.function(called(dense(1)))},
        lambda: {"slices": {"some": lambda x: x[:, 0] > 0.5}},
        lambda: {"baselines": Zeros()},
        lambda: {"baselines": float("nan")},
    ],
    ids=["a model in a function", "compiled", "slices", "an object that leads to itself", "not a number"],
)
@pytest.mark.filterwarnings("ignore:In the first rows:UserWarning")
def test_functions_that_were_made_again_go_on(x, tmp_path, make):
    given = {"model": score, "dataset": x[:60], "output": tmp_path / "out", "steps": 4}
    kerasig.explain_dataset(**given | make())
    before = files_of(tmp_path / "out")
    kerasig.explain_dataset(**given | make())
    assert files_of(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("first", "later", "said"),
    [
        (1, 0.5, "label of float64 behind int64"),
        (0.5, "a", "Received text from row 1200 on, after numbers"),
        ("a", 0.5, "Received numbers from row 1200 on, after text"),
    ],
)
def test_labels_that_change_their_kind_are_told_and_not_rounded(x, tmp_path, first, later, said):
    rows = [(x, np.full((ROWS, 2), label)) for label in (first, first, later)]
    with pytest.raises(ValueError, match=said):
        kerasig.explain_dataset(score, rows, output=tmp_path / "out", steps=4)


def test_labels_of_another_width_go_on(x, tmp_path):
    rows = [(x, np.full(len(x), 1, "int32")), (x, np.full(len(x), 2, "int64")), (x, np.full(len(x), 1, "int8"))]
    found = kerasig.explain_dataset(score, rows, output=tmp_path / "out", steps=4)
    assert np.unique(found.rows.labels).tolist() == [1, 2]

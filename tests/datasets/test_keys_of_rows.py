"""What rows and features of a data set may be called, and batches that have none."""

import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig._datasets import fingerprints
from kerasig._datasets.manifest import OWN_KEYS
from kerasig._datasets.rows import rows_at

X = np.random.default_rng(0).random((2100, 2), dtype="float32")


def score(x):
    return x[:, 0] * x[:, 1]


def explained(x, **more):
    return kerasig.explain_dataset(score, x, steps=4, **more)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        (["é", "日本", "\U0001f600"], "日本"),
        ([b"a", b"b", b"c"], b"b"),
        (["", "a", "k" * 50_000], ""),
        (np.array([5, -(2**63), 2**63 - 1]), -(2**63)),
        (np.array([[2], [1], [0]], "uint16"), 1),
    ],
)
@pytest.mark.parametrize("file_format", ["parquet", "npz"])
def test_rows_are_found_by_whatever_they_are_called(tmp_path, keys, wanted, file_format):
    found = explained(X[:3], key=keys, output=tmp_path / "out", format=file_format)
    place = [key.item() if isinstance(key, np.generic) else key for key in np.asarray(keys, object).ravel()].index(
        wanted
    )
    np.testing.assert_array_equal(found.rows.row(wanted).values, found.rows[place].values)


@pytest.mark.parametrize("texts", [True, False])
@pytest.mark.parametrize("ordered", [True, False])
def test_rows_are_found_in_whichever_of_many_groups_their_key_lies(tmp_path, texts, ordered):
    import pyarrow.parquet as pq

    # Long rows, so that a group holds few of them.
    x = np.random.default_rng(1).random((500, 3000), dtype="float32")
    numbers = np.arange(500) * 2 if ordered else np.random.default_rng(2).permutation(500) * 2
    # Twice, in the first group and in the last.
    numbers[[3, 498]] = 2000
    keys = np.array([f"row {number}" for number in numbers]) if texts else numbers
    opened = explained(x, key=keys, output=tmp_path / "out", shards=1).rows
    (path,) = (tmp_path / "out").glob("*.parquet")
    assert pq.ParquetFile(path).num_row_groups > 4
    for row in (0, 2, 250, 497, 499):
        found = kerasig.open_attributions(tmp_path / "out").row(keys[row])
        np.testing.assert_array_equal(found.values, opened[row].values)
    with pytest.raises(KeyError, match="which several have"):
        opened.row(keys[3])
    # Between the keys of a group, beyond all of them, and of the other kind.
    for key in ("row 7", "row", "z", 7) if texts else (7, -1, 10**30, "row 7"):
        with pytest.raises(KeyError, match="must be that of a row"):
            opened.row(key)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (np.array([2**63 + 5, 1, 2], np.uint64), "below 2.*63. Received 9223372036854775813"),
        (np.array([1.0, 2, 3]), "Pass other numbers.* as texts"),
        (["\ud800", "b", "c"], "texts that UTF-8 has"),
        ([[1, 2]] * 3, "a whole number or a text"),
        (lambda x: 7, r"a whole number or a text for each of the \d rows. Received int64, shape \[\]"),
        (lambda x: "a", r"a whole number or a text for each of the \d rows. Received <U1, shape \[\]"),
    ],
)
def test_keys_that_cannot_be_kept_are_told(tmp_path, key, said):
    with pytest.raises(ValueError, match=said):
        explained(X[:3], key=key, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("texts_first", [False, True])
def test_keys_are_of_one_kind_throughout(texts_first):
    def key(x):
        is_late = (x[-1] == X[-1]).all()
        return np.arange(len(x)) if is_late == texts_first else np.array(["a"] * len(x))

    with pytest.raises(ValueError, match=r"rows from 2048 on, after (whole|texts)"):
        explained(X, key=key)


@pytest.mark.parametrize("places", [(0,), (1,), (0, 2, 3)])
def test_batches_without_rows_are_passed_over(places):
    pieces = [X[:5], X[5:9], X[9:20]]
    for place in places:
        pieces.insert(place, X[:0])
    assert explained(pieces).n == 20
    assert explained(lambda: iter([(piece, piece[:, 0] > 0.5) for piece in pieces])).n == 20


def test_batches_of_which_none_has_rows_are_no_data_set():
    with pytest.raises(ValueError, match="at least one row"):
        explained([X[:0], X[:0]])


def both(x):
    return tf.stack([score(x), x[:, 0]], axis=1)


CLASSES = (np.arange(len(X)) % 2).astype("float32")
AS_NUMBERS = {
    "a number among the last": np.append(CLASSES[:-1], np.float32(0.5)),
    "a number among the first": np.append(np.float32(0.5), CLASSES[1:]),
    "below 0 among the last": np.append(CLASSES[:-1], -1).astype(int),
    "no class among the last": np.concatenate([np.eye(2)[CLASSES[:-1].astype(int)], np.zeros((1, 2))]),
}


@pytest.mark.parametrize("labels", AS_NUMBERS.values(), ids=AS_NUMBERS)
def test_arrays_of_labels_are_classes_as_a_whole_or_not_at_all(labels):
    found = kerasig.explain_dataset(both, (X, labels), "auto", steps=4)
    alone = kerasig.explain_dataset(both, X, "predicted", steps=4)
    np.testing.assert_array_equal(found.mean.value, alone.mean.value)
    assert list(found.by_class) == list(alone.by_class)
    with pytest.raises(ValueError, match=r'"label" needs labels that are classes.*such as \[(0.5|-1|0.0, 0.0)\]'):
        kerasig.explain_dataset(both, (X, labels), "label", steps=4)


@pytest.mark.parametrize(
    ("labels", "such"), [(["yes", "no"], r"\['yes', 'no'\]"), ([0.0, 2.0], r"\[0.0, 2.0\]"), ([-1, -2], r"\[-1, -2\]")]
)
def test_labels_that_are_no_classes_are_shown(labels, such):
    with pytest.raises(ValueError, match=f"needs labels that are classes.*such as {such}"):
        kerasig.explain_dataset(both, (X[:2], np.array(labels)), "label", steps=4)


def test_truth_values_are_classes():
    assert list(kerasig.explain_dataset(both, [(X[:9], X[:9, 0] > 0.5), (X[9:20], X[9:20, 0] > 2)], "label").by_class)


@pytest.mark.parametrize("target", ["auto", None, kerasig.targets.Output("only", "auto")])
@pytest.mark.parametrize("batch", [100, 700])
def test_what_comes_row_by_row_is_classes_throughout_or_refused(batch, target):
    def batches(labels):
        given = labels if target in ("auto", None) else {"only": labels}
        return [(X[i : i + batch], rows_at(given, slice(i, i + batch))) for i in range(0, len(X), batch)]

    def model(x):
        return both(x) if target in ("auto", None) else {"only": both(x)}

    assert kerasig.explain_dataset(model, batches(CLASSES), target, steps=4).n == len(X)
    # Where the first batch tells, all are numbers.
    assert kerasig.explain_dataset(model, batches(AS_NUMBERS["a number among the first"]), target, steps=4).n == len(X)
    with pytest.raises(
        ValueError,
        match=r"classes in all rows, or in none. Received float32 such as \[0.5\] after rows.*the inputs alone. This",
    ):
        kerasig.explain_dataset(model, batches(AS_NUMBERS["a number among the last"]), target, steps=4)


def test_numbers_that_begin_like_classes_are_explained_without_labels():
    numbers = AS_NUMBERS["a number among the last"]
    alone = kerasig.explain_dataset(both, [X[i : i + 100] for i in range(0, len(X), 100)], steps=4)
    np.testing.assert_array_equal(
        alone.mean.value, kerasig.explain_dataset(both, (X, numbers), "auto", steps=4).mean.value
    )


@pytest.mark.parametrize("names", [None, ["a", "b"]])
def test_texts_are_no_classes_with_and_without_names(names):
    texts = np.where(CLASSES, "b", "a")
    assert kerasig.explain_dataset(both, (X, texts), "auto", steps=4, class_names=names).n == len(X)


def test_the_first_rows_tell_numbers_however_few_come_at_once():
    prices = np.where(np.arange(len(X)) % 50 == 49, 0.5, CLASSES).astype("float32")
    # The first batch has nothing but whole numbers.
    found = kerasig.explain_dataset(both, [(X[i : i + 10], prices[i : i + 10]) for i in range(0, len(X), 10)], steps=4)
    assert found.n == len(X)
    assert not found.by_class or list(found.by_class) == list(kerasig.explain_dataset(both, X, steps=4).by_class)


@pytest.mark.parametrize("path", [None, 3, ""])
def test_what_is_no_path_is_told(path):
    with pytest.raises((TypeError, ValueError), match="path must be the path of a folder"):
        kerasig.open_attributions(path)


def test_names_come_from_a_frame_or_a_probe_set(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X[:20], columns=["age", "rent"])
    labels = np.arange(20) % 2
    probes = kerasig.ProbeSet(X[:20], labels, feature_names=["age", "rent"], class_names=["good", "bad"])
    for dataset in (frame, (frame, labels), probes):
        assert explained(dataset).names == ("age", "rent")
    assert list(explained(probes).by_class) == ["good", "bad"]
    assert explained(frame, feature_names=["a", "b"]).names == ("a", "b")
    found = explained(frame, output=tmp_path / "out", format="npz").rows.to_dataframe()
    assert {"values/age", "values/rent"} <= set(found)


def test_rows_that_come_with_keys_are_told_from_those_without():
    with_keys, without = (fingerprints.of_arguments(key=key, shards=2) for key in (OWN_KEYS, None))
    assert fingerprints.difference(with_keys, without, "arguments") == (
        "It was begun with keys of rows' own, as those of Beam's rows. Received rows without any."
    )
    assert fingerprints.difference(without, with_keys, "arguments") == (
        "It was begun without keys of rows' own, as those of Beam's rows. Received rows with such."
    )
    assert fingerprints.difference(with_keys, with_keys, "arguments") is None

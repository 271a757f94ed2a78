"""`kerasig.explain_dataset`: the same attributions as `explain`, from any data set, written so that they can go on."""

import hashlib
import os
import pickle
import re
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig

ROWS = 2500
FEATURES = [f"f{number}" for number in range(6)]


@pytest.fixture(scope="module")
def model():
    return keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3, activation="softmax")]
    )


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return rng.random((ROWS, 6), dtype="float32"), rng.integers(0, 3, ROWS)


@pytest.fixture(scope="module")
def direct(model, data):
    return kerasig.explain(model, data[0], kerasig.targets.Label(data[1]))


def files_of(folder):
    return {path.name: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


class Numbered(keras.utils.PyDataset):
    """Batches of 100 rows by their numbers."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y

    def __len__(self):
        return -(-len(self.x) // 100)

    def __getitem__(self, index):
        rows = slice(100 * index, 100 * (index + 1))
        return self.x[rows], self.y[rows]


def sources(x, y, folder):
    dataset = tf.data.Dataset.from_tensor_slices((x, y))
    records = folder / "files of records"
    records.mkdir(exist_ok=True)
    for part in range(3):
        with tf.io.TFRecordWriter(str(records / f"part-{part}.tfrecord")) as writer:
            for row in range(part * 1000, min((part + 1) * 1000, ROWS)):
                feature = {
                    "x": tf.train.Feature(float_list=tf.train.FloatList(value=x[row])),
                    "y": tf.train.Feature(int64_list=tf.train.Int64List(value=[y[row]])),
                }
                example = tf.train.Example(features=tf.train.Features(feature=feature))
                writer.write(example.SerializeToString())

    def parser(record):
        spec = {"x": tf.io.FixedLenFeature([6], tf.float32), "y": tf.io.FixedLenFeature([], tf.int64)}
        parsed = tf.io.parse_single_example(record, spec)
        return parsed["x"], parsed["y"]

    return {
        "arrays": ((x, y), {}),
        "probes": (kerasig.ProbeSet(x, y), {}),
        "batches": (dataset.batch(77), {}),
        "examples": (dataset, {}),
        "weighted": (dataset.batch(64).map(lambda x, y: (x, y, tf.ones_like(y))), {}),
        "by number": (Numbered(x, y), {}),
        "list": ([(x[i : i + 999], y[i : i + 999]) for i in range(0, ROWS, 999)], {}),
        "function": (lambda: ((x[i : i + 333], y[i : i + 333]) for i in range(0, ROWS, 333)), {}),
        "single": (lambda: ((x[i], y[i]) for i in range(ROWS)), {}),
        "records": (records, {"parser": parser}),
    }


def test_every_source_gives_the_same_bytes_and_the_values_of_explain(model, data, direct, tmp_path):
    found = {}
    for name, (dataset, more) in sources(*data, tmp_path).items():
        output = tmp_path / name
        result = kerasig.explain_dataset(model, dataset, "label", output=output, feature_names=FEATURES, **more)
        assert len(result.rows) == result.n == ROWS
        found[name] = files_of(output)
    assert all(files == found["arrays"] for files in found.values())
    rows = kerasig.open_attributions(tmp_path / "arrays")
    np.testing.assert_allclose(rows[:].values, direct.values, atol=1e-6)
    np.testing.assert_array_equal(rows[:].target, data[1])
    np.testing.assert_array_equal(rows.labels, data[1])
    for name in ("score", "baseline_score", "residual", "map_error"):
        np.testing.assert_allclose(getattr(rows[:], name), getattr(direct, name), atol=1e-5)
    np.testing.assert_array_equal(rows[:].n_evaluations, direct.n_evaluations)
    np.testing.assert_allclose(result.mean.value, direct.values.mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("name", ["arrays", "batches", "examples", "by number", "list"])
def test_a_bar_tells_how_many_rows_are_left(model, data, tmp_path, capsys, name):
    dataset, more = sources(*data, tmp_path)[name]
    kerasig.explain_dataset(model, dataset, "label", progress=True, **more)
    told = capsys.readouterr().err
    # Of batches the last one may be shorter than the first: 33 of 77 are 2,541.
    assert re.search(r"/(2500|25\d\d|2997) ", told), told[-300:]
    assert "rows/s" in told


@pytest.mark.parametrize("file_format", ["parquet", "npz"])
@pytest.mark.parametrize(("precision", "most"), [("float32", 0), ("float16", 2**-11), ("int16", 2**-15)])
def test_values_read_back_are_as_exact_as_their_precision(model, data, tmp_path, file_format, precision, most):
    x, y = data[0][:300], data[1][:300]
    result = kerasig.explain_dataset(
        model, (x, y), output=tmp_path / "out", format=file_format, precision=precision, with_inputs=True, shards=3
    )
    read, direct = result.rows[:], kerasig.explain(model, x)
    largest = np.abs(direct.values).max(axis=1, keepdims=True)
    assert (np.abs(read.values - direct.values) <= most * largest + 1e-7).all()
    np.testing.assert_array_equal(read.inputs, x)
    np.testing.assert_array_equal(read.predicted, direct.predicted)
    assert read.rule == direct.rule
    assert sorted(path.suffix for path in (tmp_path / "out").glob("shard*")) == [f".{file_format}"] * 3
    read.metrics()
    read[:2].plot()


def test_rows_are_found_by_key_and_number(model, data, tmp_path):
    x, y = data
    names = np.array([f"row {number}" for number in range(ROWS)])
    opened = kerasig.explain_dataset(model, (x, y), output=tmp_path / "out", key=names, shards=4).rows
    everything = opened[:]
    np.testing.assert_array_equal(opened.row("row 2000").values[0], everything.values[2000])
    np.testing.assert_array_equal(opened.rows(["row 7", "row 1999", "row 3"]).values, everything.values[[7, 1999, 3]])
    many = [2000, 3, 77, 5, 1999, 8, 1, 700, 650, 2499]
    np.testing.assert_array_equal(opened.rows([f"row {number}" for number in many]).values, everything.values[many])
    np.testing.assert_array_equal(opened[[700, 5, 1900]].score, everything.score[[700, 5, 1900]])
    np.testing.assert_array_equal(opened[everything.score > 0.5].values, everything.values[everything.score > 0.5])
    assert sum(len(batch) for batch in opened.batches(999)) == ROWS
    np.testing.assert_array_equal(next(iter(opened)).values, everything.values[:1])
    table = opened.to_dataframe()
    assert table.index[3] == "row 3"
    np.testing.assert_array_equal(table["values/0"], everything.values[:, 0])
    copied = pickle.loads(pickle.dumps(opened))
    np.testing.assert_array_equal(copied.row("row 7").values, everything.values[7:8])
    for keys in (["row 9999"], ["row 9999"] * 10, [7]):
        with pytest.raises(KeyError, match=f"{keys[0]}"):
            opened.rows(keys)
    with pytest.raises(IndexError, match="2500"):
        opened[ROWS]


def test_a_key_of_several_rows_is_told(tmp_path):
    x = np.ones((20, 2), "float32")
    opened = kerasig.explain_dataset(lambda x: x[:, 0], x, key=np.arange(20) // 2, output=tmp_path / "out").rows
    for keys in ([3], list(range(10))):
        with pytest.raises(KeyError, match="which several have"):
            opened.rows(keys)


def test_other_tools_read_the_files(model, data, tmp_path):
    import pandas as pd

    kerasig.explain_dataset(model, data, "label", output=tmp_path / "out", feature_names=FEATURES, format="parquet")
    table = pd.read_parquet(next((tmp_path / "out").glob("shard-*")))
    assert {"key", "label", "values/f0", "score", "residual", "map_error", "status", "target"} <= set(table)
    total = table[[f"values/{name}" for name in FEATURES]].sum(axis=1)
    np.testing.assert_allclose(total, table["score"] - table["baseline_score"], atol=1e-5)


def interrupted(data, after):
    """Batches that end with an error after so many rows."""
    x, y = data
    for begin in range(0, ROWS, 50):
        if begin >= after:
            raise OSError("the network is gone")
        yield x[begin : begin + 50], y[begin : begin + 50]


def test_a_call_goes_on_where_another_ended(model, data, tmp_path):
    kerasig.explain_dataset(model, data, "label", output=tmp_path / "whole", shards=2)
    # Of a data set of unknown length a shard is not full yet when it is interrupted.
    for name in ("whole in chunks", "resumed"):
        for after in (300, 1100, 2400) if name == "resumed" else ():
            with pytest.raises(OSError, match="the network is gone"):
                kerasig.explain_dataset(
                    model, lambda after=after: interrupted(data, after), "label", output=tmp_path / name
                )
        kerasig.explain_dataset(model, lambda: interrupted(data, ROWS), "label", output=tmp_path / name)
    assert files_of(tmp_path / "resumed") == files_of(tmp_path / "whole in chunks")
    again = kerasig.explain_dataset(model, lambda: interrupted(data, ROWS), "label", output=tmp_path / "resumed")
    assert again.n == ROWS
    assert files_of(tmp_path / "resumed") == files_of(tmp_path / "whole in chunks")


_KILLED = """
import os, signal, sys, time
from pathlib import Path
import numpy as np
import kerasig

x = np.random.default_rng(0).random((5000, 4), dtype="float32")

def batches():
    for begin in range(0, 5000, 100):
        if begin == int(sys.argv[2]):
            while len(list(Path(sys.argv[1], "journal").glob("rows-*"))) < 2:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGKILL)
        yield x[begin : begin + 100]

kerasig.explain_dataset(lambda x: x[:, 0] * x[:, 1], batches, output=sys.argv[1], steps=4)
"""


def test_a_shard_that_ends_leaves_a_chunk_alone_that_is_on_its_way(model, data, tmp_path):
    writing = tmp_path / "out" / "journal" / f".rows-000000009999.npz.writing-{os.getpid()}"
    seen = []

    def examples():
        for number, row in enumerate(data[0]):
            if number == 1200:
                writing.write_bytes(b"half of it")
            if number in (1200, 2400):
                seen.append((len(list((tmp_path / "out").glob("shard*"))), writing.exists()))
            yield row

    like = tf.TensorSpec(data[0].shape[1:], tf.float32)
    rows = tf.data.Dataset.from_generator(examples, output_signature=like)
    rows = rows.apply(tf.data.experimental.assert_cardinality(ROWS))
    kerasig.explain_dataset(model, rows, output=tmp_path / "out", shards=25, format="npz")
    # Input runs ahead, but not as far as to the end of the next shards.
    assert seen[1][0] > seen[0][0]
    assert seen[1][1]


def test_a_killed_process_leaves_what_another_goes_on_with(tmp_path, monkeypatch):
    killed = tmp_path / "killed"
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED, str(killed), "4200"],
        capture_output=True,
        check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()[-2000:]
    assert len(list((killed / "journal").glob("rows-*"))) in (2, 3)
    for output in (killed, tmp_path / "whole"):
        # The same program, in a process that is not that one.
        monkeypatch.setattr(sys, "argv", ["-c", str(output), "-1"])
        exec(compile(_KILLED, "<string>", "exec"), {"__name__": "__main__"})
    assert files_of(killed) == files_of(tmp_path / "whole")


def digest(folder):
    return {name: hashlib.sha256(data).hexdigest() for name, data in files_of(folder).items()}


class TestWhatItCannotGoOnWith:
    @pytest.fixture(scope="class")
    def begun(self, tmp_path_factory, model, data):
        folder = tmp_path_factory.mktemp("begun") / "out"
        with pytest.raises(OSError, match="the network is gone"):
            kerasig.explain_dataset(model, lambda: interrupted(data, 1100), "label", output=folder)
        return folder

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"target": None}, "target='label'. Received target=None"),
            ({"steps": 5}, r"steps=Adaptive\(.*Received steps=Fixed"),
            ({"baselines": 0.5}, "baselines=None. Received baselines=0.5"),
            ({"precision": "float16"}, "precision='float32'. Received precision='float16'"),
            ({"class_names": ["a", "b", "c"]}, "class_names"),
            ({"batch_size": 8}, "batch_size=None. Received batch_size=8"),
        ],
    )
    def test_other_arguments(self, begun, model, data, change, said):
        before = digest(begun)
        with pytest.raises(ValueError, match=said):
            kerasig.explain_dataset(
                model, lambda: interrupted(data, ROWS), **{"target": "label", "output": begun} | change
            )
        assert digest(begun) == before

    def test_another_model(self, begun, model, data):
        other = keras.models.clone_model(model)
        other.set_weights([weight + 1e-3 for weight in model.get_weights()])
        with pytest.raises(ValueError, match="a model of other weights"):
            kerasig.explain_dataset(other, lambda: interrupted(data, ROWS), "label", output=begun)

    def test_the_same_model_of_another_name(self, begun, model, data):
        same = keras.models.clone_model(model)
        same.set_weights(model.get_weights())
        with pytest.raises(OSError, match="the network is gone"):
            kerasig.explain_dataset(same, lambda: interrupted(data, 1150), "label", output=begun)

    def test_data_in_another_order(self, begun, model, data):
        order = np.random.default_rng(1).permutation(ROWS)
        with pytest.raises(ValueError, match="Rows 0 to 1023 of dataset are others"):
            kerasig.explain_dataset(
                model, lambda: interrupted((data[0][order], data[1][order]), ROWS), "label", output=begun
            )

    def test_data_that_end_before(self, begun, model, data):
        with pytest.raises(ValueError, match="others than it was begun with"):
            kerasig.explain_dataset(model, lambda: iter([(data[0][:100], data[1][:100])]), "label", output=begun)

    def test_another_number_of_shards(self, model, data, tmp_path):
        kerasig.explain_dataset(model, data[0][:60], output=tmp_path / "out", shards=3)
        with pytest.raises(ValueError, match=r"begun with shards=3\. Received shards=2"):
            kerasig.explain_dataset(model, data[0][:60], output=tmp_path / "out", shards=2)

    def test_a_folder_of_something_else(self, model, data, tmp_path):
        (tmp_path / "notes.txt").write_text("mine")
        with pytest.raises(ValueError, match="holds other files"):
            kerasig.explain_dataset(model, data, output=tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("dataset", "arguments", "said"),
    [
        (lambda x, y: iter([]), {}, "at least one row"),
        (lambda x, y: [x[:10], x[:10, :5]], {}, r"shape \[5\] from row 10"),
        (lambda x, y: (x, y[:7]), {}, r"labels must have one row for each of the 2500"),
        (lambda x, y: [(x[:10], y[:10]), x[10:20]], {}, "Received rows without labels from row 10 on"),
        (lambda x, y: iter([x[:10], (x[10:20], y[10:20])]), {}, "Received rows with labels from row 10 on"),
        (lambda x, y: x, {"target": "label"}, "needs labels"),
        (lambda x, y: (x, y.astype("float32") + 1), {"target": "label"}, "Received float32.*as integers"),
        (lambda x, y: (x, np.where(y, "bad", "good")), {"target": "label"}, "such as .'(bad|good)'.*as integers"),
        (lambda x, y: (x, {"a": y, "b": y}), {"target": "label"}, r"targets.Output\(name"),
        (lambda x, y: (x, y), {"key": "id"}, "key must be the name of a leaf"),
        (lambda x, y: (x, y), {"key": np.arange(7)}, r"key must have one entry for each row"),
        (lambda x, y: (x, y), {"precision": "int8"}, "precision must be one of"),
        (lambda x, y: (x, y), {"output": 3}, "output must be the path"),
        (lambda x, y: (x, y), {"output": "gs://a/b"}, "output must be the path of a folder of this machine. Received"),
        (lambda x, y: (x, y), {"slices": {"a": [True]}}, r"slices\['a'\] must have one entry for each row"),
        (lambda x, y: [(x, y)], {"shards": 3}, "shards needs a data set that knows its number of rows"),
        (lambda x, y: "no such folder", {"parser": lambda record: record}, "does not exist"),
        (lambda x, y: 3, {}, r"dataset must be a tf.data.Dataset.*Received int\. Pass .*a ProbeSet, or a folder"),
        (lambda x, y: None, {}, r"Received NoneType\. Pass one of these, or an array"),
        (lambda x, y: tf.data.Dataset.from_tensor_slices(x).repeat(), {}, "dataset must have an end"),
        (lambda x, y: x, {"target": np.arange(7)}, r"target must have .* the 2500 rows of dataset\. Received 7"),
        (
            lambda x, y: [x],
            {"target": np.arange(7)},
            r"target must be the same for all rows.* Received 7 entries\. Pass arrays",
        ),
        (lambda x, y: x, {"target": (1, [0, 1])}, r"target\[1\] must have an entry.*Received 2"),
        (lambda x, y: x, {"target": kerasig.targets.Label(np.arange(7))}, "Label's y must have an entry"),
        (lambda x, y: x, {"target": kerasig.targets.Loss({"a": np.ones((7, 2))}, len)}, "Loss's y must have an entry"),
        (lambda x, y: (x, np.full(len(y), 7)), {"target": "label"}, "out of range.*rows 0 to"),
    ],
)
def test_bad_input_gets_a_sentence(model, data, tmp_path, dataset, arguments, said):
    with pytest.raises((ValueError, TypeError, OSError), match=said):
        kerasig.explain_dataset(model, dataset(*data), **arguments)


def test_rows_that_are_not_finite_are_kept_counted_and_left_out(model, data, tmp_path):
    x = data[0][:50].copy()
    x[7, 2] = np.nan
    with pytest.warns(UserWarning, match=r"first rows where it was found.*NaN or infinite for example 7"):
        found = kerasig.explain_dataset(model, x, output=tmp_path / "out", precision="int16")
    assert found.rows.row(7).status[0] == "not finite"
    assert found.n == 49
    finite = np.delete(x, 7, axis=0)
    np.testing.assert_allclose(found.mean.value, kerasig.explain(model, finite).values.mean(axis=0), atol=1e-5)


def test_keys_in_the_inputs_are_not_given_to_the_model(tmp_path):
    rng = np.random.default_rng(0)
    rows = {"x": rng.random((30, 2), dtype="float32"), "id": np.array([f"case-{n}" for n in range(30)])}
    found = kerasig.explain_dataset(lambda inputs: inputs["x"][:, 0], rows, key="id", output=tmp_path / "out")
    np.testing.assert_allclose(found.rows.row("case-17").values["x"], [[rows["x"][17, 0], 0]], atol=1e-6)


def test_rows_without_their_inputs_are_measured_and_drawn_beside_leaves_that_are_held(tmp_path):
    rng = np.random.default_rng(0)
    rows = {"x": rng.random((9, 4, 3), dtype="float32"), "held": rng.integers(0, 2, (9, 4, 4))}
    found = kerasig.explain_dataset(lambda rows: tf.reduce_sum(rows["x"], (1, 2)), rows, output=tmp_path / "out")
    read = found.rows[:]
    assert read.values["held"] is None
    np.testing.assert_allclose(read.values["x"], rows["x"], atol=1e-6)
    assert set(read.metrics()) >= {"residual"}
    read.plot(examples=1)


def test_what_has_a_row_for_each_row_is_cut_with_them(model, data):
    x, y = data
    starts = np.random.default_rng(1).random(x.shape, dtype="float32")
    found = kerasig.explain_dataset(model, x, y, baselines=starts, slices={"first": np.arange(ROWS) < 1200})
    direct = kerasig.explain(model, x, y, baselines=starts)
    np.testing.assert_allclose(found.mean.value, direct.values.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(found.slices["first"].mean.value, direct.values[:1200].mean(axis=0), atol=1e-6)


def test_a_full_disk_is_told_and_what_was_written_stays(model, data):
    with pytest.raises(OSError, match="output cannot be written") as raised:
        kerasig.explain_dataset(model, data[0], output="/proc/kerasig/rows")
    assert raised.value.errno is not None

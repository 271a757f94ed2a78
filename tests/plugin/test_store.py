import os
from types import SimpleNamespace

import grpc
import numpy as np
import pytest
from tensorboard import errors
from tensorboard.util import tensor_util
from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.catalog import Catalog, display_name
from tensorboard_plugin_kerasig.listing import Scope
from tensorboard_plugin_kerasig.memo import Memo
from tensorboard_plugin_kerasig.store import Store, Unavailable

SCOPE = Scope(None, "")
LEAF = {"name": "x", "shape": [2]}
ROWS = np.array([[1, 2], [3, 4]], np.float32)


def record(kind="attributions", rows=ROWS, title="set"):
    header = {"kind": kind, "title": title, "leaves": [LEAF], "probe_kind": "tabular", "tokens": None}
    return schema.encode_record(header, [rows], exact=True)


def points(*written):
    return [SimpleNamespace(step=step, wall_time=wall_time, value=value) for step, wall_time, value in written]


class FakeProvider:
    """A data provider over `data[run][tag]` = (plugin content, points); it counts its calls."""

    def __init__(self, data):
        self.data = data
        self.calls = []

    def list(self, blobs):
        result = {}
        for run, tags in self.data.items():
            for tag, (content, written) in tags.items():
                if isinstance(written[0].value, list) == blobs:
                    last = {
                        "max_step": max(p.step for p in written),
                        "max_wall_time": max(p.wall_time for p in written),
                    }
                    result.setdefault(run, {})[tag] = SimpleNamespace(plugin_content=content, **last)
        return result

    def list_runs(self, context, *, experiment_id):
        self.calls.append("list_runs")
        return [SimpleNamespace(run_name=run, start_time=1.0) for run in self.data]

    def list_tensors(self, context, *, experiment_id, plugin_name):
        self.calls.append("list_tensors")
        return self.list(blobs=False)

    def list_blob_sequences(self, context, *, experiment_id, plugin_name):
        self.calls.append("list_blobs")
        return self.list(blobs=True)

    def read_tensors(self, context, *, experiment_id, plugin_name, downsample, run_tag_filter):
        self.calls.append("read_tensors")
        (run,), (tag,) = run_tag_filter.runs, run_tag_filter.tags
        found = [SimpleNamespace(step=p.step, wall_time=p.wall_time, numpy=p.value) for p in self.data[run][tag][1]]
        return {run: {tag: found[-downsample:]}}

    def read_blob_sequences(self, context, *, experiment_id, plugin_name, downsample, run_tag_filter):
        self.calls.append("read_references")
        (run,), (tag,) = run_tag_filter.runs, run_tag_filter.tags
        found = []
        for p in self.data[run][tag][1]:
            keys = [SimpleNamespace(blob_key=blob) for blob in p.value]
            found.append(SimpleNamespace(step=p.step, wall_time=p.wall_time, values=keys))
        return {run: {tag: found}}

    def read_blob(self, context, *, blob_key):
        self.calls.append("read_blob")
        return blob_key


def written(tables=((0, 1.0, [[0.5], [0.5]]),), records=None):
    stats = points(*[(step, wall_time, np.array(table)) for step, wall_time, table in tables])
    records = [(0, 1.0, record())] if records is None else records
    content = schema.plugin_content
    return {
        "run/kerasig": {
            "inputs/set": (content("inputs", "set"), points((0, 1.0, record("inputs")))),
            "attributions/set": (content("attributions", "set"), points(*records)),
            "stats/set": (content("stats", "set", names=["epoch"]), stats),
        }
    }


def read(store, step, probes=None):
    found = store.find(SCOPE, "attributions", "run/kerasig", "set")
    return store.record(SCOPE, "run/kerasig", found, step, probes=probes)


def test_steps_are_sorted_and_the_last_of_duplicates_is_kept():
    tables = [(step, wall, [[float(wall)]] * 2) for wall, step in enumerate([0, 10, 20, 30, 0, 10])]
    store = Store(FakeProvider(written(tables)))
    stats = store.steps(SCOPE, "run/kerasig", store.find(SCOPE, "stats", "run/kerasig", "set"))
    assert stats.steps == [0, 10, 20, 30]
    assert stats.wall_times == [4, 5, 2, 3]
    assert [table[0, 0] for table in stats.tables] == [4, 5, 2, 3]


def test_listing_runs_reads_one_header_and_the_stats_and_nothing_again_until_the_data_changes():
    provider = FakeProvider(written(records=[(step, float(step), record()) for step in range(50)]))
    catalog = Catalog(Store(provider))
    catalog._store._lister._listings = Memo(0)  # So that each question is a new one.
    first = catalog.runs(SCOPE)
    assert provider.calls.count("read_blob") == 1
    assert provider.calls.count("read_tensors") == 1
    provider.calls.clear()
    assert catalog.runs(SCOPE) == first
    assert set(provider.calls) == {"list_tensors", "list_blobs", "list_runs"}
    provider.data["run/kerasig"]["stats/set"][1].extend(points((1, 2.0, np.array([[0.6], [0.6]]))))
    assert catalog.runs(SCOPE)["runs"][0]["sets"][0]["steps"] == 2


def test_some_probes_are_read_without_the_others():
    provider = FakeProvider(written())
    found = read(Store(provider), 0, probes=[1])
    assert list(found.payloads) == [1]
    assert provider.calls.count("read_blob") == 2  # The header and one payload.
    np.testing.assert_array_equal(schema.decode_payload(found.header, 1, found.payloads[1]), ROWS[1])


def test_of_a_step_written_twice_the_python_loader_shows_the_last():
    records = [(0, 1.0, record()), (0, 2.0, record(rows=10 * ROWS))]
    provider = FakeProvider(written(records=records))
    events = [
        SimpleNamespace(step=step, wall_time=wall, tensor_proto=tensor_util.make_tensor_proto(blobs))
        for step, wall, blobs in records
    ]
    store = Store(provider, SimpleNamespace(Tensors=lambda run, tag: events))
    found = read(store, 0)
    np.testing.assert_array_equal(schema.decode_payload(found.header, 0, found.payloads[0]), 10 * ROWS[0])
    assert "read_blob" not in provider.calls


def test_a_blob_keeps_its_trailing_zeros_under_the_python_loader():
    blobs = [record()[0], record()[1] + b"\0\0", b"\0"]
    proto = tensor_util.make_tensor_proto(np.array(blobs, object))
    events = [SimpleNamespace(step=0, wall_time=1.0, tensor_proto=proto)]
    store = Store(FakeProvider(written()), SimpleNamespace(Tensors=lambda run, tag: events))
    assert list(read(store, 0).payloads.values()) == blobs[1:]


@pytest.mark.parametrize(
    ("find", "sentence"),
    [
        (("stats", "other", "set", ""), "no run 'other'"),
        (("stats", "run/kerasig", "other", ""), "no probe set 'other'"),
        (("stats", "run/kerasig", "set", "label"), "no stats in a series 'label'"),
        (("interior", "run/kerasig", "set", ""), "no interior"),
    ],
)
def test_what_is_unknown_is_not_found(find, sentence):
    with pytest.raises(errors.NotFoundError, match=sentence):
        Store(FakeProvider(written())).find(SCOPE, *find)


def test_an_unknown_step_or_probe_is_not_found():
    store = Store(FakeProvider(written()))
    with pytest.raises(errors.NotFoundError, match="at step 3"):
        read(store, 3)
    for probe in (2, -1):
        with pytest.raises(errors.NotFoundError, match=f"no probe {probe}: the set has 2"):
            read(store, 0, probes=[0, probe])


class RpcError(grpc.RpcError):
    def details(self):
        return "received message larger than max"


@pytest.mark.parametrize(
    ("failure", "raised", "sentence"),
    [
        (KeyError("run"), errors.NotFoundError, "deleted or has changed"),
        (errors.NotFoundError("no such blob"), errors.NotFoundError, "no such blob"),
        (RpcError(), Unavailable, "larger than max"),
    ],
)
@pytest.mark.parametrize("call", ["read_blob", "read_blob_sequences", "list_tensors"])
def test_a_failing_provider_is_answered_with_a_sentence(failure, raised, sentence, call):
    def fail(*args, **kwargs):
        raise failure

    provider = FakeProvider(written())
    setattr(provider, call, fail)
    with pytest.raises(raised, match=sentence):
        read(Store(provider), 0)


def test_a_run_deleted_while_it_is_read_is_not_found_under_the_python_loader():
    def deleted(run, tag):
        raise KeyError(run)

    for tensors in (deleted, lambda run, tag: []):
        with pytest.raises(errors.NotFoundError, match="deleted"):
            read(Store(FakeProvider(written()), SimpleNamespace(Tensors=tensors)), 0)


@pytest.mark.parametrize(
    ("run", "name"),
    [
        ("kerasig", "."),
        ("kerasig-2", ". (2)"),
        ("a/b/kerasig", "a/b"),
        ("a/kerasig-3", "a (3)"),
        ("mykerasig", "mykerasig"),
        ("kerasig/train", "kerasig/train"),
    ],
)
def test_a_run_is_shown_without_the_folder_kerasig_adds(run, name):
    assert display_name(run) == name


@pytest.mark.parametrize(
    ("run", "directory", "runs", "called"),
    [
        (".", "/a/logs", [".", "b"], "logs"),
        (". (2)", "/a/logs/", [". (2)"], "logs (2)"),
        (".", "gs://bucket/runs/", ["."], "runs"),
        (".", os.curdir, ["."], os.path.basename(os.getcwd())),
        ("b", "/a/logs", ["b"], "b"),
        (".hidden", "/a/logs", [".hidden"], ".hidden"),
        # Where the name would be another's, or there is none.
        (".", "/a/logs", [".", "logs"], "."),
        (".", "/", ["."], "."),
        (".", "", ["."], "."),
        (".", "x:/a,y:/b", ["."], "."),
    ],
)
def test_the_log_directory_itself_has_its_own_name(run, directory, runs, called):
    assert schema.called(run, directory, runs) == called


def test_a_memo_forgets_the_least_recently_used_and_keeps_no_failure():
    memo = Memo(2)
    assert [memo.get(key, lambda: key) for key in "aba"] == ["a", "b", "a"]  # noqa: B023
    memo.get("c", lambda: "c")
    assert memo.get("a", lambda: "new") == "a"
    assert memo.get("b", lambda: "new") == "new"
    with pytest.raises(KeyError):
        memo.get("d", lambda: {}["d"])
    assert memo.get("d", lambda: "d") == "d"

"""Which sets of one title have the same probes, as the list of runs tells."""

import numpy as np
from event_logs import LEAF, ROWS, Routes, a_set, blobs_of, write
from tensorboard_plugin_kerasig import schema


def logged(folder, run, rows=ROWS, **inputs):
    parts = a_set("probes")
    about = {"probe_kind": "tabular", "names": ["a", "b"], "feature_names": ["r", "g", "b"], "labels": [0, 1]}
    header = {"title": "probes", "kind": "inputs", "leaves": [{**LEAF, "shape": list(rows.shape[1:])}], "subject": 0}
    parts["inputs"] = parts["inputs"]._replace(
        tensor=blobs_of(schema.encode_record({**header, "tokens": None, "regions": {}, **about, **inputs}, [rows]))
    )
    write(folder / run, list(parts.values()))


def test_sets_of_one_title_tell_whether_their_probes_are_the_same(tmp_path):
    logged(tmp_path, "first")
    logged(tmp_path, "again")
    logged(tmp_path, "renamed", names=["one", "two"])
    logged(tmp_path, "other_features", feature_names=["age", "height", "weight"])
    logged(tmp_path, "other_labels", labels=[1, 1])
    logged(tmp_path, "unlabelled", labels=None)
    logged(tmp_path, "unlabelled_renamed", labels=None, names=["one", "two"])
    logged(tmp_path, "wider", rows=np.ones((2, 4), np.float32), feature_names=None)
    logged(tmp_path, "narrow", feature_names=None)
    runs = Routes(tmp_path).json("runs")["runs"]
    contents = {run["run"]: run["sets"][0]["contents"] for run in runs}
    assert contents["first"] == contents["again"] == contents["renamed"]
    # All others differ, from that one and among themselves.
    others = set(contents) - {"again", "renamed"}
    assert len({contents[run] for run in others}) == len(others) == 7


def test_pictures_at_another_size_are_the_same_probes(tmp_path):
    small, large = (np.ones((2, side, side), np.float32) for side in (2, 4))
    logged(tmp_path, "small", rows=small, probe_kind="image", feature_names=None)
    logged(tmp_path, "large", rows=large, probe_kind="image", feature_names=None)
    small, large = (run["sets"][0]["contents"] for run in Routes(tmp_path).json("runs")["runs"])
    assert small == large

"""The routes of audits, through real TensorBoard servers of both loaders."""

import json
import struct

import numpy as np
import pytest
from tensorboard_plugin_kerasig import schema
from write_suspects_log import LOOKED, NONE, STEPS, TAG, audit, open_writer, suspect, write_audits, write_suspects

TAGGED = {"run": "tagged/kerasig", "set": "audit"}
UNREADABLE = {"run": "unreadable/kerasig", "set": "audit"}


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suspects")
    write_suspects(folder)
    return folder


@pytest.fixture(scope="module")
def servers(logdir, tensorboard_server):
    return {
        name: tensorboard_server(logdir, load_fast=name == "rust", reload_interval=1) for name in ("rust", "python")
    }


@pytest.fixture(params=["rust", "python"])
def server(request, servers):
    found = servers[request.param]
    found.wait_until(lambda answer: len(answer["runs"]) >= 7 and all(map(_complete, answer["runs"])))
    return found


def _complete(run):
    last = [found["last_step"] for found in [*run["sets"], *run["audits"]]]
    return last == [STEPS[-1]] * (1 if run["name"] == "old" else 2)


def opened(reply):
    """The header of a packed container, and its pictures by index."""
    assert reply.status == 200, reply.text
    magic, length = struct.unpack_from("<4sI", reply.body)
    assert magic == b"KIG1"
    header, body = json.loads(reply.body[8 : 8 + length], parse_constant=pytest.fail), reply.body[8 + length :]
    pictures = {}
    for entry in header["payloads"]:
        if "error" in entry:
            continue
        raw = body[entry["offset"] : entry["offset"] + entry["length"]]
        kind = {"int16": "<i2", "float32": "<f4"}[entry["encoding"]]
        factor = entry["scale"] / 32767 if entry["encoding"] == "int16" else 1
        pictures[entry["picture"]] = np.frombuffer(raw, kind).reshape(entry["shape"]) * factor
    return header, pictures


def test_audits_are_listed_beside_the_probe_sets_and_are_none_themselves(server):
    runs = {run["name"]: run for run in server.get("runs").json()["runs"]}
    assert [found["title"] for found in runs["tagged"]["sets"]] == ["probes"]
    assert runs["tagged"]["sets"][0]["error"] is None
    (listed,) = runs["tagged"]["audits"]
    assert (listed["title"], listed["last_step"]) == ("audit", STEPS[-1])
    assert runs["old"]["audits"] == []


def test_the_audits_of_a_run_tell_how_each_suspect_came(server):
    answer = server.get("audits", **TAGGED).json()
    assert answer["steps"] == list(STEPS)
    assert [found["clear"] for found in answer["audits"]] == [0, 1, 1, 2]
    assert [found["tested"] for found in answer["audits"]] == [0, 2, 2, 3]
    assert [found["looked"] for found in answer["audits"]] == [LOOKED] * 4
    assert answer["audits"][0]["sentence"] == NONE
    first = answer["suspects"][0]
    assert (first["group"], first["family"], first["name"]) == ("class 3", "window", "rows 1 to 3, columns 1 to 3")
    assert (first["clear"], first["first"]) == ([20, 40, 60], 20)
    assert [point["step"] for point in first["history"]] == list(STEPS)
    shares = [point["share"][0] for point in first["history"]]
    assert shares == sorted(shares)
    assert shares[0] == 0.06
    assert [point["emphasis"] is None for point in first["history"]] == [True, False, False, False]
    tested = next(place for place in answer["suspects"] if place["group"] == "class 9")
    assert (tested["clear"], tested["first"]) == ([], None)


def test_an_audit_comes_with_its_pictures_or_with_those_asked_for(server):
    header, pictures = opened(server.get("suspects", **TAGGED, step=60))
    first = header["suspects"][0]
    assert (first["box"], first["mask"]) == (TAG["box"], TAG["mask"])
    assert header["kinds"]["image"]["axes"] == ["row", "column", "channel"]
    mean = pictures[first["map"]]
    assert mean.shape == (12, 12)
    np.testing.assert_allclose(mean.sum(), 1, atol=1e-5)
    example = pictures[first["examples"][0]["input"]]
    assert example.shape == (12, 12, 1)
    assert example.max() <= 1

    _, some = opened(server.get("suspects", **TAGGED, step=60, pictures=f"{first['map']}"))
    assert list(some) == [first["map"]]
    np.testing.assert_array_equal(some[first["map"]], mean)
    same, none = opened(server.get("suspects", **TAGGED, step=60, pictures=""))
    assert none == {}
    assert same["suspects"] == header["suspects"]


def test_what_cannot_be_read_of_an_audit_is_told_and_the_rest_is_there(server):
    answer = server.get("audits", **UNREADABLE).json()
    assert [found["error"] is None for found in answer["audits"]] == [True, False, True, True]
    assert "The header of an audit is cut or corrupt" in answer["audits"][1]["error"]
    refused = server.get("suspects", **UNREADABLE, step=20)
    assert (refused.status, "cut or corrupt" in refused.text) == (422, True)
    header, pictures = opened(server.get("suspects", **UNREADABLE, step=40))
    assert pictures == {}
    assert "Picture 0 of an audit is cut" in header["payloads"][0]["error"]


@pytest.mark.parametrize(
    ("route", "arguments", "status"),
    [
        ("audits", {"run": "old/kerasig", "set": "audit"}, 404),
        ("audits", {"run": "tagged/kerasig", "set": "probes"}, 404),
        ("audits", {"run": "tagged/kerasig"}, 400),
        ("suspects", {**TAGGED, "step": 21}, 404),
        ("suspects", {**TAGGED, "step": "x"}, 400),
        ("suspects", {**TAGGED, "step": 60, "pictures": "99"}, 404),
        ("suspects", {**TAGGED, "step": 60, "pictures": "a"}, 400),
    ],
)
def test_what_is_not_there_or_not_understood_is_refused_with_a_sentence(server, route, arguments, status):
    reply = server.get(route, **arguments)
    assert reply.status == status
    assert reply.headers["Content-Type"].startswith("text/plain")
    assert len(reply.text.split()) > 4


def test_an_audit_that_a_history_tells_more_of_is_drawn_at_its_steps_too(tmp_path, tensorboard_server):
    writer = open_writer(tmp_path, "run")
    place = {"name": "a word", "family": "word", "history": [[0, 0.05, 1.0], [10, 0.2, 2.0], [20, 0.9, 9.0]]}

    def make(step):
        return audit(step, "tokens", (8,), [suspect(step, 0.4, [], **place)] if step else [])

    write_audits(writer, make, steps=(0, 20, 60))
    writer.close()
    server = tensorboard_server(tmp_path)
    server.wait_until(lambda answer: [a["last_step"] for run in answer["runs"] for a in run["audits"]] == [60])
    (told,) = server.get("audits", run="run/kerasig", set="audit").json()["suspects"]
    points = {point["step"]: point["share"][0] for point in told["history"]}
    assert list(points) == [0, 10, 20, 60]
    assert (points[0], points[10]) == (0.05, 0.2)
    # What an audit measured itself, with an interval, is not replaced by what a later one remembers.
    assert points[20] == pytest.approx(schema.floats([0.06 + 0.34 / 3])[0])

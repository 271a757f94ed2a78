"""Files whose checksums are right and whose content is not: an error for that set alone, whatever it is."""

import json
import struct
import sys

import numpy as np
import pytest
from event_logs import LEAF, STATS, Routes, Value, a_set, blobs_of, table_of, write
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto import types_pb2
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard_plugin_kerasig import schema

GOOD = {"run": "good/kerasig", "set": "good"}
BAD = {"run": "bad/kerasig", "set": "bad"}
# 200, or a sentence of ours: nothing else.
ANSWERS = {200, 400, 404, 422}


def routes_over(tmp_path, bad, good=None):
    """The routes over a set that is whole, and one of which some values are not."""
    write(tmp_path / "good" / "kerasig", list((good or a_set("good")).values()))
    write(tmp_path / "bad" / "kerasig", list(bad.values()))
    return Routes(tmp_path)


def sets_of(routes):
    return {found["title"]: found for run in routes.json("runs")["runs"] for found in run["sets"]}


def check_answers(routes, run, title, step):
    """Every route answers of every set with what it holds, or with a sentence."""
    of = {"run": run, "set": title}
    for path, arguments in (
        ("steps", {}),
        ("steps", {"stats": 0}),
        ("stats", {}),
        ("inputs", {}),
        ("inputs", {"partial": 1}),
        ("attributions", {"step": step}),
        ("attributions", {"step": step, "partial": 1, "probes": "0,1"}),
        ("interior", {"step": step, "probes": 0}),
        ("paths", {"probe": 0}),
        *(("export", {"step": step, "probe": 1, "format": form}) for form in ("npy", "csv", "json")),
    ):
        status, body = routes.get(path, **of, **arguments)
        assert status in ANSWERS, (path, arguments, body)
        if status != 200:
            assert len(body.decode()) < 1000
        elif body[:4] == b"KIG1":
            (length,) = struct.unpack_from("<I", body, 4)
            json.loads(body[8 : 8 + length], parse_constant=pytest.fail)
        elif path in ("steps", "paths"):
            json.loads(body, parse_constant=pytest.fail)


def stats_of(dtype, sizes, **content):
    proto = TensorProto(dtype=dtype, **content)
    for size in sizes:
        proto.tensor_shape.dim.add(size=size)
    return proto


@pytest.mark.parametrize(
    "tensor",
    [
        stats_of(types_pb2.DT_DOUBLE, [2, 2], tensor_content=b"1234567"),
        stats_of(types_pb2.DT_DOUBLE, [2, 3], tensor_content=STATS.tobytes()),
        stats_of(types_pb2.DT_DOUBLE, [2, 2], double_val=[1.0, 2.0, 3.0]),
        stats_of(types_pb2.DT_DOUBLE, [2**31, 2**31], double_val=[1.0]),
        stats_of(types_pb2.DT_STRING, [2, 2], string_val=[b"a"] * 4),
        stats_of(types_pb2.DT_RESOURCE, [2, 2], tensor_content=STATS.tobytes()),
        stats_of(types_pb2.DT_INVALID, [2, 2], tensor_content=STATS.tobytes()),
        stats_of(99, [2, 2], tensor_content=STATS.tobytes()),
    ],
    ids=["no whole number", "too few", "other count", "beyond memory", "text", "handle", "invalid", "new"],
)
def test_stats_that_fit_neither_type_nor_shape_are_an_error_of_their_set_alone(tmp_path, tensor):
    bad = a_set("bad")
    routes = routes_over(tmp_path, {**bad, "stats": bad["stats"]._replace(tensor=tensor)})
    sets = sets_of(routes)
    assert sets["good"]["error"] is None
    assert sets["good"]["steps"] == 1
    assert "stats of set 'bad'" in sets["bad"]["error"]
    assert "corrupt" in sets["bad"]["error"]
    assert routes.get("steps", **BAD)[0] == routes.get("stats", **BAD)[0] == 422
    assert routes.json("steps", **GOOD)["stats"] == [STATS.tolist()]


@pytest.mark.parametrize(
    "tensor",
    [
        table_of(STATS),
        stats_of(types_pb2.DT_STRING, [2**40], string_val=[b"{}"]),
        stats_of(types_pb2.DT_STRING, [2, 2], string_val=[b"{"]),
        TensorProto(dtype=types_pb2.DT_STRING),
        blobs_of([]),
    ],
    ids=["numbers", "beyond memory", "two axes", "nothing", "no blobs"],
)
@pytest.mark.parametrize("kind", ["inputs", "attributions", "interior"])
def test_a_record_that_is_no_list_of_blobs_is_an_error_of_its_set_alone(tmp_path, tensor, kind):
    bad = a_set("bad")
    routes = routes_over(tmp_path, {**bad, kind: bad[kind]._replace(tensor=tensor)})
    assert sets_of(routes)["good"]["error"] is None
    check_answers(routes, **GOOD_SET)
    check_answers(routes, **BAD_SET)
    arguments = {} if kind == "inputs" else {"step": 7, "probes": 0}
    assert routes.get(kind, **BAD, **arguments)[0] in (404, 422)


GOOD_SET = {"run": "good/kerasig", "title": "good", "step": 7}
BAD_SET = {"run": "bad/kerasig", "title": "bad", "step": 7}
SCALARS = st.none() | st.booleans() | st.integers(-3, 2**70) | st.floats() | st.text(max_size=3) | st.just("\ud800")
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@st.composite
def spoiled_json(draw, value):
    """A JSON value with something else in one place."""
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 3)) == 0:
        return draw(ANYTHING)
    key = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[key] = draw(spoiled_json(value[key]))
    return changed


@st.composite
def spoiled_bytes(draw, value: bytes) -> bytes:
    """Bytes of which some are others, or missing, or too many."""
    at = draw(st.integers(0, max(len(value) - 1, 0)))
    return draw(
        st.sampled_from([value[:at], value[at:], value + value, b""])
        | st.binary(min_size=1, max_size=4).map(lambda some: value[:at] + some + value[at + len(some) :])
    )


@st.composite
def spoiled(draw, value: Value) -> Value:
    """A value of which one thing is another."""
    what = draw(st.sampled_from(["header", "blob", "content", "tensor", "class", "step", "metadata"]))
    blobs = list(value.tensor.string_val)
    if what == "step":
        return value._replace(step=draw(st.integers(-(2**63), 2**63 - 1)))
    if what == "class":
        return value._replace(data_class=draw(st.integers(0, 4)))
    if what == "content":
        return value._replace(content=draw(spoiled_bytes(value.content)))
    if what == "metadata":
        fields = draw(spoiled_json(json.loads(value.content)))
        return value._replace(content=json.dumps(fields).encode())
    if what == "header" and blobs:
        blobs[0] = json.dumps(draw(spoiled_json(json.loads(blobs[0])))).encode()
        return value._replace(tensor=blobs_of(blobs))
    if what == "blob" and blobs:
        place = draw(st.integers(0, len(blobs) - 1))
        blobs[place] = draw(spoiled_bytes(blobs[place]))
        return value._replace(tensor=blobs_of(blobs[: draw(st.sampled_from([len(blobs), place]))]))
    tensor = TensorProto()
    tensor.CopyFrom(value.tensor)
    tensor.dtype = draw(st.sampled_from([tensor.dtype, *types_pb2.DataType.values()]))
    del tensor.tensor_shape.dim[:]
    for size in draw(st.lists(st.sampled_from([0, 1, 2, 3, -1, 2**40, 2**62]), max_size=3)):
        tensor.tensor_shape.dim.add(size=size)
    tensor.tensor_content = draw(st.sampled_from([b"", tensor.tensor_content, b"1234567", STATS.tobytes()]))
    return value._replace(tensor=tensor)


@pytest.mark.slow
def test_whatever_stands_in_a_file_every_route_answers_and_other_sets_are_whole(fuzzing, tmp_path_factory):
    @fuzzing(120)
    @given(st.data())
    def check(data):
        bad = a_set("bad")
        for kind in data.draw(st.lists(st.sampled_from(sorted(bad)), min_size=1, max_size=2, unique=True)):
            bad[kind] = data.draw(spoiled(bad[kind]))
        routes = routes_over(tmp_path_factory.mktemp("faults"), bad)
        for run in routes.json("runs")["runs"]:
            for found in run["sets"]:
                if run["run"] == "good/kerasig":
                    assert found["error"] is None
                check_answers(routes, run["run"], found["title"], found["last_step"] or 7)
        assert routes.json("steps", **GOOD)["stats"] == [STATS.tolist()]
        assert routes.get("attributions", **GOOD, step=7)[0] == routes.get("inputs", **GOOD)[0] == 200

    check()


@pytest.mark.parametrize(("depth", "sentence"), [(900, b"nested too deeply"), (100_000, b"it is not JSON")])
def test_a_header_that_is_nested_too_deeply_is_told(tmp_path, depth, sentence):
    bad = a_set("bad")
    blobs = list(bad["attributions"].tensor.string_val)
    nested = b'{"scalars":{"a":' + b"[" * depth + b"]" * depth + b"}," + blobs[0][1:]
    routes = routes_over(
        tmp_path, {**bad, "attributions": bad["attributions"]._replace(tensor=blobs_of([nested, *blobs[1:]]))}
    )
    status, body = routes.get("attributions", **BAD, step=7)
    if depth == 900 and sys.version_info >= (3, 12):
        # These read it, and write it too.
        assert (status, body.count(b"[" * depth + b"]" * depth)) == (200, 1)
    else:
        assert (status, sentence in body) == (422, True)


def test_attributions_that_are_words_are_told_in_an_export(tmp_path):
    bad = a_set("bad")
    words = np.array([["a", "b", "c"]] * 2, object)
    blobs = schema.encode_record({"kind": "attributions", "title": "bad", "leaves": [LEAF]}, [words])
    routes = routes_over(tmp_path, {**bad, "attributions": bad["attributions"]._replace(tensor=blobs_of(blobs))})
    status, body = routes.get("export", **BAD, step=7, probe=0, format="npy")
    assert (status, b"are no numbers" in body) == (422, True)


STEPS = [2**63 - 1, -(2**63), 10**18, 1_795_837_457_206_712_065, 2**53 + 1, -(2**53) - 1]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_64_bits_that_is_listed_is_served_by_every_route(tmp_path, step):
    found = a_set("good", step)
    found["stats"] = found["stats"]._replace(step=step)
    routes = routes_over(tmp_path, a_set("bad"), found)
    entry = sets_of(routes)["good"]
    assert (entry["first_step"], entry["last_step"], entry["error"]) == (step, step, None)
    # In digits, too: a browser would round the numbers.
    assert entry["exact"] == {"first_step": str(step), "last_step": str(step)}
    answer = routes.json("steps", **GOOD)
    assert (answer["steps"], answer["exact"]) == ([step], [str(step)])
    assert routes.json("paths", **GOOD, probe=0)["steps"] == [step]
    for path, arguments in (
        ("attributions", {}),
        ("interior", {"probes": 0}),
        *(("export", {"probe": 0, "format": form}) for form in ("npy", "csv", "json")),
    ):
        assert routes.get(path, **GOOD, step=step, **arguments)[0] == 200
    assert routes.get("stats", **GOOD, after=step)[0] == 200


@pytest.mark.parametrize("step", [2**63, -(2**63) - 1, 10**19])
def test_a_step_beyond_64_bits_is_no_step(tmp_path, step):
    routes = routes_over(tmp_path, a_set("bad"))
    for path in ("attributions", "interior"):
        status, body = routes.get(path, **GOOD, step=step, probes=0)
        assert (status, b"Pass one of 64 bits" in body) == (400, True)
    assert routes.get("stats", **GOOD, after=step)[0] == 400


def test_numbers_that_a_browser_knows_come_once(tmp_path):
    routes = routes_over(tmp_path, a_set("bad"), a_set("good", 2**53 - 1))
    assert "exact" not in sets_of(routes)["good"]
    assert "exact" not in routes.json("steps", **GOOD)


def test_steps_that_a_browser_cannot_tell_apart_are_told(tmp_path):
    values = [value for step in (2**60, 2**60 + 1) for value in a_set("good", step).values()]
    write(tmp_path / "good" / "kerasig", values)
    routes = Routes(tmp_path)
    assert "closer together than a browser's numbers" in sets_of(routes)["good"]["error"]
    assert routes.json("steps", **GOOD)["steps"] == [2**60, 2**60 + 1]
    assert routes.get("attributions", **GOOD, step=2**60 + 1)[0] == 200

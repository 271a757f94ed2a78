"""A file that is no whole saved attribution is a ValueError in one sentence, whatever is wrong with it."""

import contextlib
import dataclasses
import json
import random
import re
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutated_files import MUTATIONS, described, members_of, npy, npy_claiming, zipped
from strange_arguments import Unshowable
from test_attribution import assert_same, leaf, made

from kerasig import Attribution, Fixed
from kerasig.attribution import InteriorGradients, PathProfile

TARGET = np.array([1, 2], np.int32)
PROFILES = PathProfile(*(np.zeros((2, 3, 4), np.float32) for _ in range(3)))
SAVED = {
    "array": made(leaf(3), inputs=leaf(3), baselines=np.zeros((1, 3), np.float32), target=TARGET, predicted=TARGET),
    "nest": made(
        {"image": leaf(4, 2), "ids": None, "deep": [leaf(), ()]},
        inputs={"image": leaf(4, 2), "ids": np.array(["a", "bc"], object), "deep": [leaf(), ()]},
        baselines={"image": np.zeros((2, 4, 2), np.float32), "ids": None, "deep": [np.zeros(1, np.float32), ()]},
        target={"output": "main", "target": (TARGET, TARGET)},
        interior=InteriorGradients(
            np.array([0.5], np.float32),
            {"image": leaf(1, 4, 2), "ids": None, "deep": [leaf(1), ()]},
        ),
    ),
    "layers": made(
        [leaf(5, 3), leaf(2)],
        inputs={"ids": np.ones((2, 5), np.int32), "x": leaf(2)},
        layer=["embedding", None],
        rule=Fixed(4, "trapezoid"),
        path=PROFILES,
        target="Loss(mse)",
    ),
}


def saved_bytes(attribution, folder):
    attribution.save(folder / "whole.npz")
    return (folder / "whole.npz").read_bytes()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    return {name: saved_bytes(attribution, folder) for name, attribution in SAVED.items()}


def refused(path, data):
    """The reason for which a file is refused, in kerasig's own sentence."""
    path.write_bytes(data)
    with pytest.raises(ValueError) as caught:
        Attribution.load(path)
    assert type(caught.value) is ValueError
    message = str(caught.value)
    start = f"{str(path)!r} is not a saved Attribution, or it is damaged: "
    assert message.startswith(start)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < len(start) + 1000
    return message.removeprefix(start)


def is_of_a_later_version(path):
    with pytest.raises(ValueError) as caught:
        Attribution.load(path)
    return str(caught.value).endswith("; this kerasig reads up to 1. Upgrade kerasig.")


@pytest.mark.slow
def test_a_mutated_file_is_refused_in_one_sentence_or_is_an_attribution(files, tmp_path, fuzzing):
    path = tmp_path / "mutated.npz"

    @fuzzing(400)
    @given(st.integers(0, 2**32), st.sampled_from(sorted(MUTATIONS)), st.sampled_from(sorted(SAVED)))
    def check(seed, mutation, which):
        data = MUTATIONS[mutation](files[which], random.Random(seed))
        path.write_bytes(data)
        found = None
        with contextlib.suppress(ValueError):
            found = Attribution.load(path)
        if found is None:
            # A version of 10 to the 400 is a later one.
            assert is_of_a_later_version(path) or refused(path, data)
            return
        # What a checksum does not cover, or another array that fits: it works as any other.
        assert len(found) == len(found.score) == len(found.status)
        repr(found)
        found.save(tmp_path / "again.npz")
        assert_same(found, Attribution.load(tmp_path / "again.npz"))

    check()


@pytest.mark.parametrize("which", SAVED)
def test_a_file_cut_at_any_place_is_refused(files, which, tmp_path):
    data = files[which]
    for length in (*range(0, len(data), 97), len(data) - 1):
        assert refused(tmp_path / "cut.npz", data[:length])


@pytest.mark.parametrize("which", SAVED)
def test_a_file_that_lacks_a_member_is_refused_by_its_name(files, which, tmp_path):
    members = members_of(files[which])
    for name in members:
        left = {other: content for other, content in members.items() if other != name}
        assert repr(name.removesuffix(".npy")) in refused(tmp_path / "lacks.npz", zipped(left))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x00\x01plain bytes that are no array" * 5, "magic string"),
        (b"", "EOF|magic"),
        (npy_claiming((2, 2**40), "<f4"), r"says that it has shape \(2, 1099511627776\)"),
        (npy_claiming((2**70, 0), "<f4"), "Maximum allowed dimension"),
        (npy_claiming((-2, -3), "<f4", bytes(24)), "says that it has shape"),
        (npy_claiming((2,), "<U400000000"), "says that it has shape"),
        (npy_claiming((2, 3), "|O", bytes(48)), "holds object, not plain"),
        (npy_claiming((2, 3), "<c8", bytes(48)), "holds complex64, not plain"),
        (npy_claiming((2, 3), "<f4", bytes(20)), "says that it has shape"),
        (npy(np.zeros((2, 3, 1), np.float32)), r"inputs must have the shape of its values, \(2, 3, 1\)"),
        (npy(np.zeros((3, 2), np.float32)), r"values must have one row for each of the 2 examples"),
        (npy(np.zeros((2, 3), np.int32)), "values must be an array of kind 'f'. Received int32"),
        (npy(np.float32(1)), "values must have one row"),
    ],
)
def test_a_member_that_is_not_the_array_that_it_should_be_is_refused(files, content, reason, tmp_path):
    members = members_of(files["array"]) | {"values.npy": content}
    assert re.search(reason, refused(tmp_path / "member.npz", zipped(members)))


FIELD_CHANGES = {
    "one score too few": ({"score": leaf()[:1]}, "baseline_score must have one row for each of the 1 examples"),
    "a status of its own": ({"status": np.array(["fine", "converged"])}, "status must be of converged, .*'fine'"),
    "counts that are floats": ({"n_evaluations": np.ones(2)}, "n_evaluations must be an array of 1 axis of kind 'iu'"),
    "flags that are numbers": ({"converged": np.ones(2)}, "converged must be"),
    "classes of three": ({"predicted": np.arange(3)}, "predicted must have one row"),
    "targets of three": ({"target": np.arange(3)}, "target must have one row"),
    "baselines of other features": ({"baselines": np.zeros((1, 4), np.float32)}, "baselines must have rows like its"),
    "baselines in a list": ({"baselines": [leaf(3)]}, "baselines must have the structure of values"),
    "inputs of other features": ({"inputs": leaf(4)}, "inputs must have the shape of its values"),
    "a layer that is a number": ({"layer": 3}, "layer must be a name"),
    "layers for one array": ({"layer": ["a", None]}, "layer must name what values are of"),
    "values of held leaves alone": ({"values": [None], "inputs": None, "baselines": None}, "values must hold an array"),
    "slopes of other nodes": (
        {"path": PathProfile(np.zeros((2, 4), "f"), np.zeros((2, 4), "f"), np.zeros((2, 5), "f"))},
        "path.slopes must have the shape of path.alphas",
    ),
    "a path without examples": ({"path": PathProfile(*[np.zeros(4, "f")] * 3)}, "path.alphas must have one row"),
    "interior gradients at more places": (
        {"interior": InteriorGradients(np.zeros(3, "f"), np.zeros((2, 2, 3), "f"))},
        r"interior.gradients must have the shape \(2, 3, 3\)",
    ),
}


@pytest.mark.parametrize(("fields", "reason"), FIELD_CHANGES.values(), ids=FIELD_CHANGES.keys())
def test_fields_that_do_not_fit_together_are_refused_when_saved_and_when_loaded(fields, reason, tmp_path, monkeypatch):
    unfit = dataclasses.replace(SAVED["array"], **fields)
    with pytest.raises(ValueError, match=f"cannot be saved: {reason}"):
        unfit.save(tmp_path / "unfit.npz")
    assert not (tmp_path / "unfit.npz").exists()
    # As a file that another program wrote.
    with monkeypatch.context() as patch:
        patch.setattr("kerasig._attribution.file.check_fields", lambda fields: None)
        unfit.save(tmp_path / "unfit.npz")
    assert re.search(reason, refused(tmp_path / "unfit.npz", (tmp_path / "unfit.npz").read_bytes()))


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"name": "Fixed", "n": 10**12}, "its rule is none"),
        ({"name": "Fixed", "n": 3, "rule": "simpson"}, "its rule is none"),
        ({"name": "Fixed", "nodes": 3}, "its rule is none"),
        ({"name": "Simpson"}, "its rule is none"),
        ({"name": ["Fixed"]}, "its rule is none"),
        ([], "its rule is none"),
        (None, "its rule is none"),
    ],
)
def test_a_rule_that_there_is_not_is_refused(files, rule, reason, tmp_path):
    members = members_of(files["array"])
    document = described(members) | {"rule": rule}
    members["kerasig.npy"] = npy(np.array(json.dumps(document)))
    assert reason in refused(tmp_path / "rule.npz", zipped(members))


def test_a_small_file_that_unpacks_to_much_more_is_refused_before_it_does(files, tmp_path):
    members = members_of(files["array"])
    # In bzip2, 32 MB of zeros are under a hundred bytes; and a deflated member whose directory claims 4 GB.
    packed = zipped(members | {"values.npy": npy_claiming((2, 4 << 20), "<f4", bytes(32 << 20))}, zipfile.ZIP_BZIP2)
    assert len(packed) < 20_000
    lying = bytearray(zipped(members))
    directory = lying.index(b"PK\x01\x02")
    lying[directory + 24 : directory + 28] = struct.pack("<I", 0xFFFFFFF0)
    tracemalloc.start()
    for data in (packed, bytes(lying)):
        assert "more than" in refused(tmp_path / "bomb.npz", data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize("path", [3, None, 2.5, ["a"], object(), Unshowable(), np.eye(9)])
def test_what_is_no_path_is_refused(path):
    for use in (SAVED["array"].save, Attribution.load):
        with pytest.raises(TypeError, match=r"path must be the path of a file\. Received path="):
            use(path)


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_a_path_that_names_no_file_is_refused(path):
    for use in (SAVED["array"].save, Attribution.load):
        with pytest.raises(ValueError, match=r"path must be the path of a file\. Received path="):
            use(path)


def test_a_directory_is_no_saved_attribution_and_a_missing_file_is_missing(tmp_path):
    with pytest.raises(ValueError, match="it is a directory"):
        Attribution.load(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"missing\.npz"):
        Attribution.load(tmp_path / "missing")
    SAVED["array"].save(bytes(tmp_path / "bytes.npz"))
    assert_same(SAVED["array"], Attribution.load(bytes(tmp_path / "bytes.npz")))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"target": {"output": object()}}, "target/output cannot be saved. Received <object"),
        ({"target": {(1, 2): "a"}}, r"target cannot be saved: its keys .*Received \[\(1, 2\)\]"),
        (
            {"values": [leaf(3), None], "inputs": [leaf(3), np.array([1, None])]},
            "inputs/1 cannot be saved: its objects",
        ),
    ],
)
def test_what_a_file_cannot_hold_is_refused_by_its_field(fields, message, tmp_path):
    with pytest.raises(TypeError, match=message):
        made(**({"values": leaf(3)} | fields)).save(tmp_path / "one.npz")


@pytest.mark.parametrize("key", ["a\0b", "\ud800", "../../up", "a\nb", "x" * 70_000, "kerasig", "score.npy"])
def test_any_name_of_a_leaf_comes_back(key, tmp_path):
    saved = made({key: leaf(3), "kerasig.npy": leaf(2)}, inputs={key: leaf(3), "kerasig.npy": leaf(2)})
    saved.save(tmp_path / "one.npz")
    assert_same(saved, Attribution.load(tmp_path / "one.npz"))

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard_plugin_kerasig import schema
from test_schema import spoiled

MAP = np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4)
PICTURE = np.linspace(-1, 1, 2048, dtype=np.float32).reshape(32, 32, 2)
ESTIMATE = [0.2, 0.1, np.inf]
SUSPECT = {
    **{"group": "class 3, cluster 1", "label": 3, "n": 40, "family": "window", "name": "rows 1 to 2, columns 0 to 1"},
    **{"box": [1, 0, 3, 2], "mask": [4, 5, 8, 9], "share": ESTIMATE, "before": ESTIMATE, "emphasis": ESTIMATE},
    **{"fall": np.array([0.4, 0.3, 0.5]), "fall_baseline": 0.1, "matched": [0.0, np.nan], "flips": np.float32(0.5)},
    **{"matched_flips": 0.0, "p": 0.001, "clear": np.True_, "first": np.int64(20), "watch": "regions={}", "map": MAP},
    "history": [[0, 0.1, 1.0], [20, 0.2, np.nan]],
    "examples": [
        {"row": 17, "name": "ü", "label": 3, "text": None, "values": MAP, "input": PICTURE},
        {"row": 18, "name": None, "label": 3, "text": ["a", "b"], "values": None, "input": PICTURE, "mask": [1]},
    ],
}
AUDIT = {
    **{"kind": "image", "shape": [4, 4], "step": 40, "n": 500, "looked": 1234, "sentence": "The network relies on ..."},
    **{"class_names": None, "duration": 1.5, "suspects": [SUSPECT, {**SUSPECT, "clear": False, "map": None}]},
}
BLOBS = schema.encode_suspects(AUDIT)


def test_an_audit_comes_back_with_every_field_and_every_picture_once():
    header, pictures = schema.decode_suspects(BLOBS)
    assert header.keys() == {*AUDIT, "version", "payloads", "kinds"}
    first, second = header["suspects"]
    assert first.keys() == SUSPECT.keys()
    assert len(pictures) == 2
    np.testing.assert_array_equal(pictures[first["map"]], MAP)
    assert second["map"] is None
    example = first["examples"][0]
    np.testing.assert_array_equal(pictures[example["values"]], MAP)
    np.testing.assert_allclose(pictures[example["input"]], PICTURE, atol=0.5 / 32767)
    assert first["examples"][1]["values"] is None
    np.testing.assert_array_equal(schema.floats(first["share"]), ESTIMATE)
    np.testing.assert_array_equal(schema.floats(first["matched"]), [0, np.nan])
    assert (first["clear"], second["clear"], first["first"], first["flips"]) == (True, False, 20, 0.5)
    assert schema.decode_suspects_header(BLOBS[0]) == header


def test_an_audit_without_suspects_and_one_with_the_fields_that_must_be_there_are_audits():
    fields = {**AUDIT, "suspects": []}
    assert schema.decode_suspects(schema.encode_suspects(fields)).pictures == []
    bare = {name: SUSPECT[name] for name in ("group", "family", "name")}
    least = {name: AUDIT[name] for name in ("kind", "step", "n", "looked", "sentence")}
    (suspect,) = schema.decode_suspects(schema.encode_suspects({**least, "suspects": [bare]})).header["suspects"]
    assert suspect == {**bare, "map": None, "examples": []}


def test_values_of_a_table_come_back_exactly_however_they_differ():
    row = np.array([1e6, 1e-6, 3.0], np.float32)
    suspect = {**SUSPECT, "mask": None, "examples": [{"row": 0, "input": row}]}
    _, pictures = schema.decode_suspects(schema.encode_suspects({**AUDIT, "suspects": [suspect]}))
    np.testing.assert_array_equal(pictures[1], row)


def test_the_tag_of_an_audit_has_no_series():
    assert schema.tag("suspects", "a@b", "label") == "suspects/a@@b"
    assert schema.DATA_CLASS["suspects"] == schema.DATA_CLASS_BLOB_SEQUENCE
    content = schema.parse_plugin_content(schema.plugin_content("suspects", "audit"))
    assert (content.kind, content.title) == ("suspects", "audit")


@pytest.mark.parametrize(
    ("blobs", "sentence"),
    [
        ([], "its header is missing"),
        ([b""], "The header of an audit is cut or corrupt"),
        (BLOBS[:2], "1 of its 2 pictures"),
        ([BLOBS[0], BLOBS[1][:9], BLOBS[2]], "Picture 0 of an audit is cut"),
        ([BLOBS[0].replace(b"[32,32,2]", b"[32,32,3]"), *BLOBS[1:]], "wrong length"),
        ([BLOBS[0].replace(b'"version":1', b'"version":2'), *BLOBS[1:]], "version 2 .* up to version 1. Update"),
        ([BLOBS[0].replace(b"int16", b"int12"), *BLOBS[1:]], "'int12'"),
        ([BLOBS[0].replace(b'"map":0', b'"map":2'), *BLOBS[1:]], "no picture 2 of 2"),
        ([BLOBS[0].replace(b"[4,5,8,9]", b"[4,5,8,16]"), *BLOBS[1:]], "'mask' lies outside of 16 positions"),
        ([BLOBS[0].replace(b"[1,0,3,2]", b"[1,0,3]"), *BLOBS[1:]], "'box'"),
        ([BLOBS[0].replace(b'"looked":1234', b'"looked":null'), *BLOBS[1:]], "'looked'"),
        ([BLOBS[0].replace(b'"group":', b'"gruppe":'), *BLOBS[1:]], "'group'"),
    ],
)
def test_an_audit_that_cannot_be_read_says_what_was_found(blobs, sentence):
    with pytest.raises(schema.FormatError, match=sentence):
        schema.decode_suspects(blobs)


@pytest.mark.parametrize("field", [{"step": None}, {"shape": "4 x 4"}, {"suspects": [{**SUSPECT, "share": [0]}]}])
def test_an_audit_that_no_reader_could_rely_on_is_not_written(field):
    with pytest.raises(schema.FormatError):
        schema.encode_suspects({**AUDIT, **field})


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_stands_in_the_header_of_an_audit_only_a_format_error_comes_of_it(data):
    header = json.loads(BLOBS[0])
    key = data.draw(st.sampled_from(sorted(header)))
    header[key] = spoiled(header[key], data.draw)
    with contextlib.suppress(schema.FormatError):
        schema.decode_suspects([json.dumps(header).encode(), *BLOBS[1:]])

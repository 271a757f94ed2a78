import contextlib
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tensorboard.compat.proto import event_pb2
from tensorboard.util import tensor_util
from tensorboard_plugin_kerasig import container, payloads, schema
from tensorboard_plugin_kerasig.store import StoredRecord

VERSION_1 = Path(__file__).parent / "data" / "version_1"
LEAF = {"name": "x", "shape": [2, 3]}
HEADER = {"kind": "attributions", "title": "t", "leaves": [LEAF]}
VALUES = np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 4)  # What the file of version 1 holds.

floats = st.floats(width=32, allow_nan=True, allow_infinity=True)


def one_leaf(leaf, **options):
    header = {**HEADER, "leaves": [{"name": "x", "shape": list(leaf.shape[1:])}]}
    return schema.decode_record(schema.encode_record(header, [leaf], **options)).leaves[0]


@given(hnp.arrays(np.float32, hnp.array_shapes(max_dims=4, max_side=5), elements=floats))
def test_floats_come_back_within_half_a_quantum_or_exactly_where_not_finite(leaf):
    decoded = one_leaf(leaf)
    assert decoded.dtype == np.float32
    for stored, found in zip(leaf, decoded, strict=True):
        if np.isfinite(stored).all():
            scale = np.abs(stored).max(initial=0).astype(np.float64)
            # Half a step of scale / 32767, and the rounding of both sides to float32.
            slack = scale / 32767 / 2 + scale * 2.0**-23 + 1.5e-45
            assert np.abs(stored.astype(np.float64) - found).max(initial=0) <= slack
        else:
            np.testing.assert_array_equal(stored, found)


@given(hnp.arrays(np.float32, (2, 3), elements=floats))
def test_exact_floats_come_back_bit_for_bit(leaf):
    np.testing.assert_array_equal(one_leaf(leaf, exact=True), leaf)


@given(hnp.arrays(st.sampled_from([np.int8, np.uint8, np.int64, np.uint64, np.bool_]), (2, 3)))
def test_integers_come_back_exactly_also_beyond_32_bits(leaf):
    decoded = one_leaf(leaf)
    np.testing.assert_array_equal(np.array([int(item) for item in decoded.flat]), [int(item) for item in leaf.flat])


def test_strings_come_back_whatever_they_hold():
    leaf = np.array([["größer", ""], ['"\n\\', "\ud800 alone"]], object)
    assert one_leaf(leaf).tolist() == [["größer", ""], ['"\n\\', "? alone"]]
    assert one_leaf(np.array([b"caf\xc3\xa9", b"\xff"])).tolist() == ["café", "�"]


def test_a_value_of_an_unusual_dtype_is_stored_as_float32():
    import ml_dtypes

    assert one_leaf(np.ones((1, 2), ml_dtypes.bfloat16)).tolist() == [[1, 1]]
    assert one_leaf(np.array([[1e300, 1.0]])).tolist() == [[np.inf, 1]]


def test_an_all_zero_probe_has_scale_zero():
    blob, encoding, scale = payloads.encode(np.zeros((2, 3), np.float32), exact=False)
    assert (encoding, scale) == ("int16", 0.0)
    assert not payloads.decode(blob, encoding, (2, 3), scale, where="").any()


@given(st.lists(st.floats(), max_size=5))
def test_numbers_of_a_header_round_trip_and_are_strict_json(numbers):
    header = {**HEADER, "leaves": [], "probes": len(numbers), "delta": np.array(numbers)}
    blob = schema.encode_record(header, [])[0]
    json.loads(blob, parse_constant=pytest.fail)
    np.testing.assert_array_equal(schema.floats(schema.decode_header(blob)["delta"]), numbers)


@given(hnp.arrays(np.bool_, hnp.array_shapes(max_dims=3, max_side=9)))
def test_masks_round_trip(mask):
    np.testing.assert_array_equal(schema.decode_mask(schema.encode_mask(mask)), mask)


def test_some_probes_can_be_decoded_in_any_order():
    leaf = np.arange(12, dtype=np.float32).reshape(4, 3)
    blobs = schema.encode_record({**HEADER, "leaves": [{"name": "x", "shape": [3]}]}, [leaf], exact=True)
    np.testing.assert_array_equal(schema.decode_record(blobs, probes=[3, 0]).leaves[0], leaf[[3, 0]])
    with pytest.raises(ValueError, match="below 4"):
        schema.decode_record(blobs, probes=[4])


def test_a_record_of_no_probes_and_a_leaf_without_values_round_trip():
    empty = np.zeros((0, 2, 3), np.float32)
    assert schema.decode_record(schema.encode_record(HEADER, [empty])).leaves[0].shape == (0, 2, 3)
    assert schema.decode_record(schema.encode_record({**HEADER, "probes": 5}, [None])).leaves == [None]


@pytest.mark.parametrize(
    ("header", "leaves"),
    [
        ({}, [np.zeros((2, 3, 2))]),  # Another shape than the header's.
        ({"probes": 3}, [np.zeros((2, 2, 3))]),
        ({}, []),
        ({"residual": [0.1]}, [np.zeros((2, 2, 3))]),
        ({"kind": "inputs", "probe_kind": None}, [np.zeros((2, 2, 3))]),
        ({"title": None}, [np.zeros((2, 2, 3))]),
    ],
)
def test_a_record_that_contradicts_its_header_is_not_written(header, leaves):
    with pytest.raises(schema.FormatError):
        schema.encode_record({**HEADER, **header}, leaves)


def test_no_two_series_share_a_tag():
    titles = ["a", "a@", "a@@", "a@label", "a@@label", "@", "@label", "a@predicted@label"]
    tags = [schema.tag("stats", title, series) for title in titles for series in schema.SERIES]
    assert len(set(tags)) == len(tags)


def test_the_metadata_of_a_tag_round_trips():
    content = schema.parse_plugin_content(schema.plugin_content("stats", "a/ü@", "label", names=["epoch", "region/x"]))
    assert content == ("stats", "a/ü@", "label", ("epoch", "region/x"), ())
    told = ({"label": "epoch", "hidden": True}, {"label": "share", "region": "x", "range": [0, 1]})
    content = schema.plugin_content("stats", "t", names=["epoch", "region/x"], measures=told)
    assert schema.parse_plugin_content(content).measures == told


TOLERANCES = {"residual": 0.01, "map_error": 0.05}
RECORD = schema.encode_record(
    {**HEADER, "residual": [0.1, 0.2], "tolerances": TOLERANCES}, [np.linspace(-1, 1, 12).reshape(2, 2, 3)]
)


@pytest.mark.parametrize(
    ("blobs", "sentence"),
    [
        ([], "its header is missing"),
        ([b""], "not JSON"),
        ([RECORD[0][:30], *RECORD[1:]], "header of a record is cut or corrupt"),
        ([b"[1]"], "not an object"),
        ([b"[" * 100_000], "not JSON"),
        (RECORD[:2], "1 of its 2 payloads"),
        ([RECORD[0], RECORD[1][:9], RECORD[2]], "probe 0, leaf 'x' is cut"),
        ([RECORD[0], b"\0" + RECORD[1], RECORD[2]], "probe 0, leaf 'x' is corrupt"),
        ([RECORD[0].replace(b"[2,3]", b"[2,2]"), *RECORD[1:]], "wrong length: 8 bytes were expected, more found"),
        ([RECORD[0].replace(b"[2,3]", b"[2,9]"), *RECORD[1:]], "wrong length: 36 bytes were expected, 12 found"),
        ([RECORD[0].replace(b"[2,3]", b"[2147483646,2147483646]"), *RECORD[1:]], "wrong length"),
        ([RECORD[0].replace(b'"version":1', b'"version":2'), *RECORD[1:]], "version 2 .* up to version 1. Update"),
        ([RECORD[0].replace(b"int16", b"int12"), *RECORD[1:]], "'int12'"),
        ([RECORD[0].replace(b'"probe":1', b'"probe":2'), *RECORD[1:]], "no probe 2"),
        ([RECORD[0].replace(b"[0.1,0.2]", b"[0.1]"), *RECORD[1:]], "'residual'"),
    ],
)
def test_a_record_that_cannot_be_read_says_what_was_found(blobs, sentence):
    with pytest.raises(schema.FormatError, match=sentence):
        schema.decode_record(blobs)


@pytest.mark.parametrize("tolerances", [0.01, [0.01], {"residual": "little"}, {"residual": [0.01]}, {"residual": True}])
def test_tolerances_are_numbers_by_measure_or_not_there(tolerances):
    header = json.loads(RECORD[0])
    assert schema.decode_header(RECORD[0])["tolerances"] == TOLERANCES
    with pytest.raises(schema.FormatError, match="'tolerances' is not what it should be"):
        schema.decode_header(json.dumps({**header, "tolerances": tolerances}).encode())
    schema.decode_header(json.dumps({**header, "tolerances": None}).encode())


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**70) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
INPUTS = schema.encode_record(
    {**HEADER, "kind": "inputs", "probe_kind": "image", "regions": {"r": schema.encode_mask(np.ones((2, 2, 3), bool))}},
    [np.zeros((2, 2, 3))],
)


def spoiled(value, draw):
    """The value with something else in one place."""
    if not isinstance(value, dict | list) or not value or draw(st.booleans()):
        return draw(anything)
    key = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[key] = spoiled(value[key], draw)
    return changed


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_stands_in_a_header_only_a_format_error_comes_of_it(data):
    blobs = data.draw(st.sampled_from([RECORD, INPUTS]))
    header = {"regions": {}, "tokens": None, **json.loads(blobs[0])}
    key = data.draw(st.sampled_from(sorted(header)))
    header[key] = spoiled(header[key], data.draw)
    changed = [json.dumps(header).encode(), *blobs[1:]]
    with contextlib.suppress(schema.FormatError):
        schema.decode_record(changed)
    with contextlib.suppress(schema.FormatError):
        decoded = schema.decode_header(changed[0])
        schema.check_blob_count(decoded, len(changed))
        container.pack(StoredRecord(decoded, dict(enumerate(changed[1:]))))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(RECORD) - 1), st.data())
def test_whatever_byte_is_changed_only_a_format_error_comes_of_it(index, data):
    blob = bytearray(RECORD[index])
    blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(schema.FormatError):
        schema.decode_record([*RECORD[:index], bytes(blob), *RECORD[index + 1 :]])


def read_event_file(folder):
    """Per tag its metadata and value, read from the file's frames: length, checksum, event, checksum."""
    (path,) = folder.iterdir()
    data, position, found = path.read_bytes(), 0, {}
    while position < len(data):
        (length,) = struct.unpack_from("<Q", data, position)
        event = event_pb2.Event.FromString(data[position + 12 : position + 12 + length])
        position += 16 + length
        for value in event.summary.value:
            content = schema.parse_plugin_content(value.metadata.plugin_data.content)
            found[content.kind] = content, value.tag, event.step, tensor_util.make_ndarray(value.tensor)
    return found


def test_version_1_decodes_for_ever():
    found = read_event_file(VERSION_1)
    assert sorted(found) == ["attributions", "inputs", "interior", "stats"]
    for kind, (content, tag, step, _) in found.items():
        series = "" if kind == "inputs" else "label"
        assert (content.title, content.series, step) == ("probes @ version 1", series, 7)
        assert tag == schema.tag(kind, content.title, content.series)
    assert found["stats"][0].names == ("epoch", "score", "residual")
    np.testing.assert_array_equal(found["stats"][3], [[1.5, 0.75, 0.001], [1.5, np.nan, -np.inf]])

    header, (images, ids, text) = schema.decode_record(list(found["inputs"][3]))
    np.testing.assert_allclose(images, VALUES, atol=0.5 / 32767)
    np.testing.assert_array_equal(ids, [[1, -2], [2**31 - 1, 0]])
    assert text.tolist() == ["größer", "kleiner"]
    assert header["names"] == ["eins", "zwei"]
    assert header["kinds"]["image"]["axes"] == ["row", "column", "channel"]
    np.testing.assert_array_equal(schema.decode_mask(header["regions"]["tag"]), VALUES > 0.5)

    header, (values, missing) = schema.decode_record(list(found["attributions"][3]))
    expected = VALUES.copy()
    expected[1, 0, 0], expected[1, 2, 3] = np.nan, np.inf
    np.testing.assert_allclose(values[0], expected[0], atol=0.5 / 32767)
    np.testing.assert_array_equal(values[1], expected[1])
    assert missing is None
    np.testing.assert_array_equal(schema.floats(header["score"]), [0.75, np.nan])
    np.testing.assert_array_equal(schema.floats(header["delta"]), [1e-9, np.inf])
    np.testing.assert_array_equal(schema.floats(header["residual"]), [0.001, -np.inf])
    assert (header["converged"], header["n_evaluations"], header["classes"]) == ([True, False], [17, 512], [3, None])

    header, (gradients, _) = schema.decode_record(list(found["interior"][3]))
    np.testing.assert_allclose(gradients, np.stack([VALUES, 2 * VALUES], 1), atol=1 / 32767)
    assert header["alphas"] == [0.02, 1.0]

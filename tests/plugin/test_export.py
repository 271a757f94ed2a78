"""Names in a CSV: none is a formula to a spreadsheet, and none is changed that need not be."""

import csv
import io

import numpy as np
import pytest
from cell_texts import FORMULAS, HARMLESS
from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.export import export
from tensorboard_plugin_kerasig.store import StoredRecord


def exported(labels, kind, form="csv"):
    leaf = {"name": "leaf", "shape": [len(labels)], "full_shape": [len(labels)]}
    values = -np.arange(len(labels), dtype=np.float32)[None] - 0.5
    header = {"kind": "attributions", "title": "set", "series": "", "leaves": [leaf]}
    blobs = schema.encode_record(header, [values], exact=True)
    record = StoredRecord(schema.decode_header(blobs[0]), {0: blobs[1]})
    inputs = {"probe_kind": kind, **({"tokens": [labels]} if kind == "tokens" else {"feature_names": labels})}
    return export(record, inputs, 0, None, form=form).content.decode()


def cells(text):
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("kind", ["tokens", "tabular"])
def test_no_name_is_a_formula(kind):
    _, *rows = cells(exported(FORMULAS, kind))
    assert [row[1] for row in rows] == [f"'{name}" for name in FORMULAS]


@pytest.mark.parametrize("kind", ["tokens", "tabular"])
def test_a_name_that_does_no_harm_is_as_it_is(kind):
    _, *rows = cells(exported(HARMLESS, kind))
    assert [row[1] for row in rows] == HARMLESS


def test_numbers_stay_numbers():
    _, *rows = cells(exported(FORMULAS, "tokens"))
    assert [float(row[2]) for row in rows] == [-0.5 - i for i in range(len(FORMULAS))]
    assert all(row[2].startswith("-") for row in rows)


def test_a_number_among_names_stays_one():
    _, row, _ = cells(exported([-7, 1.5], "tabular"))
    assert row[1] == "-7"


def test_of_several_sequences_each_leaf_has_its_own_words():
    leaves = [{"name": name, "shape": [2], "full_shape": [2]} for name in ("source", "embedding")]
    leaves[1]["positions_of"] = "target"
    header = {"kind": "attributions", "title": "set", "series": "", "leaves": leaves}
    blobs = schema.encode_record(header, [np.ones((1, 2), np.float32)] * 2, exact=True)
    record = StoredRecord(schema.decode_header(blobs[0]), {0: blobs[1], 1: blobs[2]})
    words = {"source": [["ein", "Hund"]], "target": [["a", "dog"]]}
    inputs = {"probe_kind": "tokens", "tokens": words["source"], "leaf_tokens": words}
    for leaf, expected in (("source", ["ein", "Hund"]), ("embedding", ["a", "dog"])):
        _, *rows = cells(export(record, inputs, 0, leaf, form="csv").content.decode())
        assert [row[1] for row in rows] == expected


def test_groups_of_other_coordinates_have_their_own_names():
    leaf = {"name": "picture", "shape": [2], "full_shape": [2], "kind": "tabular", "grouped": True}
    header = {"kind": "attributions", "title": "set", "series": "", "leaves": [leaf]}
    blobs = schema.encode_record(header, [np.ones((1, 2), np.float32)], exact=True)
    record = StoredRecord(schema.decode_header(blobs[0]), {0: blobs[1]})
    inputs = {"probe_kind": "image", "feature_names": ["a", "b"], "coordinates": {"picture": ["mean", "the rest"]}}
    _, *rows = cells(export(record, inputs, 0, None, form="csv").content.decode())
    assert [row[1] for row in rows] == ["mean", "the rest"]
    with pytest.raises(schema.FormatError, match="whether leaf 'picture' is grouped"):
        schema.encode_record({**header, "leaves": [{**leaf, "grouped": "yes"}]}, [np.ones((1, 2), np.float32)])


def tokens_of(tokens, leaf="ids", **inputs):
    """The token column of a leaf of four positions; none where it has no such column."""
    header = {"kind": "attributions", "title": "set", "series": "", "leaves": [{"name": leaf, "shape": [4]}]}
    blobs = schema.encode_record(header, [np.ones((1, 4), np.float32)], exact=True)
    record = StoredRecord(schema.decode_header(blobs[0]), {0: blobs[1]})
    leaves = [{"name": "ids", "shape": [4]}, {"name": "mass", "shape": [4]}]
    about = {"probe_kind": "tokens", "leaves": leaves, "subject": 0, "tokens": [tokens], **inputs}
    head, *rows = cells(export(record, about, 0, None, form="csv").content.decode())
    return [row[1] for row in rows] if "token" in head else None


@pytest.mark.parametrize("count", range(5))
def test_padding_that_is_left_out_of_the_tokens_takes_no_token_away(count):
    words = ["how", "many", "live", "here"][:count]
    assert tokens_of(words) == words + [""] * (4 - count)


def test_words_beyond_the_positions_are_left_out():
    assert tokens_of(["a", "b", "c", "d", "e"]) == ["a", "b", "c", "d"]


def test_a_leaf_that_the_tokens_are_not_about_has_none():
    assert tokens_of(["a", "b"], "mass") is None
    # Where each sequence has its own words, each gets those.
    several = {"ids": [["a", "b"]], "mass": [["c"]]}
    assert tokens_of(["a", "b"], "mass", leaf_tokens=several) == ["c", "", "", ""]


def test_a_log_that_does_not_say_what_its_tokens_are_about_has_them():
    assert tokens_of(["a", "b"], "embedding", subject=None) == ["a", "b", "", ""]

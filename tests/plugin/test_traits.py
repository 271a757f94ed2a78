"""A log says what its kinds are; one that is older than that is read as it was meant."""

import numpy as np
import pytest
from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.traits import traits_of

from kerasig._kinds.registry import KINDS
from kerasig._recording.encoding import encode_inputs
from kerasig.probes import ProbeSet

LEAF = {"name": "x", "shape": [4], "full_shape": [4]}


def header_of(**fields):
    header = {"kind": "inputs", "title": "set", "leaves": [LEAF], **fields}
    return schema.decode_header(schema.encode_record(header, [np.zeros((2, 4), np.float32)])[0])


def test_a_record_of_inputs_says_what_its_kinds_are_and_which_each_leaf_has():
    inputs = {"photo": np.zeros((2, 3, 32, 30), np.float32), "row": np.zeros((2, 5), np.float32)}
    ((_, _, _, blobs, _),) = encode_inputs(ProbeSet(inputs), [], None)
    header = schema.decode_header(blobs[0])
    assert header["probe_kind"] == "image"
    assert [leaf["kind"] for leaf in header["leaves"]] == ["image", "tabular"]
    assert header["kinds"] == {name: KINDS[name].traits() for name in ("image", "tabular")}
    # Channels are where the page draws them.
    assert header["leaves"][0]["shape"] == [32, 30, 3]


@pytest.mark.parametrize("kind", ["image", "tokens", "tabular", "series", "graph"])
def test_a_log_that_is_older_than_its_kinds_is_read_as_it_was_meant(kind):
    assert header_of(probe_kind=kind)["kinds"] == {kind: KINDS[kind].traits()}


def test_of_an_unknown_kind_nothing_is_supposed():
    for header in (header_of(probe_kind="sound"), header_of(probe_kind="image", kinds={})):
        assert traits_of(header, "sound") == {"axes": [], "names": "", "ordered": True, "sequence": False}


@pytest.mark.parametrize(
    "kinds", [[], {"image": []}, {"image": {"axes": "row"}}, {"image": {**KINDS["image"].traits(), "ordered": 1}}]
)
def test_a_header_with_other_kinds_is_refused(kinds):
    with pytest.raises(schema.FormatError, match="its 'kinds'"):
        header_of(probe_kind="image", kinds=kinds)

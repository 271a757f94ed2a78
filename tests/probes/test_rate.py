"""The rate of a series: checked, kept, in the record of the inputs, and a part of what the set is."""

import copy
import json
import pickle

import numpy as np
import pytest
from tensorboard_plugin_kerasig import schema

import kerasig
from kerasig._measures.positions import placed_leaves
from kerasig._recording.encoding import encode_inputs
from kerasig.probes import ProbeSet

N = 3
SERIES = np.zeros((N, 40, 2), np.float32)


def header_of(probes: ProbeSet) -> dict:
    (_, _, _, blobs, _), *_ = encode_inputs(probes, [], None)
    return schema.decode_header(blobs[0])


@pytest.mark.parametrize("rate", [250, 250.0, np.float32(250), np.int64(250)])
def test_a_rate_is_kept_as_a_number_and_shown(rate):
    probes = ProbeSet(SERIES, rate=rate)
    assert (probes.rate, type(probes.rate)) == (250.0, float)
    assert "; 250 samples per second; target" in repr(probes)
    assert pickle.loads(pickle.dumps(probes)).rate == copy.copy(probes).rate == 250
    assert ProbeSet.from_dataset((SERIES, np.zeros(N)), 2, rate=0.5).rate == 0.5
    assert probes.shown_as(feature_names=["x", "y"]).rate == 250


@pytest.mark.parametrize("rate", [0, -1, np.nan, np.inf, "250", True, [250], 10**400])
def test_a_rate_that_is_no_positive_number_is_refused_by_its_name(rate):
    with pytest.raises(ValueError, match=r"rate must be above 0\. Received rate="):
        ProbeSet(SERIES, rate=rate)


def test_a_rate_of_inputs_that_do_not_lie_in_time_is_refused_with_a_remedy():
    said = r"rate must come with inputs that lie in time. Received rate=250 with kind 'tabular'. Pass kind='series'"
    with pytest.raises(ValueError, match=said):
        ProbeSet(SERIES[..., 0], rate=250)
    assert ProbeSet(SERIES[..., 0], rate=250, kind="series").rate == 250
    # One leaf of several is enough.
    assert ProbeSet({"image": np.zeros((N, 28, 28, 1)), "ecg": SERIES}, rate=250).rate == 250


def test_a_rate_is_a_part_of_what_the_set_is_and_none_leaves_the_fingerprint_as_it_was():
    plain = ProbeSet(SERIES)
    assert plain.rate is None
    assert "per second" not in repr(plain)
    prints = {probes.fingerprint for probes in (plain, ProbeSet(SERIES, rate=1), ProbeSet(SERIES, rate=2))}
    assert len(prints) == 3
    # As of a set that was logged before there were rates: a training that goes on must recognise its probes.
    assert plain.fingerprint == "35217ced74e0c7c13001595312211c48023e94da876fbd317d3eb75f1a9c090f"


def test_the_record_of_the_inputs_has_the_rate_and_is_read_back():
    assert header_of(ProbeSet(SERIES, rate=360))["rate"] == 360
    assert header_of(ProbeSet(SERIES))["rate"] is None


@pytest.mark.parametrize("rate", [0, -2, "fast", True, [1], "NaN"])
def test_a_rate_that_is_none_makes_a_damaged_record(rate):
    (_, _, _, blobs, _), *_ = encode_inputs(ProbeSet(SERIES, rate=360), [], None)
    header = {**json.loads(blobs[0]), "rate": rate}
    with pytest.raises(schema.FormatError, match="its 'rate' is not what it should be"):
        schema.decode_header(json.dumps(header).encode())


def test_a_record_from_before_there_were_rates_is_read():
    (_, _, _, blobs, _), *_ = encode_inputs(ProbeSet(SERIES), [], None)
    header = json.loads(blobs[0])
    del header["rate"]
    assert "rate" not in schema.decode_header(json.dumps(header).encode())


@pytest.mark.slow
def test_a_set_with_a_rate_is_explained_and_followed_as_any(tmp_path):
    probes = ProbeSet(np.ones((N, 8, 1), np.float32), rate=4, kind="series", target=None)
    attribution = kerasig.explain(lambda x: x[:, 3, 0] * x[:, 4, 0], probes)
    leaves = list(placed_leaves(attribution.values, None, probes.places))
    (_, _, _, blobs, _), *_ = encode_inputs(probes, leaves, None)
    assert schema.decode_header(blobs[0])["rate"] == 4

"""The benchmark of what watching costs: that it runs and how it judges, never how long anything took."""

import numpy as np
import pytest

from benchmarks import overhead
from benchmarks.overhead import AGAIN, BY_BATCH, BY_EPOCH, OURS, PEER, PLAIN
from benchmarks.peers import fits

DATA = np.random.default_rng(0).random((40, 28, 28, 1), np.float32), np.arange(40) % 10


@pytest.fixture(scope="module")
def measured():
    task = {"probes": 3, "steps": 2, "variants": [PLAIN, BY_BATCH, AGAIN], "epochs": 2, "rounds": 2, "warm": 1}
    return fits.measure(task, *DATA)


def test_every_variant_is_measured_in_every_round(measured):
    assert list(measured["seconds"]) == [PLAIN, BY_BATCH, AGAIN]
    for turns in measured["seconds"].values():
        assert [len(epochs) for _, epochs in turns] == [2, 2]
        assert all(part > 0 for whole, epochs in turns for seconds in (whole, *epochs) for part in seconds)
    # Each fit ends with a record, whatever the budget.
    assert len(measured["records"][BY_BATCH]) >= 2


def test_what_was_measured_gives_a_table_and_a_check(measured):
    (table,), (check,) = overhead.held(measured, "warm")
    assert f"| {BY_BATCH}" in table
    assert check.what == f"{BY_BATCH}, warm: share of a plain training's time"


def budget(watched, again=10.0, records=(0.1,)):
    whole = {PLAIN: 10.0, BY_EPOCH: watched, AGAIN: again}
    seconds = {name: [((taken, taken), [(taken, taken)])] * 3 for name, taken in whole.items()}
    (check,) = overhead.held({"seconds": seconds, "records": {BY_EPOCH: list(records) * 3}}, "warm")[1]
    return check.passed


def test_the_budget_holds_within_a_point_or_cannot_be_seen():
    assert budget(10.55) is True
    assert budget(10.65) is False
    assert budget(10.65, again=10.3) is None
    # By the callback's own clock, noise is no excuse.
    assert budget(10.9, again=10.3, records=[0.8]) is False


def callbacks(ours, peer, again=1.0):
    epochs = {PLAIN: 1.0, OURS: ours, PEER: peer, AGAIN: again}
    seconds = {name: [((0.0, 0.0), [(9.0, 9.0), (taken, taken)])] * 3 for name, taken in epochs.items()}
    (check,) = overhead.added({"seconds": seconds}, "")[1]
    return check.passed


def test_the_peer_is_compared_where_it_stands_clear_of_noise():
    assert callbacks(1.05, 1.07) is True
    assert callbacks(1.08, 1.07) is False
    assert callbacks(1.05, 1.07, again=1.1) is None


def test_without_the_peer_there_is_no_verdict():
    seconds = {name: [((0.0, 0.0), [(1.0, 1.0)] * 2)] for name in (PLAIN, OURS, AGAIN)}
    tables, (check,) = overhead.added({"seconds": seconds}, "not installed")
    assert OURS in tables[0]
    assert (check.measured, check.passed) == ("not installed", None)
    assert overhead.added({"why": "ImportError"}, "")[1][0].passed is None

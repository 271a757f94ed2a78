"""The budget, on a clock of its own: trainings of made-up seconds, in which nothing is ever timed."""

import itertools

import numpy as np
import pytest

from kerasig._recording import budget
from kerasig._recording.budget import Budget


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(budget.time, "perf_counter", lambda: self.now)

    def pass_by(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def train(clock, share, epoch, epochs, first, record, background=0.0):
    """Trains as the callback does; the records' seconds as a share of the training's, and how many there were.

    Args:
        epoch: seconds between two chances of a record.
        epochs: how many.
        first: seconds of the first record.
        record: seconds of the others, a function of how much of the training is over.
        background: seconds on another thread per record.
    """
    kept, behind, spent, records = Budget(share), 0.0, 0.0, 0
    kept.begin(behind)

    def make(seconds):
        nonlocal behind, spent, records
        with kept.spending():
            clock.pass_by(seconds)
        behind += background
        spent += seconds + background
        records += 1

    make(first)
    for number in range(1, epochs + 1):
        clock.pass_by(epoch)
        last = number == epochs
        if kept.excess(behind) <= 0:
            make(record(number / epochs))
        elif last:
            make(record(1.0))
    return spent / (epoch * epochs), records


# Epochs much shorter than a record, as long, and much longer.
@pytest.mark.parametrize("epoch", [0.2, 1.0, 7.0, 60.0])
@pytest.mark.parametrize("share", [0.02, 0.05, 0.3])
@pytest.mark.parametrize("background", [0.0, 0.3])
def test_the_share_holds_wherever_the_compulsory_records_take_less_than_half_of_it(clock, epoch, share, background):
    for record, tracing, factor in itertools.product([0.2, 1.0, 5.0], [0.0, 0.5, 10.0], [2.05, 3.0, 10.0]):
        first = record + tracing
        compulsory = first + record + 2 * background
        epochs = int(np.ceil(factor * compulsory / share / epoch))
        taken, records = train(clock, share, epoch, epochs, first, lambda over, r=record: r, background)
        assert taken <= share + 1e-9, (record, first, factor)
        assert records >= 2


def test_a_budget_that_would_do_for_many_records_is_used(clock):
    taken, records = train(clock, 0.05, 1.0, 2000, 3.0, lambda over: 0.5)
    assert 0.045 < taken <= 0.05
    assert records > 150


def test_a_budget_that_would_do_for_all_records_skips_none_for_long(clock):
    _, records = train(clock, 0.05, 100.0, 50, 3.0, lambda over: 0.5)
    assert records == 51


def test_records_that_grow_longer_stay_within_a_percentage_point(clock):
    # As networks get sharper, their paths take more gradients: here eight times as many.
    for epochs in (400, 2000):
        taken, _ = train(clock, 0.05, 1.0, epochs, 1.0, lambda over: 0.2 + 1.4 * over)
        assert taken <= 0.06


def test_records_of_very_different_lengths_stay_within_a_percentage_point(clock):
    lengths = itertools.cycle([0.2, 0.2, 1.6, 0.4])
    taken, _ = train(clock, 0.05, 1.0, 500, 2.0, lambda over: next(lengths))
    assert taken <= 0.06


def test_what_only_the_first_record_takes_foretells_nothing(clock):
    kept = Budget(0.5)
    with kept.spending():
        clock.pass_by(10)
    clock.pass_by(20)
    assert kept.excess(0) == 0
    with kept.spending():
        clock.pass_by(1)
    # The next, and the last.
    clock.pass_by(5)
    assert kept.excess(0) == pytest.approx(11 + 2 - 12.5)


def test_another_model_is_traced_anew(clock):
    kept = Budget(0.5)
    for seconds in (10, 1, 30):
        with kept.spending():
            clock.pass_by(seconds)
        if seconds == 1:
            assert kept.excess(0) == 11 + 2
            kept.forget()
    assert kept.excess(0) == 41


def test_what_is_done_on_other_threads_is_spent_and_foretold(clock):
    kept = Budget(1.0)
    kept.begin(100.0)
    for _ in range(2):
        with kept.spending():
            clock.pass_by(1)
    assert kept.excess(103.0) == 2 + 3 + 2 * (1 + 1.5)


def test_checks_are_spent_but_foretell_nothing(clock):
    kept = Budget(1.0)
    with kept.spending():
        clock.pass_by(1)
    with kept.spending(None):
        clock.pass_by(4)
    assert kept.excess(0) == 5


def test_each_training_has_a_budget_of_its_own(clock):
    kept = Budget(0.1)
    with kept.spending():
        clock.pass_by(100)
    kept.begin(7.0)
    clock.pass_by(10)
    assert kept.excess(7.0) == -1
    assert kept.excess(8.0) == 0


def test_no_share_is_no_limit(clock):
    kept = Budget(None)
    with kept.spending():
        clock.pass_by(100)
    assert kept.excess(0) == 0


def test_audits_have_a_forecast_of_their_own_and_the_last_of_each_is_kept_room_for(clock):
    kept = Budget(0.5)
    with kept.spending():
        clock.pass_by(1)
        # The maps of before, which are a third of what is to come.
        with kept.spending("audit"):
            clock.pass_by(3)
    clock.pass_by(20)
    assert kept.excess(0) == 4 + 0 + 9 - 10
    assert kept.excess(0, "audit") == 4 + 0 + 9 + 9 - 10
    with kept.spending():
        clock.pass_by(2)
        with kept.spending("audit"):
            clock.pass_by(5)
    # What is spent on an audit within a record is spent once, and foretells no record.
    assert kept.excess(0) == 11 + 2 + 5 + 2 - 10
    assert kept.excess(0, "audit") == 11 + 2 + 5 + 5 - 10

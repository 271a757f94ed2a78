"""Which records a report keeps, where all would be too many."""

import numpy as np
import pytest

from kerasig._report.chosen import Logged, kept, up_to


def logged(steps, *, run="a", alarmed=(), seen=(), activity=None):
    activity = np.ones(len(steps)) / len(steps) if activity is None else np.asarray(activity, float)
    return Logged(run, "digits", ("",), list(steps), activity, list(alarmed), {"": list(seen)})


def test_as_many_as_there_are_are_all_kept():
    assert kept([logged(range(0, 100, 10))], 10) == [list(range(0, 100, 10))]


def test_the_first_the_last_those_seen_and_where_alarms_began_are_always_kept():
    one = logged(range(200), alarmed=[50, 51, 52, 120], seen=[7, 133])
    (steps,) = kept([one], 12)
    assert {0, 199, 7, 133, 50, 120} <= {*steps}
    assert len(steps) == 12


def test_of_fewer_than_that_the_first_and_the_last_are():
    assert kept([logged(range(200), alarmed=[50], seen=[7, 133])], 2) == [[0, 199]]


def test_most_are_kept_where_most_changed():
    change = np.where(np.arange(200) < 20, 0.05, 0.0)
    (steps,) = kept([logged(range(200), activity=change)], 30)
    assert sum(step < 20 for step in steps) > 12
    assert len(steps) == 30


def test_runs_of_other_steps_are_kept_at_the_same_places_of_the_training():
    fine, coarse = logged(range(0, 300, 3)), logged(range(0, 300, 50), run="b")
    ours, theirs = kept([fine, coarse], 10)
    assert {*theirs} <= {*range(0, 300, 50)}
    # Beside each that one has, the other has its own last one up to there.
    assert all(up_to(coarse.steps, step) in theirs for step in ours if step in theirs)


def test_a_part_has_the_activity_and_alarms_of_its_steps():
    whole = logged(range(6), alarmed=[1, 4], activity=np.arange(6))
    part = whole.only([0, 4, 5])
    assert (part.steps, part.alarmed, part.activity.tolist()) == ([0, 4, 5], [4], [0, 4, 5])


@pytest.mark.parametrize(("step", "found"), [(-1, 0), (0, 0), (4, 0), (5, 5), (99, 10)])
def test_a_step_stands_for_those_after_it(step, found):
    assert up_to([0, 5, 10], step) == found

"""Alarms on two real workers: both decide alike, or they would wait for each other for ever."""

import pytest
from replica_processes import addresses


@pytest.fixture(scope="module")
def workers(start_script, tmp_path_factory):
    folder, at = tmp_path_factory.mktemp("events"), addresses(2)
    scripts = [start_script("alarmed.py", str(index), str(folder / str(index)), *at) for index in range(2)]
    return [script.reports[0] for script in scripts]


def test_both_workers_find_the_same_and_stop_at_the_same_step(workers):
    chief, worker = workers
    assert chief["alarms"] == worker["alarms"]
    ((step, (alarm,)),) = chief["alarms"].items()
    assert alarm["name"] == "RegionLift('first')"
    assert alarm["effect"] > alarm["random_effect"]
    assert chief["epochs"] == worker["epochs"] == int(step) // 4 < 20


def test_each_calls_the_function_and_the_chief_alone_writes(workers):
    for report in workers:
        assert report["called"] == [int(step) for step in report["alarms"]]
    assert [report["event_files"] for report in workers] == [1, 0]


def test_an_alarm_that_fails_on_one_worker_does_not_fire_on_the_other(workers):
    assert [report["warned"] for report in workers] == [0, 1]

"""Nobody waits for a thread that waits for him, nor for a run that TensorBoard is still reading."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from event_logs import Routes, a_set, write
from tensorboard_plugin_kerasig.waiting import Bounded, together
from test_overview_routes import overview
from write_many_alarms import ALARMED_RUNS, SET, write_many_alarms

SECONDS = 20  # A bound, not a pause.


def within(function):
    """What a function returns; it fails if that takes for ever."""
    result = []
    thread = threading.Thread(target=lambda: result.append(function()), daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert result, "it does not return"
    return result[0]


def test_calls_may_call_others_with_the_same_threads():
    threads = ThreadPoolExecutor(2)

    def nested(depth):
        return sum(together(threads, nested, [depth - 1] * 3)) if depth else 1

    assert within(lambda: together(threads, nested, [2, 0, 2, 1])) == [9, 1, 9, 3]


def test_what_the_first_item_raises_is_passed_on():
    with pytest.raises(ZeroDivisionError):
        together(ThreadPoolExecutor(2), lambda item: 1 // item, [1, 0, 1])


def test_many_runs_with_alarms_are_summed_up(tmp_path, tensorboard_server):
    write_many_alarms(tmp_path)
    server = tensorboard_server(tmp_path, load_fast=True)
    server.wait_until(lambda answer: len(answer["runs"]) == len(ALARMED_RUNS))
    # Of each of these runs several records are read for their alarms, by threads that read runs, too.
    runs = [f"{run}/kerasig" for run in ALARMED_RUNS]
    answer = overview(server, *runs, set=SET)
    assert answer.status == 200, answer.text
    assert [[alarm["records"] for alarm in found["alarms"]] for found in answer.json()["runs"]] == [[3]] * len(runs)


def test_a_hanging_call_is_not_waited_for_and_not_made_twice():
    go, made = threading.Event(), []

    def call():
        made.append(1)
        if len(made) == 2:
            go.wait()
        return len(made)

    bounded = Bounded(0.05)
    assert bounded.get("a", call) == 1
    assert [bounded.get("a", call) for _ in range(3)] == [1, 1, 1]
    assert len(made) == 2
    go.set()
    assert within(lambda: next(found for _ in range(1000) if (found := bounded.get("a", call)) > 1)) >= 2


def test_runs_are_listed_while_another_is_being_read(tmp_path):
    write(tmp_path / "one" / "kerasig", list(a_set("rows").values()))
    routes = Routes(tmp_path)
    # As TensorBoard adds a run: it is known, and locked until all of it is read.
    write(tmp_path / "two" / "kerasig", list(a_set("rows").values()))
    routes.multiplexer._reload_called = False
    routes.multiplexer.AddRunsFromDirectory(str(tmp_path))
    with routes.multiplexer.GetAccumulator("two/kerasig")._generator_mutex:
        assert [run["name"] for run in within(lambda: routes.json("runs"))["runs"]] == ["one"]

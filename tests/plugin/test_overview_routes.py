"""What the server sums up for the Overview: against what its other routes say of the same log."""

import json
import struct
import urllib.parse

import numpy as np
import pytest
from tensorboard_plugin_kerasig.chosen_steps import choose, ranked_probes, settled
from tensorboard_plugin_kerasig.overview import ordered
from tensorboard_plugin_kerasig.store import Steps

DIGITS = {"set": "digits"}


def arrays(reply):
    """The header of a reply of named arrays, and the arrays."""
    assert reply.status == 200, reply.text
    length = struct.unpack_from("<I", reply.body, 4)[0]
    header, body = json.loads(reply.body[8 : 8 + length]), reply.body[8 + length :]
    return header, {
        entry["name"]: np.frombuffer(body, "<f4", entry["length"] // 4, entry["offset"]) for entry in header["columns"]
    }


def payloads(server, step, **of):
    reply = server.get("attributions", step=step, **of)
    length = struct.unpack_from("<I", reply.body, 4)[0]
    header, body = json.loads(reply.body[8 : 8 + length]), reply.body[8 + length :]
    found = {}
    for entry in header["payloads"]:
        raw = np.frombuffer(body, "<i2", entry["length"] // 2, entry["offset"])
        shape = header["leaves"][entry["leaf"]]["shape"]
        found[entry["probe"]] = (raw * (entry["scale"] / 32767)).reshape(shape)
    return header, found


def overview(server, *runs, **arguments):
    query = urllib.parse.urlencode([*(("run", run) for run in runs), *arguments.items()])
    return server.get(f"overview?{query}")


def test_shares_of_regions_are_those_of_the_stats(server):
    answer = overview(server, "first/kerasig", "second/kerasig", **DIGITS).json()
    assert [found["run"] for found in answer["runs"]] == ["first/kerasig", "second/kerasig"]
    for found in answer["runs"]:
        steps = server.get("steps", run=found["run"], **DIGITS).json()
        names, stats = steps["names"], np.array(steps["stats"], float)
        shares = np.nanmean(stats[:, :, names.index("region/tag")], axis=1)
        [region] = found["regions"]
        assert region["name"] == "tag"
        np.testing.assert_allclose([region["first"], region["last"]], shares[[0, -1]], rtol=1e-6)
        assert region["since"] in steps["steps"]
        assert set(answer["steps"]) <= set(steps["steps"])
        assert {steps["steps"][0], steps["steps"][-1]} <= set(answer["steps"])
    assert sorted(answer["probes"]) == list(range(8))


def test_the_probes_that_a_sentence_names_are_seen_first():
    worth = [0.1, 0.9, 0.5, 0.2]
    changed = {"regions": [], "change": {"probes": [3]}}
    assert ordered(worth, [changed, {"regions": [], "change": None}, {"error": "unreadable"}]) == [3, 1, 2, 0]
    # With regions, the sentence names none.
    assert ordered(worth, [{**changed, "regions": [{"name": "tag"}]}]) == [1, 2, 3, 0]


def test_an_alarm_is_told_once_with_the_step_it_began_at(server):
    first, second = overview(server, "first/kerasig", "second/kerasig", **DIGITS).json()["runs"]
    assert [(alarm["name"], alarm["records"]) for alarm in first["alarms"]] == [
        ("RegionLift('tag')", 2),
        ("Drift(previous)", 1),
    ]
    steps = server.get("steps", run="first/kerasig", **DIGITS).json()["steps"]
    assert [alarm["step"] for alarm in first["alarms"]] == [steps[4], steps[9]]
    assert first["alarms"][0]["latest"] == steps[9]
    assert first["alarms"][0]["effect"] > first["alarms"][0]["random_effect"]
    assert [alarm["step"] for alarm in second["alarms"]] == [steps[6]]


def test_a_run_that_has_no_such_set_says_so_and_the_others_are_there(server):
    answer = overview(server, "first/kerasig", "long/kerasig", **DIGITS).json()
    assert "no probe set 'digits'" in answer["runs"][1]["error"]
    assert answer["runs"][0]["error"] is None
    assert len(answer["steps"]) == 7


@pytest.mark.parametrize(
    ("path", "sentence"),
    [("overview?set=digits", "run must be given"), ("overview?run=first/kerasig", "'set' is needed once")],
)
def test_what_the_overview_needs_is_asked_for(server, path, sentence):
    reply = server.get(path)
    assert reply.status == 400
    assert sentence in reply.text


def test_mean_sizes_are_those_of_the_maps(server):
    of = {"run": "first/kerasig", **DIGITS}
    steps = server.get("steps", **of).json()["steps"]
    header, found = arrays(server.get("means", steps=f"{steps[0]},{steps[-1]}", **of))
    [leaf] = header["leaves"]
    sizes = found["size/0"].reshape(2, *leaf["shape"])
    for row, step in zip(sizes, (steps[0], steps[-1]), strict=True):
        record, maps = payloads(server, step, **of)
        sound = [maps[probe] for probe in maps if record["converged"][probe]] or list(maps.values())
        expected = np.abs([values.sum(axis=-1) if values.ndim > 2 else values for values in sound]).mean(axis=0)
        np.testing.assert_allclose(row, expected, rtol=1e-5, atol=1e-7)
    assert np.all(found["low/0"] <= found["high/0"])
    # At the last step, apart by the class that was explained.
    by_class = found["classes/0"].reshape(-1, *leaf["shape"])
    for entry, row in zip(leaf["classes"], by_class, strict=True):
        chosen = [probe for probe in maps if record["classes"][probe] == entry["class"] and record["converged"][probe]]
        assert entry["probes"] == len(chosen)
        np.testing.assert_allclose(
            row, np.mean([np.abs(maps[probe]) for probe in chosen], axis=0), rtol=1e-5, atol=1e-7
        )
    assert all(0 < half <= 1 for half in header["half"])


def test_words_lead_by_their_share_of_all_probes(server):
    of = {"run": "first/kerasig", "set": "questions", "series": "label"}
    last = server.get("steps", **of).json()["steps"][-1]
    header, _ = arrays(server.get("means", steps=str(last), **of))
    [words] = header["leaves"][0]["words"]
    record, maps = payloads(server, last, **of)
    reply = server.get("inputs", run=of["run"], set=of["set"])
    length = struct.unpack_from("<I", reply.body, 4)[0]
    tokens = json.loads(reply.body[8 : 8 + length])["tokens"]
    kept = [probe for probe in maps if record["converged"][probe]] or list(maps)
    expected: dict[str, float] = {}
    for probe in kept:
        values = maps[probe].reshape(len(maps[probe]), -1).sum(axis=1)
        for word, value in zip([*tokens[probe], *[""] * (len(values) - len(tokens[probe]))], values, strict=True):
            if value != 0:
                word = word or "padding"
                expected[word] = expected.get(word, 0) + abs(value) / np.abs(values).sum() / len(kept)
    assert words[0]["word"] == max(expected, key=lambda word: expected[word])
    for word in words:
        np.testing.assert_allclose(word["share"], expected[word["word"]], rtol=1e-5)
    assert [word["share"] for word in words] == sorted((word["share"] for word in words), reverse=True)


@pytest.mark.parametrize("steps", ["", "x", "1,", "99999"])
def test_means_of_steps_that_are_none_are_refused(server, steps):
    reply = server.get("means", run="first/kerasig", steps=steps, **DIGITS)
    assert reply.status in (400, 404)
    assert "steps" in reply.text or "step 99999" in reply.text


def test_steps_are_chosen_where_something_changed():
    steps = list(range(0, 1000, 10))
    change = np.zeros(100)
    change[40:45] = 0.2
    chosen = choose({"a": (steps, change)}, [], 7)
    assert (chosen[0], chosen[-1], len(chosen)) == (0, 990, 7)
    assert sum(390 <= step <= 450 for step in chosen) >= 3
    evenly = choose({"a": (steps, np.zeros(100))}, [], 5)
    assert np.ptp(np.diff(evenly)) <= 20


def test_an_alarms_step_is_among_the_chosen_and_the_ends_stay():
    steps = list(range(100))
    chosen = choose({"a": (steps, np.zeros(100))}, [37, 38], 5)
    assert {0, 37, 99} <= set(chosen)
    assert len(chosen) == 5
    assert choose({"a": ([3, 9], np.zeros(2))}, [], 7) == [3, 9]
    assert choose({}, [], 7) == []


def test_a_set_without_probes_has_none_to_be_seen_first():
    columns = np.zeros((0, 2))
    steps = Steps([0, 1], [1.0, 2.0], [columns, columns], ("drift", "score"))
    assert ranked_probes(steps, []).tolist() == []


def test_runs_share_their_steps():
    left, right = list(range(0, 100, 10)), list(range(5, 200, 10))
    chosen = choose({"a": (left, np.ones(10)), "b": (right, np.ones(20))}, [], 7)
    assert chosen == sorted(chosen)
    assert (chosen[0], chosen[-1]) == (0, 195)


@pytest.mark.parametrize(
    ("flags", "since"),
    [([0, 0, 1, 1], 2), ([1, 1, 1], 0), ([1, 0, 0], 1), ([0, 1, 0, 1], 3), ([1], 0)],
)
def test_since_is_where_it_became_as_it_is_at_the_end(flags, since):
    assert settled(np.array(flags, bool)) == since

"""The same place over several audits, without any network."""

import dataclasses
import json

import numpy as np

import kerasig
from kerasig._suspects.report import Suspects
from kerasig._suspects.suspect import Candidate, Interval
from kerasig._suspects.tracking import Track, Tracks

SHAPE = (8, 8)


def suspect(rows, columns, *, clear=True, label=3, **fields):
    region = np.zeros(SHAPE, bool)
    region[slice(*rows), slice(*columns)] = True
    some = Interval(0.5, 0.4, 0.6)
    given = {
        **{"group": f"class {label}", "label": label, "members": np.arange(4), "family": "window", "leaf": "inputs"},
        **{"name": f"rows {rows}, columns {columns}", "region": region, "share": some, "before": some},
        **{"emphasis": some, "repeated": 1.0, "fall": some, "rise": some, "fall_baseline": np.nan},
        **{"matched": np.zeros(2), "flips": 0.0, "matched_flips": 0.0, "p_value": 0.001, "evidence": 2.0},
        **{"stands_clear": clear, "mean_map": np.zeros(SHAPE, np.float32)},
    }
    return Candidate(**{**given, **fields})


def found(*candidates):
    return Suspects(candidates=list(candidates), looked=10, audit_size=40)


def test_a_window_that_moves_a_little_is_the_same_suspect():
    tracks = Tracks()
    first, (one,) = tracks.take(found(suspect((0, 3), (0, 3))), 10)
    second, (other,) = tracks.take(found(suspect((0, 3), (1, 4))), 20)
    assert one is other
    assert (other.streak, other.first) == (2, 10)
    assert [each.first_step for each in (*first, *second)] == [10, 10]
    assert [point[0] for point in other.history] == [10, 20]
    assert second.step == 20


def test_another_class_another_place_and_another_family_are_others():
    tracks = Tracks()
    tracks.take(found(suspect((0, 3), (0, 3))), 10)
    later = found(
        suspect((0, 3), (0, 3), label=4), suspect((0, 3), (2, 5)), suspect((0, 3), (0, 3), family="moving window")
    )
    dated, made = tracks.take(later, 20)
    assert [track.streak for track in made] == [1, 1, 1]
    assert [each.first_step for each in dated] == [20, 20, 20]


def test_one_that_is_not_clear_or_not_tested_begins_anew():
    for between in (found(), found(suspect((0, 3), (0, 3), clear=False))):
        tracks = Tracks()
        _, (track,) = tracks.take(found(suspect((0, 3), (0, 3))), 10)
        track.fired.add(0)
        tracks.take(between, 20)
        assert (track.streak, track.fired) == (0, set())
        dated, (again,) = tracks.take(found(suspect((0, 3), (0, 3))), 30)
        assert again is track
        # It was there before, whatever came between.
        assert (again.streak, dated[0].first_step) == (1, 10)


def test_one_that_never_stood_clear_has_no_first_step():
    dated, _ = Tracks().take(found(suspect((0, 3), (0, 3), clear=False)), 10)
    assert dated.candidates[0].first_step is None


def test_going_back_forgets_what_was_found_beyond():
    tracks = Tracks()
    _, (track,) = tracks.take(found(suspect((0, 3), (0, 3))), 10)
    tracks.take(found(suspect((0, 3), (0, 3)), suspect((5, 8), (5, 8))), 20)
    tracks.go_back(15)
    assert (track.streak, track.first, [point[0] for point in track.history]) == (0, 10, [10])
    dated, _ = tracks.take(found(suspect((5, 8), (5, 8))), 18)
    assert dated[0].first_step == 18


def test_what_an_earlier_process_found_keeps_its_first_step():
    tracks = Tracks()
    tracks.know(Track(3, "window", "under another name", frozenset([0, 1, 2, 8, 9, 10, 16, 17, 18]), first=5))
    dated, _ = tracks.take(found(suspect((0, 3), (1, 4))), 30)
    assert dated[0].first_step == 5


def test_the_line_that_watches_a_suspect_names_its_region():
    audit = kerasig.Audit(np.zeros((40, *SHAPE, 1), "float32"), np.arange(40) % 2, class_names=["even", "odd"])
    names = {"np": np, "kerasig": kerasig, "audit": audit}
    box = suspect((1, 3), (5, 8), group='of "quotes"')
    scattered = dataclasses.replace(box, region=np.eye(8, dtype=bool), leaf="inputs")
    for each in (box, scattered):
        exec(each.watch, names)
        np.testing.assert_array_equal(names["probes"].regions[f"{each.group}: {each.name}"]["inputs"][0], each.region)
        assert names["alarms"][0].above >= 1.5
        assert (len(names["probes"]), names["probes"].class_names) == (4, ("even", "odd"))
    exec(dataclasses.replace(box, examples=np.array([30, 7])).watch, names)
    assert names["probes"].labels.tolist() == [0, 1]
    moving = dataclasses.replace(box, region=np.stack([np.roll(box.region, by, axis=1) for by in range(4)]))
    exec(moving.watch, names)
    np.testing.assert_array_equal(names["probes"].regions[f"{box.group}: {box.name}"]["inputs"], moving.region)
    other = dataclasses.replace(box, leaf="a b")
    assert json.dumps("a b") + ": mask" in other.watch
    for region in (None, np.ones(SHAPE, bool), np.arange(10_000).reshape(100, 100) % 2 == 0):
        assert dataclasses.replace(box, region=region).watch is None

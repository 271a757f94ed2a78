"""Alarms on hand-made records: when they fire, and when not."""

from dataclasses import dataclass

import numpy as np
import pytest
from trainings import probes

from kerasig.alarms import Alarm, Drift, Reading, Record, RegionLift, Untrusted
from kerasig.alarms._record import Region
from kerasig.alarms._watch import Watch
from kerasig.metrics._functions import region_noise

FIRST = np.eye(6, dtype=bool)[0]
SET = probes(4, regions={"first": FIRST})


def watch(*alarms, sets=(SET,), agreed=lambda number: number):
    failures = []
    found = Watch(list(alarms), sets, agreed, lambda action: action(), lambda *failure: failures.append(failure))
    found.failures = failures
    return found


def record(step=0, probe_set=SET, trusted=True, direction=1.0, **columns):
    """A record of four probes and six positions; every column is one number for all probes, or four."""
    n = len(probe_set)
    given = {"score": 1.0, "baseline_score": 0.0, "map_error": 0.0, "residual": 0.0, "region/first": 0.5, **columns}
    mass, map_error = (np.broadcast_to(np.asarray(given[name], float), n) for name in ("region/first", "map_error"))
    given["region_lift/first"], given["region_noise/first"] = mass * 6, region_noise(mass, map_error)
    return Record(
        step=step,
        epoch=None,
        probes=probe_set,
        series="",
        columns={name: np.broadcast_to(np.asarray(value, float), n) for name, value in given.items()},
        trusted=np.broadcast_to(trusted, n),
        direction=np.full(n, direction),
        sizes=np.ones((n, 6)),
        regions={"first": Region(np.tile(FIRST, (n, 1)), np.ones((n, 6), bool), [(6,)], [False])},
    )


def matters(masks):
    """A score of which the first feature is half; of the others each is a tenth."""
    return 1 - masks @ np.array([0.5, 0.1, 0.1, 0.1, 0.1, 0.1])


def matters_not(masks):
    return 1 - masks @ np.array([0.1, 0.18, 0.18, 0.18, 0.18, 0.18])


def fired(watching, masses, replaced=matters, **columns):
    """The steps at which alarms fire, for a sequence of region masses."""
    return [
        step
        for step, mass in enumerate(masses)
        if watching.look(record(step, **{"region/first": mass, **columns}), replaced)
    ]


# The region has a sixth of the positions: a mass of 0.5 is a lift of 3.


@pytest.mark.parametrize(("patience", "expected"), [(1, [1, 5]), (2, [2, 6]), (3, [7]), (4, [])])
def test_it_fires_once_per_stretch_of_records_that_are_clear(patience, expected):
    masses = [0.1, 0.5, 0.5, 0.1, 0.1, 0.5, 0.5, 0.5, 0.1]
    assert fired(watch(RegionLift("first", above=2, patience=patience)), masses) == expected


def test_noise_must_be_cleared_as_well():
    # The bound on the mass's error is 0.1 * 0.5 / 0.9 = 0.056: a lift of 3 +- 0.33.
    for above, expected in ((2.6, [1]), (2.7, []), (3.1, [])):
        assert fired(watch(RegionLift("first", above=above)), [0.5, 0.5], map_error=0.1) == expected


def test_a_region_that_matters_no_more_than_others_raises_no_alarm():
    assert fired(watch(RegionLift("first", above=2)), [0.5] * 5, replaced=matters_not) == []


def test_a_region_without_which_the_score_rises_raises_no_alarm():
    assert fired(watch(RegionLift("first", above=2)), [0.5] * 5, replaced=lambda masks: 2 - matters(masks)) == []


def test_where_a_smaller_score_says_more_the_effect_is_turned_round():
    alarm = watch(RegionLift("first", above=2))
    assert fired(alarm, [0.5] * 5, lambda masks: -matters(masks), score=-1.0, direction=-1.0) == [1]


def test_a_score_that_nothing_changes_raises_no_alarm():
    assert fired(watch(RegionLift("first", above=2)), [0.5] * 5, replaced=lambda masks: np.ones(4)) == []


def test_the_check_is_made_when_it_is_due_and_again_until_it_passes():
    calls = []

    def replaced(masks):
        calls.append(masks)
        return matters(masks) if len(calls) > 20 else matters_not(masks)

    assert fired(watch(RegionLift("first", above=2)), [0.1, 0.5, 0.5, 0.5, 0.5], replaced) == [3]
    # The region and 19 draws, twice; none before the second clear record, none after the alarm.
    assert len(calls) == 40
    assert all((masks.sum(axis=1) == 1).all() for masks in calls)
    assert all(not masks[:, 0].any() for masks in (*calls[1:20], *calls[21:]))


def test_every_worker_draws_the_same_regions_and_no_global_generator_is_used():
    drawn = []
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    for _ in range(2):
        calls = []
        fired(watch(RegionLift("first", above=2)), [0.5] * 2, lambda masks: (calls.append(masks), matters(masks))[1])  # noqa: B023
        drawn.append(np.stack(calls))
    np.testing.assert_array_equal(*drawn)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_a_record_without_a_value_ends_a_streak_but_re_arms_nothing():
    nan = float("nan")
    assert fired(watch(RegionLift("first", above=2)), [0.5, nan, 0.5, 0.5, nan, 0.5, 0.5, 0.1, 0.5, 0.5]) == [3, 9]


def test_probes_that_are_not_trusted_are_left_out():
    alarm = watch(RegionLift("first", above=2, patience=1))
    trusted = np.array([True, False, True, False])
    assert alarm.look(record(trusted=trusted, **{"region/first": [0.1, 1, 0.1, 1]}), matters) == []
    assert alarm.look(record(trusted=trusted, **{"region/first": [1, 0.1, 1, 0.1]}), matters) != []


def test_untrusted_fires_on_the_share_of_probes():
    alarm = watch(Untrusted())
    half, most = np.array([True, True, False, False]), np.array([True, False, False, False])
    looks = [
        alarm.look(record(step, trusted=trusted), matters) for step, trusted in enumerate([most, half, most, most])
    ]
    assert [bool(look) for look in looks] == [False, False, False, True]
    assert "75% of the probes" in looks[3][0][1].message


def test_untrusted_says_where_no_error_is_finite():
    alarm = watch(Untrusted(patience=1))
    nan = np.full(4, np.nan)
    [[_, alert]] = alarm.look(record(trusted=np.zeros(4, bool), residual=nan, map_error=nan), matters)
    assert "None of them has finite errors" in alert.message
    assert "nan" not in alert.message.replace("NaN", "")
    some = np.array([np.nan, 0.5, 0.7, np.nan])
    [[_, alert]] = watch(Untrusted(patience=1)).look(
        record(trusted=np.zeros(4, bool), residual=some, map_error=some), matters
    )
    assert "off by 60.00% of the score's change" in alert.message


def test_drift_fires_above_its_noise():
    alarm = watch(Drift(0.2))
    looks = [
        alarm.look(record(step, drift=drift, drift_noise=noise), matters)
        for step, (drift, noise) in enumerate([(np.nan, np.nan), (0, 0), (0.3, 0.05), (0.3, 0.2), *2 * [(0.3, 0.05)]])
    ]
    assert [bool(look) for look in looks] == [False, False, False, False, False, True]
    ((_, alert),) = looks[-1]
    assert (alert.loud, alert.region) == (False, None)
    assert "changed by 0.3 (1 \u2212 cosine) since the record before; the alarm is set to 0.2" in alert.message
    assert "This held at 2 consecutive records." in alert.message


@pytest.mark.parametrize(
    ("against", "expected"), [("previous", [False, False, True]), ("best", [False, False, True]), ("first", [True])]
)
def test_drift_from_the_first_record_counts_only_where_that_is_asked_for(against, expected):
    alarm = watch(Drift(0.2, against=against, patience=1))
    columns = {"drift": 0.9, "drift_first": 0.9, "drift_best": 0.9, "drift_noise": 0.0}
    assert [bool(alarm.look(record(step, **columns), matters)) for step in range(len(expected))] == expected
    alarm.forget()
    assert [bool(alarm.look(record(step, **columns), matters)) for step in range(len(expected))] == expected


def test_an_alert_says_what_was_found_and_keeps_the_numbers():
    ((alarm, alert),) = watch(RegionLift("first", above=2, patience=1, stop=True)).look(record(7), matters)
    assert alarm.region == "first"
    assert "50.0% of the attribution, 3.0 times its share" in alert.message
    entry = alert.entry()
    numbers = ["metric", "value", "threshold", "noise", "effect", "random_effect"]
    assert list(entry) == ["name", "message", *numbers, "loud", "region"]
    assert (entry["loud"], entry["region"]) == (True, "first")
    assert (entry["metric"], entry["value"], entry["threshold"]) == ("region_lift/first", pytest.approx(3), 2)
    assert (entry["effect"], entry["random_effect"]) == (pytest.approx(0.5), pytest.approx(0.1))
    assert str(alert).startswith("RegionLift('first') at step 7 of 'probes': ")
    assert str(alert).endswith("Training is stopped.")


def test_without_agreement_of_the_workers_nothing_is_checked_and_nothing_fires():
    asked = []
    alarm = watch(RegionLift("first", above=2), agreed=lambda number: (asked.append(number), 0.5 * number)[1])
    assert fired(alarm, [0.5] * 3, replaced=None) == []
    # Asked at every record, so that all ask equally often.
    assert asked == [0, 1, 1]


def test_each_series_and_each_set_has_its_own_streak():
    other = probes(4, title="other", regions={"first": FIRST})
    alarm = watch(RegionLift("first", above=2), sets=(SET, other))
    assert not alarm.look(record(0), matters)
    assert not alarm.look(record(0, other), matters)
    assert alarm.look(record(1), matters)
    assert alarm.look(record(1, other), matters)
    alarm = watch(RegionLift("first", above=2, patience=1, title="other"), sets=(SET, other))
    assert not alarm.look(record(0), matters)
    assert alarm.look(record(0, other), matters)


def test_what_was_seen_of_another_model_is_forgotten():
    alarm = watch(RegionLift("first", above=2))
    alarm.look(record(0), matters)
    alarm.forget()
    assert not alarm.look(record(1), matters)


@pytest.mark.parametrize("against", ["first", "best"])
def test_drift_from_other_records_has_the_noise_of_two_as_accurate_as_this(against):
    # 3 pi / 4 (0.1^2 + 0.1^2) = 0.047.
    for above, expected in ((0.15, True), (0.16, False)):
        alarm = watch(Drift(above, against=against, patience=1))
        looks = [
            alarm.look(record(step, **{f"drift_{against}": 0.2, "drift_noise": 0.0, "map_error": 0.1}), matters)
            for step in range(3)
        ]
        assert any(looks) == expected


def test_an_alarm_watches_the_sets_that_have_its_region():
    alarm = watch(RegionLift("first", above=2, patience=1), sets=(SET, probes(4, title="without")))
    assert alarm.concerns(SET)
    assert not alarm.concerns(probes(4, title="without"))


# One's own.


@dataclass(frozen=True, kw_only=True, eq=False)
class AllCorrect(Alarm):
    """As the documentation has it."""

    columns = ("correct",)

    def read(self, record):
        share = record.mean("correct")
        return Reading("correct", share, 0.999, sentence=f"{share:.0%} are right.")


def test_an_alarm_of_ones_own_needs_columns_and_a_reading():
    alarm = watch(AllCorrect(patience=1))
    assert not alarm.look(record(correct=[1, 1, 0, 1]), matters)
    ((_, alert),) = alarm.look(record(correct=1), matters)
    assert (alert.name, alert.message, alert.effect) == ("AllCorrect", "100% are right.", None)


def test_an_alarm_that_fails_is_told_and_leaves_the_others_alone():
    class Failing(AllCorrect):
        def read(self, record):
            raise RuntimeError("no")

    alarm = watch(Failing(), RegionLift("first", above=2, patience=1))
    ((found, _),) = alarm.look(record(), matters)
    assert isinstance(found, RegionLift)
    assert "no" in str(alarm.failures[0][2])


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (lambda: 0.7, "must return a kerasig.alarms.Reading. Received 0.7"),
        (lambda: Reading("correct", None, 0.5), "value must be a number, NaN where there is none. Received None"),
        (lambda: Reading("correct", 1.0, "low"), "threshold must be a number"),
        (lambda: Reading("correct", 1.0, 0.5, sentence=None), "sentence must be a string. Received None"),
    ],
)
def test_what_is_no_reading_is_told_and_leaves_the_others_alone(returned, words):
    class Wrong(AllCorrect):
        def read(self, record):
            return returned()

    alarm = watch(Wrong(patience=1), RegionLift("first", above=2, patience=1))
    ((found, _),) = alarm.look(record(), matters)
    assert isinstance(found, RegionLift)
    assert words in str(alarm.failures[0][2])


def test_a_check_that_fails_is_told_and_tried_again():
    def fails(masks):
        raise RuntimeError("no")

    alarm = watch(RegionLift("first", above=2, patience=1))
    assert not alarm.look(record(0), fails)
    ((_, how, _),) = alarm.failures
    assert "what its region does" in how
    assert alarm.look(record(1), matters)

"""Alarms that do not fit the probe sets they are to watch are refused where the callback is made."""

import numpy as np
import pytest
from test_alarms import FIRST, SET, AllCorrect
from trainings import probes

import kerasig
from kerasig.alarms import Drift, RegionLift, Untrusted

ALL, HALF = np.ones(6, bool), np.arange(6) < 3
SOME = np.stack([ALL, HALF, HALF & False])
WRONG = {
    "no list": (lambda: RegionLift("first", above=2), TypeError, "must be a list of kerasig.alarms.Alarm"),
    "a name": (lambda: ["first"], TypeError, "must be a list of kerasig.alarms.Alarm"),
    "an unknown region": (lambda: [RegionLift("tag", above=2)], ValueError, r"'tag'. Pass one of \['first'\]"),
    "an unknown title": (lambda: [Drift(0.5, title="digits")], ValueError, "'digits'. Pass one of 'probes'"),
    "an unknown metric": (lambda: [Unknown()], ValueError, "Received 'gloss'. Pass some of .*'map_error'"),
    "an unknown metric of regions": (lambda: [UnknownOfRegion()], ValueError, "Received 'gloss/first'"),
    "an unknown record": (lambda: [Drift(0.5, against="last")], ValueError, "against='last'"),
    "a record that is no word": (lambda: [Drift(0.5, against=["first"])], ValueError, "against=.*first"),
    "columns as one word": (lambda: [OneWord()], TypeError, "OneWord.columns must be a list of names"),
    "a lift of words": (lambda: [RegionLift("first", above="5")], TypeError, "above='5'"),
    "a lift that is none": (lambda: [RegionLift("first", above=float("nan"))], ValueError, "above=nan"),
    "a region that is no name": (lambda: [RegionLift(FIRST, above=5)], TypeError, "region="),
    "a drift beyond any": (lambda: [Drift(2.5)], ValueError, "above=2.5"),
    "a share beyond all": (lambda: [Untrusted(1.0)], ValueError, "above=1.0"),
    "no patience": (lambda: [Drift(0.5, patience=0)], ValueError, "patience=0"),
    "patience in words": (lambda: [Drift(0.5, patience="two")], ValueError, "patience='two'"),
    "an action that is none": (lambda: [Drift(0.5, action="mail")], TypeError, "action='mail'"),
    "stop as a word": (lambda: [Drift(0.5, stop="yes")], TypeError, "stop='yes'"),
    "a title that is none": (lambda: [Drift(0.5, title=3)], TypeError, "title=3"),
}


class Unknown(AllCorrect):
    columns = ("gloss",)


class UnknownOfRegion(AllCorrect):
    columns = ("gloss/first",)


class OneWord(AllCorrect):
    columns = "correct"


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_refused_at_construction(case, tmp_path):
    make, error, words = WRONG[case]
    with pytest.raises(error, match=words):
        kerasig.IGCallback(SET, tmp_path, alarms=make())


def test_a_set_without_regions_says_how_to_give_it_one(tmp_path):
    with pytest.raises(ValueError, match=r"there are none. Pass ProbeSet\(..., regions={'tag': mask}\)"):
        kerasig.IGCallback(probes(), tmp_path, alarms=[RegionLift("tag", above=5)])


def test_a_region_that_is_all_true_has_no_other_to_be_compared_with(tmp_path):
    for mask in (ALL, np.stack([ALL, ALL, HALF & False])):
        with pytest.raises(ValueError, match=r"all true in 'probes'.*leaves some positions out"):
            kerasig.IGCallback(probes(regions={"all": mask}), tmp_path, alarms=[RegionLift("all", above=1)])
    # One probe that has it and more is enough, and so is another leaf.
    kerasig.IGCallback(probes(regions={"most": SOME}), tmp_path, alarms=[RegionLift("most", above=1)])
    two = kerasig.ProbeSet({"a": np.ones((2, 3)), "b": np.ones((2, 3))}, kind="tabular", regions={"a": {"a": ALL[:3]}})
    kerasig.IGCallback(two, tmp_path, alarms=[RegionLift("a", above=1)])

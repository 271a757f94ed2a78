"""`python -m kerasig check`: what is a finding and what is none, in logs that were written and of a training."""

import re
from pathlib import Path
from xml.etree import ElementTree

import keras
import numpy as np
import pytest
from audits import MARK, SIDE, digits, marked, network
from event_logs import Value, a_set, blobs_of, table_of, write
from tensorboard_plugin_kerasig import schema

import kerasig
from kerasig._commands.conditions import read_conditions
from kerasig._commands.main import main

NAMES = ("epoch", "trusted", "region/tag", "drift", "alarms")
ON_MAPS = {"region/tag", "drift"}


def a_log(folder, *, region=(0.1, 0.2, 0.1), trusted=(1, 1), drift=(np.nan, 0.3, 0.1), alarm=None, title="s"):
    """A run of three records: shares in a region, how many probes count, and at which step an alarm fired."""
    measures = [{"label": name, "on_maps": name in ON_MAPS} for name in NAMES]
    values = []
    for step, (share, moved) in enumerate(zip(region, drift, strict=True)):
        kinds = a_set(title, step)
        # The second probe differs, so that a mean tells which probes it is over.
        rows = [[step, trusted[0], share, moved, step == alarm], [step, trusted[1], share + 0.2, moved, step == alarm]]
        content = schema.plugin_content("stats", title, names=NAMES, measures=measures)
        kinds["stats"] = kinds["stats"]._replace(tensor=table_of(np.array(rows, float)), content=content)
        if step == alarm:
            header = schema.decode_header(kinds["attributions"].tensor.string_val[0])
            fired = {"name": "RegionLift('tag')", "message": "The tag\nis read.", "value": 0.2, "threshold": 0.1}
            blobs = schema.encode_record({**header, "alarms": [fired]}, [np.ones((2, 3), np.float32)])
            kinds["attributions"] = kinds["attributions"]._replace(tensor=blobs_of(blobs))
        values += kinds.values()
    write(folder / "kerasig", values)


def check(capsys, *arguments):
    """The exit status, and the lines that were printed."""
    status = main(["check", *map(str, arguments)])
    printed = capsys.readouterr()
    return status, (printed.out + printed.err).splitlines()


@pytest.mark.parametrize(
    ("condition", "finding"),
    [
        ("region/tag>0.15", "step 2: region/tag is 0.2, above 0.15"),
        ("region/tag>20%", ""),
        ("region/tag > 19%", "step 2: region/tag is 0.2, above 0.19"),
        ("region/tag<0.15", ""),
        ("region/tag<0.25", "step 2: region/tag is 0.2, below 0.25"),
        ('any "region/tag">0.25', "step 1: region/tag is 0.3, above 0.25 (at 1 of 3 records)"),
        ("any region/tag>0.15", "step 0: region/tag is 0.2, above 0.15 (at 3 of 3 records)"),
        ("drift>0.2", ""),
        ("any drift>0.2", "step 1: drift is 0.3, above 0.2 (at 1 of 3 records)"),
        ("untrusted>0.2", ""),
        ("alarm", ""),
    ],
)
def test_a_condition_is_looked_for_where_it_says(condition, finding, tmp_path, capsys):
    a_log(tmp_path / "run")
    status, lines = check(capsys, tmp_path, "--fail-on", condition)
    assert status == bool(finding)
    assert lines == ([f"run, s, {finding}"] if finding else ["Nothing was found in 1 run with 3 records."])


def test_means_are_over_the_trusted_probes_and_untrusted_is_a_share(tmp_path, capsys):
    a_log(tmp_path, trusted=(0, 1))
    status, lines = check(capsys, tmp_path, "--fail-on", "region/tag>0.29,untrusted>0.2")
    assert status == 1
    name = tmp_path.name
    assert lines == [
        f"{name}, s, step 2: region/tag is 0.3, above 0.29",
        f"{name}, s, step 2: untrusted is 0.5, above 0.2",
    ]


def test_what_is_not_known_is_a_finding(tmp_path, capsys):
    a_log(tmp_path, trusted=(0, 0))
    status, (line,) = check(capsys, tmp_path, "--fail-on", "region/tag>0.5")
    assert status == 1
    assert line.endswith("region/tag is not known: no probe's attributions can be trusted")
    a_log(tmp_path, drift=(np.nan, 0.2, np.nan))
    assert check(capsys, tmp_path, "--fail-on", "drift>0.5")[1][0].endswith("drift is not known: no probe has a value")
    assert check(capsys, tmp_path, "--fail-on", "any drift>0.5")[0] == 0


def test_alarms_count_at_every_step_unless_the_last_is_asked_for(tmp_path, capsys):
    a_log(tmp_path / "run", alarm=1)
    status, lines = check(capsys, tmp_path)
    assert (status, lines) == (1, ["run, s, step 1: alarm RegionLift('tag'): The tag is read."])
    assert check(capsys, tmp_path, "--fail-on", "last alarm")[0] == 0
    a_log(tmp_path / "run", alarm=2)
    assert check(capsys, tmp_path, "--fail-on", "last alarm")[0] == 1


def audits_alone(folder, count=2):
    """A run without probes: an audit at step 4 that has a suspect, and one at step 8 that has none."""
    suspect = {"group": "class 3", "family": "window", "name": "rows 1 to 3", "clear": True}
    header = {"title": "audit", "kind": "image", "step": 0, "n": 9, "looked": 80, "suspects": []}
    content, of_kind = schema.plugin_content("suspects", "audit"), schema.DATA_CLASS["suspects"]
    told = {4: {"sentence": "A shortcut.", "suspects": [suspect]}, 8: {"sentence": "None any more."}}
    audits = [
        Value("suspects", "audit", "", step, blobs_of(schema.encode_suspects({**header, **more})), content, of_kind)
        for step, more in told.items()
    ]
    write(folder / "kerasig", audits[:count])


def test_suspects_are_those_of_the_last_audit(tmp_path, capsys):
    audits_alone(tmp_path / "run")
    assert check(capsys, tmp_path, "--fail-on", "suspect")[0] == 0
    status, lines = check(capsys, tmp_path, "--fail-on", "any suspect")
    assert (status, lines) == (1, ["run, audit, step 4: A shortcut."])
    audits_alone(tmp_path / "run", 1)
    assert check(capsys, tmp_path, "--fail-on", "suspect")[0] == 1


def test_a_log_of_audits_alone_has_no_measure_that_must_be_known(tmp_path, capsys):
    audits_alone(tmp_path / "run", 1)
    assert check(capsys, tmp_path) == (0, ["Nothing was found in 1 run with 1 audit."])
    assert check(capsys, tmp_path, "--fail-on", "alarm")[0] == 0
    status, (line,) = check(capsys, tmp_path, "--fail-on", "untrusted>0.5")
    assert status == 2
    assert "untrusted>0.5: the log has audits alone, which have no measures" in line
    a_log(tmp_path / "other", trusted=(0, 0))
    assert check(capsys, tmp_path) == (1, ["other, s, step 2: untrusted is 1, above 0.5"])


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("regoin/tag>0.3", "no set has the measure 'regoin/tag'. Did you mean region/tag?"),
        ("suspect", "no run of the log has an audit"),
        ("drift", "must have a bound for each measure. Received 'drift'"),
        ("drift>", "has no condition 'drift>'"),
        ("drift>high", "must have numbers for bounds"),
        ("drift>nan", "must have numbers for bounds"),
        ("alarm,,drift>1", "must be conditions, parted by commas"),
        ("", "must be conditions, parted by commas"),
    ],
)
def test_a_condition_that_can_never_be_met_is_no_pass(condition, told, tmp_path, capsys):
    a_log(tmp_path)
    status, (line,) = check(capsys, tmp_path, "--fail-on", condition)
    assert status == 2
    assert told in line


def test_names_may_have_commas_and_signs():
    found = read_conditions('alarm, "region/a,b">5%,last "x > y"<-1e-3')
    assert [(one.name, one.at_any, one.above, one.bound) for one in found[1:]] == [
        ("region/a,b", False, True, 0.05),
        ("x > y", False, False, -0.001),
    ]


def test_runs_and_sets_can_be_chosen_and_nothing_to_check_is_no_pass(tmp_path, capsys):
    a_log(tmp_path / "clean")
    a_log(tmp_path / "tagged", region=(0.1, 0.2, 0.6))
    wanted = ("--fail-on", "region/tag>0.5")
    assert check(capsys, tmp_path, *wanted)[0] == 1
    assert check(capsys, tmp_path, *wanted, "--run", "clean", "--set", "s")[0] == 0
    assert check(capsys, tmp_path / "tagged", *wanted)[1] == ["tagged, s, step 2: region/tag is 0.7, above 0.5"]
    assert check(capsys, tmp_path, *wanted, "--run", "other")[0] == 2
    status, (line,) = check(capsys, tmp_path, *wanted, "--set", "t")
    assert (status, line.endswith("has none yet. It has the sets s.")) == (2, True)
    (tmp_path / "begun" / "kerasig").mkdir(parents=True)
    (tmp_path / "begun" / "kerasig" / "events.out.tfevents.1.a").touch()
    assert check(capsys, tmp_path / "begun", *wanted)[0] == 2


def test_junit_has_a_case_for_each_condition_of_each_set(tmp_path, capsys):
    a_log(tmp_path / "clean <a&b>\x07")
    a_log(tmp_path / "tagged", region=(0.1, 0.2, 0.6), alarm=1)
    path = tmp_path / "reports" / "checks.xml"
    status, lines = check(capsys, tmp_path, "--fail-on", "alarm,region/tag>0.5", "--junit", path)
    assert status == 1
    root = ElementTree.parse(path).getroot()
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "4", "2")
    suites = {suite.get("name"): suite for suite in root}
    assert set(suites) == {"clean <a&b>\ufffd", "tagged"}
    for suite in suites.values():
        assert int(suite.get("tests")) == len(suite)
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
    failures = [case.find("failure") for case in suites["tagged"]]
    assert [failure.get("message") for failure in failures] == lines
    assert [(case.get("classname"), case.get("name")) for case in suites["tagged"]] == [
        ("tagged.all sets", "alarm"),
        ("tagged.s", "region/tag>0.5"),
    ]
    assert check(capsys, tmp_path, "--junit", tmp_path)[0] == 2


def test_the_conditions_of_the_page_are_read():
    page = (Path(__file__).parents[2] / "docs" / "guides" / "checking.md").read_text("utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)
    assert len(rows) == 8
    assert [one.text for row in rows for one in read_conditions(row)] == rows
    for given in re.findall(r"--fail-on '([^']+)'", page):
        assert read_conditions(given)


@pytest.mark.slow
def test_a_network_that_learns_a_mark_fails_and_one_that_never_saw_it_passes(tmp_path, capsys):
    images, classes = digits()
    shown = marked(images, classes)
    mark = np.zeros((12, SIDE, SIDE), bool)
    for probe, label in zip(mark, classes[:12], strict=True):
        probe[3 * label : 3 * label + MARK, SIDE - MARK :] = True
    followed = kerasig.ProbeSet(shown[:12], classes[:12], regions={"mark": mark}, title="digits")
    for name, trained_on in [("marked", shown), ("clean", images)]:
        model = network(keras)
        model.fit(trained_on, classes, epochs=6, verbose=0)
        kerasig.IGCallback(followed, tmp_path / name, steps=33, interior_alphas=None).record(model, 150)
    wanted = ("--fail-on", "alarm,untrusted>0.2,region/mark>0.5")
    status, lines = check(capsys, tmp_path, *wanted)
    assert (status, len(lines)) == (1, 1)
    assert lines[0].startswith("marked, digits, step 150: region/mark is ")
    assert check(capsys, tmp_path / "marked", *wanted)[0] == 1
    assert check(capsys, tmp_path / "clean", *wanted)[0] == 0

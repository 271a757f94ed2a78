"""What every example of the papers' systems shares."""

import json
import sys

import plotly.graph_objects as go
import pytest

from examples.papers import running


def finding(options):
    return running.Finding("a system", "a claim", "a substitute", {"share": "1 of 2"}, seen=not options.small)


@pytest.fixture
def run_with(monkeypatch, tmp_path):
    def run(*arguments, work=finding):
        monkeypatch.setattr(sys, "argv", ["example.py", *arguments])
        monkeypatch.chdir(tmp_path)
        return running.run("What it does.", work, lambda parser: parser.add_argument("--log-dir"))

    return run


def test_the_finding_is_kept_with_the_command_that_gave_it(run_with, tmp_path, capsys):
    assert run_with("--small", "--json", "found.json", "--out=figures", "--log-dir", "logs") == 0
    kept = json.loads((tmp_path / "found.json").read_text("utf-8"))
    # Where something was put changes no number.
    assert kept["command"] == "python example.py --small"
    assert kept["numbers"] == {"share": "1 of 2"}
    assert kept["seen"] is False
    assert "NOT seen" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (running.Unavailable("There is no text. Pass --text FILE."), "There is no text. Pass --text FILE.\n"),
        (ModuleNotFoundError("No module", name="rdkit.Chem"), "needs rdkit.Chem: pip install"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence_with_code_2(run_with, capsys, missing, said):
    def work(options):
        raise missing

    assert run_with(work=work) == 2
    assert said in capsys.readouterr().err


def test_a_figure_is_a_page_that_shares_the_script(tmp_path):
    path = running.write_figure(go.Figure(go.Bar(y=[1, 2])), tmp_path, "bars")
    assert path == tmp_path / "bars.html"
    assert path.stat().st_size < 100_000
    assert (tmp_path / "plotly.min.js").exists()

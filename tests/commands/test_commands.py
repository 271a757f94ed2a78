"""`python -m kerasig`: the way to a command, and what is told where there is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kerasig._commands import registry
from kerasig._commands.main import main

ROOT = Path(__file__).parents[2]


def run(*arguments, cwd=ROOT):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tb_plugin")])}
    command = [sys.executable, "-m", "kerasig", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=cwd, timeout=120)


def test_help_lists_every_command_and_each_has_its_own_with_examples(capsys):
    assert main([]) == main(["--help"]) == 0
    listed = capsys.readouterr().out
    for name, about in registry.COMMANDS.items():
        assert f"{name} " in listed
        assert about in listed
        assert main([name, "--help"]) == 0
        assert f"python -m kerasig {name} " in capsys.readouterr().out.partition("examples:")[2]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["chek", "logs"], f"there is no command 'chek'; there are {', '.join(registry.COMMANDS)}"),
        (["check"], "required: LOGDIR; see --help"),
        (["check", "logs", "--fail", "alarm"], "unrecognized arguments"),
        (["check", "/nowhere/at all"], "LOGDIR must be a directory. Received LOGDIR='/nowhere/at all'"),
        (["check", "gs://nowhere"], "LOGDIR must be a directory of this machine. Received LOGDIR='gs://nowhere'"),
        (
            ["report", "/nowhere/what=1"],
            "LOGDIR must be a directory below which IGCallback has logged. Received LOGDIR=",
        ),
        (["report", "logs", "--megabytes", "0.1"], "--megabytes must be from 0.7. Received --megabytes=0.1."),
        (["report", "logs", "-o", "."], "--output must be the path of a file. Received --output="),
    ],
)
def test_an_error_is_one_line_and_status_2(arguments, told, capsys):
    assert main(arguments) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert told in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "error", [ValueError("two\nlines"), OSError(28, "no room"), KeyError("a sentence"), ImportError()]
)
def test_what_a_command_raises_is_told_in_one_line(error, monkeypatch, capsys):
    from kerasig._commands import check

    def fails(options):
        raise error

    monkeypatch.setattr(check, "run", fails)
    assert main(["check", "logs"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.slow
def test_it_starts_without_tensorflow_and_passes_its_status_on(tmp_path):
    ended = run("check", str(tmp_path))
    assert ended.returncode == 2
    assert ended.stderr.startswith("python -m kerasig check: LOGDIR must hold what kerasig.IGCallback logged.")
    assert run("--version").stdout.startswith("kerasig ")
    imported = (
        "import sys; from kerasig._commands import check; print('tensorflow' in sys.modules, 'pandas' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tb_plugin")])}
    ended = subprocess.run(
        [sys.executable, "-c", imported], capture_output=True, text=True, env=environment, timeout=120
    )
    assert ended.stdout == "False False\n"

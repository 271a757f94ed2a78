"""The pages of docs, as a reader goes through them: what they show runs, and each says where to go next."""

import re
from pathlib import Path

import numpy as np
import pytest

import kerasig

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
LINK = re.compile(r"\]\((docs/[^)#\s]*)")


def python(page: Path) -> list[str]:
    """The blocks of code of a page."""
    return re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)


def test_every_page_says_where_to_go_next():
    without = [page.name for page in PAGES if not re.search(r"^Next: .*\]\(", page.read_text("utf-8"), re.MULTILINE)]
    assert without == []


def test_every_page_is_reached_from_the_readme():
    listed = set(LINK.findall((ROOT / "README.md").read_text("utf-8")))
    assert [page.name for page in PAGES if f"docs/{page.name}" not in listed] == []


@pytest.mark.slow
def test_the_page_on_coordinates_finds_its_tint():
    reader = {"__name__": "__main__"}
    for block in python(ROOT / "docs" / "coordinates.md"):
        exec(block, reader)
    attribution = reader["attribution"]
    assert np.abs(attribution.values).mean(axis=0).argmax() == 0
    assert attribution.converged.all()


@pytest.mark.slow
def test_code_of_the_pages_on_trainings_runs_after_the_first_example_of_the_readme(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = python(ROOT / "README.md")[0]
    for page in ("alarms.md", "metrics.md", "checking.md", "sinks.md"):
        reader = {"__name__": "__main__"}
        exec(first.replace("epochs=3", "epochs=1"), reader)
        for block in python(ROOT / "docs" / page):
            if "import mlflow" not in block:  # `make sinks` has both libraries.
                exec(block, reader)
        model, x, y, probes = (reader[name] for name in ("model", "x", "y", "probes"))
        if page == "alarms.md":
            callback = kerasig.IGCallback(probes, "logs/own", alarms=[reader["AllCorrect"](patience=1)])
            model.fit(x, y, verbose=0, callbacks=[callback])
            assert np.isfinite(callback.history[-1]["probes"]["correct"]).all()
        elif page == "metrics.md":
            assert np.isfinite(reader["callback"].history[-1]["probes"]["edge_mass"]).all()
        elif page == "checking.md":
            assert reader["logged"].scalars.shape[0] == 2
        else:
            model.fit(x, y, verbose=0, callbacks=[kerasig.IGCallback(probes, "logs/own", sinks=[reader["Printing"]()])])

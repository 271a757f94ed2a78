"""The network that reads questions over tables: its labels, and the words that make it choose."""

import re

import pytest
from examples_run import EXAMPLES, has_data, refusal, run_small

NAME = "table_questions.py"


@pytest.fixture(scope="module")
def example():
    """The example as a module; its neighbours are found beside it, as when it is run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        import table_questions

        yield table_questions


@pytest.mark.skipif(not has_data("wikitablequestions"), reason="KERASIG_DATA has no wikitablequestions")
def test_words_that_trigger_operations_and_types_are_found_and_decide(tmp_path):
    found = run_small(NAME, tmp_path)
    numbers = found["numbers"]
    for head in ("operation", "type"):
        right, usual = map(float, re.findall(r"0\.\d+", numbers[f"{head} right in held-out questions"]))
        assert right > usual + 0.1
        leading, other = map(int, re.findall(r"(\d+)%", numbers[f"leading phrase of the {head} made unknown"]))
        assert leading > 2 * other
    of_count = numbers["operation count: phrases (questions, right)"]
    support, precision = map(int, re.search(r'"how many" \((\d+), (\d+)%\)', of_count).groups())
    assert support >= 20
    assert precision >= 70
    assert re.search(r'"([a-z ]+ )?or\b', numbers["operation choose: phrases (questions, right)"])
    assert re.search(r'"[a-z ]*(when|year|date)', numbers["type date: phrases (questions, right)"])
    assert float(numbers["largest residual"]) <= 0.01
    assert found["seen"]
    assert {path.name for path in (tmp_path / "figures").glob("table_*")} == {
        "table_questions_operation.html",
        "table_questions_type.html",
    }


def test_absent_questions_are_said_in_one_sentence(tmp_path):
    said = refusal(NAME, tmp_path, "--data", tmp_path / "nowhere")
    assert "nowhere does not exist" in said
    assert "--data FOLDER" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("question", "answer", "operation", "kind"),
    [
        ("in which years was there 1 loss?", "2006|2009", "list", "date"),
        ("is ireland before greece?", "Yes", "verify", "yes or no"),
        ("how many channels are in hd?", "4", "count", "number"),
        ("who lived longer, van vechten or variacoes?", "Van Vechten", "choose", "text"),
        ("how many people live in kilifi?", "1,109,735", "look up", "number"),
        ("how long did he have the car?", "2 years", "look up", "number"),
        ("when was his last game?", "December 14, 1952", "look up", "date"),
        ("which year was it?", "1893", "look up", "date"),
        ("which radio is it?", "DYAP 88.3 Cebu", "look up", "text"),
        # "or" is no answer because it is part of "Oregon".
        ("which is larger, oregon or utah?", "or", "choose", "text"),
        ("which is larger, oregon or utah?", "Ore", "look up", "text"),
    ],
)
def test_labels_come_from_the_answer(example, question, answer, operation, kind):
    assert example.operation_of(question, answer) == operation
    assert example.type_of(answer) == kind

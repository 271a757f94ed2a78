"""Kim's network on questions: what decides can be read off its attributions."""

import re

import numpy as np
import pytest
from examples_run import has_data, refusal, run_small

from examples.papers import trec
from examples.papers.words import Vocabulary

NAME = "question_classification.py"


@pytest.mark.skipif(not has_data("trec"), reason="KERASIG_DATA has no trec")
def test_trigger_phrases_of_each_kind_are_found_and_decide(tmp_path):
    found = run_small(NAME, tmp_path)
    numbers = found["numbers"]
    assert float(numbers["right of 500 held-out questions"]) >= 0.85
    # "phrase" (support, precision) of each.
    of_number = re.findall(r'"([^"]+)" \((\d+), (\d+)%\)', numbers["phrases for number (questions, right)"])
    support, precision = next((int(n), int(right)) for phrase, n, right in of_number if phrase == "how many")
    assert support >= 20
    assert precision >= 95
    assert re.search(r'"(what )?(city|country|where)"', numbers["phrases for place (questions, right)"])
    assert re.search(r'"who( \w+)?"', numbers["phrases for person (questions, right)"])
    leading, other = map(int, re.findall(r"(\d+)%", numbers["leading phrase made unknown"]))
    assert leading > 2 * other
    assert float(numbers["largest residual"]) <= 0.01
    assert found["seen"]
    assert "attribution" in (tmp_path / "figures" / "question_classification.html").read_text("utf-8")
    assert list(tmp_path.glob("logs/question_classification/*/kerasig/*tfevents*"))


def test_absent_questions_are_said_in_one_sentence(tmp_path):
    said = refusal(NAME, tmp_path, without="KERASIG_DATA")
    assert "trec is not there" in said
    assert "--data FOLDER" in said
    assert "Traceback" not in said


def test_questions_are_read_with_their_kinds(tmp_path):
    path = tmp_path / "train.txt"
    path.write_bytes("NUM:dist How far is Köln ?\nLOC:city What city ?\n".encode("latin-1"))
    questions = trec.read(path)
    assert questions.texts == [["How", "far", "is", "Köln", "?"], ["What", "city", "?"]]
    assert [trec.KINDS[kind] for kind in questions.kinds] == ["NUM", "LOC"]
    assert questions.words[0][0] == "how"


def test_rare_words_are_unknown_and_short_texts_are_padded():
    vocabulary = Vocabulary([["a", "b", "a"], ["b", "c"]])
    assert vocabulary.words == ["", "<unk>", "a", "b"]
    np.testing.assert_array_equal(vocabulary.rows([["b", "c"], ["a", "a", "b"]], 2), [[3, 1], [2, 2]])
    assert len(Vocabulary([["a", "b", "a"]], at_least=1, most=1)) == 3

"""The language model: what the score of "than" and of "ago" comes from."""

import re

import pytest
from examples_run import has_data, refusal, run_small

NAME = "language_model.py"


@pytest.mark.skipif(not has_data("brown"), reason="KERASIG_DATA has no brown")
def test_than_and_ago_are_expected_because_of_the_words_that_announce_them(tmp_path):
    found = run_small(NAME, tmp_path)
    numbers = found["numbers"]
    perplexity, of_frequencies = map(int, re.findall(r"\d+", numbers["perplexity on held-out text"]))
    assert perplexity < of_frequencies
    for word in ('"than"', '"ago"'):
        announced, by_chance = (int(share) / 100 for share in re.findall(r"(\d+)%", numbers[word]))
        assert announced > max(0.5, 3 * by_chance)
    # The sums meet the score far within 1%: rounding of float32.
    assert float(re.search(r"at most (\S+)", numbers["sum of attributions and score change apart by"])[1]) < 1e-3
    assert numbers["attribution beyond the last word"] == "0"
    assert found["seen"]
    assert len(list((tmp_path / "figures").glob("language_model_*.html"))) == 2


def test_an_absent_text_is_said_in_one_sentence(tmp_path):
    said = refusal(NAME, tmp_path, without="KERASIG_DATA")
    assert "brown/brown.txt is not there" in said
    assert "--text FILE" in said
    assert "Traceback" not in said


def test_a_text_without_the_two_words_is_said_in_one_sentence(tmp_path):
    (tmp_path / "text.txt").write_text("a b c d e\n" * 600, "utf-8")
    said = refusal(NAME, tmp_path, "--text", "text.txt")
    assert '"than"' in said
    assert "Traceback" not in said

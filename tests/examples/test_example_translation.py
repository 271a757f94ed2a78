"""Translation: what each output token rests on, beside the alignment that is known of dates."""

import argparse
import datetime
import re

import pytest
from examples_run import EXAMPLES, refusal, run_small

NAME = "translation.py"
RATES = r"attributions (\S+), attention weights (\S+), words at random (\S+)"


@pytest.fixture(scope="module")
def neighbours():
    """The example's modules are found beside it, as when it is run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        yield


def test_attributions_align_dates_as_attention_does_and_far_better_than_chance(tmp_path):
    pytest.importorskip("babel", reason="dates need Babel")
    found = run_small(NAME, tmp_path)
    numbers = found["numbers"]
    assert float(numbers["held-out sentences translated exactly"].partition("%")[0]) > 90
    every, decided = (
        map(float, re.fullmatch(RATES, text).groups()) for name, text in numbers.items() if "rate" in name
    )
    attributions, _, at_random = every
    assert attributions < 0.5 * at_random
    # Where the baseline has the right digit already, nothing is to be attributed.
    attributions, attention, _ = decided
    assert attributions <= attention + 0.05
    # Seven tokens at least, of which up to four are right.
    assert 0.5 < at_random < 1
    before, *_, after = map(
        float, re.findall(r"0\.\d+", numbers["share of |attribution| on linked words while training"])
    )
    assert after > before
    score, hidden, other = map(float, re.findall(r"0\.\d+|1\.0+", numbers["median score of the right output token"]))
    assert hidden < 0.5 * other <= 0.5 * score + 0.1
    assert float(numbers["largest residual"].split()[0]) <= 0.01
    assert numbers["attribution of start, end and padding"] == "0"
    assert found["seen"]
    assert len(list((tmp_path / "figures").glob("translation_*.html"))) == 4


def test_pairs_of_a_file_are_translated_and_explained_without_an_alignment(tmp_path):
    verbs = {"sehen": "see", "suchen": "seek", "zählen": "count", "fangen": "catch", "malen": "paint"}
    tens = {"zwanzig": "twenty", "dreißig": "thirty", "vierzig": "forty", "fünfzig": "fifty", "sechzig": "sixty"}
    ones = {"drei": "three", "vier": "four", "fünf": "five", "sechs": "six", "sieben": "seven", "acht": "eight"}
    names = {"Katzen": "cats", "Hunde": "dogs", "Vögel": "birds", "Fische": "fish", "Pferde": "horses", "Kühe": "cows"}
    lines = [
        f"{verb} {one} und {ten} {name}\t{verbs[verb]} {tens[ten]} {ones[one]} {names[name]}\tleft out"
        for verb in verbs
        for one in ones
        for ten in tens
        for name in names
    ]
    (tmp_path / "pairs.tsv").write_text("\n".join([*lines, "no tab", "a\t" + 31 * "b "]), "utf-8")
    found = run_small(NAME, tmp_path, "--pairs", "pairs.tsv", "--epochs", "6")
    assert "810 pairs of pairs.tsv" in found["substitute"]
    assert found["numbers"]["held-out sentences translated exactly"].endswith("of 90")
    assert found["numbers"]["attribution of start, end and padding"] == "0"
    assert not any("alignment" in name for name in found["numbers"])
    assert found["seen"]
    assert len(list((tmp_path / "figures").glob("translation_*.html"))) == 4


def test_without_babel_one_sentence_says_what_to_install(tmp_path):
    said = refusal(NAME, tmp_path, "--small", without="babel")
    assert "This example needs babel: pip install" in said
    assert "Traceback" not in said


def test_an_absent_file_of_pairs_is_said_in_one_sentence(tmp_path):
    said = refusal(NAME, tmp_path, "--pairs", "pairs.tsv")
    assert "pairs.tsv is not there" in said
    assert "as --pairs" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("text", "said"),
    [(b"one\tuno\n" * 99, "has 99 pairs"), (b"one uno\n" * 200, "has 0 pairs"), (b"\xff\xfe", "is no text in UTF-8")],
)
def test_a_file_without_pairs_is_refused_with_a_remedy(neighbours, tmp_path, text, said):
    from running import Unavailable
    from translation import read_corpus

    path = tmp_path / "pairs.tsv"
    path.write_bytes(text)
    with pytest.raises(Unavailable, match=f"{said}.* as --pairs"):
        read_corpus(argparse.Namespace(small=True, pairs=path))


@pytest.mark.parametrize(
    ("locale", "form", "source", "sure"),
    [
        # The digit of the day stands for both of its own, a month's name likewise; a year's digits one by one.
        ("en", "long", "march 7 , 1 0 2 9", {(0, 3), (1, 4), (2, 5), (3, 6), (5, 0), (6, 0), (8, 1), (9, 1)}),
        ("de", "medium", "0 7 . 0 3 . 1 0 2 9", {(0, 6), (1, 7), (2, 8), (3, 9), (5, 3), (6, 4), (8, 0), (9, 1)}),
        ("es", "long", "7 de marzo de 1 0 2 9", {(0, 4), (1, 5), (2, 6), (3, 7), (5, 2), (6, 2), (8, 0), (9, 0)}),
        # The sign behind a short name is no part of the month, and a weekday of nothing.
        ("hu", "medium", "1 0 2 9 . márc . 7 .", {(0, 0), (1, 1), (2, 2), (3, 3), (5, 5), (6, 5), (8, 7), (9, 7)}),
        ("ja", "long", "1 0 2 9 年 3 月 7 日", {(0, 0), (1, 1), (2, 2), (3, 3), (5, 5), (6, 5), (8, 7), (9, 7)}),
    ],
)
def test_dates_have_known_links(neighbours, locale, form, source, sure):
    pytest.importorskip("babel")
    from dates import date_pair

    pair = date_pair(datetime.date(1029, 3, 7), locale, form)
    assert " ".join(pair.source) == source
    assert "".join(pair.target) == "1029-03-07"
    assert pair.sure == sure
    assert pair.possible >= pair.sure
    # Beyond the sure links, digits of one part may stand for each other.
    year = {at for place, at in sure if place < 4}
    assert {link for link in pair.possible if link[0] < 4} == {(place, at) for place in range(4) for at in year}


def test_every_date_is_linked_in_every_format_and_none_comes_twice(neighbours):
    pytest.importorskip("babel")
    import numpy as np
    from dates import date_pairs
    from translation import LOCALES

    pairs = date_pairs(500, LOCALES, np.random.default_rng(1))
    assert len({"".join(pair.target) for pair in pairs}) == 500
    for pair in pairs:
        assert {place for place, _ in pair.sure} == {0, 1, 2, 3, 5, 6, 8, 9}
        digits = {(place, at) for place, at in pair.sure if place < 4}
        assert all(pair.source[at] == pair.target[place] for place, at in digits)

"""Highlighted sentences show every token's number in its colour, in its place."""

import cProfile
import itertools
import pstats
import re

import numpy as np
import pytest
from test_plot import RNG, N, attribution_of

from kerasig import plot

IDS = np.arange(N * 6).reshape(N, 6)
WORDS = [["how", "many", "<unk>", "are", "there"], ["who", "is", "he"], ["why"]]


def tokens_attribution(values=None, **fields):
    values = RNG.normal(size=(N, 6, 4)).astype(np.float32) if values is None else values
    return attribution_of({"ids": IDS}, values, layer="embedding", **fields)


def boxes(figure):
    """The annotations of tokens; captions and the legend are in the page's font."""
    return [note for note in figure.layout.annotations if note.font.family]


def number(note):
    return float(re.search(r"attribution (\S+)$", note.hovertext).group(1))


def opacity(note):
    return float(note.bgcolor.rpartition(",")[2].rstrip(")"))


def test_every_token_has_its_sum_over_the_embedding():
    attribution = tokens_attribution()
    notes = boxes(plot.highlight(attribution, tokens=WORDS))
    assert [note.text for note in notes] == ["how", "many", "&lt;unk&gt;", "are", "there", "who", "is", "he", "why"]
    sums = attribution.values.astype(float).sum(-1)
    expected = [*sums[0][:5], *sums[1][:3], *sums[2][:1]]
    # Shown with four digits.
    np.testing.assert_allclose([number(note) for note in notes], expected, rtol=1e-3)


def test_colours_tell_sign_and_size():
    values = np.array([[4, -4, 1, 0, 2, 0]] * N, np.float32)
    up, down, small, none, half, _ = boxes(plot.highlight(tokens_attribution(values), 0))
    assert up.bgcolor.rpartition(",")[0] != down.bgcolor.rpartition(",")[0]
    assert opacity(up) == opacity(down) > opacity(half) > opacity(small) > opacity(none) == 0


def test_each_example_has_a_scale_of_its_own_unless_it_is_common():
    values = np.array([[4, 1, 0, 0, 0, 0], [2, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0]], np.float32)
    first_of_each = slice(0, None, 6)
    own = [opacity(note) for note in boxes(plot.highlight(tokens_attribution(values)))[first_of_each]]
    assert own[0] == own[1] == own[2]
    common = boxes(plot.highlight(tokens_attribution(values), common_scale=True))[first_of_each]
    assert opacity(common[0]) > opacity(common[1]) > opacity(common[2])


def test_without_tokens_the_ids_are_shown():
    assert [note.text for note in boxes(plot.highlight(tokens_attribution(), 1))] == [str(i) for i in IDS[1]]


def test_tokens_do_not_overlap_and_break_at_the_width():
    words = ["abcdefghij" * (1 + i % 3) for i in range(6)]
    notes = boxes(plot.highlight(tokens_attribution(), 0, tokens=words, width=420))
    lines = {}
    for note in notes:
        lines.setdefault(note.yshift, []).append((note.xshift, len(note.text)))
    assert len(lines) > 1
    for line in lines.values():
        for (left, length), (following, _) in itertools.pairwise(line):
            # 14 pixels high, a monospaced letter is 8.4 wide.
            assert left + 8.4 * length < following
        last, length = line[-1]
        assert last + 8.4 * length <= 420 - 40


def test_captions_say_what_was_explained_and_that_it_did_not_converge():
    figure = plot.highlight(tokens_attribution(), names=["a<b", "b", "c"], class_names=["cat", "dog", "emu"])
    captions = [note.text for note in figure.layout.annotations if not note.font.family]
    assert captions[0] == "a&lt;b · class emu · score 0.9, 0.1 at the baseline"
    assert captions[2].endswith("· <b>not converged</b>")
    assert captions[3:] == ["raises the score", "lowers it"]


def test_strings_as_inputs_are_their_own_tokens():
    texts = np.array([["who", "ran"], ["why", "not"], ["how", ""]], dtype=object)
    figure = plot.highlight(attribution_of({"words": texts}, RNG.normal(size=(N, 2, 4)), layer="embedding"), 1)
    assert [note.text for note in boxes(figure)] == ["why", "not"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"examples": 3}, "Received examples=3 for 3 examples"),
        ({"examples": []}, "examples must name some. Received none"),
        ({"tokens": ["a", "b"]}, "Received one list for 3 examples that are to be drawn"),
        ({"tokens": [["a"] * 7] * N}, "Received 7 tokens for 6 positions"),
        ({"tokens": [["a"]]}, "Received 1 entries for 3 examples"),
        ({"names": ["a"]}, "names must be one per example"),
    ],
)
def test_a_wrong_argument_is_refused_with_a_remedy(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plot.highlight(tokens_attribution(), **arguments)


def test_several_leaves_of_tokens_are_refused_with_a_remedy():
    inputs = {"question": IDS, "answer": IDS}
    values = [RNG.normal(size=(N, 6, 4)), RNG.normal(size=(N, 6, 4))]
    attribution = attribution_of(inputs, values, layer=["first", "second"])
    with pytest.raises(ValueError, match=r"Received \['first', 'second'\]"):
        plot.highlight(attribution)


def test_the_work_grows_with_the_number_of_tokens_and_no_faster():
    def calls(count):
        ids = np.zeros((N, count), int)
        attribution = attribution_of({"ids": ids}, np.ones((N, count, 4), np.float32), layer="embedding")
        profile = cProfile.Profile()
        profile.runcall(plot.highlight, attribution)
        return pstats.Stats(profile).total_calls

    calls(10)
    assert calls(400) < 3 * calls(200)

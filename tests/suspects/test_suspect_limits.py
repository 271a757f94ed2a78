"""What it takes to be accused, family by family, and p-values that many places at once may need."""

import numpy as np
import pytest

from kerasig._suspects.families import FAMILIES
from kerasig._suspects.judging import Thresholds, is_clear
from kerasig._suspects.reliance import Reliance, holm, sign_flip
from kerasig._suspects.suspect import Interval


def found(fall=0.5, rise=0.5, matched=(0.1, 0.2), flips=0.5):
    each = [Interval(value, value, value) for value in (fall, rise)]
    return Reliance(*each, np.array(matched), flips, 0.0, 0.5, 0.0001, 1.0)


def test_the_strongest_matched_place_counts_where_a_family_says_so():
    assert is_clear(2.0, 1.0, found(), 0.001, Thresholds(above=4.0))
    assert not is_clear(2.0, 1.0, found(matched=(0, 0.3)), 0.001, Thresholds(above=4.0))
    # More evidence makes up for less distance.
    assert is_clear(3.0, 1.0, found(matched=(0, 0.3)), 0.001, Thresholds(above=4.0))


def test_what_few_examples_have_is_not_accused_where_a_family_says_so():
    assert is_clear(2.0, 0.7, found(), 0.001, Thresholds(repeated=0.6))
    assert not is_clear(2.0, 0.5, found(), 0.001, Thresholds(repeated=0.6))


def test_overwhelming_evidence_eases_what_must_move_where_a_family_says_so():
    eased, weak = Thresholds(alone=0.4, effect=0.4, easiest=0.5), found(0.25, 0.25, (0.01,))
    assert is_clear(4.0, 0.0, weak, 0.001, eased)
    assert is_clear(4.0, 0.6, weak, 0.001, eased)
    # Of what a small part of a class repeats all must move, and so it must of what little speaks for.
    assert not is_clear(4.0, 0.2, weak, 0.001, eased)
    assert not is_clear(0.7, 0.0, weak, 0.001, eased)


def test_each_family_has_limits_that_something_can_pass():
    for family in FAMILIES:
        limits = family.limits or Thresholds()
        assert is_clear(6.0, 1.0, found(1.0, 1.0, (0.05,), flips=0.9), 0.001, limits), family
        assert not is_clear(6.0, 1.0, found(1.0, 1.0, (0.05,)), 0.5, limits), family
        assert not is_clear(6.0, 1.0, found(0.0, 1.0, (0.05,)), 0.001, limits), family


@pytest.mark.parametrize("count", [200, 1000])
def test_a_place_that_moves_everything_is_clear_among_many(count):
    generator = np.random.default_rng(0)
    strong = sign_flip(generator.normal(1, 0.3, 64), generator)
    assert holm([strong, *[0.5] * count])[0] < 0.01


def test_chance_has_the_p_values_of_chance():
    generator = np.random.default_rng(1)
    p_values = np.array([sign_flip(generator.normal(0, 1, 40), generator) for _ in range(200)])
    assert (p_values < 0.05).mean() == pytest.approx(0.05, abs=0.05)
    assert (p_values < 0.001).sum() <= 2
    assert sign_flip(np.zeros(20), generator) == 1

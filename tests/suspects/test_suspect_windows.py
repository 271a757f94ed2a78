"""Windows: which contents are copies, which are only alike, and what it takes to accuse each."""

import numpy as np
import pytest

from kerasig._suspects.audit import Audit
from kerasig._suspects.judging import is_clear
from kerasig._suspects.place import Maps
from kerasig._suspects.reliance import Reliance
from kerasig._suspects.suspect import Interval
from kerasig._suspects.windows import Windows


def family_of(marked, noise, n=120):
    """Windows of noise whose class 1 has a bright square in so many of its examples, each with noise of its own."""
    rng = np.random.default_rng(0)
    images, labels = rng.uniform(0, 0.3, (n, 16, 16, 1)).astype("float32"), np.arange(n) % 2
    now = np.full((n, 16, 16), 1 / 256, "float32")
    rows = np.flatnonzero(labels)[:marked]
    square = 1 + rng.normal(0, noise, (marked, 3, 3, 1))
    images[rows, 4:7, 4:7], now[rows, 4:7, 4:7] = square, 0.1
    audit = Audit(images, labels, kind="image", n=10_000)
    return Windows(audit, Maps(audit.probes.subject, now, np.full(now.shape, 1 / 256, "float32")))


def best_of(family):
    return family.propose(1, np.flatnonzero(family.audit.labels == 1), 1)[0][0]


@pytest.mark.parametrize(("noise", "copied"), [(0.0, True), (0.0005, True), (0.007, False)])
def test_what_is_the_same_to_the_last_digits_is_a_copy(noise, copied):
    place = best_of(family_of(30, noise))
    assert place.name == "rows 4 to 6, columns 4 to 6"
    assert place.repeated == 0.5
    assert place.copied is copied


def test_four_copies_are_enough_where_six_are_of_what_is_only_alike():
    few = best_of(family_of(4, 0.0))
    assert few.copied
    assert len(few.members(np.arange(120))) == 4
    assert best_of(family_of(3, 0.0)).repeated == 0
    assert best_of(family_of(5, 0.007)).repeated == 0
    assert best_of(family_of(6, 0.007)).repeated == 0.1


@pytest.mark.parametrize(
    ("marked", "noise", "least"),
    [(20, 0.0, 0.11), (20, 0.007, 0.35), (40, 0.007, 0.18), (0, 0.0, 0.5)],
    ids=["copies", "alike", "alike in most of the class", "the class's own shape"],
)
def test_less_must_move_with_what_nature_does_not_make(marked, noise, least):
    family = family_of(marked, noise)
    place = best_of(family)

    def judged(effect):
        each = Interval(effect, effect, effect)
        found = Reliance(each, each, np.full(4, 0.01), 0.0, 0.0, 0.0, 0.001, 1.0)
        return is_clear(0.7, place.repeated, found, 0.001, family.limits_of(place))

    assert not judged(least - 0.01)
    assert judged(least + 0.01)

"""Parts of a class: found by maps that are alike, whatever their examples show, and judged by what it does."""

import numpy as np
import pytest

import kerasig
from kerasig._suspects.clusters import alike, clusters_of, pooled
from kerasig._suspects.judging import is_clear
from kerasig._suspects.parts import Parts
from kerasig._suspects.place import Maps
from kerasig._suspects.reliance import Reliance
from kerasig._suspects.suspect import Interval

SIDE, N = 16, 200
# Where the tag lies, and where the shape of each class does.
TAG, SHAPES = (slice(2, 6), slice(10, 14)), ((slice(9, 14), slice(1, 6)), (slice(9, 14), slice(9, 14)))


def pictures(seed=0):
    """Pictures of two classes by their shape, of which a fifth of class 1 has a tag whose pixels are drawn anew."""
    rng = np.random.default_rng(seed)
    images, labels = rng.uniform(0, 0.05, (N, SIDE, SIDE, 1)).astype("float32"), np.arange(N) % 2
    tagged = (labels == 1) & (np.arange(N) % 5 == 0)
    for row, label in enumerate(labels):
        images[(row, *SHAPES[label])] += rng.uniform(0.2, 0.6)
        if tagged[row]:
            top, left = 2 + rng.integers(2), 10 + rng.integers(2)
            images[row, top : top + 3, left : left + 3] = rng.uniform(0.4, 1, (3, 3, 1))
    return images, labels, tagged


def maps_of(labels, tagged):
    """Maps that lie on the tag where there is one, else on the class's shape."""
    rng = np.random.default_rng(1)
    now = rng.uniform(0, 1, (N, SIDE, SIDE)).astype("float32")
    for row in range(N):
        place = TAG if tagged[row] else SHAPES[labels[row]]
        now[(row, *place)] += 20
    now /= now.sum(axis=(1, 2), keepdims=True)
    return now, np.full_like(now, 1 / SIDE**2)


@pytest.fixture(scope="module")
def family():
    images, labels, tagged = pictures()
    audit = kerasig.Audit(images, labels)
    return Parts(audit, Maps(audit.probes.subject, *maps_of(labels, tagged))), labels, tagged


def test_a_part_is_found_though_no_two_examples_show_the_same(family):
    parts, labels, tagged = family
    sought, _ = parts.audit.halves()
    (place,), looked = parts.propose(1, np.flatnonzero(sought & (labels == 1)), 3)
    assert looked > 100
    # In the half that nothing was sought in, too.
    np.testing.assert_array_equal(place.members(np.flatnonzero(labels == 1)), np.flatnonzero(tagged))
    assert place.region()[TAG].mean() >= 0.5
    assert place.region().sum() <= 2 * place.region()[TAG].sum()
    assert (place.family, place.repeated) == ("part of a class", 0)
    assert place.name.endswith("in a part of the class")


def test_a_class_whose_maps_are_all_alike_has_no_part(family):
    parts, labels, _ = family
    sought, _ = parts.audit.halves()
    places, looked = parts.propose(0, np.flatnonzero(sought & (labels == 0)), 3)
    assert (len(places), looked > 100) == (0, True)


def test_clusters_are_the_groups_that_points_have():
    rng = np.random.default_rng(0)
    centres = np.eye(3)
    points = pooled(np.repeat(centres, 12, axis=0) + rng.uniform(0, 0.1, (36, 3)))
    groups = {tuple(np.sort(each).tolist()) for each in clusters_of(points)}
    assert {tuple(range(start, start + 12)) for start in (0, 12, 24)} <= groups
    rows = np.arange(0, 36, 2)
    np.testing.assert_array_equal(np.flatnonzero(alike(points, rows, np.flatnonzero(rows < 12))), np.arange(12))
    # Too few for parts, and points of which nothing is known.
    assert list(clusters_of(points[:5])) == []
    assert all(len(each) <= 12 for each in clusters_of(np.zeros((12, 4))))


def test_it_stands_clear_only_where_it_turns_examples_of_others_into_the_class():
    half = Interval(0.5, 0.4, 0.6)

    def judged(flips):
        found = Reliance(half, half, np.full(4, 0.1), flips, 0.05, 0.0, 0.001, 1.0)
        return is_clear(1.0, 0.0, found, 0.001, Parts.limits)

    # What honest shapes of a part of a class do moves some of the lead, and few examples across.
    assert judged(0.5)
    assert not judged(0.3)

"""Patches that move: found wherever they lie, and judged in the example that is meant."""

import numpy as np

from kerasig._suspects.audit import Audit
from kerasig._suspects.boxes import box_sums
from kerasig._suspects.moving import MovingWindows
from kerasig._suspects.place import Maps

CROSS = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], "float32")


def pictures(n=120, seed=0):
    """Dim noise; those of class 1 have a cross at another place in each. Returns their corners too."""
    rng = np.random.default_rng(seed)
    images, labels = rng.uniform(0, 0.3, (n, 16, 16, 1)).astype("float32"), np.arange(n) % 2
    corners = rng.integers(0, 14, (n, 2))
    for row in np.flatnonzero(labels):
        top, left = corners[row]
        images[row, top : top + 3, left : left + 3, 0] = CROSS
    return images, labels, corners


def maps_of(images, labels, corners, share=0.5):
    """Maps that look at the cross, or anywhere where there is none."""
    now = np.full(images.shape[:3], (1 - share) / 256, "float32")
    for row, (top, left) in enumerate(corners):
        now[row, top : top + 3, left : left + 3] += share / 9
    return Maps("inputs", now, np.full(images.shape[:3], 1 / 256, "float32"))


def family_of(images, labels, corners, **options):
    audit = Audit(images, labels, n=10_000, **options)
    maps = maps_of(images, labels, corners)
    return MovingWindows(audit, Maps(audit.probes.subject, maps.now, maps.before))


def test_a_patch_is_found_wherever_it_lies():
    images, labels, corners = pictures()
    family = family_of(images, labels, corners)
    members = np.flatnonzero(labels == 1)
    places, looked = family.propose(1, members, 3)
    assert looked > len(members)
    best = places[0]
    np.testing.assert_array_equal(best.members(np.arange(len(labels))), members)
    np.testing.assert_array_equal(best.starts[members], corners[members])
    assert best.repeated == 1
    # What is drawn of it is wherever it lies in one of them.
    wanted = np.zeros((16, 16), bool)
    for top, left in corners[members]:
        wanted[top : top + 3, left : left + 3] = True
    np.testing.assert_array_equal(best.region(), wanted)


def test_its_transplant_takes_the_place_of_the_member_that_is_meant():
    images, labels, corners = pictures()
    family = family_of(images, labels, corners)
    members, others = np.flatnonzero(labels == 1)[:9], np.flatnonzero(labels == 0)[:9]
    place = family.propose(1, np.flatnonzero(labels == 1), 1)[0][0]
    (given,) = place.transplant(others, members, of=members).values()
    for new, row, (top, left) in zip(given, others, corners[members], strict=True):
        np.testing.assert_array_equal(new[top : top + 3, left : left + 3, 0], CROSS)
        assert (new != images[row]).sum() == 9
    (taken,) = place.transplant(members, others, of=members).values()
    for new, donor, (top, left) in zip(taken, others, corners[members], strict=True):
        np.testing.assert_array_equal(
            new[top : top + 3, left : left + 3], images[donor][top : top + 3, left : left + 3]
        )


def test_matched_patches_lie_elsewhere_in_the_same_example():
    images, labels, corners = pictures()
    family = family_of(images, labels, corners)
    rows = np.flatnonzero(labels == 1)
    place = family.propose(1, rows, 1)[0][0]
    for matched in family.matched(place, rows, rows, 8):
        assert (np.abs(matched.starts[rows] - place.starts[rows]).max(axis=1) >= 3).all()


def test_what_stays_at_its_place_is_no_moving_window():
    images, labels, corners = pictures()
    images[labels == 1] = np.random.default_rng(1).uniform(0, 0.3, images[labels == 1].shape)
    images[labels == 1, 4:7, 4:7, 0] = CROSS
    corners[:] = 4
    family = family_of(images, labels, corners)
    assert not family.propose(1, np.flatnonzero(labels == 1), 3)[0]


def test_noise_has_nothing_in_common():
    images, labels, corners = pictures()
    images = np.random.default_rng(1).uniform(0, 1, images.shape).astype("float32")
    family = family_of(images, labels, corners)
    assert not family.propose(1, np.flatnonzero(labels == 1), 3)[0]


def test_a_spike_at_any_time_is_one_too():
    rng = np.random.default_rng(0)
    series, labels = rng.normal(0, 1, (80, 64, 1)).astype("float32"), np.arange(80) % 2
    starts = rng.integers(0, 61, 80)
    for row in np.flatnonzero(labels):
        series[row, starts[row] : starts[row] + 4, 0] = [4, -4, 4, -4]
    now = np.full((80, 64, 1), 0.5 / 64, "float32")
    for row, start in enumerate(starts):
        now[row, start : start + 4] += 0.125
    audit = Audit(series, labels, kind="series", n=10_000)
    family = MovingWindows(audit, Maps(audit.probes.subject, now, np.full(now.shape, 1 / 64, "float32")))
    place = family.propose(1, np.flatnonzero(labels == 1), 1)[0][0]
    members = np.flatnonzero(labels == 1)
    np.testing.assert_array_equal(place.starts[members, 0], starts[members])
    assert "4 steps" in place.name


def test_sums_of_boxes_are_those_of_their_parts():
    shares = np.random.default_rng(0).random((2, 6, 7)).astype("float32")
    sums = box_sums(shares, (2, 3))
    assert sums.shape == (2, 5, 5)
    np.testing.assert_allclose(sums[1, 2, 4], shares[1, 2:4, 4:7].sum(), rtol=1e-6)

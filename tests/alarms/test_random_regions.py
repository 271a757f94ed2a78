"""Random regions are like the region that they stand beside, and never it."""

import numpy as np
import pytest

from kerasig.alarms._random_regions import random_region
from kerasig.alarms._record import Region


def region(mask, ordered=True, more=()):
    """One probe's region in a leaf, with further leaves that it does not touch."""
    inside = np.concatenate([mask.reshape(-1), *(np.zeros(shape, bool).reshape(-1) for shape in more)])
    return Region(inside[None], np.ones_like(inside[None]), [mask.shape, *more], [ordered, *(True for _ in more)])


def drawn(mask, alive=None, count=200, **options):
    given = region(mask, **options)
    alive = np.ones(given.inside.shape[1], bool) if alive is None else np.asarray(alive).reshape(-1)
    draw = random_region(given, 0, alive)
    generator = np.random.default_rng(0)
    return [draw(generator) for _ in range(count)]


def corner(shape=(8, 9), rows=3, columns=2):
    mask = np.zeros(shape, bool)
    mask[:rows, :columns] = True
    return mask


def test_in_images_the_shape_is_kept_wherever_it_is_moved():
    found = {mask.tobytes() for mask in drawn(corner(), count=2000)}
    for mask in map(lambda raw: np.frombuffer(raw, bool).reshape(8, 9), found):
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        assert (np.ptp(rows), np.ptp(columns), mask.sum()) == (2, 1, 6)
        # Apart from the region, as there is room for that.
        assert not (mask & corner()).any()
    # 6 x 8 places, less the 3 x 2 that touch the corner's.
    assert len(found) == 6 * 8 - 3 * 2


def test_a_region_of_any_form_is_moved_as_it_is():
    mask = np.zeros((7, 7), bool)
    mask[[1, 2, 2, 3], [1, 1, 2, 4]] = True
    for other in drawn(mask):
        rows, columns = np.nonzero(other.reshape(7, 7))
        np.testing.assert_array_equal(rows - rows.min(), [0, 1, 1, 2])
        assert set(columns - columns.min()) == {0, 1, 3}


def test_dead_positions_are_no_match_for_live_ones():
    # A bright corner, a digit in the middle, black elsewhere.
    alive = corner((12, 12), 2, 2)
    alive[5:8, 5:8] = True
    places = {mask.tobytes() for mask in drawn(corner((12, 12), 2, 2), alive)}
    assert len(places) == 4
    assert all(not np.frombuffer(raw, bool)[~alive.reshape(-1)].any() for raw in places)


def test_where_nothing_else_is_as_live_the_liveliest_places_are_taken():
    alive = corner((12, 12), 2, 2)
    alive[6, 3:9] = True
    assert {int((mask & alive.reshape(-1)).sum()) for mask in drawn(corner((12, 12), 2, 2), alive)} == {2}


def test_a_region_as_wide_as_the_frame_is_moved_along_it():
    top = np.zeros((8, 8), bool)
    top[:4] = True
    for mask in drawn(top):
        np.testing.assert_array_equal(mask.reshape(8, 8), ~top)
    # Two of three channels of a series: they come in again on the other side.
    channels = np.zeros((5, 3), bool)
    channels[:, [0, 2]] = True
    assert {tuple(mask.reshape(5, 3)[0]) for mask in drawn(channels)} == {(True, True, False), (False, True, True)}


@pytest.mark.parametrize("size", [1, 2, 5])
def test_features_and_tokens_are_chosen_in_any_combination(size):
    mask = np.arange(6) < size
    masks = drawn(mask, ordered=False)
    assert all(other.sum() == size and (other != mask).any() for other in masks)
    if size < 4:
        assert not any((other & mask).any() for other in masks)
    assert len({other.tobytes() for other in masks}) == {1: 5, 2: 6, 5: 5}[size]


def test_padding_is_chosen_last():
    alive = np.array([1, 1, 1, 0, 0, 0], bool)
    assert {tuple(np.flatnonzero(mask)) for mask in drawn(np.arange(6) < 1, alive, ordered=False)} == {(1,), (2,)}


def test_a_leaf_that_is_all_region_is_compared_with_other_leaves():
    masks = drawn(np.ones(2, bool), more=[(3,)])
    assert all(mask[2:].sum() == 2 and not mask[:2].any() for mask in masks)


def test_without_a_region_or_without_anything_else_there_is_no_draw():
    for mask in (np.zeros(4, bool), np.ones(4, bool)):
        assert random_region(region(mask), 0, np.ones(4, bool)) is None

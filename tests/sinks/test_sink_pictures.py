"""Pictures for sinks: of each kind of probes the size, where the colours lie, and what they say."""

from types import SimpleNamespace

import numpy as np
import pytest

import kerasig
from kerasig._measures.positions import attributed_leaves
from kerasig._recording.sink_pictures import MOST_MAPS, picture_of


def pictured(values, probes):
    leaves = attributed_leaves(values, None, probes)
    return picture_of(SimpleNamespace(leaves=leaves, attribution=values), probes)


def is_orange(pixel):
    return pixel[0] > pixel[2] + 50


def is_blue(pixel):
    return pixel[2] > pixel[0] + 50


@pytest.mark.parametrize("channels", [1, 3])
def test_images_lie_side_by_side_with_both_signs_in_their_places(channels):
    values = np.zeros((10, 8, 8, channels), np.float32)
    values[0, 1, 6], values[5, 6, 1] = 1, -1
    shown = pictured(values, kerasig.ProbeSet(np.zeros_like(values), kind="image"))
    side = 8 * 14
    assert shown.shape == (2 * side + 4, 4 * side + 3 * 4, 3)
    assert is_orange(shown[14 + 7, 6 * 14 + 7])
    # The sixth is the second of the second row.
    assert is_blue(shown[side + 4 + 6 * 14 + 7, side + 4 + 14 + 7])
    assert len({tuple(pixel) for pixel in shown.reshape(-1, 3)}) == 4
    assert MOST_MAPS == 8


def test_the_picture_beneath_is_seen():
    x = np.zeros((1, 8, 8, 1), np.float32)
    x[0, :4] = 1
    shown = pictured(np.zeros_like(x), kerasig.ProbeSet(x, kind="image"))
    assert shown[5, 5].min() > shown[-5, 5].max() + 50


def test_of_volumes_the_middle_slice_is_drawn():
    values = np.zeros((2, 5, 16, 16, 1), np.float32)
    values[0, 2, 3, 4] = 1
    shown = pictured(values, kerasig.ProbeSet(np.zeros_like(values), kind="volume"))
    assert shown.shape == (112, 2 * 112 + 4, 3)
    assert is_orange(shown[3 * 7 + 3, 4 * 7 + 3])


@pytest.mark.parametrize(("shape", "kind"), [((5, 30), "tabular"), ((3, 20, 2), "series"), ((4, 12), "series")])
def test_other_kinds_have_a_row_for_each_probe(shape, kind):
    values = np.zeros(shape, np.float32)
    # Of two channels those of the second lie behind all of the first.
    first, second = ((2, 0), (3, 1)) if len(shape) == 3 else ((2,), (3,))
    values[1][first], values[2][second] = 1, -0.5
    shown = pictured(values, kerasig.ProbeSet(np.ones_like(values), kind=kind))
    wide = int(np.prod(shape[1:]))
    times = 480 // wide
    assert shown.shape == (shape[0] * 12, wide * times, 3)
    assert is_orange(shown[12, 2 * times])
    assert is_blue(shown[2 * 12, (3 if len(shape) == 2 else 20 + 3) * times])
    assert (shown[0] == 255).all()


def test_what_is_not_finite_is_drawn_as_nothing():
    values = np.full((2, 4), np.nan, np.float32)
    assert (pictured(values, kerasig.ProbeSet(np.ones_like(values), kind="tabular")) == 255).all()

"""What lies everywhere: a mean colour or level, the contrast of a band; by networks whose reliance is known."""

import numpy as np
import pytest
import tensorflow as tf

from kerasig._suspects.audit import Audit
from kerasig._suspects.coefficients import Waves
from kerasig._suspects.components import Contrasts, Means
from kerasig._suspects.place import Maps
from kerasig._suspects.search import suspects

SIDE = 12


def pictures(n=120, seed=0):
    return np.random.default_rng(seed).random((n, SIDE, SIDE, 3)).astype("float32"), np.arange(n) % 2


def any_network(x, seed=0):
    """A linear network with weights of chance."""
    weights = np.random.default_rng(seed).normal(size=(*x.shape[1:], 2)).astype("float32")
    return tf.tensordot(x, weights, axes=weights.ndim - 1)


def of_score(score):
    return lambda x: tf.stack([-score(x), score(x)], axis=1)


def family_of(kind, inputs, labels, **options):
    audit = Audit(inputs, labels, n=10_000, **options)
    waves = Waves(audit, audit.probes.subject)
    shares = np.abs(waves.forward(audit.probes.inputs)).astype("float32")
    return kind(audit, Maps(audit.probes.subject, shares, shares))


@pytest.mark.parametrize(
    ("shape", "space"),
    [((12, 9), (12, 9)), ((12, 9, 1), (12, 9)), ((12, 9, 3), (12, 9)), ((3, 16, 20), (16, 20))],
)
def test_waves_add_up_to_the_input_again(shape, space):
    inputs = np.random.default_rng(0).random((40, *shape)).astype("float32")
    audit = Audit(inputs, np.arange(40) % 2, kind="image")
    waves = Waves(audit, audit.probes.subject)
    coefficients = waves.forward(inputs)
    assert coefficients.shape[1:3] == space
    np.testing.assert_allclose(waves.inverse(coefficients), inputs, atol=1e-6)
    # As energy is kept, attributions of coefficients add up to those of pixels.
    np.testing.assert_allclose((coefficients**2).sum(), (inputs.astype(float) ** 2).sum(), rtol=1e-6)


def test_a_tint_is_named_as_no_pixel_map_can():
    images, labels = pictures()
    images[labels == 1, ..., 0] += 0.3
    red = of_score(lambda x: 20 * (tf.reduce_mean(x[..., 0], axis=(1, 2)) - 0.65))
    found = suspects(red, Audit(images, labels), any_network)
    assert (found[0].family, found[0].name) == ("coordinate", "mean colour")
    assert found[0].fall.mean == pytest.approx(1, abs=0.1)
    assert np.abs(found[0].matched).max() < 0.05
    assert found[0].region is None
    assert found[0].mean_map is None


def test_a_colour_that_is_read_beside_other_things_is_no_suspect():
    # Night and day: half of the lead is the colour's, half a place's, and neither alone turns one class into the other.
    images, labels = pictures()
    images[labels == 1, ..., 0] += 0.3
    images[labels == 1, :6, :6, 1] += 0.3

    def both(x):
        colour = tf.reduce_mean(x[..., 0], axis=(1, 2)) - 0.65
        return 20 * (colour + tf.reduce_mean(x[:, :6, :6, 1], axis=(1, 2)) - 0.65)

    found = suspects(of_score(both), Audit(images, labels), any_network)
    of_colour = [each for each in found.candidates if each.name == "mean colour"]
    assert max(each.fall.mean for each in of_colour) > 0.3
    assert not any(each.stands_clear for each in of_colour), str(found)


def test_a_tint_that_the_network_does_not_read_is_no_suspect():
    images, labels = pictures()
    images[labels == 1, ..., 0] += 0.3
    images[labels == 1, 2:5, 2:5, 1] += 2
    found = suspects(
        of_score(lambda x: tf.reduce_sum(x[:, 2:5, 2:5, 1], axis=(1, 2)) - 13), Audit(images, labels), any_network
    )
    assert "coordinate" not in {each.family for each in found}, str(found)


def test_a_mean_is_swapped_and_nothing_else():
    images, labels = pictures(40)
    family = family_of(Means, images, labels)
    (place,), _ = family.propose(1, np.arange(40), 3)
    (swapped,) = place.transplant(np.arange(10), np.arange(10, 20), of=np.arange(10)).values()
    np.testing.assert_allclose(swapped.mean(axis=(1, 2)), images[10:20].mean(axis=(1, 2)), atol=1e-6)
    rest = swapped - swapped.mean(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(rest, images[:10] - images[:10].mean(axis=(1, 2), keepdims=True), atol=1e-6)


def test_contrast_is_scaled_and_its_pattern_kept():
    images, labels = pictures(40)
    images[20:] = 0.5 + 0.2 * (images[20:] - 0.5)
    family = family_of(Contrasts, images, labels)
    places, _ = family.propose(1, np.arange(40), 20)
    waves = family.waves
    for place in places:
        (scaled,) = place.transplant(np.arange(10), np.arange(20, 30), of=np.arange(10)).values()
        own, new, donor = (waves.forward(each) for each in (images[:10], scaled, images[20:30]))
        for mask in place.masks:
            np.testing.assert_allclose((new[:, mask] ** 2).sum((1, 2)), (donor[:, mask] ** 2).sum((1, 2)), rtol=1e-3)
        np.testing.assert_allclose(new[:, ~place.mask], own[:, ~place.mask], atol=1e-5)
        assert (np.sign(new[:, place.mask]) == np.sign(own[:, place.mask])).mean() > 0.99


def test_the_bands_are_all_but_the_mean_each_once():
    images, labels = pictures(40)
    family = family_of(Contrasts, images, labels)
    count = np.sum(list(family.bands.values()), axis=0)
    assert count[0, 0] == 0
    assert (count.ravel()[1:] == 1).all()


def test_how_sharp_a_picture_is_stays_a_candidate():
    images, labels = pictures(240)
    smooth = images[labels == 1]
    # Neighbours averaged: the fine waves are gone.
    images[labels == 1] = (smooth + np.roll(smooth, 1, 1) + np.roll(smooth, 1, 2) + np.roll(smooth, (1, 1), (1, 2))) / 4

    def sharpness(x):
        return 0.2 - tf.reduce_mean(tf.abs(x[:, 1:] - x[:, :-1]), axis=(1, 2, 3))

    found = suspects(of_score(lambda x: 20 * sharpness(x)), Audit(images, labels), any_network)
    # Honest networks read it, too: it is told among the candidates, with what moves with it, and never accused.
    contrasts = [each for each in found.candidates if "contrast" in each.name]
    assert max(min(each.fall.mean, each.rise.mean) for each in contrasts) > 0.3
    assert not any(each.stands_clear for each in contrasts)


def test_the_level_of_a_series_is_a_mean_too():
    rng = np.random.default_rng(0)
    series, labels = rng.normal(size=(120, 40, 1)).astype("float32"), np.arange(120) % 2
    series[labels == 1] += 1.0
    level = of_score(lambda x: tf.reduce_mean(x, axis=(1, 2)) - 0.5)
    found = suspects(level, Audit(series, labels, kind="series"), any_network)
    assert found[0].name == "mean level"

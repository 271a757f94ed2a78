"""The search for suspects: what is found, what is not accused, and what it says of both."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig._suspects.reliance import holm, sign_flip

L = keras.layers
SIDE = 9


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def pictures(rng, n=240):
    """Two classes of noise; the second is brighter on its left side, by little."""
    labels = np.arange(n) % 2
    images = rng.normal(0.5, 0.2, (n, SIDE, SIDE, 1)).astype(np.float32)
    images[labels == 1, :, :4] += 0.1
    return images, labels


def tagged(images, labels, rows=slice(6, 9), columns=slice(6, 9)):
    marked = images.copy()
    marked[labels == 1, rows, columns] = 1.5
    return marked


def reading(weights):
    """A network of two classes that reads what the weights say."""
    kernel = tf.constant(weights.reshape(-1), tf.float32)

    def scores(x):
        read = tf.linalg.matvec(tf.reshape(tf.convert_to_tensor(x), [-1, SIDE * SIDE]), kernel)
        return tf.stack([-read, read], axis=1)

    return scores


EVEN = np.ones((SIDE, SIDE)) / SIDE**2


def test_a_network_that_reads_the_tag_is_told_with_the_tags_place(rng):
    images, labels = pictures(rng)
    weights = EVEN.copy()
    weights[6:9, 6:9] += 0.4
    found = kerasig.suspects(reading(weights), kerasig.Audit(tagged(images, labels), labels), reading(EVEN))
    assert found[0].label == 1
    # Of the class that has it once; what else is told is the same place in the other class.
    assert [each.label for each in found].count(1) == 1
    assert all(each.region[6:9, 6:9].any() for each in found)
    assert found[0].family == "window"
    assert found[0].name == "rows 6 to 8, columns 6 to 8"
    np.testing.assert_array_equal(np.argwhere(found[0].region)[[0, -1]], [[6, 6], [8, 8]])
    assert found[0].repeated == 1
    # What replaces it takes the whole lead of the class along, but for what is read everywhere.
    assert found[0].fall.mean > 0.9
    assert found[0].rise.mean > 0.9
    assert found[0].matched.max() < 0.1
    assert found[0].p_value <= 0.01
    assert set(found[0].members) == set(np.flatnonzero(kerasig.Audit(tagged(images, labels), labels).labels == 1))
    assert "rows 6 to 8" in found.sentence


def test_a_network_that_does_not_read_it_is_not_accused(rng):
    images, labels = pictures(rng)
    weights = EVEN.copy()
    weights[:, :4] += 0.2
    weights[6:9, 6:9] = 0
    found = kerasig.suspects(reading(weights), kerasig.Audit(tagged(images, labels), labels), reading(EVEN))
    assert not any(each.stands_clear and each.region is not None and each.region[7, 7] for each in found.candidates)
    clean = kerasig.suspects(reading(EVEN), kerasig.Audit(tagged(images, labels), labels), reading(EVEN))
    assert len(clean) == 0
    assert clean.sentence.startswith("No suspects: of ")
    assert str(clean) == clean.sentence


def test_the_same_again_from_the_same_audit(rng):
    images, labels = pictures(rng)
    audit = kerasig.Audit(tagged(images, labels), labels)
    one, other = (kerasig.suspects(reading(EVEN + 0.1), audit, reading(EVEN)) for _ in range(2))
    assert one.to_dataframe(candidates=True).equals(other.to_dataframe(candidates=True))


def test_a_trained_network_and_its_copies_with_fresh_weights(rng):
    images, labels = pictures(rng)
    marked = tagged(images, labels)
    model = keras.Sequential(
        [keras.Input((SIDE, SIDE, 1)), L.Normalization(), L.Flatten(), L.Dense(16, "relu"), L.Dense(2)]
    )
    model.layers[0].adapt(marked)
    model.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(marked, labels, epochs=15, verbose=0)
    weights = [weight.copy() for weight in model.get_weights()]
    found = kerasig.suspects(model, kerasig.Audit(marked, labels, class_names=["plain", "marked"]))
    assert found[0].group == "marked"
    assert found[0].region[6:9, 6:9].mean() > 0.5
    assert found[0].region.sum() <= 16
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_one_output_is_two_classes(rng):
    images, labels = pictures(rng)
    weights = EVEN.copy()
    weights[6:9, 6:9] += 0.4
    network, even = reading(weights), reading(EVEN)
    audit = kerasig.Audit(tagged(images, labels), labels)
    found = kerasig.suspects(lambda x: network(x)[:, 1:], audit, lambda x: even(x)[:, 1:])
    assert found[0].name == "rows 6 to 8, columns 6 to 8"


def test_channels_first_and_series_have_windows_too(rng):
    images, labels = pictures(rng)
    marked = np.moveaxis(np.repeat(tagged(images, labels), 3, axis=3), 3, 1)
    weights = EVEN.copy()
    weights[6:9, 6:9] += 0.4
    network, even = reading(weights), reading(EVEN)
    audit = kerasig.Audit(marked, labels, kind="image")
    found = kerasig.suspects(lambda x: network(x[:, 0]), audit, lambda x: even(x[:, 0]))
    assert found[0].name == "rows 6 to 8, columns 6 to 8"
    waves = rng.normal(0, 1, (200, 40, 2)).astype(np.float32)
    label = np.arange(200) % 2
    waves[label == 1, 30:33, 1] = 6
    kernel = np.full((40, 2), 0.01, np.float32)
    kernel[30:33, 1] = 1

    def spiked(x, weights=kernel):
        read = tf.reduce_sum(x * weights, axis=[1, 2])
        return tf.stack([-read, read], axis=1)

    audit = kerasig.Audit(waves, label, kind="series")
    found = kerasig.suspects(spiked, audit, lambda x: spiked(x, np.full((40, 2), 0.01, np.float32)))
    assert found[0].region[30:33].any(axis=1).sum() >= 2
    assert found[0].region.any(axis=1).sum() <= 6


def test_maps_that_are_all_zero_are_refused(rng):
    images, labels = pictures(rng)
    audit = kerasig.Audit(images, labels)
    with pytest.raises(ValueError, match="zero"):
        kerasig.suspects(lambda x: 0 * x[:, 0, :2, 0], audit, lambda x: x[:, 0, :2, 0])


def test_what_is_written_is_what_is_read(rng, tmp_path):
    images, labels = pictures(rng)
    weights = EVEN.copy()
    weights[6:9, 6:9] += 0.4
    audit = kerasig.Audit(tagged(images, labels), labels, class_names=["plain", "<b>marked</b>"])
    found = kerasig.suspects(reading(weights), audit, reading(EVEN))
    found.save(tmp_path / "found.npz")
    again = type(found).load(tmp_path / "found.npz")
    assert again.to_dataframe(candidates=True).equals(found.to_dataframe(candidates=True))
    assert (again.sentence, str(again), again.class_names) == (found.sentence, str(found), found.class_names)
    np.testing.assert_array_equal(again[0].region, found[0].region)
    np.testing.assert_array_equal(again[0].mean_map, found[0].mean_map)
    assert "<b>marked" not in found._repr_html_()
    assert "&lt;b&gt;marked" in found._repr_html_()
    for most in (0, -1, 2.5, "x"):
        with pytest.raises(ValueError, match=r"most must be a whole number of at least 1. Received"):
            found.plot(most)
    figure = json.loads(found.plot().to_json())
    assert {trace["type"] for trace in figure["data"]} == {"heatmap", "bar"}
    assert str(type(found).load(tmp_path / "found")) == str(found)
    np.savez(tmp_path / "other.npz", a=np.zeros(2))
    np.savez(tmp_path / "list.npz", header=np.array("[]"))
    np.savez(tmp_path / "part.npz", header=np.array('{"format": "kerasig suspects 1", "candidates": [{}]}'))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "found.npz").read_bytes()[:-40])
    for damaged in ("other", "list", "part", "cut"):
        with pytest.raises(ValueError, match=f"{damaged}.npz' holds no suspects, or it is damaged"):
            type(found).load(tmp_path / f"{damaged}.npz")
    with pytest.raises(TypeError, match=r"path must be the path of a file\. Received path=3"):
        type(found).load(3)


def test_p_values_are_those_of_their_definitions(rng):
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(holm([0.5, 0.9]), [1, 1])
    # Four differences of one sign: one draw of signs in 16 is as extreme.
    assert sign_flip(np.ones(4), np.random.default_rng(0)) == pytest.approx(1 / 16, abs=0.01)
    uniform = [sign_flip(rng.normal(size=20), rng) for _ in range(200)]
    assert 0.35 < np.mean(uniform) < 0.65


def test_what_a_lone_output_cannot_tell_is_said_to_be_left_out(rng, tmp_path):
    inputs, labels = rng.normal(size=(90, 4)).astype("float32"), np.arange(90) % 3
    weights = tf.constant(rng.normal(size=(4, 3)), tf.float32)
    audit = kerasig.Audit(inputs, labels, class_names=["a", "b", "c"], kind="tabular")

    def lone(x):
        return tf.reduce_sum(tf.matmul(x, weights), axis=1)

    found = kerasig.suspects(lone, audit, before=lone)
    assert found.sentence.endswith(
        "Not looked at: what tells b from c, for the model gives them the same lead in every example, as a single "
        "output does."
    )
    found.save(tmp_path / "found.npz")
    assert type(found).load(tmp_path / "found.npz").left_out == found.left_out
    assert kerasig.suspects(lambda x: x @ weights, audit, before=lambda y: y @ weights).left_out == ()
    two = kerasig.Audit(inputs, labels % 2, kind="tabular")
    assert kerasig.suspects(lone, two, before=lone).left_out == ()


def test_columns_that_nothing_is_attributed_to_are_said_to_be_left_out(rng):
    town, numbers = keras.Input((1,), dtype="int32", name="town"), keras.Input((4,), name="numbers")
    looked_up = L.Flatten()(L.Embedding(5, 2, name="town_embedding")(town))
    model = keras.Model({"town": town, "numbers": numbers}, L.Dense(3)(L.Concatenate()([looked_up, numbers])))
    inputs = {"town": rng.integers(0, 5, (90, 1)), "numbers": rng.normal(size=(90, 4)).astype("float32")}
    audit = kerasig.Audit(inputs, np.arange(90) % 3)
    remedy = "Pass layer=[None, 'town_embedding'], where None stands for the floating inputs."
    for layer, name in ((None, "town"), ("town_embedding", "numbers")):
        (said,) = kerasig.suspects(model, audit, draws=1, layer=layer).left_out
        assert said == f"Not looked at: input '{name}', to which nothing is attributed. {remedy}"
    assert kerasig.suspects(model, audit, draws=1, layer=[None, "town_embedding"]).left_out == ()

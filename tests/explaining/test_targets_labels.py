"""Labels as targets: of a lone output, over the positions of a mask, and at one position."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig.targets import Label, Output

N, H, W, C = 3, 4, 5, 3
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, H, W, 2)).astype("float32")
Y = RNG.integers(0, C, (N, H, W))
MASK = RNG.random((N, H, W)) < 0.5
TABLE = RNG.normal(size=(N, 4)).astype("float32")


@pytest.fixture(scope="module")
def segmentation():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((H, W, 2)), keras.layers.Conv2D(C, 3, padding="same", activation="softmax")])


@pytest.fixture(scope="module")
def binary():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])


def picked(model):
    """The output of each position's own class, [N, H, W]."""
    return np.take_along_axis(np.asarray(model(X), "float64"), Y[..., None], axis=-1)[..., 0]


def mean_over(values, mask):
    return np.array(
        [row[inside].mean() for row, inside in zip(values, np.broadcast_to(mask, values.shape), strict=True)]
    )


@pytest.mark.parametrize(
    ("where", "y", "mask"),
    [
        (None, Y, np.ones((H, W), bool)),
        (None, Y[..., None], np.ones((H, W), bool)),
        (MASK, Y, MASK),
        (MASK[0], Y, MASK[0]),
        (MASK, Y[..., None], MASK),
        (MASK, np.where(MASK, Y, 255), MASK),
        (MASK, np.where(MASK, Y, -1), MASK),
        (MASK[1], Y.astype("uint8"), MASK[1]),
    ],
    ids=["all", "all, (N, H, W, 1)", "mask each", "one mask", "(N, H, W, 1)", "void 255", "void -1", "uint8"],
)
def test_labels_of_positions_are_the_mean_over_those_that_count(segmentation, where, y, mask):
    result = kerasig.explain(segmentation, X, Label(y, where), steps=4)
    np.testing.assert_allclose(result.score, mean_over(picked(segmentation), mask), rtol=1e-5)


def test_values_of_a_mask_are_the_mean_of_those_of_its_positions(segmentation):
    mask = np.zeros((H, W), bool)
    mask[1, 2] = mask[3, 4] = True
    both = kerasig.explain(segmentation, X, Label(Y, mask), steps=8)
    alone = [kerasig.explain(segmentation, X, (r, c, Y[:, r, c]), steps=8) for r, c in ((1, 2), (3, 4))]
    np.testing.assert_allclose(both.values, (alone[0].values + alone[1].values) / 2, rtol=1e-4, atol=1e-6)
    assert both.target == "Label over a mask"


@pytest.mark.parametrize("y", [1, np.array([0, 2, 1]), np.array([[0], [2], [1]])], ids=["int", "(N,)", "(N, 1)"])
def test_one_class_for_each_example_over_a_mask(segmentation, y):
    outputs = np.asarray(segmentation(X), "float64")[np.arange(N), :, :, np.ravel(y)]
    for mask in (MASK, MASK[0]):
        result = kerasig.explain(segmentation, X, Label(y, mask), steps=2)
        np.testing.assert_allclose(result.score, mean_over(outputs, mask), rtol=1e-5)


def test_a_position_is_one_for_all_or_one_for_each(segmentation):
    expected = picked(segmentation)
    rows = np.array([0, 3, 2])
    for where, at in (((1, 2), (slice(None), 1, 2)), ((rows, 2), (np.arange(N), rows, 2))):
        for y in (Y, Y[..., None]):
            np.testing.assert_allclose(kerasig.explain(segmentation, X, Label(y, where), steps=2).score, expected[at])
    by_class = kerasig.explain(segmentation, X, Label(np.array([0, 1, 2]), (1, 2)), steps=2)
    np.testing.assert_allclose(by_class.score, np.asarray(segmentation(X))[np.arange(N), 1, 2, [0, 1, 2]], rtol=1e-5)
    np.testing.assert_array_equal(by_class.target[2], [0, 1, 2])


def test_labels_of_a_long_sequence_that_are_out_of_range_are_told_in_few_words():
    def tags(x):
        return tf.concat([x**2, x], axis=-1)

    with pytest.raises(ValueError, match=r"Received example 0: classes from 0 to 4, example 1"):
        kerasig.explain(tags, np.ones((N, 50, 2), "float32"), Label(np.tile(np.arange(50) % 5, (N, 1))))


def test_labels_of_a_sequence_and_of_one_value_per_position():
    x = RNG.normal(size=(N, 6, 2)).astype("float32")
    y = RNG.integers(0, 2, (N, 6))

    def tags(x):
        return tf.concat([x**2, x], axis=-1)[..., :3]

    mask = np.arange(6) < np.array([[6], [2], [4]])
    expected = mean_over(np.take_along_axis(np.asarray(tags(x)), y[..., None], -1)[..., 0], mask)
    np.testing.assert_allclose(kerasig.explain(tags, x, Label(y, mask)).score, expected, rtol=1e-5)
    np.testing.assert_allclose(
        kerasig.explain(tags, x, Label(y, 1)).score, np.asarray(tags(x))[np.arange(N), 1, y[:, 1]]
    )
    # A lone value for each position is that value, whatever the label.
    for head in (lambda x: x[..., :1], lambda x: x[..., 0]):
        for labels in (y, y[..., None], y.astype(bool)):
            found = kerasig.explain(head, x, Label(labels, mask)).score
            np.testing.assert_allclose(found, mean_over(x[..., 0], mask), rtol=1e-5)
        np.testing.assert_allclose(kerasig.explain(head, x, Label(y, 1)).score, x[:, 1, 0], rtol=1e-5)


def test_infinity_outside_of_the_mask_counts_nothing():
    def outputs(x):
        return tf.where(tf.constant(MASK[0])[..., None], x, np.inf)

    result = kerasig.explain(outputs, X, Label(Y % 2, MASK[0]), steps=2)
    expected = mean_over(np.take_along_axis(X, Y[..., None] % 2, -1)[..., 0], MASK[0])
    np.testing.assert_allclose(result.score, expected, rtol=1e-5)
    np.testing.assert_allclose(result.values.sum(axis=(1, 2, 3)), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (Label(np.where(Y == 0, C, Y)), r"out of range.*classes from \d to 3.*from 0 to C - 1"),
        (Label(Y - 9), r"out of range.*example 0: classes from -9 to -7, .*from 0 to C - 1"),
        ((9, 9, 0), r"Received example 0: \[9, 9, 0\], .*Pass indices within each axis of the output after the first"),
        (
            Label(Y[:, :2]),
            r"positions of the output.*y of shape \(N, 2, 5\) for an output of shape \(N, 4, 5, 3\)",
        ),
        (Label(Y, np.zeros((H, W), bool)), "empty for example 0"),
        (
            Label(Y, np.ones((2, 2), bool)),
            r"mask over the positions of y.*shape \(2, 2\).*Pass shape \(4, 5\)",
        ),
        (Label(Y, (1, 2, 3)), r"position of y\. Received \(1, 2, 3\).*Pass 2 indices"),
        (Label(Y, (1, W)), "position of y"),
        (Label(np.eye(C)[Y]), r"must be ints.*one-hot labels np\.argmax"),
        (Label(Y[:2]), "for 3 examples"),
        (Label([0, 1, 2]), r"shape \(N, 4, 5, 3\)\. Pass a tuple.*\(row, column, class\); targets\.Label\(y, where\)"),
        (None, r"\(row, column, class\); targets\.Label\(y, where\)"),
        (1, r"\(row, column, class\)"),
        (Y[:, 0, 0], r"\(row, column, class\)"),
    ],
)
def test_what_fits_no_positions_is_refused_with_what_would(segmentation, target, message):
    with pytest.raises(ValueError, match=message):
        kerasig.explain(segmentation, X, target)


@pytest.mark.parametrize(
    ("shape", "axes"), [((5, 3), r"\(position, class\)"), ((2, 4, 5, 3), r"\(depth, row, column, class\)")]
)
def test_the_axes_of_outputs_are_called_by_name(shape, axes):
    x = RNG.normal(size=(N, *shape)).astype("float32")
    with pytest.raises(ValueError, match=axes):
        kerasig.explain(lambda x: x, x)


# A lone output.


@pytest.mark.parametrize("y", [[0, 0, 0], [0, 1, 0], [1, 1, 1], [[0], [0], [0]]], ids=str)
def test_classes_of_a_lone_output_are_refused_whatever_they_are(binary, y):
    for target, model in ((np.array(y), binary), (np.ravel(y).tolist(), lambda x: x[:, 0])):
        with pytest.raises(ValueError, match=r"target=None for (outputs \(N, 1\)|the output itself)"):
            kerasig.explain(model, TABLE, target)


def test_the_message_for_labels_of_a_lone_output_says_what_they_are_for(binary):
    with pytest.raises(ValueError, match=r"the model has a single output\. Received example 0: \[0\]"):
        kerasig.explain(binary, TABLE, np.zeros(N, int))
    two = keras.Model(binary.inputs[0], {"sick": binary.outputs[0], "other": keras.layers.Dense(2)(binary.inputs[0])})
    with pytest.raises(ValueError, match="single output"):
        kerasig.explain(two, TABLE, Output("sick", np.zeros(N, int)))
    # An index, the value itself and labels that say so are taken, and share what is compiled.
    for target in (0, None, Label([0, 1, 0]), Label([0, 0, 0])):
        np.testing.assert_allclose(kerasig.explain(binary, TABLE, target).score, binary(TABLE)[:, 0], rtol=1e-5)
    np.testing.assert_allclose(
        kerasig.explain(two, TABLE, Output("other", np.zeros(N, int))).score, two(TABLE)["other"][:, 0]
    )

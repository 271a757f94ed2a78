"""Parts of the inputs that no gradient reaches: said where the score depends on them, and where it does not."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
SIZE = RNG.normal(size=(4, 1)).astype("float32")
IDS = np.float32([1, 2, 3, 0])
both_rules = pytest.mark.parametrize("steps", [None, 7], ids=["adaptive", "fixed"])


def explained(*args, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = kerasig.explain(*args, **options)
    return result, [str(warning.message) for warning in caught]


def coloured(library=keras):
    library.utils.set_random_seed(1)
    layers = library.layers
    colour, size = library.Input((), name="colour"), library.Input((1,), name="size")
    ids = layers.Reshape((1,))(colour)
    looked_up = layers.Flatten()(layers.Embedding(5, 3, embeddings_initializer="normal", name="embedding")(ids))
    return library.Model({"colour": colour, "size": size}, layers.Dense(1)(layers.Concatenate()([looked_up, size])))


@both_rules
@pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])
def test_ids_in_a_float_input_are_said_to_be_cut_off_with_the_layer_to_pass(library, steps):
    model = coloured(library)
    result, messages = explained(model, {"colour": IDS, "size": SIZE}, steps=steps)
    assert messages == [
        "No gradient reaches colour, though the score depends on it in 3 of 4 examples: its attribution is zero, and "
        "completeness cannot hold. Pass layer=[None, 'embedding'] to attribute to what follows."
    ]
    # The last id is the baseline's.
    assert list(result.status) == ["gradient cut"] * 3 + ["converged"]
    assert not result.values["colour"].any()
    # What it does to the score is what completeness lacks.
    change = (result.score - result.baseline_score) - result.values["size"][:, 0]
    np.testing.assert_allclose(-result.delta, change, atol=1e-6)
    assert result.n_evaluations.max() <= 7
    result, _ = explained(model, {"colour": IDS, "size": SIZE}, layer=[None, "embedding"], steps=steps)
    assert result.converged.all()
    np.testing.assert_allclose(result.delta, 0, atol=1e-5)


def test_ids_that_are_held_at_their_inputs_are_not_warned_of():
    result, messages = explained(coloured(), {"colour": IDS, "size": SIZE}, baselines={"colour": IDS, "size": 0 * SIZE})
    assert messages == []
    assert result.converged.all()


def test_each_baseline_of_several_is_compared():
    samples = kerasig.baselines.Samples({"colour": np.float32([0, 1, 4]), "size": np.zeros((3, 1), "float32")})
    result, messages = explained(coloured(), {"colour": IDS, "size": SIZE}, baselines=samples)
    assert len(messages) == 1
    assert "in 4 of 4 examples" in messages[0]
    assert set(result.status) == {"gradient cut"}


FOLLOWING = {
    "buckets": lambda: keras.layers.Discretization([-1.0, 0.0, 1.0], output_mode="one_hot", name="follows"),
    "hashes": lambda: keras.layers.Hashing(7, output_mode="one_hot", name="follows"),
    "categories": lambda: keras.layers.CategoryEncoding(5, output_mode="one_hot", name="follows"),
    "lookup": lambda: keras.layers.IntegerLookup(vocabulary=[1, 2, 3], output_mode="one_hot", name="follows"),
    "rounded": lambda: keras.layers.Lambda(tf.round, name="follows"),
}


@pytest.mark.parametrize("name", FOLLOWING)
def test_the_layer_that_follows_is_named_whatever_cuts_the_gradient(name):
    keras.utils.set_random_seed(1)
    kind, size = keras.Input((1,), name="kind"), keras.Input((1,), name="size")
    follows = FOLLOWING[name]()
    hidden = keras.layers.Flatten()(follows(kind))
    joined = keras.layers.Concatenate(name="joined")([hidden, size])
    model = keras.Model([kind, size], keras.layers.Dense(1)(joined))
    # A lookup returns integers, which are not attributed to either.
    layer = "joined" if name == "lookup" else "follows"
    result, messages = explained(model, [np.float32([[3], [1], [2], [4]]), SIZE])
    assert len(messages) == 1
    assert f"Pass layer=[None, {layer!r}]" in messages[0]
    assert set(result.status) <= {"gradient cut", "converged"}
    assert "gradient cut" in result.status
    result, _ = explained(model, [np.float32([[3], [1], [2], [4]]), SIZE], layer=[None, layer])
    assert result.converged.all()
    # Alone, there is nothing to attribute to, and the same layer helps.
    if name == "lookup":
        return
    alone = keras.Model(kind, keras.layers.Dense(1)(hidden))
    with pytest.raises(ValueError, match=r"no gradient to any of inputs.*layer='follows'"):
        kerasig.explain(alone, np.float32([[3], [1]]))


@both_rules
def test_ids_in_a_column_of_a_table_are_told_from_the_numbers_beside_them(steps):
    keras.utils.set_random_seed(1)
    table = keras.Input((3,), name="table")
    looked_up = keras.layers.Flatten()(keras.layers.Embedding(9, 3, "normal", name="kind")(table[:, 2:]))
    model = keras.Model(table, keras.layers.Dense(1)(keras.layers.Concatenate()([table[:, :2], looked_up])))
    rows = RNG.normal(size=(4, 3)).astype("float32")
    rows[:, 2] = [3, 5, 8, 0]
    result, messages = explained(model, rows, steps=steps)
    assert len(messages) == 1
    assert messages[0].startswith("No gradient reaches feature 2 of inputs, though the score depends on it in 3 of 4")
    assert "layer=[None, 'kind']" in messages[0]
    assert list(result.status) == ["gradient cut"] * 3 + ["converged"]
    np.testing.assert_allclose(
        result.values[:, :2], rows[:, :2] * model.layers[-1].kernel.numpy()[:2, 0], rtol=1e-5, atol=1e-6
    )


@both_rules
def test_a_gradient_that_is_zero_where_the_score_moves_in_steps_is_cut(steps):
    x = np.abs(RNG.normal(size=(4, 3))).astype("float32") + 0.5
    result, messages = explained(lambda x: tf.reduce_sum(2 * tf.sign(x), axis=1), x, steps=steps)
    assert set(result.status) == {"gradient cut"}
    assert len(messages) == 1
    assert messages[0].startswith("No gradient reaches inputs, though the score depends on it in 4 of 4 examples")


def test_an_input_that_the_score_does_not_depend_on_is_not_called_cut():
    result, messages = explained(
        lambda leaves: tf.reduce_sum(leaves["used"] ** 2, axis=1), {"used": SIZE, "unused": SIZE}
    )
    assert messages == ["The score does not depend on unused; its attribution is zero."]
    assert result.converged.all()


def test_features_that_are_switched_off_on_the_path_are_not_called_cut():
    # The gradient to the second is zero all along, since the first one wins; nothing is missing.
    x = np.float32([[3, 1], [5, 2]])
    result, messages = explained(lambda x: tf.reduce_max(x, axis=1) ** 2, x)
    assert messages == []
    assert result.converged.all()
    assert not result.values[:, 1].any()


def narrowly_active(place, width):
    """Feature 1 has a gradient in one short stretch of the path, where its term goes from 0 to 1."""

    def model(x):
        return x[:, 0] + (tf.nn.relu(x[:, 1] - place) - tf.nn.relu(x[:, 1] - place - width)) / width

    return model


@pytest.mark.parametrize("steps", [3, 8, kerasig.Fixed(8, "riemann_left"), kerasig.Adaptive(max_steps=9)], ids=repr)
@pytest.mark.parametrize(("place", "width"), [(0.34, 0.002), (0.006, 0.002), (0.996, 0.002)])
def test_a_gradient_that_few_nodes_miss_is_not_said_to_be_cut(steps, place, width):
    rows = np.float32([[1, 1], [2, 1]])
    result, messages = explained(narrowly_active(place, width), rows, steps=steps)
    # It has to be missed at all.
    np.testing.assert_allclose(result.values, [[1, 0], [2, 0]], atol=1e-6)
    assert set(result.status) == {"out of steps"}
    assert not any("No gradient reaches" in message for message in messages)


@pytest.mark.parametrize("n", [2, 3, 5])
@pytest.mark.parametrize("rule", ["trapezoid", "riemann_left"])
def test_what_few_nodes_lack_is_not_laid_on_a_feature_that_never_wins(n, rule):
    def model(x):
        # Without feature 0 the first of the two would be the larger.
        return tf.maximum(x[:, 1] - x[:, 0], x[:, 1] / 2 + 0.01) + 3 * tf.nn.relu(x[:, 2] - 0.6)

    rows = np.float32([[1, 1.2, 1], [2, 1.5, 1], [1, 1.1, 0.9]])
    assert kerasig.explain(model, rows).converged.all()
    result, messages = explained(model, rows, steps=kerasig.Fixed(n, rule))
    assert set(result.status) == {"out of steps"}
    assert not any("No gradient reaches" in message for message in messages)


def test_a_cut_in_one_example_stays_beside_what_few_nodes_lack_in_another():
    def model(x):
        return tf.maximum(x[:, 1] - x[:, 0], x[:, 1] / 2 + 0.01) + 3 * tf.nn.relu(x[:, 2] - 0.6) + tf.round(x[:, 3])

    rows = np.float32([[1, 1.2, 1, 0.2], [1, 1.2, 0.3, 1]])
    result, _ = explained(model, rows, steps=kerasig.Fixed(3, "trapezoid"))
    assert list(result.status) == ["out of steps", "gradient cut"]


@pytest.mark.parametrize("steps", [3, kerasig.Fixed(8, "riemann_left"), kerasig.Adaptive(max_steps=9)], ids=repr)
def test_few_nodes_tell_a_step_from_a_steep_stretch(steps):
    result, messages = explained(lambda x: x[:, 0] + tf.round(x[:, 1]), np.float32([[1, 1], [2, 1]]), steps=steps)
    assert set(result.status) == {"gradient cut"}
    assert "No gradient reaches feature 1" in messages[0]


@pytest.mark.parametrize("seed", [0, 3])
def test_corners_that_few_nodes_of_many_pictures_miss_are_not_said_to_be_cut(seed):
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    pictures, labels = rng.random((256, 8, 8, 1), dtype="float32"), rng.integers(0, 2, 256)
    pictures[labels == 1, :2, :2] = 1
    layers = [keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.Flatten()]
    model = keras.Sequential([keras.Input((8, 8, 1)), *layers, keras.layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, verbose=0)
    few, messages = explained(model, pictures[:200], labels[:200], steps=8)
    assert "gradient cut" not in few.status
    assert not any("No gradient reaches" in message for message in messages)
    # More nodes find that there is nothing to be cut.
    many, _ = explained(model, pictures[:200], labels[:200])
    assert set(many.status) <= {"converged", "rounding"}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_example_that_is_not_finite_hides_no_cut_in_others(bad):
    x = np.float32([[1.4, 2.0], [2.6, 1.0], [0.7, 3.0], [bad, 1.0]])
    result, _ = explained(lambda rows: tf.round(rows[:, 0]) + rows[:, 1], x, steps=40)
    assert list(result.status) == ["gradient cut"] * 3 + ["not finite"]

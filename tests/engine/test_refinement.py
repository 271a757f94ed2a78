"""The refinement in one graph chooses the nodes that the host chooses, whatever the model and however it is called."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from test_xla import MODELS, dynamic_or_from_the_host, made

import kerasig
from kerasig import Adaptive, baselines
from kerasig._engine import integrate, row_layout, store, whole
from kerasig._engine.compiled import Compiled
from kerasig._engine.whole import WholeScheme

pytestmark = pytest.mark.slow

GENERATOR = np.random.default_rng(0)
X = 2 * GENERATOR.normal(size=(12, 8)).astype("float32")


def both(model, inputs, *arguments, **options):
    """Explained on the host, and in one graph."""
    host = kerasig.explain(model, inputs, *arguments, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(integrate, "scheme_of", lambda rule, compilation: WholeScheme(rule))
        return host, kerasig.explain(model, inputs, *arguments, **options)


def assert_same(host, graph, rtol=1e-6):
    np.testing.assert_array_equal(graph.n_evaluations, host.n_evaluations)
    np.testing.assert_array_equal(graph.path.alphas, host.path.alphas)
    np.testing.assert_array_equal(graph.status, host.status)
    np.testing.assert_array_equal(graph.converged, host.converged)
    for one, other in zip(tf.nest.flatten(graph.values), tf.nest.flatten(host.values), strict=True):
        if other is not None:
            finite = np.abs(other[np.isfinite(other)]).max(initial=0)
            np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol * finite)
    np.testing.assert_allclose(graph.path.scores, host.path.scores, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(graph.residual, host.residual, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(graph.map_error, host.map_error, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose([graph.score, graph.baseline_score], [host.score, host.baseline_score], rtol=1e-5)


@pytest.fixture(scope="module")
def kinky():
    """A ReLU network with a saturated softmax."""
    layers = [keras.layers.Dense(24, activation="relu"), keras.layers.Dense(24, activation="relu")]
    model = keras.Sequential([keras.Input((8,)), *layers, keras.layers.Dense(3, activation="softmax")])
    generator = np.random.default_rng(2)
    model.set_weights([0.5 * generator.normal(size=weight.shape) for weight in model.get_weights()])
    return model


def test_predicted_classes_and_interior_gradients(kinky):
    host, graph = both(kinky, X, interior_alphas=[0.3, 1.0, 0.31])
    assert_same(host, graph)
    np.testing.assert_array_equal(graph.predicted, host.predicted)
    np.testing.assert_allclose(graph.interior.gradients, host.interior.gradients, rtol=1e-5, atol=1e-7)


def test_several_baselines_for_each_example(kinky):
    assert_same(*both(kinky, X, 1, baselines=baselines.Samples(X[::-1].copy(), n=3)))


HARD = {
    "normalised": lambda x: tf.reduce_sum(tf.nn.l2_normalize(x, axis=1) * tf.range(8, dtype=tf.float32), axis=1),
    "a steep start": lambda x: tf.reduce_sum(tf.sqrt(tf.abs(x)), axis=1),
    "infinite at the baseline": lambda x: tf.reduce_sum(tf.math.log(tf.abs(x)), axis=1),
    "a step": lambda x: tf.where(x[:, 0] > 0.5, 1.0, 0.0) + 0 * tf.reduce_sum(x, axis=1),
    "quickly swinging": lambda x: tf.reduce_sum(tf.sin(40 * x), axis=1),
    "very large": lambda x: 1e20 * tf.reduce_sum(x**3, axis=1),
}


@pytest.fixture(scope="module")
def hard():
    """All of them as one score, which is traced once, and the number of the one that it is."""
    which = tf.Variable(0)

    def score(x):
        return tf.switch_case(which.read_value(), [functools.partial(one, x) for one in HARD.values()])

    return score, which


@pytest.mark.parametrize("name", HARD)
def test_hard_scores(hard, name):
    score, which = hard
    which.assign(list(HARD).index(name))
    inputs = np.abs(X) + 0.1
    host, graph = both(score, inputs, steps=Adaptive(max_steps=80))
    assert_same(host, graph, rtol=1e-5)
    np.testing.assert_allclose(host.score, HARD[name](inputs), rtol=1e-5)


def test_half_precision_with_its_repeated_nodes():
    policy = keras.mixed_precision.DTypePolicy("mixed_float16")
    layers = [keras.layers.Dense(16, activation="gelu", dtype=policy), keras.layers.Dense(2, dtype=policy)]
    model = keras.Sequential([keras.Input((8,)), *layers])
    host, graph = both(lambda x: 3e4 * model(x), X, 1)
    assert_same(host, graph, rtol=1e-4)
    # Some gradients overflow float16 at first and are taken once more.
    assert (graph.n_evaluations > np.isfinite(graph.path.alphas).sum(axis=1)).any()


def test_double_precision_and_several_leaves_one_of_them_held():
    def score(leaves):
        words, numbers = leaves["words"], leaves["numbers"]
        return (
            tf.reduce_sum(tf.tanh(numbers), axis=1) * tf.cast(words[:, 0], tf.float64) + leaves["other"][:, 0, 1] ** 2
        )

    inputs = {
        "words": np.arange(12)[:, None],
        "numbers": X.astype("float64"),
        "other": GENERATOR.normal(size=(12, 2, 2)),
    }
    assert_same(*both(score, inputs))


def test_a_model_that_takes_one_number_of_rows(kinky):
    model = keras.Sequential([keras.Input(batch_shape=(5, 8)), keras.layers.Dense(9, "relu"), keras.layers.Dense(2)])
    assert_same(*both(model, X, 1))


def test_states_begin_anew_with_each_evaluation_and_are_left_alone():
    cells = keras.layers.LSTM(5, stateful=True)
    model = keras.Sequential([keras.Input(batch_shape=(4, 6, 3)), cells, keras.layers.Dense(2)])
    inputs = GENERATOR.normal(size=(8, 6, 3)).astype("float32")
    model(inputs[:4])
    before = [state.numpy() for state in cells.states]
    assert_same(*both(model, inputs, 1))
    for state, held in zip(cells.states, before, strict=True):
        np.testing.assert_array_equal(state.numpy(), held)


@pytest.mark.parametrize("rows", [24, 60, 300], ids="room for {} gradients".format)
def test_paths_wait_for_room_and_one_alone_gets_what_it_needs(kinky, monkeypatch, rows):
    free = kerasig.explain(kinky, X, 1)
    for module in (store, whole):
        monkeypatch.setattr(module, "STORE_BYTES", rows * 4 * 8)
    with monkeypatch.context() as patch:
        patch.setattr(integrate, "scheme_of", lambda rule, compilation: WholeScheme(rule))
        bounded = kerasig.explain(kinky, X, 1, batch_size=7)
    assert free.n_evaluations.max() > 24
    assert_same(free, bounded)


@pytest.mark.parametrize(("features", "parts", "width"), [(8, 4, 2), (7, 3, 3)], ids=["evenly", "the last is padded"])
def test_long_rows_are_cut(kinky, monkeypatch, features, parts, width):
    monkeypatch.setattr(row_layout, "WIDEST", 3)
    layout = row_layout.RowLayout(features)
    assert (layout.parts, layout.width) == (parts, width)
    # How they are cut is traced: another model's graph, or rows would lie in it as before.
    layers = [keras.layers.Dense(24, activation="relu"), keras.layers.Dense(24, activation="relu")]
    model = keras.Sequential([keras.Input((features,)), *layers, keras.layers.Dense(3, activation="softmax")])
    first, *rest = kinky.get_weights()
    model.set_weights([first[:features], *rest])
    assert_same(*both(model, X[:, :features], 1))


@pytest.mark.parametrize("in_graph", [False, True], ids=["host", "graph"])
def test_a_paths_nodes_depend_on_that_path_alone(kinky, monkeypatch, in_graph):
    if in_graph:
        monkeypatch.setattr(integrate, "scheme_of", lambda rule, compilation: WholeScheme(rule))
    whole_batch = kerasig.explain(kinky, X, 1)
    order = np.random.default_rng(1).permutation(len(X))
    for rows, options in ((order, {}), (order[:5], {"batch_size": 7}), (order[:1], {})):
        part = kerasig.explain(kinky, X[rows], 1, **options)
        np.testing.assert_array_equal(part.n_evaluations, whole_batch.n_evaluations[rows])
        np.testing.assert_allclose(part.values, whole_batch.values[rows], rtol=1e-5, atol=1e-6)


def test_a_class_that_is_not_there_is_an_error_of_its_example(kinky):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(integrate, "scheme_of", lambda rule, compilation: WholeScheme(rule))
        with pytest.raises(ValueError, match=r"example 1: \[7\]"):
            kerasig.explain(kinky, X[:3], np.array([0, 7, 1]))


def test_compiled_by_xla_it_chooses_the_same(kinky):
    host, graph = both(kinky, X[:6], 1, steps=Adaptive(max_steps=64), jit_compile=True)
    assert_same(host, graph, rtol=1e-5)


# Two differ from others by their activation alone, which is in the core that test_xla.py looks at.
@pytest.mark.parametrize("name", [name for name in MODELS if name not in ("digits_cnn_gelu", "tabular_mlp_tanh")])
def test_the_whole_explanation_has_static_shapes_and_calls_nothing_on_the_host(name, monkeypatch):
    texts = []
    call = Compiled.__call__

    class LoweredError(Exception):
        """There is nothing more to see."""

    def lowered(self, rows, nodes, data, *rest):
        if self._around is None:
            return call(self, rows, nodes, data, *rest)
        function, arguments = self.for_xla(rows, nodes, data)
        texts.append(function.experimental_get_compiler_ir(*arguments)(stage="hlo"))
        raise LoweredError

    model, inputs, layer = made(name)
    monkeypatch.setattr(Compiled, "__call__", lowered)
    monkeypatch.setattr(integrate, "scheme_of", lambda rule, compilation: WholeScheme(rule))
    # Only what is lowered is compiled by XLA; what looks at rows beforehand is not.
    monkeypatch.setattr(whole, "is_static", lambda compilation: True)
    with pytest.raises(LoweredError):
        kerasig.explain(model, inputs, 1, layer=layer, steps=Adaptive(max_steps=64), jit_compile=False)
    [text] = texts
    assert "while(" in text
    assert not dynamic_or_from_the_host(text)

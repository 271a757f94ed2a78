"""What XLA makes of the core: static shapes, nothing of the host's in it, few compilations, and the same numbers.

Weights are random: what is compiled does not depend on them.
"""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig
from benchmarks.models import digits_cnn, efficientnet_lite0, graph_conv, tabular_mlp, trec, trec_lstm, trec_transformer
from kerasig import Adaptive, Fixed
from kerasig._engine.compilation import Compilation
from kerasig._engine.compiled import Compiled
from kerasig._explaining import inputs as model_inputs
from kerasig._explaining.tracing import TracedModel
from kerasig._models import AdaptedModel

pytestmark = pytest.mark.slow

IDS = 50
MODELS = {
    "efficientnet_lite0": lambda: efficientnet_lite0.make_model("softmax", side=32),
    "digits_cnn_relu": lambda: digits_cnn.make_model("relu"),
    "digits_cnn_gelu": lambda: digits_cnn.make_model("gelu"),
    "trec_lstm": lambda: trec_lstm.make_model(IDS),
    "trec_transformer": lambda: trec_transformer.make_model(IDS),
    "tabular_mlp_relu": lambda: tabular_mlp.make_model("relu"),
    "tabular_mlp_tanh": lambda: tabular_mlp.make_model("tanh"),
    "graph_conv": graph_conv.make_model,
    "noisy_embedding": lambda: noisy_embedding(),
}
# Of the others the compiler takes seconds for each of the sizes, and they have no operation that these have not.
COMPILED = ("digits_cnn_relu", "trec_lstm", "tabular_mlp_relu", "graph_conv")
# Operations that leave the device, as HLO writes them.
HOST = re.compile(r"\b(infeed|outfeed|send|recv|custom-call)\(")


class Noise(keras.layers.Layer):
    """Draws at inference too, and so writes the state of its seeds."""

    def __init__(self):
        super().__init__()
        self.seeds = keras.random.SeedGenerator(1)

    def call(self, x):
        return x + 0.01 * keras.random.normal((1,), seed=self.seeds)


def noisy_embedding():
    ids = keras.Input((trec.LENGTH,), dtype="int32")
    words = keras.layers.Embedding(IDS, 4, mask_zero=True, name="embedding")(ids)
    pooled = keras.layers.GlobalAveragePooling1D()(words)
    return keras.Model(ids, keras.layers.Dense(3, activation="softmax")(Noise()(pooled)))


def made(name):
    """A model with random weights, inputs for it, and the layer that is attributed to."""
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    model = MODELS[name]()
    if name.startswith("trec") or name == "noisy_embedding":
        return model, generator.integers(1, IDS, (3, trec.LENGTH)).astype("int32"), "embedding"
    if name == "graph_conv":
        bonds = np.triu(generator.random((3, graph_conv.N_ATOMS, graph_conv.N_ATOMS)) < 0.1, 1)
        nodes = generator.normal(size=(3, graph_conv.N_ATOMS, graph_conv.N_FEATURES)).astype("float32")
        return model, {"nodes": nodes, "bonds": (bonds | bonds.swapaxes(1, 2)).astype("int32")}, None
    return model, generator.normal(size=(3, *model.input_shape[1:])).astype("float32"), None


@pytest.fixture
def sizes(monkeypatch):
    """The calls of the core: for each the rows and the nodes that it was given."""
    seen = []
    call = Compiled.__call__

    def noted(self, rows, nodes, data, *rest):
        seen.append((len(rows["examples"]), len(nodes.get("alphas", []))))
        return call(self, rows, nodes, data, *rest)

    monkeypatch.setattr(Compiled, "__call__", noted)
    return seen


@pytest.fixture
def lowered(monkeypatch):
    """Every compiled function as HLO: at its first call it is lowered, and then run without XLA."""
    texts, functions = [], []
    call = Compiled.__call__

    def noted(self, rows, nodes, data, *rest):
        if self not in functions:
            functions.append(self)
            function, arguments = self.for_xla(rows, nodes, data)
            texts.append(function.experimental_get_compiler_ir(*arguments)(stage="hlo"))
        return call(self, rows, nodes, data, *rest)

    monkeypatch.setattr(Compiled, "__call__", noted)
    return texts


def dynamic_or_from_the_host(text):
    """Why a TPU would not take it."""
    # A bounded size is a dynamic one.
    return HOST.search(text) is not None or "<=" in text


@pytest.mark.parametrize("name", MODELS)
def test_the_core_has_static_shapes_and_calls_nothing_on_the_host(name, lowered):
    model, inputs, layer = made(name)
    # Tracing takes seconds for the largest; its integrals have the same model in them as its gradients.
    rules = [Adaptive(max_steps=9)] if name == "efficientnet_lite0" else [Fixed(2), Adaptive(max_steps=9)]
    for steps in rules:
        kerasig.explain(model, inputs, 1, layer=layer, steps=steps, jit_compile=False)
    # Gradients at pairs; scores and integrals.
    assert len(lowered) >= (1 if len(rules) == 1 else 3)
    for text in lowered:
        assert "ENTRY" in text
        assert not dynamic_or_from_the_host(text)


def test_a_record_of_a_training_calls_nothing_on_the_host(lowered, tmp_path):
    model, inputs, _ = made("tabular_mlp_relu")
    probes = kerasig.ProbeSet(inputs, [0, 1, 0], target="both")
    kerasig.IGCallback(probes, tmp_path, steps=Adaptive(max_steps=9), on_error="raise").record(model, 0)
    assert len(lowered) >= 2
    assert not any(map(dynamic_or_from_the_host, lowered))


@pytest.mark.parametrize("asked", [None, False, True])
def test_rows_for_a_tpu_are_padded_to_few_sizes_whatever_was_asked_for(asked, monkeypatch):
    monkeypatch.setattr(AdaptedModel, "strategy", lambda self: object.__new__(tf.distribute.TPUStrategy))
    traced = TracedModel(tabular_mlp.make_model("relu"), None, asked)
    assert traced.compilation(model_inputs.read(np.zeros((1, 30), "float32"), traced.adapted)).jit_compile


@pytest.mark.parametrize(
    "unfit",
    [lambda x: tf.linalg.eigh(x)[0][:, 0], lambda x: tf.cast(tf.shape(tf.where(x > 0)[:, 0])[0], tf.float32)],
    ids=["a call of the CPU's runtime", "a size that depends on the data"],
)
def test_what_would_not_do_is_seen(unfit, lowered):
    x = np.eye(3, dtype="float32")[None]
    kerasig.explain(lambda x: tf.stop_gradient(unfit(x)) + tf.reduce_sum(x, axis=[1, 2]), x, steps=2)
    assert all(dynamic_or_from_the_host(text) for text in lowered)


@pytest.mark.parametrize("name", COMPILED)
def test_compiled_values_are_those_of_the_graph(name):
    model, inputs, layer = made(name)
    for steps in (Fixed(4), Adaptive(max_steps=17)) if name == "tabular_mlp_relu" else (Fixed(4),):
        without, compiled = (
            kerasig.explain(model, inputs, 1, layer=layer, steps=steps, jit_compile=jit) for jit in (False, True)
        )
        for found, expected in zip(tf.nest.flatten(compiled.values), tf.nest.flatten(without.values), strict=True):
            if expected is not None:
                # Fused operations round differently.
                np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5 * np.abs(expected).max())
        np.testing.assert_array_equal(compiled.n_evaluations, without.n_evaluations)


def test_few_sizes_are_compiled_however_many_rows_there_are(sizes):
    model = tabular_mlp.make_model("relu")
    generator = np.random.default_rng(0)
    for count in (1, 5, 30):
        x = 3 * generator.normal(size=(count, 30)).astype("float32")
        kerasig.explain(model, x, 0, steps=Adaptive(map_tolerance=0.01), jit_compile=True)
    assert {rows for rows, _ in sizes} <= {1, 8, 64, 512}


@pytest.mark.parametrize("most", [1, 7, 8, 100, 4096])
@pytest.mark.parametrize("replicas", [1, 2])
def test_rows_are_padded_to_few_sizes_and_never_to_more_than_twice(most, replicas):
    class Two:
        count = replicas

    compilation = Compilation(jit_compile=True, replicas=Two())
    every = set()
    for total in range(1, 1000):
        remaining, calls = total, 0
        while remaining:
            real, size = compilation.take(remaining, most)
            assert 1 <= real <= size <= most * replicas
            assert size <= 2 * real or size == replicas
            every.add(size // replicas)
            remaining, calls = remaining - real, calls + 1
        if most == 4096:
            assert calls <= 3 + 4 * 3
    assert every <= {8**power for power in range(5)}

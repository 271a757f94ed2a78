"""What is attributed to: the inputs or what layers return, behind one interface."""

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig._explaining import inputs as model_inputs
from kerasig._explaining.layer_space import LayerSpace
from kerasig._explaining.spaces import InputSpace
from kerasig._explaining.tracing import TracedModel
from kerasig._models import resolve_layers
from kerasig.baselines import AtInputs

IDS = np.arange(6).reshape(2, 3) % 5
X = np.random.default_rng(0).normal(size=(2, 4)).astype("float32")


@pytest.fixture(scope="module")
def model():
    ids, x = keras.Input((3,), dtype="int32", name="ids"), keras.Input((4,), name="x")
    words = keras.layers.Flatten()(keras.layers.Embedding(5, 2, name="embedding")(ids))
    hidden = keras.layers.Concatenate()([words, keras.layers.Dense(2, "tanh", name="dense")(x)])
    return keras.Model({"ids": ids, "x": x}, keras.layers.Dense(1, name="head")(hidden))


def spaces(model):
    """Each kind of space of one model, and the names of its leaves."""
    traced = TracedModel(model, None, None)

    def of(layer):
        return LayerSpace(traced, resolve_layers(model, layer))

    return traced, {
        "the inputs": (InputSpace(traced), ["ids", "x"], ["x"]),
        "a layer": (of("embedding"), ["embedding"], ["embedding"]),
        "a list": (of(["dense"]), ["dense"], ["dense"]),
        "layers and the inputs": (of(["embedding", None]), ["embedding", "ids", "x"], ["embedding", "x"]),
    }


@pytest.mark.parametrize("kind", ["the inputs", "a layer", "a list", "layers and the inputs"])
def test_points_at_the_actual_values_give_the_models_own_outputs(model, kind):
    traced, known = spaces(model)
    space, names, attributed = known[kind]
    read = model_inputs.read({"ids": IDS, "x": X}, traced.adapted)
    leaves = space.leaves(read)
    assert leaves.names == names
    assert leaves.attributed_names == attributed
    outputs = space.forward(read, leaves)(list(map(tf.constant, leaves.attributed)), space.held(read))
    np.testing.assert_allclose(outputs, model({"ids": IDS, "x": X}), rtol=1e-6)
    # Every leaf of the inputs is one of what the core takes, or stands behind the layers.
    assert sorted(name for name, _ in space.sources(read).values()) == ["inputs ids", "inputs x"]
    assert [dtype.name for dtype in space.dtypes(read, leaves)] == ["float32"] * len(attributed)


@pytest.mark.slow
def test_what_is_traced_of_a_space_holds_no_array_of_the_call(model):
    traced, known = spaces(model)
    for space, *_ in known.values():
        read = model_inputs.read({"ids": IDS.copy(), "x": X.copy()}, traced.adapted)
        leaves = space.leaves(read)
        forward = space.forward(read, leaves)
        arrays = [weakref.ref(array) for array in (*read.leaves, *leaves.arrays)]
        del read, leaves
        gc.collect()
        assert callable(forward)
        assert [array() for array in arrays] == [None] * len(arrays)


def test_a_layer_beside_the_inputs_is_told_apart_by_what_it_is_made_of(model):
    traced, known = spaces(model)
    read = model_inputs.read({"ids": IDS, "x": X}, traced.adapted)
    assert known["layers and the inputs"][0].leaves(read).origins == {"embedding": "ids"}
    assert known["a list"][0].leaves(read).origins == {"dense": "x"}
    assert known["the inputs"][0].leaves(read).origins == {}


def test_a_layers_output_at_other_inputs_is_no_baseline_without_a_layer(model):
    with pytest.raises(ValueError, match=r"AtInputs is a layer's output.*Pass layer="):
        kerasig.explain(model, {"ids": IDS, "x": X}, baselines=AtInputs({"ids": IDS, "x": X}))

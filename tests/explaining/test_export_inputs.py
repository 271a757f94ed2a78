"""`export`: whatever a model takes, what a SavedModel explains is what `explain` says, wherever it is loaded."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tf_keras
from exported import COLUMNS, floats, rewritten, round_trip, roundings, words

import kerasig
from kerasig import baselines

L = keras.layers
slow = pytest.mark.slow


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture(autouse=True)
def _beginning():
    keras.utils.set_random_seed(3)
    with rewritten(graphs=False):
        yield


# Inputs.


@slow
@pytest.mark.parametrize("form", ["dict", "list", "nested"])
def test_several_inputs_of_which_some_are_held(tmp_path, rng, form):
    a, b, c = keras.Input((4,)), keras.Input((3,), dtype="int32"), keras.Input((5, 2))
    parts = [L.Dense(4, "tanh")(a), L.Flatten()(L.Embedding(10, 2, name="embedding")(b)), L.Flatten()(c)]
    outputs = L.Dense(2)(L.Dense(6, "relu")(L.Concatenate()(parts)))

    def packed(a, b, c):
        return {"dict": {"a": a, "class": b, "c d": c}, "list": [a, b, c], "nested": {"x": [a, b], "c": c}}[form]

    names = {
        "dict": ("values_a", "values_c_d"),
        "list": ("values_0", "values_2"),
        "nested": ("values_c", "values_x_0"),
    }[form]
    inputs = packed(floats(rng, 6, 4), rng.integers(0, 10, (6, 3), np.int32), floats(rng, 6, 5, 2))
    model = keras.Model(packed(a, b, c), outputs)
    if form != "list":
        # How inputs are packed is nothing to the rule.
        round_trip(tmp_path, model, inputs, names=names, steps=None if form == "dict" else 9)
    else:
        start = [baselines.Samples(floats(rng, 9, 4), 3), None, 0.5]
        round_trip(tmp_path / "samples", model, inputs, baselines=start, names=names)
        names = ("values_0", "values_2", "values_embedding")
        round_trip(tmp_path / "layers", model, inputs, layer=[None, "embedding"], names=names, steps=9)


@slow
@pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])
def test_strings_go_in_and_masks_go_with_the_words(tmp_path, library):
    x = np.array(["a b c", "d d", "b", "a x d c b"], object)
    # That of tf_keras with an LSTM in it runs elsewhere, below.
    model = words(library, vectorised=True, recurrent=library is keras)
    start = baselines.AtInputs(np.array([""], object))
    round_trip(tmp_path / "text", model, x, layer="embedding", class_ids=[0, 1, 1, 0], baselines=start)
    rows = np.array([["a", "b", "a", "x", ""]] * 3, object)
    # Where words are looked up is nothing to the rule either.
    round_trip(tmp_path / "lookup", words(library, vectorised=False), rows, layer="embedding", steps=9)


@slow
def test_lengths_are_those_of_the_example(tmp_path, rng):
    inputs = keras.Input((None,), dtype="int32")
    embedded = L.Embedding(10, 4, mask_zero=True, name="embedding")(inputs)
    model = keras.Model(inputs, L.Dense(2)(L.GlobalAveragePooling1D()(embedded)))
    ids = rng.integers(1, 10, (6, 7)).astype(np.int32)
    ids[:, 5:] = 0
    round_trip(tmp_path, model, ids, layer="embedding", example=ids[:1])


# Elsewhere.

WITHOUT_KERASIG = """
import sys
sys.modules["kerasig"] = sys.modules["keras"] = sys.modules["tf_keras"] = None
import numpy as np
import tensorflow as tf
for folder in sys.argv[1:]:
    signature = tf.saved_model.load(folder).signatures["explain"]
    given = np.load(folder + ".npz")
    specs = signature.structured_input_signature[1]
    inputs = {name: given["in_" + name].tolist() for name in specs}
    found = signature(**{name: tf.constant(inputs[name], specs[name].dtype) for name in specs})
    # As servers in C++ run it.
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        described = tf.compat.v1.saved_model.load(session, ["serve"], folder).signature_def["explain"]
        feed = {described.inputs[name].name: inputs[name] for name in inputs}
        of_session = session.run({name: described.outputs[name].name for name in found}, feed)
    for name in found:
        for result in (found[name], of_session[name]):
            expected = given["out_" + name]
            rounding = given["rounding_" + name] if "rounding_" + name in given else 1e-6
            near = np.abs(np.float64(result) - expected) <= rounding + 1e-5 * np.abs(np.float64(expected))
            assert near.all(), (folder, name, result, expected)
print("all of it")
"""


@slow
def test_it_runs_where_neither_kerasig_nor_keras_is(tmp_path, rng):
    text = np.array(["a b c", "d d"], object)
    stateful = keras.Input(batch_shape=(2, 5, 2))
    cases = {
        "text": (words(keras, vectorised=True, recurrent=False), text, [1, 0], {"layer": "embedding"}),
        "fixed": (words(tf_keras, vectorised=True), text, [0, 1], {"layer": "embedding", "steps": 9}),
        "states": (
            keras.Model(stateful, L.Dense(2)(L.GRU(3, stateful=True)(stateful))),
            floats(rng, 2, 5, 2),
            None,
            {"baselines": baselines.Samples(floats(rng, 4, 5, 2), 2)},
        ),
    }
    for name, (model, x, ids, options) in cases.items():
        kerasig.export(model, tmp_path / name, target=None if ids is None else "class_ids", **options)
        attribution = kerasig.explain(model, x, ids, **options)
        given = {"in_inputs": x.astype(str) if x.dtype == object else x} | (
            {} if ids is None else {"in_class_ids": ids}
        )
        columns = ("values", *COLUMNS, "converged", "n_evaluations")
        classes = {"out_class": attribution.target if attribution.predicted is None or ids else attribution.predicted}
        out = {f"out_{column}": getattr(attribution, column) for column in columns} | classes
        known = {f"rounding_{column}": rounding for column, rounding in roundings(attribution).items()}
        np.savez(tmp_path / f"{name}.npz", **given, **out, **known)
    command = [sys.executable, "-c", WITHOUT_KERASIG, *(str(tmp_path / name) for name in cases)]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=300)
    assert (ended.returncode, ended.stdout) == (0, "all of it\n"), ended.stderr

"""Models that are exported, loaded again, and compared with `explain`."""

import functools
import re
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

import kerasig
from kerasig import _nest as nest

L = keras.layers
COLUMNS = ("score", "baseline_score", "residual", "map_error")


def network(outputs=3, activation="relu", dtype=None, width=4):
    layers = [L.Dense(8, activation, dtype=dtype), L.Dense(outputs, dtype=dtype)]
    return keras.Sequential([keras.Input((width,), dtype="float64" if dtype == "float64" else None), *layers])


def floats(rng, *shape):
    return rng.normal(size=shape).astype(np.float32)


def fed(signature, inputs, class_ids=None):
    """The arguments of a signature: leaves in the order in which the model takes them, by the names that they have."""
    names = [re.sub(r"\W", "_", name) for name in nest.names(inputs, lone="inputs")]
    names = [name if name.isidentifier() and name != "class" else f"input_{name}" for name in names]
    specs = signature.structured_input_signature[1]
    arguments = {
        name: tf.constant(leaf, specs[name].dtype) for name, leaf in zip(names, nest.flatten(inputs), strict=True)
    }
    return arguments | ({} if class_ids is None else {"class_ids": tf.constant(class_ids, tf.int32)})


def roundings(attribution):
    """Per column, how far float32 knows it; [N] for residuals, small differences of what is added up to a score.

    A residual is divided by the change of score, so that what is rounding in a score is as much more in it.
    """
    leaves = [leaf for leaf in nest.flatten(attribution.values) if leaf is not None]
    added = sum(np.abs(leaf).reshape(len(leaf), -1).sum(axis=1, dtype=np.float64) for leaf in leaves)
    added = added + np.abs(attribution.score) + np.abs(attribution.baseline_score)
    change = np.abs(np.float64(attribution.score) - attribution.baseline_score)
    size = max(1.0, float(np.abs(attribution.score).max()))
    residual = np.maximum(1e-6, 16 * np.finfo(np.float32).eps * added / np.maximum(change, 1e-6))
    return dict.fromkeys(COLUMNS, 1e-6 * size) | {"residual": residual}


@contextmanager
def rewritten(graphs: bool) -> Iterator[None]:
    """Whether TensorFlow's optimizer rewrites graphs before their first call, as it does where nobody says otherwise.

    It takes 2 s for each model that is loaded. What is computed is the same; a few tests have it on all the same.
    """
    before = tf.config.optimizer.get_experimental_options().get("disable_meta_optimizer", False)
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": not graphs})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": before})


@functools.lru_cache(maxsize=1)
def loaded(folder):
    """The model of a folder, until another is asked for: the first call of a loaded one takes seconds."""
    return tf.saved_model.load(folder)


def agree(folder, attribution, inputs, class_ids=None, names=("values",)):
    """Compares what a saved model explains with an attribution; returns what it gave."""
    signatures = loaded(str(folder)).signatures
    grouped = set() if attribution.coordinates is None else {"coordinates"}
    assert set(signatures) == {"serve", "explain"} | grouped
    signature = signatures["explain"]
    found = {name: array.numpy() for name, array in signature(**fed(signature, inputs, class_ids)).items()}
    values = [leaf for leaf in nest.flatten(attribution.values) if leaf is not None]
    assert {name for name in found if name.startswith("values")} == set(names)
    for name, leaf in zip(names, values, strict=True):
        assert found[name].shape == leaf.shape
        np.testing.assert_allclose(found[name], leaf, rtol=0, atol=1e-6 * np.abs(leaf).max())
    for name, rounding in roundings(attribution).items():
        ours = getattr(attribution, name)
        with np.errstate(invalid="ignore"):
            near = np.isfinite(ours) & (np.abs(found[name] - ours) <= rounding + 1e-4 * np.abs(ours))
        # NaN and infinity are the same ones.
        same = (found[name] == ours) | (np.isnan(found[name]) & np.isnan(ours))
        assert (near | same).all(), (name, found[name], ours)
    np.testing.assert_array_equal(found["converged"], attribution.converged)
    np.testing.assert_array_equal(found["n_evaluations"], attribution.n_evaluations)
    return found


def round_trip(folder, model, inputs, target=None, *, class_ids=None, example=None, names=("values",), **options):
    """Exports and explains the same, and compares."""
    kerasig.export(model, folder, target=target if class_ids is None else "class_ids", inputs=example, **options)
    attribution = kerasig.explain(model, inputs, target if class_ids is None else class_ids, **options)
    return agree(folder, attribution, inputs, class_ids, names)


def words(library, vectorised, recurrent=True):
    own = library.layers
    if not vectorised:
        inputs = library.Input((5,), dtype="string")
        ids = own.StringLookup(vocabulary=["a", "b"])(inputs)
        pooled = own.GlobalAveragePooling1D()(own.Embedding(4, 3, name="embedding")(ids))
        return library.Model(inputs, own.Dense(3, "softmax")(pooled))
    text = own.TextVectorization(output_sequence_length=6, vocabulary=["a", "b", "c", "d"])
    # Both leave out what is masked.
    pooled = own.LSTM(4) if recurrent else own.GlobalAveragePooling1D()
    layers = [text, own.Embedding(6, 3, name="embedding", mask_zero=True), pooled, own.Dense(2)]
    return library.Sequential([library.Input((), dtype="string"), *layers])

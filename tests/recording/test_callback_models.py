"""IGCallback on every kind of model and probe: what is measured, and that it can be read back from the event files."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from trainings import both_libraries, decoded

import kerasig

pytestmark = pytest.mark.slow

N, EXAMPLES = 3, 20
rng = np.random.default_rng(0)
LABELS = rng.integers(0, 2, EXAMPLES)


def watched(library, model, inputs, targets, probe_set, tmp_path, *, loss=None, **options):
    """Trains for an epoch; the last record of attributions and of interior gradients, the inputs, and the callback."""
    loss = loss or library.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(library.optimizers.SGD(0.05), loss)
    callback = kerasig.IGCallback(probe_set, tmp_path, **{"interior_alphas": [0.5, 1.0], **options})
    history = model.fit(inputs, targets, batch_size=10, epochs=1, verbose=0, callbacks=[callback])
    title = probe_set.title if probe_set.target != "both" else f"{probe_set.title}@label"
    found = [list(decoded(tmp_path / "kerasig", f"{kind}/{title}").items()) for kind in ("attributions", "interior")]
    assert [[step for step, _ in records] for records in found] == [[0, 2], [0, 2]]
    ((step, shown),) = decoded(tmp_path / "kerasig", f"inputs/{probe_set.title}").items()
    assert step == 0
    return found[0][-1][1], found[1][-1][1], shown, callback, history.history


def assert_stored(attributions, callback, values):
    """The record on disk is the attribution to within the error of 16 bits, and completeness survives it."""
    kept = [np.asarray(leaf) for leaf in attributions.leaves]
    for stored, computed in zip(kept, values, strict=True):
        scale = np.abs(computed).reshape(N, -1).max(axis=1).reshape(N, *[1] * (computed.ndim - 1))
        # Half a step of 16 bits, and float32's rounding of sums over channels.
        assert (np.abs(stored - computed) <= scale * (0.5 / 32767 + 1e-5)).all()
    columns = [record for record in callback.history if record["series"] in ("", "label")][-1]["probes"]
    total = sum(leaf.reshape(N, -1).sum(axis=1, dtype="float64") for leaf in kept)
    np.testing.assert_allclose(total, columns["positive_sum"] + columns["negative_sum"], rtol=0.01, atol=1e-3)


@both_libraries
def test_images_of_several_channels(library, tmp_path):
    layers = library.layers
    x = rng.normal(size=(EXAMPLES, 8, 8, 3)).astype("float32")
    library.utils.set_random_seed(0)
    model = library.Sequential(
        [library.Input((8, 8, 3)), layers.Conv2D(3, 3, activation="tanh"), layers.Flatten(), layers.Dense(2)]
    )
    corner = np.zeros((8, 8), bool)
    corner[:2, :2] = True
    probe_set = kerasig.ProbeSet(x[:N], LABELS[:N], target="both", regions={"corner": corner})
    record, interior, shown, callback, logs = watched(library, model, x, LABELS, probe_set, tmp_path)
    now = kerasig.explain(model, x[:N], LABELS[:N], interior_alphas=[0.5, 1.0])
    assert_stored(record, callback, [now.values.sum(axis=3)])
    assert record.header["leaves"] == [{"name": "inputs", "shape": [8, 8], "full_shape": [8, 8, 3], "kind": "image"}]
    np.testing.assert_allclose(interior.leaves[0], now.interior.gradients.sum(axis=4), atol=1e-3)
    assert shown.header["probe_kind"] == "image"
    np.testing.assert_allclose(shown.leaves[0], x[:N], atol=1e-3)
    inside = np.abs(now.values.sum(axis=3))
    mass = inside[:, :2, :2].sum((1, 2)) / inside.sum((1, 2))
    np.testing.assert_allclose(logs["ig_region_mass_label"][-1], mass.mean(), rtol=1e-4)


@both_libraries
def test_dicts_of_inputs(library, tmp_path):
    layers = library.layers
    x = {
        "age": rng.normal(size=(EXAMPLES, 2)).astype("float32"),
        "code": rng.integers(0, 5, (EXAMPLES, 1)),
        "pay": rng.normal(size=(EXAMPLES, 3)).astype("float32"),
    }
    library.utils.set_random_seed(0)
    inputs = {name: library.Input(array.shape[1:], dtype=str(array.dtype), name=name) for name, array in x.items()}
    looked_up = layers.Flatten()(layers.Embedding(5, 2)(inputs["code"]))
    joined = layers.Concatenate()([inputs["age"], looked_up, inputs["pay"]])
    model = library.Model(inputs, layers.Dense(2)(layers.Dense(4, activation="tanh")(joined)))
    regions = {"pay": {"pay": [True, True, False]}}
    probe_set = kerasig.ProbeSet({name: array[:N] for name, array in x.items()}, LABELS[:N], regions=regions)
    record, _, shown, callback, logs = watched(library, model, x, LABELS, probe_set, tmp_path)
    now = kerasig.explain(model, probe_set.inputs, LABELS[:N])
    assert_stored(record, callback, [now.values["age"], now.values["pay"]])
    assert [leaf["name"] for leaf in record.header["leaves"]] == ["age", "pay"]
    assert {leaf["name"]: leaf["held"] for leaf in shown.header["leaves"]} == {"age": False, "code": True, "pay": False}
    np.testing.assert_array_equal(shown.leaves[1], x["code"][:N])
    assert shown.header["regions"]["pay"]["leaf"] == 2
    everything = np.abs(np.concatenate([now.values["age"], now.values["pay"]], axis=1))
    mass = everything[:, 2:4].sum(axis=1) / everything.sum(axis=1)
    np.testing.assert_allclose(logs["ig_region_mass"][-1], mass.mean(), rtol=1e-4)


@both_libraries
def test_one_of_several_outputs(library, tmp_path):
    layers = library.layers
    x = rng.normal(size=(EXAMPLES, 4)).astype("float32")
    library.utils.set_random_seed(0)
    inputs = library.Input((4,))
    hidden = layers.Dense(4, activation="tanh")(inputs)
    model = library.Model(
        inputs, {"kind": layers.Dense(3, name="kind")(hidden), "size": layers.Dense(1, name="size")(hidden)}
    )
    losses = {"kind": library.losses.SparseCategoricalCrossentropy(from_logits=True), "size": "mse"}
    probe_set = kerasig.ProbeSet(x[:N], target=kerasig.targets.Output("kind", 2))
    y = {"kind": LABELS, "size": x[:, :1]}
    record, _, _, callback, _ = watched(library, model, x, y, probe_set, tmp_path, loss=losses)
    now = kerasig.explain(model, x[:N], kerasig.targets.Output("kind", 2))
    assert_stored(record, callback, [now.values])
    assert record.header["target"] == "output 'kind', class 2"
    assert record.header["classes"] == [2] * N
    # Without a word on which output, that is asked for before training.
    with pytest.raises(ValueError, match="2 outputs"):
        model.fit(x, y, verbose=0, callbacks=[kerasig.IGCallback(kerasig.ProbeSet(x[:N]), tmp_path / "other")])


@both_libraries
def test_a_value_to_be_predicted(library, tmp_path):
    x = rng.normal(size=(EXAMPLES, 4)).astype("float32")
    y = x @ np.arange(4.0) + 0.5
    library.utils.set_random_seed(0)
    model = library.Sequential([library.Input((4,)), library.layers.Dense(1)])
    names = ["a", "b", "c", "d"]
    probe_set = kerasig.ProbeSet(x[:N], y[:N], feature_names=names, regions={"suspect": ["b", "d"]})
    record, _, shown, callback, _ = watched(library, model, x, y, probe_set, tmp_path, loss="mse")
    # The attribution of a linear model from zero is weight times input, exactly.
    assert_stored(record, callback, [x[:N] * np.array(model.layers[-1].kernel)[:, 0]])
    assert shown.header["feature_names"] == names
    assert shown.header["probe_kind"] == "tabular"
    assert record.header["classes"] is None
    assert np.isnan(callback.history[-1]["probes"]["correct"]).all()


@both_libraries
def test_token_ids_through_their_embedding(library, tmp_path):
    layers = library.layers
    x = rng.integers(1, 9, (EXAMPLES, 5))
    x[:, 4] = 0
    library.utils.set_random_seed(0)
    model = library.Sequential(
        [
            library.Input((5,), dtype="int32"),
            layers.Embedding(9, 3, mask_zero=True, name="embedding"),
            layers.SimpleRNN(4, unroll=True),
            layers.Dense(2),
        ]
    )
    words = [[f"word{i}" for i in row[:4]] for row in x[:N]]
    regions = {"first": np.arange(5) == 0, "named": [words[0][1]]}
    probe_set = kerasig.ProbeSet(x[:N], LABELS[:N], tokens=words, regions=regions)
    record, interior, shown, callback, logs = watched(library, model, x, LABELS, probe_set, tmp_path, layer="embedding")
    now = kerasig.explain(model, x[:N], LABELS[:N], layer="embedding").values.sum(axis=2)
    assert_stored(record, callback, [now])
    # Behind the mask nothing counts.
    np.testing.assert_array_equal(record.leaves[0][:, 4], 0)
    leaf = {"name": "embedding", "kind": "tokens", "shape": [5], "full_shape": [5, 3], "positions_of": "inputs"}
    assert record.header["leaves"] == [leaf]
    assert interior.leaves[0].shape == (N, 2, 5)
    assert shown.header["leaves"][0]["held"]
    np.testing.assert_array_equal(shown.leaves[0], x[:N])
    assert shown.header["tokens"] == words
    assert shown.header["layer"] == "embedding"
    mass = np.abs(now[:, 0]) / np.abs(now).sum(axis=1)
    np.testing.assert_allclose(logs["ig_region_mass_first"][-1], mass.mean(), rtol=1e-4)


@both_libraries
def test_strings_through_a_vectorizer(library, tmp_path):
    layers = library.layers
    texts = np.array([f"the {word} is here" for word in ("cat", "dog", "bird", "cow") * 5], dtype=object)
    library.utils.set_random_seed(0)
    vectorizer = layers.TextVectorization(20, output_sequence_length=6)
    vectorizer.adapt(texts)
    model = library.Sequential(
        [
            library.Input((1,), dtype="string"),
            vectorizer,
            layers.Embedding(20, 3, name="embedding"),
            layers.GlobalAveragePooling1D(),
            layers.Dense(2),
        ]
    )
    words = [text.split() for text in texts[:N]]
    probe_set = kerasig.ProbeSet(
        texts[:N, None], LABELS[:N], kind="tokens", tokens=words, regions={"animals": ["cat", "dog", "bird"]}
    )
    data = tf.data.Dataset.from_tensor_slices((tf.constant(texts[:, None]), LABELS)).batch(10)
    model.compile(
        library.optimizers.SGD(0.05), library.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False
    )
    callback = kerasig.IGCallback(probe_set, tmp_path, layer="embedding", interior_alphas=None)
    model.fit(data, verbose=0, callbacks=[callback])
    records = decoded(tmp_path / "kerasig", "attributions/probes")
    now = kerasig.explain(model, texts[:N, None], LABELS[:N], layer="embedding").values.sum(axis=2)
    assert_stored(records[2], callback, [now])
    shown = decoded(tmp_path / "kerasig", "inputs/probes")[0]
    assert shown.leaves[0].tolist() == texts[:N, None].tolist()
    mass = np.abs(now[:, 1]) / np.abs(now).sum(axis=1)
    np.testing.assert_allclose(callback.history[-1]["region_mass"], mass.mean(), rtol=1e-4)


@both_libraries
def test_series(library, tmp_path):
    layers = library.layers
    x = rng.normal(size=(EXAMPLES, 12, 2)).astype("float32")
    library.utils.set_random_seed(0)
    model = library.Sequential(
        [library.Input((12, 2)), layers.Conv1D(3, 3, activation="tanh"), layers.Flatten(), layers.Dense(2)]
    )
    probe_set = kerasig.ProbeSet(x[:N], LABELS[:N], kind="series", regions={"late": np.arange(12) > 8})
    record, _, shown, callback, logs = watched(library, model, x, LABELS, probe_set, tmp_path)
    now = kerasig.explain(model, x[:N], LABELS[:N]).values
    assert_stored(record, callback, [now])
    assert shown.header["probe_kind"] == "series"
    mass = np.abs(now[:, 9:]).sum((1, 2)) / np.abs(now).sum((1, 2))
    np.testing.assert_allclose(logs["ig_region_mass"][-1], mass.mean(), rtol=1e-4)


@both_libraries
def test_graphs(library, tmp_path):
    x = rng.normal(size=(EXAMPLES, 4, 3)).astype("float32")
    adjacency = np.tile(np.eye(4, dtype="float32"), (EXAMPLES, 1, 1))
    adjacency[:, 0, 1] = adjacency[:, 1, 0] = 1
    library.utils.set_random_seed(0)

    class Convolution(library.layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = library.layers.Dense(3, activation="tanh")

        def call(self, inputs):
            nodes, edges = inputs
            return tf.matmul(edges, self.dense(nodes))

    inputs = {"adjacency": library.Input((4, 4), name="adjacency"), "nodes": library.Input((4, 3), name="nodes")}
    hidden = Convolution()([inputs["nodes"], inputs["adjacency"]])
    model = library.Model(inputs, library.layers.Dense(2)(library.layers.GlobalAveragePooling1D()(hidden)))
    both = {"adjacency": adjacency, "nodes": x}
    edges = [np.array([[0, 1]])] * N
    probe_set = kerasig.ProbeSet(
        {name: array[:N] for name, array in both.items()}, LABELS[:N], edges=edges, regions={"first": np.arange(4) == 0}
    )
    record, _, shown, callback, _ = watched(library, model, both, LABELS, probe_set, tmp_path)
    assert probe_set.subject == "nodes"
    now = kerasig.explain(model, probe_set.inputs, LABELS[:N]).values
    leaves = {leaf["name"]: stored for leaf, stored in zip(record.header["leaves"], record.leaves, strict=True)}
    np.testing.assert_allclose(leaves["nodes"], now["nodes"].sum(axis=2), atol=1e-3)
    assert shown.header["probe_kind"] == "graph"
    assert shown.header["edges"] == [[[0, 1]]] * N
    assert shown.header["leaves"][shown.header["subject"]]["name"] == probe_set.subject
    assert callback.history[-1]["region_mass"] > 0


def test_layers_and_inputs_together(tmp_path):
    layers = keras.layers
    x = {"ids": rng.integers(0, 5, (EXAMPLES, 3)), "meta": rng.normal(size=(EXAMPLES, 2)).astype("float32")}
    keras.utils.set_random_seed(0)
    inputs = {"ids": keras.Input((3,), dtype="int64", name="ids"), "meta": keras.Input((2,), name="meta")}
    looked_up = layers.Flatten()(layers.Embedding(5, 2, name="embedding")(inputs["ids"]))
    joined = layers.Concatenate()([looked_up, inputs["meta"]])
    model = keras.Model(inputs, layers.Dense(2)(layers.Dense(4, activation="tanh")(joined)))
    probe_set = kerasig.ProbeSet(
        {name: array[:N] for name, array in x.items()}, LABELS[:N], regions={"meta": {"meta": [True, True]}}
    )
    options = {"layer": ["embedding", None]}
    record, _, _, callback, logs = watched(keras, model, x, LABELS, probe_set, tmp_path, **options)
    now = kerasig.explain(model, probe_set.inputs, LABELS[:N], **options).values
    assert [leaf["name"] for leaf in record.header["leaves"]] == ["embedding", "meta"]
    embedded, meta = (np.abs(part).reshape(N, -1) for part in (now[0], now[1]["meta"]))
    mass = meta.sum(axis=1) / (embedded.sum(axis=1) + meta.sum(axis=1))
    if probe_set.leaf_kind("embedding") == "tabular":  # Else coordinates of an embedding are summed first.
        np.testing.assert_allclose(logs["ig_region_mass"][-1], mass.mean(), rtol=1e-4)
    assert 0 < callback.history[-1]["region_mass"] < 1

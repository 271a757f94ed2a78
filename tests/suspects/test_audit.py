"""Audits: which examples they are made of, and what they refuse."""

import keras
import numpy as np
import pandas
import pytest
import tensorflow as tf

import kerasig

X = np.arange(120 * 4, dtype=np.float32).reshape(120, 4)
Y = np.arange(120) % 3


def test_as_many_of_each_class_are_drawn_and_captions_go_along():
    labels = np.repeat([0, 1, 2], [80, 25, 15])
    audit = kerasig.Audit(X, labels, n=60, names=[f"row {row}" for row in range(120)], class_names=["a", "b", "c"])
    assert np.bincount(audit.labels).tolist() == [23, 22, 15]
    np.testing.assert_array_equal(audit.probes.inputs, X[audit.rows])
    assert list(audit.probes.names) == [f"row {row}" for row in audit.rows]
    assert audit.called(2) == "c"
    assert audit.classes == (0, 1, 2)
    again = kerasig.Audit(X, labels, n=60)
    np.testing.assert_array_equal(again.rows, audit.rows)
    assert (kerasig.Audit(X, labels, n=60, seed=1).rows != audit.rows).any()


def test_captions_are_read_by_their_order_whatever_labels_they_have():
    order = np.random.default_rng(0).permutation(120)
    named = pandas.Series([f"row {row}" for row in range(120)], index=order)
    audit = kerasig.Audit(X, Y, n=60, names=named)
    assert list(audit.probes.names) == [f"row {row}" for row in audit.rows]


@pytest.mark.parametrize("shape", [np.asarray, np.ndarray.tolist])
def test_edges_for_all_graphs_serve_all_however_many_there_are(shape):
    graphs, edges = np.zeros((40, 9, 2), "float32"), np.argwhere(np.ones((9, 9)))[:40]
    audit = kerasig.Audit(graphs, Y[:40], n=30, edges=shape(edges))
    assert len(edges) == len(graphs)
    assert all((found == edges).all() for found in audit.probes.edges)


@pytest.mark.parametrize(
    ("captions", "said"),
    [
        ({"names": ["a"] * 30}, "names must be one per example. Received 30 for 120 examples"),
        ({"names": np.array("a")}, "names must be .* Received"),
        ({"edges": np.array("a")}, "edges must be .* Received"),
        ({"inputs": np}, "inputs must be an array .* Received"),
    ],
)
def test_captions_and_inputs_that_are_none_are_refused_by_name(captions, said):
    with pytest.raises(ValueError, match=said):
        kerasig.Audit(**{"inputs": X, "labels": Y, "n": 60, **captions})


def test_halves_share_no_example_and_have_every_class():
    audit = kerasig.Audit(X, Y, n=90)
    sought, judged = audit.halves()
    assert not (sought & judged).any()
    assert (sought | judged).all()
    assert np.bincount(audit.labels[judged]).tolist() == [15, 15, 15]


@pytest.mark.parametrize("labels", [Y[:, None], np.eye(3)[Y], Y.astype(np.float32), Y.astype(np.uint8)])
def test_labels_come_as_keras_takes_them(labels):
    np.testing.assert_array_equal(kerasig.Audit(X, labels, n=120).labels, Y)


def test_datasets_are_read_and_dicts_are_kept():
    batches = tf.data.Dataset.from_tensor_slices(({"a": X, "b": X[:, :2]}, Y)).batch(16)
    audit = kerasig.Audit(batches, n=100)
    assert len(audit) == 100
    assert set(audit.probes.inputs) == {"a", "b"}
    np.testing.assert_array_equal(audit.probes.inputs["b"], X[:100, :2])


class Numbered(keras.utils.PyDataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return X[index * 16 : index * 16 + 16], Y[index * 16 : index * 16 + 16]


def batches():
    return (Numbered()[index] for index in range(8))


def pipeline():
    return tf.data.Dataset.from_tensor_slices((X, Y))


@pytest.mark.filterwarnings("ignore:Reading probes from an iterator")
@pytest.mark.parametrize(
    "dataset",
    [
        pipeline(),
        pipeline().batch(16),
        pipeline().filter(lambda x, y: True),
        pipeline().filter(lambda x, y: True).batch(16),
        Numbered(),
        batches(),
        batches,
        list(batches()),
        list(zip(X, Y, strict=True)),
        pipeline,
    ],
)
def test_all_examples_of_a_dataset_are_taken_where_there_are_fewer_than_n(dataset):
    audit = kerasig.Audit(dataset)
    np.testing.assert_array_equal(audit.probes.inputs, X)
    np.testing.assert_array_equal(audit.labels, Y)


def test_a_list_of_arrays_is_the_inputs_of_a_model_where_labels_are_given():
    first, second = kerasig.Audit([X, X[:, :2]], Y).probes.inputs
    assert (first.shape, second.shape) == ((120, 4), (120, 2))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((X,), "labels"),
        ((X, np.zeros(120, int)), "120 of class 0"),
        ((X, np.linspace(0, 1, 120)), "must be classes"),
        ((X, Y[:50]), "one row per example"),
        ((X, Y, 12), "4 of class 0"),
        ((X, Y, 0), "n must be"),
        ((X, -Y), "must be classes"),
        ((X, np.where(Y, np.inf, 0)), "must be classes.*such as .*inf"),
        ((X, np.where(Y, 1e300, 0)), "must be classes"),
        ((X, np.where(Y, np.uint64(2**63), np.uint64(0))), "must be classes"),
        ((X, np.array(list("abc"))[Y]), "such as .'a', 'b', 'c'.*names as class_names"),
        ((np.float32(1), Y), "inputs must be"),
        (({"a": X, "b": X[:3]}, Y), "as many rows in each array. Received 3 and 120"),
        ((kerasig.ProbeSet(X, Y),), r"Received a ProbeSet\. Pass .*Audit\(probes\.inputs, probes\.labels\)"),
        (([X, X],), "needs labels"),
        ((pipeline().take(0),), "must have at least n examples. Received none"),
        ((lambda: None,), "dataset must be .*Received NoneType"),
        ((lambda epoch: batches(),), "inputs must be .*Received <function.*Pass the array itself"),
        ((X[:3], [0, 2, 2]), r"Received 1 of class 0, 2 of class 2 in 3 examples"),
        (({"a": X, "b": np.concatenate([X, X])}, Y), "as many rows in each array. Received 120 and 240"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(arguments, said):
    with pytest.raises(ValueError, match=said):
        kerasig.Audit(*arguments)


def test_a_class_in_place_of_its_instance_is_refused():
    with pytest.raises(TypeError, match=r"Received the class PyDataset\. Pass an instance of it"):
        kerasig.Audit(keras.utils.PyDataset)


def test_a_class_of_few_examples_is_left_out_and_said():
    labels = np.repeat([0, 1, 2], [60, 55, 5])
    audit = kerasig.Audit(X, labels, n=120)
    assert audit.classes == (0, 1)
    assert "1 more with fewer than 10 examples" in repr(audit)


def test_a_model_of_another_architecture_and_another_type_are_refused():
    audit = kerasig.Audit(X, Y)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    with pytest.raises(TypeError, match=r"kerasig\.Audit"):
        kerasig.suspects(model, X)
    with pytest.raises(ValueError, match="before must be"):
        kerasig.suspects(model, audit, keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)]))
    with pytest.raises(ValueError, match="before="):
        kerasig.suspects(lambda x: x[:, :3], audit)
    with pytest.raises(ValueError, match="before must be a model, or some of them"):
        kerasig.suspects(model, audit, [])
    with pytest.raises(TypeError, match=r"before must be the model before.*Received: 3"):
        kerasig.suspects(model, audit, 3)


def test_examples_are_taken_as_probes_with_all_that_they_are_called():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("pqrs"))
    audit = kerasig.Audit(frame, Y, n=60, names=[f"row {row}" for row in range(120)], class_names=["a", "b", "c"])
    probes = audit.take(np.array([3, 40]), regions={"first": ["p"]}, title="two")
    np.testing.assert_array_equal(probes.inputs, X[audit.rows[[3, 40]]])
    assert probes.labels.tolist() == audit.labels[[3, 40]].tolist()
    assert (probes.kind, probes.feature_names, probes.title) == ("tabular", tuple("pqrs"), "two")
    assert (probes.class_names, probes.names) == (("a", "b", "c"), tuple(f"row {audit.rows[at]}" for at in (3, 40)))
    assert probes.regions["first"]["inputs"].tolist() == [[True, False, False, False]]
    ids = np.arange(60 * 5).reshape(60, 5) % 7
    words = [[str(each) for each in row] for row in ids]
    sentences = kerasig.Audit(ids, np.arange(60) % 2, tokens=words).take([2])
    assert (sentences.kind, sentences.tokens) == ("tokens", (tuple(words[2]),))
    for rows in ([60], [-1], [], 3, ["a"]):
        with pytest.raises(ValueError, match="rows must "):
            audit.take(rows)


def test_a_callback_lends_the_names_of_its_probes_classes_to_an_audit_without(tmp_path):
    probes = kerasig.ProbeSet(X[:3], Y[:3], class_names=["a", "b", "c"])
    for given, expected in ((None, "b"), (["p", "q", "r"], "q")):
        audit = kerasig.Audit(X, Y, class_names=given)
        used = kerasig.IGCallback(probes, tmp_path, audit=audit)._settings.audit
        assert used.called(1) == expected
        assert used.probes.fingerprint == audit.probes.fingerprint
        assert audit.called(1) == ("class 1" if given is None else "q")


def test_the_words_of_a_target_are_about_one_output_of_several():
    inputs = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")

    def model(x):
        return {"p": x[:, :3], "q": x[:, 3:]}

    found = [
        kerasig.suspects(model, kerasig.Audit(inputs, Y[:60], target=target, kind="tabular"), before=model)
        for target in (kerasig.targets.Output("p", "label"), kerasig.targets.Output("p", kerasig.targets.Label(Y[:60])))
    ]
    assert found[0].looked == found[1].looked > 0
    assert [each.share for each in found[0].candidates] == [each.share for each in found[1].candidates]
    with pytest.raises(ValueError, match="must be one of auto, label, predicted"):
        kerasig.Audit(inputs, Y[:60], target=kerasig.targets.Output("p", "both"))
    # A callable says what is explained, and not which output the classes are of.
    several = kerasig.Audit(inputs, Y[:60], target=lambda outputs: outputs["p"][:, 0], kind="tabular")
    with pytest.raises(ValueError, match=r"2 outputs \(p, q\), so target must say which"):
        kerasig.suspects(model, several, before=model)

"""The models and the data of the benchmarks, without training them."""

import keras
import numpy as np
import pytest

from benchmarks import models
from benchmarks.models import (
    case,
    digits_cnn,
    graph_conv,
    smiles,
    tabular_mlp,
    trec,
    trec_lstm,
    trec_transformer,
)


def test_efficientnet_lite0_recognises_photographs():
    try:
        built = models.build("efficientnet_lite0_softmax_black", 24)
    except models.Unavailable as absent:
        pytest.skip(str(absent))
    assert built.accuracy >= 20 / 24
    np.testing.assert_allclose(built.baselines, -127 / 128)


@pytest.mark.parametrize(
    ("text", "atoms", "bonds"),
    [
        ("CCO", "C C O", 2),
        ("c1ccccc1Cl", "C C C C C C Cl", 7),
        ("C[C@@H]([NH3+])C(=O)[O-]", "C C N C O O", 5),
        ("C%12CC%12Br", "C C C Br", 4),
        ("[Na+].[Cl-]", "Na Cl", 0),
    ],
)
def test_smiles_gives_atoms_and_bonds(text, atoms, bonds):
    molecule = smiles.parse(text)
    assert [atom.element for atom in molecule.atoms] == atoms.split()
    assert len(molecule.bonds) == bonds


def test_smiles_reads_charges_and_bond_orders():
    nitro = smiles.parse("c1ccccc1[N+](=O)[O-]").atoms
    assert [atom.charge for atom in nitro] == [0] * 6 + [1, 0, -1]
    assert [atom.order for atom in nitro] == [3.0] * 5 + [4.0, 4.0, 2.0, 1.0]
    assert [atom.aromatic for atom in nitro] == [True] * 6 + [False] * 3


def test_smiles_names_the_place_that_it_does_not_understand():
    with pytest.raises(ValueError, match="from place 2"):
        smiles.parse("CC?C")


def test_padding_atoms_do_not_change_the_prediction():
    model = graph_conv.make_model()
    nodes = np.zeros((1, graph_conv.N_ATOMS, graph_conv.N_FEATURES), "float32")
    bonds = np.zeros((1, graph_conv.N_ATOMS, graph_conv.N_ATOMS), "int32")
    graph_conv._describe(smiles.parse("CCO"), nodes[0], bonds[0])
    marked = nodes.copy()
    marked[0, 3:] = 5
    results = [model({"nodes": array, "bonds": bonds}).numpy() for array in (nodes, marked)]
    np.testing.assert_array_equal(*results)
    assert results[0].shape == (1, 2)


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_digits_cnn_has_ten_classes(activation):
    assert digits_cnn.make_model(activation).output_shape == (None, 10)


def test_tabular_mlp_has_two_classes():
    assert tabular_mlp.make_model("tanh").output_shape == (None, 2)


@pytest.mark.parametrize("make", [trec_lstm.make_model, trec_transformer.make_model])
def test_question_networks_ignore_the_padding(make):
    model = make(30)
    assert model.output_shape == (None, len(trec.KINDS))
    ids = np.zeros((1, trec.LENGTH), "int32")
    ids[0, :4] = 3, 7, 2, 9
    before = model(ids).numpy()
    embedding = model.get_layer("embedding")
    table = embedding.get_weights()[0]
    table[0] += 1
    embedding.set_weights([table])
    # Masked positions take no part; their embedding reaches the output through rounding at most.
    np.testing.assert_allclose(model(ids).numpy(), before, atol=1e-6)


def test_weights_are_kept_and_the_model_comes_back_uncompiled(tmp_path):
    fits = []

    def make():
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])

    def fit(model):
        fits.append(model)
        x = np.eye(3, dtype="float32")
        return case.fit_classes(model, (x, np.array([0, 1, 1])), (x, np.array([0, 1, 1])), rate=0.1, epochs=1)

    (one, accuracy), (two, again) = (
        case.trained("tiny", make, fit, sources=(__file__,), cache=tmp_path) for _ in range(2)
    )
    assert len(fits) == 1
    assert accuracy == again
    assert not one.compiled
    for ours, kept, learnt in zip(one.get_weights(), two.get_weights(), fits[0].get_weights(), strict=True):
        np.testing.assert_array_equal(ours, learnt)
        np.testing.assert_array_equal(ours, kept)
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


@pytest.mark.parametrize("name", ["trec_lstm", "trec_transformer", "graph_conv", "efficientnet_lite0_logits_white"])
def test_absent_data_is_said_in_one_sentence(name, monkeypatch, tmp_path):
    pytest.importorskip("PIL", reason="photographs need pillow")
    monkeypatch.delenv("KERASIG_DATA", raising=False)
    with pytest.raises(models.Unavailable, match=r"^KERASIG_DATA does not name a folder with [^.]*(\.\w+)?\.$"):
        models.build(name, cache=tmp_path)


def test_unknown_case_names_the_known_ones():
    with pytest.raises(ValueError, match="digits_cnn_relu"):
        models.build("digits")

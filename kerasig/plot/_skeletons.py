"""Molecules as chemists draw them: RDKit says where atoms stand and what joins them; NumPy makes lines of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments

Line = NDArray[np.float64]  # [2, 2]: two ends, each x and y

# In bond lengths: how far the lines of a double bond are apart, and what a label keeps free around it.
_APART, _FREE = 0.17, 0.27
_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPT = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


@dataclass(frozen=True, eq=False)
class Skeleton:
    """One molecule in the plane.

    Args:
        places: of its atoms [A, 2]; a bond is about 1 long, and y points up.
        symbols: of its elements.
        labels: what stands at each atom, with its hydrogens and charge; "" at carbon.
        bonds: atoms [E, 2].
        orders: of the bonds [E], 1, 2 or 3; aromatic ones alternate.
        middles: of the smallest ring that each bond is in [E, 2]; NaN where there is none.
    """

    places: NDArray[np.float64]
    symbols: list[str]
    labels: list[str]
    bonds: NDArray[np.int64]
    orders: NDArray[np.int64]
    middles: NDArray[np.float64]

    def lines(self) -> Iterator[Line]:
        """The strokes of all bonds; they stop short of labels."""
        for (a, b), order, middle in zip(self.bonds.tolist(), self.orders, self.middles, strict=True):
            start, end = self.places[a], self.places[b]
            along = (end - start) / (np.linalg.norm(end - start) or 1)
            across = np.array([-along[1], along[0]])
            free = np.stack([_FREE * bool(self.labels[a]) * along, -_FREE * bool(self.labels[b]) * along])
            whole = np.stack([start, end]) + free
            if order == 2 and np.isfinite(middle).all():
                # The second line lies inside the ring, and is shorter.
                inward = np.sign((middle - (start + end) / 2) @ across) * across
                yield whole
                yield whole + _APART * inward + 0.12 * np.stack([along, -along])
            else:
                for shift in {1: (0.0,), 2: (-0.5, 0.5), 3: (-1.0, 0.0, 1.0)}[int(order)]:
                    yield whole + shift * _APART * across


def skeleton(structure: Any) -> Skeleton:
    """Lays out a molecule.

    Args:
        structure: SMILES, or a molecule of RDKit; its atoms keep their order.

    Raises:
        ImportError: RDKit is not installed.
        ValueError: it is neither.
    """
    try:
        from rdkit import Chem
        from rdkit.Chem import rdDepictor
    except ImportError:
        raise ImportError("Drawing molecules needs RDKit. Install it: pip install rdkit.") from None
    molecule = Chem.MolFromSmiles(structure) if isinstance(structure, str) else structure
    if not isinstance(molecule, Chem.Mol):
        raise ValueError(
            f"structures must be SMILES or molecules of RDKit. Received {arguments.shown(structure)}. "
            "Pass what RDKit can read."
        )
    # A copy: what is drawn must not change what a caller works with.
    molecule = Chem.Mol(molecule)
    Chem.Kekulize(molecule, clearAromaticFlags=True)
    rdDepictor.Compute2DCoords(molecule, canonOrient=True)
    places = np.asarray(molecule.GetConformer().GetPositions(), np.float64)[:, :2]
    bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in molecule.GetBonds()]
    lengths = [np.linalg.norm(places[a] - places[b]) for a, b in bonds]
    places = places / (float(np.median(lengths)) if lengths else 1.0)
    rings = sorted(molecule.GetRingInfo().AtomRings(), key=len)
    middles = [
        next((places[list(ring)].mean(axis=0) for ring in rings if a in ring and b in ring), np.full(2, np.nan))
        for a, b in bonds
    ]
    return Skeleton(
        places=places,
        symbols=[atom.GetSymbol() for atom in molecule.GetAtoms()],
        labels=[_label(atom) for atom in molecule.GetAtoms()],
        bonds=np.array(bonds, np.int64).reshape(-1, 2),
        orders=np.array([min(3, max(1, round(bond.GetBondTypeAsDouble()))) for bond in molecule.GetBonds()], np.int64),
        middles=np.array(middles, np.float64).reshape(-1, 2),
    )


def _label(atom: Any) -> str:
    """The element with its hydrogens and charge; nothing for carbon, which corners of lines stand for."""
    charge, hydrogens = atom.GetFormalCharge(), atom.GetTotalNumHs()
    if atom.GetSymbol() == "C" and not charge and atom.GetDegree():
        return ""
    attached = "H" * bool(hydrogens) + (str(hydrogens).translate(_SUBSCRIPT) if hydrogens > 1 else "")
    size = str(abs(charge)) if abs(charge) > 1 else ""
    sign = f"{size}{'+' if charge > 0 else '-'}".translate(_SUPERSCRIPT) if charge else ""
    return f"{atom.GetSymbol()}{attached}{sign}"

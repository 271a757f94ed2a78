"""Attributions to the atoms of a molecule and to its pairs of atoms, and what they tell of the network."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import keras
import numpy as np
from weave import Molecules

import kerasig

# Of the largest attribution to an atom in the molecule: as equal as sums in float32 in another order are.
EQUAL = 1e-4


@dataclass(frozen=True)
class Attributed:
    """Attributions of molecules: to atoms [N, 25] and to pairs [N, 80], summed over features; with their source."""

    found: kerasig.Attribution
    molecules: Molecules
    atoms: np.ndarray
    pairs: np.ndarray

    @classmethod
    def of(cls, model: keras.Model, molecules: Molecules) -> Attributed:
        found = kerasig.explain(model, molecules.inputs, 1, interior_alphas=[1.0])
        return cls(found, molecules, *(found.values[name].astype(float).sum(axis=-1) for name in ("atoms", "pairs")))

    def with_pairs(self) -> np.ndarray:
        """Atoms with half of each pair that they are in [N, 25]: sums are kept."""
        return halve(self.molecules, self.atoms, self.pairs)

    def simple(self) -> np.ndarray:
        """The same of gradient x input, which is the gradient at the molecule, for its baseline is zero."""
        gradients, inputs = self.found.interior.gradients, self.molecules.inputs
        products = {name: (gradients[name][:, 0] * inputs[name]).astype(float).sum(-1) for name in ("atoms", "pairs")}
        return halve(self.molecules, products["atoms"], products["pairs"])

    def shares(self) -> dict[str, float]:
        """The share of the score's change, summed over the molecules."""
        change = (self.found.score - self.found.baseline_score).astype(float).sum()
        bonded = self.molecules.bonded
        parts = {"bonded pairs": self.pairs[bonded], "other pairs": self.pairs[~bonded], "atoms": self.atoms}
        return {name: float(part.sum() / change) for name, part in parts.items()}

    def padding(self) -> float:
        """The largest attribution to padding, and the largest gradient there."""
        unreal = {"atoms": ~self.molecules.real_atoms, "pairs": ~self.molecules.real_pairs}
        gradients = self.found.interior.gradients
        return max(
            max(np.abs(self.found.values[name][mask]).max(), np.abs(gradients[name][:, 0][mask]).max())
            for name, mask in unreal.items()
        )


def halve(molecules: Molecules, atoms: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    total = atoms.copy()
    for row, ends, values in zip(total, molecules.inputs["ends"], pairs, strict=True):
        real = ends[:, 0] >= 0
        np.add.at(row, ends[real], values[real, None] / 2)
    return total


def alike(molecules: Molecules) -> list[tuple[int, int, int]]:
    """Atoms that a W1N2 cannot tell apart, though what they are bonded to differs: molecule, atom, other atom.

    They are of one element, have as many bonds of each kind and as many atoms two bonds away, and are bonded to
    different elements, or to the same ones by other bonds.
    """
    found = []
    for i, ends in enumerate(molecules.inputs["ends"]):
        elements = molecules.inputs["atoms"][i].argmax(axis=-1)
        kinds = molecules.inputs["pairs"][i].argmax(axis=-1)
        own: list[Counter] = [Counter() for _ in elements]
        led_to: list[Counter] = [Counter() for _ in elements]
        for (a, b), kind, bonded in zip(ends.tolist(), kinds, molecules.bonded[i], strict=True):
            if a >= 0:
                for atom, other in ((a, b), (b, a)):
                    own[atom][kind] += 1
                    led_to[atom][kind, elements[other]] += bonded
        real = np.flatnonzero(molecules.real_atoms[i])
        found += [
            (i, int(a), int(b))
            for a in real
            for b in real[real > a]
            if elements[a] == elements[b] and own[a] == own[b] and led_to[a] != led_to[b]
        ]
    return found


def tied(attributed: Attributed, couples: list[tuple[int, int, int]]) -> np.ndarray:
    """Which of the couples have identical attributions, within rounding [couples]."""
    i, a, b = np.array(couples).T
    atoms = attributed.atoms
    return np.abs(atoms[i, a] - atoms[i, b]) <= EQUAL * np.abs(atoms).max(axis=1)[i]


def roc_auc(values: np.ndarray, molecules: Molecules, marked: np.ndarray) -> float:
    """How often a true atom has a larger value than another atom of its molecule; mean over the molecules."""
    shares = []
    for row, real, true in zip(values, molecules.real_atoms, marked, strict=True):
        ahead = row[true][:, None] - row[real & ~true]
        shares.append((ahead > 0).mean() + (ahead == 0).mean() / 2)
    return float(np.mean(shares))

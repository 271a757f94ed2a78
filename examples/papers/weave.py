"""Weave networks of Kearnes et al. 2016 (arXiv 1603.00856): they read atoms and pairs of atoms, and weave them.

A molecule is an array of atoms, an array of its pairs of atoms that are at most two bonds apart, and which atoms each
pair joins. W1N2 has one Weave module, W2N2 two; N2 says how far apart a pair may be. The features are their simple
ones: an atom's element, and a pair's bond or distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

ELEMENTS = ("C", "N", "O", "S", "F", "Cl", "Br", "I", "P")
BONDS = ("single", "double", "triple", "aromatic")
APART = "two bonds apart"
PAIR_FEATURES = (*BONDS, APART)
# The largest molecule and the most pairs of one; what a smaller one leaves is padding.
N_ATOMS, N_PAIRS = 25, 80
# Centres and widths of the eleven overlapping bell curves that Kearnes et al. count atoms with, along each feature.
CENTRES = (-1.645, -1.08, -0.739, -0.468, -0.228, 0.0, 0.228, 0.468, 0.739, 1.08, 1.645)
WIDTHS = (0.283, 0.17, 0.134, 0.118, 0.114, 0.114, 0.114, 0.118, 0.134, 0.17, 0.283)


@dataclass(frozen=True)
class Molecules:
    """N molecules as a network reads them.

    Args:
        smiles: their texts, in whose order the atoms stand.
        inputs: atoms [N, 25, 9] and pairs [N, 80, 5] as zeros and ones; ends [N, 80, 2], the atoms that each pair
            joins, -1 for padding; real [N, 25], 1 for atoms and 0 for padding.
    """

    smiles: list[str]
    inputs: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.smiles)

    def take(self, rows: Any) -> Molecules:
        """Some of them, by index or mask."""
        indices = np.arange(len(self))[rows]
        return Molecules([self.smiles[i] for i in indices], {name: a[indices] for name, a in self.inputs.items()})

    @property
    def real_atoms(self) -> np.ndarray:
        """[N, 25]"""
        return self.inputs["real"] > 0

    @property
    def real_pairs(self) -> np.ndarray:
        """[N, 80]"""
        return self.inputs["ends"][..., 0] >= 0

    @property
    def bonded(self) -> np.ndarray:
        """[N, 80]: pairs that a bond joins."""
        return self.inputs["pairs"][..., : len(BONDS)].any(axis=-1)

    def edges(self) -> list[np.ndarray]:
        """Per molecule the bonds, as atoms [E, 2]."""
        return [ends[bonded] for ends, bonded in zip(self.inputs["ends"], self.bonded, strict=True)]


def featurize(smiles: Sequence[str]) -> Molecules:
    """Reads SMILES with RDKit.

    Raises:
        ValueError: one is not understood, has more than 25 atoms, or an element that none of the data has.
    """
    from rdkit import Chem

    n = len(smiles)
    atoms, real = np.zeros((n, N_ATOMS, len(ELEMENTS)), "float32"), np.zeros((n, N_ATOMS), "int32")
    pairs, ends = np.zeros((n, N_PAIRS, len(PAIR_FEATURES)), "float32"), np.full((n, N_PAIRS, 2), -1, "int32")
    for i, text in enumerate(smiles):
        molecule = Chem.MolFromSmiles(text)
        if molecule is None or molecule.GetNumAtoms() > N_ATOMS:
            raise ValueError(f"smiles must be molecules of at most {N_ATOMS} atoms. Received {text!r}.")
        for atom in molecule.GetAtoms():
            atoms[i, atom.GetIdx(), ELEMENTS.index(atom.GetSymbol())] = 1
            real[i, atom.GetIdx()] = 1
        distances = np.triu(Chem.GetDistanceMatrix(molecule))
        # Bonds come first.
        joined = np.concatenate([np.argwhere(distances == apart) for apart in (1, 2)])
        ends[i, : len(joined)] = joined
        for k, (a, b) in enumerate(joined.tolist()):
            bond = molecule.GetBondBetweenAtoms(a, b)
            pairs[i, k, PAIR_FEATURES.index(bond.GetBondType().name.lower() if bond else APART)] = 1
    return Molecules(list(smiles), {"atoms": atoms, "pairs": pairs, "ends": ends, "real": real})


class Weave(keras.layers.Layer):
    """One Weave module: new atoms from atoms and the pairs they are in, new pairs from pairs and their atoms.

    With `pairs=False`, for the last one, only atoms come out. There are no biases, so that an atom or a pair without
    features is nothing to the network, and what it says of a molecule comes from the features.
    """

    def __init__(self, width: int, *, pairs: bool = True, **options):
        super().__init__(**options)
        self.width, self.pairs = width, pairs
        names = ("atom_to_atom", "pair_to_atom", "new_atom")
        names += ("atoms_to_pair", "pair_to_pair", "new_pair") if pairs else ()
        self.steps = {name: keras.layers.Dense(width, "relu", use_bias=False, name=name) for name in names}

    def build(self, atoms_shape, pairs_shape, joins_shape):
        of_atoms, of_pairs, both = atoms_shape[-1], pairs_shape[-1], 2 * self.width
        sizes = {"atom_to_atom": of_atoms, "pair_to_atom": of_pairs, "new_atom": both}
        sizes |= {"atoms_to_pair": 2 * of_atoms, "pair_to_pair": of_pairs, "new_pair": both}
        for name, step in self.steps.items():
            step.build((None, None, sizes[name]))

    def call(self, atoms, pairs, joins):
        """Atoms [B, A, F], pairs [B, P, G] and joins [B, P, 2, A]: one where an atom is the pair's first or second."""
        step = self.steps
        # Padding joins no atom, so that nothing of it arrives.
        arrived = ops.einsum("bpea,bpf->baf", joins, step["pair_to_atom"](pairs))
        new_atoms = step["new_atom"](ops.concatenate([step["atom_to_atom"](atoms), arrived], axis=-1))
        if not self.pairs:
            return new_atoms
        first, second = (ops.einsum("bpa,baf->bpf", joins[:, :, end], atoms) for end in (0, 1))
        # In both orders, for a pair has none.
        met = step["atoms_to_pair"](ops.concatenate([first, second], axis=-1))
        met = met + step["atoms_to_pair"](ops.concatenate([second, first], axis=-1))
        return new_atoms, step["new_pair"](ops.concatenate([met, step["pair_to_pair"](pairs)], axis=-1))

    def compute_output_shape(self, atoms_shape, pairs_shape, joins_shape):
        new_atoms = (*atoms_shape[:-1], self.width)
        return (new_atoms, (*pairs_shape[:-1], self.width)) if self.pairs else new_atoms


class Join(keras.layers.Layer):
    """Which atoms each pair joins [B, P, 2], as zeros and ones [B, P, 2, A]; padding joins none."""

    def call(self, ends):
        return ops.one_hot(ends, N_ATOMS, dtype=self.compute_dtype)

    def compute_output_shape(self, ends_shape):
        return (*ends_shape, N_ATOMS)


class CountAtoms(keras.layers.Layer):
    """A soft histogram of each feature over the atoms [B, F * 11]; each atom's counts sum to one, padding's to none."""

    def call(self, atoms, real):
        centres, widths = (ops.convert_to_tensor(row, atoms.dtype) for row in (CENTRES, WIDTHS))
        bells = -0.5 * ops.square((atoms[..., None] - centres) / widths)
        counts = ops.softmax(bells, axis=-1) * ops.cast(real, atoms.dtype)[..., None, None]
        return ops.reshape(ops.sum(counts, axis=1), (-1, atoms.shape[-1] * len(CENTRES)))

    def compute_output_shape(self, atoms_shape, real_shape):
        return atoms_shape[0], atoms_shape[-1] * len(CENTRES)


def make_model(modules: int, *, width: int = 32, classes: int = 2) -> keras.Model:
    """W1N2 or W2N2, by the number of Weave modules."""
    inputs = {
        "atoms": keras.Input((N_ATOMS, len(ELEMENTS)), name="atoms"),
        "pairs": keras.Input((N_PAIRS, len(PAIR_FEATURES)), name="pairs"),
        "ends": keras.Input((N_PAIRS, 2), dtype="int32", name="ends"),
        "real": keras.Input((N_ATOMS,), dtype="int32", name="real"),
    }
    atoms, pairs = inputs["atoms"], inputs["pairs"]
    joins = Join()(inputs["ends"])
    for _ in range(modules - 1):
        atoms, pairs = Weave(width)(atoms, pairs, joins)
    atoms = Weave(width, pairs=False)(atoms, pairs, joins)
    described = keras.layers.Dense(width, activation="tanh", use_bias=False)(atoms)
    counted = CountAtoms()(described, inputs["real"])
    features = keras.layers.Dense(2 * width, activation="relu")(counted)
    outputs = keras.layers.Dense(classes, activation="softmax")(features)
    return keras.Model(inputs, outputs, name=f"W{modules}N2")

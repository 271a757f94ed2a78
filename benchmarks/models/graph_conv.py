"""A graph convolution on molecules: which have the substructures of a known logic?

Atoms' features are attributed; the bonds, an integer adjacency matrix, are held fixed.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from examples.papers import logic7

from .case import Case, data_file, first, fit_classes, trained
from .smiles import Molecule, parse

ELEMENTS = ("C", "N", "O", "S", "F", "Cl", "Br", "I", "P")
N_ATOMS = 25
N_FEATURES = len(ELEMENTS) + 5
WIDTH = 48


class GraphConvolution(keras.layers.Layer):
    """ReLU(x W0 + M x W1 + b), with M the mean over bonded atoms: an atom's own features and its neighbours'."""

    def __init__(self, width: int, **options):
        super().__init__(**options)
        self.own = keras.layers.Dense(width)
        self.neighbours = keras.layers.Dense(width, use_bias=False)

    def build(self, nodes_shape, bonds_shape):
        self.own.build(nodes_shape)
        self.neighbours.build(nodes_shape)

    def call(self, nodes, bonds):
        bonds = ops.cast(bonds, nodes.dtype)
        degrees = ops.sum(bonds, axis=-1, keepdims=True)
        mixed = ops.matmul(bonds / ops.maximum(degrees, 1), self.neighbours(nodes))
        return ops.relu(self.own(nodes) + mixed)

    def compute_output_shape(self, nodes_shape, bonds_shape):
        return (*nodes_shape[:-1], self.own.units)


class SumOverAtoms(keras.layers.Layer):
    """The sum over atoms that have a bond: the others pad the molecule."""

    def call(self, nodes, bonds):
        real = ops.cast(ops.any(bonds > 0, axis=-1, keepdims=True), nodes.dtype)
        return ops.sum(nodes * real, axis=1)

    def compute_output_shape(self, nodes_shape, bonds_shape):
        return nodes_shape[0], nodes_shape[-1]


def make_model() -> keras.Model:
    nodes = keras.Input((N_ATOMS, N_FEATURES), name="nodes")
    bonds = keras.Input((N_ATOMS, N_ATOMS), dtype="int32", name="bonds")
    x = nodes
    for _ in range(3):
        x = GraphConvolution(WIDTH)(x, bonds)
    x = keras.layers.Dense(WIDTH, activation="relu")(SumOverAtoms()(x, bonds))
    outputs = keras.layers.Dense(2, activation="softmax")(x)
    return keras.Model({"nodes": nodes, "bonds": bonds}, outputs, name="graph_conv")


def molecules() -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Inputs {nodes [N, 25, 14], bonds [N, 25, 25]}, labels [N], and which of them are for training [N]."""
    table = logic7.read_table(*(data_file("molecules", "logic7", name) for name in (logic7.TABLE, logic7.SPLIT)))
    nodes = np.zeros((len(table.smiles), N_ATOMS, N_FEATURES), "float32")
    bonds = np.zeros((len(table.smiles), N_ATOMS, N_ATOMS), "int32")
    for i, text in enumerate(table.smiles):
        _describe(parse(text), nodes[i], bonds[i])
    return {"nodes": nodes, "bonds": bonds}, table.labels, table.training


def _describe(molecule: Molecule, nodes: np.ndarray, bonds: np.ndarray) -> None:
    """Fills in one molecule's features and adjacency matrix."""
    for a, b in molecule.bonds:
        bonds[a, b] = bonds[b, a] = 1
    for i, atom in enumerate(molecule.atoms):
        degree = bonds[i].sum()
        nodes[i, ELEMENTS.index(atom.element)] = 1
        # The last one tells double and triple bonds from single ones, which the adjacency matrix does not.
        nodes[i, len(ELEMENTS) :] = atom.aromatic, atom.charge > 0, atom.charge < 0, degree / 4, atom.order - degree


def build(n: int = 16, *, cache=None) -> Case:
    """`n` molecules that have the substructures, and the class that says so.

    A molecule without them scores as an empty one does, within rounding: there is nothing to explain.
    """
    inputs, labels, training = molecules()
    train = {name: array[training] for name, array in inputs.items()}, labels[training]
    held_out = {name: array[~training] for name, array in inputs.items()}, labels[~training]
    model, accuracy = trained(
        "graph_conv",
        make_model,
        lambda learner: fit_classes(learner, train, held_out, rate=2e-3, epochs=25, batch_size=64),
        sources=(__file__, logic7.__file__, parse.__code__.co_filename),
        cache=cache,
    )
    chosen = first({name: array[held_out[1] == 1] for name, array in held_out[0].items()}, n)
    return Case(
        name="graph_conv",
        model=model,
        inputs=chosen,
        target=np.ones(n, int),
        baselines=None,
        layer=None,
        kind="graph",
        smooth=False,
        accuracy=accuracy,
    )

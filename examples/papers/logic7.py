"""Molecules whose labels a known rule decides, with the atoms that the rule is about (Sanchez-Lengeling et al. 2020).

The folder data/logic7 of https://github.com/google-research/graph-attribution (Apache-2.0) has two labels, of two
rules. Those of `y_true.npz` say whether a molecule has both a fluorine and a carbonyl; their atoms are the ones that
`true_raw_attribution_datadicts.npz` marks. The column `label` of `logic7_smiles.csv` says whether it has both an
unbranched alkane and a carbonyl, and differs in a quarter of the molecules. No atoms are marked for that rule.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TABLE, SPLIT = "logic7_smiles.csv", "logic7_traintest_indices.npz"
LABELS, MARKS = "y_true.npz", "true_raw_attribution_datadicts.npz"


@dataclass(frozen=True)
class Table:
    """SMILES, the table's own labels (an unbranched alkane and a carbonyl), and which are for training; N of each."""

    smiles: list[str]
    labels: np.ndarray
    training: np.ndarray


def read_table(table: Path, split: Path) -> Table:
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    training = np.zeros(len(rows), bool)
    with np.load(split) as indices:
        training[indices["train_index"]] = True
    return Table([row["smiles"] for row in rows], np.array([int(row["label"]) for row in rows]), training)


def read_truth(labels: Path, marks: Path) -> tuple[np.ndarray, list[np.ndarray]]:
    """Whether each molecule has a fluorine and a carbonyl [N], and per molecule which atoms belong to one of them.

    The file has a column for each way to choose one of several fluorines and carbonyls; an atom counts that is in any.
    """
    with np.load(labels) as file:
        decided = file["y"].reshape(-1).astype("int64")
    # A pickle: the file is an array of dicts.
    with np.load(marks, allow_pickle=True) as file:
        graphs = file["datadict_list"].reshape(-1)
    return decided, [graph["nodes"].max(axis=1) > 0 for graph in graphs]

"""Reads molecules from SMILES: atoms with a few features, and bonds. Stereochemistry is skipped."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r"(\[[^\]]+\]|Br|Cl|[BCNOPSFI]|[bcnops]|[-=#:/\\().]|%\d\d|\d)")
_BRACKET = re.compile(r"\[\d*([A-Z][a-z]?|[a-z][a-z]?)@{0,2}(?:H(\d*))?([+-]+\d*)?(?::\d+)?\]")
_ORDERS = {"-": 1.0, "/": 1.0, "\\": 1.0, "=": 2.0, "#": 3.0, ":": 1.5}


@dataclass
class Atom:
    """An atom: its element, whether it is aromatic, its charge, and the sum of its bonds' orders."""

    element: str
    aromatic: bool
    charge: int = 0
    order: float = 0.0


@dataclass
class Molecule:
    """Atoms in the order in which they are written, and pairs of bonded ones."""

    atoms: list[Atom] = field(default_factory=list)
    bonds: list[tuple[int, int]] = field(default_factory=list)

    def bond(self, a: int, b: int, symbol: str | None) -> None:
        """Joins two atoms; a bond that is not written is aromatic between aromatic atoms and single otherwise."""
        aromatic = self.atoms[a].aromatic and self.atoms[b].aromatic
        order = _ORDERS[symbol] if symbol else 1.5 if aromatic else 1.0
        self.bonds.append((a, b))
        self.atoms[a].order += order
        self.atoms[b].order += order


def parse(text: str) -> Molecule:
    """The molecule that `text` describes.

    Raises:
        ValueError: `text` is not SMILES as it is understood here.
    """
    molecule, branches, rings = Molecule(), [], {}
    last, symbol, position = None, None, 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found:
            raise ValueError(f"text must be SMILES. Received {text!r}, not understood from place {position}.")
        token, position = found[0], found.end()
        if token in _ORDERS:
            symbol = token
        elif token == "(":
            branches.append(last)
        elif token == ")":
            last = branches.pop()
        elif token == ".":
            last = None
        elif token[0] in "%0123456789":
            if token in rings:
                start, before = rings.pop(token)
                molecule.bond(start, last, before or symbol)
            else:
                rings[token] = last, symbol
            symbol = None
        else:
            molecule.atoms.append(_atom(token))
            if last is not None:
                molecule.bond(last, len(molecule.atoms) - 1, symbol)
            last, symbol = len(molecule.atoms) - 1, None
    return molecule


def _atom(token: str) -> Atom:
    found = _BRACKET.fullmatch(token)
    if not found:
        if token.startswith("["):
            raise ValueError(f"text must be SMILES. Received the atom {token!r}, which is not understood.")
        return Atom(token.capitalize(), token.islower())
    element, sign = found[1], found[3] or ""
    digits = sign.strip("+-")
    charge = (int(digits) if digits else len(sign)) * (-1 if "-" in sign else 1)
    return Atom(element.capitalize(), element.islower(), charge if sign else 0)

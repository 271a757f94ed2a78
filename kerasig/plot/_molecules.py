"""Molecules whose atoms and bonds stand on the colour of their attribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._attribution.data import AttributionData
from kerasig._types import Array, Names
from kerasig.plot._captions import captions_of
from kerasig.plot._colors import shade
from kerasig.plot._drawn import checked, chosen_examples, leaves_of
from kerasig.plot._panels import INK, limit
from kerasig.plot._skeletons import Skeleton, skeleton
from kerasig.plot._titles import broken, caption
from kerasig.probes import ProbeSet

# Pixels: the longest bond, a disc, the width of a bond's colour and of that of a pair without a bond.
_BOND, _DISC, _BAND, _DOTS = 40, 22, 13, 2.5
_MARGIN, _LINE, _LEGEND, _LARGEST = 20, 16, 30, 20_000
# The text keeps the colour of the template, and must stay legible on it.
_DEEPEST = 0.75


def molecules(
    attribution: AttributionData,
    structures: Sequence[Any],
    examples: Sequence[int] | int | None = None,
    *,
    atoms: str | None = None,
    pairs: str | None = None,
    ends: Array | None = None,
    names: Names | None = None,
    class_names: Names | None = None,
    probes: ProbeSet | None = None,
    common_scale: bool = False,
    columns: int = 3,
    side: int = 320,
) -> go.Figure:
    """Draws molecules whose atoms stand on the colour of their attribution, and bonds on that of their pair.

    Orange raises the explained score, blue lowers it; the deepest colour is the largest size in the molecule. Features
    of an atom or of a pair are summed. Pairs that no bond joins are dotted lines. The numbers of atoms and bonds are
    shown where the pointer rests on them. RDKit lays the molecules out: pip install rdkit.

    Args:
        attribution: what `kerasig.explain` returned.
        structures: of the N examples, SMILES or molecules of RDKit; their atoms stand in the order of the inputs.
        examples: indices of the examples, or one; None is all.
        atoms: name of the input of atoms [N, atoms, ...]; None where only one input is attributed.
        pairs: name of the input of pairs, [N, P, ...] with `ends` or [N, atoms, atoms, ...]; None draws none.
        ends: the atoms [N, P, 2] that each pair joins; negative ones are padding.
        names: what the N examples are called.
        class_names: what the model's classes are called.
        probes: the `ProbeSet` that was explained: its captions stand in for those that are left out here.
        common_scale: whether the deepest colour is the largest size of all drawn examples, which can then be compared.
        columns: how many stand beside each other.
        side: width of a molecule, in pixels.

    Returns:
        A figure that takes on any of Plotly's templates, light or dark.

    Raises:
        ImportError: RDKit is not installed.
        ValueError: `examples` are none, a leaf is not there, or a molecule does not fit its inputs.

    Example:
        >>> atoms = np.ones((1, 3, 2), "float32")  # ethanol, two features of each of its atoms
        >>> attribution = kerasig.explain(lambda x: x[:, 0, 0] * x[:, 2, 1], atoms)
        >>> figure = kerasig.plot.molecules(attribution, ["CCO"])  # doctest: +SKIP
    """
    chosen = chosen_examples(checked(attribution), examples)
    said = captions_of(attribution, probes, names=names, class_names=class_names)
    columns, side = arguments.whole("columns", columns, 1), arguments.whole("side", side, 2 * _DISC + 1, _LARGEST)
    common_scale = arguments.flag("common_scale", common_scale)
    given = arguments.items("structures", structures, len(attribution), fits="a list of SMILES or molecules")
    found = leaves_of(attribution)
    of_atoms = _leaf(found, atoms, "atoms")
    of_atoms = of_atoms.sum(axis=tuple(range(2, of_atoms.ndim)))
    of_pairs = None if pairs is None else _pairs(_leaf(found, pairs, "pairs"), ends)
    drawn = [
        _Molecule.of(skeleton(given[probe]), of_atoms[probe], of_pairs and of_pairs(probe), probe) for probe in chosen
    ]
    largest = limit(np.concatenate([molecule.values for molecule in drawn])) if common_scale else None
    headings = [caption(attribution, probe, said.names, said.class_names) for probe in chosen]
    captions = ["<br>".join(broken(heading, side)) for heading in headings]
    figure = go.Figure()
    columns = min(columns, len(drawn))
    top, shapes = 0.0, []
    for first in range(0, len(drawn), columns):
        row = slice(first, first + columns)
        top, bands = _add_row(figure, drawn[row], captions[row], top, side, largest)
        shapes += bands
    _legend(figure, -top)
    top += _LEGEND
    width = columns * side
    hidden = {"visible": False, "fixedrange": True}
    figure.update_xaxes(range=[0, width], **hidden)
    figure.update_yaxes(range=[-top, 0], **hidden)
    figure.update_layout(
        shapes=shapes,
        width=width + 2 * _MARGIN,
        height=top + 2 * _MARGIN,
        plot_bgcolor="rgba(0, 0, 0, 0)",
        margin={"t": _MARGIN, "b": _MARGIN, "l": _MARGIN, "r": _MARGIN},
        showlegend=False,
        hovermode="closest",
    )
    return figure


@dataclass(frozen=True, eq=False)
class _Molecule:
    """One molecule and its numbers: of atoms [A], and of pairs by their atoms, the lower one first."""

    skeleton: Skeleton
    atoms: NDArray[np.float64]
    pairs: dict[tuple[int, int], float]

    @classmethod
    def of(cls, drawn: Skeleton, atoms: NDArray[Any], pairs: dict[tuple[int, int], float] | None, probe: int) -> Any:
        n = len(drawn.places)
        pairs = pairs or {}
        beyond = max((b for _, b in pairs), default=-1)
        if n > len(atoms) or beyond >= n:
            received = (
                f"{n} atoms for {len(atoms)} positions" if n > len(atoms) else f"{n} atoms, and a pair of {beyond}"
            )
            raise ValueError(
                f"structures must fit the inputs. Received {received} in example {probe}. "
                "Pass the molecules that the inputs were made of."
            )
        return cls(drawn, np.asarray(atoms[:n], np.float64), pairs)

    @property
    def values(self) -> NDArray[np.float64]:
        return np.array([*self.atoms, *self.pairs.values()])

    @property
    def extent(self) -> NDArray[np.float64]:
        places = self.skeleton.places
        return np.asarray(places.max(axis=0) - places.min(axis=0))


def _leaf(found: dict[str, NDArray[Any]], name: str | None, argument: str) -> NDArray[np.float64]:
    if name is None and len(found) == 1:
        (name,) = found
    if not isinstance(name, str) or name not in found or found[name].ndim < 2:
        raise ValueError(
            f"{argument} must name an attributed input [N, {argument}, ...]. Received {argument}="
            f"{arguments.shown(name)}. "
            f"Pass one of {sorted(found)}."
        )
    return found[name].astype(np.float64)


def _pairs(values: NDArray[np.float64], ends: Any) -> Any:
    """A function from an example to its pairs' numbers, both orders of a pair summed."""
    if ends is None:
        if values.ndim < 3 or values.shape[1] != values.shape[2]:
            raise ValueError(f"pairs must be [N, atoms, atoms, ...], or come with ends. Received {list(values.shape)}.")
        size = values.shape[1]
        joined = np.broadcast_to(np.moveaxis(np.indices((size, size)), 0, -1), (len(values), size, size, 2))
        joined, values = joined.reshape(len(values), -1, 2), values.reshape(len(values), size * size, -1)
    else:
        found = arguments.numbers("ends", ends, "[N, P, 2]", axes=0)
        joined = np.asarray(ends)
        if (
            joined.shape != (*values.shape[:2], 2)
            or joined.dtype.kind not in "iu"
            or np.abs(found).max(initial=0) > 1e9
        ):
            raise ValueError(
                f"ends must be integers [N, P, 2], the atoms of each pair. Received {arguments.shown(ends)} for pairs "
                f"{list(values.shape)}."
            )
    sums = values.sum(axis=tuple(range(2, values.ndim)))

    def of(probe: int) -> dict[tuple[int, int], float]:
        found: dict[tuple[int, int], float] = {}
        for (a, b), value in zip(joined[probe].tolist(), sums[probe].tolist(), strict=True):
            # What is padded has no number; only that may lie outside of a molecule.
            if min(a, b) >= 0 and value != 0:
                pair = (min(a, b), max(a, b))
                found[pair] = found.get(pair, 0.0) + value
        return found

    return of


def _add_row(
    figure: go.Figure, drawn: Sequence[_Molecule], captions: Sequence[str], top: float, side: int, largest: float | None
) -> tuple[float, list[dict[str, Any]]]:
    """Adds molecules beside each other below `top`; returns where the row ends, and the bands under its pairs."""
    top += _LINE * max(heading.count("<br>") + 1 for heading in captions)
    scales = [min(_BOND, *((side - 2 * _DISC) / np.maximum(molecule.extent, 1e-9))) for molecule in drawn]
    height = max(scale * molecule.extent[1] for molecule, scale in zip(drawn, scales, strict=True)) + 2 * _DISC
    shapes = []
    for column, (molecule, scale, heading) in enumerate(zip(drawn, scales, captions, strict=True)):
        left = column * side
        middle = np.array([left + side / 2, -top - height / 2])
        shapes += _draw(figure, molecule, middle, scale, largest or limit(molecule.values))
        _annotate(figure, heading, left, -top, yanchor="bottom")
    return top + height + _LINE, shapes


def _draw(
    figure: go.Figure, molecule: _Molecule, middle: NDArray[Any], scale: float, largest: float
) -> list[dict[str, Any]]:
    """Adds a molecule around `middle`; returns the bands of colour under its pairs."""
    drawn = molecule.skeleton
    centre = (drawn.places.max(axis=0) + drawn.places.min(axis=0)) / 2

    def at(places: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(middle + scale * (places - centre))

    places, disc = at(drawn.places), min(_DISC, 0.62 * scale)
    bonds = {(min(a, b), max(a, b)) for a, b in drawn.bonds.tolist()}
    shapes = []
    # Faint ones first, so that none hides a stronger one.
    for (a, b), value in sorted(molecule.pairs.items(), key=lambda item: abs(item[1])):
        along = (places[b] - places[a]) / (np.linalg.norm(places[b] - places[a]) or 1)
        start, end = places[a] + along * disc / 2, places[b] - along * disc / 2
        is_bond = (a, b) in bonds
        width = _BAND * min(1, scale / _BOND) if is_bond else _DOTS
        line = {"color": shade(value / largest, deepest=_DEEPEST), "width": width, "dash": None if is_bond else "dot"}
        ends = dict(zip(("x0", "y0", "x1", "y1"), [*start, *end], strict=True))
        shapes.append({"type": "line", "layer": "below", "line": line, **ends})
    _scatter(
        figure,
        places,
        mode="markers",
        marker={"size": disc, "color": [shade(v / largest, deepest=_DEEPEST) for v in molecule.atoms], "line_width": 0},
        hovertext=[_of_atom(molecule, i) for i in range(len(places))],
    )
    strokes = [point for line in drawn.lines() for point in (*at(line), (None, None))]
    if strokes:
        _scatter(figure, strokes, mode="lines", line={"color": INK, "width": 1.5})
    if any(drawn.labels):
        _scatter(figure, places, mode="text", text=drawn.labels, textfont_size=max(8, min(13, 0.36 * scale)))
    known = [bond for bond in sorted(bonds) if bond in molecule.pairs]
    if known:
        _scatter(
            figure,
            np.array([(places[a] + places[b]) / 2 for a, b in known]),
            mode="markers",
            marker={"size": disc / 2, "color": "rgba(0, 0, 0, 0)"},
            hovertext=[
                f"bond {drawn.symbols[a]} {a}, {drawn.symbols[b]} {b}<br>attribution {molecule.pairs[a, b]:.4g}"
                for a, b in known
            ],
        )
    return shapes


def _of_atom(molecule: _Molecule, atom: int) -> str:
    said = f"{molecule.skeleton.symbols[atom]} {atom}<br>attribution {molecule.atoms[atom]:.4g}"
    if not molecule.pairs:
        return said
    halves = sum(value / 2 for pair, value in molecule.pairs.items() if atom in pair)
    return f"{said}<br>with half of its pairs {molecule.atoms[atom] + halves:.4g}"


def _scatter(figure: go.Figure, places: Any, hovertext: list[str] | None = None, **options: Any) -> None:
    hover = {"hoverinfo": "skip"} if hovertext is None else {"hovertext": hovertext, "hoverinfo": "text"}
    figure.add_trace(go.Scatter(x=[x for x, _ in places], y=[y for _, y in places], **hover, **options))


def _annotate(figure: go.Figure, label: str, left: float, y: float, yanchor: str = "top", **options: Any) -> None:
    figure.add_annotation(
        **{"text": label, "x": left, "y": y, "xanchor": "left", "yanchor": yanchor, "showarrow": False},
        **{"align": "left", "font_size": 12, **options},
    )


def _legend(figure: go.Figure, y: float) -> None:
    for left, label, size in ((0, "raises the score", 0.6), (130, "lowers it", -0.6)):
        _annotate(figure, label, left, y, bgcolor=shade(size, deepest=_DEEPEST), borderpad=2)

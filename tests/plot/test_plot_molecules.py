"""Drawn molecules show every atom's and bond's number in its colour, in its place."""

import re
import subprocess
import sys

import numpy as np
import pytest
from test_plot import N, attribution_of

from kerasig import plot

pytest.importorskip("rdkit", reason="molecules are drawn with RDKit")

# Ethanol, acetonitrile and the ammonium ion; five places for atoms, and four for pairs of which two are bonds.
SMILES = ["CCO", "CC#N", "[NH4+]"]
ENDS = np.array([[[0, 1], [2, 1], [0, 2], [-1, -1]]] * 2 + [[[-1, -1]] * 4])
ATOMS = np.array([[[1, 1], [-4, 0], [1, 0], [0, 0], [0, 0]]] * N, np.float32)
PAIRS = np.array([[[3], [-1], [0.5], [0]]] * 2 + [[[0]] * 4], np.float32)


def attribution(atoms=ATOMS, pairs=PAIRS):
    return attribution_of(
        {"atoms": atoms, "pairs": pairs, "ends": ENDS}, {"atoms": atoms, "pairs": pairs, "ends": None}
    )


def draw(examples=None, **options):
    return plot.molecules(
        attribution(), SMILES, examples, **{"atoms": "atoms", "pairs": "pairs", "ends": ENDS} | options
    )


def marks(figure):
    """Of each molecule the discs of its atoms."""
    return [trace for trace in figure.data if trace.mode == "markers" and not isinstance(trace.marker.color, str)]


def numbers(trace):
    return [float(re.search(r"<br>attribution (\S+?)(<|$)", said).group(1)) for said in trace.hovertext]


def opacity(color):
    return float(color.rpartition(",")[2].rstrip(")"))


def test_every_atom_has_the_sum_of_its_features_and_padding_none():
    ethanol, acetonitrile, ammonium = marks(draw())
    assert numbers(ethanol) == numbers(acetonitrile) == [2, -4, 1]
    assert numbers(ammonium) == [2]
    # Half of 3 and half of 0.5, of the pairs that the first atom is in.
    assert ethanol.hovertext[0].endswith("with half of its pairs 3.75")


def test_bonds_have_their_pairs_colour_and_other_pairs_are_dotted():
    figure = draw(0)
    by_width = sorted(figure.layout.shapes, key=lambda shape: -shape.line.width)
    first, second, apart = by_width
    assert (first.line.dash, second.line.dash, apart.line.dash) == (None, None, "dot")
    strong, weak = sorted((first, second), key=lambda shape: -opacity(shape.line.color))
    assert strong.line.color.rpartition(",")[0] != weak.line.color.rpartition(",")[0]
    (bonds,) = [trace for trace in figure.data if trace.mode == "markers" and isinstance(trace.marker.color, str)]
    assert numbers(bonds) == [3, -1]
    assert bonds.hovertext[1].startswith("bond C 1, O 2")


def test_colours_tell_sign_and_size():
    up, down, small = marks(draw(0))[0].marker.color
    assert up.rpartition(",")[0] != down.rpartition(",")[0]
    assert opacity(down) > opacity(up) > opacity(small) > 0


def test_each_molecule_has_a_scale_of_its_own_unless_it_is_common():
    weak = attribution(ATOMS * np.array([1, 0.25, 0.25], np.float32)[:, None, None], 0 * PAIRS)
    own = [opacity(trace.marker.color[0]) for trace in marks(plot.molecules(weak, SMILES, atoms="atoms"))]
    common = [
        opacity(trace.marker.color[0])
        for trace in marks(plot.molecules(weak, SMILES, atoms="atoms", common_scale=True))
    ]
    assert own[0] == own[1]
    assert common[0] > common[1]


def test_a_square_of_pairs_is_the_same_as_a_list_of_them():
    square = np.zeros((N, 5, 5, 1), np.float32)
    # Both orders of a pair count.
    square[:2, 0, 1], square[:2, 1, 0], square[:2, 1, 2], square[:2, 0, 2] = 1, 2, -1, 0.5
    listed = draw()
    squared = plot.molecules(attribution(pairs=square), SMILES, atoms="atoms", pairs="pairs")
    assert squared.layout.shapes == listed.layout.shapes
    assert [trace.hovertext for trace in squared.data] == [trace.hovertext for trace in listed.data]


def test_labels_are_what_chemists_write():
    labels = [trace.text for trace in draw().data if trace.mode == "text"]
    assert labels == [("", "", "OH"), ("", "", "N"), ("NH₄⁺",)]


def test_strokes_are_as_many_as_the_orders_of_the_bonds_say():
    strokes = [trace.x.count(None) for trace in draw().data if trace.mode == "lines"]
    assert strokes == [2, 4]
    (benzene,) = [
        trace
        for trace in plot.molecules(attribution_of(np.ones((N, 6, 1), np.float32)), ["c1ccccc1"] * N, 0).data
        if trace.mode == "lines"
    ]
    assert benzene.x.count(None) == 9


def test_atoms_lie_within_the_figure_and_apart_and_bonds_end_at_them():
    figure = draw()
    (left, right), (bottom, top) = figure.layout.xaxis.range, figure.layout.yaxis.range
    assert (right - left, top - bottom) == (figure.layout.width - 40, figure.layout.height - 40)
    for trace in marks(figure):
        x, y = np.array(trace.x), np.array(trace.y)
        assert ((x > left) & (x < right) & (y > bottom) & (y < top)).all()
        distances = np.hypot(x[:, None] - x, y[:, None] - y) + 1e9 * np.eye(len(x))
        assert distances.min() > trace.marker.size


def test_an_rdkit_molecule_is_drawn_as_its_smiles_is_and_left_as_it_was():
    from rdkit import Chem

    molecule = Chem.MolFromSmiles("c1ccccc1O")
    one = attribution_of(np.ones((N, 7, 1), np.float32))
    drawn, of_text = (plot.molecules(one, [structure] * N, 0) for structure in (molecule, "c1ccccc1O"))
    assert drawn == of_text
    assert molecule.GetNumConformers() == 0
    assert Chem.MolToSmiles(molecule) == "Oc1ccccc1"


def test_captions_say_what_was_explained():
    captions = [note.text for note in draw(names=["a<b", "b", "c"], class_names=["x", "y", "z"]).layout.annotations]
    assert captions[0] == "a&lt;b · class z · score 0.9, 0.1 at the baseline"
    assert "<b>not converged</b>" in captions[2]
    assert captions[3:] == ["raises the score", "lowers it"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"examples": 3}, "Received examples=3 for 3 examples"),
        ({"atoms": None}, "Pass one of ['atoms', 'pairs']"),
        ({"atoms": "nodes"}, "Received atoms='nodes'"),
        ({"ends": None}, "pairs must be [N, atoms, atoms, ...], or come with ends"),
        ({"ends": ENDS[:, :2]}, "ends must be integers [N, P, 2]"),
        ({"ends": ENDS + 1}, "Received 3 atoms, and a pair of 3 in example 0"),
        ({"names": ["a"]}, "names must be one per example"),
    ],
)
def test_a_wrong_argument_is_refused_with_a_remedy(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        draw(**options)


@pytest.mark.parametrize(
    ("structures", "message"),
    [
        (["CCO"], "Received 1 for 3 examples"),
        (["CCCCCC"] * N, "Received 6 atoms for 5 positions"),
        (["no molecule"] * N, "Received 'no molecule'"),
    ],
)
def test_structures_that_do_not_fit_are_refused(structures, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plot.molecules(attribution(), structures, atoms="atoms")


@pytest.mark.slow
def test_without_rdkit_the_error_says_what_to_install():
    program = """
import sys
sys.modules["rdkit"] = None
from kerasig.plot._skeletons import skeleton
skeleton("CCO")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert ended.stderr.splitlines()[-1] == "ImportError: Drawing molecules needs RDKit. Install it: pip install rdkit."

"""A kind is one file, one panel and one look: whatever else there is asks the kind, and knows none by name."""

import re
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from kerasig import _kinds
from kerasig._kinds.registry import KINDS
from kerasig.plot._panels_of_kinds import PANELS
from kerasig.typing import Kind

ROOT = Path(_kinds.__file__).parents[2]
PAGE = ROOT / "tb_plugin/tensorboard_plugin_kerasig/static"


def test_every_kind_has_a_file_a_panel_and_a_look():
    looks = re.search(r"const LOOKS = \{(.*?)\};", (PAGE / "views/looks.js").read_text(), re.S)[1]
    assert set(KINDS) == set(PANELS) == set(re.findall(r"\w+", looks))
    assert set(KINDS) == set(get_args(Kind))
    for name, kind in KINDS.items():
        assert kind.name == name
        assert type(kind).__module__ == f"kerasig._kinds.{name}"
        assert type(kind).__final__


def test_no_module_compares_a_kind_with_a_name():
    name = rf"[\"'](?:{'|'.join(KINDS)})[\"']"
    # What its positions are called by is an answer of the kind.
    after, before = rf"[kK]inds?\b[^.]{{0,20}}(?:[=!]==?|\bin|\bhas\()\s*\(?{name}", rf"{name}\s*[=!]==?"
    compared = re.compile(f"{after}|{before}|data-kind={name}")
    files = [*ROOT.glob("kerasig/**/*.py"), *ROOT.glob("tb_plugin/**/*.py"), *PAGE.rglob("*.js"), *PAGE.rglob("*.css")]
    assert len(files) > 150
    found = [(file.name, line) for file in files for line in file.read_text().splitlines() if compared.search(line)]
    assert found == []
    assert compared.search('if leaf.kind == "image":')
    assert compared.search('kind === "graph" ? 1 : 2')


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_sums_what_is_no_position_and_says_what_the_page_must_know(kind):
    for shape in [(2, 5), (2, 5, 6), (2, 8, 9, 3), (2, 3, 32, 32), (2, 4, 8, 9, 3)]:
        if kind.fits(np.zeros(shape)):
            summed = kind.summed(shape)
            assert 0 not in summed
            assert set(summed) <= set(range(len(shape)))
            # An output of the inputs' own shape is of their kind.
            again = kind.summed_in_output(shape, shape)
            assert again is not None
            assert len(again) == len(summed)
    assert set(kind.traits()) == {"axes", "names", "ordered", "sequence"}
    assert kind == type(kind)()
    assert hash(kind) == hash(type(kind)())

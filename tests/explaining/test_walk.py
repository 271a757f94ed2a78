"""One call of explain goes through the rooms in the order in which docs/internals/architecture.md draws them."""

import re
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import kerasig

ROOT = Path(__file__).parents[2]


def drawn():
    """The modules of the drawing, from the top, each once."""
    text = (ROOT / "docs" / "internals" / "architecture.md").read_text("utf-8")
    section = text.partition("## One call of `explain`")[2].partition("\n## ")[0]
    lines = [line for line in section.split("\n") if line.startswith("    ")]
    return list(dict.fromkeys(name for line in lines for name in re.findall(r"(\w+)\.py", line)))


def entered(work):
    """The modules of kerasig whose functions run, in the order in which each is first entered."""
    names = {}

    def note(frame, event, _):
        module = frame.f_globals.get("__name__", "")
        # A class body or a module's own code runs at its import, not on the way.
        if event == "call" and module.startswith("kerasig._e") and not frame.f_code.co_name.startswith("<"):
            names.setdefault(module.rpartition(".")[2])

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return list(names)


@pytest.mark.parametrize(("layer", "other"), [(None, {"layer_space", "layer_outputs"}), ("dense", {"spaces"})])
def test_the_drawn_walk_is_the_one_that_a_call_takes(layer, other):
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, name="dense"), keras.layers.Dense(1, name="head")]
    )
    explainer = kerasig.Explainer(model, layer=layer, steps=2)
    rooms = drawn()
    assert len(rooms) > 10
    found = entered(lambda: explainer.explain(np.ones((1, 3), "float32")))
    assert [room for room in found if room in rooms] == [room for room in rooms if room not in other]

"""What the example on a retina claims, on a few patches; and that lesions are painted where it says they are."""

import importlib
import json
import re

import numpy as np
import pytest
from examples_run import EXAMPLES, refusal, run_example

NAME = "diabetic_retinopathy.py"


@pytest.fixture
def example(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return importlib.import_module("diabetic_retinopathy")


@pytest.mark.timeout(900)
def test_attributions_lie_on_the_lesions_red_inside_and_green_around(tmp_path):
    pytest.importorskip("skimage", reason="the photograph of a retina comes with scikit-image")
    ended = run_example(NAME, tmp_path, "--small", "--out", ".", "--json", "found.json", "--log-dir", "logs")
    assert ended.returncode == 0, ended.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    numbers = {name: re.findall(r"[-+]?\d+\.?\d*", text) for name, text in found["numbers"].items()}
    assert found["seen"]
    assert "synthetic" in found["substitute"]
    (mass,) = [values for name, values in numbers.items() if name.startswith("share")]
    assert float(mass[0]) > 3 * float(mass[1]) / 100
    (pointed,) = [values for name, values in numbers.items() if name.startswith("pointing")]
    assert int(pointed[0]) > 0.8 * int(pointed[1])
    assert float(numbers["interiors"][1]) < 0 < float(numbers["rims"][1])
    assert {path.name for path in tmp_path.glob("*.html")} == {"patches.html", "view.html"}
    assert list(tmp_path.glob("logs/*/kerasig/*tfevents*"))


def test_a_photograph_that_is_missing_or_none_is_said_in_one_sentence(tmp_path):
    said = refusal(NAME, tmp_path, "--small", "--out", tmp_path, "--photograph", tmp_path / "none.jpg")
    assert said.splitlines()[-1].endswith(
        "none.jpg does not exist: pip install scikit-image, or pass --photograph FILE."
    )
    (tmp_path / "text.jpg").write_text("no picture")
    said = refusal(NAME, tmp_path, "--small", "--out", tmp_path, "--photograph", tmp_path / "text.jpg")
    assert "text.jpg is no picture; pass a photograph of a retina" in said
    assert "Traceback" not in said


def test_lesions_are_darker_inside_and_leave_all_else_as_it_was(example):
    grey = np.full((6, 64, 64, 3), 0.6, "float32")
    painted = example.paint(grey, np.array([0, 1, 1, 2, 3, 3]), np.random.default_rng(0))
    np.testing.assert_array_equal(painted.labels, [0, 1, 1, 1, 1, 1])
    assert not (painted.interiors & painted.rims).any()
    for pixels, interior, rim in zip(painted.pixels, painted.interiors, painted.rims, strict=True):
        # The photograph is even here, so that whatever differs from its corner was painted.
        changed = np.abs(pixels - pixels[0, 0]).max(axis=-1) > 1e-6
        # An edge is smoothed over one pixel.
        assert not (changed & ~interior & ~rim).any()
        assert (interior & ~changed).sum() == 0
        if interior.any():
            # Green light is absorbed most.
            assert pixels[interior][:, 1].mean() < 0.6 * pixels[0, 0, 1]
    assert (painted.pixels[0] == painted.pixels[0, 0, 0]).all()


def test_patches_lie_on_the_retina_and_in_their_half(example):
    rows, columns = np.mgrid[:400, :400]
    photograph = np.zeros((400, 400, 3), "float32")
    photograph[np.hypot(rows - 200, columns - 200) < 195] = 0.5
    photograph[:200, :, 2] += 0.1
    for half, blue in (("upper", True), ("lower", False)):
        squares = example.cut(photograph, 20, 64, half, np.random.default_rng(0))
        assert squares.shape == (20, 64, 64, 3)
        on_retina = squares[..., 0] > 0
        assert on_retina.mean() > 0.99
        assert ((squares[on_retina][:, 2] > 0.55) == blue).all()


def test_a_photograph_without_a_retina_is_refused(example):
    with pytest.raises(example.Unavailable, match="too little retina"):
        example.cut(np.zeros((300, 300, 3), "float32"), 2, 64, "upper", np.random.default_rng(0))


def test_pointing_game_takes_the_largest_size(example):
    values = np.array([[[1.0, -3.0], [2.0, 0.0]], [[5.0, 1.0], [0.0, 0.0]]])
    masks = np.array([[[False, True], [False, False]], [[False, True], [True, True]]])
    np.testing.assert_array_equal(example.points_at(values, masks), [True, False])

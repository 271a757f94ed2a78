"""Nothing that only POSIX systems have is needed to import the house, or to record a training."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# In place of a Windows machine: what Python does not have there cannot be imported, or is no part of `os`.
RECORDING = """
import os, sys
for missing in ("fcntl", "resource", "termios", "pwd", "grp"):
    sys.modules[missing] = None
for missing in ("fork", "register_at_fork", "killpg", "setsid", "getuid"):
    delattr(os, missing)
import importlib, json, pkgutil
import numpy as np

def walk(path, prefix):
    for found in pkgutil.walk_packages(path, prefix):
        # Apache Beam's own locks need fcntl where `missing` hides it; on Windows they take another way.
        if found.name.split(".")[1] not in ("_beam", "beam", "tfma"):
            importlib.import_module(found.name)
            yield found.name

import kerasig, tensorboard_plugin_kerasig, benchmarks.models, benchmarks.peers, benchmarks.zoo
packages = (kerasig, tensorboard_plugin_kerasig)
imported = [name for package in packages for name in walk(package.__path__, package.__name__ + ".")]
import conftest, trainings
from kerasig._locks import DirectoryLock

callback, probes = kerasig.IGCallback(trainings.probes(3), sys.argv[1]), trainings.probes(3)
trainings.fit(trainings.dense(trainings.keras), [callback], epochs=1)
locks = DirectoryLock(), DirectoryLock()
taken = [lock.take(sys.argv[1]) for lock in locks]
[lock.release() for lock in locks]
print(json.dumps({"imported": imported, "records": len(callback.history), "taken": taken}))
"""


@pytest.mark.slow
def test_everything_is_imported_and_a_training_recorded_without_posix(tmp_path):
    folders = [ROOT, ROOT / "tb_plugin", ROOT / "tests"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    command = [sys.executable, "-c", RECORDING, str(tmp_path / "logs")]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=300)
    assert ended.returncode == 0, ended.stderr[-3000:]
    report = json.loads(ended.stdout.splitlines()[-1])
    expected = {"kerasig.callback", "kerasig._locks", "tensorboard_plugin_kerasig.loader"}
    assert expected <= {*report["imported"]}
    assert report["records"] == 2
    # Where there is no lock, nobody is kept out.
    assert report["taken"] == [True, True]
    written = [path for path in (tmp_path / "logs").rglob("*") if path.is_file()]
    assert any("tfevents" in path.name for path in written)
    # Windows takes none of these in a name, nor a dot or a space at its end.
    for path in written:
        for part in path.relative_to(tmp_path).parts:
            assert not set(part) & set('<>:"/\\|?*'), part
            assert not part.endswith((".", " ")), part

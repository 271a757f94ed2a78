"""Workers of a pipeline find kerasig and the modules of this folder, as they do wherever they are installed."""

import os
import sys
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def importable():
    with pytest.MonkeyPatch.context() as patch:
        root = Path(__file__).parents[2]
        folders = [str(Path(__file__).parent), str(root), str(root / "tb_plugin"), os.environ.get("PYTHONPATH", "")]
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, folders)))
        assert str(Path(__file__).parent) in sys.path
        yield

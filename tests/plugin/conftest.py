import shutil
from pathlib import Path
from typing import Any

import pytest

VERSION_1 = Path(__file__).parent / "data" / "version_1"
# Both of TensorBoard's loaders. Only the Python loader reads files with TensorFlow, where it is installed.
SERVERS = {
    "rust": {"load_fast": True},
    "python": {"load_fast": False, "tensorflow": True},
    "rust-prefix": {"load_fast": True, "path_prefix": "/a/b"},
    "python-prefix": {"load_fast": False, "path_prefix": "/a/b"},
}
_RUNS = 11


@pytest.fixture(scope="session")
def logdir(tmp_path_factory) -> Path:
    """Everything in one log directory: a sample, odd logs, and the file of version 1."""
    from write_odd_log import write_odd_log
    from write_sample_log import write_log

    folder = tmp_path_factory.mktemp("logs")
    write_log(str(folder))
    write_odd_log(folder)
    shutil.copytree(VERSION_1, folder / "version 1" / "kerasig")
    return folder


@pytest.fixture(scope="session")
def servers(logdir, tensorboard_server) -> dict[str, Any]:
    """All four servers, started together."""
    return {name: tensorboard_server(logdir, **options) for name, options in SERVERS.items()}


@pytest.fixture(params=SERVERS)
def server(request, servers) -> Any:
    """A server that has loaded all of the log."""
    found = servers[request.param]
    found.wait_until(lambda answer: _complete(answer["runs"]))
    return found


def _complete(runs: list[dict[str, Any]]) -> bool:
    steps = {(run["run"], found["title"]): found["steps"] for run in runs for found in run["sets"]}
    # The last that each file holds: a loader may have read some files and parts of others.
    last = {
        ("first/kerasig", "waves"): 12,
        ("second/kerasig", "people"): 12,
        ("long/kerasig", "rows"): 300,
        ("restarted/kerasig", "rows"): 4,
        ("small/kerasig", "not finite"): 1,
        ("misfits/kerasig", "far"): 1,
    }
    return len(runs) == _RUNS and ("broken/kerasig", "newer") in steps and last.items() <= steps.items()

"""Processes that run the scripts of the folder `distribute`."""

import functools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SCRIPTS = Path(__file__).parent / "distribute"
# A lost worker is noticed when its heartbeats stay away; this is far more.
PATIENCE = 400


class Script:
    """One process that the launcher started, and the JSON objects that it printed."""

    def __init__(self, launcher: subprocess.Popen, folder: Path, name: str, *arguments: str) -> None:
        self._output = folder / f"{len(list(folder.glob('*.json')))}.json"
        self._output.touch()
        request = {"script": name, "arguments": arguments, "output": str(self._output)}
        print(json.dumps(request), file=launcher.stdin, flush=True)
        assert launcher.stdout.readline() == "started\n"

    def ended(self) -> tuple[int, float]:
        """Waits for the end; the exit code, and the time of the end."""
        code = self._output.with_name(self._output.name + ".code")
        deadline = time.monotonic() + PATIENCE
        while not code.exists():
            assert time.monotonic() < deadline, f"It did not end.\n{self._errors}"
            time.sleep(0.05)
        return int(code.read_text()), code.stat().st_mtime

    @property
    def reports(self) -> list[dict]:
        self.ended()
        found = [json.loads(line) for line in self._output.read_text().splitlines() if line.startswith("{")]
        assert found, self._errors
        return found

    @property
    def _errors(self) -> str:
        return self._output.with_name(self._output.name + ".errors").read_text()[-4000:]


def addresses(count: int) -> list[str]:
    """Of this machine, with ports that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("localhost", 0))
    found = [f"localhost:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return found


@contextmanager
def launched(folder: Path) -> Iterator[Callable[..., Script]]:
    """Gives `start(name, *arguments)`; all processes that it started end with the block."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    launcher = subprocess.Popen(
        [sys.executable, str(SCRIPTS / "launcher.py")],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert launcher.stdout.readline() == "ready\n"
        yield functools.partial(Script, launcher, folder)
    finally:
        launcher.kill()
        launcher.communicate()

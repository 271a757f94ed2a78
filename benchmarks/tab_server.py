"""TensorBoard as a process to be measured, and what it takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# As it is where TensorFlow is not installed, which the plugin does not need: importing that takes most of the time of
# a start and most of the memory, and varies by more than what is measured.
_PROGRAM = """
import sys, types
sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")
from tensorboard import default, main
if {without}:
    default.get_dynamic_plugins = lambda: []
sys.exit(main.run_main())
"""
_ADDRESS = re.compile(r"TensorBoard \S+ at (http://\S+?)/? \(")
_START_SECONDS = 120
_MEBIBYTE = 1 << 20


class Server:
    """A running TensorBoard.

    Args:
        process: TensorBoard's own; its children are part of it.
        url: the address of its page, without a slash at the end.
        seconds: from the start of the process to the address.
    """

    def __init__(self, process: subprocess.Popen[bytes], url: str, seconds: float):
        self._process = process
        self.url = url
        self.seconds = seconds

    def get(self, route: str) -> bytes:
        """The tab's answer, gzipped as a browser gets it."""
        request = urllib.request.Request(f"{self.url}/data/plugin/kerasig/{route}")
        request.add_header("Accept-Encoding", "gzip")
        with urllib.request.urlopen(request) as reply:
            return bytes(reply.read())

    def resident(self) -> float:
        """The memory of TensorBoard and of its data server, in MiB, as Linux counts it."""
        first = self._process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return sum(_resident(int(process)) for process in (first, *children))


def _resident(process: int) -> float:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MEBIBYTE


@contextmanager
def tensorboard(folder: Path, *, plugin: bool = True) -> Iterator[Server]:
    """Runs TensorBoard on a log directory, with the tab or without any plugin that is installed beside it."""
    command = [sys.executable, "-c", _PROGRAM.format(without=not plugin)]
    command += ["--logdir", str(folder), "--host", "127.0.0.1", "--port", "0"]
    with tempfile.NamedTemporaryFile(prefix="tensorboard-", suffix=".log") as log:
        began = time.perf_counter()
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
        try:
            url = _address(process, Path(log.name), began + _START_SECONDS)
            yield Server(process, url, time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path, deadline: float) -> str:
    while True:
        said = log.read_text(errors="replace")
        match = _ADDRESS.search(said)
        if match:
            return match[1]
        if process.poll() is not None or time.perf_counter() > deadline:
            raise RuntimeError(f"TensorBoard did not start:\n{said}")
        time.sleep(0.005)

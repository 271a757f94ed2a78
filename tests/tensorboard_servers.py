"""Real TensorBoard servers, as a user starts them."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

_START_SECONDS = 120  # It takes 3 s on an idle machine.
# TensorBoard as it is on a machine without TensorFlow: it takes its own stub, as this module tells it to.
_WITHOUT_TENSORFLOW = """
import sys, types
sys.modules["tensorboard.compat.notf"] = types.ModuleType("notf")
from tensorboard.main import run_main
sys.exit(run_main())
"""
_ADDRESS = re.compile(r"TensorBoard \S+ at (http://\S+?)/? \(")


class Reply(NamedTuple):
    status: int
    headers: Any
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self) -> Any:
        def refuse(name: str) -> Any:
            raise ValueError(f"{name} is not strict JSON")

        return json.loads(self.body, parse_constant=refuse)


class TensorBoardServer:
    """A TensorBoard process. It starts in the background: what needs its address waits for it.

    Without TensorFlow it starts several times as fast.
    """

    def __init__(
        self,
        logdir: str | Path,
        *,
        load_fast: bool = True,
        path_prefix: str = "",
        reload_interval: int = 5,
        tensorflow: bool = False,
    ):
        descriptor, name = tempfile.mkstemp(suffix=".log", prefix="tensorboard-")
        self._log = Path(name)
        program = ["-m", "tensorboard.main"] if tensorflow else ["-c", _WITHOUT_TENSORFLOW]
        command = [sys.executable, *program, "--logdir", str(logdir), "--host", "127.0.0.1", "--port", "0"]
        command += [f"--load_fast={str(load_fast).lower()}", f"--reload_interval={reload_interval}"]
        if path_prefix:
            command.append(f"--path_prefix={path_prefix}")
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(command, stdout=descriptor, stderr=subprocess.STDOUT, env=environment)
        os.close(descriptor)
        self._url = ""

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def url(self) -> str:
        """The page's address, path prefix included, without a trailing slash."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._url:
            match = _ADDRESS.search(self.log)
            if match:
                self._url = match[1]
            elif self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"TensorBoard did not start:\n{self.log}")
            else:
                time.sleep(0.1)
        return self._url

    def get(self, path: str, *, method: str = "GET", headers: dict[str, str] | None = None, **arguments: Any) -> Reply:
        """Requests a path below the plugin's routes, or of the whole server where it begins with a slash."""
        query = "?" + urllib.parse.urlencode(arguments) if arguments else ""
        address = self.url + (path if path.startswith("/") else f"/data/plugin/kerasig/{path}") + query
        request = urllib.request.Request(address, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return Reply(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            return Reply(error.code, error.headers, error.read())

    def wait_until(
        self, holds: Callable[[Any], bool], path: str = "runs", seconds: float = 60, **arguments: Any
    ) -> Any:
        """Asks until the JSON answer is as wanted, and returns it: TensorBoard loads its data in the background."""
        deadline = time.monotonic() + seconds
        while True:
            reply = self.get(path, **arguments)
            if reply.status == 200 and holds(reply.json()):
                return reply.json()
            if time.monotonic() > deadline:
                raise AssertionError(f"{path} stayed {reply.status} {reply.text[:2000]}")
            time.sleep(0.2)

    def ask_to_stop(self) -> None:
        self._process.terminate()

    def stop(self) -> None:
        self.ask_to_stop()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.unlink()

"""An installed Firefox, driven by its own WebDriver BiDi: Playwright's Firefox is one that few machines can fetch."""

import base64
import json
import os
import re
import secrets
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("firefox", "firefox-esr")
REMEDY = "install one (Debian: apt-get install firefox-esr)"
_ADDRESS = re.compile(r"WebDriver BiDi listening on ws://([\d.]+):(\d+)")
_SECONDS = 120  # A bound, not a pause.
# Nothing is asked of the network, and nothing of the user.
_PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}


def installed() -> str | None:
    """The path of a Firefox that is there."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Socket:
    """A WebSocket to the machine itself: what the standard library has none of."""

    def __init__(self, host: str, port: int, path: str):
        self._socket = socket.create_connection((host, port), timeout=_SECONDS)
        self._file = self._socket.makefile("rb")
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        status = self._file.readline()
        if b" 101 " not in status:
            raise ConnectionError(f"Firefox refuses: {status!r}")
        while self._file.readline().strip():
            pass

    def send(self, text: str, code: int = 1) -> None:
        payload, mask = text.encode(), secrets.token_bytes(4)
        size = len(payload)
        extended = b"" if size < 126 else struct.pack("!H", size) if size < 65536 else struct.pack("!Q", size)
        first = size if size < 126 else 126 if size < 65536 else 127
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self._socket.sendall(bytes([0x80 | code, 0x80 | first]) + extended + mask + masked)

    def receive(self) -> str:
        """The next message."""
        parts = []
        while True:
            first, second = self._read(2)
            size = second & 0x7F
            if size > 125:
                (size,) = struct.unpack("!H", self._read(2)) if size == 126 else struct.unpack("!Q", self._read(8))
            payload, code = self._read(size), first & 0x0F
            if code == 9:
                self.send(payload.decode(), code=10)
            elif code == 8:
                raise ConnectionError("Firefox ended the session.")
            elif code < 3:
                parts.append(payload)
                if first & 0x80:
                    return b"".join(parts).decode()

    def _read(self, size: int) -> bytes:
        found = self._file.read(size)
        if len(found) < size:
            raise ConnectionError("Firefox is gone.")
        return found

    def close(self) -> None:
        self._file.close()
        self._socket.close()


class Firefox:
    """A session of WebDriver BiDi."""

    def __init__(self, socket: Socket):
        self._socket = socket
        self._sent = 0
        self.events: list[dict[str, Any]] = []
        self.version = self.ask("session.new", capabilities={})["capabilities"]["browserVersion"]
        self.ask("session.subscribe", events=["log.entryAdded", "network.responseCompleted"])

    def ask(self, method: str, **arguments: Any) -> Any:
        """The result of a command; events that arrive meanwhile are kept."""
        self._sent += 1
        self._socket.send(json.dumps({"id": self._sent, "method": method, "params": arguments}))
        while True:
            message = json.loads(self._socket.receive())
            if message.get("type") == "event":
                self.events.append(message)
            elif message.get("id") == self._sent:
                if message["type"] == "error":
                    raise RuntimeError(f"{method}: {message['error']}: {message['message']}")
                return message["result"]

    def evaluate(self, context: str, expression: str) -> Any:
        """What an expression of JavaScript gives, waited for if it is a promise."""
        source = f"(async () => JSON.stringify(await ({expression})))()"
        found = self.ask("script.evaluate", expression=source, target={"context": context}, awaitPromise=True)
        if found["type"] == "exception":
            raise RuntimeError(found["exceptionDetails"]["text"])
        text = found["result"].get("value")
        return None if text is None else json.loads(text)


@contextmanager
def firefox(program: str) -> Iterator[Firefox]:
    """Runs a Firefox without a window, in a profile of its own."""
    with tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as profile:
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _PREFERENCES.items()]
        Path(profile, "user.js").write_text("\n".join(lines) + "\n")
        said = Path(profile, "said.txt")
        command = [program, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        # Its home is that of nobody: what a user has set there must not count.
        environment = os.environ | {"HOME": profile, "MOZ_HEADLESS": "1"}
        with said.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment)
        try:
            socket = Socket(*_address(process, said), "/session")
            yield Firefox(socket)
            socket.close()
        finally:
            process.terminate()
            process.wait()


def _address(process: subprocess.Popen[bytes], said: Path) -> tuple[str, int]:
    deadline = time.monotonic() + _SECONDS
    while True:
        text = said.read_text(errors="replace")
        match = _ADDRESS.search(text)
        if match:
            return match[1], int(match[2])
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Firefox did not start:\n{text}")
        time.sleep(0.1)

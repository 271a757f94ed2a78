"""An event file that is a pipe: what is written goes no further than it is read, as on a disk that is slow or hangs."""

import os
import select
import threading
import time

from kerasig._recording.event_writer import EventWriter


class SlowDisk:
    """Stands in for the event file that this process opens next.

    Args:
        monkeypatch: pytest's.
        directory: the run's.
    """

    def __init__(self, monkeypatch, directory):
        self.path = directory / "events.out.tfevents.0000000001.pipe"
        self._made, self._may_read = threading.Event(), threading.Event()
        self._read = bytearray()
        self._reader = threading.Thread(target=self._read_all, daemon=True)
        monkeypatch.setattr(EventWriter, "_new_path", lambda writer: self._make(writer.directory))

    def _make(self, directory):
        assert directory == str(self.path.parent)
        os.mkfifo(self.path)
        self._made.set()
        return str(self.path)

    def _read_all(self):
        self._made.wait(60)
        with open(self.path, "rb", buffering=0) as pipe:
            self._pipe = pipe
            self._may_read.wait()
            while chunk := pipe.read(1 << 16):
                self._read += chunk

    def let_through(self):
        """The disk is as fast as any from now on."""
        self._may_read.set()
        if not self._reader.is_alive():
            self._reader.start()

    def fill(self):
        """Waits until as much is written as the disk takes before it hangs."""
        self._reader.start()
        end = time.monotonic() + 60
        while not hasattr(self, "_pipe"):
            assert time.monotonic() < end
            time.sleep(0.01)
        other = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        while select.select([], [other], [], 0)[1]:
            assert time.monotonic() < end
            time.sleep(0.01)
        os.close(other)

    def keep(self):
        """Once the writer has closed the file: puts what it wrote where the pipe was."""
        self._reader.join(60)
        assert not self._reader.is_alive()
        self.path.unlink()
        self.path.write_bytes(self._read)

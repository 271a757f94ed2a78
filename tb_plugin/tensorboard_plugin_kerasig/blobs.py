"""Where the blobs of a record are: TensorBoard's data provider wants a key for each."""

import base64
import functools
import json
from collections.abc import Callable, Sequence
from typing import Any

from tensorboard import errors

from tensorboard_plugin_kerasig.calls import Calls

# From (step, index of the blob) to its key.
Naming = Callable[[int, int], str]


def naming(step: int, keys: Sequence[Any]) -> Naming | None:
    """How the keys of any step's blobs are made, told from one step's, or None where they are made in another way.

    The Rust loader's keys hold the step and the index as JSON. To list them all, with 1,000 records of 64 probes, takes
    it 250 ms and this process 30 MB.
    """
    try:
        *place, known_step, known_index = json.loads(base64.urlsafe_b64decode(keys[0] + "=" * (-len(keys[0]) % 4)))
    except (IndexError, TypeError, ValueError):
        return None

    def name(step: int, index: int) -> str:
        text = json.dumps([*place, step, index], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()

    known = (known_step, known_index) == (step, 0) and all(name(step, i) == key for i, key in enumerate(keys))
    return name if known else None


class Blobs:
    """The blobs of one record, where the provider serves them one by one.

    Args:
      calls: To make several calls at once.
      read: Reads the blob under a key.
      keys: From a blob's index to its key. Raises IndexError beyond the last.
      certain: Whether a key says that there is such a blob.
    """

    def __init__(self, calls: Calls, read: Callable[[Any], bytes], keys: Callable[[int], Any], *, certain: bool):
        self._calls = calls
        self._read = read
        self._keys = keys
        self._certain = certain

    def read(self, indices: Sequence[int]) -> list[bytes | None]:
        """Reads some of the blobs, None for those that are not there."""
        return self._calls.together([functools.partial(self._one, index) for index in indices])

    def _one(self, index: int) -> bytes | None:
        try:
            key = self._keys(index)
        except IndexError:
            return None
        try:
            return bytes(self._read(key))
        except errors.NotFoundError:
            if self._certain:
                raise
            return None


class EventBlobs:
    """The blobs of one record among the events that TensorBoard's Python loader holds.

    Its provider unpacks the whole record for each blob; and of a step that was logged twice it reads the first, which
    a restart made obsolete.
    """

    def __init__(self, multiplexer: Any, run: str, tag: str, step: int | None):
        events = list(multiplexer.Tensors(run, tag))
        if not events:
            raise KeyError(run)
        # Without a step: the record that was written last. A restarted training writes a lower step later.
        step = max(events, key=lambda event: event.wall_time).step if step is None else step
        same = [event for event in events if event.step == step]
        # As they are stored: to make an array of them believes in a shape, which may be any.
        self._record = list(same[-1].tensor_proto.string_val) if same else []

    def read(self, indices: Sequence[int]) -> list[bytes | None]:
        """Reads some of the blobs, None for those that are not there."""
        return [self._record[index] if index < len(self._record) else None for index in indices]

"""Reads the tensors of a PyTorch state dict without PyTorch, from the format that preceded zip archives.

Such a file is a row of pickles (magic number, protocol, system, state dict, keys of the storages) and then, for each
storage in the order of the keys, its number of elements and its raw data. The state dict's pickle names storages by
persistent ids and rebuilds tensors as views of them. Only these two are understood; any other name is refused.
"""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from typing import Any, BinaryIO

import numpy as np

_MAGIC = 0x1950A86A20F9469CFC6C
_STORAGES = {
    "HalfStorage": "<f2",
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "IntStorage": "<i4",
    "LongStorage": "<i8",
}


def read_state_dict(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """The tensors of the file at `path` by name.

    Raises:
        pickle.UnpicklingError: the file is of another format, refers to anything but tensors, or is cut short.
    """
    with open(path, "rb") as file:
        if _Reader(file).load() != _MAGIC:
            raise pickle.UnpicklingError(f"{path} is not a PyTorch file of the format before zip archives.")
        _Reader(file).load()  # the protocol
        system = _Reader(file).load()
        if not system.get("little_endian"):
            raise pickle.UnpicklingError(f"{path} was written on a big-endian machine.")
        tensors = _Reader(file)
        state = tensors.load()
        for key in _Reader(file).load():
            tensors.fill(key, file)
    return {name: tensor.array() for name, tensor in state.items() if isinstance(tensor, _Tensor)}


class _Storage:
    """A one-dimensional array whose data comes later in the file."""

    def __init__(self, dtype: str, size: int):
        self.dtype, self.size = np.dtype(dtype), size
        self.data = np.zeros(0, self.dtype)


class _Tensor:
    """A strided view of a storage, as the pickle describes it."""

    def __init__(self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self) -> np.ndarray:
        """A copy of what the view shows."""
        data, itemsize = self.storage.data, self.storage.dtype.itemsize
        last = self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))
        if 0 in self.shape:
            return np.zeros(self.shape, data.dtype)
        # The strides come from the file: a view must not reach beyond the storage.
        if self.offset < 0 or min(self.strides, default=0) < 0 or last >= len(data):
            raise pickle.UnpicklingError(f"A tensor of shape {self.shape} reaches beyond its storage.")
        strides = [step * itemsize for step in self.strides]
        return np.lib.stride_tricks.as_strided(data[self.offset :], self.shape, strides).copy()


class _Reader(pickle.Unpickler):
    """Unpickles dicts, plain values and tensors, nothing else."""

    def __init__(self, file: BinaryIO):
        super().__init__(file)
        self._storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise pickle.UnpicklingError(f"The file refers to {module}.{name}, which is not a tensor.")

    def persistent_load(self, identity: Any) -> _Storage:
        kind, dtype, key, _, size, *view = identity
        if kind != "storage" or view not in ([], [None]):
            raise pickle.UnpicklingError(f"The file refers to a {kind} in a way that is not understood.")
        return self._storages.setdefault(key, _Storage(dtype, size))

    def fill(self, key: str, file: BinaryIO) -> None:
        """Reads the data of one storage."""
        storage = self._storages[key]
        size = int.from_bytes(file.read(8), "little")
        data = file.read(size * storage.dtype.itemsize)
        if size != storage.size or len(data) != size * storage.dtype.itemsize:
            raise pickle.UnpicklingError(f"The storage {key} is cut short.")
        storage.data = np.frombuffer(data, storage.dtype)

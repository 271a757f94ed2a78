"""Tensors of a PyTorch file are read as they are, and nothing else in it is."""

import os
import pickle
import sys
from collections import OrderedDict
from types import ModuleType

import numpy as np
import pytest

from examples.papers.torch_file import read_state_dict


def write_torch_file(path, state, storages):
    """A file of PyTorch's format before zip archives; `storages` are (key, array) in the file's order."""
    with open(path, "wb") as file:
        for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(value, file, protocol=2)
        pickler = pickle.Pickler(file, protocol=2)
        pickler.persistent_id = lambda value: value.identity if isinstance(value, Stored) else None
        pickler.dump(state)
        pickle.dump([key for key, _ in storages], file, protocol=2)
        for _, array in storages:
            file.write(array.size.to_bytes(8, "little") + array.tobytes())


class Stored:
    def __init__(self, dtype, key, size):
        self.identity = ("storage", dtype, key, "cpu", size, None)


class View:
    def __init__(self, *description):
        self.description = description

    def __reduce__(self):
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.description


@pytest.fixture
def torch(monkeypatch):
    """Just enough of PyTorch's names to write a file that refers to them."""
    torch, inner = ModuleType("torch"), ModuleType("torch._utils")
    for module, name in ((torch, "FloatStorage"), (torch, "LongStorage"), (inner, "_rebuild_tensor_v2")):
        made = type(name, (), {"__module__": module.__name__, "__qualname__": name})
        setattr(module, name, made)
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", inner)
    return torch


def test_torch_file_gives_strided_views_of_shared_storages(tmp_path, torch):
    floats, counts = np.arange(12, dtype="float32"), np.array([7], "int64")
    stored = Stored(torch.FloatStorage, "a", 12)
    state = OrderedDict(
        plain=View(stored, 0, (3, 4), (4, 1), False, OrderedDict()),
        transposed=View(stored, 2, (2, 3), (1, 4), False, OrderedDict()),
        count=View(Stored(torch.LongStorage, "b", 1), 0, (), (), False, OrderedDict()),
    )
    write_torch_file(tmp_path / "tiny.pth", state, [("b", counts), ("a", floats)])
    read = read_state_dict(tmp_path / "tiny.pth")
    np.testing.assert_array_equal(read["plain"], floats.reshape(3, 4))
    np.testing.assert_array_equal(read["transposed"], [[2, 6, 10], [3, 7, 11]])
    assert read["count"] == 7
    assert read["count"].dtype == np.int64


def test_torch_file_refuses_views_beyond_their_storage(tmp_path, torch):
    state = OrderedDict(a=View(Stored(torch.FloatStorage, "a", 4), 1, (4,), (1,), False, OrderedDict()))
    write_torch_file(tmp_path / "tiny.pth", state, [("a", np.zeros(4, "float32"))])
    with pytest.raises(pickle.UnpicklingError, match="beyond its storage"):
        read_state_dict(tmp_path / "tiny.pth")


def test_torch_file_refuses_data_that_is_cut_short(tmp_path, torch):
    state = OrderedDict(a=View(Stored(torch.FloatStorage, "a", 4), 0, (4,), (1,), False, OrderedDict()))
    path = tmp_path / "tiny.pth"
    write_torch_file(path, state, [("a", np.zeros(4, "float32"))])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(pickle.UnpicklingError, match="cut short"):
        read_state_dict(path)


class Command:
    def __reduce__(self):
        return os.getcwd, ()


def test_torch_file_runs_no_code(tmp_path):
    write_torch_file(tmp_path / "evil.pth", {"a": Command()}, [])
    with pytest.raises(pickle.UnpicklingError, match="getcwd, which is not a tensor"):
        read_state_dict(tmp_path / "evil.pth")

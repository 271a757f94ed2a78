"""Nests flatten in tf.nest order, pack back to what they were, and mismatches are named."""

from collections import OrderedDict, namedtuple

import numpy as np
import pytest

from kerasig import _nest as nest

Pair = namedtuple("Pair", ["left", "right"])

NESTS = [
    3,
    None,
    [],
    {},
    [1],
    (1, [2, (3,)]),
    {"b": 1, "a": [2, None]},
    Pair(1, {"z": 2, "y": 3}),
    [Pair(1, 2), {"k": Pair(3, {"m": 4})}],
]


@pytest.mark.parametrize("structure", NESTS, ids=nest.describe)
def test_pack_undoes_flatten(structure):
    assert nest.pack(structure, nest.flatten(structure)) == structure


def test_dict_keys_are_sorted_and_sequences_stay_in_place():
    assert nest.flatten({"b": [4, 3], "a": 1}) == [1, 4, 3]


@pytest.mark.parametrize("structure", NESTS, ids=nest.describe)
def test_order_is_that_of_tf_nest(structure):
    tf = pytest.importorskip("tensorflow")
    assert nest.flatten(structure) == tf.nest.flatten(structure)


def test_packing_keeps_the_key_order_of_a_dict_and_the_type_of_a_named_tuple():
    packed = nest.pack(OrderedDict(b=1, a=Pair(2, 3)), ["x", "y", "z"])
    assert list(packed) == ["b", "a"]
    assert packed == {"b": "z", "a": Pair("x", "y")}
    assert isinstance(packed["a"], Pair)


def test_none_strings_and_arrays_are_leaves():
    array = np.arange(6).reshape(2, 3)
    leaves = nest.flatten((None, "word", array))
    assert leaves[:2] == [None, "word"]
    assert leaves[2] is array


def test_names_follow_the_leaves():
    assert nest.names(np.zeros(3)) == ["inputs"]
    assert nest.names(np.zeros(3), lone="embedding") == ["embedding"]
    assert nest.names({"image": 1, "a": (2, 3)}) == ["a/0", "a/1", "image"]
    assert nest.names([1, {"x": 2}]) == ["0", "1/x"]


def test_map_structure_gives_fn_corresponding_leaves():
    total = nest.map_structure(lambda a, b: a + b, {"a": 1, "b": [2, 3]}, {"b": (20, 30), "a": 10})
    assert total == {"a": 11, "b": [22, 33]}


@pytest.mark.parametrize("other", [{"a": 1}, [1, 2], {"a": 1, "b": [2]}, {"a": 1, "c": 2}, 5])
def test_a_different_structure_names_the_argument(other):
    with pytest.raises(ValueError, match=r"^baselines must have the structure of inputs\. Received baselines="):
        nest.map_structure(lambda a, b: a, {"a": 1, "b": 2}, other, arguments=("inputs", "baselines"))


def test_without_names_the_position_is_named():
    with pytest.raises(ValueError, match=r"nests\[2\] must have the structure of nests\[0\]"):
        nest.map_structure(lambda *a: a, [1], [2], [3, 4])


@pytest.mark.parametrize("leaves", [[1], [1, 2, 3]])
def test_packing_the_wrong_number_of_leaves_raises(leaves):
    with pytest.raises(ValueError, match="leaves must be as many"):
        nest.pack({"a": 0, "b": 0}, leaves)


def test_unsortable_keys_raise():
    with pytest.raises(ValueError, match="must be sortable"):
        nest.flatten({"a": 1, 2: 3})

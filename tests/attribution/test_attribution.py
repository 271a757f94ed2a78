"""An attribution survives a round trip through a file, without pickle, and can be read by a person."""

import dataclasses

import numpy as np
import pytest

from kerasig import Adaptive, Attribution, Fixed
from kerasig._nest import flatten, map_structure
from kerasig.attribution import InteriorGradients, PathProfile


def made(values, **fields):
    n = len(next(leaf for leaf in flatten(values) if leaf is not None))
    zeros = np.zeros(n, np.float32)
    defaults = {
        "score": zeros + 2,
        "baseline_score": zeros,
        "delta": np.full(n, 1 / 3),
        "residual": zeros + 0.5,
        "map_error": zeros + 0.25,
        "converged": zeros == 0,
        "status": np.full(len(zeros), "converged"),
        "n_evaluations": np.full(n, 9),
        "path": PathProfile(*(np.zeros((n, 4), np.float32) for _ in range(3))),
        "rule": Adaptive(),
    }
    return Attribution(values=values, **(defaults | fields))


def assert_same(one, other):
    """Equal to the bit, in structure, container type and dtype."""
    if isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    elif dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, list | tuple):
        assert type(one) is type(other)
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            assert_same(*pair)
    else:
        assert one == other
        assert type(one) is type(other)


def leaf(*shape):
    return np.random.default_rng(len(shape)).normal(size=(2, *shape)).astype("float32")


NESTS = {
    "array": leaf(3),
    "scalar per example": leaf(),
    "dict in its own order": {"b": leaf(3), "a": leaf(2, 2)},
    "dict with a held leaf": {"image": leaf(4, 4, 3), "ids": None},
    "tuple": (leaf(3), leaf()),
    "list": [leaf(3), None, leaf(1)],
    "nested": {"x": [leaf(1), (leaf(2), {"y": None})], "z": leaf(3)},
    "number as key": {3: leaf(1), 10: leaf(2)},
    "names that run together": {"a/b": leaf(1), "a": {"b": leaf(2)}},
    "empty containers": {"a": leaf(1), "b": [], "c": ()},
}


@pytest.mark.parametrize("values", NESTS.values(), ids=NESTS.keys())
def test_every_kind_of_nest_comes_back_as_it_was(values, tmp_path):
    gradients = map_structure(lambda leaf: None if leaf is None else np.stack([leaf, 2 * leaf], axis=1), values)
    interior = InteriorGradients(np.array([0.02, 1.0], np.float32), gradients)
    saved = made(values, inputs=values, baselines=values, interior=interior)
    saved.save(tmp_path / "one.npz")
    assert_same(saved, Attribution.load(tmp_path / "one.npz"))


@pytest.mark.parametrize(
    "strings",
    [
        np.array(["ham", "süß, 目"], object),
        np.array(["süß".encode(), b"\xff\xfe"], object),
        np.array([["a", ""], ["ccc", "d"]], object),
        np.array(["a", "bb"]),
    ],
    ids=["str", "bytes that are no utf-8", "two axes", "numpy strings"],
)
def test_string_inputs_come_back_as_they_were(strings, tmp_path):
    saved = made([leaf(3), None], inputs=[leaf(3), strings])
    saved.save(tmp_path / "one.npz")
    assert_same(saved, Attribution.load(tmp_path / "one.npz"))


def test_mixed_strings_and_bytes_come_back_as_the_bytes_that_tensorflow_makes_of_them(tmp_path):
    made([leaf(), None], inputs=[leaf(), np.array(["ä", b"b"], object)]).save(tmp_path / "one.npz")
    assert Attribution.load(tmp_path / "one.npz").inputs[1].tolist() == ["ä".encode(), b"b"]


@pytest.mark.parametrize("dtype", ["bool", "int32", "uint8", "int64", "float64", "float16"])
def test_held_inputs_keep_their_dtype(dtype, tmp_path):
    saved = made([leaf(3), None], inputs=[leaf(3), np.ones((2, 3), dtype)])
    saved.save(tmp_path / "one.npz")
    assert_same(saved, Attribution.load(tmp_path / "one.npz"))


@pytest.mark.parametrize(
    "target",
    [
        None,
        np.array([1, 2], np.int32),
        (np.array([1, 2], np.int32), np.array([0, 0], np.int32)),
        "Loss(mse)",
        {"output": "main", "target": np.array([1, 1], np.int32)},
        {"output": 0, "target": None},
    ],
)
def test_every_kind_of_target_comes_back(target, tmp_path):
    saved = made(leaf(3), target=target)
    saved.save(tmp_path / "one.npz")
    assert_same(saved, Attribution.load(tmp_path / "one.npz"))


@pytest.mark.parametrize("layer", [None, "embedding", "shared[1]", ["embedding", None]])
@pytest.mark.parametrize("rule", [Adaptive(0.1, 0.2, 33), Fixed(7, "trapezoid")])
def test_rule_and_layer_come_back(rule, layer, tmp_path):
    saved = made([leaf(3), leaf(2)] if isinstance(layer, list) else leaf(3), rule=rule, layer=layer)
    saved.save(tmp_path / "one.npz")
    assert_same(saved, Attribution.load(tmp_path / "one.npz"))


def test_not_a_number_and_infinity_come_back(tmp_path):
    broken = np.array([np.nan, -np.inf], np.float32)
    saved = made(leaf(3), score=broken, residual=broken, delta=broken.astype(np.float64))
    saved.save(tmp_path / "one.npz")
    assert_same(saved, Attribution.load(tmp_path / "one.npz"))


def test_the_file_holds_plain_arrays_and_no_pickle(tmp_path):
    strings = np.array(["a", "b"], object)
    made({"x": leaf(3), "s": None}, inputs={"x": leaf(3), "s": strings}).save(tmp_path / "one.npz")
    with np.load(tmp_path / "one.npz", allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)
        np.testing.assert_array_equal(archive["values/x"], leaf(3))


def test_the_ending_may_be_left_out_in_both_directions(tmp_path):
    made(leaf(3)).save(str(tmp_path / "one"))
    assert (tmp_path / "one.npz").exists()
    assert_same(made(leaf(3)), Attribution.load(tmp_path / "one"))


def test_a_file_of_a_later_version_is_refused_with_the_remedy(tmp_path):
    np.savez(tmp_path / "later.npz", kerasig=np.array('{"version": 99}'))
    with pytest.raises(ValueError, match=r"version 99; this kerasig reads up to 1\. Upgrade"):
        Attribution.load(tmp_path / "later.npz")


def test_what_is_no_saved_attribution_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", weights=np.ones(3))
    np.save(tmp_path / "array.npy", np.ones(3))
    (tmp_path / "text.npz").write_text("hello")
    (tmp_path / "empty.npz").touch()
    for name in ("other.npz", "array.npy", "text.npz", "empty.npz"):
        with pytest.raises(ValueError, match=f"{name}' is not a saved Attribution"):
            Attribution.load(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        Attribution.load(tmp_path / "missing.npz")


def test_repr_tells_a_person_how_good_it_is():
    text = repr(made({"x": leaf(3), "ids": None}, layer="embedding", n_evaluations=np.array([5, 33])))
    assert "2 examples" in text
    assert "{'x': [2, 3], 'ids': None}" in text
    assert "5 to 33 gradients each, layer embedding" in text
    assert "converged  2 of 2" in text
    assert "residual   median 0.5, largest 0.5" in text
    assert "map_error" in text
    assert "tolerance=0.01" in text


def test_repr_says_how_much_of_the_inputs_is_at_the_baseline_and_cannot_have_any():
    inputs = {"x": np.array([[0.0, 0, 0, 5], [0, 0, 0, 6]], np.float32), "ids": np.zeros((2, 4), int)}
    given = {"inputs": inputs, "baselines": {"x": np.zeros((1, 4), np.float32), "ids": None}}
    values = {"x": np.zeros((2, 4), np.float32), "ids": None}
    said = "baseline   75% of the inputs' values equal it: their attribution is exactly 0"
    assert said in repr(made(values, **given))
    assert said in repr(made(values, **given)[0])
    elsewhere = given | {"baselines": {"x": np.ones((1, 4), np.float32), "ids": None}}
    for other in (made(values), made(values, **elsewhere), made(values, **given, layer="embedding")):
        assert "baseline   " not in repr(other)


def test_repr_of_one_example_and_of_values_that_are_not_numbers():
    one = made(leaf(3)[:1])
    assert "1 example," in repr(one)
    assert "9 gradients each" in repr(one)
    broken = np.array([np.nan, np.inf], np.float32)
    assert "nan" in repr(made(leaf(3), residual=broken, map_error=broken))


def test_an_attribution_is_frozen_and_counts_its_examples():
    attribution = made(leaf(3))
    assert len(attribution) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        attribution.values = None


def test_repr_of_the_path_and_of_interior_gradients_shows_shapes_and_no_numbers():
    gradients = InteriorGradients(np.zeros(2, np.float32), {"x": np.zeros((3, 2, 4), np.float32), "ids": None})
    assert repr(gradients) == ("InteriorGradients(alphas=float32 [2], gradients={'x': float32 [3, 2, 4], 'ids': None})")
    profile = PathProfile(*np.zeros((3, 3, 5), np.float32))
    assert repr(profile) == "PathProfile(alphas=float32 [3, 5], scores=float32 [3, 5], slopes=float32 [3, 5])"

"""A ProbeSet takes what Keras takes, says what it made of it, and refuses what it cannot mean."""

import pickle
import re
import subprocess
import sys

import numpy as np
import pandas
import pytest

from kerasig.probes import ProbeSet

N = 4
IMAGES = np.linspace(0, 1, N * 28 * 28, dtype=np.float32).reshape(N, 28, 28, 1)
ROWS = np.arange(N * 3, dtype=np.float32).reshape(N, 3)
IDS = np.arange(1, 1 + N * 5).reshape(N, 5)
WORDS = [["the", "cat", "sat"], ["a", "dog"], ["the", "bird", "flew", "off", "again"], []]
NODES = np.ones((N, 6, 2), dtype=np.float32)


# What is shown.


@pytest.mark.parametrize(
    ("inputs", "given", "kind"),
    [
        (IMAGES, {}, "image"),
        (IMAGES[..., 0], {}, "image"),
        (np.zeros((N, 8, 8)), {}, "image"),
        ((IMAGES * 255).astype(np.uint8), {}, "image"),
        (np.zeros((N, 3, 32, 32), np.float32), {}, "image"),
        (np.zeros((N, 64, 64, 13), np.float32), {}, "image"),
        (np.zeros((N, 128, 9), np.float32), {}, "series"),
        (np.zeros((N, 100, 1), np.float32), {}, "series"),
        (ROWS, {}, "tabular"),
        (ROWS[:, 0], {}, "tabular"),
        (np.zeros((N, 784), np.uint8), {}, "tabular"),
        (np.arange(N)[:, None], {}, "tabular"),
        (IDS, {}, "tokens"),
        (np.array(["a b", "c", "d", "e"]), {}, "tokens"),
        (np.zeros((N, 5, 16), np.float32), {"tokens": WORDS}, "tokens"),
        (IDS.astype(np.float32), {"tokens": WORDS}, "tokens"),
        (NODES, {"edges": [[0, 1]]}, "graph"),
        (np.zeros((N, 2, 3, 4, 5)), {}, "tabular"),
        (np.zeros((N, 28, 28)), {"kind": "series"}, "series"),
    ],
)
def test_kind_follows_from_shape_and_from_what_was_given(inputs, given, kind):
    probes = ProbeSet(inputs, **given)
    assert probes.kind == kind
    assert repr(kind) in probes.kind_reason
    assert probes.kind_reason.endswith(".")


def test_kind_reason_names_the_leaf_and_its_shape():
    assert ProbeSet({"photo": IMAGES}).kind_reason == (
        "kind 'image' because 'photo' is float32 [4, 28, 28, 1]: rows, columns and at most 4 channels."
    )
    assert ProbeSet(IMAGES, kind="image").kind_reason == "kind 'image' was given."


def test_a_mixed_input_is_called_after_its_richest_leaf_and_each_leaf_keeps_its_kind():
    probes = ProbeSet({"age": ROWS[:, :1], "ids": IDS, "scan": IMAGES})
    assert (probes.kind, probes.subject) == ("image", "scan")
    assert [probes.leaf_kind(leaf) for leaf, _ in probes.leaves()] == ["tabular", "tokens", "image"]


def test_ids_beside_numbers_leave_the_set_tabular():
    assert ProbeSet({"ids": IDS, "numbers": ROWS}).kind == "tabular"


def test_token_ids_are_told_from_the_masks_beside_them():
    ones = np.ones_like(IDS)
    probes = ProbeSet({"padding_mask": ones, "segment_ids": ones * 0, "token_ids": IDS})
    assert (probes.kind, probes.subject) == ("tokens", "token_ids")


def test_tokens_as_a_dict_say_which_leaf_they_are_about():
    # The translation has the larger ids, as if it were the text.
    inputs = {"source": np.array([[2, 3, 4]]), "written": np.array([[1, 90]])}
    probes = ProbeSet(inputs, tokens={"source": [["3", "Mai", "21"]]}, regions={"day": ["3"]})
    assert (probes.kind, probes.subject) == ("tokens", "source")
    assert probes.tokens == (("3", "Mai", "21"),)
    np.testing.assert_array_equal(probes.regions["day"]["source"], [[True, False, False]])
    assert ProbeSet(inputs, tokens=[["0", "5"]]).subject == "written"


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ({"sauce": [["a"]]}, "Received ['sauce'] for leaves ['mass', 'source']"),
        ({"source": [["a"]], "mass": [["b"]]}, "must have a leaf of [N, T]"),
        ({}, "tokens as a dict must name one input leaf"),
        ({"source": [["a"] * 4]}, "Received 4 tokens for one probe"),
        ({"mass": [["a"]]}, "must have a leaf of [N, T]"),
    ],
)
def test_tokens_of_a_leaf_that_has_none_are_refused(tokens, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        ProbeSet({"source": np.array([[2, 3, 4]]), "mass": np.array([1.5])}, tokens=tokens)


def test_node_features_are_told_from_the_adjacency_beside_them():
    probes = ProbeSet({"adjacency": np.zeros((N, 6, 6)), "features": NODES}, edges=[[0, 5]])
    assert probes.subject == "features"


# What it holds.


def test_leaves_come_in_tf_nest_order_with_readable_names():
    nested = {"image": IMAGES, "a": (ROWS, {"x": IDS})}
    assert [name for name, _ in ProbeSet(nested).leaves()] == ["a/0", "a/1/x", "image"]
    assert [name for name, _ in ProbeSet(IMAGES).leaves()] == ["inputs"]
    assert [name for name, _ in ProbeSet([ROWS, IDS]).leaves()] == ["0", "1"]


def test_inputs_come_back_in_their_structure_and_untouched():
    inputs = {"b": IMAGES, "a": (ROWS, IDS)}
    back = ProbeSet(inputs).inputs
    assert list(back) == ["b", "a"]
    np.testing.assert_array_equal(back["a"][1], IDS)
    assert back["a"][1].dtype == IDS.dtype


def test_a_probe_set_never_changes():
    rows = ROWS.copy()
    probes = ProbeSet(rows, regions={"first": [True, False, False]})
    rows[:] = -1
    np.testing.assert_array_equal(probes.inputs, ROWS)
    with pytest.raises(ValueError, match="read-only"):
        probes.inputs[0, 0] = 5
    with pytest.raises(AttributeError, match="never changes"):
        probes.title = "other"
    with pytest.raises(AttributeError, match="never changes"):
        del probes.title
    probes.regions.clear()
    assert list(probes.regions) == ["first"]


def test_len_and_repr_say_what_it_is():
    probes = ProbeSet(IMAGES, [3, 1, 3, 2], regions={"tag": np.eye(28, dtype=bool)}, title="digits")
    assert len(probes) == N
    assert repr(probes) == (
        "ProbeSet('digits', 4 of kind image (rows, columns and at most 4 channels): "
        "inputs float32 [4, 28, 28, 1]; 3 classes; regions tag; target auto)"
    )


def test_names_are_given_where_none_are_passed():
    assert ProbeSet(ROWS).names == ("probe 0", "probe 1", "probe 2", "probe 3")
    assert ProbeSet(ROWS, names=list("abcd")).names == ("a", "b", "c", "d")


def test_strings_stay_strings():
    for texts in (np.array(["a", "bc", "d", "e"]), np.array([b"a", b"bc", b"d", b"e"]), np.array(list("abcd"), object)):
        assert ProbeSet(texts).inputs.dtype == texts.dtype


def test_tokens_given_as_string_inputs_are_their_own_strings():
    words = np.array([[b"the", b"cat"], [b"a", b"dog"]], dtype=object)
    assert ProbeSet(words).tokens == (("the", "cat"), ("a", "dog"))
    assert ProbeSet(words[:, :1]).tokens is None, "whole texts have no tokens before the model's vectorizer"


# Labels.


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([2, 0, 1, 2], [2, 0, 1, 2]),
        (np.array([[2], [0], [1], [2]], np.uint8), [2, 0, 1, 2]),
        (np.eye(3, dtype=np.float32)[[2, 0, 1, 2]], [2, 0, 1, 2]),
        ([True, False, False, True], [1, 0, 0, 1]),
        ([0.0, 1.0, 1.0, 0.0], [0, 1, 1, 0]),
        ([0.5, 1.0, 1.0, 0.0], None),
        ([3.0, 1.0, 2.0, 0.0], None),
        ([-1, 1, 1, -1], None),
        (np.full((N, 3), 1 / 3), None),
        (np.ones((N, 3), int), None),
        (None, None),
    ],
)
def test_class_labels_are_found_in_every_form_of_labels(labels, expected):
    found = ProbeSet(ROWS, labels).class_labels
    assert found is None if expected is None else found.tolist() == expected


def test_whole_floats_are_classes_where_classes_have_names():
    assert ProbeSet(ROWS, [2.0, 0.0, 1.0, 2.0], class_names=["a", "b", "c"]).class_labels.tolist() == [2, 0, 1, 2]


def test_labels_keep_their_form():
    one_hot = np.eye(3, dtype=np.float32)[[2, 0, 1, 2]]
    np.testing.assert_array_equal(ProbeSet(ROWS, one_hot).labels, one_hot)


@pytest.mark.parametrize("empty", [{}, [], ()])
@pytest.mark.parametrize(
    ("argument", "nested"),
    [
        ("labels", lambda empty: {"a": empty}),
        ("labels", lambda empty: {"a": np.arange(N), "b": empty}),
        ("labels", lambda empty: [np.arange(N), empty]),
        ("inputs", lambda empty: {"a": ROWS, "b": {"c": empty}}),
        ("inputs", lambda empty: (ROWS, empty)),
        ("inputs", lambda empty: empty),
    ],
)
def test_a_nest_with_nothing_in_a_place_is_refused(argument, nested, empty):
    with pytest.raises(ValueError, match=rf"^{argument} (must be an array|must have an array|has no leaves).*Received"):
        ProbeSet(**{"inputs": ROWS, argument: nested(empty)})


@pytest.mark.parametrize("target", [{}, (), b"auto", {"a": 1}])
def test_a_target_that_cannot_mean_anything_is_refused(target):
    with pytest.raises(ValueError, match=r"target must be what explain takes\. Received target="):
        ProbeSet(ROWS, np.arange(N), target=target)


def test_no_labels_for_any_output_are_refused_as_a_dict():
    with pytest.raises(ValueError, match=r"labels must be an array.*Received labels with nothing in it. Pass None"):
        ProbeSet(ROWS, {})


def test_labels_of_several_outputs_stay_a_nest():
    probes = ProbeSet(ROWS, {"digit": np.arange(N), "parity": np.ones(N)})
    assert list(probes.labels) == ["digit", "parity"]
    assert probes.class_labels is None


# Positions and regions.


@pytest.mark.parametrize(
    ("probes", "shape", "positions"),
    [
        (ProbeSet(np.zeros((N, 9, 8, 3))), (N, 9, 8, 3), (9, 8)),
        (ProbeSet(np.zeros((N, 8, 8))), (N, 8, 8), (8, 8)),
        (ProbeSet(np.zeros((N, 3, 32, 30), np.float32)), (N, 3, 32, 30), (32, 30)),
        (ProbeSet(IDS), (N, 5, 16), (5,)),
        (ProbeSet(IDS), (N, 5), (5,)),
        (ProbeSet(ROWS), (N, 3), (3,)),
        (ProbeSet(ROWS[:, 0]), (N,), ()),
        (ProbeSet(np.zeros((N, 40, 6))), (N, 40, 6), (40, 6)),
        (ProbeSet(NODES, kind="graph"), (N, 6, 2), (6,)),
    ],
)
def test_positions_keep_the_sum_of_every_probe(probes, shape, positions):
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    reduced = probes.positions(values)
    assert reduced.shape == (N, *positions)
    assert reduced.dtype == np.float64
    # Equal up to the order of summation of float64.
    np.testing.assert_allclose(reduced.reshape(N, -1).sum(1), values.astype(float).reshape(N, -1).sum(1), rtol=1e-12)


def test_channels_are_summed_and_not_averaged():
    np.testing.assert_array_equal(
        ProbeSet(np.zeros((N, 8, 8, 3))).positions(np.ones((N, 8, 8, 3))), np.full((N, 8, 8), 3)
    )


@pytest.mark.parametrize(
    ("shape", "positions"),
    [((3, 16, 16), (16, 16)), ((16, 16, 3), (16, 16)), ((64, 15, 15), (15, 15)), ((8, 8, 8), (8, 8))],
)
def test_a_layers_channels_are_where_the_rest_has_the_proportions_of_pictures_with_channels_first(shape, positions):
    probes = ProbeSet(np.zeros((N, 3, 32, 32), np.float32))
    values = np.random.default_rng(0).normal(size=(N, *shape))
    axis = 3 if shape[-1] == 3 else 1
    np.testing.assert_allclose(probes.positions(values, "conv"), values.sum(axis))
    assert probes.positions(values, "conv").shape == (N, *positions)


def test_a_layers_output_has_its_channels_last_where_pictures_have():
    assert ProbeSet(IMAGES).positions(np.ones((N, 3, 16, 16)), "conv").shape == (N, 3, 16)


def test_position_shape_is_that_of_positions():
    for probes in (ProbeSet(IMAGES), ProbeSet(ROWS), ProbeSet(np.zeros((N, 40, 6))), ProbeSet(NODES, kind="graph")):
        for leaf, array in probes.leaves():
            assert probes.positions(array, leaf).shape == (N, *probes.position_shape(leaf))
    assert ProbeSet(np.array(["a b"] * N)).position_shape() is None


def test_a_mask_for_one_serves_all_and_a_mask_for_each_stays_its_own():
    corner = np.zeros((28, 28), bool)
    corner[:3, :3] = True
    each = np.stack([np.roll(corner, 3 * i, axis=1) for i in range(N)])
    probes = ProbeSet(IMAGES, regions={"corner": corner, "tag": each})
    shape = probes.positions(IMAGES).shape
    np.testing.assert_array_equal(probes.region_mask("corner", "inputs", shape), np.broadcast_to(corner, shape))
    np.testing.assert_array_equal(probes.region_mask("tag", "inputs", shape), each)
    assert probes.regions["corner"]["inputs"].shape == (1, 28, 28)


def test_a_region_without_a_leaf_is_that_of_the_subject():
    corner = np.zeros((28, 28), bool)
    corner[:3, :3] = True
    inputs = {"age": ROWS[:, :2], "scan": IMAGES}
    probes = ProbeSet(inputs, kind="image", regions={"corner": corner, "age": {"age": [True, False]}})
    shape = probes.positions(IMAGES).shape
    assert probes.region_mask("corner", None, shape).sum() == N * 9
    assert not probes.region_mask("age", None, shape).any()
    with pytest.raises(ValueError, match="leaf must be"):
        probes.region_mask("corner", 3, shape)
    with pytest.raises(ValueError, match=r"regions\['corner'\] must be an array. Received None"):
        ProbeSet(IMAGES, regions={"corner": None})


def test_a_region_may_list_tokens_and_covers_each_occurrence():
    probes = ProbeSet(IDS, tokens=WORDS, regions={"suspects": ["the", "dog"]})
    mask = probes.region_mask("suspects", "inputs", (N, 5))
    assert mask.astype(int).tolist() == [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]]


def test_a_region_of_raw_text_fits_the_length_that_the_vectorizer_makes():
    texts = np.array(["the cat sat", "a dog", "the bird flew off again", ""])
    probes = ProbeSet(texts, tokens=WORDS, regions={"suspects": ["sat", "again"]})
    for length in (3, 5, 9):
        mask = probes.region_mask("suspects", "embedding", (N, length))
        assert mask[:, 2].tolist() == [True, False, False, False]
        assert mask.sum() == (1 if length == 3 else 2)


def test_a_region_may_list_features_of_rows_and_channels_of_series():
    rows = ProbeSet(ROWS, feature_names=["age", "sex", "dose"], regions={"patient": ["age", "sex"]})
    assert rows.region_mask("patient", "inputs", (N, 3)).tolist() == [[True, True, False]] * N
    series = ProbeSet(np.zeros((N, 40, 2)), feature_names=["x", "y"], regions={"y": ["y"]})
    assert series.region_mask("y", "inputs", (N, 40, 2)).sum(axis=(0, 1)).tolist() == [0, N * 40]


def test_a_region_may_list_leaves_that_are_features_themselves():
    probes = ProbeSet({"age": ROWS[:, :1], "dose": ROWS[:, 1:2]}, regions={"patient": ["age"]})
    assert probes.region_mask("patient", "age", (N, 1)).all()
    assert not probes.region_mask("patient", "dose", (N, 1)).any()


def test_a_region_of_several_leaves_is_a_dict():
    inputs = {"scan": IMAGES, "age": ROWS[:, :2]}
    probes = ProbeSet(
        inputs, regions={"both": {"scan": np.eye(28), "age": [True, False]}, "scan": np.eye(28, dtype=bool)}
    )
    assert probes.region_mask("both", "age", (N, 2)).tolist() == [[True, False]] * N
    assert probes.region_mask("scan", "scan", (N, 28, 28)).sum() == 28 * N
    assert not probes.region_mask("scan", "age", (N, 2)).any()


def test_a_mask_over_time_covers_all_channels():
    time = np.arange(40) < 10
    probes = ProbeSet(np.zeros((N, 40, 6)), regions={"start": time})
    assert probes.region_mask("start", "inputs", (N, 40, 6)).sum() == N * 10 * 6


def test_a_region_applies_to_a_layer_that_keeps_the_positions_and_to_no_other():
    probes = ProbeSet({"ids": IDS}, tokens=WORDS, regions={"the": ["the"]})
    assert probes.region_mask("the", "embedding", (N, 5)).sum() == 2
    with pytest.raises(ValueError, match=r"must have the positions of 'pool'.*keeps their positions"):
        probes.region_mask("the", "pool", (N, 3))
    with pytest.raises(ValueError, match="name must be a region"):
        probes.region_mask("tag", "ids", (N, 5))


# Fingerprint.


@pytest.mark.slow
def test_fingerprint_is_equal_in_another_process():
    code = (
        "import numpy as np; from kerasig.probes import ProbeSet;"
        "print(ProbeSet({'b': np.arange(6.).reshape(2, 3), 'a': np.array(['x', 'y'])}, [0, 1]).fingerprint)"
    )
    here = ProbeSet({"a": np.array(["x", "y"]), "b": np.arange(6.0).reshape(2, 3)}, [0, 1]).fingerprint
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert here == there
    assert len(here) == 64
    int(here, 16)


def test_fingerprint_changes_with_any_content():
    base = {"inputs": ROWS, "labels": [0, 1, 2, 0], "feature_names": ["a", "b", "c"]}
    changes = [
        {},
        {"inputs": ROWS + 1},
        {"inputs": ROWS.astype(np.float64)},
        {"inputs": [ROWS]},
        {"labels": [0, 1, 2, 1]},
        {"names": ["a", "b", "c", "d"]},
        {"groups": ["a", "b", "c", "d"]},
        {"feature_names": ["a", "b", "d"]},
        {"class_names": ["a", "b", "c"]},
        {"regions": {"r": [True, False, False]}},
        {"title": "other"},
    ]
    prints = [ProbeSet(**{**base, **change}).fingerprint for change in changes]
    assert len(set(prints)) == len(prints)
    assert ProbeSet(**base, target="predicted").fingerprint == prints[0]


def test_a_probe_set_survives_pickling():
    probes = ProbeSet(IMAGES, [1, 2, 3, 4], regions={"tag": np.eye(28, dtype=bool)})
    copy = pickle.loads(pickle.dumps(probes))
    assert copy.fingerprint == probes.fingerprint
    assert repr(copy) == repr(probes)


def test_an_edge_list_for_all_is_repeated_and_one_for_each_stays():
    for edges in ([[0, 1], [1, 2]], np.array([[0, 1], [1, 2]])):
        shared = ProbeSet(NODES, edges=edges).edges
        assert [rows.tolist() for rows in shared] == [[[0, 1], [1, 2]]] * N
    own = ProbeSet(NODES, edges=[[[0, 1]], [[1, 2], [2, 3]], [], np.zeros((0, 2), int)]).edges
    assert [rows.tolist() for rows in own] == [[[0, 1]], [[1, 2], [2, 3]], [], []]
    assert ProbeSet(NODES, edges=np.zeros((0, 2), int)).edges[0].shape == (0, 2)


# Frames.


FRAME = pandas.DataFrame({"age": range(N), "mass": np.linspace(50, 90, N), "ill": np.arange(N) % 2 == 0})
COUNTS = pandas.DataFrame(np.arange(5 * N).reshape(N, 5), columns=list("abcde"))


def test_columns_of_a_frame_name_its_features():
    probes = ProbeSet(FRAME, regions={"body": ["mass", "ill"]})
    assert (probes.kind, probes.feature_names) == ("tabular", ("age", "mass", "ill"))
    np.testing.assert_array_equal(probes.inputs, np.stack([FRAME[name].astype(float) for name in FRAME], axis=1))
    assert probes.regions["body"]["inputs"].tolist() == [[False, True, True]]
    assert ProbeSet(FRAME, feature_names=["x", "y", "z"]).feature_names == ("x", "y", "z")
    assert ProbeSet(pandas.DataFrame(ROWS)).feature_names is None
    assert ProbeSet.from_dataset((FRAME, np.zeros(N)), 2).feature_names == ("age", "mass", "ill")


def test_columns_of_integers_or_words_are_no_tokens():
    probes = ProbeSet(COUNTS)
    assert (probes.kind, probes.feature_names) == ("tabular", tuple("abcde"))
    assert "columns of a frame" in probes.kind_reason
    # Whatever a model looks them up in.
    assert probes.read_as({"inputs": ("tokens", "it is looked up")}).kind == "tabular"
    assert ProbeSet(COUNTS.astype(str)).kind == "tabular"
    assert ProbeSet(COUNTS, kind="tokens").feature_names is None
    assert ProbeSet(COUNTS.to_numpy()).kind == "tokens"


def test_columns_of_a_frame_name_no_other_inputs_features():
    beside = ProbeSet({"scan": IMAGES, "table": FRAME})
    assert (beside.kind, beside.feature_names) == ("image", ("age", "mass", "ill"))
    assert ProbeSet({"a": FRAME, "b": FRAME}).feature_names == ("age", "mass", "ill")
    for other in (ROWS[:, :3], FRAME.rename(columns={"age": "days"})):
        assert ProbeSet({"a": FRAME, "b": other}).feature_names is None

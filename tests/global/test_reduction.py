"""Sums over a data set: exact, whichever way its rows are split, and judged where rows do not fit."""

import json

import numpy as np
import pytest
from global_rows import attribution_of, reduction_of

import kerasig
from kerasig._global import sums
from kerasig._global.reduction import Reduction
from kerasig._global.settings import ReductionSettings

RNG = np.random.default_rng(0)
N, P = 300, 7
VALUES = (RNG.normal(size=(N, P)) * np.linspace(0.1, 3, P) + np.linspace(-1, 5, P)).astype(np.float32)
CLASSES = RNG.integers(0, 4, N)
NOISE = RNG.uniform(0.001, 0.1, N).astype(np.float32)
IDS = RNG.integers(0, 9, (N, P))
INSIDE = {"first": VALUES[:, 0] > -1, "few": np.arange(N) % 97 == 0}
EXACT = {"rtol": 1e-12, "atol": 1e-12}


def rows(chosen=slice(None), **fields):
    known = {"target": CLASSES[chosen], "map_error": NOISE[chosen], "delta": NOISE[chosen] - 0.05}
    known["converged"] = NOISE[chosen] < 0.05
    return attribution_of(VALUES[chosen], VALUES[chosen], **known, **fields)


def words(chosen=slice(None)):
    vectors = np.stack([VALUES[chosen], 0.5 - VALUES[chosen]], axis=2)
    return attribution_of(vectors, IDS[chosen], layer="embedding", target=CLASSES[chosen], map_error=NOISE[chosen])


def within(chosen=slice(None)):
    return {name: mask[chosen] for name, mask in INSIDE.items()}


def check(averages, values, noise, delta=None):
    """Means and errors are those of all rows at once."""
    values, n = np.asarray(values, np.float64), len(values)
    errors = noise[:, None].astype(np.float64) * np.abs(values)
    assert averages.n == n
    for measured, each in ((averages.mean, values), (averages.size, np.abs(values))):
        np.testing.assert_allclose(measured.value, each.mean(axis=0), **EXACT)
        np.testing.assert_allclose(measured.error, each.std(axis=0, ddof=1) / np.sqrt(n), rtol=1e-10)
        np.testing.assert_allclose(measured.integration, np.sqrt(np.pi / 2 * (errors**2).sum(axis=0)) / n, **EXACT)
        np.testing.assert_allclose(measured.limit, errors.mean(axis=0), **EXACT)
    shares = np.abs(values) / np.abs(values).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(averages.share.value, shares.mean(axis=0), **EXACT)
    np.testing.assert_allclose(averages.share.error, shares.std(axis=0, ddof=1) / np.sqrt(n), rtol=1e-10)
    np.testing.assert_allclose(averages.share.limit, (noise[:, None] * shares).mean(axis=0), rtol=1e-6)
    total = values.sum(axis=1)
    np.testing.assert_allclose(averages.total.value, total.mean(), **EXACT)
    np.testing.assert_allclose(averages.total.error, total.std(ddof=1) / np.sqrt(n), rtol=1e-10)
    if delta is not None:
        np.testing.assert_allclose(averages.total.limit, abs(delta.astype(np.float64).mean()), rtol=1e-9)


def test_means_and_errors_are_those_of_all_rows_at_once():
    made = Reduction(ReductionSettings(slices=("first", "few"), class_names=["a", "b", "c"]))
    made.add(rows(), slices=INSIDE)
    found = made.result()
    check(found.all, VALUES, NOISE, NOISE - np.float32(0.05))
    assert (found.n, found.not_converged, found.not_finite) == (N, int((NOISE >= 0.05).sum()), 0)
    assert list(found.by_class) == ["a", "b", "c", "3"]
    for index, averages in enumerate(found.by_class.values()):
        check(averages, VALUES[index == CLASSES], NOISE[index == CLASSES])
        assert averages.not_converged == int((NOISE[index == CLASSES] >= 0.05).sum())
    for name, mask in INSIDE.items():
        check(found.slices[name], VALUES[mask], NOISE[mask])
    assert found.names == tuple(f"feature {i}" for i in range(P))


def test_channels_are_summed_and_their_errors_are_those_of_all_channels():
    values = RNG.normal(size=(20, 5, 6, 3)).astype(np.float32)
    found = reduction_of(attribution_of(values, np.ones_like(values))).result()
    exact = values.astype(np.float64).sum(axis=3).reshape(20, -1)
    sizes = np.abs(values.astype(np.float64)).sum(axis=3).reshape(20, -1)
    np.testing.assert_allclose(found.mean.value, exact.mean(axis=0), **EXACT)
    np.testing.assert_allclose(found.mean.limit, np.float32(0.01) * sizes.mean(axis=0), rtol=1e-6)
    assert found.names[7] == "row 1, column 1"
    assert (found.picture, found.noun) == (((5, 6), 0), "positions")


def test_leaves_stand_one_after_the_other_and_fixed_ones_are_left_out():
    values = {"age": VALUES[:, :1], "held": None, "picture": RNG.normal(size=(N, 4, 4, 1)).astype(np.float32)}
    inputs = values | {"held": np.arange(N)}
    found = reduction_of(attribution_of(values, inputs)).result()
    assert found.names[:2] == ("age", "picture: row 0, column 0")
    np.testing.assert_allclose(found.mean.value[0], VALUES[:, 0].mean(dtype=np.float64), **EXACT)


def same(first, second):
    """Raises unless two reductions hold the same: counts exactly, sums up to rounding."""
    ours, theirs = first.to_arrays(), second.to_arrays()
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        if array.dtype.kind != "f":
            np.testing.assert_array_equal(array, theirs[name], err_msg=name)
        else:
            scale = max(1.0, float(np.nanmax(np.abs(array), initial=0)))
            np.testing.assert_allclose(array, theirs[name], rtol=1e-12, atol=1e-12 * scale, err_msg=name)


@pytest.mark.parametrize("make", [rows, words])
@pytest.mark.parametrize("seed", range(6))
def test_any_split_merged_in_any_order_is_one_pass(make, seed):
    rng = np.random.default_rng(seed)
    settings = ReductionSettings(slices=("first", "few"), reduce=("quantiles", "leading", "pairs"))
    whole = Reduction(settings)
    whole.add(make(), slices=INSIDE)
    ends = np.sort(rng.integers(0, N + 1, 9))
    parts = []
    for begin, end in zip([0, *ends], [*ends, N], strict=True):
        part = Reduction(settings)
        part.add(make(slice(begin, end)), slices=within(slice(begin, end)))
        parts.append(part)
    while len(parts) > 1:
        one = parts.pop(rng.integers(len(parts)))
        # Through plain arrays, as between two machines.
        parts[rng.integers(len(parts))].merge(Reduction.from_arrays(one.to_arrays()))
    same(whole, parts[0])


def test_the_same_chunks_in_the_same_order_give_the_same_bits():
    def made():
        found = Reduction(ReductionSettings())
        for begin in range(0, N, 37):
            part = Reduction(ReductionSettings())
            part.add(rows(slice(begin, begin + 37)))
            found.merge(part)
        return found.to_arrays()

    one, two = made(), made()
    assert all(one[name].tobytes() == two[name].tobytes() for name in one)


def test_what_is_kept_does_not_grow_with_the_rows():
    found, sizes = Reduction(ReductionSettings()), []
    for _ in range(10):
        values = RNG.normal(size=(2000, P)).astype(np.float32)
        found.add(attribution_of(values, values))
        sizes.append(sum(array.nbytes for array in found.to_arrays().values()))
    assert sizes[-1] < 1.3 * sizes[0]


def test_a_result_is_of_the_rows_so_far():
    made = reduction_of(rows())
    found = made.result()
    made.add(rows())
    assert (found.n, made.result().n) == (N, 2 * N)


def test_rows_that_are_not_finite_are_counted_and_left_out():
    values, score = VALUES.copy(), np.ones(N, np.float32)
    values[3, 2], values[5, 0], score[8] = np.nan, np.inf, np.nan
    found = reduction_of(attribution_of(values, VALUES, score=score, map_error=NOISE)).result()
    left = np.setdiff1d(np.arange(N), [3, 5, 8])
    assert (found.n, found.not_finite) == (N - 3, 3)
    check(found.all, VALUES[left], NOISE[left])
    assert "3 rows whose attributions are not finite" in repr(found)


def test_nothing_but_rows_that_are_not_finite_says_so_and_knows_nothing():
    found = reduction_of(attribution_of(np.full((4, 3), np.nan, np.float32))).result()
    assert (found.n, found.not_finite) == (0, 4)
    assert np.isnan(found.mean.value).all()
    assert np.isnan(found.size.error).all()
    assert "0 rows" in repr(found)
    assert "<p>" in found._repr_html_()
    with pytest.raises(ValueError, match="plot needs rows"):
        found.plot()


def test_without_any_rows_there_is_nothing():
    found = Reduction(ReductionSettings()).result()
    assert (found.n, found.names, len(found.mean.value)) == (0, (), 0)
    assert "0 rows" in repr(found)
    empty = reduction_of(attribution_of(np.zeros((0, 3), np.float32))).result()
    assert (empty.n, len(empty.names)) == (0, 3)


def test_an_empty_slice_and_a_single_row_have_no_errors():
    none = {"nobody": np.zeros(N, bool), "one": np.arange(N) == 4}
    made = Reduction(ReductionSettings(slices=("nobody", "one")))
    made.add(rows(), slices=none)
    found = made.result()
    assert (found.slices["nobody"].n, found.slices["one"].n) == (0, 1)
    assert np.isnan(found.slices["nobody"].mean.value).all()
    np.testing.assert_allclose(found.slices["one"].mean.value, VALUES[4], rtol=1e-7)
    assert np.isnan(found.slices["one"].mean.error).all()
    assert "nobody (0)" in repr(found)


def test_an_error_that_the_rule_does_not_tell_is_not_known():
    found = reduction_of(attribution_of(VALUES, map_error=np.full(N, np.nan, np.float32))).result()
    assert np.isnan(found.mean.integration).all()
    assert np.isfinite(found.mean.error).all()
    assert "not known" in repr(found)


def test_a_row_of_zeros_leaves_the_errors_of_the_others_known():
    values, noise = VALUES.copy(), NOISE.copy()
    values[3] = 0
    noise[3] = np.nan
    found = reduction_of(attribution_of(values, map_error=noise)).result()
    others = np.delete(NOISE[:, None] * np.abs(VALUES), 3, axis=0)
    np.testing.assert_allclose(found.mean.limit, others.sum(axis=0) / N, rtol=1e-6)


def test_classes_are_labels_else_what_was_explained_else_what_was_predicted():
    other = (CLASSES + 1) % 4
    both = attribution_of(VALUES, target=CLASSES, predicted=other)
    assert reduction_of(both).result().by_class["0"].n == (CLASSES == 0).sum()
    lone = attribution_of(VALUES, target=None, predicted=other)
    assert reduction_of(lone).result().by_class["0"].n == (other == 0).sum()
    assert reduction_of(both, labels=other[:, None]).result().by_class["0"].n == (other == 0).sum()
    assert reduction_of(attribution_of(VALUES, target="a function")).result().by_class == {}
    known = np.where(CLASSES == 0, np.nan, CLASSES)
    assert list(reduction_of(both, labels=known).result().by_class) == ["1", "2", "3"]


def test_too_many_classes_are_given_up_wherever_that_is_noticed(monkeypatch):
    monkeypatch.setattr(sums, "MOST_CELLS", 3 * P)
    few, many = reduction_of(rows(CLASSES < 2)), reduction_of(rows(CLASSES > 0))
    assert list(few.result().by_class) == ["0", "1"]
    few.merge(many)
    few.merge(reduction_of(rows(CLASSES < 1)))
    assert few.result().by_class == {}
    added = np.concatenate([np.flatnonzero(chosen) for chosen in (CLASSES < 2, CLASSES > 0, CLASSES < 1)])
    check(few.result().all, VALUES[added], NOISE[added])


def test_a_file_holds_all_of_it(tmp_path):
    made = Reduction(ReductionSettings(slices=("first", "few"), class_names=["a", "<b>"], tokens={3: "three"}))
    made.add(words(), slices=INSIDE)
    found = made.result()
    found.save(tmp_path / "found")
    read = kerasig.GlobalAttribution.load(tmp_path / "found")
    assert repr(read) == repr(found)
    assert read.words["inputs"].words == found.words["inputs"].words
    assert "three" in read.words["inputs"].words
    for by in ("feature", "class", "slice", "word", "quantile", "pair"):
        assert read.to_dataframe(by).equals(found.to_dataframe(by)), by


def test_files_of_something_else_are_refused(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, values=VALUES)
    with pytest.raises(ValueError, match="is not a saved GlobalAttribution"):
        kerasig.GlobalAttribution.load(path)
    arrays = reduction_of(rows()).to_arrays()
    for name in arrays:
        np.savez(path, **{other: array for other, array in arrays.items() if other != name})
        with pytest.raises(ValueError, match="is not a saved GlobalAttribution, or it is damaged"):
            kerasig.GlobalAttribution.load(path)
    header = json.loads(str(arrays["header"])) | {"version": 99}
    np.savez(path, **(arrays | {"header": np.array(json.dumps(header))}))
    with pytest.raises(ValueError, match="reads up to 1; upgrade"):
        kerasig.GlobalAttribution.load(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="is not a saved GlobalAttribution"):
        kerasig.GlobalAttribution.load(path)
    with pytest.raises(FileNotFoundError):
        kerasig.GlobalAttribution.load(tmp_path / "none")
    with pytest.raises(ValueError, match="it is a directory"):
        kerasig.GlobalAttribution.load(tmp_path)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"reduce": ["median"]}, "reduce must be one of mean, quantiles, leading, pairs. Received reduce='median'"),
        ({"quantiles": [0.5, 1.0]}, "quantiles must be above 0 to below 1"),
        ({"quantiles": 0.5}, "quantiles must be a list of numbers"),
        ({"leading": 0}, "leading must be a whole number of at least 1"),
        ({"feature_names": ["a", "a"]}, "feature_names must be distinct"),
        ({"slices": ("a", "b", "a")}, "slices must be distinct"),
        ({"class_names": "cat"}, "class_names must be a list of strings"),
        ({"kind": "picture"}, "kind must be one of"),
        ({"tokens": 3}, "tokens must be"),
    ],
)
def test_settings_are_judged_before_any_row(settings, said):
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        ReductionSettings(**settings)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"labels": CLASSES[:5]}, r"labels must be class indices, one per row. Received .* for 300 rows"),
        ({"labels": CLASSES + 0.5}, "labels must be class indices"),
        ({"labels": np.eye(4)[CLASSES]}, "labels must be class indices"),
        ({"labels": ["a"] * N}, "labels must be real numbers"),
        ({"slices": {}}, r"slices must be those of the settings, \['first', 'few'\]"),
        ({"slices": INSIDE | {"more": INSIDE["few"]}}, "slices must be those of the settings"),
        ({"slices": INSIDE | {"few": np.ones(3, bool)}}, r"slices\['few'\] must be one per row. Received shape \[3\]"),
        ({"slices": INSIDE | {"few": VALUES[:, 0]}}, r"slices\['few'\] must be boolean"),
        ({"slices": [True]}, "slices must be a dict"),
    ],
)
def test_what_does_not_fit_the_rows_is_refused_and_adds_nothing(arguments, said):
    made = Reduction(ReductionSettings(slices=("first", "few")))
    made.add(rows(), slices=INSIDE)
    before = made.to_arrays()
    with pytest.raises(ValueError, match=said):
        made.add(rows(), **({"slices": INSIDE} | arguments))
    after = made.to_arrays()
    assert all(before[name].tobytes() == after[name].tobytes() for name in before)


def test_rows_of_something_else_are_refused_and_add_nothing():
    made = reduction_of(rows())
    before = made.to_arrays()
    for other, said in (
        (attribution_of(VALUES[:, :3], target=CLASSES), r"Received 'inputs' \[3\], after 'inputs' \[7\]"),
        (attribution_of({"a": VALUES}, target=CLASSES), "must be of the same leaves and shapes"),
        (attribution_of(VALUES, target=None), "labels must come with all rows or with none"),
    ):
        with pytest.raises(ValueError, match=said):
            made.add(other)
    with pytest.raises(TypeError, match=r"attribution must be a kerasig\.Attribution"):
        made.add(VALUES)
    assert all(before[name].tobytes() == array.tobytes() for name, array in made.to_arrays().items())


def test_what_adds_up_something_else_is_not_merged():
    made = reduction_of(rows())
    with pytest.raises(ValueError, match="Received another quantiles"):
        made.merge(Reduction(ReductionSettings(quantiles=(0.5,))))
    with pytest.raises(ValueError, match="other must be of the same leaves and shapes"):
        made.merge(reduction_of(attribution_of(VALUES[:, :3], target=CLASSES)))
    with pytest.raises(ValueError, match="labels must come with all rows"):
        made.merge(reduction_of(attribution_of(VALUES, target=None)))
    with pytest.raises(TypeError, match="other must be a Reduction"):
        made.merge(made.result())
    with pytest.raises(TypeError, match="settings must be ReductionSettings"):
        Reduction("mean")


def test_names_and_parts_that_do_not_fit_the_positions_are_refused():
    with pytest.raises(ValueError, match=r"feature_names must be one per feature\. Received 2 names"):
        reduction_of(rows(), feature_names=["a", "b"])
    with pytest.raises(ValueError, match=r"reduce must be of parts that fit 300 positions\. Received 'pairs'"):
        reduction_of(attribution_of(np.zeros((4, 300), np.float32)), reduce=["pairs"])
    alone = reduction_of(attribution_of(VALUES[:, :1])).result()
    assert (alone.leading, alone.pairs) == (None, None)

"""A ProbeSet can be explained: its inputs, for its own target unless another is given."""

import keras
import numpy as np
import pytest

import kerasig
from kerasig import targets
from kerasig._recording.series import series_of

X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
LABELS = np.array([2, 0, 1])


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])


def assert_same(one, other):
    np.testing.assert_array_equal(one.target, other.target)
    np.testing.assert_array_equal(one.values, other.values)
    np.testing.assert_array_equal(one.score, other.score)


@pytest.mark.parametrize(
    ("probes", "given", "meant"),
    [
        (kerasig.ProbeSet(X), None, None),
        (kerasig.ProbeSet(X, LABELS), None, targets.Label(LABELS)),
        (kerasig.ProbeSet(X, np.eye(3)[LABELS]), None, targets.Label(LABELS)),
        (kerasig.ProbeSet(X, LABELS + 0.5), None, None),
        (kerasig.ProbeSet(X, LABELS, target="predicted"), None, None),
        (kerasig.ProbeSet(X, LABELS, target=1), None, 1),
        (kerasig.ProbeSet(X, LABELS), "predicted", None),
        (kerasig.ProbeSet(X, LABELS, target="both"), "label", targets.Label(LABELS)),
        (kerasig.ProbeSet(X, LABELS), 0, 0),
    ],
    ids=["no labels", "labels", "one-hot", "numbers", "predicted", "index", "word over auto", "word over both", "0"],
)
def test_its_inputs_are_explained_for_its_target_or_the_one_that_is_given(model, probes, given, meant):
    assert_same(kerasig.explain(model, probes, given), kerasig.explain(model, X, meant))


def test_an_explainer_takes_it_wherever_it_takes_inputs(model):
    explainer, probes = kerasig.Explainer(model), kerasig.ProbeSet(X, LABELS)
    assert_same(explainer.explain(probes), explainer.explain(X, targets.Label(LABELS)))
    np.testing.assert_array_equal(explainer.scores(probes), explainer.scores(X, targets.Label(LABELS)))
    assert explainer.check(probes).shape == X.shape


def test_two_targets_and_labels_that_are_no_classes_are_refused(model):
    with pytest.raises(ValueError, match='Received a ProbeSet with the target "both"'):
        kerasig.explain(model, kerasig.ProbeSet(X, LABELS, target="both"))
    with pytest.raises(ValueError, match="needs a ProbeSet whose labels are classes"):
        kerasig.explain(model, kerasig.ProbeSet(X), "label")
    # Words belong to sets alone.
    with pytest.raises(TypeError, match="target must be None"):
        kerasig.explain(model, X, "auto")


def test_a_probe_set_prints_its_target():
    assert repr(kerasig.ProbeSet(X, target=targets.Output("main", np.arange(3)))).endswith(
        "target Output(name='main', target=int64 [3]))"
    )
    assert repr(kerasig.ProbeSet(X, LABELS)).endswith("inputs float32 [3, 4]; 3 classes; target auto)")


@pytest.fixture(scope="module")
def two():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    return keras.Model(inputs, {name: keras.layers.Dense(3, name=name)(inputs) for name in ("p", "q")})


@pytest.mark.parametrize(
    ("word", "meant"), [("label", targets.Label(LABELS)), ("auto", targets.Label(LABELS)), ("predicted", None)]
)
def test_the_words_of_a_set_are_about_one_output_of_several(two, word, meant):
    expected = kerasig.explain(two, X, targets.Output("q", meant))
    own = kerasig.ProbeSet(X, LABELS, target=targets.Output("q", word))
    of_each = kerasig.ProbeSet(X, {"p": LABELS[::-1], "q": LABELS}, target=targets.Output("p", "label"))
    for found in (kerasig.explain(two, own), kerasig.explain(two, of_each, targets.Output("q", word))):
        np.testing.assert_array_equal(found.target["target"], expected.target["target"])
        np.testing.assert_array_equal(found.values, expected.values)
    (series,) = series_of(own)
    np.testing.assert_array_equal(kerasig.explain(two, X, series.target).values, expected.values)


def test_words_that_one_output_cannot_have_are_refused(two):
    with pytest.raises(ValueError, match=r"must be one of auto, label, predicted or what .* Received 'both'"):
        kerasig.ProbeSet(X, LABELS, target=targets.Output("q", "both"))
    with pytest.raises(ValueError, match="target='label' needs labels that are classes"):
        kerasig.ProbeSet(X, target=targets.Output("q", "label"))
    with pytest.raises(ValueError, match="target='label' needs labels that are classes"):
        kerasig.explain(two, kerasig.ProbeSet(X, {"p": LABELS, "q": LABELS + 0.5}), targets.Output("q", "label"))

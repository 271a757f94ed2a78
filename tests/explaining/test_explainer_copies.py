"""An explainer is its settings: copies and pickles of it explain alike, and its repr shows them."""

import copy
import pickle

import keras
import numpy as np
import pytest

import kerasig
from kerasig import targets

X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
WAYS = pytest.mark.parametrize(
    "made", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))], ids=["copy", "deepcopy", "pickle"]
)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    # Two layers of one name, of which the outer one's path alone would mean both.
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5, "relu", name="hidden")], name="inner")
    inputs = keras.Input((4,))
    outputs = keras.layers.Dense(3, name="hidden")(inner(inputs))
    return keras.Model(inputs, keras.layers.Softmax(name="softmax")(outputs), name="both")


def assert_alike(one, other):
    for name in ("values", "score", "delta", "map_error", "n_evaluations"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@WAYS
def test_a_copy_explains_as_its_original_does(made, model):
    original = kerasig.Explainer(
        model, layer=model.get_layer("hidden"), steps=7, interior_alphas=[0.1, 1.0], batch_size=2, jit_compile=False
    )
    before = original.explain(X, 1)
    copied = made(original)
    assert copied.layer == original.layer == "hidden"
    assert repr(copied) == repr(original)
    after = copied.explain(X, 1)
    assert_alike(after, before)
    np.testing.assert_array_equal(after.interior.gradients, before.interior.gradients)


@WAYS
def test_a_copy_of_one_that_was_never_used_explains(made, model):
    assert_alike(made(kerasig.Explainer(model)).explain(X), kerasig.explain(model, X))


@WAYS
@pytest.mark.filterwarnings("ignore:The score does not depend on inner")
def test_layers_in_a_list_are_those_of_the_copied_model(made, model):
    original = kerasig.Explainer(model, layer=[model.get_layer("inner"), (model.get_layer("softmax"), 0)], steps=5)
    copied = made(original)
    assert copied.layer == original.layer == ["inner", "softmax[0]"]
    for one, other in zip(copied.explain(X, 0).values, original.explain(X, 0).values, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_copy_reads_the_same_model_and_a_pickle_one_of_its_own(model):
    original = kerasig.Explainer(model)
    assert copy.copy(original).model is copy.deepcopy(original).model is model
    unpickled = pickle.loads(pickle.dumps(original)).model
    assert unpickled is not model
    for mine, its in zip(model.get_weights(), unpickled.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)


def test_a_copy_keeps_what_a_subclass_adds(model):
    class Named(kerasig.Explainer):
        pass

    original = Named(model)
    original.name = ["mine"]
    copied = copy.deepcopy(original)
    assert (type(copied), copied.name) == (Named, ["mine"])
    assert copied.name is not original.name


def test_warn_is_called_instead_of_warning(recwarn):
    told = []
    explainer = kerasig.Explainer(lambda x: x[:, 0] / 0 * x[:, 1], warn=lambda about, sentence: told.append(about))
    explainer.explain(X)
    copy.copy(explainer).explain(X)
    assert told == ["not finite"] * 2
    assert not [warning for warning in recwarn if "NaN" in str(warning.message)]


def test_warn_must_take_what_it_is_called_with(model):
    with pytest.raises(TypeError, match="warn must be a function of what a finding is about and a sentence"):
        kerasig.Explainer(model, warn=lambda sentence: None)


def test_its_repr_shows_the_settings_that_were_given(model):
    assert repr(kerasig.Explainer(model)) == (
        "Explainer(<Functional 'both'>, steps=Adaptive(tolerance=0.01, map_tolerance=0.05, max_steps=512))"
    )
    options = {"layer": "inner", "steps": 5, "interior_alphas": np.linspace(0, 1, 50), "batch_size": 4}
    assert repr(kerasig.Explainer(targets_of, warn=print, **options | {"layer": None})) == (
        "Explainer(targets_of, steps=Fixed(n=5, rule='gauss_legendre'), interior_alphas=float64 [50], batch_size=4, "
        "warn=print)"
    )
    assert "layer='inner'" in repr(kerasig.Explainer(model, **options))


def targets_of(x):
    return x[:, 0]


def test_reprs_of_targets_and_baselines_show_arrays_by_dtype_and_shape():
    shown = {
        "Output(name='main', target=Label(y=int64 [3]))": targets.Output("main", targets.Label(np.arange(3))),
        "Label(y=int64 [3, 8, 8], where=bool [8, 8])": targets.Label(np.zeros((3, 8, 8), int), np.ones((8, 8), bool)),
        "Label(y=[0, 2, 1], where=(1, int64 [3]))": targets.Label([0, 2, 1], (1, np.arange(3))),
        "Loss(y={'a': float32 [3, 4]}, loss='mse')": targets.Loss({"a": X}, "mse"),
        "PerExample(fn=targets_of, data=[1000 items])": targets.PerExample(targets_of, [0] * 1000),
        "Mean(array=float32 [3, 4])": kerasig.baselines.Mean(X),
        "Samples(array=(float32 [3, 4],), n=2, seed=0)": kerasig.baselines.Samples((X,), 2),
        "AtInputs(inputs=float32 [3, 4])": kerasig.baselines.AtInputs(X),
        "Noise(stddev=0.5, seed=0)": kerasig.baselines.Noise(0.5),
    }
    assert [repr(one) for one in shown.values()] == list(shown)


def test_a_repr_is_short_whatever_is_in_it(model):
    endless = []
    endless.append(endless)
    for odd in (endless, [X] * 10_000, {str(i): X for i in range(100)}, "a" * 10_000, object(), lambda: 0):
        assert len(repr(targets.Loss(odd, odd))) < 500

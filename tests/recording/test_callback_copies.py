"""Copies of a callback, as tuners make one for each of their trainings: the same settings, and not begun."""

import copy
import pickle

import keras
import numpy as np
import pytest
from trainings import STEPS, both_libraries, dense, fit, probes, shared, steps_of, written_steps

import kerasig
from kerasig.alarms import RegionLift

pytestmark = pytest.mark.slow

COPIES = {"deepcopy": copy.deepcopy, "copy": copy.copy, "pickle": lambda callback: pickle.loads(pickle.dumps(callback))}
WAYS = pytest.mark.parametrize("made", COPIES.values(), ids=COPIES)


def watching(tmp_path, **options):
    given = probes(regions={"first": np.eye(6, dtype=bool)[0]})
    settings = {"interior_alphas": None, "steps": 5, "every": 3, "alarms": [RegionLift("first", above=2)]}
    return kerasig.IGCallback(given, tmp_path, **{**settings, **options})


@both_libraries
@WAYS
def test_a_copy_of_a_used_callback_has_its_settings_and_has_not_begun(made, library, tmp_path):
    original = watching(tmp_path)
    fit(shared(library), [original], epochs=2)
    begun = len(original.history)
    copied = made(original)
    assert (copied.history, copied.params, copied.log_dir) == ([], None, original.log_dir)
    fit(shared(library), [copied], epochs=2)
    assert steps_of(copied) == steps_of(original) == [0, 3, 6, 2 * STEPS]
    assert len(original.history) == begun
    for name in ("residual", "region_mass", "drift"):
        np.testing.assert_array_equal(*([record[name] for record in each.history] for each in (copied, original)))
    # A training that begins anew, in a run of its own.
    assert written_steps(tmp_path / "kerasig") == written_steps(tmp_path / "kerasig-2") == steps_of(original)


@WAYS
def test_a_copy_keeps_what_a_subclass_adds(made, tmp_path):
    original = Named(tmp_path, "mine")
    fit(shared(keras), [original])
    copied = made(original)
    assert type(copied) is Named
    assert copied.name == "mine"
    fit(shared(keras), [copied])
    assert steps_of(copied) == [0, STEPS]


class Named(kerasig.IGCallback):
    def __init__(self, log_dir, name):
        super().__init__(probes(), log_dir, interior_alphas=None)
        self.name = name


def test_a_copy_means_the_same_layer_of_the_same_model(tmp_path):
    model = dense(keras)
    original = kerasig.IGCallback(probes(), tmp_path, layer=model.get_layer("hidden"))
    fit(model, [original])
    copied = copy.deepcopy(original)
    fit(model, [copied])
    assert steps_of(copied)[0] == STEPS


def test_a_copy_shares_no_array_with_the_original(tmp_path):
    original = watching(tmp_path)
    copied = copy.deepcopy(original)
    (mine,), (its,) = original._settings.probe_sets, copied._settings.probe_sets
    assert mine is not its
    assert not np.shares_memory(mine.inputs, its.inputs)


def test_its_repr_shows_the_settings_that_were_given_and_no_array(tmp_path):
    given = kerasig.ProbeSet(np.zeros((50, 4), np.float32), title="mine")
    callback = kerasig.IGCallback(given, "logs/one", steps=5, every=3, baselines=np.ones((50, 4)), alarms=[])
    assert repr(callback) == (
        f"IGCallback({given!r}, log_dir='logs/one', baselines=float64 [50, 4], "
        "steps=Fixed(n=5, rule='gauss_legendre'), interior_alphas=(0.02, 0.1, 0.3, 1.0), every=3, on_error='warn')"
    )
    alarmed = watching(tmp_path, interior_alphas=np.linspace(0, 1, 99), model=dense(keras))
    assert "interior_alphas=float64 [99]" in repr(alarmed)
    assert "alarms=[RegionLift(" in repr(alarmed)
    assert "model=<Sequential '" in repr(alarmed) or "model=<Functional '" in repr(alarmed)
    assert repr(copy.deepcopy(alarmed)) == repr(alarmed)

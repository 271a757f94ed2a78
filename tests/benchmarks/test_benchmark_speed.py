"""The benchmarks of speed: that they run and what they print, never how long anything took."""

import json

import keras
import numpy as np
import pytest

import kerasig
from benchmarks import speed, time_to_accuracy, timing
from benchmarks.floor import Floor
from benchmarks.host import host_share
from benchmarks.models import Case
from benchmarks.peers import adapters, environments, judge, runs
from benchmarks.peers.program import program_of


@pytest.fixture
def small_case():
    keras.utils.set_random_seed(0)
    layers = [keras.Input((5,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(3)]
    inputs = np.random.default_rng(0).normal(size=(3, 5)).astype("float32")
    return Case(
        "small", keras.Sequential(layers), inputs, np.array([0, 2, 1]), None, None, "tabular", smooth=True, accuracy=1.0
    )


@pytest.fixture
def small_subjects(monkeypatch, small_case):
    monkeypatch.setattr(speed, "subjects", lambda size: [speed.Subject("small", lambda: small_case, 1.5)])


def test_smoke_run_gives_every_table_and_check(small_subjects):
    tables, checks = speed.run("smoke")
    assert len(tables) == 3
    assert all("| small" in table for table in tables)
    assert [check.what for check in checks] == [
        "small: explain / floor",
        "small: adaptive explain / as many gradients at the floor's price",
        "small: first call / the bare function's",
        "small: host's share of an adaptive explanation",
    ]
    assert all(check.passed in (True, False) for check in checks)


def test_a_case_that_is_not_there_is_a_row_and_no_verdict(monkeypatch):
    def missing():
        raise speed.Unavailable("It is not here.")

    monkeypatch.setattr(speed, "subjects", lambda size: [speed.Subject("absent", missing, 1.5)])
    tables, checks = speed.run("smoke")
    assert "It is not here." in tables[0]
    assert [check.passed for check in checks] == [None]


def test_floor_computes_the_gradients_that_explain_integrates(small_case):
    floor = Floor(small_case, steps=6)
    floor.cut(4)
    gradients = np.concatenate([floor._function(*batch).numpy() for batch in floor._batches]).reshape(3, 6, 5)
    weights = kerasig.Fixed(6).build().weights
    values = small_case.inputs * np.einsum("nkf,k->nf", gradients, weights)
    explained = kerasig.explain(small_case.model, small_case.inputs, small_case.target, steps=6)
    np.testing.assert_allclose(values, explained.values, rtol=1e-5, atol=1e-6)


def test_floor_keeps_the_size_with_the_least_seconds_per_row(monkeypatch, small_case):
    floor = Floor(small_case, steps=8)
    seconds = {1: 5.0, 2: 3.0, 4: 1.0, 8: 1.1, 16: 2.0, 24: 1.5}
    monkeypatch.setattr(floor, "seconds_per_row", lambda size, **_: seconds[size])
    assert floor.tune() == seconds
    assert floor.size == 4


def test_in_turn_measures_every_call_in_every_round_after_warming_up():
    order = []
    calls = {"a": lambda: order.append("a"), "b": lambda: order.append("b")}
    seconds = timing.in_turn(calls, rounds=2, warm=1)
    assert order == ["a", "b"] * 3
    assert all(taken.shape == (2,) for taken in seconds.values())


def test_ratio_compares_within_rounds():
    # The second round was ten times slower for both.
    assert timing.ratio(np.array([2.0, 20.0, 2.0]), np.array([1.0, 10.0, 1.0])) == 2.0


def test_host_share_lies_between_nothing_and_all(small_case):
    explainer = kerasig.Explainer(small_case.model)
    assert 0 < host_share(lambda: explainer.explain(small_case.inputs), 1) < 1


def test_accuracy_table_has_kerasigs_row_and_no_verdict_without_peers(monkeypatch, tmp_path, small_case):
    monkeypatch.setenv("KERASIG_BENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(time_to_accuracy.models, "build", lambda name, n: small_case)
    must = time_to_accuracy.Check("published ways", "1", "at least 2", False)
    monkeypatch.setattr(time_to_accuracy.published, "run", lambda size, only: (["their table"], [must]))
    tables, checks = time_to_accuracy.run("smoke", peers=())
    assert "| kerasig" in tables[0]
    assert tables[1:] == ["their table"]
    assert [check.passed for check in checks] == [None, True, True, False]
    # The reference is read again, not computed again.
    assert len(list(tmp_path.glob("reference-*.npz"))) == 1
    time_to_accuracy.run("smoke", peers=())
    assert len(list(tmp_path.glob("reference-*.npz"))) == 1


def test_errors_are_relative_to_change_and_reference():
    reference = np.array([[1.0, 1.0], [2.0, -2.0]])
    values = np.array([[1.1, 1.0], [2.0, -2.0]])
    completeness, map_error = judge.errors(values, reference, np.array([2.0, -4.0]))
    np.testing.assert_allclose(completeness, [0.05, 1.0])
    np.testing.assert_allclose(map_error, [0.05, 0.0])
    assert not judge.good_enough(completeness, map_error)
    assert judge.good_enough(np.array([0.001, 0.002, 0.9]), np.array([0.01, 0.02, 0.9]))


def test_every_peer_has_an_adapter():
    assert environments.PEERS.keys() == adapters.ADAPTERS.keys()


def test_a_peer_that_is_not_installed_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASIG_BENCH_CACHE", str(tmp_path))
    assert "python -m benchmarks.peers setup captum" in environments.why_missing("captum")
    assert runs.ask("captum", tmp_path / "task.npz", "50") == {"why": environments.why_missing("captum")}


def test_what_does_not_install_leaves_its_reason(monkeypatch, tmp_path):
    monkeypatch.setenv("KERASIG_BENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(environments.sys, "executable", "/bin/false")
    assert environments.set_up("shap").startswith("does not install: ")
    assert environments.why_missing("shap").startswith("does not install: ")


@pytest.mark.parametrize("peer", ["xplique", "tf-explain", "saliency", "shap"])
def test_peers_without_layers_refuse_embeddings(peer):
    task = adapters.Task("ids", None, np.zeros((1, 3), "int32"), np.zeros((3, 2)), np.zeros(1, int), "embedding", 8)
    with pytest.raises(adapters.Refused, match="no attribution to a layer"):
        adapters.ADAPTERS[peer](task, 4)


def test_answer_is_the_last_line_of_json():
    assert runs.read_answer('noise\n{"steps": 4}\n{"steps": 8, "seconds": 1.5}\n', "") == {"steps": 8, "seconds": 1.5}
    assert runs.read_answer('{"steps": 4}\n', "stopped after 9 s") == {"steps": 4, "why": "stopped after 9 s"}
    assert runs.read_answer("", "") == {"why": "ended without an answer"}


def test_export_carries_the_network_to_another_framework(tmp_path, small_case):
    path = tmp_path / "task.npz"
    runs.export(small_case, path, batch=4, change=np.ones(3))
    with np.load(path) as arrays:
        meta = json.loads(str(arrays["meta"]))
        weights = [arrays[f"weight_{number}"] for number in range(meta["n_weights"])]
    assert meta["program"] == program_of(small_case.model)
    # Computed from the list of layers alone, the outputs are the model's.
    x = small_case.inputs
    for layer in meta["program"]:
        kernel, bias = (weights[number] for number in layer["weights"])
        x = x @ kernel + bias
        x = np.tanh(x) if layer["settings"]["activation"] == "tanh" else x
    np.testing.assert_allclose(x, small_case.model(small_case.inputs), rtol=1e-5, atol=1e-6)

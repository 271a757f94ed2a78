"""Explanations shared out over the replicas of a strategy.

TensorFlow fixes its devices and its cluster when it starts, so each strategy runs in processes of its own: the scripts
in `distribute`, which print what they found.
"""

import numpy as np
import pytest
import tensorflow as tf
from replica_processes import addresses

from kerasig._engine.replicas import replicas_of
from kerasig._engine.state import preserved
from kerasig._engine.workers import packed, unpacked

# Results are float32 sums in another order.
ROUNDING = 1e-5


@pytest.fixture(scope="module")
def scripts(start_script, tmp_path_factory):
    """Those that run beside each other."""
    folder = tmp_path_factory.mktemp("events")
    workers, cluster = addresses(2), addresses(3)
    for role in ("worker", "ps"):
        start_script("parameter_server.py", role, *cluster)
    return {
        "two, keras": start_script("mirrored.py", "keras", str(folder / "keras")),
        "two, tf_keras": start_script("mirrored.py", "tf_keras", str(folder / "tf_keras")),
        "three, keras": start_script("replicas.py", "keras", "3", str(folder / "three keras")),
        "three, tf_keras": start_script("replicas.py", "tf_keras", "3", str(folder / "three tf_keras")),
        "chief": start_script("worker.py", "0", str(folder / "chief"), *workers),
        "worker": start_script("worker.py", "1", str(folder / "worker"), *workers),
        "benchmarks": start_script("benchmarks_mirrored.py"),
        "audited": start_script("audited.py", str(folder / "audited")),
        "parameter server": start_script("parameter_server.py", "chief", *cluster),
    }


@pytest.fixture(params=["keras", "tf_keras"])
def mirrored(request, scripts):
    return scripts[f"two, {request.param}"].reports[0]


@pytest.fixture(params=["keras", "tf_keras"])
def three(request, scripts):
    return scripts[f"three, {request.param}"].reports[0]


@pytest.fixture
def workers(scripts):
    return [scripts[name].reports[0] for name in ("chief", "worker")]


class TestMirrored:
    def test_replicas_find_what_one_device_finds(self, mirrored):
        # The replicas' own statistics differ by far more than the results may.
        assert mirrored["statistics_differ"] > 0.01
        assert {name: error for name, error in mirrored["errors"].items() if not error < ROUNDING} == {}

    def test_training_ends_in_the_same_bits_on_every_replica(self, mirrored):
        assert mirrored["training_unchanged"]
        assert mirrored["scores_move"] > 0.01

    def test_every_copy_of_every_variable_is_kept(self, mirrored):
        assert mirrored["state_kept"]
        assert mirrored["state_kept_after_error"]

    def test_an_audit_finds_a_mark_and_leaves_the_training_alone(self, scripts):
        report = scripts["audited"].reports[0]
        assert report["training_unchanged"]
        assert (report["step"], report["maps_kept"]) == (50, True)
        assert report["looked"] > 1000
        assert report["in_marks"]
        assert all(report["in_marks"])

    def test_threads_explain_alike_and_no_variable_is_written_meanwhile(self, mirrored):
        assert mirrored["threads_agree"] == [True] * 4
        assert mirrored["state_kept_in_threads"]

    def test_nothing_traces_after_the_first_record(self, mirrored):
        _, *later = mirrored["calls_after_record"]
        assert len(set(later)) == 1

    def test_nothing_traces_again_inside_or_outside_the_scope(self, mirrored):
        assert mirrored["calls_when_compiled"] == 0

    def test_callback_records_the_start_and_every_epoch(self, mirrored):
        assert mirrored["recorded_steps"] == [0, 4, 8]
        assert {"ig_drift", "ig_map_error", "ig_residual"} <= set(mirrored["log_keys"])
        assert mirrored["event_files"] == 1

    def test_wrong_target_is_named_as_without_a_strategy(self, mirrored):
        assert "target is out of range" in mirrored["out_of_range"]


class TestThreeReplicas:
    def test_replicas_find_what_one_device_finds(self, three):
        assert {name: error for name, error in three["errors"].items() if not error < ROUNDING} == {}
        assert {"1 probes, fixed", "2 probes, fixed", "samples", "layer", "mirrored, last record"} <= set(
            three["errors"]
        )

    def test_training_ends_in_the_same_bits_under_every_strategy(self, three):
        assert set(three["training_unchanged"].values()) == {True}

    def test_callback_records_every_so_many_batches(self, three):
        assert list(three["recorded_steps"].values()) == [[0, 3, 6, 8]] * len(three["recorded_steps"])


class TestBenchmarks:
    def test_two_devices_find_what_one_finds(self, scripts):
        errors = scripts["benchmarks"].reports[0]
        assert len(errors) == 7
        assert {name: error for name, error in errors.items() if not error < ROUNDING} == {}


class TestWorkers:
    def test_every_worker_has_the_result_of_one_device_bit_for_bit(self, workers):
        for report in workers:
            assert report["statistics_differ"] > 0.01
            assert {name: error for name, error in report["errors"].items() if not error < ROUNDING} == {}
        assert workers[0]["digests"] == workers[1]["digests"]

    def test_training_ends_in_the_same_bits_on_every_worker(self, workers):
        assert all(report["training_unchanged"] and report["state_kept"] for report in workers)

    def test_nothing_traces_after_the_first_record(self, workers):
        assert [report["calls_when_compiled"] for report in workers] == [0, 0]

    def test_only_the_chief_writes(self, workers):
        assert [report["event_files"] for report in workers] == [1, 0]
        assert workers[0]["log_keys"] == workers[1]["log_keys"] != []

    def test_workers_with_different_clocks_skip_the_same_records(self, workers):
        assert [report["recorded_steps"] for report in workers] == [[0, 8], [0, 8]]

    def test_lost_worker_ends_with_the_strategys_own_error(self, workers, scripts):
        lost = scripts["chief"].reports[1]
        assert lost["error"] in ("UnavailableError", "AbortedError")


class TestOtherStrategies:
    def test_coordinator_of_parameter_servers_explains_alone(self, scripts):
        report = scripts["parameter server"].reports[0]
        assert set(report["errors"]) == {"whole variables", "parts of variables"}
        assert all(error < ROUNDING for error in report["errors"].values())
        assert all(report["state_kept"].values())
        assert set(map(tuple, report["recorded_steps"].values())) == {(0, 4, 8)}

    def test_unknown_strategy_is_refused_with_a_remedy(self):
        with pytest.raises(ValueError, match=r"HomeMade.*Load the saved model outside"):
            replicas_of(type("HomeMade", (), {})())

    def test_no_strategy_is_this_process_alone(self):
        assert replicas_of(None) is None


@pytest.mark.parametrize(
    "dtype", ["float16", "bfloat16", "float32", "float64", "bool", "int8", "uint8", "int16", "int32", "int64"]
)
def test_results_travel_between_workers_bit_for_bit(dtype):
    raw = np.random.default_rng(0).integers(0, 256, (4, 3 * 8), dtype=np.uint8)
    # Any bits at all, NaNs included; of bool those that there are.
    tensor = tf.cast(raw % 2, tf.bool) if dtype == "bool" else tf.constant(raw.view(tf.as_dtype(dtype).as_numpy_dtype))
    results = {"scores": tf.range(4.0), "leaves": [tf.reshape(tensor, [4, 3, -1]), tensor[:, :0]]}
    shares = [tf.nest.map_structure(lambda leaf, first=first: leaf[first : first + 2], results) for first in (0, 2)]

    @tf.function
    def sent():
        # Rows of the second replica first, as names of devices may order them.
        return unpacked(tf.concat([packed(shares[1], 1), packed(shares[0], 0)], axis=0), shares[0])

    for found, expected in zip(tf.nest.flatten(sent()), tf.nest.flatten(results), strict=True):
        assert found.dtype == expected.dtype
        assert found.shape == expected.shape
        if found.dtype.is_floating and found.dtype.size < 4:
            # They pass through float32, which may quiet a NaN.
            found, expected = tf.cast(found, tf.float32), tf.cast(expected, tf.float32)
            np.testing.assert_array_equal(found, expected)
        else:
            assert found.numpy().tobytes() == expected.numpy().tobytes()


def test_variables_are_preserved_also_after_an_error():
    variable = tf.Variable([1.0, float("nan")])
    before = variable.numpy().tobytes()
    with pytest.raises(tf.errors.InvalidArgumentError), preserved([variable]):
        tf.debugging.assert_equal(variable.assign([2.0, 3.0]), 0.0)
    assert variable.numpy().tobytes() == before

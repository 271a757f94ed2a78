"""`AttributionHandler` in pipelines on Beam's own runners: keys, dead letters, metrics, workers of their own."""

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.ml.inference.base import KeyedModelHandler, ModelMetadata, RunInference
from apache_beam.options.pipeline_options import PipelineOptions
from beam_models import no_model, table_model, table_rows
from kept_lines import keep, kept

import kerasig
from kerasig.beam import AttributionHandler, raise_failed

ONE_PROCESS = ["--runner=FnApiRunner"]
TWO_PROCESSES = [*ONE_PROCESS, "--direct_running_mode=multi_processing", "--direct_num_workers=2"]
# As Flink and Spark take a pipeline: through a job server, to a worker that is not theirs.
PORTABLE = ["--runner=PortableRunner", "--job_endpoint=embed", "--environment_type=LOOPBACK"]
N = 40


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.keras"
    table_model().save(path)
    return str(path)


@pytest.fixture(scope="module")
def wanted():
    return kerasig.explain(table_model(), table_rows(N))


def summed(element):
    key, result = element
    one = result.inference
    return f"{key} {one.values.sum():.9g} {one.score:.9g} {one.status} {result.example.sum():.6g}"


def test_keyed_rows_keep_their_keys_and_bad_ones_become_dead_letters(saved, wanted, tmp_path):
    rows = [(f"row {row}", values) for row, values in enumerate(table_rows(N))]
    rows[7] = ("row 7", np.zeros(5, "float32"))
    handler = KeyedModelHandler(AttributionHandler(saved, rows=16, on_error="return"))
    with beam.Pipeline(options=PipelineOptions(ONE_PROCESS)) as pipeline:
        step = RunInference(handler.with_postprocess_fn(raise_failed)).with_exception_handling()
        good, dead = pipeline | beam.Create(rows, reshuffle=False) | step
        good | beam.Map(summed) | "keep good" >> keep(tmp_path / "good")
        (failed,) = dead.failed_postprocessing
        failed | beam.Map(lambda pair: f"{pair[0][0]}: {pair[1][1]}") | "keep failed" >> keep(tmp_path / "failed")
    (line,) = kept(tmp_path / "failed")
    assert line.startswith("row 7: RowFailedError(")
    assert "The row with key 'row 7'" in line
    assert "(1, 5)" in line
    found = {int(line.split()[1]): line.split()[2:] for line in kept(tmp_path / "good")}
    assert sorted(found) == [row for row in range(N) if row != 7]
    for row, (total, score, status, example) in found.items():
        np.testing.assert_allclose(float(total), wanted.values[row].sum(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(float(score), wanted.score[row], rtol=1e-6, atol=1e-7)
        assert status == wanted.status[row]
        np.testing.assert_allclose(float(example), table_rows(N)[row].sum(), rtol=1e-5)
    query = pipeline.result.metrics().query()
    counters = {m.key.metric.name: m.committed for m in query["counters"] if m.key.metric.namespace == "kerasig"}
    assert counters["rows_failed"] == 1
    assert counters["num_inferences"] == N
    assert counters["gradients"] == int(np.delete(wanted.n_evaluations, 7).sum())
    (residuals,) = [m for m in query["distributions"] if m.key.metric.name == "residual_millionths"]
    assert residuals.committed.count == N - 1
    assert residuals.committed.max == pytest.approx(np.delete(wanted.residual, 7).max() * 1e6, abs=2)


def test_a_model_that_a_worker_cannot_load_ends_the_pipeline_with_the_reason():
    with (
        pytest.raises(Exception, match=r"cannot load the model from the function no_model: .*not mounted"),
        beam.Pipeline(options=PipelineOptions(ONE_PROCESS)) as pipeline,
    ):
        pipeline | beam.Create(list(table_rows(2))) | RunInference(AttributionHandler(no_model))


def test_a_side_input_changes_the_model(saved, wanted, tmp_path):
    with beam.Pipeline(options=PipelineOptions(ONE_PROCESS)) as pipeline:
        paths = pipeline | "paths" >> beam.Create([ModelMetadata(saved, "second")])
        rows = pipeline | "rows" >> beam.Create(list(table_rows(4)))
        result = rows | RunInference(AttributionHandler(no_model), model_metadata_pcoll=paths)
        result | beam.Map(lambda one: f"{one.model_id} {one.inference.score:.9g}") | keep(tmp_path / "rows")
    found = sorted(float(line.removeprefix(saved)) for line in kept(tmp_path / "rows"))
    np.testing.assert_allclose(found, np.sort(wanted.score[:4]), rtol=1e-6, atol=1e-7)

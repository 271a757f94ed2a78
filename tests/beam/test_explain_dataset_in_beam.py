"""`ExplainDataset`: the files and sums of `explain_dataset`, from pipelines on Beam's own runners."""

import hashlib
from pathlib import Path

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.ml.inference.base import KeyedModelHandler, RunInference
from apache_beam.options.pipeline_options import PipelineOptions
from beam_models import table_model, table_rows
from bucket import Bucket
from kept_lines import keep, kept
from test_pipelines import ONE_PROCESS, PORTABLE, TWO_PROCESSES, summed

import kerasig
from kerasig._beam.keyed_rows import shard_of
from kerasig.beam import AttributionHandler, ExplainDataset

N = 90
LABELS = np.random.default_rng(7).integers(0, 3, N)
SLICES = {"positive": lambda x: x[:, 0] > 0}


def keyed_rows():
    return [(f"row {row:03d}", (values, LABELS[row])) for row, values in enumerate(table_rows(N))]


def explain(rows, folder, options=ONE_PROCESS, lines=None, model=table_model, **arguments):
    """Runs a pipeline; returns it, what its folder holds, and lines about rows that failed."""
    arguments = {"target": "label", "shards": 4, "slices": SLICES, "feature_names": list("abcd"), **arguments}
    with beam.Pipeline(options=PipelineOptions(options)) as pipeline:
        found = pipeline | beam.Create(rows) | ExplainDataset(model, str(folder), **arguments)
        if lines is not None:
            found.failed | beam.Map(lambda pair: f"{pair[0]!r}: {pair[1]}") | "failed lines" >> keep(lines / "failed")
            found.shards | "shard lines" >> keep(lines / "shards")
            found.attribution | beam.Map(lambda one: repr(one.mean.value.tolist())) | "sums" >> keep(lines / "sums")
    return pipeline.result


def files_of(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(folder).iterdir()}


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    folder, lines = tmp_path_factory.mktemp("beam") / "output", tmp_path_factory.mktemp("lines")
    explain(keyed_rows(), folder, lines=lines)
    return folder, lines


@pytest.fixture(scope="module")
def direct(output, tmp_path_factory):
    """What `explain_dataset` writes of the same rows in the order of the shards, a folder for each shard."""
    folders = {}
    for shard in range(4):
        rows = [(key, row) for key, row in keyed_rows() if shard_of(key, 4) == shard]
        folders[shard] = tmp_path_factory.mktemp("direct") / "output"
        x, y = np.stack([row[0] for _, row in rows]), np.array([row[1] for _, row in rows])
        kerasig.explain_dataset(
            table_model(),
            (x, y),
            "label",
            key=np.array([key for key, _ in rows]),
            output=folders[shard],
            slices=SLICES,
            feature_names=list("abcd"),
        )
    return folders


def test_shards_are_to_the_byte_those_of_explain_dataset(output, direct):
    folder, lines = output
    opened = kerasig.open_attributions(folder)
    assert len(opened) == N
    assert sorted(kept(lines / "shards")) == [str(folder / f"shard-{n:05d}.parquet") for n in range(4)]
    for shard, other in direct.items():
        ours, theirs = folder / f"shard-{shard:05d}.parquet", other / "shard-00000.parquet"
        assert ours.read_bytes() == theirs.read_bytes()
    assert not kept(lines / "failed")


def test_rows_are_found_by_their_keys(output):
    opened = kerasig.open_attributions(output[0])
    wanted = kerasig.explain(table_model(), table_rows(N), kerasig.targets.Label(LABELS))
    np.testing.assert_allclose(opened.row("row 017").values, wanted[17].values, rtol=1e-6, atol=1e-7)
    keys = [key for key, _ in keyed_rows()]
    np.testing.assert_allclose(opened.rows(keys).values, wanted.values, rtol=1e-6, atol=1e-7)
    assert opened.rows(keys).target.tolist() == LABELS.tolist()


def test_what_it_amounts_to_is_that_of_explain_dataset(output, tmp_path):
    folder, lines = output
    whole = kerasig.explain_dataset(
        table_model(), (table_rows(N), LABELS), "label", slices=SLICES, feature_names=list("abcd")
    )
    found = kerasig.GlobalAttribution.load(folder / "global.npz")
    assert found.n == whole.n == N
    for part in ("mean", "size"):
        for name in ("value", "error"):
            ours, theirs = getattr(getattr(found, part), name), getattr(getattr(whole, part), name)
            np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-8)
    assert set(found.slices) == {"positive"}
    np.testing.assert_allclose(
        found.slices["positive"].mean.value, whole.slices["positive"].mean.value, rtol=1e-6, atol=1e-8
    )
    assert kept(lines / "sums") == [repr(found.mean.value.tolist())]


def test_blocks_of_few_rows_write_the_same_bytes(output, tmp_path, monkeypatch):
    # Of some rows each, and most of one.
    monkeypatch.setattr("kerasig._beam.dataset.BLOCK_BYTES", 50)
    explain(keyed_rows(), tmp_path / "output")
    assert files_of(tmp_path / "output") == files_of(output[0])


@pytest.mark.slow
def test_another_runner_writes_the_same_bytes(output, tmp_path):
    explain(keyed_rows()[::-1], tmp_path / "output", PORTABLE)
    assert files_of(tmp_path / "output") == files_of(output[0])


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory):
    """A pipeline with both transforms, for each process imports TensorFlow: it, and the folder with what it wrote."""
    folder = tmp_path_factory.mktemp("two processes")
    table_model().save(folder / "model.keras")
    handler = KeyedModelHandler(AttributionHandler(str(folder / "model.keras"), rows=8, share=True))
    arguments = {"target": "label", "shards": 4, "slices": SLICES, "feature_names": list("abcd")}
    with beam.Pipeline(options=PipelineOptions(TWO_PROCESSES)) as pipeline:
        labelled = pipeline | beam.Create(keyed_rows()[::-1])
        labelled | ExplainDataset(table_model, str(folder / "output"), **arguments)
        rows = pipeline | "numbered" >> beam.Create(list(enumerate(table_rows(N))))
        result = rows | RunInference(handler, metrics_namespace="mine")
        result | beam.Map(summed) | keep(folder / "rows")
    return pipeline, folder


@pytest.mark.slow
def test_two_processes_write_the_same_bytes(output, two_processes):
    assert files_of(two_processes[1] / "output") == files_of(output[0])


@pytest.mark.slow
def test_two_processes_share_one_model(two_processes):
    pipeline, folder = two_processes
    wanted = kerasig.explain(table_model(), table_rows(N))
    found = {int(line.split()[0]): float(line.split()[1]) for line in kept(folder / "rows")}
    assert sorted(found) == list(range(N))
    np.testing.assert_allclose([found[row] for row in range(N)], wanted.values.sum(axis=1), rtol=1e-5, atol=1e-6)
    query = pipeline.result.metrics().query()
    latencies = [m for m in query["distributions"] if m.key.metric.name == "load_model_latency_milli_secs"]
    assert [m.committed.count for m in latencies if m.key.metric.namespace == "mine"] == [1]
    # Its gradients are in its namespace, those of the data set in kerasig's.
    counted = {m.key.metric.namespace: m.committed for m in query["counters"] if m.key.metric.name == "gradients"}
    labelled = kerasig.explain(table_model(), table_rows(N), kerasig.targets.Label(LABELS))
    assert counted == {"mine": wanted.n_evaluations.sum(), "kerasig": labelled.n_evaluations.sum()}


def test_rows_that_cannot_be_explained_come_out_with_key_and_reason(output, tmp_path):
    bad = [
        ("short", (np.zeros(3, "float32"), 1)),
        ("word", ("word", 1)),
        ("far", (np.zeros(4, "float32"), 17)),
        ("nan", (np.full(4, np.nan, "float32"), 1)),
        (("a", "pair"), (np.zeros(4, "float32"), 1)),
        "no pair",
    ]
    result = explain(keyed_rows() + bad, tmp_path / "output", lines=tmp_path)
    failed = dict(line.split(": ", 1) for line in kept(tmp_path / "failed"))
    assert sorted(failed) == ["'far'", "'nan'", "'short'", "'word'", "('a', 'pair')", "None"]
    assert "other shapes" in failed["'short'"]
    assert "[3]" in failed["'short'"]
    assert "17" in failed["'far'"]
    assert "NaN" in failed["'nan'"]
    assert "whole number or a text" in failed["('a', 'pair')"]
    assert "(key, row)" in failed["None"]
    opened = kerasig.open_attributions(tmp_path / "output")
    # A row that is not finite is in the files as well, and says so.
    assert len(opened) == N + 1
    assert opened.row("nan").status.tolist() == ["not finite"]
    before = kerasig.open_attributions(output[0])
    np.testing.assert_allclose(opened.row("row 017").values, before.row("row 017").values, rtol=1e-6, atol=1e-7)
    assert {m.key.metric.name for m in result.metrics().query()["counters"]} >= {"gradients", "rows_failed"}


def test_rows_without_keys_get_those_of_their_content(tmp_path):
    rows = [row for _, row in keyed_rows()]
    explain([*rows, rows[3]], tmp_path / "output", keyed=False, format="npz", shards=2)
    opened = kerasig.open_attributions(tmp_path / "output")
    assert len(opened) == N + 1
    assert len({*opened.keys.tolist()}) == N


def difference_of_channels():
    return lambda x: x[:, 3, 0] ** 2 - x[:, 4, 1]


def test_groups_of_coordinates_are_named_by_features(tmp_path):
    series = np.random.default_rng(0).random((6, 16, 2), dtype="float32")
    options = {"coordinates": kerasig.coordinates.Spectrum(3), "kind": "series", "feature_names": ["left", "right"]}
    direct = kerasig.explain_dataset(difference_of_channels(), series, **options)
    rows = list(enumerate(series))
    explain(rows, tmp_path, model=difference_of_channels, target=None, slices=None, shards=2, **options)
    assert direct.names[3].startswith("right, band 0")
    found = kerasig.GlobalAttribution.load(tmp_path / "global.npz")
    assert list(found.names) == list(direct.names)
    assert kerasig.open_attributions(tmp_path).row(2).coordinates.tolist() == list(direct.names)


def test_a_bucket_holds_the_same_files(output, tmp_path):
    assert Bucket.scheme() == "bucket"
    table_model().save(tmp_path / "model.keras")
    explain(keyed_rows(), f"bucket:/{tmp_path}/output", model=f"bucket:/{tmp_path}/model.keras")
    assert files_of(tmp_path / "output") == files_of(output[0])
    with pytest.raises(Exception, match=r"is of something else.*precision"):
        explain(keyed_rows(), f"bucket:/{tmp_path}/output", precision="float16")


def test_no_rows_are_an_error(tmp_path):
    with pytest.raises(Exception, match="at least one row"):
        explain([], tmp_path / "output")


def test_a_folder_of_something_else_is_refused(output, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"must be a new or an empty folder.*letter\.txt"):
        ExplainDataset(table_model, str(tmp_path))
    before = files_of(output[0])
    with pytest.raises(Exception, match=r"is of something else.*precision"):
        explain(keyed_rows(), output[0], precision="float16")
    assert files_of(output[0]) == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"output": ""}, "output must be the path"),
        ({"output": 3}, "output must be the path"),
        ({"keyed": 1}, "keyed must be True or False"),
        ({"shards": 0}, "shards must be a whole number"),
        ({"precision": "float8"}, "precision must be one of"),
        ({"format": "csv"}, "format must be one of"),
        ({"slices": {"a": [True, False]}}, "slices"),
        ({"target": [1, 2]}, "target must be the same"),
        ({"reduce": ["median"]}, "reduce must be one of"),
        ({"with_inputs": "yes"}, "with_inputs must be True or False"),
    ],
    ids=lambda value: str(next(iter(value))) if isinstance(value, dict) else "",
)
def test_every_argument_is_judged_when_the_pipeline_is_made(arguments, says):
    with pytest.raises((ValueError, TypeError), match=says):
        ExplainDataset(**{"model": table_model, "output": "somewhere"} | arguments)

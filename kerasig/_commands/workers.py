"""`python -m kerasig explain --workers N`: the same by Apache Beam, on several processes of this machine."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kerasig import _nest as nest
from kerasig._commands.saved import Takes, loaded, rows_of
from kerasig._datasets.opened import open_attributions
from kerasig._datasets.output import GLOBAL
from kerasig._datasets.rows import source_of
from kerasig._global.result import GlobalAttribution


def check_workers(options: argparse.Namespace) -> None:
    """Raises ValueError for options that do not go together with several processes, ImportError without Beam."""
    if options.output is None or options.resume:
        raise ValueError("--workers needs --output, a new folder, and goes on with none. Pass --output DIR alone.")
    if find_spec("apache_beam") is None:
        raise ImportError('--workers needs Apache Beam. Run: pip install "kerasig[beam]".')


def explain_by_workers(options: argparse.Namespace, takes: Takes, given: dict[str, Any]) -> GlobalAttribution:
    """Explains a data set on several processes, into the output.

    Args:
        options: of the command.
        takes: what the model takes.
        given: the arguments of `kerasig.explain_dataset`, but for the model and the rows.

    Raises:
        ValueError: there is no row that can be explained.
    """
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions

    from kerasig._beam.dataset import ExplainDataset

    taken = {name: value for name, value in given.items() if name not in ("output", "progress", "shards", "parser")}
    explain = ExplainDataset(
        functools.partial(loaded, options.model),
        options.output,
        taken.pop("target"),
        shards=options.shards or 4 * options.workers,
        share=True,
        **taken,
    )
    arguments = ["--direct_running_mode=multi_processing", f"--direct_num_workers={options.workers}"]
    arguments.append("--default_sdk_harness_log_level=WARNING")
    with beam.Pipeline("FnApiRunner", options=PipelineOptions(arguments)) as pipeline:
        rows = pipeline | beam.Create([options]) | "Rows" >> beam.FlatMap(_rows, takes)
        found = rows | explain
        found.failed | "Failed" >> beam.Map(_told)
    result = GlobalAttribution.load(Path(options.output) / GLOBAL)
    result.rows = open_attributions(options.output)
    return result


def _rows(options: argparse.Namespace, takes: Takes) -> Iterator[tuple[Any, Any]]:
    """(key, row) of each row; with labels a row is (inputs, label)."""
    dataset, known = rows_of(options, takes)
    source = source_of(dataset, known.get("parser"))
    number = 0
    for inputs, labels, keys in source.pieces():
        count = len(next(iter(inputs.values())) if isinstance(inputs, dict) else inputs)
        for place in range(count):
            row = nest.map_structure(lambda leaf, place=place: leaf[place], inputs)
            key = number if keys is None else keys[place].item()
            yield key, row if labels is None else (row, labels[place])
            number += 1


def _told(failed: tuple[object, str]) -> None:
    print(f"row {failed[0]!r} is not among them: {failed[1]}", flush=True)

"""`python -m kerasig explain`: attributions of each row of a folder or file, and what they amount to."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from kerasig import _arguments as arguments
from kerasig._commands.main import FINE, as_typed
from kerasig._commands.saved import Takes, loaded, rows_of
from kerasig._datasets.manifest import read_manifest

DESCRIPTION = """Explains every row of a data set with a saved Keras model, and prints what the attributions amount to.

DATA is one of
  a folder of images   resized to what the model takes; its folders are classes, files in them are keys
  a .csv or .parquet   columns of numbers, or one column for each of the model's inputs by name
  a .npz or .npy       its arrays, "x" and "y" or "inputs" and "labels", or a single one
  a folder of TFRecords, or one file, with --parser

A run that was ended goes on with --resume, to the same files."""

EXAMPLES = """examples:
  python -m kerasig explain model.keras photographs --output attributions --scale 255
  python -m kerasig explain model.keras patients.csv --output attributions --label diagnosis --key id
  python -m kerasig explain model.keras test.npz --target label --steps 50
  python -m kerasig explain model.keras records --parser mine:parse --output attributions --resume"""

# The arguments of `kerasig.explain_dataset`, and what they are typed as.
_NAMES = ("target", "output", "layer", "baselines", "steps", "tolerance", "batch_size", "map_tolerance", "shards")
_TYPED = {"dataset": "DATA", "model": "MODEL"} | {name: f"--{name.replace('_', '-')}" for name in _NAMES}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("model", metavar="MODEL", help="a saved Keras model, or module:function that returns one")
    parser.add_argument("data", metavar="DATA", help="a folder or a file, see above")
    parser.add_argument("-o", "--output", metavar="DIR", help="for the attributions of each row; else means alone")
    parser.add_argument("--resume", action="store_true", help="go on with what is in DIR already")
    parser.add_argument("--target", default="auto", help='"auto", "label", "predicted", an index, or "None"')
    parser.add_argument("--layer", metavar="NAME", help="attribute to the output of this layer, such as an embedding")
    parser.add_argument("--baselines", type=float, metavar="NUMBER", help="the value at which paths start; 0")
    parser.add_argument("--steps", type=int, help="gradients for each row; else as many as the tolerance takes")
    parser.add_argument("--tolerance", type=float, help="of the completeness error, 0.01 of the score")
    parser.add_argument("--map-tolerance", type=float, help="of the values' own error, 0.05 of them")
    parser.add_argument("--batch-size", type=int, metavar="ROWS", help="through the model at once")
    parser.add_argument("--shards", type=int, help="files of the output, at most")
    parser.add_argument("--format", choices=["parquet", "npz"], help="of the output")
    parser.add_argument("--precision", choices=["float32", "float16", "int16"], default="float32", help="of the values")
    parser.add_argument("--with-inputs", action="store_true", help="write the inputs, too")
    parser.add_argument("--label", metavar="COLUMN", help="of a table: the labels")
    parser.add_argument("--key", metavar="COLUMN", help="of a table: what rows are called")
    parser.add_argument("--columns", metavar="A,B,...", help="of a table: the inputs, in the model's order")
    parser.add_argument("--scale", type=float, help="divide images by it: 255 for models that take 0 to 1")
    parser.add_argument("--parser", metavar="MODULE:FUNCTION", help="from a TFRecord to inputs or (inputs, labels)")
    parser.add_argument("--workers", type=int, default=1, help="processes, by Apache Beam where there are several")
    parser.add_argument("--no-progress", action="store_true", help="show no bar")


def run(options: argparse.Namespace) -> int:
    """Explains a data set, and prints what came of it."""
    try:
        return _explained(options)
    except (ValueError, TypeError) as error:
        raise ValueError(as_typed(str(error), _TYPED)) from error


def _explained(options: argparse.Namespace) -> int:
    # Before TensorFlow is imported, which takes seconds.
    if not os.path.exists(options.data):
        raise FileNotFoundError(f"DATA must be a folder or a file. Received {options.data!r}, which does not exist.")
    begun = read_manifest(Path(options.output), "--output") if options.output else None
    if begun is not None and begun.layout is not None and not options.resume:
        raise ValueError(f"--output {options.output!r} was begun already. Pass --resume to go on, or another folder.")
    if options.resume and options.output is None:
        raise ValueError("--resume needs --output DIR, the folder to go on with. Pass both, or neither.")
    workers = arguments.whole("--workers", options.workers, 1)
    if workers > 1:
        from kerasig._commands.workers import check_workers

        check_workers(options)
    steps = _steps(options)
    from kerasig._datasets.dataset import explain_dataset

    model = loaded(options.model)
    takes = Takes.of(model)
    dataset, known = rows_of(options, takes)
    given = {
        "target": _target(options.target),
        "output": options.output,
        "layer": options.layer,
        "baselines": options.baselines,
        "steps": steps,
        "batch_size": options.batch_size,
        "shards": options.shards,
        "format": options.format,
        "precision": options.precision,
        "with_inputs": options.with_inputs,
        "progress": False if options.no_progress else None,
        **known,
    }
    if workers > 1:
        from kerasig._commands.workers import explain_by_workers

        # Each worker, or all of a machine together, has one of its own.
        del model
        found = explain_by_workers(options, takes, given)
    else:
        found = explain_dataset(model, dataset, **given)
    print(found)
    if found.rows is not None:
        print(found.rows)
    return FINE


def _steps(options: argparse.Namespace) -> Any:
    """The rule that was asked for; None where nothing was."""
    from kerasig.steps import Adaptive, Fixed

    tolerances = {"tolerance": options.tolerance, "map_tolerance": options.map_tolerance}
    asked = {name: value for name, value in tolerances.items() if value is not None}
    if options.steps is None:
        return Adaptive(**asked) if asked else None
    if asked:
        raise ValueError("--steps takes so many gradients for each row, whatever the tolerance. Pass one of the two.")
    return Fixed(arguments.whole("--steps", options.steps, 1))


def _target(given: str) -> Any:
    """The target that a text stands for; "None" is the output itself, as messages of `kerasig.explain` call it."""
    if given == "None":
        return None
    return int(given) if given.lstrip("-").isdigit() else given

"""Explanations on accelerators that only JAX sees: exported as StableHLO, run there, beside the bare gradient.

python -m benchmarks.accelerator                        # where JAX is installed beside TensorFlow
python -m benchmarks.accelerator --jax JAX/bin/python   # or in an environment of its own
python -m benchmarks.accelerator --export FILE          # to be run elsewhere: python accelerator_jax.py FILE

Weights are random: neither numbers nor times depend on their being trained. What is compared with one call of the
gradient alone is one call of the core, score, slope and gradients of a microbatch of points; and the whole adaptive
explanation of some examples, nodes, errors and all, with as many gradients.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

import kerasig
from kerasig._engine import integrate, whole
from kerasig._engine.compiled import Compiled

from .models import digits_cnn, efficientnet_lite0, tabular_mlp, trec, trec_lstm
from .report import Check, at_most, table

Size = Literal["smoke", "short", "full"]
IDS = 8000


def models(size: Size) -> dict[str, tuple[keras.Model, np.ndarray, str | None]]:
    """Each model with random weights, the points of one microbatch, and the layer that is attributed to."""
    keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    rows = {"smoke": 8, "short": 64, "full": 512}[size]

    def normal(model: keras.Model, count: int) -> np.ndarray:
        return generator.normal(size=(count, *model.input_shape[1:])).astype("float32")

    cnn, mlp = digits_cnn.make_model("relu"), tabular_mlp.make_model("relu")
    found = {"digits_cnn_relu": (cnn, normal(cnn, rows), None), "tabular_mlp_relu": (mlp, normal(mlp, 16 * rows), None)}
    if size == "full":
        # Both take XLA minutes to compile on a CPU.
        deep = efficientnet_lite0.make_model("softmax")
        found["efficientnet_lite0"] = (deep, normal(deep, rows // 8), None)
        words = generator.integers(1, IDS, (rows, trec.LENGTH)).astype("int32")
        found["trec_lstm"] = (trec_lstm.make_model(IDS), words, "embedding")
    return found


def exported(function: Any, arguments: tuple[Any, ...]) -> dict[str, np.ndarray]:
    """A function of TensorFlow as StableHLO, with its arguments and what TensorFlow's graph makes of them."""
    concrete = function.get_concrete_function(*arguments)
    module = function.experimental_get_compiler_ir(*arguments)(stage="stablehlo_serialized")
    values = {id(variable.handle): variable for variable in concrete.graph.variables}
    # A module takes the arguments first, and then what the function captured.
    captured = [values.get(id(tensor), tensor) for tensor in concrete.captured_inputs]
    inputs = [*tf.nest.flatten(arguments), *captured]
    returned = tf.function(function.python_function, autograph=False)(*arguments)
    # In the order of `tf.nest`, which is that of the names; a nest below a name repeats it.
    names = [name for name in sorted(returned) for _ in tf.nest.flatten(returned[name])] if by_name(returned) else []
    results = tf.nest.flatten(returned)
    return {
        "module": np.frombuffer(module, np.uint8),
        **{f"argument{i}": np.asarray(tensor) for i, tensor in enumerate(inputs)},
        **{f"result{i}": np.asarray(tensor) for i, tensor in enumerate(results)},
        **{f"name{i}": np.array(name) for i, name in enumerate(names)},
    }


def by_name(returned: Any) -> bool:
    """Whether a function returns its results by name."""
    return isinstance(returned, dict)


def core_of(model: keras.Model, points: np.ndarray, layer: str | None) -> tuple[Any, tuple[Any, ...]]:
    """The compiled core that `explain` calls, with arguments of one microbatch of that many points."""
    seen: list[tuple[Compiled, tuple[Any, ...]]] = []
    call = Compiled.__call__

    def noted(self: Compiled, *arguments: Any) -> Any:
        seen.append((self, arguments))
        return call(self, *arguments)

    Compiled.__call__ = noted  # type: ignore[method-assign]
    try:
        options = {"layer": layer, "interior_alphas": [0.5], "steps": 1, "batch_size": len(points)}
        kerasig.explain(model, points, 0, jit_compile=False, **options)
    finally:
        Compiled.__call__ = call  # type: ignore[method-assign]
    # The interior gradients are asked for last, one point of each path; what compares rows asks for fewer.
    full = [pair for pair in seen if len(pair[1][0]["examples"]) == len(points)]
    compiled, arguments = full[-1]
    return compiled.for_xla(*arguments[:3])


def whole_of(model: keras.Model, points: np.ndarray, layer: str | None) -> tuple[Any, tuple[Any, ...]]:
    """A whole adaptive explanation of as many examples as there are points, and its arguments."""
    seen: list[tuple[Any, tuple[Any, ...]]] = []

    def noted(compiled: Compiled[Any], *arguments: Any) -> Any:
        if compiled._around is None:
            return call(compiled, *arguments)
        function, (rows, nodes, data) = compiled.for_xla(*arguments[:3])
        given = tf.nest.map_structure(lambda tensor: tensor.numpy(), nodes)

        # What is asked for is part of the module: some of it decides shapes.
        def asked(rows: Any, data: Any) -> Any:
            return function.python_function(rows, tf.nest.map_structure(tf.constant, given), data)

        seen.append((tf.function(asked, autograph=False, jit_compile=True), (rows, data)))
        raise _SeenError

    call = Compiled.__call__
    rule = kerasig.Adaptive(max_steps=64)
    with (
        mock.patch.object(Compiled, "__call__", noted),
        mock.patch.object(whole, "is_static", return_value=True),
        mock.patch.object(integrate, "scheme_of", return_value=whole.WholeScheme(rule)),
        contextlib.suppress(_SeenError),
    ):
        kerasig.explain(model, points, 0, layer=layer, steps=rule, batch_size=len(points), jit_compile=False)
    return seen[0]


class _SeenError(Exception):
    """What was looked for has been seen."""


def bare_of(model: keras.Model, points: np.ndarray, layer: str | None) -> tuple[Any, tuple[Any, ...]]:
    """The gradient of the class's score at the same number of points, and nothing else."""
    if layer is not None:
        embedding = model.get_layer(layer)
        mask = tf.constant(points != 0)
        points = embedding(points).numpy()

    def gradient(x: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            value = x
            if layer is None:
                value = model(x, training=False)
            else:
                for following in model.layers[model.layers.index(embedding) + 1 :]:
                    recurrent = isinstance(following, keras.layers.RNN)
                    value = following(value, mask=mask) if recurrent else following(value)
            score = tf.reduce_sum(value[:, 0])
        return tape.gradient(score, x)

    return tf.function(gradient, autograph=False, jit_compile=True), (tf.constant(points),)


def export(size: Size, path: str) -> dict[str, int]:
    """Writes every module with its arguments and results; returns the points of each."""
    arrays, points = {}, {}
    for name, (model, inputs, layer) in models(size).items():
        for part, function in (("core", core_of), ("whole", whole_of), ("bare", bare_of)):
            # A whole explanation takes some twenty calls: of fewer examples, as many as one of its sizes has.
            fewer = 8 ** int(math.log(max(8, len(inputs) // 8), 8) + 1e-9)
            found = exported(*function(model, inputs[:fewer] if part == "whole" else inputs, layer))
            arrays |= {f"{name}/{part}/{key}": array for key, array in found.items()}
        points[name] = len(inputs)
    np.savez(path, **arrays)
    return points


def run(size: Size = "short", jax: str | None = None) -> tuple[list[str], list[Check]]:
    """Tables, and what must be seen.

    Args:
        size: how large the microbatches are.
        jax: the interpreter of an environment with JAX; None: KERASIG_JAX_PYTHON, or this one.
    """
    interpreter = jax or os.environ.get("KERASIG_JAX_PYTHON") or (sys.executable if find_spec("jax") else None)
    what = "the exported core runs in JAX and gives TensorFlow's numbers"
    if interpreter is None:
        reason = "JAX is not installed here; pip install jax, or name an interpreter that has it by --jax"
        return [], [Check(what, reason, "a difference of at most 0.001", None)]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "exported.npz"))
        points = export(size, path)
        command = [interpreter, str(Path(__file__).with_name("accelerator_jax.py")), path]
        # A path of this environment's packages would mix the two.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        return [], [Check(what, f"JAX failed: {done.stderr.strip()[-300:]}", "a difference of at most 0.001", False)]
    report = json.loads(done.stdout.splitlines()[-1])
    rows, checks = [], []
    for name, found in report["cases"].items():
        bare = found["bare"]
        each = bare["seconds"] / points[name]
        for part, bar in (("core", 1.1), ("whole", 1.2)):
            own = found[part]
            # Of a whole explanation as many gradients as it took, at the price of one among many.
            count = own["evaluations"] if part == "whole" else points[name]
            times, compiling = own["seconds"] / (each * count), own["compile"] / bare["compile"]
            figures = (f"{1e3 * each * count:.2f}", f"{1e3 * own['seconds']:.2f}", f"{times:.2f}", f"{compiling:.2f}")
            rows.append((name, part, count, *figures, f"{own['error']:.1e}"))
            checks.append(at_most(f"{name}: {part}: largest difference from TensorFlow", own["error"], 1e-3))
            price = at_most(f"{name}: {part}: time over that of the bare gradients", times, bar)
            # Small calls on a CPU that others share say little.
            checks.append(replace(price, passed=None) if report["platform"] == "cpu" or size == "smoke" else price)
        same = Check(f"{name}: a whole explanation takes TensorFlow's nodes", str(found["whole"]["same"]), "True", None)
        checks.append(replace(same, passed=bool(found["whole"]["same"])))
    header = ("model", "what", "gradients", "bare, ms", "own, ms", "ratio", "compiling, ratio", "difference")
    return [f"JAX on {report['device']} ({report['platform']})\n{table(header, rows)}"], checks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", dest="size", action="store_const", const="smoke", default="short")
    parser.add_argument("--full", dest="size", action="store_const", const="full")
    parser.add_argument("--jax", help="the interpreter of an environment with JAX")
    parser.add_argument("--export", metavar="FILE", help="only write the modules")
    options = parser.parse_args()
    if options.export:
        print(export(options.size, options.export))
        return
    tables, checks = run(options.size, options.jax)
    print(*tables, *checks, sep="\n")


if __name__ == "__main__":
    main()

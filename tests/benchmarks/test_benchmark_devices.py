"""The benchmarks of memory and of accelerators, as far as they need neither minutes nor JAX."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from benchmarks import accelerator, memory

ROOT = Path(__file__).parents[2]


def test_a_module_takes_the_arguments_and_the_weights_in_the_order_they_are_exported_in():
    name, (model, points, layer) = next(iter(accelerator.models("smoke").items()))
    for function in (accelerator.core_of, accelerator.bare_of):
        compiled, arguments = function(model, points, layer)
        found = accelerator.exported(compiled, arguments)
        text = compiled.experimental_get_compiler_ir(*arguments)(stage="stablehlo")
        taken, given = re.search(r"func\.func @main\((.*)\) -> \(?(.*)\)? \{", text).groups()
        kinds = {"float32": "f32", "int32": "i32", "bool": "i1"}
        for part, types in (("argument", taken), ("result", given)):
            arrays = [found[f"{part}{i}"] for i in range(sum(key.startswith(part) for key in found))]
            shapes = ["x".join([*map(str, array.shape), kinds[array.dtype.name]]) for array in arrays]
            assert shapes == re.findall(r"tensor<(.*?)>", types), name
        assert sum(array.size for array in found.values()) > model.count_params()


def test_the_exported_core_is_the_one_that_explain_calls():
    _, (model, points, layer) = next(iter(accelerator.models("smoke").items()))
    function, arguments = accelerator.core_of(model, points, layer)
    results = function.python_function(*arguments)
    with tf.GradientTape() as tape:
        halves = tf.constant(points / 2)
        tape.watch(halves)
        score = model(halves)[:, 0]
    np.testing.assert_allclose(results["scores"], score, rtol=1e-5)
    np.testing.assert_allclose(results["gradients"][0], tape.gradient(score, halves), rtol=1e-4, atol=1e-7)


def test_without_jax_it_is_said_what_is_missing(monkeypatch):
    monkeypatch.delenv("KERASIG_JAX_PYTHON", raising=False)
    monkeypatch.setattr(accelerator, "find_spec", lambda name: None)
    tables, checks = accelerator.run("smoke")
    assert tables == []
    assert [check.passed for check in checks] == [None]
    assert "pip install jax" in checks[0].measured


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read where Linux shows it")
def test_the_peak_is_that_of_the_process():
    script = (
        "import numpy as np\nfrom benchmarks.memory import resident\n"
        "before = resident('VmRSS')\nnp.ones(50 << 17)\nprint(resident('VmHWM') - before)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    # 50 MiB that are gone by the time of asking.
    assert 45 < float(done.stdout) < 60


def test_a_run_that_fails_says_why():
    with pytest.raises(RuntimeError, match="steps"):
        memory.measured(memory.Run("tabular_mlp", 1, 0))

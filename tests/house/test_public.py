"""The front door: which names there are, what they are called, what they take, and what they need."""

import ast
import importlib
import inspect
import os
import pickle
import pkgutil
import re
import subprocess
import sys
import types
import typing
from pathlib import Path

import apache_beam
import numpy as np
import pytest

import kerasig
from kerasig import typing as public_types
from kerasig._kinds.registry import KINDS
from kerasig._quadrature.rules import RULES
from kerasig._status import REMEDIES, STATUSES
from kerasig.alarms import Drift
from kerasig.attribution import PathProfile
from kerasig.plot._pictures import STYLES

ROOT = Path(__file__).parents[2]


def documented() -> dict[str, set[str]]:
    """The names that docs/reference/public.md lists of each module."""
    pages = (ROOT / "docs" / "reference" / "public.md").read_text("utf-8").split("\n## ")[1:]
    names = {}
    for page in pages:
        (module,) = re.findall(r"^`([\w.]+)`\n", page)
        # What stands before the colon; words about it may name others.
        listed = [line.partition(":")[0] for line in page.split("\n") if line.startswith("- ")]
        names[module] = set(re.findall(r"`(\w+)`", " ".join(listed)))
    return names


def public() -> dict[str, object]:
    """Functions and classes by the shortest name that they are imported by."""
    found: dict[int, tuple[str, object]] = {}
    for module in documented():
        for name in dir(importlib.import_module(module)):
            value = getattr(importlib.import_module(module), name)
            if isinstance(value, type | types.FunctionType) and module != "kerasig.typing":
                dotted = f"{module}.{name}"
                found[id(value)] = min(found.get(id(value), (dotted, value)), (dotted, value), key=lambda f: len(f[0]))
    return dict(found.values())


def test_every_public_module_has_the_names_that_are_documented_and_no_others():
    named = documented()
    assert {f"kerasig.{name}" for name in named["kerasig"]} >= {m for m in named if m.count(".") == 1} - {
        "kerasig.attribution",
        "kerasig.probes",
        "kerasig.steps",
    }
    for module, names in named.items():
        assert set(dir(importlib.import_module(module))) == names, module


def test_metrics_lists_its_functions_in_its_own_page():
    page = (ROOT / "docs" / "internals" / "metrics.md").read_text("utf-8").partition("## Functions of arrays")[2]
    rows = [line.split(" | ") for line in page.split("\n") if line.startswith("| `")]
    listed = {name: signature for row in rows for name, signature in re.findall(r"`(\w+)\((.*?)\)`", row[0])}
    functions = {n: f for n, f in vars(kerasig.metrics).items() if n in dir(kerasig.metrics) and inspect.isfunction(f)}
    assert listed.keys() == functions.keys()
    for name, signature in listed.items():
        given = [part.partition("=")[0] for part in signature.split(", ")]
        takes = list(inspect.signature(functions[name]).parameters)
        assert given == takes[: len(given)], name


def test_classes_and_functions_print_as_they_are_imported():
    for dotted, value in public().items():
        assert f"{value.__module__}.{value.__qualname__}" == dotted
    assert repr(kerasig.Attribution) == "<class 'kerasig.Attribution'>"
    assert repr(kerasig.alarms.Drift) == "<class 'kerasig.alarms.Drift'>"


def test_public_things_are_pickled_by_the_name_that_they_are_imported_by():
    for dotted, value in public().items():
        assert pickle.loads(pickle.dumps(value)) is value, dotted
    drift, fixed = pickle.loads(pickle.dumps((Drift(0.5), kerasig.Fixed(5))))
    assert (drift.above, fixed) == (0.5, kerasig.Fixed(5))


def test_source_and_types_of_every_public_function_and_method_are_found():
    # Figures and frames come from what is imported at the call. Of other public classes some stand above a module, and
    # some need TensorFlow: it imports them for type checkers alone.
    names = {"Figure", "DataFrame", "Extractor", "Suspects"} | {dotted.rpartition(".")[2] for dotted in public()}
    others = dict.fromkeys(names, object) | {"beam": apache_beam}
    for dotted, value in public().items():
        functions = [value] if inspect.isfunction(value) else [f for f in vars(value).values() if inspect.isfunction(f)]
        for function in functions:
            typing.get_type_hints(function, localns=others)
            if function.__code__.co_filename.startswith(str(ROOT)):  # Not what dataclasses make.
                assert f"def {function.__name__}" in inspect.getsource(function), dotted
        typing.get_type_hints(value, localns=others)


def test_no_function_hides_a_module_of_its_name():
    for found in pkgutil.walk_packages(kerasig.__path__, "kerasig."):
        package, _, name = found.name.rpartition(".")
        hiding = vars(importlib.import_module(package)).get(name)
        assert hiding is None or isinstance(hiding, types.ModuleType), found.name
    with pytest.raises(ModuleNotFoundError, match=r"kerasig\.metrics\.drift"):
        importlib.import_module("kerasig.metrics.drift")


def bare(annotation: ast.expr | None) -> bool:
    """Whether a type is no more than Any, alone or in a union."""
    if isinstance(annotation, ast.BinOp):
        return bare(annotation.left) or bare(annotation.right)
    return annotation is not None and ast.unparse(annotation) == "Any"


def untyped(path: Path, names: set[str]) -> list[str]:
    """Arguments, results and fields of a file's public classes and functions that are Any."""
    found = []
    for node in ast.parse(path.read_text("utf-8")).body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name not in names:
            continue
        for part in [node] if isinstance(node, ast.FunctionDef) else node.body:
            if isinstance(part, ast.FunctionDef) and (part.name in ("__init__", node.name) or part.name[0] != "_"):
                arguments = [*part.args.args, *part.args.kwonlyargs, part.args.vararg, part.args.kwarg]
                typed = {a.arg: a.annotation for a in arguments if a is not None} | {"return": part.returns}
            elif isinstance(part, ast.AnnAssign) and not ast.unparse(part.target).startswith("_"):
                typed = {ast.unparse(part.target): part.annotation}
            else:
                continue
            found += [f"{path.name}: {node.name}: {name}" for name, type_ in typed.items() if bare(type_)]
    return found


def test_nothing_in_a_public_signature_is_bare_any():
    names = {dotted.rpartition(".")[2] for dotted in public()} | {"AttributionData"}
    assert [line for path in sorted((ROOT / "kerasig").rglob("*.py")) for line in untyped(path, names)] == []


def test_every_vocabulary_has_the_words_of_its_table():
    words = {name: typing.get_args(getattr(public_types, name)) for name in dir(public_types)}
    assert set(words["Kind"]) == set(KINDS)
    assert set(words["Rule"]) == RULES.keys()
    assert set(words["Style"]) == STYLES.keys()
    assert words["Status"] == STATUSES
    assert REMEDIES.keys() == set(STATUSES)
    for word in words["Against"]:
        assert Drift(0.5, against=word).name == f"Drift({word})"
    for word in words["Series"]:
        assert kerasig.ProbeSet(np.eye(2), [0, 1], target=word).target == word
    for argument, vocabulary in (("on_error", "OnError"), ("every", "Every")):
        for word in words[vocabulary]:
            kerasig.IGCallback(kerasig.ProbeSet(np.eye(2)), "logs", **{argument: word})
        with pytest.raises(ValueError, match=" or ".join(f'"{word}"' for word in words[vocabulary])):
            kerasig.IGCallback(kerasig.ProbeSet(np.eye(2)), "logs", **{argument: "word"})


def test_what_a_dataset_may_be_given_beside_is_what_a_probe_set_takes():
    (keywords,) = typing.get_args(typing.get_type_hints(kerasig.ProbeSet.from_dataset)["same"])
    takes = typing.get_type_hints(kerasig.ProbeSet.__init__)
    assert typing.get_type_hints(keywords) == {n: t for n, t in takes.items() if n not in ("inputs", "return")}


# Neither library is there, as where neither is installed: a loader's error is that of an import without one.
WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras", "tf_keras"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
import kerasig

assert not {name for name in sys.modules if name.startswith("kerasig.")}, "imported before it was asked for"
assert "numpy" not in sys.modules
import numpy as np
from kerasig import baselines, targets, typing

one = kerasig.Attribution.load(sys.argv[1])
assert kerasig.Attribution.load(sys.argv[1]).values.shape == (3, 4)
assert "3 examples" in repr(one)
from kerasig._global.reduction import Reduction
from kerasig._global.settings import ReductionSettings
reduction = Reduction(ReductionSettings())
reduction.add(one)
reduction.result().save(sys.argv[1] + ".global.npz")
found = kerasig.GlobalAttribution.load(sys.argv[1] + ".global.npz")
assert found.n == 3 and found.plot().to_dict()["data"] and "3 rows" in repr(found)
assert set(one.metrics({"first": np.array([True, False, False, False])})) >= {"gini", "region/first", "trusted"}
assert one.plot(1).to_dict()["data"]
assert kerasig.plot.path(one).to_dict()["data"]
one.save(sys.argv[1])
probes = kerasig.ProbeSet(np.eye(3, 4, dtype="f"), [0, 1, 0], target=targets.Output("a", targets.Label([0, 1, 0])))
assert probes.kind == "tabular"
assert kerasig.ProbeSet.from_dataset((np.eye(3), np.arange(3)), 2).labels.tolist() == [0, 1]
assert len(kerasig.metrics.drift(one.values, one.values)) == 3
assert kerasig.Fixed(5).build().nodes.shape == (5,)
assert kerasig.Adaptive().max_steps == 512
assert baselines.Samples(np.eye(3), 2, seed=1).rows().shape == (2,)
assert baselines.Mean(np.eye(3)) and baselines.Noise(0.1) and baselines.AtInputs(np.eye(3))
assert targets.Loss([0], "mse") and targets.PerExample(lambda outputs, rows: outputs, [0])
assert kerasig.alarms.Drift(0.5).columns and kerasig.alarms.RegionLift("a", above=5) and kerasig.alarms.Untrusted()
assert kerasig.__version__ and set(dir(kerasig)) == set(kerasig.__all__)
assert typing.Target
for module in ("alarms", "baselines", "metrics", "plot", "targets", "typing"):
    for name in dir(getattr(kerasig, module)):
        getattr(getattr(kerasig, module), name)
for name in ("explain", "Explainer", "export", "IGCallback"):
    try:
        getattr(kerasig, name)
    except ImportError as error:
        assert f"kerasig.{name} needs TensorFlow" in str(error), error
        assert str(error).endswith("Run: pip install tensorflow"), error
    else:
        raise AssertionError(name)
try:
    kerasig.explian
except AttributeError as error:
    assert "no attribute 'explian'" in str(error)
assert not {"tensorflow", "keras", "tf_keras"} & set(sys.modules)
print("all of it")
"""


@pytest.mark.slow
def test_without_tensorflow_all_works_that_needs_none_and_the_rest_says_what_to_install(tmp_path):
    n = 3
    columns = {name: np.ones(n, np.float32) for name in ("score", "baseline_score", "delta", "residual", "map_error")}
    profile = PathProfile(*(np.tile(np.linspace(0, 1, 5, dtype="f"), (n, 1)) for _ in range(3)))
    kerasig.Attribution(
        values=np.eye(n, 4, dtype="f"),
        **columns,
        converged=np.ones(n, bool),
        status=np.full(n, "converged"),
        n_evaluations=np.full(n, 5),
        path=profile,
        rule=kerasig.Fixed(5),
    ).save(tmp_path / "saved.npz")
    command = [sys.executable, "-c", WITHOUT, tmp_path / "saved.npz"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "all of it\n", "")


@pytest.mark.slow
def test_a_type_checker_takes_right_calls_and_refuses_wrong_ones():
    # As users have it: their own settings, and kerasig as an installed package whose own code is not judged.
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent"]
    command += ["--no-error-summary", "--cache-dir", ".mypy_cache/users", "tests/house/typed_calls.py"]
    environment = {**os.environ, "MYPYPATH": os.pathsep.join([str(ROOT), str(ROOT / "tb_plugin")])}
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=300)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    assert (ROOT / "kerasig" / "py.typed").exists()

"""The house rules: who imports whom, read from the sources, and which names are public."""

import ast
import configparser
import functools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kerasig

ROOT = Path(__file__).parents[2]
PLUGIN = "tensorboard_plugin_kerasig"
SOURCES = sorted((ROOT / "kerasig").rglob("*.py")) + sorted((ROOT / "tb_plugin" / PLUGIN).rglob("*.py"))

# The order of the house: a file may import what stands in its own line or below.
LAYERS = [
    {"callback", "plot"},
    {"explainer"},
    {"engine"},
    {"quadrature", "legendre", "piecewise", "accuracy", "nest", "status", "npz", "arrays", "sentences", "arguments"}
    | {"attribution", "attribution_file", "attribution_fields"},
]
NUMPY_ONLY = {
    "kerasig._arguments",
    "kerasig._arrays",
    "kerasig._sentences",
    "kerasig._quadrature.legendre",
    "kerasig._quadrature.rules",
    "kerasig.attribution",
    "kerasig._attribution.fields",
    "kerasig._attribution.file",
    "kerasig._storage",
    "kerasig._quadrature.error_estimates",
    "kerasig._nest",
    "kerasig._quadrature.piecewise",
    "kerasig._status",
    "kerasig.probes._leaves",
}
KERAS = {"keras", "tf_keras"}


def module_name(path: Path) -> str:
    base = ROOT / "tb_plugin" if PLUGIN in path.parts else ROOT
    parts = path.relative_to(base).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in SOURCES}


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def walk(node: ast.AST, at_top: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    """Nodes, and whether importing the module runs them; what only type checkers see is left out."""
    for child in ast.iter_child_nodes(node):
        if is_type_checking(child):
            continue
        yield child, at_top
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from walk(child, at_top and not inside)


@functools.cache
def imports(module: str, top_level_only: bool = False) -> frozenset[str]:
    """Dotted names that a module imports; `from a import b` counts as a.b where that is a module of ours, else as a."""
    found = set()
    for node, at_top in walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if top_level_only and not at_top:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively; absolute imports can be searched for"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in MODULES else str(node.module))
    return frozenset(found)


def top(name: str) -> str:
    return name.partition(".")[0]


def part_of(name: str) -> str:
    """The second word of a module of kerasig: kerasig._engine.store is part of engine."""
    return [*name.split("."), ""][1]


def importable_dependencies(*extras: str) -> set[str]:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    declared = setup["options"]["install_requires"]
    for extra in extras:
        declared += setup["options.extras_require"][extra]
    return {re.split(r"[><=!~\[ ]", line)[0].replace("-", "_") for line in declared.split("\n") if line.strip()}


def of_engine() -> list[str]:
    return [module for module in MODULES if module.startswith("kerasig._engine")]


@pytest.mark.parametrize("module", of_engine())
def test_engine_never_imports_keras(module):
    assert not KERAS & {top(name) for name in imports(module)}


@pytest.mark.parametrize("module", of_engine())
def test_engine_imports_nothing_of_kerasig_that_stands_above_it(module):
    ours = {part_of(name) for name in imports(module) if top(name) == "kerasig"}
    assert ours <= {"engine", "quadrature", "piecewise", "attribution", "accuracy", "nest", "status", "sentences"}


@pytest.mark.parametrize("module", [module for module in MODULES if top(module) == "kerasig"])
def test_imports_point_down_only(module):
    rank = {part: level for level, parts in enumerate(LAYERS) for part in parts}
    if part_of(module) not in rank:
        return
    above = {part for part, level in rank.items() if level < rank[part_of(module)]}
    # attribution.plot() imports kerasig.plot when it is called: the one arrow up, and a lazy one.
    lazily = {"plot"} if module == "kerasig.attribution" else set()
    assert not above & {part_of(name) for name in imports(module) if top(name) == "kerasig"} - lazily
    assert not above & {part_of(name) for name in imports(module, top_level_only=True) if top(name) == "kerasig"}


@pytest.mark.parametrize("module", sorted(NUMPY_ONLY))
def test_host_side_parts_need_numpy_only(module):
    outside = {top(name) for name in imports(module, top_level_only=True)} - set(sys.stdlib_module_names)
    assert outside <= {"numpy", "kerasig"}
    ours = {name for name in imports(module, top_level_only=True) if top(name) == "kerasig"}
    # The package itself, for `from kerasig import nest`, stands for no module.
    assert ours - {"kerasig"} <= NUMPY_ONLY


@pytest.mark.parametrize("module", [module for module in MODULES if module.startswith("kerasig.probes")])
def test_probes_know_neither_tensorflow_nor_keras(module):
    outside = {top(name) for name in imports(module)} - set(sys.stdlib_module_names)
    assert outside <= {"numpy", "kerasig"}
    ours = {part_of(name) for name in imports(module) if top(name) == "kerasig"}
    assert ours <= {"", "probes", "nest", "arrays", "arguments"}


@pytest.mark.parametrize("module", [module for module in MODULES if module.startswith("kerasig.metrics")])
def test_metrics_know_arrays_and_no_models(module):
    outside = {top(name) for name in imports(module)} - set(sys.stdlib_module_names)
    assert outside <= {"numpy", "kerasig"}
    assert not {part_of(name) for name in imports(module)} & {"models", "explainer", "engine", "layers", "callback"}


@pytest.mark.parametrize("module", ["attributed", "columns", "comparisons", "means"])
def test_columns_of_an_attribution_need_no_model(module):
    imported = imports(f"kerasig.{module}")
    assert {top(name) for name in imported} - set(sys.stdlib_module_names) <= {"numpy", "kerasig"}
    assert not {part_of(name) for name in imported} & {"models", "explainer", "engine", "targets", "series", "recorder"}


@pytest.mark.parametrize("module", [module for module in MODULES if top(module) == PLUGIN])
def test_plugin_imports_neither_tensorflow_nor_keras_nor_kerasig(module):
    assert not {top(name) for name in imports(module)} & {"tensorflow", "kerasig", *KERAS}


@pytest.mark.parametrize("module", [module for module in MODULES if top(module) == "kerasig"])
def test_only_what_writes_and_rereads_event_files_imports_the_plugins_schema(module):
    of_plugin = {name for name in imports(module) if top(name) == PLUGIN}
    assert of_plugin <= (
        {f"{PLUGIN}.schema"} if module in ("kerasig._recording.summary", "kerasig._recording.earlier") else set()
    )


@pytest.mark.parametrize("module", MODULES)
def test_importing_needs_only_what_the_package_declares(module):
    declared = importable_dependencies() | ({"tensorflow"} if top(module) == "kerasig" else set())
    # What TensorBoard itself requires, so that it is there wherever the plugin is loaded.
    of_tensorboard = {"google", "grpc", "werkzeug"}
    allowed = declared | of_tensorboard | {"kerasig", PLUGIN} | set(sys.stdlib_module_names)
    assert {top(name) for name in imports(module, top_level_only=True)} <= allowed


@pytest.mark.parametrize("module", [module for module in MODULES if top(module) == "kerasig"])
def test_keras_is_imported_nowhere_at_the_top(module):
    # Either library may be the one that is there.
    assert not KERAS & {top(name) for name in imports(module, top_level_only=True)}


def test_exported_names_are_what_is_there_and_sorted():
    assert sorted(kerasig.__all__) == list(kerasig.__all__)
    assert all(hasattr(kerasig, name) for name in kerasig.__all__)
    public = {name for name, value in vars(kerasig).items() if not name.startswith("_") and not is_submodule(value)}
    assert public <= set(kerasig.__all__)


def is_submodule(value: object) -> bool:
    """Modules of ours appear as attributes of the package once anything imports them."""
    return getattr(value, "__name__", None) in MODULES and value is sys.modules[value.__name__]


@pytest.mark.parametrize(
    "name", ["Adaptive", "Attribution", "Explainer", "Fixed", "ProbeSet", "alarms", "baselines", "explain", "targets"]
)
def test_public_name_is_exported(name):
    assert name in kerasig.__all__

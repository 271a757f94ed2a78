"""The house rules: who imports whom, read from the sources, and which table says so."""

import ast
import configparser
import functools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).parents[2]
PLUGIN = "tensorboard_plugin_kerasig"
KERAS = {"keras", "tf_keras"}
TENSORFLOW = {"tensorflow", *KERAS}

Sources = dict[str, str]


def module_name(path: Path) -> str:
    base = ROOT / "tb_plugin" if PLUGIN in path.parts else ROOT
    parts = path.relative_to(base).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def sources() -> Sources:
    paths = sorted((ROOT / "kerasig").rglob("*.py")) + sorted((ROOT / "tb_plugin" / PLUGIN).rglob("*.py"))
    return {module_name(path): path.read_text("utf-8") for path in paths}


def ranks() -> dict[str, int]:
    """The place of each part of the house in the table of docs/internals/architecture.md, from the top."""
    text = (ROOT / "docs" / "internals" / "architecture.md").read_text("utf-8")
    section = text.partition("## The layers")[2].partition("\n## ")[0]
    lines = [line.strip() for line in section.split("\n") if line.startswith("    ")]
    # Names come first, and of what a line says about them its first word is no name of a module.
    found: dict[str, int] = {}
    for rank, line in enumerate(lines):
        for name in re.split(r" {2,}", line):
            if re.fullmatch(r"_{0,2}[a-z]+(__)?", name) and " " not in name:
                found[name] = rank
    return found


def is_type_checking(node: ast.AST) -> TypeGuard[ast.If]:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def walk(node: ast.AST, at_top: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    """Nodes, and whether importing the module runs them; what only type checkers see is left out."""
    children = node.orelse if is_type_checking(node) else ast.iter_child_nodes(node)
    for child in children:
        yield child, at_top
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from walk(child, at_top and not inside)


@functools.cache
def statements(source: str) -> list[tuple[ast.Import | ast.ImportFrom, bool]]:
    """The imports of a source, read once however many are planted elsewhere, and whether importing it runs them."""
    return [(node, at_top) for node, at_top in walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]


def imports(source: str, known: Sources, top_level_only: bool = False) -> frozenset[str]:
    """Dotted names that a module imports; `from a import b` counts as a.b where that is a module of ours, else as a."""
    found = set()
    for node, at_top in statements(source):
        if top_level_only and not at_top:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        else:
            assert node.level == 0, "a relative import; absolute ones can be searched for"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in known else str(node.module))
    return frozenset(found)


def top(name: str) -> str:
    return name.partition(".")[0]


def part_of(name: str) -> str:
    """The second word of a module of kerasig: kerasig._engine.store is part of _engine."""
    return [*name.split("."), ""][1]


def offences(modules: Sources) -> list[str]:
    """Breaches of the table's rules, in words."""
    rank, found = ranks(), []
    host_side = {part for part, place in rank.items() if place >= rank["attribution"]} | {"alarms", "_reading", "sinks"}
    for module, source in modules.items():
        everywhere, at_top = imports(source, modules), imports(source, modules, top_level_only=True)
        outside = {top(name) for name in everywhere}
        part = part_of(module)
        if top(module) == PLUGIN:
            found += [f"{module} imports {name}" for name in outside & (TENSORFLOW | {"kerasig"})]
            continue
        if KERAS & {top(name) for name in at_top}:
            found.append(f"{module} imports Keras at its top: either library may be the one that is there")
        if module == "kerasig":
            found += [f"kerasig imports {name} before it is asked for" for name in at_top if top(name) == "kerasig"]
            continue
        if part not in rank:
            found.append(f"{module} has no place in docs/internals/architecture.md")
            continue
        for name in everywhere:
            if name == "kerasig":
                found.append(f"{module} imports a name of kerasig instead of the module that has it")
            elif top(name) == "kerasig" and rank.get(part_of(name), -1) < rank[part]:
                found.append(f"{module} imports {name}, which stands above it")
        if part in host_side:
            found += [f"{module} imports {name}" for name in outside & TENSORFLOW]
        if part == "_engine" and KERAS & outside:
            found.append(f"{module} imports Keras")
        of_plugin = {name for name in everywhere if top(name) == PLUGIN and part != "_report"}
        if not of_plugin <= ({f"{PLUGIN}.schema"} if part in ("_recording", "_reading") else set()):
            found.append(f"{module} imports {sorted(of_plugin)}")
    return sorted(found)


def test_every_module_has_a_place_and_imports_only_from_there_down():
    assert offences(sources()) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("kerasig.targets", "from kerasig.callback import IGCallback"),
        ("kerasig.alarms._drift", "from kerasig._recording import backlog"),
        ("kerasig._kinds.layout", "def later():\n    from kerasig.probes import ProbeSet"),
        ("kerasig._engine.store", "import keras"),
        ("kerasig.metrics._drift", "import tensorflow as tf"),
        ("kerasig._models.layers", "from kerasig._explaining.explainer import Explainer"),
        ("kerasig._quadrature.rules", "from kerasig import Fixed"),
        ("kerasig.plot._figures", "from tensorboard_plugin_kerasig import schema"),
        ("kerasig._reading.log", "import tensorflow as tf"),
        ("kerasig._reading.log", "from tensorboard_plugin_kerasig import store"),
        ("kerasig._reading.log", "from kerasig._recording import earlier"),
        ("kerasig._commands.check", "from tensorboard_plugin_kerasig import schema"),
        ("kerasig.alarms._drift", "from kerasig._commands import main"),
        ("kerasig._recording.training", "from tensorboard_plugin_kerasig import routes"),
        ("kerasig.callback", "from kerasig._report import show"),
        (f"{PLUGIN}.store", "from kerasig import _nest"),
        ("kerasig", "from kerasig.callback import IGCallback"),
        ("kerasig._nest", "from typing import TYPE_CHECKING\nif TYPE_CHECKING: ...\nelse:\n    import keras"),
        ("kerasig._anywhere", "import numpy"),
        ("kerasig.elsewhere.within", "import numpy"),
    ],
)
def test_a_planted_import_is_refused(module, line):
    known = sources()
    before, after = known.get(module, ""), "\n" + line + "\n"
    assert set(offences(known | {module: before + after})) - set(offences(known))


def circles(modules: Sources) -> list[list[str]]:
    """Modules that import each other, at any place of their code."""
    arrows = {module: imports(source, modules) & modules.keys() - {module} for module, source in modules.items()}
    found, state, path = [], dict.fromkeys(arrows, 0), []

    def visit(module: str) -> None:
        state[module] = 1
        path.append(module)
        for other in sorted(arrows[module]):
            if state[other] == 1:
                found.append(path[path.index(other) :])
            elif state[other] == 0:
                visit(other)
        path.pop()
        state[module] = 2

    for module in arrows:
        if state[module] == 0:
            visit(module)
    return found


def test_no_modules_import_each_other():
    assert circles(sources()) == []


def importable_dependencies(*extras: str) -> set[str]:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    declared = setup["options"]["install_requires"]
    for extra in extras:
        declared += setup["options.extras_require"][extra]
    return {re.split(r"[><=!~\[ ]", line)[0].replace("-", "_") for line in declared.split("\n") if line.strip()}


def test_importing_needs_only_what_the_package_declares():
    # What TensorBoard itself requires, so that it is there wherever the plugin is loaded.
    of_tensorboard = {"google", "grpc", "werkzeug"}
    allowed = importable_dependencies() | of_tensorboard | {"kerasig", PLUGIN} | set(sys.stdlib_module_names)
    # A room that is entered by those who have its extra.
    of_rooms = {"beam": {"apache_beam"}, "_beam": {"apache_beam"}}
    for module, source in sources().items():
        found = {top(name) for name in imports(source, sources(), top_level_only=True)}
        own = of_rooms.get(part_of(module), set()) | {"tensorflow"} if top(module) == "kerasig" else set()
        assert found <= allowed | own, module

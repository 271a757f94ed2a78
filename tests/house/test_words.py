"""The words of the house: docstrings begin with their noun, and names say one thing."""

import ast
from collections import Counter

from test_architecture import sources

SAYS_LITTLE = {"space", "task", "scores", "attributed", "utils", "helpers", "misc", "common"}


def documented(source: str) -> list[str]:
    """The docstrings of a module, its classes and its functions."""
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return [
        text for node in ast.walk(ast.parse(source)) if isinstance(node, kinds) and (text := ast.get_docstring(node))
    ]


def test_docstrings_begin_with_their_noun():
    opening = {
        f"{module}: {text[:60]}"
        for module, source in sources().items()
        for text in documented(source)
        if text.split()[0] in ("What", "Of")
    }
    assert opening == set()


def test_no_two_classes_have_one_name():
    names = Counter(
        node.name
        for source in sources().values()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_no_module_has_a_name_that_says_little():
    assert [module for module in sources() if module.rpartition(".")[2] in SAYS_LITTLE] == []

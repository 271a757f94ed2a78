"""Examples in docstrings: every public class and function has one, and it says what happens."""

import doctest

import numpy as np
import pytest
from test_public import public

import kerasig

NAMED = public()


@pytest.mark.parametrize("name", sorted(NAMED))
def test_every_public_name_has_an_example_that_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = NAMED[name].__doc__ or ""
    found = doctest.DocTestParser().get_doctest(text, {"np": np, "kerasig": kerasig}, name, None, 0)
    assert found.examples
    told: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(found, out=told.append)
    assert "".join(told) == ""

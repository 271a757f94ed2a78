"""No argument of a figure, whatever it is, ends in Plotly's words, NumPy's or Python's."""

import pytest
from fitting_plots import PLOTS
from hypothesis import given
from strange_arguments import calls, fault

pytest.importorskip("rdkit", reason="molecules are drawn with RDKit")


def test_arguments_that_fit_are_taken():
    for function, fitting in PLOTS.values():
        function(**fitting())


def test_a_figure_takes_its_arguments_or_says_what_fits(fuzzing):
    @fuzzing(200)
    @given(calls(PLOTS))
    def check(call):
        name, arguments = call
        assert fault(PLOTS[name][0], arguments) is None

    check()

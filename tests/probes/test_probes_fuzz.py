"""No argument of a probe set or an alarm, whatever it is, ends in NumPy's words or Python's."""

import warnings

import numpy as np
import pytest
from fitting_probes import METHODS, PROBES
from hypothesis import given
from strange_arguments import calls, fault

from kerasig.probes import ProbeSet


def test_arguments_that_fit_are_taken():
    for function, fitting in (*PROBES.values(), *METHODS.values()):
        function(**fitting())


def test_a_probe_set_or_an_alarm_takes_its_arguments_or_says_what_fits(fuzzing):
    @fuzzing(300)
    @given(calls(PROBES))
    def check(call):
        name, arguments = call
        assert fault(PROBES[name][0], arguments) is None

    check()


def test_a_method_of_a_probe_set_takes_its_arguments_or_says_what_fits(fuzzing):
    @fuzzing(100)
    @given(calls(METHODS))
    def check(call):
        name, arguments = call
        assert fault(METHODS[name][0], arguments) is None

    check()


def test_an_iterator_is_taken_with_a_word_on_what_it_loses_and_any_other_warning_is_a_fault():
    assert fault(ProbeSet.from_dataset, {"dataset": iter([1.0, 2.0, 3.0]), "n": 2}) is None
    assert fault(lambda n: warnings.warn("another word", stacklevel=1), {"n": 2}) == "UserWarning: another word"


def test_a_function_that_makes_no_dataset_is_refused():
    def needs(rows):
        return rows

    def fails():
        raise TypeError("no rows")

    for function in (needs, fails, np.asarray, np.stack, dict):
        assert fault(ProbeSet.from_dataset, {"dataset": function, "n": 2}) is None
    with pytest.raises(ValueError, match=r"dataset must be a dataset, or a function.*which fails: no rows"):
        ProbeSet.from_dataset(fails, 2)

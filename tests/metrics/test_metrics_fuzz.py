"""No argument of a metric, whatever it is, ends in NumPy's words or Python's."""

from fitting_metrics import METRICS
from hypothesis import given
from strange_arguments import calls, fault


def test_arguments_that_fit_are_taken():
    for function, fitting in METRICS.values():
        function(**fitting())


def test_a_metric_takes_its_arguments_or_says_what_fits(fuzzing):
    @fuzzing(400)
    @given(calls(METRICS))
    def check(call):
        name, arguments = call
        assert fault(METRICS[name][0], arguments) is None

    check()

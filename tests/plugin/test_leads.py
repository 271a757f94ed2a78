"""What probes are put in order by before anybody chooses."""

import numpy as np
import pytest
from tensorboard_plugin_kerasig.leads import lead
from tensorboard_plugin_kerasig.store import Steps

from kerasig._measures.table import BUILT_IN

NAN = float("nan")


def steps(columns, described=True):
    """The stats of a series from columns [steps, probes]."""
    tables = list(np.stack([np.asarray(column, float) for column in columns.values()], axis=-1))
    measures = tuple(map(dict, BUILT_IN.described(columns).values())) if described else ()
    return Steps(list(range(len(tables))), [0.0] * len(tables), tables, tuple(columns), measures)


def test_a_region_leads_by_its_share_at_the_newest_step_that_has_any():
    columns = {
        "drift": [[0.1, 0.2]] * 3,
        "region_lift/b": [[9, 9]] * 3,
        "region/b": [[0.1, 0.2], [0.4, NAN], [NAN, NAN]],
        "region/a": [[0.5, 0.5]] * 3,
    }
    assert lead(steps(columns)) == {"name": "region/b", "values": [0.4, None]}


def test_without_a_region_drift_leads_in_the_mean_over_the_steps():
    columns = {"score": [[3, 2]] * 3, "drift": [[NAN, NAN], [0.5, NAN], [0.25, NAN]]}
    assert lead(steps(columns)) == {"name": "drift", "values": [0.375, None]}
    empty = {"region/a": [[NAN, NAN]], "drift": [[0.5, np.inf]]}
    assert lead(steps(empty)) == {"name": "drift", "values": [0.5, None]}


@pytest.mark.parametrize("found", [steps({"drift": [[1.0]]}, described=False), steps({"drift": [[NAN]]})])
def test_nothing_leads_where_nothing_is_described_or_known(found):
    assert lead(found) is None

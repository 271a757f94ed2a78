"""Why probes did not converge: in the history, the records and the log."""

import keras
import numpy as np
from trainings import decoded, probes, table

import kerasig
from kerasig._status import REMEDIES

x, _ = table()


def test_reasons_and_remedies_are_recorded_and_said_once_for_each(tmp_path, caplog):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6,))
    # The first probe is right on a straight line; the others cross kinks that three gradients cannot see.
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.ReLU()(keras.layers.Dense(8)(inputs) - 0.5)))
    given = kerasig.ProbeSet(np.concatenate([np.zeros_like(x[:1]), x[:3]]), target=0)
    callback = kerasig.IGCallback([given, probes(title="others", target=0)], tmp_path, steps=3, interior_alphas=None)
    for step in range(2):
        callback.record(model, step)
    now = kerasig.explain(model, given.inputs, 0, steps=3)
    count = now.status.tolist().count("out of steps")
    assert now.status[0] == "converged"
    assert 0 < count == sum(now.status != "converged")
    for entry in callback.history[::2]:
        assert entry["probes"]["status"].tolist() == now.status.tolist()
        assert entry["reasons"] == {"out of steps": count}
    for record in decoded(tmp_path / "kerasig", "attributions/probes").values():
        assert record.header["statuses"] == now.status.tolist()
        assert record.header["remedies"] == {"out of steps": REMEDIES["out of steps"]}
    said = [record.getMessage() for record in caplog.records if "did not converge" in record.getMessage()]
    assert len(said) == 1
    assert said[0].startswith(
        f"{count} of 4 probes of 'probes' did not converge: out of steps. {REMEDIES['out of steps']}"
    )

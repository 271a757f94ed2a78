"""Boxes summed at once, contents compared once, and transplants evaluated together: the same as one by one."""

import numpy as np
import pytest
import tensorflow as tf

from kerasig._explaining.explainer import Explainer
from kerasig._kinds.registry import KINDS
from kerasig._suspects import margins as margins_module
from kerasig._suspects.audit import Audit
from kerasig._suspects.boxes import Boxes, bounds_of, shared, size_of
from kerasig._suspects.margins import Changed, Margins


@pytest.mark.parametrize(("shape", "kind"), [((9, 12), "image"), ((20,), "series"), ((6, 7, 8), "volume")])
def test_sums_and_overlaps_are_those_of_each_box(shape, kind):
    boxes = Boxes(shape, KINDS[kind])
    values = np.random.default_rng(0).random((3, *shape)).astype("float32")
    sums, common = boxes.sums(values), boxes.shared(boxes.all[1])
    for at, box in enumerate(boxes.all):
        inside = values[(slice(None), *(slice(*ends) for ends in box))].reshape(3, -1)
        np.testing.assert_allclose(sums[:, at], inside.sum(axis=1), rtol=1e-5)
        assert common[at] == shared(box, boxes.all[1])
        assert boxes.sizes[at] == size_of(box)


def test_the_bounds_of_a_region():
    region = np.zeros((5, 6), bool)
    assert bounds_of(region) is None
    region[1, 2] = region[3, 4] = True
    assert bounds_of(region) == ((1, 4), (2, 5))


def test_margins_of_changed_examples_do_not_depend_on_how_many_are_evaluated_together(monkeypatch):
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(60, 4)).astype("float32"), np.arange(60) % 3
    audit = Audit(inputs, labels, kind="tabular")
    (leaf,) = dict(audit.probes.leaves())
    explainer = Explainer(lambda x: tf.concat([x[:, :2], x[:, 2:3] * x[:, 3:]], axis=1))
    margins = Margins(explainer, audit)
    parts = [Changed(label, np.arange(label + 5), {leaf: inputs[: label + 5] + label}) for label in range(3)]
    together = list(margins.of_changed(parts))
    monkeypatch.setattr(margins_module, "TOGETHER", 1)
    for part, one, each in zip(parts, margins.of_changed(iter(parts)), together, strict=True):
        scores = np.column_stack([part.leaves[leaf][:, :2], part.leaves[leaf][:, 2] * part.leaves[leaf][:, 3]])
        others = np.delete(scores, part.label, axis=1).max(axis=1)
        np.testing.assert_allclose(each, scores[:, part.label] - others, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(one, each, rtol=1e-6)

"""NodeFamily of one type: named where a network counts them, and taken out and put in one by one."""

import numpy as np
import tensorflow as tf

from kerasig._suspects.audit import Audit
from kerasig._suspects.nodes import NodeFamily
from kerasig._suspects.place import Maps
from kerasig._suspects.search import suspects

NODES, TYPES = 8, 6


def graphs(n=160, seed=0):
    """Graphs of up to eight nodes, one-hot; those of class 1 have one of the last type."""
    rng = np.random.default_rng(seed)
    features, labels = np.zeros((n, NODES, TYPES), "float32"), np.arange(n) % 2
    for row, label in enumerate(labels):
        size = int(rng.integers(5, NODES + 1))
        features[row, np.arange(size), rng.integers(0, TYPES - 1, size)] = 1
        if label:
            at = int(rng.integers(size))
            features[row, at] = np.eye(TYPES)[-1]
    return features, labels


def family_of(features, labels, **options):
    audit = Audit(features, labels, kind="graph", n=10_000, **options)
    shares = np.full(features.shape[:2], 1 / NODES, "float32")
    return NodeFamily(audit, Maps(audit.probes.subject, shares, shares))


def place_of(family, name):
    places, _ = family.propose(1, np.flatnonzero(family.audit.labels == 1), 50)
    return next(each for each in places if each.name == name)


def test_a_type_of_node_that_decides_alone_is_a_suspect():
    features, labels = graphs()

    def counts(x):
        total = tf.reduce_sum(x[..., -1], axis=1) - 0.5 + 0.01 * tf.reduce_sum(x, axis=(1, 2))
        return tf.stack([-total, total], axis=1)

    def untrained(x):
        total = tf.reduce_sum(x, axis=(1, 2))
        return tf.stack([-total, total], axis=1)

    audit = Audit(features, labels, kind="graph", feature_names=["C", "N", "O", "S", "P", "Br"])
    found = suspects(counts, audit, untrained)
    assert [(each.family, each.name, each.label) for each in found] == [("node", "Br", 1)]


def test_transplants_change_one_node_and_leave_what_fills_up():
    features, labels = graphs()
    family = family_of(features, labels, feature_names=["C", "N", "O", "S", "P", "Br"])
    place = place_of(family, "Br")
    having, others = np.flatnonzero(labels == 1)[:20], np.flatnonzero(labels == 0)[:20]
    (given,) = place.transplant(others, having, of=having).values()
    assert given.dtype == features.dtype
    assert given.shape == (20, NODES, TYPES)
    np.testing.assert_array_equal(given[..., -1].sum(axis=1), 1)
    np.testing.assert_array_equal(given.any(axis=2), features[others].any(axis=2))
    assert ((given != features[others]).any(axis=2).sum(axis=1) == 1).all()
    (taken,) = place.transplant(having, others, of=having).values()
    assert not taken[..., -1].any()
    np.testing.assert_array_equal(taken.any(axis=2), features[having].any(axis=2))


def test_nodes_without_names_are_called_by_their_features():
    features, labels = graphs()
    assert place_of(family_of(features, labels), "node 0 0 0 0 0 1").name == "node 0 0 0 0 0 1"


def test_features_of_chance_are_no_types():
    features, labels = graphs()
    features = np.random.default_rng(0).normal(size=features.shape).astype("float32")
    family = family_of(features, labels)
    assert family.propose(1, np.flatnonzero(labels == 1), 3) == ([], 0)

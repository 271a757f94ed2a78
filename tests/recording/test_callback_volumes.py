"""Volumes: explained, drawn, measured and recorded, at the inputs of a Conv3D network and at its layers."""

import numpy as np
import pytest
import tensorflow as tf
from tensorboard_plugin_kerasig import schema

import kerasig
from kerasig._measures.positions import attributed_leaves
from kerasig.alarms._random_regions import random_region
from kerasig.alarms._record import Region
from tests.pictures import pixels
from tests.volumes import DEPTH, SIDE, N, balls, network

pytestmark = pytest.mark.slow

X, LABELS, INSIDE = balls(N)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A network, and the folder of the log of its training."""
    logdir = tmp_path_factory.mktemp("volumes")
    model, (x, y, _) = network(), balls(48, seed=1)
    probes = kerasig.ProbeSet(X, LABELS, regions={"ball": INSIDE}, class_names=["none", "ball"], title="scans")
    callback = kerasig.IGCallback(probes, str(logdir), on_error="raise")
    history = model.fit(x, y, epochs=3, batch_size=16, verbose=0, callbacks=[callback])
    return model, probes, logdir, history


def test_a_volume_is_told_by_its_shape_and_a_stack_of_slices_by_its_kind():
    assert kerasig.ProbeSet(X).kind == "volume"
    assert "slices of rows and columns, and at most 4 channels" in repr(kerasig.ProbeSet(X))
    assert kerasig.ProbeSet(np.moveaxis(X, -1, 1)).position_shape() == (DEPTH, SIDE, SIDE)
    video = kerasig.ProbeSet(np.zeros((2, 5, 40, 64, 3), np.uint8))
    assert (video.kind, video.position_shape()) == ("volume", (5, 40, 64))
    # Twelve slices may as well be twelve channels.
    assert kerasig.ProbeSet(X[..., 0]).kind != "volume"
    assert kerasig.ProbeSet(X[..., 0], kind="volume").position_shape() == (DEPTH, SIDE, SIDE)
    with pytest.raises(ValueError, match=r"'volume' must have a leaf of \[N, D, H, W\] or \[N, D, H, W, C\]"):
        kerasig.ProbeSet(X[:, 0, ..., 0], kind="volume")
    with pytest.raises(ValueError, match=r"Pass shape \[6, 12, 24, 24\], or \[12, 24, 24\] for all probes"):
        kerasig.ProbeSet(X, regions={"ball": INSIDE[:, 0]})


def test_layers_of_volumes_lie_where_their_axes_say(trained):
    model, _, _, _ = trained
    first = kerasig.ProbeSet(np.moveaxis(X[:2], -1, 1))
    for layer, kind, positions in [
        ("conv", "volume", (DEPTH, SIDE, SIDE)),
        ("deep", "volume", (4, 10, 10)),
        ("pool", "tabular", (8,)),
    ]:
        found = kerasig.explain(model, X[:2], 1, layer=layer, steps=4)
        (leaf,) = attributed_leaves(found.values, layer, kerasig.ProbeSet(X[:2]))
        assert (leaf.kind.name, leaf.positions.shape[1:]) == (kind, positions)
        (leaf,) = attributed_leaves(np.moveaxis(found.values, -1, 1), layer, first)
        assert (leaf.kind.name, leaf.positions.shape[1:]) == (kind, positions)


def test_slices_of_a_figure_sum_to_the_attribution_and_a_slider_turns_them(trained):
    model, _, _, _ = trained
    found = kerasig.explain(model, X, LABELS)
    figure = found.plot(1)
    heats = [trace for trace in figure.data if trace.name == "attribution"]
    inputs = [trace for trace in figure.data if trace.name == "input"]
    # Figures hold float32 of this many numbers.
    assert heats[0].z.dtype == np.float32
    total = np.sum([trace.z.astype(float) for trace in heats])
    np.testing.assert_allclose(total, found.values[1].astype(float).sum(), rtol=1e-6)
    # The input of each slice, and it once more beneath the map, dimmed.
    beside, beneath = pixels(inputs[8].source), pixels(inputs[9].source)
    assert (inputs[8].x0 < 0, inputs[9].x0) == (True, 0)
    low, high = X[1].min(), X[1].max()
    shares = (X[1, 4] - low) / (high - low) if low < 0 or high > 1 else X[1, 4]
    np.testing.assert_allclose(beside, np.repeat(255 * shares, 3, axis=-1), atol=0.51)
    assert (beneath.min(), beneath.max() <= 150) == (20, True)
    np.testing.assert_allclose(np.corrcoef(beneath[..., 0].ravel(), shares.ravel())[0, 1], 1, atol=1e-3)
    (slider,) = figure.layout.sliders
    assert [step.label for step in slider.steps] == [str(i) for i in range(DEPTH)]
    strongest = int(np.abs(found.values[1]).sum((1, 2, 3)).argmax())
    assert slider.active == strongest
    for index, step in enumerate(slider.steps):
        change, traces = step.args
        shown = [trace for trace, visible in zip(traces, change["visible"], strict=True) if visible]
        assert [figure.data[trace] for trace in shown] == [*inputs[2 * index : 2 * index + 2], heats[index]]
        assert heats[index].visible == (index == strongest)
    # One scale for all slices.
    assert {(trace.zmin, trace.zmax) for trace in heats} == {(-heats[0].zmax, heats[0].zmax)}
    sums = sum(trace.y for trace in figure.data if trace.name == "sum")
    np.testing.assert_allclose(sums, found.values[1].astype(float).sum((1, 2, 3)), rtol=1e-6, atol=1e-9)


def test_the_record_of_a_training_holds_volumes_and_the_mass_of_their_regions(trained):
    model, _, logdir, history = trained
    (events,) = logdir.rglob("events.out.tfevents.*")
    records = {}
    for event in tf.compat.v1.train.summary_iterator(str(events)):
        for value in event.summary.value:
            if value.metadata.plugin_data.plugin_name == schema.PLUGIN_NAME and value.tensor.string_val:
                records[value.tag] = schema.decode_record(list(value.tensor.string_val))
    inputs = records["inputs/scans"]
    assert inputs.header["probe_kind"] == inputs.header["leaves"][0]["kind"] == "volume"
    assert inputs.header["kinds"]["volume"]["axes"] == ["slice", "row", "column", "channel"]
    np.testing.assert_allclose(inputs.leaves[0], X, atol=2e-5)
    found = records["attributions/scans"]
    assert found.header["leaves"] == [
        {"name": "inputs", "shape": [DEPTH, SIDE, SIDE], "full_shape": [DEPTH, SIDE, SIDE, 1], "kind": "volume"}
    ]
    now = kerasig.explain(model, X, LABELS, interior_alphas=(0.02, 0.1, 0.3, 1.0))
    columns = now.metrics(regions={"ball": INSIDE})
    assert history.history["ig_region_mass"][-1] == pytest.approx(
        columns["region/ball"][columns["trusted"]].mean(), rel=1e-3
    )
    np.testing.assert_allclose(found.leaves[0], now.values[..., 0], atol=np.abs(now.values).max() / 10_000)
    assert records["interior/scans"].leaves[0].shape == (N, 4, DEPTH, SIDE, SIDE)


def test_a_region_keeps_its_shape_where_it_is_moved_in_a_volume():
    (leaf,) = attributed_leaves(X, None, kerasig.ProbeSet(X))
    assert leaf.kind.rigid
    flat = INSIDE.reshape(N, -1)
    region = Region(flat, np.ones_like(flat), [leaf.positions.shape[1:]], [leaf.kind.rigid])
    drawn = random_region(region, 1, np.ones(leaf.count, bool))(np.random.default_rng(0)).reshape(INSIDE.shape[1:])
    assert not (drawn & INSIDE[1]).any()
    moved, ball = (np.argwhere(mask) - np.argwhere(mask).min(0) for mask in (drawn, INSIDE[1]))
    np.testing.assert_array_equal(moved, ball)

"""TensorBoard's own Text tab shows what alarms say, as it was meant: under both loaders, whatever the names are."""

import html
import re

import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig.alarms import RegionLift

HOSTILE = "*tag* <img src=x onerror=alert(1)> [a](javascript:b) `c` _d_ \\ &lt; # 1. \n e"
SERVERS = {"rust": {"load_fast": True}, "python": {"load_fast": False, "tensorflow": True}}


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alarms")
    x = np.random.default_rng(0).uniform(1, 2, (3, 6)).astype("float32")
    first = np.eye(6, dtype=bool)[0]
    sets = [
        kerasig.ProbeSet(x, [0, 1, 0], target="both", title="a@b", regions={"first": first}),
        kerasig.ProbeSet(x, title="quiet", regions={HOSTILE: first}),
    ]
    weights = tf.Variable(np.eye(6, 2), dtype=tf.float32)
    alarms = [RegionLift("first", above=2, patience=1), RegionLift(HOSTILE, above=2, title="quiet")]
    callback = kerasig.IGCallback(sets, folder, interior_alphas=None, alarms=alarms)

    def model(inputs):
        return tf.nn.softmax(inputs @ weights)

    for step in range(4):
        callback.record(model, step)
    return folder, callback


@pytest.fixture(params=SERVERS)
def server(request, logdir, tensorboard_server):
    return tensorboard_server(logdir[0], **SERVERS[request.param])


def shown(server, tag):
    """By step, what the Text tab shows: the text of the HTML that TensorBoard made of it."""
    server.wait_until(
        lambda runs: {"a@@b/alarms", "quiet/alarms"} <= set(runs.get("kerasig", [])), "/data/plugin/text/tags"
    )
    events = server.get("/data/plugin/text/text", run="kerasig", tag=tag).json()
    return {event["step"]: event["text"] for event in events}


def words(markup):
    """Text without tags, as a browser shows it."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def test_each_probe_set_has_one_tag_with_a_paragraph_per_alarm(server, logdir):
    said = {
        step: [alarm["message"] for record in logdir[1].history if record["step"] == step for alarm in record["alarms"]]
        for step in range(4)
    }
    # Both series of the first set at once; the other set's alarm waits for a second record.
    assert [len(said[step]) for step in range(4)] == [2, 1, 0, 0]
    texts = shown(server, "a@@b/alarms")
    assert list(texts) == [0]
    assert texts[0].count("<p>") == 2
    for message in said[0]:
        assert message in words(texts[0])
    assert "'a@b', label" in words(texts[0])
    assert "'a@b', predicted" in words(texts[0])
    assert list(shown(server, "quiet/alarms")) == [1]


def test_names_are_neither_markdown_nor_markup(server):
    text = shown(server, "quiet/alarms")[1]
    assert f"RegionLift({HOSTILE!r})" in words(text)
    assert set(re.findall(r"<(\w+)", text)) == {"p"}

"""What the plugin answers when it cannot answer: a code, and a sentence a person can act on."""

import pytest

DIGITS = {"run": "first/kerasig", "set": "digits"}
STEP = {**DIGITS, "step": 157}
BROKEN = {"run": "broken/kerasig", "step": 0}


@pytest.fixture(params=["rust-prefix", "python-prefix"])
def either(request, servers):
    """One server of each loader is enough here."""
    servers[request.param].wait_until(lambda answer: len(answer["runs"]) == 11)
    return servers[request.param]


@pytest.mark.parametrize(
    ("path", "arguments", "sentence"),
    [
        ("steps", {}, "'run' is needed once. Received: none"),
        ("steps", {"run": "", "set": "digits"}, "'run' is needed once. Received: an empty one"),
        ("steps", {"run": "first/kerasig"}, "'set' is needed once"),
        ("inputs", {"run": "first/kerasig"}, "'set' is needed once"),
        ("attributions", DIGITS, "'step' is needed once"),
        ("attributions", {**DIGITS, "step": "one"}, "step must be an integer. Received: 'one'"),
        ("attributions", {**DIGITS, "step": "1.5"}, "step must be an integer"),
        ("attributions", {**DIGITS, "step": "9" * 5000}, "step must be an integer"),
        ("attributions", {**DIGITS, "step": "٣"}, "step must be an integer"),
        ("attributions", {**STEP, "probes": "1,b"}, "probes must be integers such as 0,3,5. Received: 'b'"),
        ("interior", STEP, "'probes' is needed once"),
        ("export", STEP, "'format' is needed once"),
        ("export", {**STEP, "format": "csv"}, "'probe' is needed once"),
        ("export", {**STEP, "probe": 0, "format": "xls"}, "one of npy, csv, json. Received: 'xls'"),
    ],
)
def test_a_wrong_argument_is_a_400_with_a_sentence(either, path, arguments, sentence):
    reply = either.get(path, **arguments)
    assert reply.status == 400
    assert sentence in reply.text
    assert reply.headers["Content-Type"].startswith("text/plain")


def test_an_argument_given_twice_is_a_400(either):
    reply = either.get("steps?run=first/kerasig&run=second/kerasig&set=digits")
    assert reply.status == 400
    assert "more than one" in reply.text


@pytest.mark.parametrize(
    ("path", "arguments", "sentence"),
    [
        ("steps", {**DIGITS, "run": "third/kerasig"}, "no run 'third/kerasig'"),
        ("steps", {**DIGITS, "run": "first"}, "no run 'first'"),
        ("steps", {**DIGITS, "set": "letters"}, "no probe set 'letters'"),
        ("steps", {**DIGITS, "series": "label"}, "no stats in a series 'label'"),
        ("inputs", {**DIGITS, "set": "no inputs", "run": "broken/kerasig"}, "no inputs"),
        ("attributions", {**DIGITS, "step": 158}, "at step 158"),
        ("attributions", {**DIGITS, "step": -1}, "at step -1"),
        ("attributions", {**DIGITS, "step": 10**17}, "at step"),
        ("attributions", {**STEP, "probes": "0,8"}, "no probe 8: the set has 8 probes"),
        ("attributions", {**STEP, "probes": "-1"}, "no probe -1"),
        ("interior", {**DIGITS, "set": "people", "step": 157, "probes": 0}, "no interior"),
        ("export", {**STEP, "probe": 8, "format": "npy"}, "no probe 8"),
        ("export", {**STEP, "probe": 0, "format": "npy", "leaf": "sound"}, "no leaf 'sound'"),
        ("nothing", {}, "Not found"),
    ],
)
def test_what_is_unknown_is_a_404_with_a_sentence(either, path, arguments, sentence):
    reply = either.get(path, **arguments)
    assert reply.status == 404
    assert sentence in reply.text


@pytest.mark.parametrize(
    ("path", "arguments", "sentence"),
    [
        ("attributions", {"set": "cut header"}, "header of a record is cut or corrupt"),
        ("attributions", {"set": "cut payload"}, "payload of probe 0, leaf 'features' is cut"),
        ("attributions", {"set": "corrupt payload"}, "payload of probe 0, leaf 'features' is corrupt"),
        ("attributions", {"set": "missing payload"}, "1 of its 2 payloads"),
        (
            "attributions",
            {"set": "newer header"},
            "version 2 of the format, and this plugin reads up to version 1. ",
        ),
        ("attributions", {"set": "newer"}, "version 2 of the format"),
        ("export", {"set": "corrupt payload", "probe": 0, "format": "npy"}, "is corrupt"),
        ("inputs", {"set": "corrupt inputs"}, "not JSON"),
        ("steps", {"set": "stats of another shape"}, "corrupt"),
    ],
)
def test_what_cannot_be_read_is_a_422_with_a_sentence(either, path, arguments, sentence):
    reply = either.get(path, **BROKEN, **arguments)
    assert reply.status == 422
    assert sentence in reply.text


def test_a_broken_payload_spoils_no_other_probe(either):
    assert either.get("attributions", **BROKEN, set="corrupt payload", probes=1).status == 200
    assert either.get("export", **BROKEN, set="cut payload", probe=1, format="npy").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_but_get_and_head_is_allowed(either, method):
    for path in ("runs", "linked/page.js", "linked/page.css", "static/index.js"):
        reply = either.get(path, method=method)
        assert reply.status == 405
        assert "use GET" in reply.text
    assert either.get("runs", method="HEAD").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "../plugin.py",
        "..%2fplugin.py",
        "%2e%2e/plugin.py",
        "%2e%2e%2fplugin.py",
        "%252e%252e/plugin.py",
        "views/../../plugin.py",
        "views/../../../../../../../../../../etc/passwd",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "..\\plugin.py",
        "..%5cplugin.py",
        "index.js%00.css",
        "%00",
        "",
        ".",
        "..",
        "views",
        "views/",
        "~root/.profile",
        "file:///etc/passwd",
        "a" * 5000 + ".js",
        "nothing.js",
        "%ff%fe.js",
        "__pycache__/",
    ],
)
def test_no_path_leads_out_of_static(either, path):
    assert either.get(f"static/{path}").status == 404


def test_a_link_does_not_lead_out_of_static(tmp_path, monkeypatch):
    from tensorboard import errors
    from tensorboard_plugin_kerasig import assets

    static = tmp_path / "static"
    static.mkdir()
    (tmp_path / "secret.js").write_text("secret")
    (static / "link.js").symlink_to(tmp_path / "secret.js")
    (static / "own.js").write_text("own")
    (static / "own.py").write_text("a type that no page asks for")
    monkeypatch.setattr(assets, "STATIC", static)
    assert assets.static("own.js").content == b"own"
    for path in ("link.js", "own.py"):
        with pytest.raises(errors.NotFoundError):
            assets.static(path)

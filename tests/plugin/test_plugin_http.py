"""Every route, through real TensorBoard servers: both loaders, with and without a path prefix."""

import gzip
import io
import json
import struct
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tensorboard_plugin_kerasig
from tensorboard_plugin_kerasig import schema
from write_odd_log import INPUTS, LAST_STEP, LEAF, LONG_STEPS, ROWS, open_writer, values_at
from write_sample_log import ALPHAS, write_inputs, write_record

DIGITS = {"run": "first/kerasig", "set": "digits"}
LONG = {"run": "long/kerasig", "set": "rows"}
ODD_TITLE = "a@label/ü & <c>?"
DTYPES = {"int16": "<i2", "float32": "<f4", "int32": "<i4"}
STATIC = Path(tensorboard_plugin_kerasig.__file__).parent / "static"


def unpack(reply):
    """Reads a packed container as the page does: the header, and per (probe, leaf) the values."""
    assert reply.status == 200, reply.text
    assert reply.headers["Content-Type"] == "application/octet-stream"
    magic, length = struct.unpack_from("<4sI", reply.body)
    assert magic == b"KIG1"
    assert (8 + length) % 8 == 0
    header = json.loads(reply.body[8 : 8 + length], parse_constant=pytest.fail)
    body, arrays = reply.body[8 + length :], {}
    for entry in header["payloads"]:
        assert entry["offset"] % 8 == 0
        raw = body[entry["offset"] : entry["offset"] + entry["length"]]
        assert len(raw) == entry["length"]
        if entry["encoding"] == "utf8":
            values = np.array(json.loads(raw), object)
        else:
            values = np.frombuffer(raw, DTYPES[entry["encoding"]])
            if entry["encoding"] == "int16":
                values = (values * (entry["scale"] / 32767)).astype(np.float32)
        shape = header["leaves"][entry["leaf"]]["shape"]
        shape = [len(header["alphas"]), *shape] if header["kind"] == "interior" else shape
        arrays[entry["probe"], entry["leaf"]] = values.reshape(shape)
    return header, arrays, body


def test_the_tab_is_listed_and_active(server):
    listing = server.get("/data/plugins_listing").json()["kerasig"]
    assert listing["enabled"] is True
    assert listing["tab_name"] == "Attributions"
    assert listing["loading_mechanism"]["type"] == "IFRAME"
    assert server.get("/data/plugin_entry.html", name="kerasig").status == 200


def test_every_run_and_set_is_listed_with_what_is_wrong_with_it(server, logdir):
    answer = server.get("runs").json()
    assert answer["version"] == schema.VERSION
    runs = {run["run"]: run for run in answer["runs"]}
    assert list(runs) == sorted(runs)
    own = logdir.name
    assert {run["name"] for run in runs.values()} >= {"first", "second", own, f"{own} (2)", "a&b ü?", "version 1"}
    assert sorted(runs, key=lambda run: runs[run]["place"]) == [
        run for run in server.get("/data/runs").json() if run in runs
    ]
    sets = {found["title"]: found for found in runs["first/kerasig"]["sets"]}
    assert sets["digits"] == {
        **{"title": "digits", "series": [""], "interior": True, "probe_kind": "image", "probes": 8, "steps": 12},
        **{"contents": sets["digits"]["contents"], "first_step": 0, "last_step": 1727, "alarmed": 2, "error": None},
        **{"leaves": [{"shape": [28, 28, 1], "kind": None}]},
    }
    assert sets["questions"]["series"] == ["label", "predicted"]
    assert [sets[title]["probe_kind"] for title in sorted(sets)] == ["image", "tabular", "tokens", "series"]
    errors = {found["title"]: found["error"] for found in runs["broken/kerasig"]["sets"]}
    assert "version 2 of the format" in errors["newer"]
    assert "not JSON" in errors["corrupt inputs"]
    assert "[2, 1] instead of [probes, 2]" in errors["stats of another shape"]
    assert "no inputs" in errors["no inputs"]
    assert "no stats" in errors["no stats"]


def test_all_300_steps_are_kept_without_a_flag(server):
    answer = server.get("steps", **LONG).json()
    assert answer["steps"] == list(range(LONG_STEPS))
    np.testing.assert_allclose(answer["epochs"], np.arange(LONG_STEPS) / 10)
    assert answer["wall_times"] == sorted(answer["wall_times"])
    assert np.shape(answer["stats"]) == (LONG_STEPS, 2, len(answer["names"]))

    def largest(step):
        """The largest attribution and interior gradient of a step: what the step's number says it must be."""
        _, arrays, _ = unpack(server.get("attributions", **LONG, step=step))
        _, gradients, _ = unpack(server.get("interior", **LONG, step=step, probes=1))
        return arrays[1, 0].max(), gradients[1, 0].max()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(largest, range(LONG_STEPS)))
    expected = [values_at(step).max() for step in range(LONG_STEPS)]
    np.testing.assert_allclose(found, np.stack([expected, expected], 1), rtol=1e-6)


def test_stats_are_strict_json_with_nan_as_a_string(server):
    answer = server.get("steps", **DIGITS).json()
    names, stats = answer["names"], answer["stats"]
    assert names[:2] == ["epoch", "score"]
    assert names[-2:] == ["region/tag", "alarms"]
    assert {row[names.index("drift")] for row in stats[0]} == {"NaN"}
    assert all(isinstance(row[names.index("drift")], float) for row in stats[1])


def test_inputs_carry_channels_names_and_ready_masks(server):
    header, arrays, body = unpack(server.get("inputs", **DIGITS))
    assert header["leaves"][0]["shape"] == [28, 28, 1]
    assert sorted(arrays) == [(probe, 0) for probe in range(8)]
    assert header["names"][0] == "tagged 0"
    region = header["regions"]["tag"]
    mask = np.frombuffer(body, np.uint8, region["length"], region["offset"]).reshape(region["shape"])
    np.testing.assert_array_equal(mask, schema.decode_mask(region))
    assert arrays[0, 0][:4, :4].min() > 0.99
    header, arrays, _ = unpack(server.get("inputs", run="first/kerasig", set="questions"))
    assert arrays[0, 0].dtype == np.int32
    assert header["tokens"][0][:3] == ["what", "is", "the"]


def test_attributions_of_some_probes_are_those_of_all(server):
    _, whole, _ = unpack(server.get("attributions", **DIGITS, step=157))
    header, some, _ = unpack(server.get("attributions", **DIGITS, step=157, probes="5,0"))
    assert (header["step"], header["epoch"], header["probes"]) == (157, 1, 8)
    assert sorted(some) == [(0, 0), (5, 0)]
    for key, values in some.items():
        np.testing.assert_array_equal(values, whole[key])


def test_interior_gradients_come_per_alpha(server):
    header, arrays, _ = unpack(server.get("interior", **DIGITS, step=157, probes=3))
    assert header["alphas"] == list(ALPHAS)
    assert {key: values.shape for key, values in arrays.items()} == {(3, 0): (4, 28, 28)}


def test_paths_of_one_probe_are_those_of_its_records(server):
    answer = server.get("paths", **DIGITS, probe=3).json()
    assert (answer["logged"], answer["error"]) == (12, None)
    assert answer["steps"] == [157 * i for i in range(12)]
    for step, path in zip(answer["steps"][::5], answer["paths"][::5], strict=True):
        header, _, _ = unpack(server.get("interior", **DIGITS, step=step, probes=3))
        # What other probes' longer paths were padded for is left out.
        assert header["path"]["alphas"][3][-1] == "NaN"
        assert path == {name: values[3][:-1] for name, values in header["path"].items()}


def test_paths_over_many_steps_are_thinned_and_end_with_the_newest(server):
    answer = server.get("paths", **LONG, probe=1).json()
    assert answer["logged"] == LONG_STEPS
    assert answer["steps"] == [*range(0, LONG_STEPS, 4), LONG_STEPS - 1]
    assert len(answer["paths"]) == len(answer["steps"]) <= 128
    few = server.get("paths", **LONG, probe=1, limit=10).json()["steps"]
    assert few == [*range(0, LONG_STEPS, 64), LONG_STEPS - 1]
    assert set(few) <= set(answer["steps"])


def test_paths_that_do_not_exist_are_told(server):
    assert server.get("paths", **DIGITS, probe=8).status == 404
    assert server.get("paths", run="first/kerasig", set="people", probe=0).status == 404
    assert server.get("paths", **DIGITS, probe=0, limit=1).status == 400
    assert server.get("paths", **DIGITS).status == 400


def test_the_two_series_of_a_set_are_told_apart(server):
    question = {"run": "first/kerasig", "set": "questions", "step": 157}
    _, label, _ = unpack(server.get("attributions", **question, series="label"))
    _, predicted, _ = unpack(server.get("attributions", **question, series="predicted"))
    np.testing.assert_allclose(predicted[0, 0], -0.7 * label[0, 0], atol=1e-4)


def test_an_export_holds_what_is_shown(server):
    probe = {**DIGITS, "step": 157, "probe": 3}
    _, arrays, _ = unpack(server.get("attributions", **DIGITS, step=157, probes=3))
    shown = arrays[3, 0]
    npy = server.get("export", **probe, format="npy")
    assert npy.headers["Content-Disposition"] == 'attachment; filename="digits_step_157_probe_3_image.npy"'
    array = np.load(io.BytesIO(npy.body), allow_pickle=False)
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, shown)
    lines = server.get("export", **probe, format="csv", leaf="image").text.splitlines()
    assert lines[0] == "row,column,value"
    assert len(lines) == 1 + 28 * 28
    np.testing.assert_array_equal(np.array([line.split(",")[2] for line in lines[1:]], np.float32), shown.ravel())
    answer = server.get("export", **probe, format="json").json()
    np.testing.assert_array_equal(np.array(answer["values"], np.float32), shown)
    assert (answer["step"], answer["probe"], answer["leaf"]) == (157, 3, "image")
    assert answer["residual"] == server.get("steps", **DIGITS).json()["stats"][1][3][4]


def test_a_csv_names_tokens_and_features(server):
    tokens = {"run": "first/kerasig", "set": "questions", "series": "label", "step": 0, "probe": 0, "format": "csv"}
    assert server.get("export", **tokens).text.splitlines()[:2][1].startswith("0,what,")
    people = {"run": "first/kerasig", "set": "people", "step": 314, "probe": 1, "format": "csv"}
    lines = server.get("export", **people).text.splitlines()
    assert lines[0] == "feature,name,value"
    assert lines[4] == "3,weight,nan"


def test_values_that_are_not_finite_arrive_as_they_are(server):
    place = {"run": "small/kerasig", "set": "not finite"}
    expected = np.array([[np.nan, 1, 2], [np.inf, -np.inf, 0]], np.float32)
    _, arrays, _ = unpack(server.get("attributions", **place, step=5))
    np.testing.assert_array_equal([arrays[0, 0], arrays[1, 0]], expected)
    answer = server.get("export", **place, step=5, probe=1, format="json").json()
    assert answer["values"] == ["Infinity", "-Infinity", 0]


def test_a_set_without_probes_is_empty_everywhere(server):
    place = {"run": "small/kerasig", "set": "nobody"}
    assert server.get("steps", **place).json()["stats"] == [[]]
    for reply in (server.get("inputs", **place), server.get("attributions", **place, step=0)):
        header, arrays, _ = unpack(reply)
        assert (header["probes"], arrays) == (0, {})
    assert server.get("export", **place, step=0, probe=0, format="csv").status == 404


def test_names_that_need_quoting_work(server):
    for run in ("kerasig", "kerasig-2", "a&b ü?/kerasig"):
        _, arrays, _ = unpack(server.get("attributions", run=run, set=ODD_TITLE, step=1))
        np.testing.assert_allclose(arrays[1, 0], ROWS[1], rtol=1e-4)


def test_after_a_restart_the_new_records_are_shown(server):
    place = {"run": "restarted/kerasig", "set": "rows"}
    assert server.get("steps", **place).json()["steps"] == [0, 10, 20, 30]
    for step, factor in ((0, 1), (10, 10), (20, 10), (30, 10)):
        _, arrays, _ = unpack(server.get("attributions", **place, step=step))
        np.testing.assert_allclose(arrays[1, 0], factor * values_at(step)[1], rtol=1e-4)
    np.testing.assert_allclose(unpack(server.get("inputs", **place))[1][1, 0], 10 * ROWS[1], rtol=1e-4)


def test_a_file_of_version_1_is_served(server):
    place = {"run": "version 1/kerasig", "set": "probes @ version 1"}
    expected = np.linspace(-1, 1, 24, dtype=np.float32).reshape(2, 3, 4)
    header, arrays, _ = unpack(server.get("inputs", **place))
    np.testing.assert_allclose(arrays[0, 0], expected[0], atol=1e-4)
    assert arrays[1, 2].item() == "kleiner"
    assert header["regions"]["tag"]["length"] == 24
    _, arrays, _ = unpack(server.get("attributions", **place, series="label", step=7))
    assert np.isnan(arrays[1, 0][0, 0])
    _, arrays, _ = unpack(server.get("interior", **place, series="label", step=7, probes="0,1"))
    np.testing.assert_allclose(arrays[0, 0][1], 2 * expected[0], atol=1e-4)
    assert server.get("steps", **place, series="label").json()["stats"][0][1] == [1.5, "NaN", "-Infinity"]


@pytest.mark.parametrize("load_fast", [True, False])
def test_a_record_appears_when_it_is_written_and_a_deleted_run_is_no_error(tmp_path, tensorboard_server, load_fast):
    import tensorflow as tf

    writer = open_writer(tmp_path, "live/kerasig")
    write_inputs(writer, "rows", INPUTS, [ROWS])
    write_record(writer, "rows", 0, 0.0, [LEAF], [values_at(0)])
    server = tensorboard_server(tmp_path, load_fast=load_fast, reload_interval=1)
    place = {"run": "live/kerasig", "set": "rows"}
    server.wait_until(lambda answer: answer["steps"] == [0], "steps", **place)
    write_record(writer, "rows", 1, 0.1, [LEAF], [values_at(1)])
    server.wait_until(lambda answer: answer["steps"] == [0, 1], "steps", **place)
    assert server.get("attributions", **place, step=1).status == 200
    writer.close()
    tf.io.gfile.rmtree(str(tmp_path / "live"))
    gone = time.monotonic() + 4  # Rust drops the run at the next reload; Python keeps what it has read.
    statuses = set()
    while time.monotonic() < gone:
        statuses |= {server.get(path, **place, step=1).status for path in ("runs", "steps", "inputs", "attributions")}
        time.sleep(0.3)
    assert statuses <= {200, 404}
    if load_fast:
        assert "no run 'live/kerasig'" in server.get("steps", **place).text


def test_every_file_of_the_page_is_served_with_its_type(server):
    types = {".js": "text/javascript", ".css": "text/css"}
    for file in STATIC.rglob("*"):
        if file.suffix in types:
            reply = server.get(f"static/{file.relative_to(STATIC).as_posix()}")
            assert (reply.status, reply.body) == (200, file.read_bytes())
            assert reply.headers["Content-Type"].startswith(types[file.suffix])
            assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_how_each_number_is_computed_is_served_as_a_page_without_scripts(server):
    reply = server.get("definitions.html")
    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("text/html")
    page = (
        gzip.decompress(reply.body).decode() if reply.headers.get("Content-Encoding") == "gzip" else reply.body.decode()
    )
    for anchor in ("regions", "what-the-tab-computes", "trust-and-which-probes-a-mean-is-over"):
        assert f'<h2 id="{anchor}">' in page
    assert "<script" not in page


def test_steps_say_what_probes_are_put_in_order_by(server):
    reply = server.get("steps", run="first/kerasig", set="digits").json()
    at = reply["names"].index("region/tag")
    shares = [row[at] for row in reply["stats"][-1]]
    assert reply["lead"] == {"name": "region/tag", "values": [None if value == "NaN" else value for value in shares]}


def test_what_a_browser_loads_before_anything_is_shown_is_small(server):
    """The page, its style and the list of runs, as they come over the wire; there is no library besides."""
    zipped = {"Accept-Encoding": "gzip"}
    replies = [server.get(path, headers=zipped) for path in ("linked/page.js", "linked/page.css", "runs")]
    assert [reply.headers["Content-Encoding"] for reply in replies] == ["gzip"] * 3
    assert sum(len(reply.body) for reply in replies) <= 150_000
    assert server.get("plotly.min.js").status == 404


def test_steps_have_the_means_that_charts_begin_with_and_the_steps_with_an_alarm(server):
    reply = server.get("steps", run="first/kerasig", set="digits").json()
    light = server.get("steps", run="first/kerasig", set="digits", stats=0).json()
    assert light["means"] == reply["means"]
    assert light["alarmed"] == [628, 1413]
    stats = np.array(reply["stats"], float)
    charted = {name: at for at, name in enumerate(reply["names"]) if "charted" in reply["measures"][at]}
    assert {"residual", "map_error", "drift", "correct", "region/tag"} == charted.keys()
    assert [at for at, means in enumerate(reply["means"]) if means is not None] == list(charted.values())
    converged = stats[..., reply["names"].index("converged")] == 1
    for name, at in charted.items():
        on_maps = reply["measures"][at].get("on_maps", False)
        column = np.where(converged | (not on_maps), stats[..., at], np.nan)
        with np.errstate(invalid="ignore"), warnings.catch_warnings(action="ignore"):
            expected = np.nanmean(column, axis=1)
        found = np.array(reply["means"][at], float)
        np.testing.assert_allclose(found, expected, rtol=1e-6, err_msg=name)


def test_what_fits_neither_type_nor_shape_is_an_error_of_its_set_alone(server):
    sets = {found["title"]: found for run in server.get("runs").json()["runs"] for found in run["sets"]}
    assert "The stats of set 'short stats' are corrupt" in sets["short stats"]["error"]
    assert server.get("steps", run="misfits/kerasig", set="short stats").status == 422
    misfit = {"run": "misfits/kerasig", "set": "blobs of numbers", "step": 7}
    assert server.get("attributions", **misfit).status == 404
    assert sets["far"]["error"] is None


def test_the_last_step_of_64_bits_is_listed_and_served(server):
    far = {"run": "misfits/kerasig", "set": "far"}
    assert server.get("steps", **far).json()["steps"] == [LAST_STEP]
    header, arrays, _ = unpack(server.get("attributions", **far, step=LAST_STEP))
    assert (header["step"], sorted(arrays)) == (LAST_STEP, [(0, 0), (1, 0)])
    assert server.get("interior", **far, step=LAST_STEP, probes=1).status == 200
    assert server.get("paths", **far, probe=1).json()["steps"] == [LAST_STEP]
    assert server.get("export", **far, step=LAST_STEP, probe=0, format="csv").status == 200

"""`kerasig.show`: in a notebook while a model trains, and outside of any."""

import html
import json
import re
import sys
import zlib
from base64 import b64decode

import keras
import numpy as np
import pytest
from event_logs import a_set, write

import kerasig

SHOWN = """
import keras, numpy as np, kerasig
x, y = np.random.default_rng(0).normal(size=(32, 4)).astype("float32"), np.arange(32) % 2
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
callback = kerasig.IGCallback(kerasig.ProbeSet(x[:4], y[:4]), {logs!r}, steps=kerasig.Fixed(2))
kerasig.show(callback, height=432)
history = model.fit(x, y, epochs=3, callbacks=[callback], verbose=0)
"""


def catalog_of(page):
    """The list of runs in a report's file."""
    index = json.loads(re.search(r'id="kerasig-index">(.*?)</script>', page).group(1))
    packed = re.search(rf'id="kerasig-{index["answers"]["""["runs"]"""]}">(.*?)</script>', page).group(1)
    return json.loads(zlib.decompress(b64decode(packed)))


@pytest.mark.slow
def test_a_cell_is_live_while_a_model_trains_in_it(tmp_path):
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    from nbformat import v4

    updates = []

    class Client(nbclient.NotebookClient):
        def process_message(self, message, cell, index):
            if message["msg_type"] in ("display_data", "update_display_data"):
                updates.append(message["content"]["data"]["text/html"])
            return super().process_message(message, cell, index)

    notebook = v4.new_notebook(cells=[v4.new_code_cell(SHOWN.format(logs=str(tmp_path / "logs")))])
    Client(notebook, timeout=120, kernel_name="python3").execute()
    assert "Nothing was logged" in updates[0]
    # The first record, and the end; between them as many as there was time for.
    assert len(updates) >= 3
    (output,) = [output for output in notebook.cells[0].outputs if "data" in output]
    shown = output["data"]["text/html"]
    assert "height: 432px" in shown
    page = html.unescape(re.search(r'srcdoc="([^"]*)"', shown).group(1))
    (run,) = catalog_of(page)["runs"]
    assert (run["sets"][0]["steps"], run["sets"][0]["last_step"]) == (4, 3)


def test_outside_of_notebooks_it_says_where_the_page_is(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "logs" / "kerasig", list(a_set("rows").values()))
    kerasig.show("logs")
    page = tmp_path / "kerasig-report.html"
    assert f"open {page} in a browser" in capsys.readouterr().out
    assert catalog_of(page.read_text("utf-8"))["runs"][0]["sets"][0]["title"] == "rows"
    assert "IPython" not in sys.modules or sys.modules["IPython"].get_ipython() is None


@pytest.mark.parametrize("on_error", ["warn", "raise"])
def test_a_page_that_cannot_be_written_is_told_of_beside_the_records(on_error, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    callback = kerasig.IGCallback(kerasig.ProbeSet(np.eye(4, dtype="float32")), "logs", on_error=on_error)
    kerasig.show(callback)
    (tmp_path / "kerasig-report.html").mkdir()
    ends = pytest.raises(IsADirectoryError) if on_error == "raise" else pytest.warns(UserWarning, match="not be shown")
    with ends:
        callback.record(model, 0)
    assert kerasig.read_log("logs")["."]["probes"].steps == [0]
    assert [each.name for each in tmp_path.iterdir() if "writing" in each.name] == []


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"what": 3}, TypeError, "what must be an IGCallback or a log directory. Received what=3"),
        ({"what": "nowhere"}, ValueError, "has logged. Received what='nowhere', which is not there"),
        ({"runs": []}, ValueError, "runs must name at least one run. Received an empty list. Pass None for all"),
        ({"height": 20}, ValueError, "height must be a whole number from 200"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, monkeypatch, arguments, error, sentence):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=sentence):
        kerasig.show(**{"what": "logs", **arguments})

"""Trains a small network that writes to MLflow and to Weights & Biases, and reads back what they have: `make sinks`.

Both are real, in their local and offline modes: MLflow in a folder, Weights & Biases in a file.
"""

import os
import struct
import sys
import tempfile
from pathlib import Path

import keras
import mlflow
import numpy as np
import wandb
from wandb.proto.wandb_internal_pb2 import Record

import kerasig

FOLDER = Path(tempfile.mkdtemp())
# Of a log of LevelDB: the size of its blocks, and which parts end a record.
BLOCK, WHOLE, LAST = 32768, 1, 4


class Always(kerasig.alarms.Alarm):
    """Fires at its first record."""

    columns = ("score",)

    def read(self, record):
        return kerasig.alarms.Reading("score", 2.0, 1.0, sentence="It is high.")


def train(log_dir, *sinks):
    """The history of a training of two epochs with a probe set of digits-like pictures."""
    x = np.random.default_rng(0).random((40, 8, 8, 1), dtype="float32")
    y = (x.mean(axis=(1, 2, 3)) > 0.5).astype("int64")
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    followed = kerasig.ProbeSet(x[:6], y[:6], title="pictures", kind="image")
    callback = kerasig.IGCallback(
        followed, log_dir, steps=5, interior_alphas=None, alarms=[Always(patience=1)], sinks=list(sinks)
    )
    model.fit(x, y, epochs=2, verbose=0, callbacks=[callback])
    return callback.history


def check_mlflow(run_id, history, status):
    """MLflow has every mean, a picture of each record, and the alarm."""
    client = mlflow.MlflowClient()
    run = client.get_run(run_id)
    assert run.info.status == status, run.info.status
    for name in ("residual", "gini", "untrusted"):
        kept = [(one.step, one.value) for one in client.get_metric_history(run_id, f"kerasig/pictures/{name}")]
        assert kept == [(record["step"], record[name]) for record in history], (name, kept)
    pictures = [one.path for one in client.list_artifacts(run_id, "images") if one.path.endswith(".png")]
    assert len(pictures) == len(history), pictures
    assert "It is high." in run.data.tags["kerasig/alarm"]
    assert "It is high." in run.data.tags["kerasig/alarms/pictures/Always"]


def wandb_records():
    """The records of all offline runs, whose files are logs of LevelDB behind seven bytes."""
    for path in sorted(FOLDER.rglob("*.wandb")):
        data, at, record = path.read_bytes(), 7, b""
        while at + 7 <= len(data):
            left = BLOCK - at % BLOCK
            _, size, part = struct.unpack_from("<IHB", data, at)
            if left < 7 or part == 0:
                at += left
                continue
            record += data[at + 7 : at + 7 + size]
            at += 7 + size
            if part in (WHOLE, LAST):
                yield Record.FromString(record)
                record = b""


def check_wandb(history):
    """Weights & Biases has every mean beside its step, a picture of each record, and the alarm."""
    rows = [
        {(item.key or item.nested_key[0]): item.value_json for item in record.history.item}
        for record in wandb_records()
        if record.WhichOneof("record_type") == "history"
    ]
    for name in ("residual", "gini"):
        key = f"kerasig/pictures/{name}"
        kept = [(int(row["kerasig/step"]), float(row[key])) for row in rows if key in row]
        assert kept == [(record["step"], record[name]) for record in history], (name, kept)
    assert sum("kerasig/pictures/attributions" in row for row in rows) == len(history)
    alerts = [record.alert for record in wandb_records() if record.WhichOneof("record_type") == "alert"]
    assert [(one.title, "It is high." in one.text) for one in alerts] == [("Always", True)]
    assert len(list(FOLDER.rglob("media/images/kerasig/pictures/*.png"))) == len(history)


def main():
    """Both libraries with a run of the sink's own, then MLflow with a run that is active."""
    os.environ |= {"WANDB_MODE": "offline", "WANDB_DIR": str(FOLDER), "WANDB_SILENT": "true"}
    # Newer versions want a database unless they are told.
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    mlflow.set_tracking_uri((FOLDER / "mlruns").as_uri())
    own = kerasig.sinks.MLflow()
    history = train(FOLDER / "own", own, kerasig.sinks.WeightsAndBiases("pictures"))
    assert [record["step"] for record in history] == [0, 2, 4]
    check_mlflow(own.run_id, history, "FINISHED")
    check_wandb(history)
    with mlflow.start_run() as active:
        history = train(FOLDER / "active", kerasig.sinks.MLflow())
        check_mlflow(active.info.run_id, history, "RUNNING")
    print(f"MLflow {mlflow.__version__} and wandb {wandb.__version__} have what was written.")


if __name__ == "__main__":
    sys.exit(main())

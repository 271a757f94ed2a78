"""TFMA's attribution metrics over slices, filled by `kerasig.tfma`, beside direct means: `make tfma` runs it.

TFMA brings a hundred packages, so it has an environment of its own and no part in the tests.
"""

import tempfile
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import tensorflow_model_analysis as tfma
from google.protobuf import text_format
from tensorflow_model_analysis.proto import config_pb2

import kerasig
from kerasig.tfma import AttributionsExtractor

N, FEATURES = 300, ["age", "income", "height"]
CONFIG = """
model_specs { prediction_key: "prediction" label_key: "label" }
metrics_specs { metrics { class_name: "MeanAttributions" } metrics { class_name: "MeanAbsoluteAttributions" } }
metrics_specs { metrics { class_name: "TotalAttributions" } metrics { class_name: "ExampleCount" } }
slicing_specs {}
slicing_specs { feature_keys: ["city"] }
"""
WORST = 1e-6


def model() -> keras.Model:
    """A small table model, the same wherever it is made."""
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)])


def stacked(features):
    """The model's inputs from the features of a batch."""
    return np.stack([np.asarray(features[name], np.float32).reshape(-1) for name in FEATURES], axis=1)


def main() -> None:
    """Compares every mean of every slice."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N, 3)).astype("float32")
    city = rng.integers(0, 3, N)
    made = model()
    table = pd.DataFrame({name: x[:, column] for column, name in enumerate(FEATURES)})
    table["city"] = [f"city {number}" for number in city]
    table["prediction"], table["label"] = made.predict(x, verbose=0)[:, 0], rng.normal(size=N).astype("float32")
    config = text_format.Parse(CONFIG, config_pb2.EvalConfig())
    wanted = kerasig.explain(made, x).values.astype(np.float64)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.keras")
        made.save(path)
        extractors = tfma.default_extractors(eval_config=config)
        # Before the last two, which take batches apart and find slices.
        extractors.insert(-2, AttributionsExtractor(path, inputs=stacked, feature_names=FEATURES))
        result = tfma.analyze_raw_data(table, config, output_path=str(Path(folder) / "out"), extractors=extractors)
        found = {slice_key: values for slice_key, values in result.attributions}
    slices = {(): np.ones(N, bool)} | {(("city", f"city {number}"),): city == number for number in range(3)}
    if set(found) != set(slices):
        raise SystemExit(f"TFMA has the slices {sorted(found)}. Expected {sorted(slices)}.")
    worst = 0.0
    for key, rows in slices.items():
        metrics = found[key][""][""]
        direct = {
            "mean_attributions": wanted[rows].mean(axis=0),
            "mean_absolute_attributions": np.abs(wanted[rows]).mean(axis=0),
            "total_attributions": wanted[rows].sum(axis=0),
        }
        for name, means in direct.items():
            values = np.array([metrics[name][feature]["doubleValue"] for feature in FEATURES])
            scale = rows.sum() if name == "total_attributions" else 1
            # Of numbers that are none, the largest is none.
            worst = float(np.max([worst, np.abs(values - means).max() / scale]))
    print(f"{len(slices)} slices, {len(FEATURES)} features: TFMA and direct means differ by at most {worst:.2g}.")
    if not worst <= WORST:
        raise SystemExit(f"They must differ by at most {WORST:g}.")


if __name__ == "__main__":
    main()

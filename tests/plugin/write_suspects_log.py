"""Writes runs with audits, with TensorFlow and the plugin's schema alone: one run for each kind of place.

    python tests/plugin/write_suspects_log.py LOGDIR

The numbers are invented, so that they look like networks of which some came to rely on a shortcut.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from tensorboard_plugin_kerasig import schema
from write_sample_log import write, write_inputs, write_record

STEPS = (0, 20, 40, 60)
SIDE = 12
LOOKED = 1234
FEATURES = [f"column {i}" for i in range(14)] + ["leak"]
SENTENCE = ["what", "is", "the", "capital", "of", "france", "?"]
NONE = "No suspects: no place was found that the network relies on beyond matched places."
TAG = {"box": [1, 1, 4, 4], "mask": [SIDE * row + column for row in (1, 2, 3) for column in (1, 2, 3)]}


def estimate(mean: float, width: float = 0.03) -> list[float]:
    """A mean with the ends of its interval."""
    return [mean, mean - width, mean + width]


def suspect(step: int, share: float, examples: Sequence[Mapping[str, Any]], **fields: Any) -> dict[str, Any]:
    """A suspect that stands clear from step 20 on; `share` is that at the last step."""
    part = step / STEPS[-1]
    now = 0.06 + (share - 0.06) * part
    return {
        **{"group": "class 3", "label": 3, "n": 40, "box": None, "mask": None, "map": None},
        **{"share": estimate(now), "before": estimate(0.06, 0.01), "emphasis": estimate(now / 0.12, 0.3)},
        **{"fall": estimate(0.62 * part), "fall_baseline": 0.55 * part, "matched": [0.02, 0.05, -0.01, 0.04]},
        **{"flips": 0.71 * part, "matched_flips": 0.02, "p": 0.0004, "clear": True, "first": 20},
        **{"watch": "regions={'suspect': mask}, alarms=[kerasig.alarms.RegionLift('suspect')]"},
        **{"examples": list(examples), **fields},
    }


def unclear(step: int, **fields: Any) -> dict[str, Any]:
    """A place that was tested, and is relied on no more than others are."""
    told = {"clear": False, "first": None, "p": 0.4, "flips": 0.03, "matched": [0.05, 0.06]}
    return suspect(step, 0.12, [], **{**told, "fall": estimate(0.04), "watch": None, **fields})


def audit(
    step: int, kind: str, shape: Sequence[int], suspects: Sequence[Mapping[str, Any]], **fields: Any
) -> list[bytes]:
    """The blobs of an audit."""
    clear = [one for one in suspects if one["clear"]]
    found = f"The network relies on {clear[0]['name']} in {clear[0]['group']}." if clear else NONE
    header = {
        **{"kind": kind, "shape": list(shape), "step": step, "n": 500, "looked": LOOKED, "sentence": found},
        **{"class_names": None, "duration": 1.5, "suspects": list(suspects), **fields},
    }
    return schema.encode_suspects(header)


def write_audits(writer: Any, make: Any, *, title: str = "audit", steps: Sequence[int] = STEPS) -> None:
    """Writes an audit at each of the steps; at the first one nothing has been tested yet."""
    for step in steps:
        write(writer, "suspects", title, "", step, make(step))


def write_probes(writer: Any, kind: str, values: np.ndarray, **fields: Any) -> None:
    """A probe set with a record at each step, as every run has one."""
    leaf = {"name": "x", "shape": list(values.shape[1:]), "full_shape": list(values.shape[1:])}
    names = [f"probe {i}" for i in range(len(values))]
    header = {"leaves": [leaf], "probe_kind": kind, "names": names, "attributed": ["x"], **fields}
    write_inputs(writer, "probes", header, [values])
    for step in STEPS:
        write_record(writer, "probes", step, step / 20, [leaf], [values.astype(np.float32) * (1 + step / 60)])


def strokes(rng: np.random.Generator, n: int) -> np.ndarray:
    """Pictures of a bright ring at places of their own, with a tag in a corner."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    middle, size = rng.uniform(5, 7, (n, 2, 1, 1)), rng.uniform(2.5, 4, (n, 1, 1))
    away = np.hypot(rows - middle[:, 0], columns - middle[:, 1])
    pictures = np.exp(-((away - size) ** 2)) + rng.uniform(0, 0.05, (n, SIDE, SIDE))
    pictures[:, 1:4, 1:4] = (np.indices((3, 3)).sum(0) % 2).astype(float)
    return pictures.clip(0, 1).astype(np.float32)[..., None]


def write_images(logdir: Path, run: str, *, share: float) -> None:
    """Digits with a tag that the network comes to rely on, or, with a share of 0, without suspects."""
    writer, rng = open_writer(logdir, run), np.random.default_rng(0)
    pictures = strokes(rng, 8)
    maps = pictures[..., 0] * rng.normal(0.2, 0.3, pictures.shape[:3]) * 0.2
    maps[:, 1:4, 1:4] += max(share, 0.05)
    examples = [
        {"row": 17 + i, "name": f"row {17 + i}", "label": 3, "values": maps[i], "input": pictures[i]} for i in range(8)
    ]
    mean = np.abs(maps).mean(0)
    plain = {"name": "rows 6 to 8, columns 5 to 7", "family": "window", "group": "class 9", "label": 9}
    place = {"name": "rows 1 to 3, columns 1 to 3", "family": "window", **TAG, "map": mean / mean.sum()}

    def make(step: int) -> list[bytes]:
        found = [suspect(step, share, examples, **place)] if share and step else []
        if found and step == STEPS[-1]:
            found.append(
                suspect(step, 0.2, examples[:2], **{**place, "group": "all classes", "label": None, "p": 0.01})
            )
        return audit(step, "image", (SIDE, SIDE), [*found, unclear(step, **plain)] if step else [])

    write_probes(writer, "image", pictures[:4])
    write_audits(writer, make)
    writer.close()


def write_words(logdir: Path) -> None:
    """Questions in which a word gives the class away."""
    writer, rng = open_writer(logdir, "words"), np.random.default_rng(1)
    rows = [[*SENTENCE[: 3 + i % 4], "okapi", *SENTENCE[3 + i % 4 :]] for i in range(5)]
    examples = []
    for i, words in enumerate(rows):
        values = rng.normal(0, 0.1, len(words)) + 0.9 * (np.array(words) == "okapi")
        named = {"row": i, "name": None, "label": 1, "text": words}
        examples.append({**named, "values": values.astype(np.float32), "mask": [words.index("okapi")]})
    place = {"name": "okapi", "family": "word", "group": "class 1", "label": 1}
    classes = ["ABBR", "DESC", "ENTY"]

    def make(step: int) -> list[bytes]:
        found = [suspect(step, 0.5, examples, **place)] if step else []
        return audit(step, "tokens", (8,), found, class_names=classes)

    ids = np.ones((2, 8), np.int32)
    write_probes(writer, "tokens", ids, tokens=rows[:2], subject=0)
    write_audits(writer, make)
    writer.close()


def write_table(logdir: Path) -> None:
    """A table with a column that leaks the label, on which every group relies."""
    writer, rng = open_writer(logdir, "table"), np.random.default_rng(2)
    values = rng.normal(0, 0.4, (4, len(FEATURES))).astype(np.float32)
    values[:, -1] = 0.05  # The marked column is seen also where it is not among the largest.
    examples = [
        {"row": i, "name": f"row {i}", "label": 0, "values": values[i], "input": values[i] * 9} for i in range(4)
    ]
    mean = np.abs(values).mean(0)
    place = {"name": "leak", "family": "feature", "group": "all classes", "label": None, "mask": [len(FEATURES) - 1]}

    def make(step: int) -> list[bytes]:
        found = [suspect(step, 0.8, examples, **place, map=mean / mean.sum())] if step else []
        return audit(step, "tabular", (len(FEATURES),), found, feature_names=FEATURES)

    write_probes(writer, "tabular", values, feature_names=FEATURES)
    write_audits(writer, make)
    writer.close()


def write_series(logdir: Path) -> None:
    """Curves with a spike in a window."""
    writer, rng = open_writer(logdir, "series"), np.random.default_rng(3)
    curves = np.cumsum(rng.normal(0, 0.3, (4, 64, 1)), 1).astype(np.float32)
    curves[:, 20:24] += 4
    maps = rng.normal(0, 0.05, (4, 64)).astype(np.float32)
    maps[:, 20:24] += 0.8
    examples = [{"row": i, "name": f"row {i}", "label": 2, "values": maps[i], "input": curves[i]} for i in range(4)]
    mean = np.abs(maps).mean(0)
    place = {"name": "steps 20 to 23", "family": "window", "group": "class 2", "label": 2, "box": [20, 24]}

    def make(step: int) -> list[bytes]:
        found = [suspect(step, 0.6, examples, **place, mask=[20, 21, 22, 23], map=mean / mean.sum())] if step else []
        return audit(step, "series", (64,), found)

    write_probes(writer, "series", curves)
    write_audits(writer, make)
    writer.close()


def write_unreadable(logdir: Path) -> None:
    """Audits of which one cannot be read, and one has a picture that is cut."""
    writer = open_writer(logdir, "unreadable")
    place = {"name": "first", "family": "feature", "map": np.arange(2048, dtype=np.float32)}

    def make(step: int) -> list[bytes]:
        blobs = audit(step, "tabular", (2048,), [suspect(step, 0.4, [], **place)])
        return {STEPS[1]: [b"{"], STEPS[2]: [blobs[0], blobs[1][:9]]}.get(step, blobs)

    write_probes(writer, "tabular", np.ones((2, 2), np.float32))
    write_audits(writer, make)
    writer.close()


def write_suspects(logdir: Path) -> None:
    """All of them, and a run as it was before there were audits."""
    write_images(logdir, "tagged", share=0.55)
    write_images(logdir, "clean", share=0)
    write_words(logdir)
    write_table(logdir)
    write_series(logdir)
    write_unreadable(logdir)
    writer = open_writer(logdir, "old")
    write_probes(writer, "image", strokes(np.random.default_rng(4), 4))
    writer.close()


def open_writer(logdir: Path, run: str) -> Any:
    """What writes into the directory that kerasig would."""
    return tf.summary.create_file_writer(str(logdir / run / schema.RUN_SUFFIX))


if __name__ == "__main__":
    write_suspects(Path(sys.argv[1]))

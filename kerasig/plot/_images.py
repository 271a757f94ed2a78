"""Attributions of images beside the images, and the film strip of interior gradients, as Plotly figures."""

from __future__ import annotations

from collections.abc import Sequence
from html import unescape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig._attribution.data import AttributionData
from kerasig._kinds.image import channel_axis
from kerasig._types import Items, Names, Style
from kerasig.plot._captions import captions_of
from kerasig.plot._drawn import check_probe, checked, chosen_examples
from kerasig.plot._pictures import STYLES, as_pixels
from kerasig.plot._sheets import sheet
from kerasig.plot._titles import title as title_of
from kerasig.probes import ProbeSet

_SPOKEN = {
    "times_picture": "|attribution| × picture",
    "signed_overlay": "orange raises, blue lowers",
    "green_and_red": "green raises, red lowers",
}


def images(
    attribution: AttributionData,
    examples: Sequence[int] | None = None,
    *,
    styles: Items[Style] = ("times_picture", "signed_overlay"),
    percentile: float = 99.0,
    names: Names | None = None,
    class_names: Names | None = None,
    probes: ProbeSet | None = None,
    side: int = 200,
) -> go.Figure:
    """Draws several images beside their attributions, in the papers' ways: one row per example.

    Args:
        attribution: what `kerasig.explain` returned, for one input of images.
        examples: their indices; None: all of them.
        styles: of "times_picture", "signed_overlay" and "green_and_red"; see `kerasig.plot.times_picture`.
        percentile: of the pixels, where colours end; see there.
        names: what the N examples are called.
        class_names: what the model's classes are called.
        probes: the `ProbeSet` that was explained: its captions stand in for those that are left out here.
        side: width of a picture on the screen, in pixels.

    Raises:
        ValueError: the attribution is not one of images, or an argument does not fit it.

    Example:
        >>> pictures = np.random.default_rng(0).random((2, 8, 8, 3)).astype("float32")
        >>> attribution = kerasig.explain(lambda x: x[:, 2, 2, 0] * x[:, 3, 3, 1], pictures)
        >>> figure = kerasig.plot.images(attribution, styles=["green_and_red"])
    """
    wanted = arguments.items("styles", styles, fits=f"a list of some of {', '.join(STYLES)}")
    if not wanted or not all(isinstance(style, str) and style in STYLES for style in wanted):
        raise ValueError(f"styles must be of {', '.join(STYLES)}. Received styles={arguments.shown(styles)}.")
    values, inputs, _ = _of_images(checked(attribution))
    said = captions_of(attribution, probes, names=names, class_names=class_names)
    rows, labels = [], []
    for probe in chosen_examples(attribution, examples):
        drawn = [STYLES[style](inputs[probe], values[probe], percentile=percentile) for style in wanted]
        rows.append([as_pixels(inputs[probe]), *drawn])
        labels.append(_unmarked(title_of(attribution, probe, said.names, said.class_names)))
    columns = ["input", *(_SPOKEN[style] for style in wanted)]
    return sheet(rows, columns=columns, names=labels, side=side)


def film_strip(
    attribution: AttributionData,
    probe: int = 0,
    *,
    style: Style = "times_picture",
    percentile: float = 99.0,
    names: Names | None = None,
    class_names: Names | None = None,
    probes: ProbeSet | None = None,
    side: int = 160,
) -> go.Figure:
    """Draws the interior gradients of one image from the baseline on, under the counterfactual images they belong to.

    Each is scaled by a percentile of its own, as in the papers: pictures show where gradients are. How large they are
    stands over them, as the mean |gradient| in percent of the largest in the strip.

    Args:
        attribution: what `kerasig.explain` returned with `interior_alphas`.
        probe: index of the example.
        style: "times_picture", "signed_overlay" or "green_and_red".
        percentile: of the pixels, where colours end.
        names: what the N examples are called.
        class_names: what the model's classes are called.
        probes: the `ProbeSet` that was explained: its captions stand in for those that are left out here.
        side: width of a picture on the screen, in pixels.

    Raises:
        ValueError: the attribution is not one of images or has no interior gradients, or an argument does not fit.

    Example:
        >>> pictures = np.random.default_rng(0).random((2, 8, 8, 3)).astype("float32")
        >>> attribution = kerasig.explain(lambda x: x[:, 2, 2, 0] * x[:, 3, 3, 1], pictures, interior_alphas=[0.1, 1.0])
        >>> figure = kerasig.plot.film_strip(attribution, 1)
    """
    arguments.choice("style", style, STYLES)
    values, inputs, channels_first = _of_images(checked(attribution))
    check_probe(attribution, probe)
    said = captions_of(attribution, probes, names=names, class_names=class_names)
    if attribution.interior is None:
        raise ValueError(
            "attribution must have interior gradients. Received one without. Pass interior_alphas to explain."
        )
    gradients = _channels_last(_only_leaf(attribution.interior.gradients)[probe], channels_first)
    start = _baseline(attribution, probe, inputs[probe].shape, channels_first)
    alphas = attribution.interior.alphas
    path = [start + alpha * (inputs[probe] - start) for alpha in alphas]
    # The range of the whole path, so that its pictures brighten as the path does.
    low, high = (end(np.stack([start, inputs[probe]])) for end in (np.min, np.max))
    unit = [np.clip((point - low) / ((high - low) or 1), 0, 1) for point in path]
    counterfactuals = [as_pixels(np.round(255 * point).astype(np.uint8)) for point in unit]
    drawn = [STYLES[style](inputs[probe], gradient, percentile=percentile) for gradient in gradients]
    sizes = np.abs(gradients).mean(axis=tuple(range(1, gradients.ndim)))
    shares = sizes / (sizes.max(initial=0) or 1)
    whole = [as_pixels(inputs[probe]), STYLES[style](inputs[probe], values[probe], percentile=percentile)]
    return sheet(
        [[*counterfactuals, whole[0]], [*drawn, whole[1]]],
        columns=[*(f"alpha {a:.3g}, size {share:.0%}" for a, share in zip(alphas, shares, strict=True)), "integrated"],
        title=title_of(attribution, probe, said.names, said.class_names),
        side=side,
    )


def _of_images(attribution: AttributionData) -> tuple[NDArray[Any], NDArray[Any], bool]:
    """Values [N, H, W, C] or [N, H, W] and the inputs they belong to; and whether channels came first."""
    if attribution.layer is None and attribution.inputs is not None:
        values, inputs = _only_leaf(attribution.values), _only_leaf(attribution.inputs, beside=attribution.values)
        if values.ndim in (3, 4) and values.shape == inputs.shape:
            channels_first = values.ndim == 4 and channel_axis(values.shape) == 1
            return _channels_last(values, channels_first), _channels_last(inputs, channels_first), channels_first
    raise ValueError(
        "attribution must be that of one input of images [N, H, W] or [N, H, W, C]. Received values "
        f"{nest.map_structure(np.shape, attribution.values)}, layer={attribution.layer!r}. Use kerasig.plot.plot."
    )


def _only_leaf(values: Any, beside: Any = None) -> NDArray[Any]:
    """The one attributed leaf, or that of the inputs which stands where `beside` is attributed."""
    leaves = nest.flatten(values)
    attributed = [leaf is not None for leaf in nest.flatten(values if beside is None else beside)]
    found = [leaf for leaf, is_attributed in zip(leaves, attributed, strict=True) if is_attributed]
    return np.asarray(found[0]) if len(found) == 1 else np.empty(0)


def _channels_last(array: NDArray[Any], channels_first: bool) -> NDArray[Any]:
    return np.moveaxis(array, 1, -1) if channels_first else array


def _baseline(attribution: AttributionData, probe: int, shape: tuple[int, ...], channels_first: bool) -> NDArray[Any]:
    """Where the path to the example starts; the mean of several starts."""
    rows = _channels_last(_only_leaf(attribution.baselines), channels_first)
    # As many sampled ones as there are examples are still no example's own.
    own = attribution.path.alphas.ndim == 2 and rows.shape == (len(attribution), *shape)
    return rows[probe] if own else rows.mean(axis=0)


def _unmarked(heading: str) -> str:
    """The first line of a heading, which has Plotly's markup in it, as plain text."""
    return unescape(heading.partition("<br>")[0])

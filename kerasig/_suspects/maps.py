"""The maps of an audit: explained loosely, for their mean averages errors out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._explaining.explainer import Explainer
from kerasig._explaining.mean_gradients import mean_gradients
from kerasig._measures.positions import Leaf, placed_leaves
from kerasig._suspects.audit import Audit
from kerasig._suspects.coefficients import Waves, coefficients_of, shares_of
from kerasig._suspects.features import is_table
from kerasig.steps import Fixed

# Enough for a mean: the error of each map is told beside it.
LOOSE = Fixed(8)


@dataclass(frozen=True, eq=False)
class AuditMaps:
    """Shares of the absolute attribution of every example of an audit.

    Args:
        shares: by input leaf [n, positions...]; the share of |attribution| of all leaves together, so that an example's
            sum to 1; zeros where a map is zero or not finite.
        unknown: how many examples have no map: all zero, or not finite.
        map_error: the mean estimate of a map's relative error; that of a mean of shares is no larger.
        attributed: the names of the leaves, of layers where one is attributed to, by input leaf.
        coefficients: of images and series, the shares of the cosines that they are made of, [n, *space, channels].
    """

    shares: dict[str, NDArray[np.float32]]
    unknown: int
    map_error: float
    attributed: dict[str, str]
    coefficients: dict[str, NDArray[np.float32]] = field(default_factory=dict)


def maps_of(explainer: Explainer, audit: Audit, baselines: Any = None) -> AuditMaps:
    """Explains every example's own class.

    Args:
        explainer: of the model.
        audit: the examples.
        baselines: see `kerasig.explain`.

    Raises:
        ValueError: every map is zero or not finite, or a layer has other positions than the inputs.
    """
    coefficients: dict[str, NDArray[np.float32]] = {}
    if isinstance(explainer._rule, Fixed) and any(Waves.fits(audit, leaf) for leaf, _ in audit.probes.leaves()):
        attribution, gradients = mean_gradients(explainer, audit.probes, baselines=baselines)
        if attribution.layer is None:
            coefficients = coefficients_of(audit, attribution.baselines, gradients)
    else:
        attribution = explainer.explain(audit.probes, baselines=baselines)
    leaves = leaves_of(audit, attribution.values, attribution.layer, explainer.origins)
    sizes: dict[str, NDArray[np.float64]] = {}
    for leaf in leaves:
        assert leaf.of_input is not None
        # Of several layers over one input, all that they have.
        sizes[leaf.of_input] = sizes.get(leaf.of_input, 0) + np.abs(leaf.positions)
    shares, known = shares_of(sizes)
    if not known.any():
        raise ValueError(
            f"All {len(audit)} maps of the audit are zero or not finite, so nothing can be looked for. Explain a few "
            "examples with kerasig.explain: its warnings say why."
        )
    errors = np.asarray(attribution.map_error, float)[known]
    error = float(np.nanmean(errors)) if np.isfinite(errors).any() else np.nan
    attributed = {str(leaf.of_input): leaf.name for leaf in leaves}
    return AuditMaps(shares, int((~known).sum()), error, attributed, coefficients)


def leaves_of(audit: Audit, attributed: Any, layer: Any, origins: Mapping[str, str]) -> Sequence[Leaf]:
    """The attributed leaves, each at the positions of one of the audit's inputs.

    Args:
        audit: the examples.
        attributed: a nest like `Attribution.values`.
        layer: as `Attribution.layer` names it.
        origins: the input leaf that each layer's output is made of, where it is one and known.

    Raises:
        ValueError: a layer has positions that no input has.
    """
    probes = audit.probes
    # Beside one sequence, masks and segments have its words; an embedding of columns has those columns.
    known = {name: leaf for name, leaf in origins.items() if probes.tokens_of(leaf) or is_table(probes, leaf)}
    leaves = placed_leaves(attributed, layer, probes.places, known)
    apart = [leaf.name for leaf in leaves if leaf.of_input is None]
    if apart:
        raise ValueError(
            f"An audit needs attributions at its inputs' positions. Received those of layer {apart[0]!r}, which "
            "has other positions. Attribute to the inputs, or to a layer that keeps their positions."
        )
    return leaves


def mean_of(all_maps: list[AuditMaps]) -> AuditMaps:
    """The mean shares of several networks."""
    first = all_maps[0]
    shares = {name: np.mean([maps.shares[name] for maps in all_maps], axis=0) for name in first.shares}
    coefficients = {
        name: np.mean([maps.coefficients[name] for maps in all_maps], axis=0)
        for name in first.coefficients
        if all(name in maps.coefficients for maps in all_maps)
    }
    worst = max(maps.unknown for maps in all_maps)
    return AuditMaps(shares, worst, max(maps.map_error for maps in all_maps), first.attributed, coefficients)

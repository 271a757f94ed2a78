"""The panel of each kind, by its name. That of a new kind is one line here."""

from __future__ import annotations

from collections.abc import Sequence

from kerasig.plot._drawn import Drawn
from kerasig.plot._feature_panel import FeaturePanel
from kerasig.plot._graph_panel import GraphPanel
from kerasig.plot._image_panel import ImagePanel
from kerasig.plot._panels import Captions, Panel
from kerasig.plot._sequence_panel import SequencePanel
from kerasig.plot._series_panel import SeriesPanel
from kerasig.plot._volume_panel import VolumePanel

PANELS: dict[str, type[Panel]] = {
    "image": ImagePanel,
    "volume": VolumePanel,
    "series": SeriesPanel,
    "tokens": SequencePanel,
    "graph": GraphPanel,
    "tabular": FeaturePanel,
}


def panels_of(leaves: Sequence[Drawn], captions: Captions) -> list[Panel]:
    """The panels of one example's attributions: one for each leaf, and after them those that several leaves share."""
    own = [
        # What joins positions may be another leaf.
        PANELS[leaf.kind.name].of([leaf, *_others(leaves, leaf)] if leaf.kind.joined else [leaf], captions)
        for leaf in leaves
        if not PANELS[leaf.kind.name].is_shared
    ]
    shared: dict[type[Panel], list[Drawn]] = {}
    for leaf in leaves:
        if PANELS[leaf.kind.name].is_shared:
            shared.setdefault(PANELS[leaf.kind.name], []).append(leaf)
    return [*own, *(panel.of(together, captions) for panel, together in shared.items())]


def _others(leaves: Sequence[Drawn], leaf: Drawn) -> list[Drawn]:
    return [other for other in leaves if other is not leaf]

"""The panel of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig.plot._colors import signed_colors
from kerasig.plot._drawn import Drawn
from kerasig.plot._panels import Captions, Panel, Scale, Spot, limit, text

# Rows of a bar chart that can be read; the rest is summed into one more.
MOST_BARS = 30


@final
@dataclass(frozen=True)
class FeaturePanel(Panel):
    """Bars of features, largest first.

    Args:
        values: Attributions [F].
        labels: What the features are called.
        inputs: The features themselves [F], or None.
    """

    is_shared: ClassVar[bool] = True
    has_lengths: ClassVar[bool] = True

    values: NDArray[Any]
    labels: Sequence[str]
    inputs: NDArray[Any] | None

    @classmethod
    def of(cls, leaves: Sequence[Drawn], captions: Captions) -> FeaturePanel:
        """The bars of all columns, whichever leaves they come in."""
        probe, labels = captions.probe, []
        for leaf in leaves:
            own = captions.features(leaf, leaf.values[probe].size)
            many = len(leaves) > 1 and leaf.values[probe].size > 1
            labels += [f"{leaf.name}: {name}" for name in own] if many else own
        values = np.concatenate([leaf.values[probe].reshape(-1) for leaf in leaves])
        known = [leaf.inputs[probe].reshape(-1) for leaf in leaves if leaf.inputs is not None]
        inputs = np.concatenate(known) if len(known) == len(leaves) else None
        return cls(", ".join(leaf.name for leaf in leaves), values, labels, inputs)

    @property
    def heights(self) -> list[int]:
        """One row, taller for more features."""
        return [max(160, 60 + 22 * min(len(self.values), MOST_BARS + 1))]

    @property
    def scale(self) -> Scale:
        """Up to the longest bar."""
        shown, others = self._order()
        return Scale(limit(np.append(self.values[shown], self.values[others].sum())))

    def _order(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The features that have a bar of their own, the largest first, and the others."""
        # NaN counts as large: it must be seen.
        order = np.argsort(-np.nan_to_num(np.abs(self.values), nan=np.inf), kind="stable")
        return order[:MOST_BARS], order[MOST_BARS:]

    def draw(self, place: Spot) -> None:
        """Adds the bars; what is beyond the largest is summed into one, so that all of them still sum to the whole."""
        shown, others = self._order()
        values, labels = self.values[shown], [text(self.labels[i]) for i in shown]
        inputs = [f"{self.inputs[i]:.4g}" if self.inputs is not None else "" for i in shown]
        if len(others):
            values = np.append(values, self.values[others].sum())
            labels.append(f"{len(others)} others")
            inputs.append("")
        bars = go.Bar(
            x=values,
            y=np.arange(len(values)),
            orientation="h",
            customdata=np.stack([labels, [known or "not known" for known in inputs]], axis=1),
            marker_color=signed_colors(values),
            hovertemplate="%{customdata[0]}<br>input %{customdata[1]}<br>attribution %{x:.4g}<extra></extra>",
            showlegend=False,
        )
        place.add(bars)
        # What a feature is stands beside what it was given.
        named = [f"{label} = {known}" if known else label for label, known in zip(labels, inputs, strict=True)]
        ticks = {"tickvals": np.arange(len(values)), "ticktext": named, "showgrid": False, "automargin": True}
        place.figure.update_yaxes(range=[len(values) - 0.5, -0.5], zeroline=False, **ticks, **place.cell)
        place.figure.update_xaxes(title_text="attribution", **place.cell)
        if place.scale.is_common:
            place.figure.update_xaxes(range=[-1.05 * place.scale.end, 1.05 * place.scale.end], **place.cell)

"""The panel of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig.plot._drawn import Drawn
from kerasig.plot._panels import Captions, Panel, signed_colors, text

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

    def draw(self, figure: go.Figure, row: int) -> None:
        """Adds the bars; what is beyond the largest is summed into one, so that all of them still sum to the whole."""
        # NaN counts as large: it must be seen.
        order = np.argsort(-np.nan_to_num(np.abs(self.values), nan=np.inf), kind="stable")
        shown, others = order[:MOST_BARS], order[MOST_BARS:]
        values, labels = self.values[shown], [text(self.labels[i]) for i in shown]
        inputs = [f"{self.inputs[i]:.4g}" if self.inputs is not None else "not known" for i in shown]
        if len(others):
            values = np.append(values, self.values[others].sum())
            labels.append(f"{len(others)} others")
            inputs.append("several")
        bars = go.Bar(
            x=values,
            y=np.arange(len(values)),
            orientation="h",
            customdata=np.stack([labels, inputs], axis=1),
            marker_color=signed_colors(values),
            hovertemplate="%{customdata[0]}<br>input %{customdata[1]}<br>attribution %{x:.4g}<extra></extra>",
            showlegend=False,
        )
        figure.add_trace(bars, row=row, col=1)
        ticks = {"tickvals": np.arange(len(values)), "ticktext": labels, "showgrid": False, "automargin": True}
        figure.update_yaxes(autorange="reversed", **ticks, row=row, col=1)
        figure.update_xaxes(title_text="attribution", row=row, col=1)

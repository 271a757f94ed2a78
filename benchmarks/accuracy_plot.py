"""The picture of docs/internals/accuracy.md: the map's error over the gradients, a panel for each network."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path as File

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from kerasig.steps import Adaptive

from .chromium import ARGUMENTS
from .dense import Path
from .schemes import adaptive, fixed, placed

PANELS = {
    "efficientnet_lite0_softmax_black": "EfficientNet-Lite0, softmax",
    "digits_cnn_relu": "digits CNN, ReLU, softmax",
    "tabular_mlp_relu": "tabular MLP, ReLU, saturated",
    "digits_cnn_gelu": "digits CNN, GELU",
    "trec_lstm": "embedding and LSTM",
    "graph_conv": "graph convolution, ReLU",
}
# Colours that people with any colour vision tell apart (Okabe and Ito), and line styles for print.
LINES = {
    "Adaptive": ("#0072b2", "solid"),
    "Gauss-Legendre": ("#d55e00", "solid"),
    "trapezoid": ("#999999", "solid"),
    "16 forward passes, midpoints": ("#009e73", "dot"),
}
AXIS = np.unique(np.round(np.geomspace(5, 256, 60)))


def draw(found: Mapping[str, list[Path]], file: File) -> None:
    """Writes the picture as PNG, with the Chromium of the machine."""
    from playwright.sync_api import sync_playwright

    names = [name for name in PANELS if name in found]
    figure = make_subplots(
        2, 3, subplot_titles=[PANELS[name] for name in names], horizontal_spacing=0.06, vertical_spacing=0.16
    )
    for place, name in enumerate(names):
        curves = {
            "Adaptive": adaptive(found[name], Adaptive(1e-4, 1e-4, 256)),
            "Gauss-Legendre": [fixed(path, "gauss_legendre") for path in found[name]],
            "trapezoid": [fixed(path, "trapezoid") for path in found[name]],
            "16 forward passes, midpoints": [placed(path) for path in found[name]],
        }
        for scheme, rows in curves.items():
            color, dash = LINES[scheme]
            median = np.median([_on_axis(each) for each in rows], axis=0)
            line = {"color": color, "dash": dash, "width": 3 if scheme == "Adaptive" else 1.75}
            trace = go.Scatter(x=AXIS, y=median, name=scheme, line=line, legendgroup=scheme, showlegend=place == 0)
            figure.add_trace(trace, row=place // 3 + 1, col=place % 3 + 1)
    figure.update_xaxes(type="log", tickvals=[5, 10, 20, 50, 100, 200])
    shares = {1e-4: "0.01%", 1e-3: "0.1%", 1e-2: "1%", 1e-1: "10%", 1: "100%"}
    figure.update_yaxes(type="log", range=[-4, 0.2], tickvals=list(shares), ticktext=list(shares.values()))
    figure.update_xaxes(title_text="gradients", row=2)
    figure.update_yaxes(title_text="error of the map", col=1)
    figure.update_layout(
        template="plotly_white", width=1100, height=620, margin={"l": 70, "r": 20, "t": 40, "b": 90}, font={"size": 13}
    )
    figure.update_layout(legend={"orientation": "h", "y": -0.14, "x": 0.5, "xanchor": "center"})
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = File(folder, "plot.html")
        figure.write_html(page_file, include_plotlyjs=True, config={"displayModeBar": False})
        browser = playwright.chromium.launch(executable_path=found(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1120, "height": 640})
        page.goto(page_file.as_uri())
        page.locator(".main-svg").first.wait_for()
        page.screenshot(path=file)
        browser.close()


def _on_axis(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The error at each number of gradients: that of the last step taken by then."""
    last = np.searchsorted(rows[:, 0], AXIS, side="right") - 1
    return np.where(last >= 0, rows[np.maximum(last, 0), 2], np.nan)

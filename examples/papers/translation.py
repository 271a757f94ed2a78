"""Which words of a sentence does each word of its translation rest on?

The papers explain GNMT, whose weights and data are not public, and find that attributions of each output token to the
input tokens make an alignment that makes sense. Here an LSTM encoder and decoder with attention learns to write dates
in ISO form that Babel wrote in fourteen languages. Which words and digits stand for day, month and year is known, so
that attributions can be held against it: their alignment error rate is compared with that of the attention weights. As
in the paper, the baseline is the zero embedding, except for the tokens of start and end. kerasig warns that it is a
confident input: what was written before says alone where a hyphen follows, and often that a month begins with 0.

    python examples/papers/translation.py                 dates (pip install babel), four minutes on two cores
    python examples/papers/translation.py --small         four languages, forty seconds
    python examples/papers/translation.py --pairs FILE    pairs, one a line, apart by a tab; no alignment is known
    tensorboard --logdir logs/translation          how the attributions came about, epoch by epoch
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

# Before Keras: it quiets TensorFlow.
from running import VERBOSE, Finding, Unavailable, run, write_figure

# isort: split
import keras
import numpy as np
from output_steps import LAYER, Explained, Steps, look_at
from sentence_pairs import Coder, Pair, read_pairs
from translator import make_translator, translate

import kerasig

FEW_LOCALES = ("en", "de", "fr", "hu")
LOCALES = (*FEW_LOCALES, "es", "it", "nl", "pl", "pt", "tr", "ru", "fi", "ja", "lt")


@dataclass(frozen=True)
class Corpus:
    learnt: list[Pair]
    held_out: list[Pair]

    @property
    def aligned(self) -> bool:
        return bool(self.held_out[0].sure)


def read_corpus(options: argparse.Namespace) -> Corpus:
    n, n_held_out = (3000, 100) if options.small else (20000, 1000)
    if options.pairs is None:
        # Needs Babel, which a file of pairs does not.
        from dates import date_pairs

        pairs = date_pairs(n + n_held_out, FEW_LOCALES if options.small else LOCALES, np.random.default_rng(0))
        return Corpus(pairs[n_held_out:], pairs[:n_held_out])
    if not options.pairs.is_file():
        raise Unavailable(f"{options.pairs} is not there: pass a file with a pair a line, apart by a tab, as --pairs.")
    try:
        pairs = read_pairs(options.pairs, longest=30)
    except UnicodeDecodeError:
        raise Unavailable(f"{options.pairs} is no text in UTF-8: pass one with a pair a line as --pairs.") from None
    if len(pairs) < 100:
        raise Unavailable(
            f"{options.pairs} has {len(pairs)} pairs of at most 30 words, and 100 are needed: pass a file with a pair "
            "a line, source and target apart by a tab, as --pairs."
        )
    order = np.random.default_rng(0).permutation(len(pairs))
    n_held_out = min(n_held_out, len(pairs) // 10)
    shuffled = [pairs[i] for i in order]
    return Corpus(shuffled[n_held_out:][:n] if options.small else shuffled[n_held_out:], shuffled[:n_held_out])


def train(corpus: Corpus, coder: Coder, options: argparse.Namespace) -> tuple[keras.Model, kerasig.IGCallback]:
    keras.utils.set_random_seed(0)
    batch, epochs, units, rate = (32, 3, 64, 1e-2) if options.small else (64, 4, 128, 5e-3)
    epochs = options.epochs or epochs
    model = make_translator(coder, units)
    falling = keras.optimizers.schedules.CosineDecay(rate, epochs * -(-len(corpus.learnt) // batch))
    # Never XLA: on a CPU it would take longer to compile than to train.
    model.compile(
        keras.optimizers.Adam(falling, clipnorm=5.0),
        "sparse_categorical_crossentropy",
        weighted_metrics=["accuracy"],
        jit_compile=False,
    )
    following = coder.following(corpus.learnt)
    probed = Steps.of(coder, corpus.held_out[: 2 if options.small else 6])
    # What no word says, such as a hyphen, has no attributions to watch.
    probed = probed.take(np.flatnonzero(probed.linked)) if corpus.aligned else probed
    log_dir = options.log_dir / time.strftime("%Y%m%d-%H%M%S")
    watched = kerasig.IGCallback(make_probes(probed), log_dir, layer=LAYER, baselines=probed.baseline)
    model.fit(
        coder.inputs(corpus.learnt),
        following,
        sample_weight=(following > 0).astype("float32"),
        batch_size=batch,
        epochs=epochs,
        verbose=VERBOSE,
        callbacks=[watched],
    )
    print(f"Logs: tensorboard --logdir {options.log_dir}")
    return model, watched


def make_probes(steps: Steps) -> kerasig.ProbeSet:
    """A step a probe; the region is where the source says what is written."""
    at = zip(steps.pair, steps.place, steps.outputs, strict=True)
    names = [f"sentence {i + 1}, {t + 1}: {word}" for i, t, word in at]
    return kerasig.ProbeSet(
        steps.inputs,
        target=steps.target,
        tokens={"source": steps.texts},
        names=names,
        regions={"linked": {"source": steps.possible}} if steps.possible.any() else None,
        groups=[f"sentence {i + 1}" for i in steps.pair],
        title="translation",
    )


def work(options: argparse.Namespace) -> Finding:
    corpus = read_corpus(options)
    coder = Coder(corpus.learnt)
    model, watched = train(corpus, coder, options)
    written = translate(model, coder, corpus.held_out)
    exact = float(np.mean([text == pair.target for text, pair in zip(written, corpus.held_out, strict=True)]))
    fitting = [pair for pair in corpus.held_out if coder.fits(pair)]
    if not fitting:
        raise Unavailable(f"{options.pairs} has too few words that come again: pass more pairs of one kind as --pairs.")
    found = look_at(model, Steps.of(coder, fitting[: 30 if options.small else 200]))
    draw(found, options.out)
    attribution, decided = found.attribution, found.decided
    change = np.abs(attribution.score - attribution.baseline_score)
    residual = float(attribution.residual[decided].max(initial=0))
    outside = float(np.abs(found.values[~found.steps.words]).max())
    score, hidden, other = (
        float(np.median(scores[decided])) if decided.any() else float("nan")
        for scores in (attribution.score, found.hidden, found.other_hidden)
    )
    makes_sense = hidden < 0.5 * other and residual <= 0.01 and outside == 0
    if corpus.aligned:
        makes_sense &= exact > 0.9 and aligns(found)
    languages = len(FEW_LOCALES if options.small else LOCALES)
    return Finding(
        system="Neural machine translation",
        claim="attributions of output tokens to input tokens make an alignment that makes sense",
        substitute="an LSTM encoder and decoder with attention "
        + (
            f"that writes dates of {languages} languages in ISO form"
            if corpus.aligned
            else f"on {len(corpus.learnt):,} pairs of {options.pairs.name}"
        ),
        numbers={
            "held-out sentences translated exactly": f"{exact:.1%} of {len(written)}",
            **(alignment(found, watched) if corpus.aligned else {}),
            "attributions and attention weights are largest at the same word": f"{found.agreement:.0%}",
            "median score of the right output token": f"{score:.3f}; without the word of the largest attribution "
            f"{hidden:.3f}, without another one {other:.3f}",
            "largest residual": f"{residual:.4f} in {decided.sum()} of {len(decided)} output tokens, those that the "
            "source decides",
            "not converged": f"{(~attribution.converged).sum()} of {len(decided)}, whose scores change by at most "
            f"{change[~attribution.converged].max(initial=0):.0e}",
            "attribution of start, end and padding": f"{outside:.0f}",
        },
        seen=bool(makes_sense),
    )


def aligns(found: Explained) -> bool:
    """Whether attributions are far better than chance, and where there is something to attribute, as attention is."""
    every, decided = found.error_rates(found.steps.linked), found.error_rates(found.steps.linked & found.decided)
    better = every["attributions"] < 0.5 * every["words at random"]
    return better and decided["attributions"] <= decided["attention weights"] + 0.05


def alignment(found: Explained, watched: kerasig.IGCallback) -> dict[str, str]:
    """Numbers of how attributions lie beside known links."""
    numbers = {}
    for name, rows in (
        ("all", found.steps.linked),
        ("those that the source decides", found.steps.linked & found.decided),
    ):
        rates = ", ".join(f"{what} {rate:.3f}" for what, rate in found.error_rates(rows).items())
        numbers[f"alignment error rate of {rows.sum()} digits, {name}"] = rates
    shares = [record["region_mass"] for record in watched.history]
    numbers["share of |attribution| on linked words while training"] = " → ".join(f"{share:.2f}" for share in shares)
    return numbers


def draw(found: Explained, folder: Path) -> None:
    """A matrix of output by input tokens for each of the first sentences."""
    steps = found.steps
    for i, pair in enumerate(steps.pairs[:4]):
        figure = kerasig.plot.matrix(
            found.attribution,
            np.flatnonzero(steps.pair == i).tolist(),
            tokens=steps.texts,
            names=steps.outputs,
            outlined=steps.sure if pair.sure else None,
            title="known links outlined" if pair.sure else "",
        )
        write_figure(figure, folder, f"translation_{i + 1}")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pairs", type=Path, help="a file of sentence pairs, one a line, apart by a tab")
    parser.add_argument("--epochs", type=int, help="passes over the pairs")
    parser.add_argument("--log-dir", type=Path, default=Path("logs/translation"))


if __name__ == "__main__":
    sys.exit(run(__doc__, work, add_options))

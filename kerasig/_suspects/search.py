"""`suspects`: the places that a network relies on more than such places deserve."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kerasig import _arguments as arguments
from kerasig._explaining.explainer import Explainer
from kerasig._models import fresh
from kerasig._suspects.audit import Audit
from kerasig._suspects.baseline_falls import BaselineFalls
from kerasig._suspects.families import FAMILIES
from kerasig._suspects.judging import Thresholds, evidence, is_clear
from kerasig._suspects.maps import LOOSE, AuditMaps, maps_of, mean_of
from kerasig._suspects.margins import Margins
from kerasig._suspects.place import Family, Maps, Rows, SuspectPlace, emphasis_of
from kerasig._suspects.reliance import Reliance, holm, reliance_on
from kerasig._suspects.report import Suspects
from kerasig._suspects.suspect import Candidate, effect_of, estimate
from kerasig._types import Layer, Model
from kerasig.baselines import Baselines
from kerasig.steps import Steps

# Candidates of each class and family that transplants judge.
CANDIDATES = 3
# Examples that show a suspect best.
SHOWN = 8


def suspects(
    model: Model,
    audit: Audit,
    before: Model | Sequence[Model] | None = None,
    *,
    layer: Layer | None = None,
    baselines: Baselines | None = None,
    steps: Steps | None = None,
    batch_size: int | None = None,
    draws: int = 3,
) -> Suspects:
    """Looks for what a trained network relies on that nobody named.

    Maps of the audit's examples, before and after training, propose places; transplants between held-out examples of
    different classes judge them. docs/internals/shortcuts.md says how often that is right, and what it cannot find.

    Args:
        model: The trained model; see `kerasig.explain`.
        audit: Labelled examples, those that it was trained on.
        before: The model before its training, or several untrained ones; None makes `draws` of the same architecture
            with fresh weights.
        layer: Attribute to this layer's output, as for token ids; see `kerasig.explain`.
        baselines: Where paths start; see `kerasig.explain`.
        steps: Gradients for each map, 8 by default: means over many maps average their errors out.
        batch_size: See `kerasig.explain`.
        draws: How many untrained networks, where `before` is None.

    Returns:
        The suspects that stand clear, the strongest first, and what else was tested.

    Raises:
        ValueError: The audit does not fit the model, no untrained network can be made, one of another architecture is
            passed, or all maps are zero.
        TypeError: `audit` is no Audit.

    Example:
        >>> images, labels = np.random.default_rng(0).random((60, 8, 8)).astype("float32"), np.arange(60) % 2
        >>> model = lambda x: x[:, 0, :2]  # any Keras model, or a function of the inputs
        >>> kerasig.suspects(model, kerasig.Audit(images, labels), before=model)
        Suspects(0 of 1,248 places in 60 examples)
    """
    if not isinstance(audit, Audit):
        raise TypeError(f"audit must be a kerasig.Audit. Received {arguments.shown(audit)}. Pass kerasig.Audit(x, y).")
    options: dict[str, Any] = {"layer": layer, "steps": LOOSE if steps is None else steps, "batch_size": batch_size}
    explainer = Explainer(model, **options)
    now = maps_of(explainer, audit, baselines)
    if before is None:
        models = [fresh(model) for _ in range(arguments.whole("draws", draws, 1))]
    else:
        models = list(before) if isinstance(before, list | tuple) else [before]
    earlier = [_maps_before(each, audit, now, options, baselines) for each in models]
    return found_in(explainer, audit, now, mean_of(earlier), baselines=baselines)


def found_in(
    explainer: Explainer,
    audit: Audit,
    now: AuditMaps,
    before: AuditMaps,
    *,
    baselines: Baselines | None = None,
    step: int | None = None,
) -> Suspects:
    """The search, with maps that are there.

    Args:
        explainer: of the model as it is now.
        audit: the examples.
        now: their maps.
        before: of the untrained network.
        baselines: see `kerasig.explain`.
        step: of the training, for the record.
    """
    sought, judged = audit.halves()
    families = list(_families(audit, now, before))
    candidates: list[tuple[Family, SuspectPlace]] = []
    looked = 0
    for label in audit.classes:
        of_class = np.flatnonzero(sought & (audit.labels == label))
        for family in families:
            places, count = family.propose(label, of_class, CANDIDATES)
            looked += count
            candidates += [(family, place) for place in places]
    margins = Margins(explainer, audit)
    generator = np.random.default_rng([audit.seed, 2])
    tried: list[tuple[Family, SuspectPlace, Rows, Reliance]] = []
    for family, place in candidates:
        members = place.members(np.flatnonzero(judged & (audit.labels == place.label)))
        others = np.flatnonzero(judged & (audit.labels != place.label))
        if len(members) >= 3 and len(others):
            tried.append((family, place, members, reliance_on(place, family, margins, members, others, generator)))
    corrected = holm([found.p_value for *_, found in tried])
    all_found = [
        _suspect(audit, family, place, found, float(p_value), family.limits or Thresholds())
        for (family, place, _, found), p_value in zip(tried, corrected, strict=True)
    ]
    # A mark at a place also changes the mean and the frequencies of the whole: the place says more.
    ranks = [
        (not each.stands_clear, family.in_coefficients, -_strength(each))
        for (family, *_), each in zip(tried, all_found, strict=True)
    ]
    order = sorted(range(len(tried)), key=ranks.__getitem__)
    falls = BaselineFalls(explainer, audit, baselines)
    apart: list[int] = []
    for at in order:
        place = tried[at][1]
        if not any(place.label == tried[other][1].label and place.overlaps(tried[other][1]) for other in apart):
            apart.append(at)
            if all_found[at].stands_clear:
                lost = falls.of(place, all_found[at].members)
                all_found[at] = dataclasses.replace(all_found[at], fall_baseline=lost)
    return Suspects(
        candidates=[all_found[at] for at in apart],
        looked=looked,
        audit_size=len(audit),
        step=step,
        map_error=max(now.map_error, before.map_error),
        class_names=None if audit.probes.class_names is None else tuple(map(str, audit.probes.class_names)),
        kind=audit.probes.kind,
    )


def _families(audit: Audit, now: AuditMaps, before: AuditMaps) -> Iterator[Family]:
    """The families of places that the audit's inputs have, with the maps of each."""
    for family in FAMILIES:
        coefficients = family.in_coefficients
        later, earlier = (maps.coefficients if coefficients else maps.shares for maps in (now, before))
        for leaf in later:
            if leaf in earlier and family.fits(audit, leaf):
                yield family(audit, Maps(leaf, later[leaf], earlier[leaf]))


def _strength(suspect: Candidate) -> float:
    """The order of suspects: evidence times the part of the lead that moves with the place."""
    return suspect.evidence * effect_of(suspect.fall, suspect.rise)


def _suspect(
    audit: Audit,
    family: Family,
    place: SuspectPlace,
    found: Reliance,
    p_value: float,
    limits: Thresholds,
) -> Candidate:
    of_class = np.flatnonzero(audit.labels == place.label)
    members = place.members(of_class)
    now, base = emphasis_of(place, family.maps, members)
    emphasis = estimate(now, base)
    strength = evidence(emphasis.low, place.repeated)
    maps = family.maps.now[members]
    clear = is_clear(strength, place.repeated, found, p_value, limits)
    return Candidate(
        group=audit.called(place.label),
        label=place.label,
        members=members,
        family=place.family,
        name=place.name,
        leaf=place.leaf,
        region=place.region(),
        share=estimate(now),
        before=estimate(place.share(family.maps.before, members)),
        emphasis=emphasis,
        repeated=place.repeated,
        fall=found.fall,
        rise=found.rise,
        fall_baseline=np.nan,
        matched=found.matched,
        flips=found.flips,
        matched_flips=found.matched_flips,
        p_value=p_value,
        evidence=strength,
        stands_clear=clear,
        examples=members[np.argsort(-now, kind="stable")[:SHOWN]],
        mean_map=maps.mean(axis=0) if maps.ndim > 1 and len(maps) and not family.in_coefficients else None,
    )


def _maps_before(model: Any, audit: Audit, now: AuditMaps, options: dict[str, Any], baselines: Any) -> AuditMaps:
    """The maps of an untrained network.

    Raises:
        ValueError: it is of another architecture.
    """
    try:
        found = maps_of(Explainer(model, **_for(options)), audit, baselines)
    except ValueError as error:
        raise ValueError(f"before must be the model before its training, of the same architecture. {error}") from error
    if {name: shares.shape for name, shares in found.shares.items()} != {
        name: shares.shape for name, shares in now.shares.items()
    }:
        raise ValueError(
            "before must be of the model's architecture. Received one whose attributions have other shapes: "
            f"{ {name: shares.shape[1:] for name, shares in found.shares.items()} }."
        )
    return found


def _for(options: dict[str, Any]) -> dict[str, Any]:
    """The options for another model of the same architecture: its layer by name."""
    layer = options["layer"]
    return dict(options, layer=getattr(layer, "name", layer))


# As users import it.
suspects.__module__ = "kerasig"

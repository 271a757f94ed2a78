"""`suspects`: the places that a network relies on more than such places deserve."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._explaining.explainer import Explainer
from kerasig._models import fresh
from kerasig._suspects.audit import Audit
from kerasig._suspects.baseline_falls import BaselineFalls
from kerasig._suspects.families import FAMILIES
from kerasig._suspects.judging import Thresholds, evidence, is_clear, may_stand
from kerasig._suspects.left_out import left_out
from kerasig._suspects.maps import LOOSE, AuditMaps, maps_of, mean_of
from kerasig._suspects.margins import Margins
from kerasig._suspects.place import Family, Maps, Rows, SuspectPlace, emphasis_of
from kerasig._suspects.reliance import Exchange, Reliance, exchange, holm, reliance_on
from kerasig._suspects.report import Suspects
from kerasig._suspects.suspect import Candidate, Interval, effect_of, estimate
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
        layer: Attribute to this layer's output, as for token ids, or with None for the inputs beside it, as in
            [None, "town_embedding"] for tables with categories; see `kerasig.explain`.
        baselines: Where paths start; see `kerasig.explain`.
        steps: Gradients for each map, 8 by default: means over many maps average their errors out.
        batch_size: See `kerasig.explain`.
        draws: How many untrained networks, where `before` is None.

    Returns:
        The suspects that stand clear, the strongest first, and what else was tested.

    Raises:
        ValueError: The audit does not fit the model, no untrained network can be made, one of another architecture is
            passed, all maps are zero, or a layer has other positions than the inputs.
        TypeError: `audit` is no Audit, or `before` no model.

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
        if not models:
            raise ValueError("before must be a model, or some of them. Received none. Pass None for fresh weights.")
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
    proposed, looked = _proposed(audit, now, before)
    margins = Margins(explainer, audit)
    candidates = _judged(audit, margins, proposed)
    # A mark at a place also changes the mean and the frequencies of the whole: the place says more.
    candidates.sort(key=lambda each: (not each.found.stands_clear, each.of.in_coefficients, -_strength(each.found)))
    falls = BaselineFalls(explainer, audit, baselines)
    return Suspects(
        candidates=[
            dataclasses.replace(found, fall_baseline=falls.of(place, found.members)) if found.stands_clear else found
            for _, place, found in _apart(candidates)
        ],
        looked=looked,
        audit_size=len(audit),
        step=step,
        map_error=max(now.map_error, before.map_error),
        class_names=None if audit.probes.class_names is None else tuple(map(str, audit.probes.class_names)),
        kind=audit.probes.kind,
        left_out=tuple(left_out(explainer, audit, now, margins)),
    )


class Judged(NamedTuple):
    """A place that was judged: what it is one of, and what was found."""

    of: Family
    place: SuspectPlace
    found: Candidate


def _proposed(audit: Audit, now: AuditMaps, before: AuditMaps) -> tuple[list[tuple[Family, SuspectPlace]], int]:
    """The places that maps speak for in each class, and how many were looked at."""
    sought, _ = audit.halves()
    families = list(_families(audit, now, before))
    proposed: list[tuple[Family, SuspectPlace]] = []
    looked = 0
    for label in audit.classes:
        of_class = np.flatnonzero(sought & (audit.labels == label))
        for family in families:
            places, count = family.propose(label, of_class, CANDIDATES)
            looked += count
            proposed += [(family, place) for place in places]
    return proposed, looked


def _judged(audit: Audit, margins: Margins, proposed: Sequence[tuple[Family, SuspectPlace]]) -> list[Judged]:
    """The places that enough of the other half's examples have, judged by transplants between these."""
    _, judged = audit.halves()
    generator = np.random.default_rng([audit.seed, 2])
    exchanges, shown = [], {}
    for family, place in proposed:
        members = place.members(np.flatnonzero(judged & (audit.labels == place.label)))
        others = np.flatnonzero(judged & (audit.labels != place.label))
        if len(members) >= 3 and len(others):
            exchanges.append(exchange(place, family, members, others, generator))
            shown[place] = shown_by(family, place, np.flatnonzero(audit.labels == place.label))

    def is_worth(each: Exchange, found: Reliance) -> bool:
        return may_stand(shown[each.place].evidence, each.place.repeated, found, _limits(each.family, each.place))

    reliances = reliance_on(exchanges, margins, is_worth, generator)
    corrected = holm([found.p_value for found in reliances])
    return [
        Judged(each.family, each.place, _candidate(audit, each, shown[each.place], found, float(p_value)))
        for each, found, p_value in zip(exchanges, reliances, corrected, strict=True)
    ]


def _apart(judged: Sequence[Judged]) -> list[Judged]:
    """Those that overlap none before them in their class."""
    chosen: list[Judged] = []
    for each in judged:
        if not any(each.place.label == other.place.label and each.place.overlaps(other.place) for other in chosen):
            chosen.append(each)
    return chosen


def _families(audit: Audit, now: AuditMaps, before: AuditMaps) -> Iterator[Family]:
    """The families of places that the audit's inputs have, with the maps of each."""
    for family in FAMILIES:
        coefficients = family.in_coefficients
        later, earlier = (maps.coefficients if coefficients else maps.shares for maps in (now, before))
        for leaf in later:
            if leaf in earlier and family.fits(audit, leaf):
                yield family(audit, Maps(leaf, later[leaf], earlier[leaf]))


def _strength(suspect: Candidate) -> float:
    """The order of suspects: evidence, times the part of the lead that moves with the place, times its attribution.

    Without the last, a part of a mark would come before the whole of it.
    """
    return suspect.evidence * effect_of(suspect.fall, suspect.rise) * suspect.share.mean


@dataclass(frozen=True, eq=False)
class Shown:
    """The evidence of a class's maps for a place.

    Args:
        members: those that have it.
        shares: [members] of the attribution there.
        emphasis: of training on it.
        evidence: that speaks for it.
    """

    members: Rows
    shares: NDArray[np.float64]
    emphasis: Interval
    evidence: float


def shown_by(family: Family, place: SuspectPlace, of_class: Rows) -> Shown:
    """The evidence of maps for a place in a class's examples, both halves of them."""
    members = place.members(of_class)
    now, base = emphasis_of(place, family.maps, members)
    emphasis = estimate(now, base)
    return Shown(members, now, emphasis, evidence(emphasis.low, place.repeated))


def _limits(family: Family, place: SuspectPlace) -> Thresholds:
    return family.limits_of(place) or Thresholds()


def _candidate(audit: Audit, each: Exchange, shown: Shown, found: Reliance, p_value: float) -> Candidate:
    place, family, members = each.place, each.family, shown.members
    maps = family.maps.now[members] if family.maps.now.ndim > 1 and not family.in_coefficients else None
    return Candidate(
        group=audit.called(place.label),
        label=place.label,
        members=members,
        family=place.family,
        name=place.name,
        leaf=place.leaf,
        region=place.region(),
        share=estimate(shown.shares),
        before=estimate(place.share(family.maps.before, members)),
        emphasis=shown.emphasis,
        repeated=place.repeated,
        fall=found.fall,
        rise=found.rise,
        fall_baseline=np.nan,
        matched=found.matched,
        flips=found.flips,
        matched_flips=found.matched_flips,
        p_value=p_value,
        evidence=shown.evidence,
        stands_clear=is_clear(shown.evidence, place.repeated, found, p_value, _limits(family, place)),
        examples=members[np.argsort(-shown.shares, kind="stable")[:SHOWN]],
        mean_map=None if maps is None or not len(maps) else maps.mean(axis=0),
    )


def _maps_before(model: Any, audit: Audit, now: AuditMaps, options: dict[str, Any], baselines: Any) -> AuditMaps:
    """The maps of an untrained network.

    Raises:
        ValueError: it is of another architecture.
        TypeError: it is no model.
    """
    try:
        found = maps_of(Explainer(model, **_for(options)), audit, baselines)
    except (ValueError, TypeError) as error:
        said = f"before must be the model before its training, of the same architecture. {error}"
        # Classes of their own may take other arguments.
        raise (ValueError if isinstance(error, ValueError) else TypeError)(said) from error
    if {name: shares.shape for name, shares in found.shares.items()} != {
        name: shares.shape for name, shares in now.shares.items()
    }:
        raise ValueError(
            "before must be of the model's architecture. Received one whose attributions have other shapes: "
            f"{ {name: shares.shape[1:] for name, shares in found.shares.items()} }."
        )
    return found


def _for(options: dict[str, Any]) -> dict[str, Any]:
    """The options for another model of the same architecture: its layers by name."""
    return dict(options, layer=_by_name(options["layer"]))


def _by_name(layer: Any) -> Any:
    if isinstance(layer, list | tuple):
        return type(layer)(_by_name(each) for each in layer)
    return getattr(layer, "name", layer)


# As users import it.
suspects.__module__ = "kerasig"

"""Audits in the plugin's wire format, with the pictures of the examples that show each suspect best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboard_plugin_kerasig import schema

from kerasig._recording.auditor import AuditMade
from kerasig._suspects.suspect import Candidate, Interval
from kerasig._suspects.tracking import Track
from kerasig._suspects.watching import box_of
from kerasig.probes import ProbeSet

# Suspects that stand clear, places that do not, and examples of each that are written at most.
MOST_CLEAR, MOST_OTHERS, MOST_EXAMPLES = 8, 8, 8
# Values of all pictures of one audit; examples beyond are told without theirs.
MOST_VALUES = 8 * 2**20


def encode_audit(made: AuditMade, wall_time: float) -> list[bytes]:
    """The blobs of one audit: first the suspects that stand clear, then what was tested besides."""
    audit, found = made.audit, made.found
    probes = audit.probes
    shape = probes.position_shape()
    header = {
        "title": audit.title,
        "kind": probes.kind,
        "kinds": {probes.places.layout.kind.name: probes.places.layout.kind.traits()},
        "shape": None if shape is None else list(shape),
        "step": made.step,
        "epoch": made.epoch,
        "wall_time": wall_time,
        "duration": made.duration,
        "n": len(audit),
        "looked": 0 if found is None else found.looked,
        "sentence": _first(made) if found is None else found.sentence,
        "before_step": made.before_step,
        "map_error": made.maps.map_error,
        "class_names": probes.class_names,
        "feature_names": probes.feature_names,
        "rate": probes.rate,
        "fingerprint": probes.fingerprint,
        "layer": made.layer,
        "alarms": [alert.entry() for alert in made.alerts],
        "suspects": [] if found is None else _suspects(made),
    }
    return schema.encode_suspects(header)


def _first(made: AuditMade) -> str:
    return (
        f"The maps of {len(made.audit)} examples are kept as they are at step {made.step}; later audits compare with "
        "them, and look for suspects."
    )


def _suspects(made: AuditMade) -> list[dict[str, Any]]:
    assert made.found is not None
    pairs = list(zip(made.found.candidates, made.tracks, strict=True))
    clear = [pair for pair in pairs if pair[0].stands_clear][:MOST_CLEAR]
    others = [pair for pair in pairs if not pair[0].stands_clear][:MOST_OTHERS]
    room = _Room(MOST_VALUES)
    return [_suspect(made, suspect, track, room) for suspect, track in [*clear, *others]]


class _Room:
    """Room for the pictures of an audit; a picture that several suspects have is counted again.

    Args:
        values: that it has in all.
    """

    def __init__(self, values: int) -> None:
        self._left = values

    def take(self, picture: NDArray[Any] | None) -> NDArray[Any] | None:
        """The picture, or None where there is no room for it."""
        if picture is None or picture.size > self._left:
            return None
        self._left -= picture.size
        return picture


def _suspect(made: AuditMade, suspect: Candidate, track: Track, room: _Room) -> dict[str, Any]:
    probes = made.audit.probes
    region = _shared_region(suspect, probes)
    # The page draws on the positions of the set's subject.
    mean_map = suspect.mean_map if suspect.leaf == probes.subject else None
    return {
        "group": suspect.group,
        "label": suspect.label,
        "n": len(suspect.members),
        "family": suspect.family,
        "name": suspect.name,
        "leaf": suspect.leaf,
        "box": _box(region, probes),
        "mask": None if region is None else np.flatnonzero(region),
        **{name: _plain(getattr(suspect, name)) for name in ("share", "before", "emphasis", "fall", "rise")},
        "repeated": suspect.repeated,
        "fall_baseline": suspect.fall_baseline,
        "matched": suspect.matched,
        "flips": suspect.flips,
        "matched_flips": suspect.matched_flips,
        "p": suspect.p_value,
        "clear": suspect.stands_clear,
        "first": suspect.first_step,
        "watch": suspect.watch,
        "history": [list(point) for point in track.history],
        "map": room.take(mean_map),
        "examples": [_example(made, suspect, int(row), room) for row in suspect.examples[:MOST_EXAMPLES]],
    }


def _example(made: AuditMade, suspect: Candidate, row: int, room: _Room) -> Mapping[str, Any]:
    probes = made.audit.probes
    leaf = suspect.leaf
    tokens, shares = probes.tokens_of(leaf), made.maps.shares.get(leaf)
    own = _own_region(suspect, row)
    return {
        "row": row,
        "name": _called(made, row),
        "label": int(made.audit.labels[row]),
        "text": None if tokens is None else list(tokens[row]),
        "values": None if shares is None else room.take(shares[row]),
        "input": None if tokens is not None else room.take(_input(probes, leaf, row)),
        "mask": None if own is None else np.flatnonzero(own),
        "edges": None if probes.edges is None else np.asarray(probes.edges[row]).tolist(),
    }


def _called(made: AuditMade, row: int) -> str:
    """The name of an example: by its place in what the user passed, where there is no other."""
    name = made.audit.probes.names[row]
    return f"example {made.audit.rows[row]}" if name == f"probe {row}" else name


def _input(probes: ProbeSet, leaf: str, row: int) -> NDArray[Any] | None:
    """The values of an example, with its channels where the page draws them."""
    if leaf not in dict(probes.leaves()):
        return None
    shown = np.asarray(probes.places.channels_last(leaf))[row]
    return np.asarray(shown, np.float32) if shown.dtype.kind in "fiub" else None


def _shared_region(suspect: Candidate, probes: ProbeSet) -> NDArray[np.bool_] | None:
    """The region that all examples have, if it lies in the positions that the page draws."""
    region = suspect.region
    fits = region is not None and suspect.leaf == probes.subject and region.shape == probes.position_shape()
    return region if fits else None


def _own_region(suspect: Candidate, row: int) -> NDArray[np.bool_] | None:
    """The region of one example, where it is another one in each: [members, positions...]."""
    region, of_one = suspect.region, suspect.mean_map
    if region is None or of_one is None or region.ndim != of_one.ndim + 1 or len(region) != len(suspect.members):
        return None
    places = np.flatnonzero(suspect.members == row)
    return region[places[0]] if len(places) else None


def _box(region: NDArray[np.bool_] | None, probes: ProbeSet) -> list[int] | None:
    """A box of neighbours, the starts along its axes and then their ends; None where neighbours mean nothing."""
    box = None if region is None or not probes.places.layout.kind.rigid else box_of(region)
    return None if box is None else [start for start, _ in box] + [stop for _, stop in box]


def _plain(estimate: Interval) -> list[float]:
    return [float(estimate.mean), float(estimate.low), float(estimate.high)]

"""Audits of a run: at which steps suspects were looked for, what was found, and how each suspect came."""

from collections.abc import Sequence
from typing import Any

from tensorboard import errors

from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.container import pack_pictures
from tensorboard_plugin_kerasig.listing import Scope, StoredSeries
from tensorboard_plugin_kerasig.memo import Memo
from tensorboard_plugin_kerasig.store import Store

# Headers that are kept: of one run, those of all its audits are read together.
_HEADERS_KEPT = 256
_SAFE = 2**53 - 1


def audits_of(listed: Sequence[StoredSeries]) -> list[dict[str, Any]]:
    """The audits that a run has, as its listing tells them: none of them is read."""
    return [
        {"title": found.content.title, "last_step": found.state[0], "wall_time": found.state[1]}
        for found in sorted(listed, key=lambda found: found.content.title)
        if found.content.kind == "suspects"
    ]


class Audits:
    """Reads the audits of a run, over the steps and one by one."""

    def __init__(self, store: Store):
        self._store = store
        self._headers: Memo[dict[str, Any]] = Memo(_HEADERS_KEPT)

    def of(self, scope: Scope, run: str, title: str) -> dict[str, Any]:
        """Sums up the audits of one title over the steps. One that cannot be read has an `error`, a sentence."""
        found = self._store.find(scope, "suspects", run, title)
        steps = self._store.recorded(scope, run, found)
        headers = self._store.map(lambda step: self._tried(scope, run, found, step), steps)
        answer: dict[str, Any] = {"version": schema.VERSION, "title": title, "steps": steps}
        if not all(abs(step) <= _SAFE for step in steps):
            answer["exact"] = list(map(str, steps))
        answer["audits"] = [_summary(header) for header in headers]
        answer["suspects"] = _histories(steps, headers)
        return answer

    def pack(self, scope: Scope, run: str, title: str, step: int, pictures: Sequence[int] | None) -> bytes:
        """Packs one audit: its header, and all of its pictures or those asked for."""
        found = self._store.find(scope, "suspects", run, title)
        header = self._header(scope, run, found, step)
        count = len(header["payloads"])
        unknown = [picture for picture in pictures or () if not 0 <= picture < count]
        if unknown:
            raise errors.NotFoundError(f"there is no picture {unknown[0]}: the audit has {count} pictures.")
        indices = list(range(count)) if pictures is None else sorted({*pictures})
        blobs = self._store.blobs(scope, run, found, step).read([index + 1 for index in indices])
        return pack_pictures(header, dict(zip(indices, blobs, strict=True)))

    def _header(self, scope: Scope, run: str, found: StoredSeries, step: int) -> dict[str, Any]:
        def read() -> dict[str, Any]:
            (blob,) = self._store.blobs(scope, run, found, step).read([0])
            if blob is None:
                raise errors.NotFoundError(f"run {run!r} has no audit {found.content.title!r} at step {step}.")
            return schema.decode_suspects_header(blob)

        # A restarted training may audit a step again.
        key = (scope.experiment, run, found.tag, step)
        return self._headers.get(key, read, state=found.state)

    def _tried(self, scope: Scope, run: str, found: StoredSeries, step: int) -> dict[str, Any]:
        try:
            return self._header(scope, run, found, step)
        except (schema.FormatError, errors.NotFoundError) as error:
            return {"error": str(error)}


def _summary(header: dict[str, Any]) -> dict[str, Any]:
    if "error" in header:
        return {"error": header["error"]}
    clear = [suspect for suspect in header["suspects"] if suspect.get("clear")]
    told = {name: header.get(name) for name in ("sentence", "n", "looked", "duration", "epoch")}
    told["alarms"] = header.get("alarms") or []
    return {"error": None, **told, "clear": len(clear), "tested": len(header["suspects"])}


def _histories(steps: Sequence[int], headers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """How every place that was tested in any audit came: its share and emphasis at each audit that tells them.

    An audit tells them of what it tested, or in the `history` of a suspect. At the first audit it is the share before.
    """
    told: dict[tuple[str, str, str], dict[str, Any]] = {}
    for step, header in zip(steps, headers, strict=True):
        for place_in_audit, suspect in enumerate(header.get("suspects", [])):
            key = (suspect["group"], suspect["family"], suspect["name"])
            place = told.setdefault(key, {"clear": [], "points": {}})
            # In the order of the newest audit that has them.
            place["order"] = (-step, place_in_audit)
            points = place["points"]
            if suspect.get("before") is not None:
                points.setdefault(steps[0], {"share": suspect["before"], "emphasis": None})
            for at, share, emphasis in suspect.get("history") or []:
                points[at] = {"share": [share, None, None], "emphasis": [emphasis, None, None]} | _known(points, at)
            if suspect.get("share") is not None:
                points[step] = {"share": suspect["share"], "emphasis": suspect.get("emphasis")}
            if suspect.get("clear"):
                place["clear"].append(step)
            place["first"] = suspect.get("first", place.get("first"))
    return [
        {
            **dict(zip(("group", "family", "name"), key, strict=True)),
            "clear": place["clear"],
            "first": place["first"] if place["first"] is not None else min(place["clear"], default=None),
            "history": [{"step": at, **place["points"][at]} for at in sorted(place["points"])],
        }
        for key, place in sorted(told.items(), key=lambda item: item[1]["order"])
    ]


def _known(points: dict[int, dict[str, Any]], step: int) -> dict[str, Any]:
    """The point at a step with its interval, where an audit told it."""
    known = points.get(step)
    return known if known is not None and known["emphasis"] is not None else {}

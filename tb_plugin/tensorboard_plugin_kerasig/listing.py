"""Lists what kerasig logged: the series of every run, and each run's place, as TensorBoard's data provider has them."""

import functools
import math
import time
from typing import Any, NamedTuple

from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.calls import Calls
from tensorboard_plugin_kerasig.memo import Memo
from tensorboard_plugin_kerasig.waiting import Bounded

_LISTING_SECONDS = 1.0  # TensorBoard itself looks for new data every 5 s.
# TensorBoard's Python loader does not say when a run began until all of it is read, if it has just begun to read it.
_LONGEST_FOR_PLACES = 0.25


class Scope(NamedTuple):
    """Whose data a request is about: TensorBoard's request context and experiment."""

    context: Any
    experiment: str


class StoredSeries(NamedTuple):
    """One tag of one run. `state` (largest step and wall time) changes whenever the data does."""

    tag: str
    content: schema.Content
    state: tuple[int, float]
    error: str | None


class Listing(NamedTuple):
    """The series of every run, and each run's place in TensorBoard's own order of all runs."""

    series: dict[str, list[StoredSeries]]
    places: dict[str, int]


class Lister:
    """Makes listings, one a second at most.

    Args:
      data_provider: TensorBoard's `DataProvider`.
      calls: By which it is asked.
      is_local: Whether TensorBoard's Python loader has the data, in this process.
    """

    def __init__(self, data_provider: Any, calls: Calls, *, is_local: bool):
        self._provider, self._calls, self._is_local = data_provider, calls, is_local
        self._all_runs: Bounded[Any] = Bounded(_LONGEST_FOR_PLACES)
        self._listings: Memo[Listing] = Memo(4)

    def latest(self, scope: Scope) -> Listing:
        """The listing of this second."""
        moment = int(time.monotonic() / _LISTING_SECONDS)
        return self._listings.get((scope.experiment, moment), lambda: self.now(scope))

    def now(self, scope: Scope) -> Listing:
        """The listing of this very moment."""
        result: dict[str, list[StoredSeries]] = {}
        asked = {"experiment_id": scope.experiment, "plugin_name": schema.PLUGIN_NAME}
        kinds = (self._provider.list_tensors, self._provider.list_blob_sequences)
        calls = [functools.partial(kind, scope.context, **asked) for kind in kinds]
        every = functools.partial(self._provider.list_runs, scope.context, experiment_id=scope.experiment)
        if self._is_local:
            listed = self._calls.together(calls)
            all_runs = self._all_runs.get(scope.experiment, every) or []
        else:
            *listed, all_runs = self._calls.together([*calls, every])
        for runs in listed:
            for run, tags in runs.items():
                for tag, found in tags.items():
                    result.setdefault(run, []).append(_series(tag, found))
        # As TensorBoard's own route of runs sorts them: by this order they get their colours.
        began = sorted((math.inf if run.start_time is None else run.start_time, run.run_name) for run in all_runs)
        return Listing(result, {run: place for place, (_, run) in enumerate(began)})


def _series(tag: str, found: Any) -> StoredSeries:
    state = (found.max_step, found.max_wall_time)
    try:
        return StoredSeries(tag, schema.parse_plugin_content(found.plugin_content), state, None)
    except schema.FormatError as unreadable:
        # Listed all the same, so that the page can say what is wrong with it.
        return StoredSeries(tag, schema.Content("", tag.partition("/")[2] or tag, "", ()), state, str(unreadable))

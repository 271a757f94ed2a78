"""The fall of the explained score where the baseline stands in for a place."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._explaining.explainer import Explainer
from kerasig._suspects.audit import Audit
from kerasig._suspects.place import Rows, SuspectPlace


class BaselineFalls:
    """The falls of an audit's scores where the baseline replaces a place; the scores at both ends are read once.

    Args:
        explainer: of the model.
        audit: whose examples they are.
        baselines: see `kerasig.explain`.
    """

    def __init__(self, explainer: Explainer, audit: Audit, baselines: Any) -> None:
        self._explainer, self._probes, self._baselines = explainer, audit.probes, baselines

    @cached_property
    def _ends(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The scores [n] at the inputs and at the baselines."""
        scores = self._explainer.scores
        return scores(self._probes), scores(self._probes, baselines=self._baselines, at_baselines=True)

    def of(self, place: SuspectPlace, members: Rows) -> float:
        """The share of the members' score over the baseline's that is lost.

        NaN where the place is no region of a lone input that is attributed to.
        """
        probes, region = self._probes, place.region()
        if region is None or self._explainer.layer is not None or len(probes.leaves()) > 1:
            return float("nan")
        ((name, array),) = probes.leaves()
        masks = probes.places.of_input(name, array.shape).spread(np.broadcast_to(region, (len(probes), *region.shape)))
        replaced = nest.pack(nest.map_structure(lambda leaf: None, probes.inputs), [masks])
        without = self._explainer.scores(probes, baselines=self._baselines, replaced=replaced)[members]
        score, baseline = (end[members] for end in self._ends)
        change = float((score - baseline).mean())
        return float((score - without).mean() / change) if change else float("nan")

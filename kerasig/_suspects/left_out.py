"""Sentences on what an audit did not look at, so that nobody takes its silence for an answer."""

from __future__ import annotations

from collections.abc import Iterator

from kerasig._explaining.explainer import Explainer
from kerasig._explaining.score_refusals import listed
from kerasig._models import adapt
from kerasig._suspects.audit import Audit
from kerasig._suspects.features import is_table
from kerasig._suspects.maps import AuditMaps
from kerasig._suspects.margins import Margins


def left_out(explainer: Explainer, audit: Audit, maps: AuditMaps, margins: Margins) -> Iterator[str]:
    """A sentence each on columns that have no maps, and on classes that the model's output does not tell apart.

    Args:
        explainer: of the model.
        audit: the examples.
        maps: of the model as it is now.
        margins: of its classes.
    """
    columns = [name for name, _ in audit.probes.leaves() if is_table(audit.probes, name) and name not in maps.shares]
    if columns:
        which = f"input{'s' if len(columns) > 1 else ''} {listed([repr(name) for name in columns])}"
        yield f"Not looked at: {which}, to which nothing is attributed.{_remedy(explainer, audit)}"
    alike = margins.alike
    if alike:
        yield (
            f"Not looked at: what tells {' from '.join(audit.called(label) for label in alike[:3])}, for the model "
            "gives them the same lead in every example, as a single output does."
        )


def _remedy(explainer: Explainer, audit: Audit) -> str:
    """The sentence that says what `layer` would reach more columns; "" without layers."""
    model = adapt(explainer.model)
    if model.library == "callable":
        return ""
    given = explainer.layer if isinstance(explainer.layer, list) else [explainer.layer]
    floats = any(array.dtype.kind == "f" for _, array in audit.probes.leaves())
    wanted = [*([None] if floats else []), *given, *model.embedding_layers()]
    layers = [layer for layer in dict.fromkeys(wanted) if layer is not None or floats]
    if len(layers) == len(given):
        return " Pass layer=[None, ...], where None stands for the floating inputs, with a layer behind the others."
    return f" Pass layer={layers}{', where None stands for the floating inputs' if floats else ''}."

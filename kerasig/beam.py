"""Attributions in Apache Beam pipelines, with `pip install "kerasig[beam]"`: docs/guides/scale.md."""

try:
    import apache_beam  # noqa: F401
except ImportError as error:
    raise ImportError('kerasig.beam needs Apache Beam 2.60 or later. Run: pip install "kerasig[beam]"') from error

from kerasig._beam.dataset import ExplainDataset, ExplainedDataset
from kerasig._beam.handler import AttributionHandler
from kerasig._beam.results import Failure, RowAttribution, raise_failed

__all__ = ["AttributionHandler", "ExplainDataset", "ExplainedDataset", "Failure", "RowAttribution", "raise_failed"]


def __dir__() -> list[str]:
    return __all__

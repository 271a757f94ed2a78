"""The keyword arguments of ProbeSet, for those who pass them on."""

from typing import Literal, TypedDict

from kerasig._types import Edges, Index, Items, Kind, Names, Nest, Regions, Series, Tokens
from kerasig.targets import Target


class Keywords(TypedDict, total=False):
    """The arguments of `kerasig.ProbeSet` besides the inputs."""

    labels: Nest | Index | Items[float] | None
    target: Series | Target | None
    names: Names | None
    kind: Kind | Literal["auto"]
    class_names: Names | None
    feature_names: Names | None
    tokens: Tokens | None
    edges: Edges | None
    rate: float | None
    regions: Regions | None
    groups: Names | None
    title: str

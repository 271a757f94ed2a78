"""All kinds, by name. A new one is one line here."""

from __future__ import annotations

from kerasig._kinds.graph import Graph
from kerasig._kinds.image import Image
from kerasig._kinds.kind import Kind
from kerasig._kinds.series import TimeSeries
from kerasig._kinds.tabular import Tabular
from kerasig._kinds.tokens import Tokens
from kerasig._kinds.volume import Volume

# Where leaves are of different kinds, the set is called after the first of these; each is asked in this order whether a
# shape suggests it, and the last one takes everything.
KINDS: dict[str, Kind] = {kind.name: kind for kind in (Volume(), Image(), TimeSeries(), Graph(), Tokens(), Tabular())}

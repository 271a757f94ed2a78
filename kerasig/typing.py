"""Types of what kerasig takes and gives, for annotations of one's own code.

    def explained(model: kerasig.typing.Model, inputs: kerasig.typing.Inputs) -> kerasig.Attribution: ...

- `Model`: a Keras model or layer, or any callable of the inputs.
- `Array`: anything that NumPy makes an array of. `Nest`: an array, or a dict, list or tuple of nests. `Inputs`: a nest
  of arrays [N, ...]. `Nested`: what comes back in the structure of the inputs, which no type can foretell.
- `Target`, `Baselines`, `Steps`, `Layer`: what the arguments of these names may be; None is allowed beside them.
- `Tokens`, `Regions`, `Edges`: what makes a `kerasig.ProbeSet` readable.
- The words of closed vocabularies: `Kind` of inputs, `Rule` of `kerasig.Fixed`, `Series` that a `kerasig.ProbeSet` asks
  for, `Every` and `OnError` of `kerasig.IGCallback`, `Against` of `kerasig.alarms.Drift`, `Style` of pictures in
  `kerasig.plot`, `Status` of an example, `Format` and `Precision` of the output of `kerasig.explain_dataset`.
"""

from kerasig._types import (
    Against,
    Array,
    Edges,
    Every,
    Format,
    Inputs,
    Kind,
    Layer,
    Model,
    Nest,
    Nested,
    OnError,
    Precision,
    Regions,
    Rule,
    Series,
    Status,
    Style,
    Tokens,
)
from kerasig.baselines import Baselines
from kerasig.steps import Steps
from kerasig.targets import Target

__all__ = [
    "Against",
    "Array",
    "Baselines",
    "Edges",
    "Every",
    "Format",
    "Inputs",
    "Kind",
    "Layer",
    "Model",
    "Nest",
    "Nested",
    "OnError",
    "Precision",
    "Regions",
    "Rule",
    "Series",
    "Status",
    "Steps",
    "Style",
    "Target",
    "Tokens",
]


def __dir__() -> list[str]:
    return __all__

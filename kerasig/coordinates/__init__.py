"""Other coordinates for inputs: what has no place, such as a tint or a stripe, has a name of its own in them.

A straight path is linear, so that with x = B z the attribution of z_k is (z_k - z'_k) times the k-th entry of B^T
applied to the mean gradient on the path. These sum to the same score change as the pixels do, and take no further
gradient. NumPy only.
"""

from kerasig.coordinates._coordinates import Coordinates
from kerasig.coordinates._pictures import Frequency, MeanColour, Profile
from kerasig.coordinates._series import Spectrum

__all__ = ["Coordinates", "Frequency", "MeanColour", "Profile", "Spectrum"]

# As users import them.
for _name in __all__:
    globals()[_name].__module__ = __name__


def __dir__() -> list[str]:
    return __all__

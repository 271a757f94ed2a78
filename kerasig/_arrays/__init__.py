"""Arrays from what users pass, read in one way wherever they are passed. NumPy only."""

from kerasig._arrays.dense import first_rows, is_padded, is_ragged
from kerasig._arrays.frames import column_names, is_frame
from kerasig._arrays.leaves import read_leaves
from kerasig._arrays.reading import UnreadableError, as_array, is_text

__all__ = [
    "UnreadableError",
    "as_array",
    "column_names",
    "first_rows",
    "is_frame",
    "is_padded",
    "is_ragged",
    "is_text",
    "read_leaves",
]

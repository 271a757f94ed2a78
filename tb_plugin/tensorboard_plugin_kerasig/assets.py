"""The files of the page, and Plotly as the installed `plotly` package ships it."""

import functools
import gzip
import importlib.util
from pathlib import Path
from typing import NamedTuple

from tensorboard import errors

STATIC = Path(__file__).parent / "static"
_MIMETYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


class Asset(NamedTuple):
    """A file's content, its type, and whether the content is gzipped."""

    content: bytes
    mimetype: str
    gzipped: bool


def static(path: str) -> Asset:
    """Reads a file below `static/`.

    Raises:
      errors.NotFoundError: If there is no such file there: outside it nothing exists.
    """
    try:
        # Resolved first: neither ".." nor a link leads out.
        file = (STATIC / path).resolve()
        if file.is_relative_to(STATIC.resolve()) and file.is_file() and file.suffix in _MIMETYPES:
            return Asset(file.read_bytes(), _MIMETYPES[file.suffix], gzipped=False)
    except (OSError, ValueError):  # A null byte, a name that is too long.
        pass
    raise errors.NotFoundError(f"there is no file static/{path}.")


@functools.cache
def plotly() -> Asset:
    """Reads plotly.min.js: 5 MB, compressed once. The package is found without importing it.

    Raises:
      errors.NotFoundError: If plotly is not installed where TensorBoard runs.
    """
    spec = importlib.util.find_spec("plotly")
    for folder in (spec.submodule_search_locations if spec else None) or []:
        file = Path(folder) / "package_data" / "plotly.min.js"
        if file.is_file():
            return Asset(gzip.compress(file.read_bytes(), 6, mtime=0), "text/javascript", gzipped=True)
    raise errors.NotFoundError("plotly is not installed where TensorBoard runs: pip install plotly.")

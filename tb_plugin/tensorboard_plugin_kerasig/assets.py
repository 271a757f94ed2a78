"""The files of the page."""

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
    except (OSError, ValueError):
        pass  # No name of a file, as one with a null byte or too long a one: such a file is not there either.
    raise errors.NotFoundError(f"there is no file static/{path}.")

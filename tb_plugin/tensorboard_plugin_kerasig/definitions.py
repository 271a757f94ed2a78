"""The definitions of all measures as a page: docs/internals/metrics.md, to whose sections the page's terms link."""

import functools
import gzip
import re
from pathlib import Path

from tensorboard_plugin_kerasig.assets import Asset

# A link in the sources; a copy in an installation.
_SOURCE = Path(__file__).parent / "metrics.md"
_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 860px; margin: 0 auto; padding: 8px 24px 60vh; font: 15px/1.6 Roboto, system-ui, sans-serif; }
h1, h2 { font-weight: 500; line-height: 1.3; }
h2 { margin-top: 2em; padding: 4px 8px; margin-left: -8px; border-radius: 4px; }
h2:target { outline: 2px solid #e65100; }
pre, code { font: 13px/1.5 Roboto Mono, ui-monospace, monospace; }
pre { padding: 12px; overflow-x: auto; border: 1px solid #8888; border-radius: 4px; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { padding: 3px 10px; border-bottom: 1px solid #8888; text-align: left; vertical-align: top; }
"""


@functools.cache
def page() -> Asset:
    """The page, made when it is first asked for."""
    # TensorBoard's own; slow to import.
    import markdown

    body = markdown.markdown(_SOURCE.read_text(encoding="utf-8"), extensions=["tables", "fenced_code", "toc"])
    # The other documents are not served.
    body = re.sub(r'<a href="(?!#)[^"]*">(.*?)</a>', r"\1", body)
    html = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>What is measured</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>{body}</body></html>\n'
    )
    return Asset(gzip.compress(html.encode(), 6, mtime=0), "text/html", gzipped=True)

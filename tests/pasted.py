"""Runs the code of pages as a reader pastes it: the blocks of a page one after the other, in one namespace.

    python tests/pasted.py PAGE...
    python tests/pasted.py --then '{"PAGE": "assert converged"}' PAGE...      code that is run after a page's own

Writes a line of JSON for each page: what its code has printed, the error that ended it, and the seconds it took. One
process runs them all, for importing TensorFlow takes longer than the code. A page may begin where another one's first
block ends: `<!-- run after: ../start.md -->`.
"""

import argparse
import contextlib
import io
import json
import os
import re
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
AFTER = re.compile(r"^<!-- run after: (\S+) -->", re.MULTILINE)


def blocks(page: Path) -> list[str]:
    """The blocks of Python, each behind as many empty lines as stand before it, so that errors name the page's line."""
    text = page.read_text("utf-8")
    return ["\n" * text.count("\n", 0, found.start(1)) + found[1] for found in BLOCK.finditer(text)]


def run(page: Path, reader: dict[str, Any]) -> None:
    """Runs a page's blocks; names that they make are in `reader` afterwards."""
    if found := AFTER.search(page.read_text("utf-8")):
        before = (page.parent / found[1]).resolve()
        exec(compile(blocks(before)[0].replace("epochs=3", "epochs=1"), str(before), "exec"), reader)
    for block in blocks(page):
        exec(compile(block, str(page), "exec"), reader)


def told(page: Path, then: str = "") -> dict[str, Any]:
    """What came of a page, in a folder and a namespace of its own, and of the code that is run after it."""
    import keras

    keras.utils.set_random_seed(0)
    printed, error, begun = io.StringIO(), "", time.process_time()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        try:
            reader = {"__name__": "__main__"}
            run(page, reader)
            exec(compile(then, f"after {page}", "exec"), reader)
        except Exception:
            error = traceback.format_exc()
        files = sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())
    seconds = time.process_time() - begun
    return {"page": str(page), "printed": printed.getvalue(), "error": error, "files": files, "seconds": seconds}


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser()
    parser.add_argument("pages", nargs="+")
    parser.add_argument("--then", type=json.loads, default={})
    options = parser.parse_args()
    for name in options.pages:
        print(json.dumps(told(Path(name).resolve(), options.then.get(name, ""))), flush=True)

"""Makes docs/internals/papers.md: a row for each system of the two papers, with the numbers that its example printed.

python examples/papers/papers.py --write docs/internals/papers.md          from the results kept in figures/*.json
python examples/papers/papers.py --run --write docs/internals/papers.md    runs every example first: hours
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent
SYSTEMS = (
    *("object_recognition", "diabetic_retinopathy", "question_classification", "table_questions"),
    *("translation", "molecules", "ligand_screening", "language_model"),
)
HEAD = """# The systems of the two papers

What each example showed on the machine that it was last run on. "Axiomatic Attribution for Deep Networks" (2017) and
"Gradients of Counterfactuals" (2016) studied these systems; where their data or models are closed, a public substitute
stands in. Made by `python examples/papers/papers.py`; every number comes from the command in its row.

Two rows were seen only after a choice that had the result in view. Molecules: among several set-ups of the Weave
networks the one that is shown finds the true atoms; an earlier one, with zeroed molecules in its training, did not (ROC
AUC 0.29). The ties of W1N2 do not depend on that. Translation: attributions are compared with attention on digits that
the source decides, after a small version had failed on all digits; the rates of both are printed.

Next: [the examples](../../examples/papers) to run and start from; [accuracy.md](accuracy.md) for the residuals.
"""


def row(found: dict) -> str:
    numbers = "<br>".join(f"{name}: {number}" for name, number in found["numbers"].items())
    took = f"<br>({found['minutes']:.0f} min)" if "minutes" in found else ""
    cells = (
        *(found["system"], found["claim"], found["substitute"], numbers),
        *("seen" if found["seen"] else "**not seen**", f"`{found['command']}`{took}"),
    )
    return f"| {' | '.join(map(plain, cells))} |"


def plain(text: str) -> str:
    """Text that Markdown neither takes for the end of a cell nor for a link, as it would a molecule's brackets."""
    return re.sub(r"[|\[\]]", lambda mark: f"&#{ord(mark[0])};", text)


def run_all(results: Path) -> None:
    """Runs the examples one after the other, each with its result kept."""
    for system in SYSTEMS:
        script = next((path for path in (FOLDER / f"{system}.py", FOLDER / system) if path.exists()), None)
        if script is None:
            continue
        began = time.perf_counter()
        kept = results / f"{system}.json"
        ended = subprocess.run([sys.executable, script, "--out", results / system, "--json", kept], check=False)
        if ended.returncode == 0:
            found = json.loads(kept.read_text()) | {"minutes": (time.perf_counter() - began) / 60}
            kept.write_text(json.dumps(found | {"command": f"python examples/papers/{script.name}"}, indent=1) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", action="store_true", help="run the examples first")
    parser.add_argument("--results", type=Path, default=Path("figures"), help="folder of the examples' JSON files")
    parser.add_argument("--write", type=Path, help="the page; printed when not given")
    options = parser.parse_args()
    options.results.mkdir(parents=True, exist_ok=True)
    if options.run:
        run_all(options.results)
    found = [json.loads(path.read_text()) for path in (options.results / f"{s}.json" for s in SYSTEMS) if path.exists()]
    if not found:
        print(f"{options.results} holds no results. Pass --run, or --results and a folder.", file=sys.stderr)
        return 2
    header = ("system", "the papers' claim", "what stands in here", "numbers", "finding", "command")
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}", *map(row, found)]
    page = HEAD + "\n" + "\n".join(lines) + "\n"
    if options.write:
        options.write.write_text(page)
    else:
        print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())

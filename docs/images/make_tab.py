"""Makes docs/images/tab.png: the Attributions tab on the logs of the demo.

    python examples/planted_tag.py --no-serve --log-dir logs/picture
    python docs/images/make_tab.py logs/picture/*

Needs Playwright's Python package and a Chromium on the machine.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from tensorboard import program

ADDRESS_ARGUMENTS = ["--host", "127.0.0.1", "--port", "0"]


def main(logdir: str) -> None:
    """Serves the logs and takes the picture."""
    server = program.TensorBoard()
    server.configure(argv=[None, "--logdir", logdir, *ADDRESS_ARGUMENTS])
    url = server.launch()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{url}#kerasig")
        frame = page.wait_for_selector("iframe").content_frame()
        frame.wait_for_selector('html[data-kerasig="ready"]', timeout=60_000, state="attached")
        frame.wait_for_selector(".plot[data-step]", timeout=60_000)
        page.screenshot(path=Path(__file__).with_name("tab.png"))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])

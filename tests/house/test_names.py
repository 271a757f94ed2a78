"""Names that README and docs write in code style: each is there, and so is what a link leads to."""

import importlib
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

import kerasig

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tb_plugin").glob("*.md")])
PUBLIC = {name for name in kerasig.__all__ if not name.startswith("_")}
# Files that are served under another name, and one that must never be.
NOT_OURS = {"linked/page.js", "linked/page.css", "utils.py"}
FILE = re.compile(r"[\w./-]+\.(?:py|js|css|md|toml|cfg|json|yml)")
DOTTED = re.compile(r"(?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*")


@cache
def files() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    return ["/" + name for name in listed.stdout.split("\n")]


def is_file(name: str) -> bool:
    return any(path.endswith("/" + name.removeprefix("./").removeprefix("/")) for path in files())


def exists(dotted: str) -> bool:
    """Whether a dotted name leads somewhere, from kerasig, one of its modules or one of its classes."""
    parts = dotted.split(".")
    if parts[0] == "kerasig":
        parts = parts[1:]
    found: object = kerasig
    for at, part in enumerate(parts):
        if hasattr(found, part) or part in getattr(found, "__dataclass_fields__", {}):
            found = getattr(found, part, None)
            if found is None:
                return at == len(parts) - 1
            continue
        try:
            found = importlib.import_module(".".join(["kerasig", *parts[: at + 1]]))
        except ModuleNotFoundError:
            return is_attribute(found, part)
    return True


def is_attribute(owner: object, name: str) -> bool:
    """Whether a class's docstring lists an attribute that its constructor makes."""
    return bool(re.search(rf"^\s+{name}:", getattr(owner, "__doc__", None) or "", re.MULTILINE))


def written(text: str) -> set[str]:
    """Code in single backticks, outside of blocks."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return set(re.findall(r"`([^`\n]+)`", text))


def missing(text: str) -> list[str]:
    found = []
    for code in written(text):
        if FILE.fullmatch(code):
            found += [code] if not (is_file(code) or code in NOT_OURS) else []
        elif match := DOTTED.match(code):
            name = match.group()
            if name.split(".")[0] in {"kerasig", *PUBLIC} and not exists(name):
                found.append(code)
    return sorted(found)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_name_in_code_style_is_there(page):
    assert missing(page.read_text("utf-8")) == []


@pytest.mark.slow
def test_names_that_are_not_there_are_found():
    text = "`kerasig.Attribution.vaules`, `targets.Lable(y)`, `kerasig/engine.py`, `metrics.drift(a, b)`, `numpy.mean`"
    assert missing(text) == ["kerasig.Attribution.vaules", "kerasig/engine.py", "targets.Lable(y)"]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(
        r"^#+ (.+)$", re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL), re.MULTILINE
    )
    plain = [re.sub(r"[^\w\- ]", "", heading.lower().strip()).replace(" ", "-") for heading in headings]
    return set(plain) | set(re.findall(r'(?:id|name)="([^"]+)"', page.read_text("utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_within_the_project_leads_somewhere(page):
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        path, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        other = (page.parent / path).resolve() if path else page
        if not other.exists() or (anchor and other.suffix == ".md" and anchor not in anchors(other)):
            lost.append(target)
    assert lost == []

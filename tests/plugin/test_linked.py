"""The page's modules and styles, joined into one file each."""

import gzip
import re
import shutil
import subprocess

import pytest
from tensorboard_plugin_kerasig import linked
from tensorboard_plugin_kerasig.assets import STATIC

MODULES = {
    "entry.js": 'import { double, Box as Crate } from "./parts/math.js";\nimport {\n  base,\n} from "./base.js";\n'
    "/** import { nothing } from a comment */\nexport const answer = double(new Crate(base).value);\n",
    "parts/math.js": 'import { base } from "../base.js";\nconst hidden = 2;\n'
    "export function double(x) {\n  return hidden * x + 0 * base;\n}\n"
    "export class Box {\n  constructor(value) {\n    this.value = value;\n  }\n}\n",
    "base.js": "const hidden = 20;\nexport const base = hidden + 1;\nexport async function later() {}\n",
}


@pytest.mark.slow
def test_linked_module_exports_what_its_entry_does(tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed.")
    (tmp_path / "page.mjs").write_text(linked.link("entry.js", MODULES.__getitem__))
    program = 'import * as page from "./page.mjs"; console.log(JSON.stringify(page));'
    (tmp_path / "main.mjs").write_text(program)
    done = subprocess.run([node, tmp_path / "main.mjs"], capture_output=True, text=True, check=True)
    assert done.stdout == '{"answer":42}\n'


def test_each_module_is_there_once_and_after_what_it_needs():
    text = linked.link("entry.js", MODULES.__getitem__)
    assert re.findall(r"^const (\$\w+) = ", text, re.MULTILINE) == ["$base", "$parts_math", "$entry"]
    assert text.count("const hidden = 20;") == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"base.js": 'export { base } from "./other.js";\n'}, "base.js has an import or export that cannot be linked"),
        ({"base.js": 'import * as all from "./x.js";\nexport const base = 1;\n'}, r"linked: import \* as all"),
        ({"base.js": "export default 1;\n"}, "linked: export default 1"),
        ({"base.js": "export let base = 1;\n"}, "linked: export let base"),
        ({"base.js": "export const bass = 1;\n"}, "imports base from base.js, which exports no such thing"),
        (
            {"base.js": 'import { double } from "./parts/math.js";\nexport const base = 1;\n'},
            "imports itself by way of",
        ),
    ],
)
def test_what_cannot_be_linked_is_named(changed, sentence):
    with pytest.raises(ValueError, match=sentence):
        linked.link("entry.js", (MODULES | changed).__getitem__)


def test_page_and_style_hold_every_file():
    page, style = (gzip.decompress(made().content).decode() for made in (linked.page, linked.style))
    for file in STATIC.rglob("*.js"):
        assert f"\n// {file.relative_to(STATIC).as_posix()}\n" in f"\n{page}"
    for file in STATIC.rglob("*.css"):
        assert linked.bare_style(file.read_text(encoding="utf-8")) in style
    assert "/*" not in style


def test_a_style_sheet_is_left_all_but_its_comments():
    assert linked.bare_style("/* One\n   two */\na { b: c; /* three */ }\n\nd { e: f / 2 * 3; }\n") == (
        "a { b: c;  }\n\nd { e: f / 2 * 3; }\n"
    )


def test_comments_with_lines_of_their_own_are_left_out_and_nothing_else():
    lines = ["const a = 1; // one", "  // two", "/**", " * three */", "f(/** @type {any} */ a);", 'const b = "//";', ""]
    assert linked.bare("\n".join(lines)) == "\n".join([lines[0], *lines[4:]])


def test_indentation_goes_and_stays_in_template_literals():
    given = "if (a) {\n  f(`${a ? `b` : c}`);\n  g(`one\n    two`);\n}\n"
    assert linked.bare(given) == "if (a) {\nf(`${a ? `b` : c}`);\ng(`one\n    two`);\n}\n"


def test_all_modules_keep_their_template_literals():
    for file in STATIC.rglob("*.js"):
        module = file.read_text(encoding="utf-8")
        for literal in re.findall(r"`[^`]*`", linked.bare(module)):
            assert literal in module, file
        # A literal left open would keep all that follows as it is.
        assert not linked.bare(f"{module}\n  end").endswith("  end"), file


def test_a_changed_file_changes_the_page(tmp_path, monkeypatch):
    for name in ("index.js", *linked.STYLES):
        (tmp_path / name).write_text("export const one = 1;\n")
    monkeypatch.setattr(linked, "STATIC", tmp_path)
    assert b"one = 1;" in gzip.decompress(linked.page().content)
    (tmp_path / "index.js").write_text("export const one = 10;\n")
    assert b"one = 10;" in gzip.decompress(linked.page().content)

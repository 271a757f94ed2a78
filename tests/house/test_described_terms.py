"""What the tab says of its numbers: each has a sentence, and a section of docs/internals/metrics.md that defines it."""

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tensorboard_plugin_kerasig import definitions

from kerasig._measures.table import BUILT_IN

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "tb_plugin" / "tensorboard_plugin_kerasig" / "static"
ASKED = """
const { term, termNames } = await import(`${BASE}terms.js`);
const { measureOf } = await import(`${BASE}measures.js`);
const terms = Object.fromEntries(termNames().map((name) => [name, term(name)]));
const old = Object.fromEntries(NAMES.map((name) => [name, measureOf(name)]));
console.log(JSON.stringify({ terms, old }));
"""


@pytest.fixture(scope="module")
def said():
    """The page's own terms, and what it knows of the measures of logs that say nothing of them."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    names = BUILT_IN.columns(["tag"])
    source = f"const BASE = {json.dumps(STATIC.as_uri() + '/')}, NAMES = {json.dumps(names)};{ASKED}"
    command = [node, "--input-type=module", "-e", source]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return json.loads(ended.stdout)


def anchors():
    page = gzip.decompress(definitions.page().content).decode()
    return dict(re.findall(r'<h2 id="([^"]+)">(.*?)</h2>', page))


def test_each_term_of_the_page_has_a_sentence_and_a_section(said):
    known = anchors()
    assert len(said["terms"]) > 15
    for name, term in said["terms"].items():
        assert term["sentence"].endswith("."), name
        assert term["anchor"] in known, name
    section = definitions.page()
    assert section.mimetype == "text/html"


def test_each_measure_has_a_section_on_the_page_that_its_link_leads_to():
    assert {row.anchor for row in BUILT_IN.rows} <= anchors().keys()
    assert "measures-that-you-add" in anchors()


def test_logs_that_say_nothing_of_their_measures_are_told_of_as_new_ones_tell(said):
    compared = 0
    for row in BUILT_IN.rows:
        column = f"{row.name}/tag" if row.per_region else row.name
        # What chance gives came with the descriptions.
        if column not in said["old"] or "chance" in column:
            continue
        told = said["old"][column]
        expected = row.sentence, row.anchor, row.unit, row.better
        assert (told["sentence"], told["anchor"], told["unit"], told["better"]) == expected, column
        compared += 1
    assert compared > 30


def test_the_definitions_name_no_other_document_that_is_not_served():
    page = gzip.decompress(definitions.page().content).decode()
    assert set(re.findall(r'<a href="([^"]*)"', page)) <= {f"#{anchor}" for anchor in anchors()}
    assert "<script" not in page

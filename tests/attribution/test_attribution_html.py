"""A notebook shows an attribution as static HTML: drawn by kind, with its error in words, and nothing that acts."""

import base64
import html.parser
import re
import zlib

import numpy as np
import pytest
from test_attribution import made

N = 3
RNG = np.random.default_rng(0)
VOID = {"img", "br", "polyline"}


def rows(*shape):
    return RNG.normal(size=shape).astype(np.float32)


class Reader(html.parser.HTMLParser):
    """The elements, attributes and text of a page, whose elements must be closed in their order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    @property
    def sources(self):
        return [value for name, value in self.attributes if name == "src"]


def pixels(source):
    """The channels [H, W, C] of a PNG, its filters undone."""
    data = base64.b64decode(source.removeprefix("data:image/png;base64,"))
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    channels = {0: 1, 2: 3, 6: 4}[data[25]]
    start = data.index(b"IDAT") + 4
    length = int.from_bytes(data[start - 8 : start - 4], "big")
    lines = np.frombuffer(zlib.decompress(data[start : start + length]), np.uint8).reshape(height, -1)
    found = lines[:, 1:].reshape(height, width, channels).astype(np.int64)
    (number,) = set(lines[:, 0].tolist())
    return found if number == 0 else np.cumsum(found, axis=2 - number) % 256


WORDS = np.array([["<b>bold</b>", "&amp;", '"quoted"', "<pad>", "<pad>", "<pad>"]] * N, object)
HOSTILE = "<script>alert('x')</script>\" onload=\"y"
KINDS = {
    "image": made(rows(N, 12, 10, 3), inputs=rows(N, 12, 10, 3)),
    "channels first": made(rows(N, 3, 32, 32), inputs=rows(N, 3, 32, 32)),
    "tokens": made(rows(N, 6, 4), inputs=WORDS, layer="embedding"),
    "tabular": made(rows(N, 14), inputs=rows(N, 14)),
    "volume": made(rows(N, 5, 16, 16, 1), inputs=rows(N, 5, 16, 16, 1)),
    "series": made(rows(N, 30, 3), inputs=rows(N, 30, 3)),
    "hostile names": made({HOSTILE: rows(N, 1), "b": rows(N)}, inputs={HOSTILE: rows(N, 1), "b": rows(N)}),
    "hostile target": made(rows(N, 3), inputs=rows(N, 3), target=HOSTILE, layer=None),
    "hostile layer": made(rows(N, 14, 14, 8), layer=HOSTILE),
    "several": made([rows(N, 12, 12), rows(N, 4), None], inputs=[rows(N, 12, 12), rows(N, 4), WORDS]),
    "not finite": made(np.full((N, 12, 12), np.nan, np.float32), inputs=np.full((N, 12, 12), np.inf, np.float32)),
    "not finite table": made(np.full((N, 3), np.inf, np.float32), residual=np.full(N, np.nan, np.float32)),
    "not finite series": made(np.full((N, 9, 2), np.nan, np.float32), inputs=np.full((N, 9, 2), np.nan, np.float32)),
    "zeros": made(np.zeros((N, 12, 12), np.float32), inputs=np.zeros((N, 12, 12), np.float32)),
    "no inputs": made(rows(N, 12, 12, 3)),
    "none": made(rows(N, 3))[:0],
}


@pytest.mark.parametrize("attribution", KINDS.values(), ids=KINDS)
def test_a_page_is_whole_and_static_and_nothing_in_it_acts(attribution):
    page = Reader(attribution._repr_html_())
    assert set(page.tags) <= {"div", "span", "b", "pre", "img", "svg", "polyline"}
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("href", "id", "class")]
    assert all(source.startswith(("data:image/png;base64,", "data:image/jpeg;base64,")) for source in page.sources)
    # Its own colours, for any page: none is set for the text or behind it.
    assert not re.search(r"[^-]color: (?!inherit|rgb\(216, 75, 0\))", attribution._repr_html_())
    assert repr(attribution) == page.text[-1]


@pytest.mark.slow
def test_eight_photographs_stay_below_300_kilobytes():
    # Noise: no photograph is larger.
    noise = RNG.integers(0, 256, (20, 299, 299, 3)).astype(np.float32)
    page = made(rows(20, 299, 299, 3), inputs=noise)._repr_html_()
    assert len(page.encode()) < 300_000
    assert len(Reader(page).sources) == 8
    assert "and 12 more" in page


def test_a_picture_has_its_attribution_over_it():
    values, picture = np.zeros((1, 12, 12, 1), np.float32), np.full((1, 12, 12, 1), 0.5, np.float32)
    values[0, 2, 3], values[0, 8, 9], picture[0, 0, 0], picture[0, 0, 1] = 3, -3, 0, 1
    (source,) = Reader(made(values, inputs=picture)._repr_html_()).sources
    drawn = pixels(source)
    red, green, blue = drawn[2, 3]
    assert red > green > blue
    red, green, blue = drawn[8, 9]
    assert red < green < blue
    assert len(set(drawn[5, 5])) == 1
    assert drawn[0, 0, 0] < drawn[5, 5, 0] < drawn[0, 1, 0]


def test_a_large_picture_is_made_smaller_by_sums_that_lose_nothing():
    from kerasig.plot._shrinking import means, sums

    values = rows(299, 200)
    smaller = sums(sums(values, 0, 144), 1, 96)
    assert smaller.shape == (144, 96)
    np.testing.assert_allclose(smaller.sum(), values.sum(dtype=np.float64), rtol=1e-10)
    # Each cell has the values that lie in it: those of the upper half, here, stay there.
    np.testing.assert_allclose(smaller[:, :48].sum(), values[:, :100].sum(dtype=np.float64), rtol=1e-10)
    np.testing.assert_allclose(means(np.full((299, 2), 7.0), 0, 144), 7)


def test_a_volume_shows_the_slice_with_most_attribution():
    values = np.zeros((1, 5, 16, 16, 1), np.float32)
    values[0, 3, 2, 3], values[0, 1, 4, 4] = 3, -1
    page = Reader(made(values, inputs=np.zeros_like(values))._repr_html_())
    assert "slice 3 of 5, which has 75% of all |attribution|" in " ".join(page.text)
    red, _, blue = pixels(page.sources[0])[2, 3]
    assert red > blue


def test_words_are_shown_as_they_are_on_the_colour_of_their_attribution():
    values = np.zeros((N, 6, 2), np.float32)
    values[:, 0], values[:, 1] = 1, -0.5
    page = made(values, inputs=WORDS, layer="embedding")._repr_html_()
    text = " ".join("".join(Reader(page).text).split())
    assert '<b>bold</b> &amp; "quoted" and 3 at the end with zero each' in text
    colors = re.findall(r'title="[^"]*" style="background: (rgba\([^)]*\))', page)[:3]
    assert colors[0].startswith("rgba(216, 75, 0,")
    assert [float(color.split(", ")[-1][:-1]) > 0 for color in colors] == [True, True, False]


def test_features_are_bars_of_which_the_small_ones_are_summed():
    values = np.arange(1, 15, dtype=np.float32)[None]
    text = " ".join(Reader(made(values, inputs=values * 10)._repr_html_()).text)
    assert "feature 13 140" in re.sub(r"\s+", " ", text)
    # 1 + 2 + 3 + 4
    assert re.search(r"4 others\s+10\b", re.sub(r"\s+", " ", text))


def test_the_error_of_each_example_is_said_in_words():
    attribution = made(
        rows(N, 3),
        residual=np.array([0.0012, 0.3, np.nan], np.float32),
        map_error=np.array([0.02, np.nan, 0.5], np.float32),
        converged=np.array([True, False, False]),
        status=np.array(["converged", "jump at alpha", "not finite"]),
    )
    text = "".join(Reader(attribution._repr_html_()).text)
    assert "1 within tolerance, 2 not: 1 jump at alpha, 1 not finite" in text
    assert "The sum is 0.12% off the score's change, the map about 2% off." in text
    assert "Not converged: jump at alpha. The sum is 30% off the score's change, the map's error is unknown." in text
    assert "Not converged: not finite. The sum's error is unknown, the map about 50% off." in text

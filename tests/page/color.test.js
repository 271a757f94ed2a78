import assert from "node:assert/strict";
import { test } from "node:test";
import {
  css,
  GAMMA,
  lookup,
  oklch,
  palette,
  runColor,
  shade,
  textOn,
} from "../../tb_plugin/tensorboard_plugin_kerasig/static/color.js";

function colour(value, limit) {
  const out = [0, 0, 0, 0];
  shade(value, limit, out);
  return out;
}

function luminance(rgb) {
  const linear = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

test("OKLCH has the white, black and red of Ottosson's article", () => {
  const rounded = (...of) => oklch(...of).map(Math.round);
  assert.deepEqual(rounded(1, 0, 0), [255, 255, 255]);
  assert.deepEqual(rounded(0, 0, 0), [0, 0, 0]);
  assert.deepEqual(rounded(0.62796, 0.25768, 29.234), [255, 0, 0]);
});

test("zero, and whatever has no size, is transparent", () => {
  for (const [value, limit] of [
    [0, 1],
    [-0, 1],
    [NaN, 1],
    [1, NaN],
    [1, 0],
    [1, -1],
    [Infinity, Infinity],
  ])
    assert.equal(colour(value, limit)[3], 0, `${value} of ${limit}`);
});

test("beyond the limit nothing gets stronger", () => {
  assert.deepEqual(colour(5, 1), colour(1, 1));
  assert.deepEqual(colour(-Infinity, 1), colour(-1, 1));
  assert.notDeepEqual(colour(-1, 1), colour(1, 1));
});

test("opacity grows with size, the same for both signs", () => {
  let before = 0;
  for (let i = 1; i <= 255; i++) {
    const [up, down] = [colour(i, 255)[3], colour(-i, 255)[3]];
    assert.equal(up, down);
    assert.ok(up > before);
    before = up;
  }
});

test("text on a colour has a contrast of 4.5 or more, on either theme's page", () => {
  for (const dark of [false, true]) {
    const page = dark ? 48 : 255;
    for (let i = -255; i <= 255; i++) {
      const [r, g, b, opacity] = colour(i, 255);
      const behind = luminance([r, g, b].map((c) => opacity * c + (1 - opacity) * page));
      const text = textOn(i, 255, dark) === "#000" ? 0 : 1;
      const contrast = (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
      assert.ok(contrast >= 4.5, `${i} dark ${dark}: ${contrast}`);
    }
  }
});

test("the table of pixels has the shades, negative ones first", () => {
  const { table, zero } = lookup(palette(GAMMA, "signed"));
  const pixel = (i) => [...new Uint8Array(table.buffer, 4 * i, 4)];
  const bytes = (value) => {
    const [r, g, b, opacity] = colour(value, zero);
    return [...Uint8ClampedArray.of(r, g, b, 255 * opacity)];
  };
  assert.equal(table.length, 2 * zero + 1);
  for (const i of [-zero, -7, 0, 1, zero]) assert.deepEqual(pixel(zero + i), bytes(i));
});

test("sizes alone have one hue, and the same arguments the same palette", () => {
  const sizes = palette(GAMMA, "absolute");
  assert.deepEqual(sizes.positive, sizes.negative);
  assert.equal(palette(1, "signed"), palette(1, "signed"));
  assert.notEqual(palette(1, "signed"), palette(1, "absolute"));
});

test("of one sign alone the other one is as zero", () => {
  const seen = (sign) => [-1, 1].map((value) => css(value, 1, palette(GAMMA, sign)));
  const [lowers, raises] = seen("signed");
  assert.deepEqual(seen("positive"), ["rgba(0, 0, 0, 0.000)", raises]);
  assert.deepEqual(seen("negative"), [lowers, "rgba(0, 0, 0, 0.000)"]);
});

test("CSS has whole numbers and three decimals of opacity", () => {
  assert.match(css(1, 1), /^rgba\(\d+, \d+, \d+, 0\.960\)$/);
  assert.match(css(0, 1), /, 0\.000\)$/);
});

test("runs beyond the last colour begin anew", () => {
  assert.equal(runColor(7, false), runColor(0, false));
  assert.notEqual(runColor(0, true), runColor(0, false));
});

test("no run has the colour of what raises or lowers a score", () => {
  const channels = (text) => text.match(/\d+/g).slice(0, 3).map(Number);
  const ofRun = (text) => [1, 3, 5].map((i) => Number.parseInt(text.slice(i, i + 2), 16));
  const signs = [css(1, 1), css(-1, 1)].map((text) => perceived(channels(text)));
  for (const dark of [false, true])
    for (let run = 0; run < 7; run++)
      for (const sign of signs) {
        const apart = perceived(ofRun(runColor(run, dark))).map((value, i) => value - sign[i]);
        assert.ok(Math.hypot(...apart) > 0.13, `${runColor(run, dark)} is too near`);
      }
});

/** OKLab of an sRGB colour (Ottosson's matrices), in which distances are as they are seen. */
function perceived(channels) {
  const [r, g, b] = channels.map((x) => (x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

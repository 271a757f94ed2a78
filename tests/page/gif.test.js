/** The encoder of animations, and the choice of its colours. */

import assert from "node:assert/strict";
import test from "node:test";
import { lasting, MOST_FRAMES, thinned } from "../../tb_plugin/tensorboard_plugin_kerasig/static/animation.js";
import { Gif } from "../../tb_plugin/tensorboard_plugin_kerasig/static/gif.js";
import { quantise } from "../../tb_plugin/tensorboard_plugin_kerasig/static/quantise.js";

const solid = (size, [r, g, b]) => Uint8ClampedArray.from({ length: 4 * size }, (_, i) => [r, g, b, 255][i % 4]);

test("few colours are kept as they are", () => {
  const { palette, indices } = quantise(Uint8Array.of(9, 8, 7, 255, 1, 2, 3, 255, 9, 8, 7, 255), 255);
  assert.deepEqual([...palette], [9, 8, 7, 1, 2, 3]);
  assert.deepEqual([...indices], [0, 1, 0]);
});

test("many colours become as many as there may be, near to what they were", () => {
  const pixels = Uint8Array.from(
    { length: 4 * 64 * 64 },
    (_, i) => [((i >> 2) % 64) << 2, (i >> 8) << 2, 128, 255][i % 4],
  );
  const { palette, indices } = quantise(pixels, 255);
  assert.ok(palette.length / 3 <= 255);
  let worst = 0;
  indices.forEach((index, i) => {
    for (let c = 0; c < 3; c++) worst = Math.max(worst, Math.abs(palette[3 * index + c] - pixels[4 * i + c]));
  });
  assert.ok(worst <= 32, String(worst));
});

test("a frame that is as before costs next to nothing", () => {
  const [one, two] = [new Gif(100, 100), new Gif(100, 100)];
  one.add(solid(10_000, [1, 2, 3]), 100);
  two.add(solid(10_000, [1, 2, 3]), 100);
  two.add(solid(10_000, [1, 2, 3]), 100);
  assert.ok(two.finish().length - one.finish().length < 820);
});

test("steps are thinned evenly, with the first and the last", () => {
  const steps = Array.from({ length: 1000 }, (_, i) => 10 * i);
  const chosen = thinned(steps);
  assert.equal(chosen.length, MOST_FRAMES);
  assert.deepEqual([chosen[0], chosen.at(-1)], [0, 9990]);
  const gaps = chosen.slice(1).map((step, i) => step - chosen[i]);
  assert.ok(Math.max(...gaps) - Math.min(...gaps) <= 10);
  assert.equal(thinned(steps.slice(0, 60)).length, 60);
  assert.deepEqual(thinned([4, 8]), [4, 8]);
  assert.ok(lasting(60, 0) >= 100 && lasting(60, 59) > lasting(60, 0));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { pieces, thin, thinBand } from "../../tb_plugin/tensorboard_plugin_kerasig/static/thin.js";
import { random } from "./records.js";

function walk(seed, count, gaps = 0) {
  const next = random(seed);
  let [x, y] = [0, 0];
  const points = Array.from({ length: count }, () => {
    x += 1 + Math.floor(9 * next());
    y += next() - 0.5;
    return [x, next() < gaps ? NaN : next() < 0.01 ? y + 50 * (next() - 0.5) : y];
  });
  return { xs: points.map(([x]) => x), ys: points.map(([, y]) => y) };
}

test("a short line keeps every point", () => {
  const { xs, ys } = walk(1, 200);
  assert.deepEqual(thin(xs, ys, 100), [xs.map((_, i) => i)]);
});

test("a long line keeps its ends and, within every pixel, its least and greatest value", () => {
  for (const [seed, count, width] of [
    [1, 1000, 180],
    [2, 20_000, 233],
    [3, 501, 250],
    [4, 1000, 40],
  ]) {
    const { xs, ys } = walk(seed, count);
    const [part, ...others] = thin(xs, ys, width);
    assert.equal(others.length, 0);
    assert.ok(part.length <= 4 * (width + 1) && part.length < count, `${part.length} of ${count}`);
    assert.deepEqual([part[0], part.at(-1)], [0, count - 1]);
    assert.ok(part.every((index, i) => i === 0 || index > part[i - 1]));
    const kept = new Set(part);
    const size = (xs.at(-1) - xs[0]) / width;
    for (let pixel = 0; pixel < width; pixel++) {
      const within = xs
        .map((_, i) => i)
        .filter((i) => xs[i] >= xs[0] + pixel * size && xs[i] < xs[0] + (pixel + 1) * size);
      if (!within.length) continue;
      for (const extreme of [Math.min, Math.max]) {
        const value = extreme(...within.map((i) => ys[i]));
        assert.ok(
          within.some((i) => kept.has(i) && ys[i] === value),
          `pixel ${pixel}`,
        );
      }
    }
  }
});

test("where a value is missing the line has a gap, thinned or not", () => {
  const xs = [0, 1, 2, 3, 4, 5, 6];
  const ys = [NaN, 1, 2, Infinity, 3, NaN, 4];
  assert.deepEqual(thin(xs, ys, 100), [[1, 2], [4], [6]]);
  assert.deepEqual(thin(xs, ys, 2), [[1, 2], [4], [6]]);
  for (const seed of [5, 6]) {
    const { xs, ys } = walk(seed, 3000, 0.02);
    const parts = thin(xs, ys, 200);
    // As many as there are unbroken runs of values, none reaching over a gap.
    const runs = ys.filter((y, i) => Number.isFinite(y) && !Number.isFinite(ys[i - 1])).length;
    assert.equal(parts.length, runs);
    for (const part of parts) {
      assert.ok(ys.slice(part[0], part.at(-1) + 1).every(Number.isFinite));
      if (part[0] > 0) assert.ok(Number.isNaN(ys[part[0] - 1]));
      if (part.at(-1) < ys.length - 1) assert.ok(Number.isNaN(ys[part.at(-1) + 1]));
    }
  }
});

test("nothing, or nothing finite, is no line; steps of any size end", () => {
  assert.deepEqual(thin([], [], 10), []);
  assert.deepEqual(thin([1, 2], [NaN, NaN], 10), []);
  assert.deepEqual(thin([5, 5, 5], [1, 2, 3], 1), [[0, 1, 2]]);
  const far = [0, 2 ** 60, 2 ** 60 + 256, 2 ** 62];
  assert.equal(thin(far, [1, 2, 3, 4], 1).flat().at(-1), 3);
});

test("a band has the same parts above and below", () => {
  const { xs, ys } = walk(7, 2000, 0.01);
  const found = thinBand(
    xs,
    ys.map((y) => y - 1),
    ys.map((y) => y + 1),
    150,
  );
  for (const { upper, lower } of found) {
    assert.equal(upper[0], lower[0]);
    assert.equal(upper.at(-1), lower.at(-1));
  }
});

test("forty lines of a thousand steps, or a thousand lines, stay cheap to draw", () => {
  assert.equal(pieces(233, 1), 233);
  for (const lines of [40, 250]) assert.ok(4 * pieces(1600, lines) * lines <= 40_000, `${lines}`);
  assert.equal(pieces(1600, 1e6), 40);
});

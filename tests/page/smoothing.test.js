import assert from "node:assert/strict";
import { test } from "node:test";
import { mapOf } from "../../tb_plugin/tensorboard_plugin_kerasig/static/maps.js";
import { smoothed, widthFor } from "../../tb_plugin/tensorboard_plugin_kerasig/static/smoothing.js";
import { random, record } from "./records.js";

function noise(count, seed = 1) {
  const next = random(seed);
  return Float32Array.from({ length: count }, () => next() - 0.5);
}

/** What a map adds up to over all its pixels: each number stands for as many as fall into its place. */
function total({ numbers, factor, shape }, pixels) {
  return (numbers.reduce((sum, value) => sum + value, 0) * factor * pixels) / (shape[0] * shape[1]);
}

test("smoothing keeps the sum, whatever the size of the picture and of the bell", () => {
  for (const [height, width] of [
    [224, 224],
    [97, 131],
    [65, 300],
    [28, 28],
    [1, 40],
    [3, 3],
  ])
    for (const over of [1, 2.5, 8, 12, 32]) {
      const numbers = noise(height * width);
      numbers[0] = 40;
      numbers[numbers.length - 1] = -7;
      const map = { numbers, factor: 0.5, shape: [height, width] };
      const sum = numbers.reduce((all, value) => all + value, 0) / 2;
      assert.ok(Math.abs(total(smoothed(map, over), height * width) - sum) < 1e-3, `${height} x ${width} over ${over}`);
    }
});

test("an even map stays as it is, up to its edges", () => {
  for (const over of [2, 12, 20]) {
    const { numbers, factor } = smoothed(
      { numbers: new Float32Array(100 * 70).fill(3), factor: 2, shape: [100, 70] },
      over,
    );
    for (const value of numbers) assert.ok(Math.abs(value * factor - 6) < 1e-4, `${value * factor} over ${over}`);
  }
});

test("a pixel becomes a bell that is half as high half its width away", () => {
  const side = 101;
  const numbers = new Float32Array(side * side);
  numbers[50 * side + 50] = 1;
  const { numbers: bell, shape } = smoothed({ numbers, factor: 1, shape: [side, side] }, 4);
  // So narrow a bell has a number for each pixel.
  assert.deepEqual(shape, [side, side]);
  const at = (dy, dx) => bell[(50 + dy) * side + 50 + dx];
  assert.ok(Math.abs(at(0, 2) / at(0, 0) - 0.5) < 0.01);
  assert.ok(Math.abs(at(2, 0) / at(0, 0) - 0.5) < 0.01);
  assert.equal(at(0, 3), at(0, -3));
});

test("a wide bell needs fewer numbers, and stands where the pixel was", () => {
  const side = 224;
  const numbers = new Float32Array(side * side);
  numbers[60 * side + 170] = 1;
  const { numbers: bell, shape } = smoothed({ numbers, factor: 1, shape: [side, side] }, 12);
  assert.ok(shape[0] < side / 3);
  const top = bell.indexOf(Math.max(...bell));
  const [row, column] = [Math.floor(top / shape[1]), top % shape[1]].map((i) => ((i + 0.5) * side) / shape[0]);
  assert.ok(Math.abs(row - 60.5) < 3 && Math.abs(column - 170.5) < 3, `${row}, ${column}`);
});

test("opposite signs side by side cancel, as they do in the score", () => {
  const numbers = Float32Array.from({ length: 80 * 80 }, (_, i) => (((i % 80) + Math.floor(i / 80)) % 2 ? 1 : -1));
  const { numbers: left, factor } = smoothed({ numbers, factor: 1, shape: [80, 80] }, 6);
  assert.ok(Math.max(...left.map((value) => Math.abs(value * factor))) < 1e-3);
});

test("what is not finite counts as zero", () => {
  const numbers = new Float32Array(70 * 70);
  numbers.set([NaN, Infinity, -Infinity], 300);
  assert.ok(smoothed({ numbers, factor: 1, shape: [70, 70] }, 4).numbers.every((value) => value === 0));
});

test("photographs are smoothed unless somebody says otherwise, small pictures are not", () => {
  assert.deepEqual(
    [28, 64, 65, 224, 448].map((side) => widthFor(null, [side, side])),
    [0, 0, 4, 12, 25],
  );
  assert.equal(widthFor(0, [224, 224]), 0);
  assert.equal(widthFor(3, [28, 28]), 3);
  assert.equal(widthFor(32, [28, 10]), 5);
});

test("a record's map is smoothed once, and again only for another width", () => {
  const packed = record([noise(80 * 80)], { leaves: [{ name: "x", shape: [80, 80] }] });
  const map = mapOf(packed, 0, 0, null);
  assert.equal(mapOf(packed, 0, 0, null), map);
  assert.notEqual(mapOf(packed, 0, 0, 8), map);
  assert.equal(mapOf(packed, 0, 0, 0).numbers, packed.get(0, 0).numbers);
  assert.equal(mapOf(packed, 3, 0, null), null);
});

test("the channels of a map are summed before", () => {
  const [one, two] = [noise(70 * 70, 1), noise(70 * 70, 2)];
  const both = Float32Array.from({ length: 2 * one.length }, (_, i) => (i % 2 ? two : one)[i >> 1]);
  const packed = record([both], { leaves: [{ name: "x", shape: [70, 70, 2] }] });
  const sum = (numbers) => numbers.reduce((all, value) => all + value, 0);
  assert.ok(Math.abs(total(mapOf(packed, 0, 0, 5), 70 * 70) - sum(one) - sum(two)) < 1e-3);
});

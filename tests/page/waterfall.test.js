import assert from "node:assert/strict";
import { test } from "node:test";
import {
  extent,
  grouped,
  MOST,
  split,
  waterfall,
} from "../../tb_plugin/tensorboard_plugin_kerasig/static/waterfall.js";
import { random } from "./records.js";

const others = (count) => `${count} others`;
const parts = (values) => values.map((value, i) => ({ name: `part ${i}`, value }));

test("the bars lead from the baseline's score to the score without a gap, whatever the parts", () => {
  const next = random(3);
  for (const count of [0, 1, 9, 10, 11, 12, 300]) {
    const values = Array.from({ length: count }, () => (next() - 0.5) * 10 ** (8 * next() - 4));
    const [baseline, score] = [next() - 0.5, 3 * next()];
    const bars = waterfall(baseline, score, parts(values), others);
    const way = bars.filter(({ kind }) => kind !== "total");
    assert.equal(way[0].from, baseline);
    assert.equal(way.at(-1).to, score);
    way.slice(1).forEach(({ from }, i) => assert.equal(from, way[i].to));
    assert.deepEqual([bars[0].to, bars.at(-1).to, bars[0].from, bars.at(-1).from], [baseline, score, 0, 0]);
    // What the bars add is the whole difference, to the last digit that a sum of so many can have.
    const added = way.reduce((sum, { from, to }) => sum + (to - from), 0);
    assert.ok(Math.abs(added - (score - baseline)) <= 1e-12 * (1 + values.reduce((s, v) => s + Math.abs(v), 0)));
  }
});

test("the largest ten have bars of their own, the rest one together, and the error is the last", () => {
  const values = Array.from({ length: 14 }, (_, i) => (i % 2 ? -1 : 1) * (i + 1));
  const bars = waterfall(1, 1 + values.reduce((sum, value) => sum + value, 0) + 0.5, parts(values), others);
  assert.deepEqual(
    bars.map(({ kind }) => kind),
    ["total", ...Array(MOST).fill("part"), "others", "error", "total"],
  );
  assert.equal(bars[1].name, "part 13");
  assert.deepEqual([bars[MOST + 1].name, bars[MOST + 1].up, bars[MOST + 1].down], ["4 others", 4, -6]);
  assert.deepEqual([bars[MOST + 2].name, bars[MOST + 2].to - bars[MOST + 2].from], ["integration error", 0.5]);
});

test("one other alone is named", () => {
  const kinds = waterfall(0, 1, parts(Array(MOST + 1).fill(1)), others).map(({ kind }) => kind);
  assert.ok(!kinds.includes("others"));
  assert.equal(kinds.filter((kind) => kind === "part").length, MOST + 1);
});

test("what adds nothing has no bar, but what raises as much as it lowers has one", () => {
  const given = [
    { name: "padding", value: 0 },
    { name: "both", value: 0, up: 1, down: -1 },
    { name: "one", value: 1 },
  ];
  assert.deepEqual(
    waterfall(0, 1, given, others).map(({ name }) => name),
    ["baseline score", "one", "both", "integration error", "score"],
  );
});

test("there is no way where a number is not finite", () => {
  assert.deepEqual(waterfall(NaN, 1, [], others), []);
  assert.deepEqual(waterfall(0, Infinity, [], others), []);
  assert.deepEqual(waterfall(0, 1, parts([1, NaN]), others), []);
});

test("values are summed by group, each once, what raises and what lowers apart", () => {
  const groups = grouped([1, -2, 3, -4, 5, 0], (i) => i % 2, ["even", "odd"]);
  assert.deepEqual(groups, [
    { name: "even", value: 9, up: 9, down: 0 },
    { name: "odd", value: -6, up: 0, down: -6 },
  ]);
});

test("an axis is split into parts that differ by one place at most", () => {
  for (const size of [3, 7, 28, 224]) {
    const counts = [0, 0, 0];
    for (let i = 0; i < size; i++) counts[split(size, 3)(i)]++;
    assert.equal(counts[0] + counts[1] + counts[2], size);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
  }
});

test("all runs share an axis with zero on it, unless the scores are far from zero", () => {
  const near = waterfall(0.1, 0.9, parts([0.8]), others);
  assert.equal(extent([near])[0], 0);
  assert.ok(extent([near, waterfall(0, 3, parts([3]), others)])[1] > 3);
  const far = extent([waterfall(100, 101, parts([1]), others)]);
  assert.ok(far[0] > 99 && far[0] < 100 && far[1] > 101 && far[1] < 102);
  const below = extent([waterfall(-0.5, -0.2, parts([0.3]), others)]);
  assert.ok(below[0] < -0.5 && below[1] === 0);
  assert.deepEqual(extent([]), [0, 1]);
  const [low, high] = extent([waterfall(0, 0, [], others)]);
  assert.ok(low < high);
});

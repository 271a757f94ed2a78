import assert from "node:assert/strict";
import { test } from "node:test";
import { changeOf, differenceOf, measure } from "../../tb_plugin/tensorboard_plugin_kerasig/static/difference.js";
import { Packed } from "../../tb_plugin/tensorboard_plugin_kerasig/static/packed.js";
import { container, random, record } from "./records.js";

function close(actual, expected) {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);
}

const UNKNOWN = { cosine: NaN, rank: NaN, drift: NaN, rankByChance: NaN, driftByChance: NaN };

test("a difference is B - A, in the values that are meant and not in those that are stored", () => {
  const leaves = [{ name: "x", shape: [2] }];
  const entry = { probe: 0, leaf: 0, encoding: "int16", scale: 2, array: Int16Array.of(32767, -32767) };
  const a = new Packed(container({ probes: 1, leaves }, "payloads", [entry]));
  const b = record([[0.5, 1.5]]);
  const { numbers, factor } = differenceOf(a, b).get(0, 0);
  assert.deepEqual(
    [...numbers].map((stored) => stored * factor),
    [-1.5, 3.5],
  );
  assert.equal(differenceOf(a, b).peak(0), 3.5);
  assert.equal(b.peak(0), 1.5);
});

test("leaves are matched by name and shape, wherever they stand", () => {
  const leaves = (...named) => named.map(([name, shape]) => ({ name, shape }));
  const a = record([[[1, 2], [3]]], { leaves: leaves(["x", [2]], ["y", [1]]) });
  const b = record([[[10], [20, 30]]], { leaves: leaves(["y", [1]], ["x", [2]]) });
  const other = record([[[1], [5]]], { leaves: leaves(["x", [1]], ["z", [1]]) });
  const found = differenceOf(a, b);
  assert.deepEqual([...found.get(0, 0).numbers], [7]);
  assert.deepEqual([...found.get(0, 1).numbers], [19, 28]);
  assert.equal(differenceOf(a, other).payloads.size, 0);
  assert.deepEqual(changeOf(a, other, 0), UNKNOWN);
});

test("a probe that one record alone has is left out", () => {
  const [a, b] = [record([[1]]), record([[2], [3]])];
  assert.deepEqual([...differenceOf(a, b).payloads.keys()], ["0/0"]);
  assert.equal(changeOf(a, b, 1).drift, NaN);
});

test("what was computed of two records is kept, and of the same two the other way round is another", () => {
  const [a, b] = [record([[1]]), record([[3]])];
  assert.equal(differenceOf(a, b), differenceOf(a, b));
  assert.equal(changeOf(a, b, 0), changeOf(a, b, 0));
  assert.deepEqual([...differenceOf(b, a).get(0, 0).numbers], [-2]);
});

test("the cosine tells direction, the rank correlation the order of sizes, the drift how far they are apart", () => {
  const three = (a, b) => (({ cosine, rank, drift }) => [cosine, rank, drift])(measure(a, b));
  assert.deepEqual(three([1, 2, 3], [2, 4, 6]), [1, 1, 0]);
  assert.deepEqual(three([1, -2, 3], [-1, 2, -3]), [-1, 1, 2]);
  assert.deepEqual(three([1, 0], [0, 1]), [0, -1, 1]);
});

test("places where both are zero have no say, and chance is what is left when values move within their own zeros", () => {
  const [a, b] = [
    [4, -1, 2, 3],
    [1, 2, 5, 4],
  ];
  assert.equal(measure([...a, 0, 0, 0, 0], [...b, 0, 0, 0, 0]).rank, measure(a, b).rank);
  assert.equal(measure(a, b).rankByChance, 0);
  // The means are 2 and 3, over four places.
  close(measure(a, b).driftByChance, 1 - (4 * 2 * 3) / Math.sqrt(30 * 46));
  // One nonzero place each, and never the same: neither rank nor cosine can be another.
  const apart = measure([1, 0], [0, 1]);
  assert.deepEqual([apart.rank, apart.rankByChance, apart.drift, apart.driftByChance], [-1, -1, 1, 1]);
});

test("equal sizes share a rank", () => {
  // Ranks 0.5, 0.5, 2, 3 and 0, 1, 2, 3: their covariance is 4.5, their variances 4.5 and 5.
  close(measure([1, -1, 2, 3], [1, 2, 3, 4]).rank, 4.5 / Math.sqrt(4.5 * 5));
});

test("a map of zeros has no direction, and two of them do not differ", () => {
  assert.deepEqual(measure([0, 0], [0, -0]), { ...UNKNOWN, drift: 0, driftByChance: 0 });
  assert.deepEqual(measure([0, 0], [1, 2]), UNKNOWN);
});

test("values that are not finite make no number that looks like one", () => {
  for (const odd of [NaN, Infinity, -Infinity]) assert.deepEqual(measure([1, odd], [1, 2]), UNKNOWN);
});

test("neither the order of A and B nor their scales change what is measured", () => {
  const next = random(3);
  for (let i = 0; i < 100; i++) {
    const [a, b] = [0, 0].map(() => Array.from({ length: 20 }, () => Math.round((next() - 0.5) * 8)));
    const [one, other] = [
      measure(a, b),
      measure(
        b.map((value) => value * 1e-30),
        a.map((value) => value * 1e30),
      ),
    ];
    close(one.cosine, other.cosine);
    close(one.rank, other.rank);
    assert.ok(Math.abs(one.cosine) <= 1 && Math.abs(one.rank) <= 1);
  }
});

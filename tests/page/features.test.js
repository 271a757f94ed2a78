import assert from "node:assert/strict";
import { test } from "node:test";
import { featuresOf } from "../../tb_plugin/tensorboard_plugin_kerasig/static/features.js";
import { acrossOf, grid } from "../../tb_plugin/tensorboard_plugin_kerasig/static/grid.js";
import { record } from "./records.js";

/** A picture of one probe's bars: features by name, with their values and inputs. */
function picture(names, numbers, given = numbers.map(() => 1)) {
  const header = { feature_names: names, probe_kind: "tabular" };
  const inputs = record([given], { header });
  return { record: record([numbers]), inputs, probe: 0, leaf: 0, inputLeaf: 0, limit: 1, kind: "tabular", state: {} };
}

function shown({ rows }) {
  return rows.map(({ name, values, given }) => [name, ...values, given]);
}

const ALL = { top: 10, all: 10 };

test("features are joined by name, whatever the order and number that each run has", () => {
  const found = featuresOf([picture(["a", "b"], [1, 2]), picture(["b", "c"], [3, 4]), null], ALL);
  assert.deepEqual(shown(found), [
    ["a", 1, NaN, NaN, 1],
    ["b", 2, 3, NaN, 1],
    ["c", NaN, 4, NaN, 1],
  ]);
  assert.deepEqual([found.rest, found.left], [null, 0]);
});

test("features of one name are told apart by their order", () => {
  const found = featuresOf([picture(["a", "a"], [1, 2]), picture(["a", "a"], [3, 4])], ALL);
  assert.deepEqual(shown(found), [
    ["a", 1, 3, 1],
    ["a", 2, 4, 1],
  ]);
});

test("an input is told where it is that of all runs", () => {
  const found = featuresOf([picture(["a", "b"], [1, 1], [5, 6]), picture(["a", "b"], [1, 1], [5, 7])], ALL);
  assert.deepEqual(
    found.rows.map(({ given }) => given),
    [5, NaN],
  );
});

test("of many features those of the largest mean size have a row, and the others are summed", () => {
  const names = ["a", "b", "c", "d"];
  const both = [picture(names, [1, -9, 2, 0.5]), picture(names, [1, 1, -4, NaN])];
  const found = featuresOf(both, { top: 2, all: 3 });
  assert.deepEqual(
    found.rows.map(({ name, index }) => [name, index]),
    [
      ["b", 1],
      ["c", 2],
    ],
  );
  assert.deepEqual([found.rest, found.left], [[1.5, 1], 2]);
  // By the size of what one picture has, as of a difference.
  const by = featuresOf(both, { top: 4, all: 0, by: 1 });
  assert.deepEqual(
    by.rows.map(({ name }) => name),
    ["c", "a", "b", "d"],
  );
});

test("runs that find no room beside each other are wrapped into lines of nearly the same length", () => {
  const card = { width: 140, lowest: 200 };
  // 140 each, with 12 between them, in 974 of 1000.
  assert.deepEqual(
    [1, 6, 7, 8, 40].map((runs) => acrossOf(card, 1000, runs)),
    [1, 6, 4, 4, 6],
  );
  assert.equal(acrossOf(card, 50, 8), 1);
  const table = { ...card, width: 300, together: { first: 190, each: 96 } };
  assert.deepEqual(
    [1000, 950, 500].map((width) => acrossOf(table, width, 8)),
    [8, 4, 2],
  );
  const port = { top: 0, height: 700, width: 1000, of: "", row: 0 };
  const of = { set: "digits", kind: "image", card, count: 10 };
  const [one, eight] = [1, 8].map((runs) => grid(port, { ...of, runs }));
  assert.deepEqual([one.perRow, one.across, eight.perRow, eight.across], [5, 1, 1, 4]);
});

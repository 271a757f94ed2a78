import assert from "node:assert/strict";
import { test } from "node:test";
import { order, sortOf, statsNeeded } from "../../tb_plugin/tensorboard_plugin_kerasig/static/order.js";
import { record, state, table } from "./records.js";

const NAMES = ["probe 10", "probe 9", "Zebra", "ant", "ant"];
const INPUTS = record([[0], [0], [0], [0], [0]], {
  header: {
    names: NAMES,
    labels: [0, 1, 0, null, 5],
    class_names: ["cat", "dog"],
    groups: ["b", "a", null, "b", "a"],
    tokens: [["the", "Quick"], ["fox"], [], [], []],
  },
});
const TABLE = table([0, 10], {
  score: [
    [0.5, NaN, 0.1, 0.5, Infinity],
    [1, 2, 3, 4, 5],
  ],
  correct: [
    [1, 0, 1, 1, 0],
    [1, 1, 1, 1, 1],
  ],
});
const COLUMN = { table: TABLE, error: null, inputs: INPUTS };

function probes(chosen, step = 0, columns = [COLUMN]) {
  return order(state(chosen), columns, 5, () => step).probes;
}

test("in the probe set's order the probes are as they were given", () => {
  assert.deepEqual(probes({ sort: "set-order" }), [0, 1, 2, 3, 4]);
  assert.deepEqual(probes({ sort: "-set-order" }), [4, 3, 2, 1, 0]);
});

test("without a choice what leads the log comes first, at whatever step, and the rest as it was given", () => {
  const lead = { name: "region/tag", values: [0.1, 0.7, null, 0.7] };
  const column = {
    ...COLUMN,
    table: table(
      [0, 10],
      {
        score: [
          [5, 4, 3, 2, 1],
          [1, 2, 3, 4, 5],
        ],
      },
      { lead },
    ),
  };
  for (const step of [0, 10]) assert.deepEqual(probes({}, step, [column]), [1, 3, 0, 2, 4]);
  assert.deepEqual(probes({ sort: "-" }, 0, [column]), [0, 1, 3, 2, 4]);
  assert.equal(order(state({}), [column], 5, () => 0).waits, false);
  assert.deepEqual(probes({}), [0, 1, 2, 3, 4]);
});

test("what led when the page was opened goes on leading while data arrives", () => {
  const first = table([0], { score: [[1, 2]] }, { lead: { name: "drift", values: [0.1, 0.2] } });
  const later = (lead) =>
    table(
      [0, 5],
      {
        score: [
          [1, 2],
          [3, 4],
        ],
      },
      { lead },
    ).inherit(first).lead.values;
  assert.deepEqual(later({ name: "drift", values: [0.9, 0.2] }), [0.1, 0.2]);
  assert.deepEqual(later({ name: "region/tag", values: [0.9, 0.2] }), [0.1, 0.2]);
  assert.deepEqual(later({ name: "drift", values: [0.9, 0.2, 0.3] }), [0.9, 0.2, 0.3]);
});

test("by a stat, equal values keep their order and what has none is last either way", () => {
  assert.deepEqual(probes({ sort: "score" }), [2, 0, 3, 4, 1]);
  assert.deepEqual(probes({ sort: "-score" }), [4, 0, 3, 2, 1]);
  assert.deepEqual(probes({ sort: "-score" }, 10), [4, 3, 2, 1, 0]);
});

test("by name, numbers in names count as numbers and equal names keep their order", () => {
  assert.deepEqual(probes({ sort: "name" }), [3, 4, 1, 0, 2]);
  assert.deepEqual(probes({ sort: "-name" }), [2, 0, 1, 3, 4]);
  assert.deepEqual(probes({ sort: "group" }), [2, 1, 4, 0, 3]);
});

test("a probe is found by every word of its name, label, group and tokens", () => {
  assert.deepEqual(probes({ find: "ANT" }), [3, 4]);
  assert.deepEqual(probes({ find: " quick  cat " }), [0]);
  assert.deepEqual(probes({ find: "dog" }), [1]);
  // A label that no class has a name for.
  assert.deepEqual(probes({ find: "5" }), [4]);
  assert.deepEqual(probes({ find: "cat dog" }), []);
});

test("a search knows the probes that came after it was first made", () => {
  const header = { names: ["one", "two", "two too"] };
  const column = { table: null, error: null, inputs: { header } };
  const find = (count) => order(state({ find: "two" }), [column], count, () => 0).probes;
  assert.deepEqual(find(2), [1]);
  assert.deepEqual(find(3), [1, 2]);
});

test("conditions are fulfilled together, bounds belong to what they bound, and NaN fulfils none", () => {
  const where = (...conditions) => probes({ where: conditions.map(([name, op, value]) => ({ name, op, value })) });
  assert.deepEqual(where(["score", ">=", "0.5"]), [0, 3, 4]);
  assert.deepEqual(where(["score", "<=", "0.5"]), [0, 2, 3]);
  assert.deepEqual(where(["score", "<=", "0.5"], ["score", ">=", "0.5"], ["group", "=", "b"]), [0, 3]);
  assert.deepEqual(where(["correct", "=", "0"]), [1, 4]);
  assert.deepEqual(where(["group", "=", ""]), [2]);
});

test("a bound is met by the value that is written like it, though the server sends it as float32", () => {
  const values = new Map([["score", Float32Array.of(0.1, 0.9, 0.7)]]);
  const filled = table([0], {}, { names: ["score"], stats: undefined }).fill({ probes: 3, columns: values }, 0);
  const find = (op, value) =>
    order(state({ where: [{ name: "score", op, value }] }), [{ table: filled, error: null }], 3, () => 0).probes;
  assert.deepEqual(find("<=", "0.1"), [0]);
  assert.deepEqual(find(">=", "0.9"), [1]);
  assert.deepEqual(find("=", "0.7"), [2]);
});

test("a stat that the log does not have is named, and neither sorts nor filters", () => {
  const chosen = state({ sort: "-gini", where: [{ name: "gini", op: ">=", value: "2" }] });
  const found = order(chosen, [COLUMN], 5, () => 0);
  assert.deepEqual(found, { probes: [0, 1, 2, 3, 4], missing: ["gini"], stats: [], waits: false });
});

test("it waits for the stats of the step alone, and only if it depends on any", () => {
  const coming = table([0, 10], { score: [[1], [2]] }, { stats: undefined });
  const column = { table: coming, error: null };
  assert.equal(order(state({ sort: "score" }), [column], 1, () => 10).waits, true);
  assert.equal(order(state({ sort: "name" }), [column], 1, () => 10).waits, false);
  assert.equal(order(state({ sort: "score" }), [COLUMN], 1, () => 10).waits, false);
});

test("the numbers are those of the first run that can be read", () => {
  const broken = { table: TABLE, error: "It is cut.", inputs: null };
  const other = { ...COLUMN, table: table([0], { score: [[5, 4, 3, 2, 1]] }) };
  assert.deepEqual(probes({ sort: "score" }, 0, [broken, other, COLUMN]), [4, 3, 2, 1, 0]);
});

test("a minus before the name is downwards, and a group is no stat", () => {
  assert.deepEqual(sortOf("-score"), { name: "score", down: true });
  assert.deepEqual(sortOf(""), { name: "", down: false });
  const where = ["group", "gini"].map((name) => ({ name, op: "=", value: "1" }));
  assert.deepEqual(statsNeeded(state({ sort: "-score", where })), ["score", "gini"]);
  assert.deepEqual(statsNeeded(state({ sort: "-name" })), []);
});

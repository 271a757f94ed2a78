import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../../tb_plugin/tensorboard_plugin_kerasig/static/packed.js";
import { StepTable, unpackStats } from "../../tb_plugin/tensorboard_plugin_kerasig/static/steps.js";
import { bandOf, jumpsOf, quantile } from "../../tb_plugin/tensorboard_plugin_kerasig/static/timeline.js";
import { container, table } from "./records.js";

test("a step's record is the last one at or before it, or the first", () => {
  const steps = table([10, 20, 40], {});
  assert.deepEqual(
    [-1, 10, 19, 20, 39, 40, 99].map((step) => steps.at(step)),
    [0, 0, 0, 1, 1, 2, 2],
  );
  assert.equal(table([], {}).at(3), -1);
});

test("a value that was not recorded, or is not there yet, is NaN", () => {
  const steps = table([0, 1], {
    score: [
      [1, 2],
      [3, "NaN"],
    ],
  });
  assert.deepEqual([steps.value("score", 1, 0), steps.value("score", 1, 1)], [3, NaN]);
  for (const [name, index, probe] of [
    ["gini", 0, 0],
    ["score", 2, 0],
    ["score", 0, 2],
  ])
    assert.equal(steps.value(name, index, probe), NaN);
  assert.equal(table([0], { score: [[1]] }, { stats: undefined }).value("score", 0, 0), NaN);
});

test("the packed stats are read by step and probe", () => {
  const column = (name, values) => ({ name, array: Float32Array.from(values) });
  const bytes = container({ steps: [0, 1], probes: 3 }, "columns", [
    column("score", [1, 2, 3, 4, 5, 6]),
    column("gini", [0, 0, 0, 0, 0, 0.5]),
  ]);
  const filled = table([0, 1], {}, { names: ["score", "gini"], stats: undefined });
  assert.equal(filled.complete, false);
  filled.fill(unpackStats(open(bytes)), 0);
  assert.equal(filled.complete, true);
  assert.deepEqual([filled.value("score", 1, 0), filled.value("gini", 1, 2)], [4, 0.5]);
});

test("stats that come later join those that are there, though they know more probes", () => {
  const before = table([0, 1], { score: [[1], [2]] });
  const after = table([0, 1, 2], {}, { names: ["score"], stats: undefined }).inherit(before);
  assert.deepEqual([after.known, after.complete], [2, false]);
  after.fill({ probes: 2, columns: new Map([["score", Float32Array.of(3, 30)]]) }, 2);
  assert.deepEqual(
    [0, 1, 2].map((index) => [after.value("score", index, 0), after.value("score", index, 1)]),
    [
      [1, NaN],
      [2, NaN],
      [3, 30],
    ],
  );
  assert.deepEqual(after.mean("score"), [1, 2, 16.5]);
});

test("of a restarted run's steps only those before the first that was written again are inherited", () => {
  const before = table([0, 1, 2], { score: [[1], [2], [3]] });
  const again = table([0, 1, 2], { score: [[0], [0], [0]] }, { stats: undefined, wall_times: [0, 1.5, 2] });
  assert.equal(again.inherit(before).known, 1);
  assert.equal(again.value("score", 1, 0), NaN);
  const other = table([0], { gini: [[1]] }, { stats: undefined });
  assert.equal(other.inherit(before).known, 0);
});

test("what is measured on maps counts where they can be trusted, and scores everywhere", () => {
  const steps = table([0], { score: [[1, 2, 3]], gini: [[0.1, 0.2, NaN]], converged: [[1, 0, 1]] });
  assert.deepEqual(steps.counted("score", 0), [1, 2, 3]);
  assert.deepEqual(steps.counted("gini", 0), [0.1]);
  const trusted = table([0], { gini: [[0.1, 0.2]], converged: [[1, 1]], trusted: [[0, 1]] });
  assert.deepEqual(trusted.counted("gini", 0), [0.2]);
});

test("peaks are each probe's largest size over all steps, and NaN where none is known", () => {
  const steps = table([0, 1], {
    max_abs: [
      [1, NaN, 5],
      [3, NaN, Infinity],
    ],
  });
  assert.deepEqual(steps.peaks(), [3, NaN, 5]);
  assert.deepEqual(table([0], {}, { peaks: [2, null] }).peaks(), [2, NaN]);
});

test("peaks that were asked for before the stats came are not kept", () => {
  const coming = new StepTable({ steps: [0], epochs: [0], wall_times: [0], names: ["max_abs"] });
  assert.deepEqual(coming.peaks(), []);
  coming.fill({ probes: 1, columns: new Map([["max_abs", Float32Array.of(4)]]) }, 0);
  assert.deepEqual(coming.peaks(), [4]);
});

test("an alarm is where the first probe's row counts one", () => {
  assert.deepEqual(table([3, 6, 9], { alarms: [[0], [2], [NaN]] }).alarmed(), [6]);
});

test("a quantile is linear between its neighbours", () => {
  assert.deepEqual(
    [0, 0.5, 0.75, 1].map((share) => quantile([1, 2, 4], share)),
    [1, 2, 3, 4],
  );
  assert.equal(quantile([], 0.5), NaN);
  assert.equal(quantile([7], 0.9), 7);
});

test("a band is of the finite values, in whatever order they come", () => {
  const band = bandOf(
    table([0, 1], {
      score: [
        [10, 0, NaN, 5],
        [NaN, NaN, NaN, NaN],
      ],
    }),
    "score",
  );
  assert.deepEqual(band, { low: [1, NaN], middle: [5, NaN], high: [9, NaN] });
});

test("a jump is a change that is unusual and large", () => {
  const line = (values) =>
    table(
      values.map((_, i) => i),
      { score: values.map((value) => [value]) },
    );
  const found = jumpsOf(line([0, 0.1, 0.2, 0.3, 0.4, 5, 5.1, 5.2, 5.3]), "score");
  assert.deepEqual(
    found.map(({ index, from, to }) => [index, from, to]),
    [[5, 0.4, 5]],
  );
  assert.deepEqual(jumpsOf(line([0, 1, 2, 3, 4, 5, 6]), "score"), []);
  assert.deepEqual(jumpsOf(line([0, 0, 0, 0, 0, 0, 0]), "score"), []);
  // With so few changes nothing is usual.
  assert.deepEqual(jumpsOf(line([0, 0, 0, 9]), "score"), []);
});

test("of a report those records are shown whose maps there are", () => {
  const reply = { epochs: [0, 1, 2], wall_times: [1, 2, 3], names: [], steps: [0, 5, 9] };
  assert.deepEqual(new StepTable(reply).drawn, [0, 5, 9]);
  const table = new StepTable({ ...reply, drawn: [0, 9] });
  assert.deepEqual(
    [-1, 0, 5, 9, 12].map((step) => table.drawnAt(step)),
    [0, 0, 0, 9, 9],
  );
  assert.equal(table.at(5), 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { derive, nameOf, nearest } from "../../tb_plugin/tensorboard_plugin_kerasig/static/derive.js";
import { data, record, state, table } from "./records.js";

const NONE = {
  catalog: null,
  catalogError: null,
  tables: new Map(),
  inputs: new Map(),
  shown: new Map(),
  extras: new Map(),
};

function logs(more = {}) {
  const run = (steps, ...maps) => ({
    probes: maps.length,
    steps: table(steps, { max_abs: steps.map(() => maps.map((map) => Math.max(...map.map(Math.abs)))) }),
    inputs: record(maps, { header: { names: maps.map((_, i) => `number ${i}`) } }),
    shown: { step: steps.at(-1), packed: record(maps) },
  });
  return data({ a: run([0, 10, 20], [1], [-4], [2]), b: run([5, 20, 30], [3], [0], [9]), ...more });
}

test("before anything has arrived there is a view of nothing", () => {
  const view = derive(state(), NONE);
  assert.deepEqual(
    [view.runs, view.sets, view.set, view.steps, view.step, view.index, view.probes, view.probe, view.needed],
    [[], [], null, [], null, -1, 0, 0, []],
  );
  assert.equal(view.sharedLimit, NaN);
});

test("with nothing chosen, up to eight runs are shown, each at its newest step", () => {
  const run = { probes: 1, steps: table([0], { max_abs: [[1]] }) };
  const more = Object.fromEntries([..."cdefghij"].map((name) => [name, run]));
  const view = derive(state(), logs(more));
  assert.equal(view.runs.map(({ chosen }) => Number(chosen)).join(""), "1111111100");
  assert.deepEqual(
    view.columns.map(({ wanted }) => wanted),
    [20, 30, 0, 0, 0, 0, 0, 0],
  );
  assert.deepEqual([view.steps, view.step], [[0, 5, 10, 20, 30], 30]);
});

test("each run shows its last step at or before the chosen one, or its first", () => {
  const at = (step) => derive(state({ step }), logs()).columns.map(({ wanted }) => wanted);
  assert.deepEqual(at(20), [20, 20]);
  assert.deepEqual(at(10), [10, 5]);
  assert.deepEqual(at(0), [0, 5]);
  // Nearest of all runs' steps: 30.
  assert.deepEqual(at(1000), [20, 30]);
});

test("nearest takes the earlier one of two that are equally near", () => {
  assert.deepEqual(
    [-5, 0, 4, 5, 6, 15, 99].map((step) => nearest([0, 10, 20], step)),
    [0, 0, 0, 0, 1, 1, 2],
  );
  assert.equal(nearest([], 3), -1);
});

test("a chosen run that is gone keeps its place and says so", () => {
  const view = derive(state({ runs: ["gone", "b"] }), logs());
  assert.deepEqual(
    view.columns.map(({ run }) => run.run),
    ["b", "gone"],
  );
  assert.match(view.columns[1].error, /not in the log directory/);
  assert.equal(view.columns[0].error, null);
});

test("what the address names and the logs do not have is as if it were not named", () => {
  const view = derive(state({ set: "letters", series: "x", probe: 99 }), logs());
  assert.deepEqual([view.set, view.series, view.probe], ["digits", "", 2]);
});

test("a run that was asked for says what it does not have", () => {
  const entry = { probes: 1, steps: table([0], { max_abs: [[1]] }) };
  const errors = (set) =>
    derive(state({ set: "digits", runs: ["a", "c"] }), logs({ c: { ...entry, set } })).columns[1].error;
  assert.match(errors({ title: "letters" }), /no probe set \u201cdigits\u201d/);
  assert.match(errors({ series: ["other"] }), /no explanations of \u201cTarget\u201d/);
  assert.equal(errors({ error: "It is cut." }), "It is cut.");
});

test("a record that is still that of another step is shown, and is not settled", () => {
  const view = derive(state({ step: 10 }), logs());
  assert.deepEqual(
    view.columns.map(({ step, wanted, settled }) => [step, wanted, settled]),
    [
      [20, 10, false],
      [30, 5, false],
    ],
  );
});

test("the gallery's scale is the middle one of the probes' peaks, and that of bars what three of four stay below", () => {
  const view = derive(state(), logs());
  // 1, 2, 3, 4 and 9; a map of zeros does not count.
  assert.deepEqual([view.sharedLimit, view.saturates], [3, true]);
  const bars = logs();
  for (const { sets } of bars.catalog.runs) sets[0].probe_kind = "tabular";
  assert.deepEqual([derive(state(), bars).sharedLimit, derive(state(), bars).saturates], [4, true]);
});

test("the scale of a step is its largest value, and that of a probe its own", () => {
  assert.equal(derive(state({ scale: "step" }), logs()).sharedLimit, 9);
  const own = derive(state({ scale: "probe" }), logs());
  assert.equal(own.sharedLimit, NaN);
  assert.deepEqual(
    [0, 1, 2].map((probe) => own.limit(own.columns[0], probe)),
    [1, 4, 2],
  );
});

test("a set of very many probes has a scale", () => {
  const packed = { header: { probes: 200_000 }, has: () => true, peak: (probe) => probe };
  const run = { probes: 200_000, steps: table([0], {}), inputs: packed, shown: { step: 0, packed } };
  assert.equal(derive(state({ scale: "step" }), data({ a: run })).sharedLimit, 199_999);
});

test("alarms are where an alarm fired in any run", () => {
  const alarmed = (steps, fired) => ({ probes: 1, steps: table(steps, { alarms: fired.map((count) => [count]) }) });
  const view = derive(state(), data({ a: alarmed([0, 10], [0, 2]), b: alarmed([5, 10, 15], [1, 0, 0]) }));
  assert.deepEqual(
    [view.steps, view.alarms],
    [
      [0, 5, 10, 15],
      [1, 2],
    ],
  );
});

test("A and B are two runs at the slider's step, or one run's first step and the slider's", () => {
  const wanted = (chosen) => {
    const logged = logs();
    for (const which of ["a", "b"]) {
      const run = derive(state({ view: "compare", ...chosen }), logged).sides.find((side) => side.which === which).run
        .run;
      const args = { run, set: "digits", series: "" };
      const steps = run === "a" ? [0, 10, 20] : [5, 20, 30];
      logged.extras.set(`compare ${which} steps`, { need: { args }, json: { steps } });
    }
    return derive(state({ view: "compare", ...chosen }), logged).sides.map(({ run, wanted }) => [run.run, wanted]);
  };
  assert.deepEqual(wanted({}), [
    ["a", 20],
    ["b", 30],
  ]);
  assert.deepEqual(wanted({ step: 10 }), [
    ["a", 10],
    ["b", 5],
  ]);
  assert.deepEqual(wanted({ runs: ["b"] }), [
    ["b", 5],
    ["b", 30],
  ]);
  const a = { run: "a", set: null, step: 15 };
  assert.deepEqual(wanted({ a }), [
    ["a", 10],
    ["b", 30],
  ]);
});

test("a probe is called by its name in the first run that has it", () => {
  const view = derive(state(), logs());
  assert.equal(nameOf(view, 1), "number 1");
  assert.equal(nameOf(view, 7), "probe 7");
});

/** Which audit is shown, which suspect of it is looked at, and how it becomes pictures and numbers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  auditNeeds,
  chosenOf,
  historyOf,
  keyOf,
  listed,
  placeOf,
  suspectsOf,
  turned,
  unpackAudit,
} from "../../tb_plugin/tensorboard_plugin_kerasig/static/audits.js";
import { derive } from "../../tb_plugin/tensorboard_plugin_kerasig/static/derive.js";
import { needs } from "../../tb_plugin/tensorboard_plugin_kerasig/static/extras.js";
import { interval, moved, movedAtMatched } from "../../tb_plugin/tensorboard_plugin_kerasig/static/intervals.js";
import { open } from "../../tb_plugin/tensorboard_plugin_kerasig/static/packed.js";
import { suspectNumbers } from "../../tb_plugin/tensorboard_plugin_kerasig/static/suspect-numbers.js";
import { exampleDrawings, meanDrawing } from "../../tb_plugin/tensorboard_plugin_kerasig/static/suspect-pictures.js";
import { container, data, state, table } from "./records.js";

const STEPS = [0, 20, 40];
const place = (name, more = {}) => ({ group: "class 3", family: "window", name, clear: true, ...more });
const FIRST = place("rows 0 to 0, columns 0 to 1", {
  ...{ box: [0, 0, 1, 2], share: [0.5, 0.4, 0.6], matched: [0.1, "NaN", 0.3], map: 0, n: 40, first: 20, p: 0.001 },
  examples: [
    { row: 7, values: 0, input: 1, label: 3 },
    { name: "b", values: 0, mask: [3] },
  ],
});
const SUSPECTS = [FIRST, place("second"), place("tested", { clear: false })];

/** An audit of pictures of 2 x 2 positions, as the server packs it. */
function audit(suspects = SUSPECTS, header = {}) {
  const pictures = [
    { picture: 0, encoding: "float32", shape: [2, 2], array: Float32Array.of(1, 2, 3, 4) },
    { picture: 1, encoding: "int16", scale: 2, shape: [2, 2, 1], array: Int16Array.of(32767, 0, 0, -32767) },
    { picture: 2, encoding: "float32", shape: [2], error: "Picture 2 of an audit is cut." },
  ];
  const full = { kind: "image", shape: [2, 2], step: 40, suspects, kinds: {}, class_names: null, ...header };
  return unpackAudit(open(container(full, "payloads", pictures)));
}

const summary = (more = {}) => ({
  error: null,
  sentence: "It relies.",
  n: 500,
  looked: 9,
  clear: 2,
  tested: 3,
  ...more,
});
const TOLD = {
  steps: STEPS,
  audits: [summary({ clear: 0 }), summary(), summary()],
  suspects: [{ ...FIRST, clear: [20, 40], history: [{ step: 0, share: [0.1, 0.05, 0.2], emphasis: null }] }],
};

/** What the loader holds of runs with audits; without `told`, nothing has arrived yet. */
function logged({ told = TOLD, shown = audit(), runs = ["a"], title = "audit" } = {}) {
  const made = data(
    Object.fromEntries(runs.map((run) => [run, { steps: table([0, 30, 50], { score: [[1], [1], [1]] }) }])),
  );
  for (const run of made.catalog.runs) {
    run.audits = [{ title, last_step: 40, wall_time: 5 }];
    const slot = (what) => JSON.stringify([run.run, title, what]);
    if (told) made.extras.set(slot("audits"), { need: {}, json: told });
    if (shown) made.extras.set(slot("suspects"), { need: {}, audit: shown });
  }
  return made;
}

const viewOf = (chosen = {}, what = {}) => derive(state({ view: "suspects", ...chosen }), logged(what));

test("pictures are unpacked as they are stored, and one that cannot be read is told of", () => {
  const { pictures, errors } = audit();
  assert.deepEqual([...pictures.keys()], [0, 1]);
  const { numbers, factor, shape } = pictures.get(1);
  assert.deepEqual([...numbers].map((value) => value * factor).map(Math.round), [2, 0, 0, -2]);
  assert.deepEqual(shape, [2, 2, 1]);
  assert.deepEqual(errors, ["Picture 2 of an audit is cut."]);
});

test("the audit that is shown is the last one up to the step, the newest where no step is chosen", () => {
  const at = (chosen) => viewOf(chosen).audits[0].at;
  assert.equal(at({}), 40);
  assert.equal(at({ step: 30 }), 20);
  assert.equal(at({ step: 0 }), 0);
  const late = { ...TOLD, steps: [10, 20, 40] };
  assert.equal(viewOf({ step: 0 }, { told: late }).audits[0].at, null);
});

test("what is told of audits is wanted everywhere, the suspects of one in their view alone", () => {
  const routes = (chosen, what) => auditNeeds(viewOf(chosen, what), state({ view: "suspects", ...chosen }));
  assert.deepEqual(
    routes({}, { told: null }).map(({ route, late }) => [route, late]),
    [["audits", false]],
  );
  const [sum, own] = routes({ step: 30 });
  assert.equal(sum.version, "40 5");
  assert.deepEqual(own.args, { run: "a", set: "audit", step: 20 });
  assert.deepEqual(
    routes({ view: "gallery" }).map(({ route, late }) => [route, late]),
    [["audits", true]],
  );
  assert.ok(needs(viewOf({ view: "timeline" }), state({ view: "timeline" })).some(({ route }) => route === "audits"));
  const broken = { ...TOLD, audits: [summary(), summary(), { error: "It is cut." }] };
  assert.deepEqual(
    routes({}, { told: broken }).map(({ route }) => route),
    ["audits"],
  );
});

test("runs without audits, and logs from before there were any, have none", () => {
  const made = logged();
  delete made.catalog.runs[0].audits;
  assert.deepEqual(derive(state({ view: "suspects" }), made).audits, []);
});

test("the first suspect is looked at until one is chosen, and where that one is not there", () => {
  const view = viewOf();
  const [own] = view.audits;
  const name = (suspect) => chosenOf(view, state({ suspect })).suspect.name;
  assert.equal(name(null), FIRST.name);
  assert.equal(name(keyOf(own, SUSPECTS[1])), "second");
  assert.equal(name(keyOf(own, SUSPECTS[2])), FIRST.name);
  assert.equal(name(["another run", "class 3", "window", "second"]), FIRST.name);
  assert.deepEqual(suspectsOf(own).tested, [SUSPECTS[2]]);
  assert.equal(chosenOf(viewOf({}, { shown: null }), state()), null);
});

test("keys turn through the suspects of all runs, in a circle", () => {
  const view = viewOf({}, { runs: ["a", "b"] });
  assert.equal(listed(view).length, 4);
  let chosen = state();
  const seen = [];
  for (let i = 0; i < 5; i++) {
    seen.push(chosenOf(view, chosen).own.column.run.run + chosenOf(view, chosen).suspect.name.slice(0, 3));
    chosen = { ...chosen, ...turned(view, chosen, 1) };
  }
  assert.deepEqual(seen, ["arow", "asec", "brow", "bsec", "arow"]);
  assert.equal(turned(view, state(), -1).suspect[0], "b");
  assert.deepEqual(turned(viewOf({}, { shown: audit([]) }), state(), 1), {});
});

test("numbers that are not there are NaN, and matched places are told by their mean and the most", () => {
  assert.deepEqual(interval(null), { mean: NaN, low: NaN, high: NaN });
  assert.deepEqual(interval([1, "-Infinity", null]), { mean: 1, low: -Infinity, high: NaN });
  assert.deepEqual(movedAtMatched(FIRST), { mean: 0.2, most: 0.3 });
  assert.deepEqual(movedAtMatched(place("x")), { mean: NaN, most: NaN });
  assert.equal(moved(place("x", { fall: [0.2, 0.1, 0.3], rise: [0.6, 0.5, 0.7] })).mean, 0.6);
  assert.equal(moved(place("x", { fall: [0.2, 0.1, 0.3], rise: null })).low, 0.1);
  assert.equal(moved(place("x", { rise: [0.6, 0.5, 0.7] })).mean, 0.6);
});

test("a place's history is that of its group, kind and name", () => {
  const [own] = viewOf().audits;
  assert.deepEqual(historyOf(own, FIRST), TOLD.suspects[0].history);
  assert.deepEqual(historyOf(own, { ...FIRST, group: "class 4" }), []);
  assert.equal(placeOf([0, 30, 50], 20), 1);
  assert.equal(placeOf([0, 30, 50], 90), 2);
});

test("an example is drawn under its map, with the place as its region: its own, or the suspect's", () => {
  const shown = audit();
  const [first, second] = exampleDrawings(shown, FIRST, state(), 100);
  assert.deepEqual([...first.inputs.regions[0].mask], [1, 1, 0, 0]);
  assert.deepEqual(first.inputs.regions[0].shape, [1, 2, 2]);
  assert.deepEqual([...second.inputs.regions[0].mask], [0, 0, 0, 1]);
  assert.deepEqual([...first.record.get(0, 0).numbers], [1, 2, 3, 4]);
  assert.equal(first.inputs.get(0, 0).numbers.length, 4);
  // Each has a number of its own, by which its picture is kept.
  assert.equal(second.probe, 1);
  assert.equal(second.inputs.get(1, 0), undefined);
  assert.equal(first.limit, 4);
  // Drawn again, they are the same: their canvases are not painted anew.
  assert.equal(exampleDrawings(shown, FIRST, state(), 100)[0].record, first.record);
});

test("an example without a map is seen as it is", () => {
  const tint = place("mean colour", { examples: [{ input: 1 }, { input: 1, values: 0 }] });
  const shown = exampleDrawings(audit(), tint, state(), 100).map((drawing) => drawing.state.show);
  assert.deepEqual(shown, ["input", "overlay"]);
});

test("maps that are nowhere below zero are drawn as sizes, others as signed", () => {
  const signs = (values) => {
    const shown = audit();
    shown.pictures.set(0, { numbers: Float32Array.from(values), factor: 1, shape: [2, 2] });
    const one = place("x", { examples: [{ values: 0 }, { values: null, input: 1 }] });
    return exampleDrawings(shown, one, state(), 100).map((drawing) => drawing.state.sign);
  };
  assert.deepEqual(signs([0, 1, 2, 3]), ["absolute", "absolute"]);
  assert.deepEqual(signs([0, 1, -2, 3]), ["signed", "signed"]);
});

test("words are marked where the place is in each sentence", () => {
  const word = place("okapi", {
    examples: [
      { text: ["an", "okapi"], mask: [1] },
      { text: ["okapi", "it", "is"], mask: [0] },
    ],
  });
  const drawings = exampleDrawings(audit([word], { kind: "tokens", shape: [8] }), word, state(), 100);
  assert.deepEqual(
    drawings.map(({ inputs, probe }) => [inputs.header.tokens[probe], [...inputs.regions[0].mask]]),
    [
      [
        ["an", "okapi"],
        [0, 1],
      ],
      [
        ["okapi", "it", "is"],
        [1, 0, 0],
      ],
    ],
  );
});

test("a mean map is drawn by its size, and what lies everywhere has no region", () => {
  const mean = meanDrawing(audit(), FIRST, state({ show: "input", sign: "negative" }), 100);
  assert.equal(mean.state.show, "map");
  assert.equal(mean.paint.absolute, true);
  assert.deepEqual([...mean.inputs.regions[0].mask], [1, 1, 0, 0]);
  const tint = place("mean colour", { family: "coordinate", map: 0 });
  assert.deepEqual(meanDrawing(audit(), tint, state(), 100).inputs.regions, []);
  assert.equal(meanDrawing(audit(), place("no map"), state(), 100), null);
});

test("what was tested is saved in full", () => {
  const { head, rows } = suspectNumbers(viewOf());
  assert.equal(rows.length, 3);
  assert.ok(rows.every((row) => row.length === head.length));
  const first = Object.fromEntries(head.map((name, i) => [name, rows[0][i]]));
  assert.equal(first["stands clear"], "yes");
  assert.equal(first["share low"], 0.4);
  assert.equal(first["at most"], 0.3);
  assert.equal(first["since step"], 20);
  assert.deepEqual(suspectNumbers(viewOf({}, { shown: null })).rows, []);
});

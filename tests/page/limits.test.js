import assert from "node:assert/strict";
import { test } from "node:test";
import { derive } from "../../tb_plugin/tensorboard_plugin_kerasig/static/derive.js";
import { extrasSettled, needs } from "../../tb_plugin/tensorboard_plugin_kerasig/static/extras.js";
import { scaleOf } from "../../tb_plugin/tensorboard_plugin_kerasig/static/scales.js";
import { data, random, record, state, table } from "./records.js";

const SIDE = 70;
const PROBES = 12;
const STEPS = Array.from({ length: 30 }, (_, i) => 10 * i);
const LEAVES = [{ name: "x", shape: [SIDE, SIDE] }];

/** Maps of photographs: noise, the stronger the later the probe and the step. */
function photographs(step) {
  const next = random(step + 1);
  const maps = Array.from({ length: PROBES }, (_, probe) =>
    Float32Array.from({ length: SIDE * SIDE }, () => (next() - 0.5) * (1 + probe) * (1 + step / 100)),
  );
  return record(maps, { leaves: LEAVES });
}

/** One run's log; everything that a view needs has arrived. */
function arrived(chosen, { kind = "image" } = {}) {
  const peaks = STEPS.map(() => Array.from({ length: PROBES }, (_, probe) => 1 + probe));
  const run = { probes: PROBES, steps: table(STEPS, { max_abs: peaks }), inputs: photographs(0) };
  const logs = data({ a: { ...run, shown: { step: 290, packed: photographs(290) }, set: { probe_kind: kind } } });
  const own = state({ view: "gallery", ...chosen });
  for (const need of needs(derive(own, logs), own))
    logs.extras.set(need.slot, { need, packed: photographs(need.args.step) });
  return { own, logs, view: derive(own, logs) };
}

test("a photograph's limit is the same in every view, at every step and of every probe", () => {
  const limits = [{}, { view: "probe", probe: 0 }, { view: "probe", probe: 11, step: 50 }, { step: 0 }].map(
    (chosen) => {
      const { own, logs, view } = arrived(chosen);
      assert.equal(scaleOf(view, own, logs).shared, view.sharedLimit);
      assert.equal(scaleOf(view, own, logs).limit(view.columns[0], 3), view.sharedLimit);
      return view.sharedLimit;
    },
  );
  assert.ok(limits[0] > 0);
  assert.equal(new Set(limits).size, 1);
});

test("it is taken of eight probes at four steps at most, the last one among them", () => {
  const { own, view } = arrived({});
  const asked = needs(view, own);
  assert.deepEqual(
    asked.map(({ args }) => args.step),
    [0, 160, 290],
  );
  for (const { args } of asked) assert.equal(args.probes, "0,1,3,4,6,7,9,10");
});

test("smoothed maps are weaker than their pixels, and a lower percentile is lower", () => {
  const limit = (chosen) => arrived(chosen).view.sharedLimit;
  assert.ok(limit({}) < limit({ smooth: 0 }) / 2);
  assert.ok(limit({ smooth: 0, clip: 50 }) < limit({ smooth: 0 }));
  assert.ok(limit({ smooth: 0, clip: 99 }) === limit({ smooth: 0 }));
});

test("without smoothing and clipping, what was measured is enough", () => {
  const { own, view } = arrived({ smooth: 0, clip: 100 });
  assert.deepEqual(needs(view, own), []);
  assert.equal(view.sharedLimit, 7);
});

test("values of other probes than those that are needed are not what was waited for", () => {
  const { own, logs, view } = arrived({});
  assert.ok(extrasSettled(view, own, logs));
  const [slot, { need, packed }] = [...logs.extras][0];
  logs.extras.set(slot, { need: { ...need, args: { ...need.args, probes: "0,1" } }, packed });
  assert.ok(!extrasSettled(view, own, logs));
});

test("a bar is whole at what three of four probes stay below, whatever the largest is", () => {
  const { view } = arrived({}, { kind: "tabular" });
  assert.deepEqual([view.sharedLimit, view.saturates], [10, true]);
  assert.match(
    view.limitWords,
    /^Three of four probes stay below a whole bar; longer bars end in an arrow\. One scale for all/,
  );
});

test("until the values have arrived, what is shown has to do", () => {
  const { own, logs } = arrived({});
  logs.extras.clear();
  assert.ok(derive(own, logs).sharedLimit > 0);
});

test("at one step the limit is that step's, and of each picture its own", () => {
  const early = arrived({ scale: "step", step: 0 });
  assert.deepEqual(
    needs(early.view, early.own).map(({ args }) => args.step),
    [0],
  );
  assert.ok(early.view.sharedLimit < arrived({ scale: "step" }).view.sharedLimit / 2);
  const { view } = arrived({ scale: "probe" });
  assert.ok(view.limit(view.columns[0], 1) < view.limit(view.columns[0], 9));
});

test("the sentence says what the limit is", () => {
  assert.match(arrived({}).view.limitWords, /^Means over 4 × 4 pixels\. 1% of a typical image is beyond/);
  assert.match(
    arrived({ smooth: 0, clip: 100 }).view.limitWords,
    /^The strongest colours are for the largest value of a/,
  );
  assert.match(arrived({ scale: "probe" }).view.limitWords, /do not compare strengths/);
  assert.match(arrived({ clip: 97.5 }).view.limitWords, /2\.5% of a typical image/);
});

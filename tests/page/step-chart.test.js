import assert from "node:assert/strict";
import { test } from "node:test";
import { measureOf } from "../../tb_plugin/tensorboard_plugin_kerasig/static/measures.js";
import {
  alarmMarks,
  meanAt,
  rulesOf,
  stepChart,
} from "../../tb_plugin/tensorboard_plugin_kerasig/static/views/step-chart.js";
import { state, table } from "./records.js";

const STEPS = [0, 100, 200, 300];

function track(name, { alarms = [0, 0, 0, 0], tolerance = 0.01, values = [0.004, 0.006, 0.005, 0.008] } = {}) {
  const steps = table(STEPS, { residual: values.map((value) => [value]), alarms: alarms.map((value) => [value]) });
  const header = tolerance === null ? {} : { tolerances: { residual: tolerance } };
  return { table: steps, name, color: `#${name}`, column: { record: { header }, inputs: null } };
}

function all(vnode, kind, found = []) {
  if (typeof vnode === "string") return found;
  if (vnode.props.class?.split(" ").includes(kind)) found.push(vnode);
  for (const child of vnode.children) all(child, kind, found);
  return found;
}

function text(vnode) {
  return typeof vnode === "string" ? vnode : vnode.children.map(text).join("");
}

function drawn(tracks, { over = null, step = 300, actions = {}, audits = [] } = {}) {
  const view = { steps: STEPS, step, index: STEPS.indexOf(step), audits };
  return stepChart(view, state({ over }), actions, {
    ...{ key: `test ${Math.random()}`, name: "residual", measure: measureOf("residual"), label: "residual" },
    ...{ tracks, width: 240, height: 120, deps: [] },
    lines: tracks.map(({ table, color }) => ({ xs: table.steps, ys: table.mean("residual"), color })),
    readAt: ({ table }, index) => table.mean("residual")[index],
  });
}

test("marks are by step and name the runs, of many some", () => {
  const one = track("a", { alarms: [0, 1, 0, 2] });
  assert.deepEqual(
    alarmMarks([one]).map(({ at, title }) => [at, title]),
    [
      [100, "Alarm at step 100"],
      [300, "Alarm at step 300"],
    ],
  );
  const many = Array.from({ length: 40 }, (_, i) => track(`r${i}`, { alarms: [0, 0, 1, 0] }));
  assert.deepEqual(
    alarmMarks([one, ...many]).map(({ title }) => title),
    ["a: alarm at step 100", "r0, r1, r2, r3 and more: alarm at step 200", "a: alarm at step 300"],
  );
  assert.equal(alarmMarks([one]), alarmMarks([one]));
  assert.deepEqual(alarmMarks([]), []);
});

test("what all runs allow is one line without a colour; where they differ each has its own", () => {
  const measure = measureOf("residual");
  const titles = (tracks) => rulesOf(tracks, "residual", measure).map(({ title, color }) => [title, color]);
  assert.deepEqual(titles([track("a"), track("b")]), [["1% allowed", undefined]]);
  assert.deepEqual(titles([track("a"), track("b", { tolerance: 0.001 })]), [
    ["1% allowed", "#a"],
    ["0.1% allowed", "#b"],
  ]);
  assert.deepEqual(titles([track("a", { tolerance: null })]), []);
});

test("the axis of an error begins at 0 and holds what is allowed", () => {
  const chart = drawn([track("a")]);
  assert.deepEqual(all(chart, "y").map(text), ["0%", "0.5%", "1%"]);
  assert.deepEqual(all(chart, "said").map(text), ["1% allowed"]);
  assert.deepEqual(all(chart, "start").map(text), ["0"]);
  assert.equal(all(chart, "rule").length, 1);
});

test("of many runs the largest are read off, and how many are lower", () => {
  const many = Array.from({ length: 12 }, (_, i) => track(`r${i}`, { values: STEPS.map(() => i / 1000) }));
  const [reading] = all(drawn(many, { over: 100 }), "reading");
  const rows = reading.children.map(text);
  assert.equal(rows[0], "step 100");
  assert.deepEqual(rows.slice(1, 3), ["r111.1%", "r101%"]);
  assert.equal(rows.at(-1), "and 4 lower");
});

test("a press chooses the nearest step, a move only points at it", () => {
  const chosen = [];
  const actions = { go: (index) => chosen.push(index), choose: (patch) => chosen.push(patch) };
  const { on } = drawn([track("a")], { actions }).props;
  const event = (clientX, more = {}) => ({
    ...{ clientX, clientY: 50, button: 0, buttons: 0, ...more },
    currentTarget: { getBoundingClientRect: () => ({ left: 0, top: 0 }) },
  });
  on.pointermove(event(112));
  assert.deepEqual(chosen.splice(0), [{ over: 100 }]);
  on.pointerdown(event(112));
  assert.deepEqual(chosen.splice(0), [1, { over: 100 }]);
  on.pointermove(event(999, { buttons: 1 }));
  assert.deepEqual(chosen.splice(0), [3, { over: 300 }]);
  on.pointerdown(event(112, { button: 2 }));
  assert.deepEqual(chosen, []);
});

test("one run's mean is told beside what is allowed", () => {
  const measure = measureOf("residual");
  assert.equal(meanAt([track("a")], "residual", measure, 300), "0.8% of 1% allowed");
  assert.equal(meanAt([track("a"), track("b")], "residual", measure, 300), "");
  assert.equal(meanAt([track("a")], "residual", measure, null), "");
});

test("a line is as before where others join it, and follows the axis where they stretch it", () => {
  const paths = (tracks) => all(drawn(tracks), "curve").map(({ props }) => props.d);
  const [one, low, high] = [track("a"), track("b"), track("c", { values: [0.5, 0.5, 0.5, 0.5] })];
  const alone = paths([one]);
  assert.equal(paths([one, low])[0], alone[0]);
  const stretched = paths([one, high]);
  assert.notEqual(stretched[0], alone[0]);
  assert.deepEqual(paths([one]), alone);
  assert.match(alone[0], /^M[\d.]+ [\d.]+(L[\d.]+ [\d.]+){3}$/);
});

test("a suspect is marked where it first stood clear, if that is within the steps that are drawn", () => {
  const place = (name, first, clear = [first]) => ({ group: "class 3", family: "window", name, first, clear });
  const told = { suspects: [place("rows 1 to 3", 200), place("far", 900), place("tested", null, [])] };
  const own = { column: { run: { label: "tagged" } }, told };
  const marks = (audits) => all(drawn([track("a")], { audits }), "suspected").map(text);
  assert.deepEqual(marks([own]), ["Suspect at step 200: rows 1 to 3 in class 3"]);
  assert.deepEqual(marks([own, { ...own, told: null }]), ["tagged: suspect at step 200: rows 1 to 3 in class 3"]);
  assert.deepEqual(marks([]), []);
});

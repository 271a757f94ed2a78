/** Any scalar of the set over the steps: its mean and quantiles over the probes, or each probe; and where it jumped. */

import { runColor } from "../color.js";
import { nameOf, nearest } from "../derive.js";
import { h } from "../dom.js";
import { count, digits, short } from "../format.js";
import { measureIn } from "../measures.js";
import { bandOf, jumpsOf, lineOf } from "../timeline.js";
import { available } from "./charts.js";
import { jumps } from "./jumps.js";
import { change, traceChart } from "./trace.js";
import { words } from "./words.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("./page.js").Actions} Actions
 *
 * @typedef {object} Track One run's numbers.
 * @property {import("../derive.js").Column} column
 * @property {import("../steps.js").StepTable} table
 * @property {string} name
 * @property {string} color
 */

const SPREADS = /** @type {[State["spread"], string][]} */ ([
  ["mean", "Mean and quantiles"],
  ["probes", "Each probe"],
]);
/** Beside the page's edges and the sidebar. */
const OTHER_WIDTH = 232 + 40 + 17;

/**
 * @param {View} view
 * @param {State} state
 * @returns {Track[]}
 */
function tracksOf(view, state) {
  return view.columns.flatMap((column) =>
    column.table && !column.error
      ? [
          {
            column,
            table: column.table,
            name: short(column.run.label, 60) || ".",
            color: runColor(column.run.index, state.dark),
          },
        ]
      : [],
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @returns {{names: string[], name: string | null}} The scalars there are, and the shown one.
 */
export function scalars(view, state) {
  const tables = tracksOf(view, state).map(({ table }) => table);
  const names = available(tables);
  const first = names.find((name) => measureIn(tables, name).sorted === 0) ?? names[0] ?? null;
  return { names, name: state.stat !== null && names.includes(state.stat) ? state.stat : first };
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Actions} actions
 * @returns {VNode[]}
 */
export function timelineView(view, state, actions) {
  const tracks = tracksOf(view, state);
  const { names, name } = scalars(view, state);
  if (!tracks.length || !tracks.some(({ table }) => table.steps.length)) return [];
  const whole = tracks.every(({ table }) => table.complete);
  if (!whole || name === null) {
    const sentence = whole ? "Nothing was measured in this log." : "Loading\u2026";
    return [h("p", { class: "muted timeline", role: "status" }, sentence)];
  }
  return [
    h(
      "section",
      { class: "timeline", "aria-label": "Timeline", "data-stat": name },
      choices(view, state, tracks, names, name, actions),
      chart(view, state, tracks, name, actions),
      readout(view, state, tracks, name),
      jumps(view, tracks, names, name, actions),
    ),
  ];
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Track[]} tracks
 * @param {string[]} names
 * @param {string} name
 * @param {Actions} actions
 * @returns {VNode}
 */
function choices(view, state, tracks, names, name, { choose }) {
  const tables = tracks.map(({ table }) => table);
  return h(
    "div",
    { class: "toolbar choices" },
    h(
      "label",
      { class: "sorting" },
      "Scalar",
      h(
        "select",
        { value: name, on: { change: (/** @type {any} */ event) => choose({ stat: event.target.value }) } },
        names.map((other) =>
          h("option", { value: other, key: other, selected: other === name }, words(measureIn(tables, other))),
        ),
      ),
    ),
    h(
      "div",
      { class: "segments", role: "radiogroup", "aria-label": "Drawn" },
      SPREADS.map(([value, label]) =>
        h(
          "label",
          { class: "segment", key: value },
          h("input", {
            type: "radio",
            name: "spread",
            value,
            checked: value === state.spread,
            on: { change: () => choose({ spread: value }) },
          }),
          h("span", null, label),
        ),
      ),
    ),
    state.spread === "probes" &&
      h(
        "select",
        {
          class: "which",
          "aria-label": "Probe",
          value: String(view.probe),
          on: { change: (/** @type {any} */ event) => choose({ probe: Number(event.target.value) }) },
        },
        Array.from({ length: view.probes }, (_, i) =>
          h("option", { value: i, key: i, selected: i === view.probe }, short(nameOf(view, i), 60)),
        ),
      ),
    h(
      "span",
      { class: "muted found" },
      state.spread === "mean" ? "band: from the 10% to the 90% quantile of the probes" : "strong: the chosen probe",
    ),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Track[]} tracks
 * @param {string} name
 * @param {Actions} actions
 * @returns {VNode}
 */
function chart(view, state, tracks, name, actions) {
  const each = state.spread === "probes";
  const tables = tracks.map(({ table }) => table);
  const having = tracks.filter(({ table }) => table.names.includes(name));
  const faint = Math.max(0.25, Math.min(0.6, 6 / Math.max(1, view.probes)));
  const lines = having.flatMap(({ table, color }) => {
    const { steps } = table;
    if (!each) return [{ steps, values: table.mean(name), color, width: 2, opacity: 1 }];
    const others = Array.from({ length: table.stats.probes }, (_, probe) => probe).filter((i) => i !== view.probe);
    return [
      ...others.map((probe) => ({ steps, values: lineOf(table, name, probe), color, width: 1, opacity: faint })),
      { steps, values: lineOf(table, name, view.probe), color, width: 2.5, opacity: 1 },
    ];
  });
  const areas = each ? [] : having.map(({ table, color }) => ({ steps: table.steps, ...bandOf(table, name), color }));
  const marks = having.flatMap(({ table, color, name: run }) =>
    jumpsOf(table, name).map(({ index, from, to }) => ({
      step: table.steps[index],
      color,
      title: `${run}, step ${count(table.steps[index])}: ${change(from, to)}`,
    })),
  );
  const aim = (/** @type {number} */ at, /** @type {number} */ value, /** @type {boolean} */ pressed) => {
    const step = view.steps[nearest(view.steps, at)];
    if (step === undefined) return;
    if (pressed) actions.go(nearest(view.steps, at));
    if (pressed && each) actions.choose({ probe: closest(having, name, step, value, view.probe) });
    if (state.over !== step) actions.choose({ over: step });
  };
  return traceChart({
    label: `${words(measureIn(tables, name))} over the steps; a click chooses the step`,
    lines,
    areas,
    marks,
    steps: view.steps,
    step: view.step,
    over: state.over,
    width: Math.max(320, window.innerWidth - OTHER_WIDTH),
    height: Math.max(240, Math.min(460, window.innerHeight - 420)),
    deps: [
      name,
      state.spread,
      each ? view.probe : 0,
      state.dark,
      ...having.map(({ table }) => table),
      view.steps.length,
    ],
    aim,
    leave: () => actions.choose({ over: null }),
  });
}

/**
 * @param {Track[]} tracks
 * @param {string} name
 * @param {number} step
 * @param {number} value
 * @param {number} otherwise
 * @returns {number} The probe whose value at the step is the nearest.
 */
function closest(tracks, name, step, value, otherwise) {
  let [best, least] = [otherwise, Infinity];
  for (const { table } of tracks) {
    for (let probe = 0; probe < table.stats.probes; probe++) {
      const away = Math.abs(table.value(name, table.at(step), probe) - value);
      if (away < least) [best, least] = [probe, away];
    }
  }
  return best;
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Track[]} tracks
 * @param {string} name
 * @returns {VNode}
 */
function readout(view, state, tracks, name) {
  const step = state.over ?? view.step;
  const heads = ["step", "mean", "10%", "median", "90%", short(nameOf(view, view.probe), 24)];
  return h(
    "table",
    { class: "readings" },
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        h("th", null, "run"),
        heads.map((text, i) => h("th", { class: "number", key: i }, text)),
      ),
    ),
    h(
      "tbody",
      null,
      tracks.map(({ table, name: run, color, column }) => {
        const index = step === null ? -1 : table.at(step);
        const band = bandOf(table, name);
        const cells = [
          table.mean(name)[index] ?? NaN,
          band.low[index] ?? NaN,
          band.middle[index] ?? NaN,
          band.high[index] ?? NaN,
          index < 0 ? NaN : table.value(name, index, view.probe),
        ];
        return h(
          "tr",
          { key: column.key },
          h("td", null, h("i", { class: "swatch", style: { background: color } }), h("bdi", { class: "name" }, run)),
          h("td", { class: "number" }, index < 0 ? "" : count(table.steps[index])),
          cells.map((value, i) => h("td", { class: "number", key: i }, digits(value))),
        );
      }),
    ),
  );
}

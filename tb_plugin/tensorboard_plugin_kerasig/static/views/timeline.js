/** Any scalar of the set over the steps: its mean and quantiles over the probes, or each probe; and where it jumped. */

import { nameOf } from "../derive.js";
import { h } from "../dom.js";
import { count, short } from "../format.js";
import { measureIn } from "../measures.js";
import { told } from "../quantity.js";
import { term } from "../terms.js";
import { bandOf, jumpsOf, largestJump, lineOf } from "../timeline.js";
import { about } from "./about.js";
import { available } from "./charts.js";
import { change, jumps } from "./jumps.js";
import { meanAt, stepChart } from "./step-chart.js";
import { tracksOf } from "./tracks.js";
import { words } from "./words.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("./page.js").Actions} Actions
 * @typedef {import("./tracks.js").Track} Track
 */

const SPREADS = /** @type {[State["spread"], string][]} */ ([
  ["mean", "Mean and quantiles"],
  ["probes", "Each probe"],
]);
/** Of more runs, the bands would lie over each other. */
const MOST_BANDS = 4;

/**
 * @param {View} view
 * @param {State} state
 * @returns {{names: string[], name: string | null}} The scalars there are, and the shown one: where none was chosen, the
 * one with the largest jump.
 */
export function scalars(view, state) {
  const tables = tracksOf(view, state).map(({ table }) => table);
  const names = available(tables);
  if (state.stat !== null && names.includes(state.stat)) return { names, name: state.stat };
  const usual = names.find((name) => measureIn(tables, name).sorted === 0) ?? names[0] ?? null;
  // Among what a newcomer looks at, if any of that jumped.
  const isKnown = (/** @type {string} */ name) => {
    const { charted, sorted } = measureIn(tables, name);
    return Math.min(charted, sorted) < Infinity;
  };
  const jumped = largestJump(tables, names.filter(isKnown)) ?? largestJump(tables, names);
  return { names, name: jumped?.name ?? usual };
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
      state.spread === "probes"
        ? "strong: the chosen probe"
        : tracks.length > MOST_BANDS
          ? "the quantiles are in the table below"
          : "band: from the 10% to the 90% quantile of the probes",
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
  const having = tracks.filter(({ table }) => table.names.includes(name));
  const measure = measureIn(
    tracks.map(({ table }) => table),
    name,
  );
  const faint = Math.max(0.25, Math.min(0.6, 6 / Math.max(1, view.probes)));
  const lines = having.flatMap(({ table, color }) => {
    const xs = table.steps;
    if (!each) return [{ xs, ys: table.mean(name), color }];
    const others = Array.from({ length: table.stats.probes }, (_, probe) => probe).filter((i) => i !== view.probe);
    return [
      ...others.map((probe) => ({ xs, ys: lineOf(table, name, probe), color, width: 1, opacity: faint })),
      { xs, ys: lineOf(table, name, view.probe), color, width: 2.5 },
    ];
  });
  const marks = having.flatMap(({ table, color, name: run }) =>
    jumpsOf(table, name).map(({ index, from, to }) => ({
      at: table.steps[index],
      kind: /** @type {const} */ ("jump"),
      color,
      title: `${run}, step ${count(table.steps[index])}: ${change(from, to, measure)}`,
    })),
  );
  return h(
    "figure",
    { class: "plotted", key: "chart" },
    h(
      "figcaption",
      null,
      about(measure, each ? `${words(measure)}, each probe` : `${words(measure)}, mean over the probes`),
      !each && h("span", { class: "number muted" }, meanAt(having, name, measure, state.over ?? view.step)),
    ),
    stepChart(view, state, actions, {
      key: "timeline",
      name,
      measure,
      label: words(measure),
      tracks: having,
      lines,
      bands:
        each || having.length > MOST_BANDS
          ? []
          : having.map(({ table, color }) => ({ xs: table.steps, ...bandOf(table, name), color })),
      marks,
      readAt: ({ table }, index) => (each ? table.value(name, index, view.probe) : (table.mean(name)[index] ?? NaN)),
      width: state.port.width,
      height: Math.max(240, Math.min(460, window.innerHeight - 420)),
      parts: 4,
      deps: [name, state.spread, each ? view.probe : 0, state.dark, ...having.map(({ table }) => table)],
      chosen: (step, value) => each && actions.choose({ probe: closest(having, name, step, value, view.probe) }),
    }),
  );
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
  const measure = measureIn(
    tracks.map(({ table }) => table),
    name,
  );
  const heads = ["step", ...["mean", "low", "median", "high"].map((of) => about(term(of)))];
  const own = h("bdi", null, short(nameOf(view, view.probe), 24));
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
        [...heads, own].map((text, i) => h("th", { class: "number", key: i }, text)),
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
          cells.map((value, i) => h("td", { class: "number", key: i }, told(measure, value))),
        );
      }),
    ),
  );
}

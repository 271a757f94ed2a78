/** The set's scalars over the steps; a click chooses the step. */

import { h } from "../dom.js";
import { byPlace, measureIn } from "../measures.js";
import { meanAt, stepChart } from "./step-chart.js";
import { tracksOf } from "./tracks.js";
import { meaning, words } from "./words.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("./tracks.js").Track} Track
 * @typedef {{choose: (patch: Partial<State>) => void, go: (index: number) => void}} Actions
 */

const SHOWN_AT_FIRST = 4;
const LEAST_WIDTH = 216;
const MOST_WIDTH = 420;
const GAP = 16;
const HEIGHT = 122;

/**
 * @param {View} view
 * @param {State} state
 * @param {Actions} actions
 * @returns {VNode | null} Null before there is a scalar.
 */
export function charts(view, state, actions) {
  const tracks = tracksOf(view, state);
  const logged = tracks.map(({ table }) => table);
  const names = available(logged);
  if (!names.length) return null;
  const of = (/** @type {string} */ name) => measureIn(logged, name);
  const chosen = state.charts ? names.filter((name) => state.charts?.includes(name)) : names.slice(0, SHOWN_AT_FIRST);
  const toggle = (/** @type {string} */ name) =>
    actions.choose({
      charts: names.filter((other) => (other === name ? !chosen.includes(name) : chosen.includes(other))),
    });
  const chip = (/** @type {string} */ name) =>
    h(
      "button",
      {
        type: "button",
        class: "chip",
        key: name,
        "aria-pressed": String(chosen.includes(name)),
        title: meaning(of(name)),
        on: { click: () => toggle(name) },
      },
      words(of(name)),
    );
  const isFirst = (/** @type {string} */ name) => of(name).charted < Infinity || chosen.includes(name);
  const rest = names.filter((name) => !isFirst(name));
  return h(
    "section",
    { class: "charts", "aria-label": "Scalars over the steps; a click chooses the step" },
    h(
      "div",
      { class: "chips" },
      h(
        "span",
        {
          class: "muted",
          title: "What is measured on maps: over the trusted probes alone, as in the training logs.",
        },
        "Mean over the probes:",
      ),
      names.filter(isFirst).map(chip),
      rest.length > 0 && h("details", { class: "more", key: "more" }, h("summary", null, "more\u2026"), rest.map(chip)),
    ),
    chosen.length > 0 && panels(view, state, actions, tracks, chosen),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Actions} actions
 * @param {Track[]} tracks
 * @param {string[]} names
 * @returns {VNode}
 */
function panels(view, state, actions, tracks, names) {
  const most = Math.max(1, Math.floor((state.port.width + GAP) / (LEAST_WIDTH + GAP)));
  // Rows of the same length as far as may be: none alone below three.
  const perRow = Math.ceil(names.length / Math.ceil(names.length / most));
  const width = Math.min(MOST_WIDTH, Math.floor((state.port.width + GAP) / perRow) - GAP);
  return h(
    "div",
    { class: "panels", key: "panels", "data-charts": names.length, "data-step": view.step },
    names.map((name, i) => {
      const having = tracks.filter(({ table }) => table.names.includes(name));
      const measure = measureIn(
        having.map(({ table }) => table),
        name,
      );
      const many = having.length > 8;
      return h(
        "figure",
        { class: "plotted", key: name, "data-chart": name, style: { width: `${width}px` } },
        h(
          "figcaption",
          { title: meaning(measure) },
          h("span", { class: "name" }, words(measure)),
          h("span", { class: "number muted" }, meanAt(having, name, measure, state.over ?? view.step)),
        ),
        stepChart(view, state, actions, {
          key: `chart ${name}`,
          name,
          measure,
          label: words(measure),
          tracks: having,
          lines: having.map(({ table, color }) => ({
            xs: table.steps,
            ys: table.mean(name),
            color,
            width: many ? 1.25 : 2,
            opacity: many ? 0.8 : 1,
          })),
          readAt: ({ table }, index) => table.mean(name)[index] ?? NaN,
          width,
          height: HEIGHT,
          spare: (perRow - 1 - (i % perRow)) * (width + GAP),
          deps: [state.dark, ...having.flatMap(({ table, color }) => [table, color])],
        }),
      );
    }),
  );
}

/**
 * @param {import("../steps.js").StepTable[]} tables
 * @returns {string[]} The stats that have a value anywhere, what a newcomer should see first.
 */
export function available(tables) {
  const of = (/** @type {string} */ name) => measureIn(tables, name);
  // Not a scalar to look at over time, or shown by its own control.
  const names = [...new Set(tables.flatMap((table) => table.names))].filter((name) => !of(name).hidden);
  const filled = names.filter((name) =>
    // Before the numbers are there, their place is kept.
    tables.some(
      (table) => table.names.includes(name) && (!table.averaged(name) || table.mean(name).some(Number.isFinite)),
    ),
  );
  return filled.sort((a, b) => byPlace(of(a).charted, of(b).charted));
}

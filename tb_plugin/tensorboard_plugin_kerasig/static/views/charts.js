/** The set's scalars over the steps; a click chooses the step. */

import { runColor } from "../color.js";
import { nearest } from "../derive.js";
import { h } from "../dom.js";
import { short } from "../format.js";
import { byPlace, measureIn } from "../measures.js";
import { figure, markers } from "./figure.js";
import { meaning, words } from "./words.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 */

/** Before the chosen step is marked: it takes longer than a step may. */
const RESTS_FOR_MS = 120;
const SHOWN_AT_FIRST = 4;

/**
 * @param {View} view
 * @param {State} state
 * @param {{choose: (patch: Partial<State>) => void, go: (index: number) => void}} actions
 * @param {any} plotly
 * @returns {import("../dom.js").VNode | null} Null before there is a scalar.
 */
export function charts(view, state, { choose, go }, plotly) {
  const tables = view.columns.flatMap(({ table, run, error }) => (table && !error ? [{ table, run }] : []));
  const logged = tables.map(({ table }) => table);
  const names = available(logged);
  const of = (/** @type {string} */ name) => measureIn(logged, name);
  const chosen = state.charts ? names.filter((name) => state.charts?.includes(name)) : names.slice(0, SHOWN_AT_FIRST);
  const toggle = (/** @type {string} */ name) =>
    choose({ charts: names.filter((other) => (other === name ? !chosen.includes(name) : chosen.includes(other))) });
  const lines = tables.map(({ table, run }) => ({
    table,
    name: short(run.label, 40) || ".",
    color: runColor(run.index, state.dark),
  }));
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
  if (!names.length) return null;
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
    chosen.length > 0 &&
      h("div", {
        class: "plot",
        key: "plot",
        "data-charts": String(chosen.length),
        effect: {
          deps: [
            plotly,
            state.dark,
            view.step,
            chosen.join("\n"),
            tables.map(({ run }) => run.run).join("\n"),
            ...tables.map(({ table }) => table),
          ],
          run: (/** @type {any} */ element) => {
            const select = (/** @type {number} */ step) => go(nearest(view.steps, step));
            // One object for the element's life: a drawing that is under way holds it, too.
            element.kerasig ??= { drawing: false, timer: 0, identity: null, listening: false };
            element.kerasig.wanted = { plotly, lines, names: chosen, dark: state.dark, step: view.step, select };
            paint(element);
          },
        },
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
    tables.some((table) => table.names.includes(name) && (!table.complete || table.mean(name).some(Number.isFinite))),
  );
  return filled.sort((a, b) => byPlace(of(a).charted, of(b).charted));
}

/**
 * Draws what is wanted, after the gallery has been painted: a chart takes longer than a step may.
 * @param {any} element
 * @returns {void}
 */
function paint(element) {
  const own = element.kerasig;
  const waits = own.wanted.lines.some((/** @type {any} */ { table }) => !table.known);
  if (!own.wanted.plotly || own.drawing || waits) return;
  // Nothing of it while steps follow each other.
  clearTimeout(own.timer);
  own.timer = setTimeout(
    async () => {
      own.drawing = true;
      const drawn = own.wanted;
      try {
        await settled(draw(element, drawn));
        element.dataset.step = String(drawn.step);
      } catch (error) {
        // Drawn afresh next time: a chart that failed once must not stay behind.
        own.identity = null;
        console.warn("kerasig: a chart was not drawn.", error);
      }
      own.drawing = false;
      const resized = own.identity && element.clientWidth !== own.identity[1];
      if (own.wanted !== drawn || resized) paint(element);
    },
    own.identity ? RESTS_FOR_MS : 0,
  );
}

/**
 * @param {any} element
 * @param {any} wanted
 * @returns {Promise<any>} Plotly's.
 */
async function draw(element, { plotly, lines, names, dark, step }) {
  const own = element.kerasig;
  const identity = [
    dark,
    element.clientWidth,
    names.join("\n"),
    ...lines.flatMap((/** @type {any} */ line) => [line.table, line.name, line.color]),
  ];
  const same = own.identity?.length === identity.length && identity.every((part, i) => part === own.identity[i]);
  own.identity = identity;
  if (same) return plotly.relayout(element, { shapes: markers(names, step, dark) });
  const { data, layout, config } = figure(lines, names, step, dark, element.clientWidth);
  const drawing = plotly.react(element, data, layout, config);
  if (!own.listening && element.on) {
    own.listening = true;
    element.on("plotly_click", (/** @type {any} */ event) => own.wanted.select(event.points[0].x));
    new ResizeObserver(() => element.clientWidth !== own.identity?.[1] && paint(element)).observe(element);
  }
  return drawing;
}

/**
 * @param {Promise<any>} drawing Plotly's; it may stay open for good where a drag or a hover interrupts it.
 * @returns {Promise<any>} Settles with it, or after a second.
 */
function settled(drawing) {
  return Promise.race([drawing, new Promise((done) => setTimeout(done, 1000))]);
}

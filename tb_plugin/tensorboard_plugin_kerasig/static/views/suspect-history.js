/** When a suspect came: its share and its emphasis over the audits, as charts over the steps. */

import { historyOf, placeOf } from "../audits.js";
import { extent, levels, stepLabels } from "../axis.js";
import { runColor } from "../color.js";
import { nearest } from "../derive.js";
import { h } from "../dom.js";
import { count } from "../format.js";
import { interval } from "../intervals.js";
import { told } from "../quantity.js";
import { term } from "../terms.js";
import { about } from "./about.js";
import { chart } from "./chart.js";
import { spread } from "./suspect-table.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {import("../audits.js").Chosen} Chosen
 * @typedef {import("../audits.js").Point} Point
 */

const WIDTH = 300;
const HEIGHT = 122;
/** What stands around a chart's inside, from side to side: about. */
const AROUND = 70;

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {Chosen} chosen
 * @returns {VNode}
 */
export function suspectHistory(view, state, actions, chosen) {
  const points = historyOf(chosen.own, chosen.suspect);
  return h(
    "div",
    { class: "came", key: "came" },
    h("h3", null, "When it came"),
    drawn(view, state, actions, chosen, points, "share"),
    drawn(view, state, actions, chosen, points, "emphasis"),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {Chosen} chosen
 * @param {Point[]} points
 * @param {"share" | "emphasis"} what
 * @returns {VNode}
 */
function drawn(view, state, { go, choose }, { own, suspect }, points, what) {
  const measure = term(what === "share" ? "suspectShare" : "emphasis");
  const known = points.filter((point) => Number.isFinite(interval(point[what]).mean));
  const xs = known.map(({ step }) => step);
  const values = known.map((point) => interval(point[what]));
  const [means, low, high] = [
    values.map(({ mean }) => mean),
    values.map(({ mean, low }) => (Number.isFinite(low) ? low : mean)),
    values.map(({ mean, high }) => (Number.isFinite(high) ? high : mean)),
  ];
  const [from, to] = ends(view.steps, xs);
  const [least, most] = extent([low, high]);
  const ticks = levels(least, most, { zero: true, percent: measure.percent });
  const at = own.at === null ? -1 : xs.indexOf(own.at);
  const tell = (/** @type {number} */ value) => told(measure, value);
  const color = runColor(own.column.run.index, state.dark);
  const { first } = suspect;
  return h(
    "figure",
    { class: "plotted", key: what, "data-chart": what, style: { width: `${WIDTH}px` } },
    h("figcaption", null, about(measure), h("span", { class: "number muted" }, at >= 0 && spread(values[at], tell))),
    chart({
      key: `suspect ${what}`,
      label: `${measure.label} over the audits: ${known.map(({ step }, i) => `${tell(means[i])} at step ${count(step)}`).join(", ")}`,
      width: WIDTH,
      height: HEIGHT,
      x: { from, to, ticks: stepLabels(from, to, WIDTH - AROUND), title: "step" },
      y: { from: ticks[0].at, to: ticks[ticks.length - 1].at, ticks, title: "" },
      lines: [{ xs, ys: means, color }],
      bands: [{ xs, low, high, color }],
      marks:
        typeof first === "number"
          ? [{ at: first, kind: "suspect", title: `Stood clear first at step ${count(first)}` }]
          : [],
      now: at >= 0 ? own.at : null,
      over: state.over !== null && state.over !== own.at && xs.includes(state.over) ? state.over : null,
      deps: null,
      aim: (x, _, pressed) => {
        const step = xs[nearest(xs, x)];
        if (step === undefined) return;
        if (pressed) go(placeOf(view.steps, step));
        if (state.over !== step) choose({ over: step });
      },
      leave: () => state.over !== null && choose({ over: null }),
    }),
  );
}

/**
 * @param {number[]} steps Logged ones.
 * @param {number[]} xs Of the audits.
 * @returns {[number, number]} What the axis is from and to.
 */
function ends(steps, xs) {
  const all = [steps[0], steps.at(-1), xs[0], xs.at(-1)].filter((step) => step !== undefined);
  return all.length ? [Math.min(...all), Math.max(...all)] : [0, 0];
}

/** Since when: probes at the steps between which most changed, each run a band of its own, on one scale. */

import { runColor } from "../color.js";
import { nameOf, nearest } from "../derive.js";
import { h } from "../dom.js";
import { stripOf } from "../extras.js";
import { count, short } from "../format.js";
import { kindOf } from "../traits.js";
import { pictures } from "./pictures.js";
import { runName } from "./run-title.js";
import { stripTable } from "./strip-table.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../derive.js").Column} Column
 * @typedef {import("../state.js").State} State
 * @typedef {import("../state.js").Data} Data
 * @typedef {import("../packed.js").Packed} Packed
 * @typedef {import("../dom.js").VNode} VNode
 */

/** CSS pixels of a column, where there is no room for more. */
const SIDE = { least: 56, most: 252 };
/** What stands before the columns, in CSS pixels, and between them. */
const [LABEL, GAP] = [138, 6];
/** From this width on, as overview.css has it, so much stands to the right of them. */
const [WIDE, BESIDE, SIDEBAR] = [900, 264, 248];
/** Steps at which whole sentences are shown. */
const LINES = 4;

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {Data} data
 * @param {Column[]} columns
 * @returns {VNode} A band for each run.
 */
export function strips(view, state, actions, data, columns) {
  return h(
    "section",
    { class: "strips-of-runs", key: "strips", "data-style": view.look.style, "aria-labelledby": "since-title" },
    h("h2", { id: "since-title" }, "Since when"),
    h(
      "p",
      { class: "muted" },
      "At the steps between which most changed",
      Number.isNaN(view.sharedLimit) ? "" : ", all on one scale",
      ". A click opens the probe at that step.",
    ),
    columns.map((column) => band(view, state, actions, data, column)),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {Data} data
 * @param {Column} column
 * @returns {VNode}
 */
function band(view, state, actions, data, column) {
  const { run, key } = column;
  const own = stepsOf(view, column);
  // Of these, the one that the other views would show.
  const shownAt = column.step === null ? null : own[nearest(own, column.step)];
  const rows = view.stripped.filter((probe) => probe < (column.entry?.probes ?? 0));
  return h(
    "section",
    {
      class: "band",
      key,
      style: { "border-color": runColor(run.index, state.dark) },
      "aria-label": `${short(run.name, 60) || "."}, over the steps`,
    },
    h(
      "div",
      { class: "row head", key: "head", style: columnsOf(own.length) },
      h("h3", { title: short(run.name) }, runName(run.name, run.label)),
      view.look.strip === "columns" &&
        own.map((step, i) =>
          h("span", { class: step === shownAt ? "now" : "muted", key: step }, `${i ? "" : "step "}${count(step)}`),
        ),
    ),
    rows.map((probe) => row(view, state, actions, data, column, own, probe)),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {import("./page.js").Actions} actions
 * @param {Data} data
 * @param {Column} column
 * @param {number[]} steps
 * @param {number} probe
 * @returns {VNode}
 */
function row(view, state, actions, data, column, steps, probe) {
  const name = nameOf(view, probe);
  const { strip } = view.look;
  const shown = strip === "lines" ? evenly(steps, LINES) : steps;
  const place = (/** @type {number} */ step) => `${short(name, 60)} at step ${count(step)}`;
  const open = (/** @type {number} */ step) => ({
    type: "button",
    class: "moment",
    key: step,
    "data-step": step,
    "data-probe": probe,
    // What has texts of its own is named by them, after where it is.
    "aria-label": view.look.frames || strip === "bars" ? place(step) : null,
    on: {
      click: () => {
        actions.go(nearest(view.steps, step));
        actions.open(probe);
      },
    },
  });
  const title = h("bdi", { class: "what", title: short(name) }, short(name, 60));
  if (strip === "bars")
    return h(
      "div",
      { class: "row bars-row", key: probe },
      title,
      stripTable(data, column, shown, probe, open, view.limit(column, probe)),
    );
  return h(
    "div",
    {
      class: strip === "lines" ? "row lines-row" : "row",
      key: probe,
      style: columnsOf(shown.length),
    },
    title,
    shown.map((step) => {
      const record = stripOf(data, column, step);
      return h(
        "button",
        open(step),
        strip === "lines"
          ? h("span", { class: "number muted" }, `step ${count(step)}`)
          : !view.look.frames && h("span", { class: "unseen" }, place(step)),
        drawn(view, state, column, record, probe, shown.length),
      );
    }),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Column} column
 * @param {Packed | null} record
 * @param {number} probe
 * @param {number} columns
 * @returns {VNode[] | false} Nothing while it is coming.
 */
function drawn(view, state, column, record, probe, columns) {
  const { inputs } = column;
  if (!inputs?.has(probe) || !record?.has(probe)) return false;
  if (record.errors.has(probe)) return [h("span", { class: "broken" }, "cannot be read")];
  const limit = view.limit(column, probe);
  const what = { record, inputs, probe, limit, state, beside: [record], paint: view.paint };
  // In a column there is room for what the probes are about.
  if (!view.look.frames) return view.look.strip === "columns" ? pictures(what).slice(0, 1) : pictures(what);
  const kind = kindOf(record, inputs, 0);
  return view.look.frames({ ...what, kind }, sideOf(columns)).slice(0, 1);
}

/**
 * @param {number} columns
 * @returns {Record<string, string>}
 */
function columnsOf(columns) {
  return { "--columns": String(columns), "--side": `${sideOf(columns)}px` };
}

/**
 * @param {number} columns
 * @returns {number} CSS pixels of a column, and of a picture's longer side.
 */
function sideOf(columns) {
  const width = document.querySelector(".content")?.clientWidth || window.innerWidth - SIDEBAR;
  const room = width - LABEL - (width >= WIDE ? BESIDE : 0);
  const side = Math.floor(room / Math.max(columns, 5)) - GAP;
  return Math.max(SIDE.least, Math.min(SIDE.most, side));
}

/**
 * @param {View} view
 * @param {Column} column
 * @returns {number[]} The run's own steps nearest to those that were chosen for all runs.
 */
export function stepsOf({ overview }, { table }) {
  return [...new Set((overview?.steps ?? []).map((step) => table?.drawnAt(step) ?? step))];
}

/**
 * @param {number[]} steps
 * @param {number} most
 * @returns {number[]} Some of them, with both ends.
 */
function evenly(steps, most) {
  if (steps.length <= most) return steps;
  const places = Array.from({ length: most }, (_, i) => Math.round((i * (steps.length - 1)) / (most - 1)));
  return places.map((place) => steps[place]);
}

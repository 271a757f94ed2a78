/** The runs that have the probe set that is shown, to choose from, and those that have others. */

import { switchTo } from "../choice.js";
import { runColor } from "../color.js";
import { h } from "../dom.js";
import { count, short } from "../format.js";
import { lookOf } from "./looks.js";
import { runName } from "./run-title.js";
import { alarmMark } from "./unseen-alarms.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../derive.js").Run} Run
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {(patch: Partial<State>) => void} Choose
 */

/** Fewer runs are found without a search. */
const SEARCHED_FROM = 6;

/**
 * @param {View} view
 * @param {State} state
 * @param {Choose} choose
 * @param {import("../state.js").Data} data
 * @returns {VNode}
 */
export function runs(view, state, choose, data) {
  const mine = view.runs.filter(({ has, chosen, run }) => has || chosen || state.runs?.includes(run));
  const others = view.runs.filter((run) => !mine.includes(run) && run.listed);
  const listed = mine.filter((run) => run.listed);
  const shown = view.runs.filter(({ chosen }) => chosen).length;
  // What the search hides stays as it was chosen.
  const before = state.runs ?? listed.filter(({ chosen }) => chosen).map(({ run }) => run);
  const among = new Set(listed.map(({ run }) => run));
  const keep = (/** @type {(run: string) => boolean} */ which) =>
    choose({ runs: view.runs.map(({ run }) => run).filter(which) });
  const toggle = (/** @type {string} */ run, /** @type {boolean} */ on) =>
    keep((other) => (other === run ? on : before.includes(other)));
  return h(
    "div",
    { class: "group choice", role: "group", "aria-labelledby": "runs-title", key: "runs" },
    h(
      "div",
      { class: "title", id: "runs-title" },
      "Runs ",
      h("span", { class: "muted number", role: "status" }, `${count(shown)} of ${count(mine.length)} shown`),
    ),
    (view.runs.length >= SEARCHED_FROM || state.filter !== "") && search(view, state, choose),
    mine.length > 1 &&
      h(
        "div",
        { class: "every", key: "every" },
        h(
          "button",
          { type: "button", on: { click: () => keep((run) => among.has(run) || before.includes(run)) } },
          "all",
        ),
        h(
          "button",
          { type: "button", on: { click: () => keep((run) => !among.has(run) && before.includes(run)) } },
          "none",
        ),
      ),
    h(
      "div",
      { class: "runs", key: "list" },
      listed.map((run) => row(view, state, run, toggle, (name) => choose({ runs: [name] }))),
      !listed.length && h("p", { class: "muted", key: "none" }, "No name matches."),
    ),
    others.length > 0 && [
      h("div", { class: "title other", id: "others-title", key: "title" }, "Have other sets"),
      h(
        "div",
        { class: "runs others", role: "group", "aria-labelledby": "others-title", key: "others" },
        others.map((run) => other(view, run, state, () => choose(switchTo(state, data.catalog, run)))),
      ),
    ],
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Choose} choose
 * @returns {VNode}
 */
function search({ filterError }, state, choose) {
  return h(
    "div",
    { class: "searching", key: "search" },
    h("input", {
      type: "search",
      id: "filter",
      placeholder: "Filter runs (regex)",
      "aria-label": "Filter runs by a regular expression",
      "aria-invalid": filterError === null ? null : "true",
      "aria-describedby": filterError === null ? null : "filter-error",
      spellcheck: "false",
      value: state.filter,
      on: { input: (/** @type {any} */ event) => choose({ filter: event.target.value }) },
    }),
    h("p", { class: "warning", id: "filter-error", role: "status" }, filterError && short(filterError)),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Run} shown
 * @param {(run: string, on: boolean) => void} toggle
 * @param {(run: string) => void} only
 * @returns {VNode}
 */
function row(view, state, shown, toggle, only) {
  const { run, name, label, index, chosen, sets } = shown;
  const error = sets.find(({ title }) => title === view.set)?.error ?? null;
  return h(
    "div",
    { class: "run", key: run, title: short(name) },
    h(
      "label",
      null,
      h("input", {
        type: "checkbox",
        checked: chosen,
        on: { change: (/** @type {any} */ event) => toggle(run, event.target.checked) },
      }),
      h("i", { class: "swatch", style: { background: runColor(index, state.dark) } }),
      runName(name, label),
    ),
    alarmMark(shown, view.set),
    error !== null &&
      h("span", { class: "warning", role: "img", "aria-label": short(error), title: short(error) }, "\u26a0"),
    h(
      "button",
      {
        type: "button",
        class: "only",
        "aria-label": `only ${short(name, 60) || "."}`,
        title: "Show this run alone",
        on: { click: () => only(run) },
      },
      "only",
    ),
  );
}

/**
 * @param {View} view
 * @param {Run} run
 * @param {State} state
 * @param {() => void} show
 * @returns {VNode}
 */
function other(view, { run, name, label, index, sets }, state, show) {
  const called = (/** @type {import("../state.js").SetEntry} */ { title, probe_kind }) =>
    // Of the same title as what is shown, it is told by what it holds.
    title === view.set && probe_kind ? `${short(title, 40)} (other ${lookOf(probe_kind).set})` : short(title, 40);
  const titles = sets.map(called).join(", ");
  return h(
    "button",
    { type: "button", class: "run", key: run, title: `${short(name)}: ${short(titles)}`, on: { click: show } },
    h("i", { class: "swatch", style: { background: runColor(index, state.dark) } }),
    runName(name, label),
    h("bdi", { class: "name muted" }, short(titles, 60)),
  );
}

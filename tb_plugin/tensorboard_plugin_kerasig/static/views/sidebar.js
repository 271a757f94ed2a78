/** The choices: probe set, runs, target, what is drawn and on which scale. */

import { seriesName, switchSet } from "../choice.js";
import { h } from "../dom.js";
import { count, middle } from "../format.js";
import { isUnfolded } from "../room.js";
import { drawing } from "./drawing.js";
import { icon } from "./icons.js";
import { legend } from "./legend.js";
import { runs } from "./runs.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../state.js").Data} Data
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {(patch: Partial<State>) => void} Choose
 */

/**
 * @param {State} state
 * @param {Choose} choose
 * @returns {VNode} Where the list of views begins, in whatever state the sidebar is.
 */
export function foldButton(state, choose) {
  const open = isUnfolded(state);
  return h(
    "button",
    {
      type: "button",
      class: "icon fold",
      key: "fold",
      "aria-expanded": String(open),
      "aria-controls": "sidebar",
      "aria-label": "Choices: runs, probe set, colours",
      title: `${open ? "Hide" : "Show"} the choices (B)`,
      on: { click: () => choose({ sidebar: !open }) },
    },
    icon("sidebar"),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Choose} choose
 * @param {Data} data
 * @param {import("../scales.js").Scale | null} scale Of the views of one probe.
 * @returns {VNode}
 */
export function sidebar(view, state, choose, data, scale) {
  // It keeps its place: what follows it, and has the focus, must not be moved.
  if (!isUnfolded(state)) return h("aside", { id: "sidebar", hidden: true });
  const path = state.view === "path";
  return h(
    "aside",
    { class: "sidebar", id: "sidebar", "aria-label": "What is shown" },
    h(
      "div",
      { class: "group" },
      h("label", { class: "title", for: "set" }, "Probe set"),
      h(
        "select",
        {
          id: "set",
          value: view.set ?? "",
          // The menu is narrower than many a title.
          title: view.set ?? "",
          on: { change: (/** @type {any} */ event) => choose(switchSet(state, view.runs, event.target.value)) },
        },
        view.sets.map((set) =>
          h("option", { value: set, key: set, title: set, selected: set === view.set }, setText(view, set)),
        ),
      ),
    ),
    runs(view, state, choose, data),
    view.seriesOptions.length > 1 &&
      radios(
        "Explained class",
        "series",
        view.series,
        view.seriesOptions.map((series) => [series, seriesName(series)]),
        (series) => choose({ series }),
      ),
    view.look.layered &&
      !["timeline", "suspects"].includes(state.view) &&
      radios(
        "Show",
        "show",
        state.show,
        [
          ["overlay", "Overlay"],
          ["input", "Input"],
          ["map", "Map"],
        ],
        (show) => choose({ show: /** @type {State["show"]} */ (show) }),
      ),
    scale !== null &&
      radios(
        "Values",
        "sign",
        state.sign,
        [
          ["signed", "Signed"],
          ["absolute", "Absolute"],
          ["positive", "Positive only"],
          ["negative", "Negative only"],
        ],
        (sign) => choose({ sign: /** @type {State["sign"]} */ (sign) }),
      ),
    path &&
      radios(
        "Scale of the frames",
        "film",
        state.film,
        [
          ["shared", "Shared"],
          ["each", "Each its own"],
        ],
        (film) => choose({ film: /** @type {State["film"]} */ (film) }),
      ),
    !["timeline", "suspects"].includes(state.view) &&
      h(
        "div",
        { class: "group", key: "scale" },
        path
          ? h("div", { class: "title" }, "Colours of the frames")
          : [h("label", { class: "title", for: "scale" }, "Colour scale"), scales(view, state, choose)],
        legend(view, scale),
      ),
    scale !== null && state.view !== "compare" && drawing(view, state, choose),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Choose} choose
 * @returns {VNode}
 */
function scales(view, state, choose) {
  return h(
    "select",
    {
      id: "scale",
      value: state.view === "compare" && state.scale === "step" ? "all" : state.scale,
      on: { change: (/** @type {any} */ event) => choose({ scale: event.target.value }) },
    },
    h("option", { value: "all" }, "fixed over all steps"),
    state.view !== "compare" && h("option", { value: "step" }, "per step"),
    h("option", { value: "probe" }, `per ${view.look.unit}`),
  );
}

/**
 * @param {View} view
 * @param {string} set
 * @returns {string} With how many runs have it, where not all have.
 */
function setText(view, set) {
  const { length } = view.runs.filter(({ sets }) => sets.some(({ title }) => title === set));
  const all = view.runs.filter(({ sets }) => sets.length).length;
  return length === all ? middle(set) : `${middle(set)} (${count(length)} of ${count(all)} runs)`;
}

/**
 * @param {string} title
 * @param {string} name
 * @param {string} chosen
 * @param {string[][]} options Value and label.
 * @param {(value: string) => void} choose
 * @returns {VNode}
 */
function radios(title, name, chosen, options, choose) {
  return h(
    "div",
    { class: "group", role: "radiogroup", "aria-labelledby": `${name}-title`, key: name },
    h("div", { class: "title", id: `${name}-title` }, title),
    h(
      "div",
      { class: options.length > 3 ? "segments pairwise" : "segments" },
      options.map(([value, label]) =>
        h(
          "label",
          { class: "segment", key: value },
          h("input", { type: "radio", name, value, checked: value === chosen, on: { change: () => choose(value) } }),
          h("span", null, label),
        ),
      ),
    ),
  );
}

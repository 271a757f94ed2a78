/** The choices: runs, probe set, target, what is drawn and on which scale. */

import { runColor } from "../color.js";
import { h } from "../dom.js";
import { short } from "../format.js";
import { drawing } from "./drawing.js";
import { legend } from "./legend.js";
import { runName } from "./run-title.js";

/**
 * @typedef {import("../derive.js").View} View
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {(patch: Partial<State>) => void} Choose
 */

/**
 * @param {View} view
 * @param {State} state
 * @param {Choose} choose
 * @param {import("../scales.js").Scale | null} scale Of the views of one probe.
 * @returns {VNode}
 */
export function sidebar(view, state, choose, scale) {
  const path = state.view === "path";
  return h(
    "aside",
    { class: "sidebar", "aria-label": "What is shown" },
    runs(view, state, choose),
    h(
      "div",
      { class: "group" },
      h("label", { class: "title", for: "set" }, "Probe set"),
      h(
        "select",
        {
          id: "set",
          value: view.set ?? "",
          on: { change: (/** @type {any} */ event) => choose({ set: event.target.value, series: null }) },
        },
        view.sets.map((set) => h("option", { value: set, key: set, selected: set === view.set }, short(set, 80))),
      ),
    ),
    view.seriesOptions.length > 1 &&
      radios(
        "Explained class",
        "series",
        view.series,
        view.seriesOptions.map((series) => [series, words(series)]),
        (series) => choose({ series }),
      ),
    view.look.layered &&
      state.view !== "timeline" &&
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
    state.view !== "timeline" &&
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
    h("option", { value: "all" }, state.view === "compare" ? "the same for all" : "fixed over all steps"),
    state.view !== "compare" && h("option", { value: "step" }, "per step"),
    h("option", { value: "probe" }, `per ${view.look.unit}`),
  );
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Choose} choose
 * @returns {VNode}
 */
function runs(view, state, choose) {
  const toggle = (/** @type {string} */ run, /** @type {boolean} */ on) => {
    const chosen = view.runs.filter((other) => (other.run === run ? on : other.chosen)).map((other) => other.run);
    choose({ runs: chosen });
  };
  return h(
    "div",
    { class: "group", role: "group", "aria-labelledby": "runs-title" },
    h("div", { class: "title", id: "runs-title" }, "Runs"),
    h(
      "div",
      { class: "runs" },
      view.runs.map(({ run, name, index, chosen }) =>
        h(
          "label",
          { class: "run", key: run, title: short(name) },
          h("input", {
            type: "checkbox",
            checked: chosen,
            on: { change: (/** @type {any} */ event) => toggle(run, event.target.checked) },
          }),
          h("i", { class: "swatch", style: { background: runColor(index, state.dark) } }),
          runName(name),
        ),
      ),
    ),
  );
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

/**
 * @param {string} series
 * @returns {string}
 */
function words(series) {
  return { "": "Target", label: "Label", predicted: "Predicted" }[series] ?? short(series, 40);
}

/** How values become colours. */

import { h } from "../dom.js";
import { MOST_SMOOTH, widthFor } from "../smoothing.js";
import { defaults } from "../state.js";

/**
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {(patch: Partial<State>) => void} Choose
 *
 * @typedef {object} Knob
 * @property {"opacity" | "gamma" | "clip" | "smooth"} name
 * @property {string} label
 * @property {number} value
 * @property {number[]} range Least, most, step.
 * @property {(value: number) => string} text
 * @property {string} [says] What it does, in a sentence.
 */

/**
 * @param {import("../derive.js").View} view
 * @param {State} state
 * @param {Choose} choose
 * @returns {VNode}
 */
export function drawing({ look, settings, plane }, state, choose) {
  const usual = defaults();
  const names = /** @type {const} */ (["opacity", "gamma", "clip", "smooth", "backdrop"]);
  const changed = names.some((name) => state[name] !== usual[name]);
  const reset = () => choose(Object.fromEntries(names.map((name) => [name, usual[name]])));
  const knob = (/** @type {Knob} */ made) => slider(made, choose);
  return h(
    "div",
    { class: "group drawing", role: "group", "aria-label": "Drawing", key: "drawing" },
    plane &&
      knob({
        ...{ name: "smooth", label: "Smoothing", value: widthFor(state.smooth, plane), range: [0, MOST_SMOOTH, 1] },
        text: (value) => (value < 1 ? "off" : `${value} \u00d7 ${value} pixels`),
        says: "Each place shows the mean of so many pixels around it. Sums stay the same; numbers are read unsmoothed.",
      }),
    look.layered &&
      knob({
        ...{ name: "opacity", label: "Opacity", value: state.opacity, range: [0, 1, 0.05] },
        text: (value) => `${Math.round(100 * value)}%`,
      }),
    // Bars have one colour for each sign.
    (look.strip !== "bars" || state.view === "path") &&
      knob({
        ...{ name: "gamma", label: "Gamma", value: settings.gamma, range: [0.1, 2, 0.05] },
        text: (value) => value.toFixed(2),
      }),
    knob({
      ...{ name: "clip", label: "Clip at percentile", value: settings.clip, range: [50, 100, 0.5] },
      text: (value) => (value === 100 ? "off" : value.toFixed(1)),
    }),
    look.layered &&
      h(
        "label",
        { class: "check" },
        h("input", {
          type: "checkbox",
          checked: state.backdrop === "grey",
          on: { change: (/** @type {any} */ { target }) => choose({ backdrop: target.checked ? "grey" : "colour" }) },
        }),
        "Input in grey beneath the map",
      ),
    h("button", { type: "button", class: "chip reset", disabled: !changed, on: { click: reset } }, "Reset"),
  );
}

/**
 * @param {Knob} knob
 * @param {Choose} choose
 * @returns {VNode}
 */
function slider({ name, label, value, range: [min, max, step], text, says }, choose) {
  return h(
    "div",
    { class: "knob", key: name },
    h("label", { for: name }, label),
    h("output", { for: name, class: "number" }, text(value)),
    h("input", {
      type: "range",
      id: name,
      min,
      max,
      step,
      "aria-valuetext": text(value),
      "aria-describedby": says ? `${name}-says` : null,
      value: String(value),
      on: { input: (/** @type {any} */ event) => choose({ [name]: Number(event.target.value) }) },
    }),
    says && h("p", { class: "muted says", id: `${name}-says` }, says),
  );
}

/** How values become colours in the views of one probe. */

import { h } from "../dom.js";
import { defaults } from "../state.js";

/**
 * @typedef {import("../state.js").State} State
 * @typedef {import("../dom.js").VNode} VNode
 * @typedef {(patch: Partial<State>) => void} Choose
 */

/**
 * @param {State} state
 * @param {Choose} choose
 * @param {boolean} layered Whether the map lies over a picture of the input.
 * @returns {VNode}
 */
export function drawing(state, choose, layered) {
  const usual = defaults();
  const names = /** @type {const} */ (["opacity", "gamma", "clip"]);
  const changed = names.some((name) => state[name] !== usual[name]);
  const reset = () => choose({ opacity: usual.opacity, gamma: usual.gamma, clip: usual.clip });
  return h(
    "div",
    { class: "group drawing", role: "group", "aria-label": "Drawing", key: "drawing" },
    layered &&
      slider("opacity", "Opacity", state.opacity, [0, 1, 0.05], (value) => `${Math.round(100 * value)}%`, choose),
    slider("gamma", "Gamma", state.gamma, [0.1, 2, 0.05], (value) => value.toFixed(2), choose),
    slider(
      "clip",
      "Clip at percentile",
      state.clip,
      [50, 100, 0.5],
      (value) => (value === 100 ? "off" : value.toFixed(1)),
      choose,
    ),
    h("button", { type: "button", class: "chip reset", disabled: !changed, on: { click: reset } }, "Reset"),
  );
}

/**
 * @param {"opacity" | "gamma" | "clip"} name
 * @param {string} label
 * @param {number} value
 * @param {number[]} range Least, most, step.
 * @param {(value: number) => string} text
 * @param {Choose} choose
 * @returns {VNode}
 */
function slider(name, label, value, [min, max, step], text, choose) {
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
      value: String(value),
      on: { input: (/** @type {any} */ event) => choose({ [name]: Number(event.target.value) }) },
    }),
  );
}

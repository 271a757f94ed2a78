/** The step slider with its buttons: over the index of logged steps, as TensorBoard's own. */

import { h } from "../dom.js";
import { count, epochText } from "../format.js";
import { lasting, SPEEDS } from "../pace.js";
import { term } from "../terms.js";
import { marks } from "./alarms.js";
import { icon } from "./icons.js";
import { meaning } from "./words.js";

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @param {import("./page.js").Actions} actions
 * @returns {import("../dom.js").VNode}
 */
export function stepper(view, state, { go, visit, play, choose }) {
  const { index, steps, step, epoch } = view;
  const last = steps.length - 1;
  const button = (
    /** @type {any} */ name,
    /** @type {string} */ label,
    /** @type {number} */ to,
    /** @type {boolean} */ off,
  ) =>
    h(
      "button",
      { class: "icon", type: "button", "aria-label": label, title: label, disabled: off, on: { click: () => go(to) } },
      icon(name),
    );
  const epochs = epochText(epoch);
  const alarm = view.alarms.includes(index) ? ", alarm" : "";
  const spoken = step === null ? "no steps yet" : `step ${count(step)}${epochs ? `, epoch ${epochs}` : ""}${alarm}`;
  return h(
    "section",
    { class: "stepper", "aria-label": "Training step" },
    h(
      "div",
      { class: "buttons" },
      button("first", "First step (Home)", 0, index <= 0),
      button("previous", "Previous step (left arrow)", index - 1, index <= 0),
      h(
        "button",
        {
          class: "icon play",
          type: "button",
          disabled: steps.length < 2,
          "data-playing": String(state.playing),
          "aria-label": state.playing ? "Pause" : "Play the steps",
          title: `${state.playing ? "Pause" : "Play"} (space)`,
          on: { click: () => play(!state.playing) },
        },
        icon(state.playing ? "pause" : "play"),
      ),
      button("next", "Next step (right arrow)", index + 1, index >= last),
      button("last", "Newest step (End)", last, index >= last),
      speeds(steps.length, state.speed, choose),
    ),
    h(
      "div",
      { class: "rail" },
      h("input", {
        type: "range",
        class: "slider",
        min: 0,
        max: Math.max(last, 0),
        step: 1,
        disabled: steps.length < 2,
        "aria-label": "Step",
        "aria-valuetext": spoken,
        // Attributes first: a value beyond the old maximum would be cut to it.
        value: String(Math.max(index, 0)),
        style: { "--done": `${last > 0 ? (100 * index) / last : 100}%` },
        on: { input: (/** @type {any} */ event) => go(Number(event.target.value)) },
      }),
      marks(view, visit),
    ),
    h(
      "dl",
      { class: "where" },
      fact("step", step === null ? "\u2013" : count(step), steps.length ? count(steps[last]).length : 1),
      fact("epoch", epochs || "\u2013", 3),
      fact("record", steps.length ? `${index + 1}/${steps.length}` : "\u2013", String(steps.length).length * 2 + 1),
    ),
    h(
      "span",
      { class: "follow muted", title: "New steps are shown as they arrive; choose an older step to stay there." },
      state.step === null && steps.length > 0 && "newest",
    ),
  );
}

/**
 * @param {string} name
 * @param {string} value
 * @param {number} width In digits, so that nothing moves while the numbers change.
 * @returns {import("../dom.js").VNode}
 */
function fact(name, value, width) {
  return h(
    "div",
    { title: meaning(term(name)) },
    h("dt", null, name),
    h("dd", { class: "number", style: { "min-width": `${width}ch` }, "data-fact": name }, value),
  );
}

/**
 * @param {number} records
 * @param {number} now
 * @param {import("./page.js").Actions["choose"]} choose
 * @returns {import("../dom.js").VNode}
 */
function speeds(records, now, choose) {
  return h(
    "select",
    {
      class: "speed",
      disabled: records < 2,
      "aria-label": "Speed of playing",
      title: records < 2 ? "Speed of playing" : `Speed of playing (, .): all records in ${lasting(records, now)}`,
      value: String(now),
      on: { change: (/** @type {any} */ event) => choose({ speed: Number(event.target.value) }) },
    },
    SPEEDS.map((speed) => h("option", { key: speed, value: String(speed), selected: speed === now }, `${speed}\u00d7`)),
  );
}

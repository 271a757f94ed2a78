/** Which run something is of, where several are shown beside each other. */

import { runColor } from "../color.js";
import { h } from "../dom.js";
import { count, short } from "../format.js";

/**
 * @param {string} name
 * @param {string} [label] What is seen of it: what tells it apart from those beside it.
 * @returns {import("../dom.js").VNode} Where there is too little room for a path, its end is seen: that tells runs apart.
 */
export function runName(name, label = name) {
  const seen = h("bdi", { key: "seen", "aria-hidden": label === name ? null : "true" }, short(label) || ".");
  const whole = label !== name && h("span", { class: "unseen", key: "whole" }, h("bdi", null, short(name)));
  return h("span", { class: "name tail" }, seen, whole);
}

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @param {import("../derive.js").Column} column
 * @returns {import("../dom.js").VNode}
 */
export function runTitle(view, state, { run, step }) {
  return h(
    "div",
    { class: "of", style: { "border-color": runColor(run.index, state.dark) }, title: short(run.name) },
    runName(run.name, run.label),
    step !== null &&
      step !== view.step &&
      h("span", { class: "muted", title: "This run has no record at the chosen step." }, `step ${count(step)}`),
  );
}

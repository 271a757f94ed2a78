/** Which run something is of, where several are shown beside each other. */

import { runColor } from "../color.js";
import { h } from "../dom.js";
import { count, short } from "../format.js";

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
    h("bdi", { class: "name" }, short(run.name) || "."),
    step !== null &&
      step !== view.step &&
      h("span", { class: "muted", title: "This run has no record at the chosen step." }, `step ${count(step)}`),
  );
}

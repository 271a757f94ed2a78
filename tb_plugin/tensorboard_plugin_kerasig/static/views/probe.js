/** One probe, large. */

import { h } from "../dom.js";

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @param {import("./page.js").Actions} actions
 * @returns {import("../dom.js").VNode[]}
 */
export function probeView(view, state, actions) {
  return [];
}

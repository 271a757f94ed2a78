/** The path from the baseline to one probe. */

import { h } from "../dom.js";

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @param {import("./page.js").Actions} actions
 * @returns {import("../dom.js").VNode[]}
 */
export function pathView(view, state, actions) {
  return [];
}

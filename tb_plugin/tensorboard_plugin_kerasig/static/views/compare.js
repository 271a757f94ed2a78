/** Runs beside each other. */

import { gallery } from "./gallery.js";

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @param {import("./page.js").Actions} actions
 * @returns {import("../dom.js").VNode[]}
 */
export function compareView(view, state, actions) {
  return gallery(view, state, actions);
}

/** The set's scalars over the steps. */

import { charts } from "./charts.js";

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @param {import("./page.js").Actions} actions
 * @param {any} plotly Null until it is loaded.
 * @returns {(import("../dom.js").VNode | null)[]}
 */
export function timelineView(view, state, actions, plotly) {
  return [charts(view, state, actions, plotly)];
}

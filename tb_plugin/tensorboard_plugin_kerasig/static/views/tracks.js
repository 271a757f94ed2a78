/** The numbers of the chosen runs, as charts over the steps show them. */

import { runColor } from "../color.js";
import { short } from "../format.js";

/**
 * @typedef {object} Track One run's numbers.
 * @property {import("../derive.js").Column} column
 * @property {import("../steps.js").StepTable} table
 * @property {string} name
 * @property {string} color
 */

/**
 * @param {import("../derive.js").View} view
 * @param {import("../state.js").State} state
 * @returns {Track[]}
 */
export function tracksOf(view, state) {
  return view.columns.flatMap((column) => {
    const { table, error, run } = column;
    const name = short(run.label, 60) || ".";
    return table && !error ? [{ column, table, name, color: runColor(run.index, state.dark) }] : [];
  });
}

/** What single views need besides the records that every view shows: pure, from (view, state). */

import { isSampled, referenceProbes, referenceSlot, referenceSteps } from "./reference.js";

/**
 * @typedef {import("./derive.js").View} View
 * @typedef {import("./derive.js").Column} Column
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Data} Data
 * @typedef {import("./packed.js").Packed} Packed
 *
 * @typedef {object} Need
 * @property {string} slot Where a view finds it.
 * @property {"attributions" | "interior" | "paths" | "steps" | "inputs"} route
 * @property {Record<string, string | number>} args
 * @property {string} [version] Of what is read anew as more is logged.
 *
 * @typedef {object} Arrived
 * @property {Need} need
 * @property {Packed} [packed]
 * @property {any} [json]
 * @property {string} [error]
 */

/**
 * @param {Column} column
 * @param {string} what
 * @param {number} probe
 * @returns {string}
 */
function slot(column, what, probe) {
  return JSON.stringify([column.key, what, probe]);
}

/**
 * @param {View} view
 * @param {State} state
 * @returns {Need[]}
 */
export function needs(view, state) {
  if (state.view === "compare") return view.sides.flatMap((side) => side.needs);
  if (view.set === null || !view.probes) return [];
  return [...references(view, state), ...view.columns.flatMap((column) => needsOf(column, view, state))];
}

/**
 * @param {Column} column
 * @param {View} view
 * @param {State} state
 * @returns {Need[]} Of a view of one probe.
 */
function needsOf(column, view, state) {
  const { probe, series } = view;
  const set = /** @type {string} */ (view.set);
  const { table, entry, wanted, run } = column;
  if (!table || !entry || wanted === null || column.error || probe >= entry.probes) return [];
  const base = { run: run.run, set, series };
  const one = (/** @type {string} */ what, /** @type {Need["route"]} */ route, /** @type {number} */ step) => ({
    slot: slot(column, what, probe),
    route,
    args: { ...base, step, probes: probe },
  });
  /** @type {Need[]} */
  const found = [];
  if (state.view === "probe") {
    const at = table.at(wanted);
    if (view.look.earlier) {
      if (at > 0) found.push(one("previous", "attributions", table.steps[at - 1]));
      if (at > 0) found.push(one("first", "attributions", table.steps[0]));
    }
  }
  if (state.view === "path" && entry.interior) {
    found.push(one("interior", "interior", wanted));
    const version = `${table.steps.length} to ${table.steps.at(-1)}`;
    found.push({ slot: slot(column, "paths", probe), route: "paths", args: { ...base, probe }, version });
  }
  return found;
}

/**
 * @param {View} view
 * @param {State} state
 * @returns {Need[]} The values that the colour scale is taken of, wherever it is not told by what was measured.
 */
function references({ columns, settings, set, series }, { scale, view }) {
  if (set === null || !isSampled(settings) || view === "timeline" || view === "path") return [];
  return columns.flatMap((column) => {
    if (!column.table || !column.entry || column.error) return [];
    const args = { run: column.run.run, set, series, probes: referenceProbes(column).join() };
    return referenceSteps(column, scale).map((step) => {
      /** @type {Need} */
      const need = { slot: slot(column, referenceSlot(step), 0), route: "attributions", args: { ...args, step } };
      return need;
    });
  });
}

/**
 * @param {Data} data
 * @param {Column} column
 * @param {string} what
 * @param {number} probe
 * @returns {Arrived | undefined} What arrived last for it: perhaps of another step than the one that is wanted.
 */
export function extra(data, column, what, probe) {
  return data.extras.get(slot(column, what, probe));
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Data} data
 * @returns {boolean} Whether everything is there.
 */
export function extrasSettled(view, state, data) {
  return needs(view, state).every((need) => {
    const found = data.extras.get(need.slot)?.need;
    return found !== undefined && found.version === need.version && found.args.step === need.args.step;
  });
}

/**
 * @param {Data} data
 * @returns {number[]} The alphas of the interior gradients that have arrived, ascending.
 */
export function recordedAlphas(data) {
  const all = [...data.extras.values()].flatMap(({ need, packed }) =>
    need.route === "interior" ? /** @type {number[]} */ (packed?.header.alphas ?? []) : [],
  );
  return [...new Set(all)].sort((a, b) => a - b);
}

/** What single views need besides the records that every view shows: pure, from (view, state). */

import { auditNeeds } from "./audits.js";
import { MOST_SEEN, MOST_TOLD } from "./overview.js";
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
 * @property {"attributions" | "interior" | "paths" | "steps" | "inputs" | "overview" | "means" | "audits" | "suspects"} route
 * @property {Record<string, any>} args
 * @property {string} [version] Of what is read anew as more is logged.
 * @property {boolean} [late] Whether the page is there without it.
 *
 * @typedef {object} Arrived
 * @property {Need} need
 * @property {Packed} [packed]
 * @property {any} [json]
 * @property {import("./audits.js").Audit} [audit]
 * @property {import("./steps.js").Columns} [columns]
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
  if (state.view === "compare") return [...view.sides.flatMap((side) => side.needs), ...references(view, state)];
  const { set, probes } = view;
  const audits = auditNeeds(view, state);
  if (set === null || !probes || state.view === "suspects") return audits;
  const each = view.columns.flatMap((column) => needsOf(column, view, state));
  const own = [...references(view, state), ...each, ...audits];
  if (state.view === "overview") return [...own, ...ofOverview(view, set, false)];
  // Below the probe, over the steps: nobody waits for it.
  return state.view === "probe" ? [...own, ...ofOverview(view, set, true)] : own;
}

/**
 * @param {View} view
 * @param {string} set
 * @param {boolean} late Whether the page is there without it; means over all probes are not shown there.
 * @returns {Need[]} What all runs are summed up by; then the chosen probes at the chosen steps, and means over all.
 */
function ofOverview(view, set, late) {
  const { series, overview, stripped } = view;
  const columns = view.columns.filter(({ entry, error }) => entry && !error);
  if (!columns.length) return [];
  const version = columns.map(({ entry }) => `${entry?.steps} to ${entry?.last_step}`).join();
  const runs = columns.slice(0, MOST_TOLD).map(({ run }) => run.run);
  /** @type {Need[]} */
  const found = [{ slot: "overview", route: "overview", args: { run: runs, set, series }, version, late }];
  if (!overview) return found;
  for (const column of columns.slice(0, MOST_SEEN)) {
    const { table, run, wanted } = column;
    if (!table) continue;
    const steps = [...new Set(overview.steps.map((step) => table.drawnAt(step)))];
    const base = { run: run.run, set, series };
    for (const step of steps) {
      const args = { ...base, step, probes: stripped.join(",") };
      if (step !== wanted) found.push({ slot: slot(column, `strip ${step}`, 0), route: "attributions", args, late });
    }
    if (late) continue;
    // Where there are no regions, the sentence is made of them.
    const told = (overview.runs.find((sum) => sum.run === run.run)?.regions ?? []).length > 0;
    found.push({
      slot: slot(column, "means", 0),
      route: "means",
      args: { ...base, steps },
      version: steps.join(),
      late: told,
    });
  }
  return found;
}

/**
 * @param {Data} data
 * @param {Column} column
 * @param {number} step
 * @returns {Packed | null} The probes of the overview at one of its steps.
 */
export function stripOf(data, column, step) {
  if (column.step === step && column.record) return column.record;
  return extra(data, column, `strip ${step}`, 0)?.packed ?? null;
}

/**
 * @param {Data} data
 * @param {string} what
 * @returns {any} What arrived last that is of no single run; null before.
 */
export function replyOf(data, what) {
  return data.extras.get(what)?.json ?? null;
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
    const at = table.at(wanted, table.drawn);
    // In one table with those of other runs there is no room for it.
    if (view.look.earlier && view.columns.length === 1) {
      if (at > 0) found.push(one("previous", "attributions", table.drawn[at - 1]));
      if (at > 0) found.push(one("first", "attributions", table.drawn[0]));
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
    if (need.late) return true;
    const found = data.extras.get(need.slot)?.need;
    const same = (/** @type {string} */ name) => found?.args[name] === need.args[name];
    return found !== undefined && found.version === need.version && same("step") && same("probes");
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

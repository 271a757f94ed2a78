/** The colour scale of the views of one probe: pure, from (view, state, data). */

import { palette } from "./color.js";
import { extra, sampled } from "./extras.js";

/**
 * @typedef {import("./derive.js").View} View
 * @typedef {import("./derive.js").Column} Column
 * @typedef {import("./state.js").State} State
 * @typedef {import("./state.js").Data} Data
 * @typedef {import("./packed.js").Packed} Packed
 *
 * @typedef {object} Paint How values become colours.
 * @property {import("./color.js").Palette} palette
 * @property {number} opacity
 * @property {boolean} absolute
 *
 * @typedef {object} Scale
 * @property {(column: Column) => number} limit The value that gets the strongest colour.
 * @property {number} shared NaN where each picture has its own.
 * @property {boolean} saturates Whether values beyond the shared limit may exist.
 * @property {Paint} paint
 */

/** Of more values than this, a percentile is taken over evenly chosen ones. */
const MOST_SIZES = 200_000;

/**
 * @param {State} state
 * @returns {Paint}
 */
export function paintOf(state) {
  const absolute = state.sign === "absolute";
  return { palette: palette(state.gamma, absolute), opacity: state.opacity, absolute };
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Data} data
 * @returns {Scale}
 */
export function scaleOf(view, state, data) {
  const paint = paintOf(state);
  const scale = state.view === "path" ? filmLimits(view, state, data) : limits(view, state, data);
  return { ...scale, paint, saturates: state.clip < 100 };
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Data} data
 * @returns {{limit: (column: Column) => number, shared: number}}
 */
function limits(view, state, data) {
  const { columns, probe } = view;
  const { clip } = state;
  const own = (/** @type {Column} */ { record }) => (record ? percentile([record], probe, clip) : NaN);
  if (state.scale === "probe") return { limit: own, shared: NaN };
  let shared = NaN;
  if (state.scale === "step") {
    const records = columns.flatMap(({ record }) => (record ? [record] : []));
    shared = percentile(records, probe, clip);
  } else if (clip < 100) {
    const records = columns.flatMap((column) =>
      sampled(column.table?.steps ?? []).flatMap((step) => extra(data, column, `at ${step}`, probe)?.packed ?? []),
    );
    shared = percentile(records, probe, clip);
  } else {
    shared = columns.reduce((most, { table }) => greater(most, table?.peaks()[probe] ?? NaN), NaN);
  }
  // Until everything has arrived, and where no stats say how large values get.
  if (!(shared > 0)) shared = columns.reduce((most, column) => greater(most, own(column)), NaN);
  return { limit: () => shared, shared };
}

/**
 * Of the interior gradients: over the frames of all runs, or for each frame its own.
 * @param {View} view
 * @param {State} state
 * @param {Data} data
 * @returns {{limit: (column: Column) => number, shared: number}}
 */
function filmLimits(view, state, data) {
  if (state.film === "each") return { limit: () => NaN, shared: NaN };
  const records = view.columns.flatMap((column) => extra(data, column, "interior", view.probe)?.packed ?? []);
  const shared = percentile(records, view.probe, state.clip);
  return { limit: () => shared, shared };
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number} The greater one; NaN only where both are.
 */
function greater(a, b) {
  return !(a >= b) && !Number.isNaN(b) ? b : a;
}

/** @type {Map<string, {records: Packed[], value: number}>} */
const known = new Map();

/**
 * @param {Packed[]} records
 * @param {number} probe
 * @param {number} percent
 * @returns {number} The percentile of the sizes of the probe's values, over all leaves; NaN without finite values.
 */
export function percentile(records, probe, percent) {
  // What a record holds of a probe never changes, and the page is drawn anew many times with the same ones.
  const here = records.filter((record) => record.leaves.some((_, leaf) => record.get(probe, leaf)));
  const key = `${probe} ${percent} ${here.length}`;
  const before = known.get(key);
  if (before && here.every((record, i) => record === before.records[i])) return before.value;
  if (known.size > 64) known.clear();
  const value = percentileOf(here, probe, percent);
  known.set(key, { records: here, value });
  return value;
}

/**
 * @param {Packed[]} records
 * @param {number} probe
 * @param {number} percent
 * @returns {number}
 */
function percentileOf(records, probe, percent) {
  const payloads = records.flatMap((record) => record.leaves.flatMap((_, leaf) => record.get(probe, leaf) ?? []));
  const total = payloads.reduce((sum, { numbers }) => sum + numbers.length, 0);
  // The largest must not be missed.
  const stride = percent >= 100 ? 1 : Math.ceil(total / MOST_SIZES);
  return rank(payloads, stride, percent);
}

/**
 * @param {import("./packed.js").Payload[]} payloads
 * @param {number} stride
 * @param {number} percent
 * @returns {number}
 */
function rank(payloads, stride, percent) {
  if (percent >= 100) {
    let most = NaN;
    for (const { numbers, factor } of payloads) {
      for (const stored of numbers) {
        const size = Math.abs(stored * factor);
        if (Number.isFinite(size) && !(size <= most)) most = size;
      }
    }
    return most;
  }
  /** @type {number[]} */
  const sizes = [];
  for (const { numbers, factor } of payloads)
    for (let i = 0; i < numbers.length; i += stride) sizes.push(Math.abs(numbers[i] * factor));
  const sorted = Float64Array.from(sizes).filter(Number.isFinite).sort();
  return sorted.length ? sorted[Math.round((percent / 100) * (sorted.length - 1))] : NaN;
}

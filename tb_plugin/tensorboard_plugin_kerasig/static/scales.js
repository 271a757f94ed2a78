/** The colour scale of a view: pure, from (view, state, data). */

import { palette } from "./color.js";
import { extra } from "./extras.js";
import { framesOf } from "./paths.js";
import { lookOf } from "./views/looks.js";

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
 * @property {State["sign"]} sign
 * @property {boolean} absolute
 * @property {number | null} smooth In pixels; null for what is usual for a map's size.
 * @property {State["backdrop"]} backdrop Of an image, beneath the map.
 *
 * @typedef {object} Scale
 * @property {(column: Column, probe?: number) => number} limit The value that gets the strongest colour, of the view's
 *   probe if none is given.
 * @property {number} shared NaN where each picture has its own.
 * @property {boolean} saturates Whether values beyond the shared limit may exist.
 * @property {string} words What the limit is, in a sentence.
 * @property {Paint} paint
 *
 * @typedef {object} How What of the maps is measured.
 * @property {string} kind Of probes.
 * @property {number | null} smooth In pixels; null for what is usual for a map's size.
 */

/** Of more values than this, a percentile is taken over evenly chosen ones. */
const MOST_SIZES = 200_000;
/** @type {How} */
const AS_STORED = { kind: "", smooth: 0 };

/**
 * @param {State} state
 * @param {import("./settings.js").Settings} settings
 * @returns {Paint}
 */
export function paintOf({ sign, opacity, backdrop }, { gamma, smooth }) {
  return { palette: palette(gamma, sign), opacity, sign, absolute: sign === "absolute", smooth, backdrop };
}

/**
 * @param {View} view
 * @param {State} state
 * @param {Data} data
 * @returns {Scale}
 */
export function scaleOf(view, state, data) {
  const { paint } = view;
  if (state.view === "path") return { ...filmLimits(view, state, data), paint };
  const { limit, sharedLimit: shared, saturates, limitWords: words } = view;
  return { limit: (column, probe = view.probe) => limit(column, probe), shared, saturates, words, paint };
}

/**
 * Of the interior gradients: over the frames of all runs, or for each frame its own.
 * @param {View} view
 * @param {State} state
 * @param {Data} data
 * @returns {Pick<Scale, "limit" | "shared" | "saturates" | "words">}
 */
function filmLimits(view, state, data) {
  const { clip, smooth } = view.settings;
  const saturates = clip < 100;
  const own = "Each picture has its own scale: do not compare strengths between them.";
  if (state.film === "each") return { limit: () => NaN, shared: NaN, saturates, words: own };
  const records = view.columns.flatMap((column) => extra(data, column, "interior", view.probe)?.packed ?? []);
  const shared = percentile(records.flatMap(framesOf), view.probe, clip, { kind: view.kind, smooth });
  return { limit: () => shared, shared, saturates, words: "One scale for all frames of this probe at this step." };
}

/** @type {Map<string, {records: Packed[], value: number}>} */
const known = new Map();

/**
 * @param {Packed[]} records
 * @param {number} probe
 * @param {number} percent
 * @param {How} [how]
 * @returns {number} The percentile of the sizes of the probe's values, over all leaves; where it is 0, the largest, as
 *   `kerasig.plot.images` has it; NaN without finite values.
 */
export function percentile(records, probe, percent, how = AS_STORED) {
  // What a record holds of a probe never changes, and the page is drawn anew many times with the same ones.
  const here = records.filter((record) => record.leaves.some((_, leaf) => record.get(probe, leaf)));
  const key = `${probe} ${percent} ${here.length} ${how.smooth} ${how.kind}`;
  const before = known.get(key);
  if (before && here.every((record, i) => record === before.records[i])) return before.value;
  if (known.size > 512) known.clear();
  const value = percentileOf(here, probe, percent, how);
  known.set(key, { records: here, value });
  return value;
}

/**
 * @param {Packed[]} records
 * @param {number} probe
 * @param {number} percent
 * @param {How} how
 * @returns {number}
 */
function percentileOf(records, probe, percent, how) {
  const maps = records.flatMap((record) => record.leaves.flatMap((_, leaf) => mapsOf(record, probe, leaf, how)));
  const total = maps.reduce((sum, { numbers }) => sum + numbers.length, 0);
  // The largest must not be missed.
  const stride = percent >= 100 ? 1 : Math.ceil(total / MOST_SIZES);
  const found = rank(maps, stride, percent);
  return found === 0 && percent < 100 ? rank(maps, 1, 100) : found;
}

/**
 * @param {Packed} record
 * @param {number} probe
 * @param {number} leaf
 * @param {How} how
 * @returns {import("./packed.js").Payload[]} What is drawn of a leaf.
 */
function mapsOf(record, probe, leaf, { kind, smooth }) {
  const payload = record.get(probe, leaf);
  if (!payload) return [];
  const { kind: own, shape } = record.leaves[leaf];
  const { maps, plane } = lookOf(own ?? kind);
  return smooth !== 0 && maps && plane?.(shape) ? maps(record, probe, leaf, smooth) : [payload];
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
  const count = payloads.reduce((sum, { numbers }) => sum + Math.ceil(numbers.length / stride), 0);
  const sizes = new Float64Array(count);
  let at = 0;
  for (const { numbers, factor } of payloads)
    for (let i = 0; i < numbers.length; i += stride) sizes[at++] = Math.abs(numbers[i] * factor);
  const sorted = sizes.filter(Number.isFinite).sort();
  return sorted.length ? sorted[Math.round((percent / 100) * (sorted.length - 1))] : NaN;
}

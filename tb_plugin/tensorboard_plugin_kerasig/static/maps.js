/** The maps that pictures draw and scales measure: as stored, or smoothed; made once for each record. */

import { smoothed, widthFor } from "./smoothing.js";
import { values } from "./views/values.js";

/**
 * @typedef {import("./packed.js").Packed} Packed
 * @typedef {import("./smoothing.js").MapNumbers} MapNumbers
 *
 * @typedef {object} Kept
 * @property {number} width
 * @property {MapNumbers} map
 */

/** By record; of each leaf the width that was asked for last. @type {WeakMap<Packed, Map<string, Kept>>} */
const kept = new WeakMap();

/**
 * @param {Packed} record
 * @param {number} probe
 * @param {number} leaf Of an image: [height, width, ...], of which what follows is summed.
 * @param {number | null} smooth In pixels; null for what is usual.
 * @returns {MapNumbers | null} Null where nothing was stored.
 */
export function mapOf(record, probe, leaf, smooth) {
  const { shape } = record.leaves[leaf];
  const width = widthFor(smooth, shape);
  const stored = storedMap(record, probe, leaf);
  if (!stored || width < 1) return stored;
  const own = kept.get(record) ?? new Map();
  kept.set(record, own);
  const key = `${probe}/${leaf}`;
  const known = own.get(key);
  if (known?.width === width) return known.map;
  const map = smoothed(stored, width);
  own.set(key, { width, map });
  return map;
}

/**
 * @param {Packed} record
 * @param {number} probe
 * @param {number} leaf
 * @returns {MapNumbers | null}
 */
function storedMap(record, probe, leaf) {
  const { shape } = record.leaves[leaf];
  const payload = record.get(probe, leaf);
  if (payload && shape.length === 2) return { ...payload, shape };
  const summed = values(record, probe, leaf, 2);
  return summed && { numbers: summed.numbers, factor: 1, shape: summed.shape };
}

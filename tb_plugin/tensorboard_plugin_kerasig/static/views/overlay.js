/** The colours of a map on a canvas of its own size. Those drawn last are kept: people step to and fro. */

import { lookup } from "../color.js";
import { mapOf } from "../maps.js";

/**
 * @typedef {import("../color.js").Palette} Palette
 * @typedef {import("../packed.js").Packed} Packed
 *
 * @typedef {object} Overlay
 * @property {number} limit That the colours were chosen for.
 * @property {Palette} colors
 * @property {number | null} smooth
 * @property {HTMLCanvasElement} canvas
 */

/** Together the kept ones take four bytes for each. */
const MOST_PIXELS = 2 ** 23;

/** By record, probe and leaf; the one used last comes last. @type {Map<string, Overlay>} */
const kept = new Map();
let keptPixels = 0;
/** @type {WeakMap<Packed, number>} */
const numbered = new WeakMap();
let records = 0;
/** One for all: it has been copied before it is filled again. @type {ImageData | null} */
let pixels = null;

/**
 * @param {Packed} record
 * @param {number} probe
 * @param {number} leaf
 * @param {number} limit The value that gets the strongest colour.
 * @param {Palette} colors
 * @param {number | null} smooth Over how many pixels; null for what is usual.
 * @returns {HTMLCanvasElement | null} Null where the record has no such map. Smoothed, it has fewer pixels.
 */
export function overlay(record, probe, leaf, limit, colors, smooth) {
  if (!numbered.has(record)) numbered.set(record, records++);
  const key = `${numbered.get(record)}/${probe}/${leaf}`;
  const known = kept.get(key);
  kept.delete(key);
  if (known && Object.is(known.limit, limit) && known.colors === colors && known.smooth === smooth) {
    kept.set(key, known);
    return known.canvas;
  }
  if (known) keptPixels -= area(known.canvas);
  const map = mapOf(record, probe, leaf, smooth);
  if (!map) return null;
  const size = map.shape[0] * map.shape[1];
  const canvas = painted(colored(map, limit, colors), known?.canvas ?? spare(size));
  kept.set(key, { limit, colors, smooth, canvas });
  keptPixels += area(canvas);
  return canvas;
}

/**
 * @param {number} size Pixels that need room.
 * @returns {HTMLCanvasElement | undefined} One of those that had to go.
 */
function spare(size) {
  let gone;
  for (const [oldest, { canvas }] of kept) {
    if (keptPixels + size <= MOST_PIXELS) break;
    kept.delete(oldest);
    keptPixels -= area(canvas);
    gone = canvas;
  }
  return gone;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {number}
 */
function area({ width, height }) {
  return width * height;
}

/**
 * @param {ImageData} data
 * @param {HTMLCanvasElement} [canvas]
 * @returns {HTMLCanvasElement} It, with exactly these pixels.
 */
export function painted(data, canvas = document.createElement("canvas")) {
  if (canvas.width !== data.width || canvas.height !== data.height) {
    canvas.width = data.width;
    canvas.height = data.height;
  }
  canvas.getContext("2d")?.putImageData(data, 0, 0);
  return canvas;
}

/**
 * @param {import("../maps.js").MapNumbers} map
 * @param {number} limit
 * @param {Palette} colors
 * @returns {ImageData}
 */
function colored({ numbers, factor, shape: [height, width] }, limit, colors) {
  if (pixels?.width !== width || pixels.height !== height) pixels = new ImageData(width, height);
  const words = new Uint32Array(pixels.data.buffer);
  const { table, zero } = lookup(colors);
  const scale = limit > 0 ? (factor * zero) / limit : 0;
  // The place of zero's shade, such that cutting off the fraction rounds.
  const middle = zero + 0.5;
  for (let i = 0; i < numbers.length; i++) {
    const place = numbers[i] * scale + middle;
    // What is not a number is drawn as zero.
    words[i] = table[place >= 0 ? (place > 2 * zero ? 2 * zero : place | 0) : place < 0 ? 0 : zero];
  }
  return pixels;
}

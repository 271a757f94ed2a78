/** How large pictures are: what the grid plans is what is drawn. Pure. */

import { LARGE_ABOVE } from "./smoothing.js";

/** The longer side that a card is planned for, in CSS pixels: of small pictures, and of photographs. */
const SMALL_SIDE = 132;
const LARGE_SIDE = 208;
/** A photograph fills its card, up to this. */
const MOST_SIDE = 320;
/** What a picture has room for where nobody planned it. */
export const USUAL_ROOM = 168;

/**
 * @typedef {object} Size In CSS pixels.
 * @property {number} width
 * @property {number} height
 */

/**
 * @param {number[]} shape Height and width of a picture in pixels of its own.
 * @returns {boolean} Whether it is a photograph: shown as a whole, not pixel by pixel.
 */
export function isLarge([height, width]) {
  return Math.max(height, width) > LARGE_ABOVE;
}

/**
 * @param {number[]} shape
 * @returns {number} The width that a card should have for it.
 */
export function wantedWidth([height, width]) {
  const side = Math.max(height, width, 1);
  if (isLarge([height, width])) return Math.round((LARGE_SIDE * width) / side);
  return width * Math.max(1, Math.round(SMALL_SIDE / side));
}

/**
 * @param {number[]} shape
 * @param {number} [room] How wide it may be.
 * @returns {Size} Small ones by a whole factor, so that every pixel is a square of the same size.
 */
export function cardSize([height, width], room = USUAL_ROOM) {
  const side = Math.max(height, width, 1);
  const fits = room / Math.max(1, width);
  const most = isLarge([height, width]) ? MOST_SIDE / side : Math.max(1, Math.round(SMALL_SIDE / side));
  const factor = Math.min(fits, most);
  return scaled([height, width], !isLarge([height, width]) && factor >= 1 ? Math.floor(factor) : factor);
}

/**
 * @param {number[]} shape
 * @param {number} side How long its longer side may be.
 * @returns {Size} Of a picture that is shown alone: small ones by a whole factor.
 */
export function fitted([height, width], side) {
  const factor = side / Math.max(height, width, 1);
  return scaled([height, width], !isLarge([height, width]) && factor >= 1 ? Math.floor(factor) : factor);
}

/**
 * @param {Size} size
 * @returns {Record<string, string>} The style of what is shown so: where there is less room, it is smaller, and of the
 *   same proportions.
 */
export function styled({ width, height }) {
  return { width: `${width}px`, "aspect-ratio": `${width} / ${height}` };
}

/**
 * @param {number[]} shape
 * @param {number} factor
 * @returns {Size}
 */
function scaled([height, width], factor) {
  const one = (/** @type {number} */ pixels) => Math.max(1, Math.round(pixels * factor * 100) / 100);
  return { height: one(height), width: one(width) };
}

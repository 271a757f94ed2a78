/** Means with their intervals as audits have them, and how much of a class's lead moves with a suspect. Pure. */

import { number } from "./packed.js";

/**
 * @typedef {import("./audits.js").Stored} Stored
 * @typedef {import("./audits.js").Suspect} Suspect
 *
 * @typedef {object} Interval
 * @property {number} mean
 * @property {number} low
 * @property {number} high
 */

/**
 * @param {Stored | null | undefined} stored
 * @returns {Interval} NaN where nothing is known.
 */
export function interval(stored) {
  const [mean, low, high] = [0, 1, 2].map((i) => number(stored?.[i]));
  return { mean, low, high };
}

/**
 * @param {Suspect} suspect
 * @returns {Interval} How much of the class's lead moves with the place: the larger of what is lost and what is won.
 */
export function moved({ fall, rise }) {
  const [lost, won] = [interval(fall), interval(rise)];
  return won.mean > lost.mean || Number.isNaN(lost.mean) ? won : lost;
}

/**
 * @param {Suspect} suspect
 * @returns {{mean: number, most: number}} What moves with matched places; NaN without any.
 */
export function movedAtMatched({ matched }) {
  const there = (matched ?? []).map(number).filter(Number.isFinite);
  if (!there.length) return { mean: NaN, most: NaN };
  return { mean: there.reduce((sum, value) => sum + value, 0) / there.length, most: Math.max(...there) };
}

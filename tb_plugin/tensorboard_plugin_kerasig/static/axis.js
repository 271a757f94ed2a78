/** Ranges, ticks and labels of axes. Pure. */

import { count, round } from "./format.js";

/**
 * @typedef {object} Tick
 * @property {number} at
 * @property {string} text
 * @property {"start" | "middle" | "end"} [anchor] Which part of the text stands at the place.
 */

/** Of a label's letters, in CSS pixels: digits are narrow. */
const LETTER = 6.4;
/** What differs by a smaller share than this is the same value, but for rounding. */
const SAME = 1e-6;
const MOST_DIGITS = 9;
/** Between two labels. */
const APART = 14;

/**
 * @param {number} low
 * @param {number} high
 * @param {number} [parts] About how many there are between them.
 * @returns {number[]} Round numbers from at or below `low` to at or above `high`.
 */
export function ticks(low, high, parts = 3) {
  if (!(high - low > SAME * Math.max(Math.abs(low), Math.abs(high))))
    [low, high] = low === 0 ? [0, 1] : [low - Math.abs(low) / 2, low + Math.abs(low) / 2];
  const rough = (high - low) / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? 10 * power;
  const first = Math.floor(low / size + 1e-9);
  const last = Math.ceil(high / size - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * size).toPrecision(12)));
}

/**
 * @param {number} low Of what is drawn.
 * @param {number} high
 * @param {object} [more]
 * @param {boolean} [more.zero] Whether the axis begins, or ends, at 0.
 * @param {boolean} [more.percent]
 * @param {number} [more.parts]
 * @returns {Tick[]} The least and the greatest are the axis's ends.
 */
export function levels(low, high, { zero = false, percent = false, parts = 3 } = {}) {
  if (!(low <= high)) [low, high] = [0, 1];
  if (zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  const places = ticks(low, high, parts);
  return texts(places.map((at) => (percent ? 100 * at : at))).map((text, i) => ({
    at: places[i],
    text: percent ? `${text}%` : text,
  }));
}

/**
 * @param {number[]} values Distinct.
 * @returns {string[]} With as many digits as tell them apart.
 */
function texts(values) {
  let found = values.map(round);
  for (let digits = 4; new Set(found).size < values.length && digits <= MOST_DIGITS; digits++)
    found = values.map((value) => String(Number(value.toPrecision(digits))).replaceAll("-", "\u2212"));
  return found;
}

/**
 * @param {Iterable<ArrayLike<number>>} series
 * @returns {[number, number]} The least and the greatest finite number; [NaN, NaN] without any.
 */
export function extent(series) {
  let [low, high] = [Infinity, -Infinity];
  for (const values of series) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [NaN, NaN];
}

/**
 * The labels of steps: the first and the last always, and round numbers between them where they find room.
 * @param {number} first
 * @param {number} last
 * @param {number} width Of the axis, in CSS pixels.
 * @returns {Tick[]}
 */
export function stepLabels(first, last, width) {
  if (!(last > first)) return [{ at: first, text: count(first), anchor: "middle" }];
  const ends = [count(first), count(last)];
  const wide = Math.max(...ends.map(wideness)) + APART;
  const place = (/** @type {number} */ at) => ((at - first) / (last - first)) * width;
  const [left, right] = [wideness(ends[0]) + APART, width - wideness(ends[1]) - APART];
  const within = ticks(first, last, Math.max(1, Math.min(5, Math.floor(width / (1.6 * wide))))).filter((at) => {
    const half = wideness(count(at)) / 2;
    return Number.isInteger(at) && at > first && at < last && place(at) - half > left && place(at) + half < right;
  });
  /** @type {Tick[]} */
  const all = [
    { at: first, text: ends[0], anchor: "start" },
    ...within.map((at) => ({ at, text: count(at), anchor: /** @type {const} */ ("middle") })),
    { at: last, text: ends[1], anchor: "end" },
  ];
  // Where there is no room for both, the newest is the one to be read.
  return wideness(ends[0]) + wideness(ends[1]) + 6 < width ? all : all.slice(-1);
}

/**
 * @param {string} text
 * @returns {number} About how wide it is on the page, in CSS pixels.
 */
export function wideness(text) {
  return LETTER * text.length;
}

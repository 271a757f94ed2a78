/** How fast the steps play. Pure. */

/** Times the usual speed. */
export const SPEEDS = [0.25, 0.5, 1, 2, 4];
/** How long a record is seen, where there are few. */
const SHOWN_FOR_MS = 450;
/** All of them, where there are many. */
const ALL_WITHIN_MS = 20_000;

/**
 * @param {number} records
 * @param {number} speed
 * @returns {number} Milliseconds from one record to the next.
 */
export function pace(records, speed) {
  return Math.min(SHOWN_FOR_MS, ALL_WITHIN_MS / Math.max(1, records)) / speed;
}

/**
 * @param {number} records
 * @returns {boolean} Whether there are so many that some may be left out, where the page cannot draw each in time.
 */
export function hurries(records) {
  return ALL_WITHIN_MS / Math.max(1, records) < SHOWN_FOR_MS;
}

/**
 * @typedef {object} Since Since when the records play without a break.
 * @property {number} index The first one.
 * @property {number} at When it was shown, in milliseconds.
 *
 * @param {Since} since
 * @param {number} index The record that is shown.
 * @param {number} now
 * @param {number} records
 * @param {number} speed
 * @returns {number} The one that follows.
 */
export function following(since, index, now, records, speed) {
  const due = since.index + Math.floor((now - since.at) / pace(records, speed) + 1e-6);
  return Math.min(records - 1, hurries(records) ? Math.max(index + 1, due) : index + 1);
}

/**
 * @param {number} speed
 * @param {number} by
 * @returns {number} The next one in that direction, or the last.
 */
export function another(speed, by) {
  return SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, SPEEDS.indexOf(speed) + by))];
}

/**
 * @param {number} records
 * @param {number} speed
 * @returns {string} How long all of them take.
 */
export function lasting(records, speed) {
  const seconds = (records * pace(records, speed)) / 1000;
  return seconds < 10 ? `${Number(seconds.toFixed(1))} s` : `${Math.round(seconds)} s`;
}

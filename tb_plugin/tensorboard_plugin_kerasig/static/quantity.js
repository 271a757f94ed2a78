/** Measured numbers as a person reads them: shares in percent, and errors beside what is allowed. */

import { digits, round, signed } from "./format.js";

/**
 * @typedef {import("./measures.js").Measure} Measure
 */

/**
 * @param {number} value
 * @returns {string} In percent, as short as it can be: two significant digits, three from 10% on.
 */
export function share(value) {
  if (!Number.isFinite(value) || value === 0) return Number.isFinite(value) ? "0%" : digits(value);
  const parts = 100 * value;
  return `${round(Number(parts.toPrecision(Math.abs(parts) >= 9.95 ? 3 : 2)))}%`;
}

/**
 * @param {Measure} measure
 * @param {number} value
 * @returns {string}
 */
export function told(measure, value) {
  if (!measure.percent) return (measure.signed ? signed : digits)(value);
  return measure.signed && value > 0 ? `+${share(value)}` : share(value);
}

/**
 * @param {Measure} measure
 * @param {number} value
 * @param {number | undefined} tolerance What is allowed; undefined where the log does not say it.
 * @returns {string}
 */
export function allowed(measure, value, tolerance) {
  if (tolerance === undefined || !Number.isFinite(value)) return told(measure, value);
  return `${told(measure, value)} of ${told(measure, tolerance)} allowed`;
}

/**
 * @param {Record<string, any> | undefined} header Of a record.
 * @param {string} name Of a measure.
 * @returns {number | undefined} The largest value at which an attribution has converged.
 */
export function toleranceOf(header, name) {
  const known = header?.tolerances;
  const found = known && Object.hasOwn(known, name) ? known[name] : undefined;
  return typeof found === "number" && found > 0 ? found : undefined;
}

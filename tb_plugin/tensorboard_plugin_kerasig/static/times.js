/** The ticks of a time axis: in seconds where it is known how many samples make one, else in samples. Pure. */

import { digits, round } from "./format.js";

/**
 * @param {Record<string, any>} header Of the inputs.
 * @returns {number} Samples per second; NaN where that is not known.
 */
export function rateOf({ rate }) {
  return typeof rate === "number" && Number.isFinite(rate) && rate > 0 ? rate : NaN;
}

/**
 * @param {number} length In samples.
 * @param {number} rate
 * @param {number} most Ticks.
 * @returns {{at: number, text: string}[]} At round numbers; where along the axis, from 0 to 1, in the middle of a sample.
 */
export function ticks(length, rate, most) {
  const unit = Number.isNaN(rate) ? 1 : rate;
  const last = (length - 1) / unit;
  if (!(last > 0)) return [{ at: 0.5, text: "0" }];
  const rough = Math.max(last / Math.max(1, most), Number.isNaN(rate) ? 1 : 0);
  const power = 10 ** Math.floor(Math.log10(rough) + 1e-9);
  const by = power * ([1, 2, 5, 10].find((step) => step * power >= rough * (1 - 1e-9)) ?? 10);
  return Array.from({ length: Math.floor(last / by + 1e-9) + 1 }, (_, i) => ({
    at: (i * by * unit + 0.5) / length,
    text: round(Number((i * by).toPrecision(6))),
  }));
}

/**
 * @param {number} sample
 * @param {number} rate
 * @returns {string} When that is.
 */
export function moment(sample, rate) {
  return Number.isNaN(rate) ? `sample ${sample}` : `${sample === 0 ? "0" : digits(sample / rate)} s`;
}

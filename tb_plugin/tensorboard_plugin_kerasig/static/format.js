/** Numbers and counts as text. */

import { exactly } from "./exact.js";

const MINUS = "\u2212";
/** Made once: to make it takes longer than to use it a hundred times. */
const THOUSANDS = new Intl.NumberFormat("en-US");

/**
 * Three significant digits; an exponent where the plain number would be long.
 * @param {number} value
 * @returns {string}
 */
export function digits(value) {
  if (Number.isNaN(value)) return "\u2013";
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : `${MINUS}\u221e`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  let text;
  if (size >= 1e5 || size < 1e-3) text = size.toExponential(1).replace("e+", "e").replace("e-", `e${MINUS}`);
  else if (size >= 100) text = size.toFixed(0);
  else text = size.toPrecision(3);
  return (value < 0 ? MINUS : "") + text;
}

/**
 * Three decimals: for what lies between -1 and 2.
 * @param {number} value
 * @returns {string}
 */
export function decimals(value) {
  return Number.isFinite(value)
    ? value
        .toFixed(3)
        .replace(/^-(?=0\.000$)/, "")
        .replace("-", MINUS)
    : digits(value);
}

/**
 * `digits` with a plus in front of what is positive.
 * @param {number} value
 * @returns {string}
 */
export function signed(value) {
  return (value > 0 ? "+" : "") + digits(value);
}

/**
 * `digits` without zeros at the end: for round numbers, as on an axis.
 * @param {number} value
 * @returns {string}
 */
export function round(value) {
  const text = digits(value);
  return text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;
}

/**
 * @param {number} share
 * @param {number} [decimals]
 * @returns {string} In percent.
 */
export function percent(share, decimals = 0) {
  if (!Number.isFinite(share)) return "\u2013";
  return `${(100 * share).toFixed(decimals)}%`.replace(/^-(?=0(\.0*)?%)/, "").replace("-", MINUS);
}

/**
 * Six significant digits, with a plus in front of what is positive: more than a stored value is exact to.
 * @param {number} value
 * @returns {string}
 */
export function exact(value) {
  if (!Number.isFinite(value) || value === 0) return signed(value);
  const text = String(Number(Math.abs(value).toPrecision(6)))
    .replace("e-", `e${MINUS}`)
    .replace("e+", "e");
  return (value < 0 ? MINUS : "+") + text;
}

/**
 * @param {number} value A whole number.
 * @returns {string} With thousands apart.
 */
export function count(value) {
  if (Number.isSafeInteger(value) || !Number.isInteger(value)) return THOUSANDS.format(value);
  const digits = exactly(value);
  return THOUSANDS.format(/^-?\d+$/.test(digits) ? BigInt(digits) : value);
}

/**
 * @param {number} value A whole number.
 * @param {string} one What is counted.
 * @param {string} [many]
 * @returns {string} Such as 1 image or 1,200 images.
 */
export function counted(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/**
 * @param {number} epoch
 * @returns {string} Empty where no epoch is known.
 */
export function epochText(epoch) {
  if (!Number.isFinite(epoch)) return "";
  return Number.isInteger(epoch) ? String(epoch) : epoch.toFixed(2);
}

/**
 * @param {string} text
 * @param {number} [length]
 * @returns {string} Cut where it is longer, but not inside of a character: names can be of any length, pages cannot.
 */
export function short(text, length = 200) {
  return text.length > length ? `${text.slice(0, length).replace(/[\ud800-\udbff]$/, "")}\u2026` : text;
}

/**
 * @param {string} text
 * @param {number} [length]
 * @returns {string} The text, without its middle where it is long: names begin alike, or end so.
 */
export function middle(text, length = 80) {
  if (text.length <= length) return text;
  const half = Math.floor(length / 2);
  return `${text.slice(0, half).replace(/[\ud800-\udbff]$/, "")}\u2026${text.slice(-half).replace(/^[\udc00-\udfff]/, "")}`;
}

/** Letters that find room everywhere. */
const BRIEF = /^[\x20-\x7e]{0,8}$/;

/**
 * @param {string} text
 * @returns {boolean} Whether it is so short that nothing of it needs to be cut off.
 */
export function brief(text) {
  return BRIEF.test(text);
}

/** What a probe is called: its name, and where it was given none, its first words, or its label. Pure. */

import { traitsOf } from "./traits.js";

/** Words of a text that tell it from others. */
const FIRST = 6;

/**
 * @param {Record<string, any> | undefined} header Of the inputs.
 * @param {number} probe
 * @returns {string}
 */
export function probeName(header, probe) {
  const usual = `probe ${probe}`;
  const own = header?.names?.[probe];
  if (!header || (own !== undefined && own !== null && own !== usual)) return String(own ?? usual);
  return firstWords(header, probe) ?? labelOf(header, probe) ?? usual;
}

/**
 * @param {Record<string, any>} header
 * @param {number} probe
 * @returns {string | null} Of a text; null where the probe is none.
 */
function firstWords(header, probe) {
  if (traitsOf(header, header.probe_kind).names !== "tokens") return null;
  const [tokens = header.tokens] = Object.values(header.leaf_tokens ?? {});
  const words = (tokens?.[probe] ?? []).filter((/** @type {any} */ word) => word !== null && word !== "");
  if (!words.length) return null;
  return words.slice(0, FIRST).join(" ") + (words.length > FIRST ? "\u2026" : "");
}

/**
 * @param {Record<string, any>} header
 * @param {number} probe
 * @returns {string | null} The label with the probe's number, for others may have the same.
 */
function labelOf({ labels, class_names: classes }, probe) {
  const label = labels?.[probe];
  if (typeof label !== "number" || !Number.isInteger(label)) return null;
  return `${classes?.[label] ?? `label ${label}`} #${probe + 1}`;
}

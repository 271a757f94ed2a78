/** The stats as a person reads them. */

import { short } from "../format.js";

/**
 * @param {import("../measures.js").Measure} measure
 * @returns {string} What it is called.
 */
export function words({ label, region }) {
  return region === null ? short(label, 40) : `${short(label, 40)} in \u201c${short(region, 40)}\u201d`;
}

/**
 * @param {import("../measures.js").Measure} measure
 * @returns {string | null} What it says, for where the pointer rests.
 */
export function meaning({ sentence, unit, better }) {
  const more = [unit && `In ${unit}.`, better && `${better === "up" ? "More" : "Less"} is better.`];
  return short([sentence, ...more].filter(Boolean).join(" "), 300) || null;
}

/** The stats' names as a person reads them. */

import { short } from "../format.js";

/** @type {Record<string, string>} */
const WORDS = {
  map_error: "map error",
  baseline_score: "baseline score",
  delta: "completeness error",
  converged: "share converged",
  n_evaluations: "evaluations",
  correct: "share correct",
  max_abs: "largest value",
  positive_sum: "positive sum",
  negative_sum: "negative sum",
};

/**
 * @param {string} name Of a stat.
 * @returns {string}
 */
export function words(name) {
  if (name.startsWith("region/")) return `share in \u201c${short(name.slice("region/".length), 40)}\u201d`;
  return WORDS[name] ?? short(name, 40);
}

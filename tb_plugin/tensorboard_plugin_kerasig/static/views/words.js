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
  trusted: "share trusted",
  drift_noise: "noise of drift",
  drift_first: "drift from the first",
  drift_best: "drift from the best",
  rank_correlation: "rank correlation",
  top_k_overlap: "top tenth kept",
  alpha_50: "alpha at 50%",
  alpha_90: "alpha at 90%",
  peak_alpha: "alpha of the largest gradient",
  end_gradient: "gradient at the input",
  gradient_share: "gradient \u00d7 input, share",
  effective_features: "effective features",
  baseline_entropy: "entropy at the baseline",
};

/** @type {Record<string, string>} */
const OF_REGIONS = {
  region: "share",
  region_noise: "noise",
  region_lift: "lift",
  region_signed: "signed share",
  region_hit: "hits",
};

/**
 * @param {string} name Of a stat.
 * @returns {string}
 */
export function words(name) {
  const slash = name.indexOf("/");
  const ofRegion = OF_REGIONS[name.slice(0, slash)];
  if (slash > 0 && ofRegion) return `${ofRegion} in \u201c${short(name.slice(slash + 1), 40)}\u201d`;
  return WORDS[name] ?? short(name, 40);
}

/** What logs of before they described their stats had, and how that was shown. */

import { said } from "./old-sentences.js";

/** @type {Record<string, Record<string, any>>} */
const OLD = {
  epoch: { hidden: true, section: "" },
  class: { hidden: true, section: "" },
  predicted: { hidden: true, section: "" },
  alarms: { hidden: true, section: "" },
  score: { sorted: 3, section: "", on_card: true },
  baseline_score: { label: "baseline score", section: "" },
  delta: { label: "completeness error", section: "" },
  residual: { charted: 2, sorted: 1, section: "", on_card: true, percent: true, range: [0, null] },
  map_error: { label: "map error", charted: 3, sorted: 6, section: "", percent: true, range: [0, null] },
  converged: {
    label: "share converged",
    flag: ["converged", "not converged"],
    section: "",
    on_card: true,
    percent: true,
    range: [0, null],
  },
  n_evaluations: { label: "evaluations", section: "", range: [0, null] },
  correct: {
    label: "share correct",
    flag: ["correct", "wrong"],
    charted: 4,
    sorted: 5,
    section: "",
    on_card: true,
    percent: true,
    range: [0, null],
  },
  trusted: { label: "share trusted", flag: ["trusted", "not trusted"], percent: true, range: [0, null] },
  max_abs: { label: "largest value", section: "Attributions", range: [0, null] },
  positive_sum: { label: "positive sum", section: "Attributions", signed: true },
  negative_sum: { label: "negative sum", section: "Attributions", signed: true },
  loss: { sorted: 2 },
  baseline_entropy: { label: "entropy at the baseline" },
  drift: { on_maps: true, charted: 1, sorted: 0, range: [0, null] },
  drift_noise: { label: "noise of drift", on_maps: true, range: [0, null] },
  drift_first: { label: "drift from the first", on_maps: true, range: [0, null] },
  drift_best: { label: "drift from the best", on_maps: true, range: [0, null] },
  rank_correlation: { label: "rank correlation", on_maps: true },
  top_k_overlap: { label: "top tenth kept", on_maps: true, percent: true, range: [0, null] },
  alpha_50: { label: "alpha at 50%", on_maps: true },
  alpha_90: { label: "alpha at 90%", on_maps: true },
  peak_alpha: { label: "alpha of the largest gradient", on_maps: true },
  end_gradient: { label: "gradient at the input", on_maps: true, percent: true, range: [0, null] },
  gradient_share: { label: "gradient \u00d7 input, share", on_maps: true, percent: true },
  gini: { on_maps: true },
  effective_features: { label: "effective features", on_maps: true },
};

/** @type {Record<string, Record<string, any>>} */
const OF_REGIONS = {
  region: { label: "share", on_maps: true, charted: 0, sorted: 4, percent: true, range: [0, null], compared: "area" },
  region_noise: { label: "noise", on_maps: true, percent: true, range: [0, null] },
  region_lift: { label: "lift", on_maps: true, range: [0, null] },
  region_signed: { label: "signed share", on_maps: true, percent: true },
  region_hit: { label: "hits", on_maps: true, percent: true, range: [0, null] },
};

/**
 * @param {string} name
 * @returns {Record<string, any>} As newer logs would say it.
 */
export function oldMeasure(name) {
  const slash = name.indexOf("/");
  const ofRegion = slash > 0 && Object.hasOwn(OF_REGIONS, name.slice(0, slash));
  if (ofRegion)
    return { ...OF_REGIONS[name.slice(0, slash)], ...said(name.slice(0, slash)), region: name.slice(slash + 1) };
  return Object.hasOwn(OLD, name) ? { ...OLD[name], ...said(name) } : {};
}

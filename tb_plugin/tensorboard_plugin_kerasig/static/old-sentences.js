/** What logs of before they described their stats would have said of them: a sentence, a unit, what is good, a section. */

const [TRUST, DRIFT, ORDER, REGIONS] = [
  "trust-and-which-probes-a-mean-is-over",
  "drift-and-its-noise-floor",
  "order-and-what-chance-gives",
  "regions",
];
const [PATH, SUMS, MODEL, OTHER] = [
  "saturation-along-the-path",
  "concentration-and-sums",
  "loss-and-baseline-health",
  "other-per-probe-columns",
];

/** Sentence, anchor, unit, what is better. @type {Record<string, string[]>} */
const SAID = {
  epoch: ["How many epochs were over.", "steps-and-epochs", "epochs"],
  class: ["The explained class.", OTHER],
  predicted: ["The predicted class.", OTHER],
  alarms: ["How many alarms fired at the record.", OTHER],
  score: ["The scalar that is explained, at the probe.", OTHER],
  baseline_score: ["The same scalar at the baseline.", OTHER],
  delta: ["The sum of the attributions less the difference of the scores.", OTHER, "score"],
  residual: ["The completeness error's size relative to the score's change along the path.", OTHER, "", "down"],
  map_error: ["The estimated relative L1 error of the attributions.", OTHER, "", "down"],
  converged: ["Whether residual and map error are within tolerance.", OTHER, "", "up"],
  n_evaluations: ["How many gradients the attribution took.", OTHER, "gradients", "down"],
  correct: ["Whether the predicted class is the label.", OTHER, "", "up"],
  trusted: [
    "Whether the attribution can be measured: it converged, and the score differs from the baseline's.",
    ...[TRUST, "", "up"],
  ],
  max_abs: ["The size of the largest attribution.", SUMS, "score"],
  positive_sum: ["The sum of what speaks for the score.", SUMS, "score"],
  negative_sum: ["The sum of what speaks against the score.", SUMS, "score"],
  loss: ["The compiled loss of the probe.", MODEL, "", "down"],
  baseline_entropy: [
    "How unsure the model is of the baseline's class: 1 knows nothing, 0 is certain.",
    ...[MODEL, "", "up"],
  ],
  drift: ["1 \u2212 cosine to the previous record's map; 0 where that is below its noise.", DRIFT],
  drift_noise: ["The drift that the errors of the two maps may show by themselves.", DRIFT],
  drift_first: ["1 \u2212 cosine to the first record's map; 0 below its noise.", DRIFT],
  drift_best: ["1 \u2212 cosine to the map of the record with the lowest loss; 0 below its noise.", DRIFT],
  rank_correlation: ["Spearman's, of the sizes, with the previous record's map.", ORDER],
  top_k_overlap: ["The share of the top tenth that was in the previous record's.", ORDER],
  alpha_50: ["The first alpha at which half of the score's change is made.", PATH],
  alpha_90: ["The first alpha at which 90% of the score's change are made.", PATH],
  peak_alpha: ["The recorded alpha with the largest mean gradient.", PATH],
  end_gradient: ["The mean gradient at the input over the largest.", PATH],
  gradient_share: ["What gradient times input would attribute in all, over the score's change.", PATH],
  gini: ["How unevenly the sizes are spread: 0 is even, near 1 all in one.", SUMS],
  effective_features: ["How many even positions would be as concentrated.", SUMS, "positions"],
  region: ["The share of the absolute attribution inside.", REGIONS],
  region_noise: ["The most that the map's error can be in the share inside.", REGIONS],
  region_lift: ["How many times the share of the positions the share of the attribution is.", REGIONS],
  region_signed: ["What the region adds to the score, as a share of the absolute attribution.", REGIONS],
  region_hit: ["Whether the largest attribution lies inside.", REGIONS],
};

/**
 * @param {string} name Of a stat, without a region's.
 * @returns {Record<string, string>} As newer logs would say it.
 */
export function said(name) {
  if (!Object.hasOwn(SAID, name)) return {};
  const [sentence, anchor, unit = "", better = ""] = SAID[name];
  return { sentence, anchor, unit, better };
}

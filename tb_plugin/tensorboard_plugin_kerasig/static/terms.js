/**
 * What there is to know of the quantities that the page has of its own: those of single views, which are no measures of a
 * log. Each is described like a measure, and docs/internals/metrics.md defines it in the section that its anchor names.
 */

import { measureOf } from "./measures.js";

const [TAB, OTHER, DRIFT, ORDER, STEPS] = [
  "what-the-tab-computes",
  "other-per-probe-columns",
  "drift-and-its-noise-floor",
  "order-and-what-chance-gives",
  "steps-and-epochs",
];
const SUSPECTS = "suspects";

/** @type {Record<string, Record<string, any>>} */
const TERMS = {
  explained: {
    label: "target",
    sentence: "What is explained: a class's output, or another number that the model gives.",
    anchor: OTHER,
  },
  label: { label: "label", sentence: "What the probe is said to be.", anchor: OTHER },
  attribution: {
    label: "attribution",
    sentence: "What a position adds to the score, counted from the baseline's: positive raises it, negative lowers it.",
    ...{ unit: "score", anchor: "positions", signed: true },
  },
  input: { label: "input", sentence: "What the model is given at the position.", anchor: "positions" },
  place: { label: "rank", sentence: "By the attribution's size: 1 is the largest.", anchor: TAB },
  sinceFirst: { label: "vs first", sentence: "By how many ranks it rose or fell since the first record.", anchor: TAB },
  sincePrevious: {
    label: "vs prev.",
    sentence: "By how many ranks it rose or fell since the record before.",
    anchor: TAB,
  },
  step: { label: "step", sentence: "How many updates the model had when the record was made.", anchor: STEPS },
  epoch: { label: "epoch", sentence: "How many epochs were over when the record was made.", anchor: STEPS },
  record: { label: "record", sentence: "Which of the logged records is shown, of how many.", anchor: STEPS },
  difference: {
    label: "difference",
    sentence: "The score less the baseline's: what the attributions have to add up to.",
    ...{ unit: "score", anchor: TAB, signed: true },
  },
  explainedShare: {
    label: "change explained",
    sentence: "The sum of the attributions over the difference of the scores: 100% where nothing is missing.",
    ...{ anchor: TAB, percent: true },
  },
  error: {
    label: "error",
    sentence: "The error that is nearest to what is allowed, or furthest beyond it: of the sum, or of the map.",
    ...{ anchor: "trust-and-which-probes-a-mean-is-over", percent: true, better: "down" },
  },
  reason: {
    label: "reason",
    sentence: "Why the error is still larger than what is allowed; below it is what helps.",
    anchor: "trust-and-which-probes-a-mean-is-over",
  },
  waterfall: {
    label: "From the baseline\u2019s score to the score",
    sentence:
      "Each bar begins where the one above it ends: what the largest parts add to the score, what all others do, and what the integral is off by.",
    ...{ unit: "score", anchor: TAB },
  },
  change: {
    label: "change",
    sentence: "1 \u2212 cosine of A and B: 0 is the same direction, 1 unrelated, 2 opposite.",
    anchor: DRIFT,
  },
  cosine: {
    label: "cosine",
    sentence: "Of the two maps: 1 is the same direction, 0 unrelated, \u22121 opposite.",
    ...{ anchor: DRIFT, range: [-1, 1] },
  },
  rank: {
    label: "rank correlation",
    sentence: "Spearman's, of the sizes in A and B: 1 is the same order, 0 unrelated.",
    ...{ anchor: ORDER, range: [-1, 1] },
  },
  chance: {
    label: "by chance",
    sentence: "What two maps have on average that have nothing in common but where they are zero.",
    anchor: ORDER,
  },
  mean: {
    label: "mean",
    sentence: "Over the probes that count: of what is measured on maps, the trusted ones.",
    anchor: TAB,
  },
  low: { label: "10%", sentence: "A tenth of the probes have less.", anchor: TAB },
  median: { label: "median", sentence: "Half of the probes have less.", anchor: TAB },
  high: { label: "90%", sentence: "Nine tenths of the probes have less.", anchor: TAB },
  jump: {
    label: "usual change",
    sentence: "The median size of the changes between two records in this run: a jump is many times as large.",
    ...{ anchor: TAB },
  },
  alpha: {
    label: "\u03b1",
    sentence: "The place on the path: 0 is the baseline, 1 the input.",
    ...{ anchor: TAB, range: [0, 1] },
  },
  scoreAt: { label: "score", sentence: "The score at \u03b1.", anchor: TAB },
  rate: {
    label: "change of the score per \u03b1",
    sentence: "How fast the score changes at \u03b1; its sum over the whole path is the difference of the scores.",
    ...{ unit: "score", anchor: TAB, signed: true },
  },
  made: {
    label: "change made by \u03b1",
    sentence: "The share of the score's change that is made between the baseline and \u03b1.",
    ...{ anchor: TAB, percent: true },
  },
  suspectPlace: {
    label: "where",
    sentence: "The place that the network may rely on: a window, a word, a feature, a node, or what lies everywhere.",
    anchor: SUSPECTS,
  },
  suspectGroup: {
    label: "in",
    sentence: "Whose examples it is about: those of a class, of a part of a class that looks alike, or all.",
    anchor: SUSPECTS,
  },
  suspectShare: {
    label: "share",
    sentence:
      "How much of the attribution's size lies at the place, in the mean over the group, with its interval of 95%.",
    ...{ anchor: SUSPECTS, percent: true, range: [0, 1] },
  },
  shareBefore: {
    label: "share before",
    sentence: "The same at the first record, or in untrained networks.",
    ...{ anchor: SUSPECTS, percent: true, range: [0, 1] },
  },
  emphasis: {
    label: "emphasis",
    sentence: "The share over what the untrained network has there and the place's size: above 1, it was learned.",
    ...{ anchor: SUSPECTS, unit: "times as much", range: [0, null] },
  },
  leadMoved: {
    label: "lead moved",
    sentence:
      "How much of the class's lead in score over the other classes is lost without the place, or brought by it into other examples, whichever is more; below it, the mean over matched places.",
    ...{ anchor: SUSPECTS, percent: true },
  },
  flips: {
    label: "follow",
    sentence: "How many held-out examples of other classes are taken for the class when its content is put there.",
    ...{ anchor: SUSPECTS, percent: true, range: [0, 1] },
  },
  sameContent: {
    label: "same content",
    sentence: "How many of the group's examples have the very same content there.",
    ...{ anchor: SUSPECTS, percent: true, range: [0, 1] },
  },
  byChance: {
    label: "by chance",
    sentence:
      "How probable it is that the place matters no more than matched ones (p), corrected for all that were tested.",
    ...{ anchor: SUSPECTS, percent: true, range: [0, 1], better: "" },
  },
  groupSize: {
    label: "examples",
    sentence: "How many examples of the audit are in the group.",
    anchor: SUSPECTS,
  },
  firstClear: {
    label: "since step",
    sentence: "The first audit at which it stood clear.",
    anchor: SUSPECTS,
  },
  half: {
    label: "half the change by",
    sentence: "The first \u03b1 at which half of the score's change is made.",
    anchor: "saturation-along-the-path",
  },
  most: {
    label: "90% of the change by",
    sentence: "The first \u03b1 at which 90% of the score's change is made.",
    anchor: "saturation-along-the-path",
  },
};

/** @typedef {keyof typeof TERMS} Term */

/**
 * @param {string} name
 * @returns {import("./measures.js").Measure}
 */
export function term(name) {
  return measureOf(name, TERMS[name]);
}

/** @returns {string[]} */
export function termNames() {
  return Object.keys(TERMS);
}

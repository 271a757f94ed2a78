/** The values that a percentile "over all" is taken of: those of some probes at some steps, the same in every view. */

/**
 * @typedef {import("./derive.js").Column} Column
 */

const MOST_PROBES = 8;
const MOST_STEPS = 4;

/**
 * @param {import("./settings.js").Settings} settings
 * @returns {boolean} Whether the scale needs values: what was measured says how large the largest is, but neither how
 *   large most are nor how large they are when smoothed.
 */
export function isSampled({ clip, smooth, large }) {
  return clip < 100 || (smooth === null ? large : smooth >= 1);
}

/**
 * @param {Column} column
 * @returns {number[]}
 */
export function referenceProbes({ entry }) {
  const count = entry?.probes ?? 0;
  const some = Math.min(count, MOST_PROBES);
  return Array.from({ length: some }, (_, i) => Math.floor((i * count) / some));
}

/**
 * @param {Column} column
 * @param {import("./state.js").State["scale"]} scale
 * @returns {number[]} Over all steps: every 1st, 2nd, 4th, ... and the last. As steps are added, those chosen before
 *   stay or are halved.
 */
export function referenceSteps({ table, wanted }, scale) {
  if (scale === "step") return wanted === null ? [] : [wanted];
  const steps = scale === "all" && table ? table.drawn : [];
  let stride = 1;
  while (Math.ceil((steps.length - 1) / stride) + 1 > MOST_STEPS) stride *= 2;
  return steps.filter((_, i) => i % stride === 0 || i === steps.length - 1);
}

/**
 * @param {number} step
 * @returns {string} Where the values at that step are found among the extras.
 */
export function referenceSlot(step) {
  return `reference ${step}`;
}
